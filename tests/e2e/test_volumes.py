# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Volumes: what is kept, what it costs, what is refused; memory, snapshots of the host, privileges and restarts."""
import json
import os
import pathlib
import signal
import subprocess

import pytest

from node_under_test import eventually, own_node

IMAGES = ["busybox", "redis"]
MIB = 1 << 20


@pytest.fixture
def ctl(node):
    """The node without containers and volumes, before and after."""
    yield node
    node.remove_all()
    node("volume", "rm", "--all", "--force")
    assert node.json("volume", "ls") == []
    left = list((pathlib.Path(os.environ["REDOUBT_NODE_STATE"]) / "volumes").iterdir())
    assert not left, left


def refused(run, *words, code=125):
    assert run.returncode == code, f"exit {run.returncode}: {run.stdout}{run.stderr}"
    errors = [line for line in run.stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1, run.stderr
    for word in words:
        assert word in errors[0], f"{word!r} is not in {errors[0]!r}"


def test_redis_keeps_its_data_in_a_named_volume(ctl, redis):
    """Over the container's end and another container of the same volume; the volume is made on first use."""
    run = ["run", "-d", "--network", "none", "-v", "cache:/tmp"]  # where the image keeps it, anybody may write
    ctl.ok(*run, "--name", "first", redis)
    answers = lambda name: ctl("exec", name, "redis-cli", "ping").stdout == "PONG\n"
    eventually(lambda: answers("first"), "redis answers")
    ctl.ok("exec", "first", "redis-cli", "set", "key", "kept")
    ctl.ok("exec", "first", "redis-cli", "save")
    ctl.ok("stop", "first")
    ctl.ok("rm", "first")
    ctl.ok(*run, "--name", "second", redis)
    eventually(lambda: answers("second"), "redis answers again")
    assert ctl.ok("exec", "second", "redis-cli", "get", "key") == "kept\n"


def test_what_was_written_last_is_kept_without_a_sync(ctl, busybox):
    """However the container ends: by itself, by force, or killed."""
    writes = "echo {0} > /data/{0}; dd if=/dev/zero of=/data/big-{0} bs=1M count=20 2>/dev/null"
    ctl.ok("run", "--rm", "-v", "data:/data", busybox, "sh", "-c", writes.format("ended"))
    for how in ("rm", "kill"):
        ctl.ok("run", "-d", "--name", how, "-v", "data:/data", busybox, "sh", "-c", writes.format(how) + "; touch /done; sleep 1000")
        eventually(lambda how=how: ctl("exec", how, "test", "-e", "/done").returncode == 0, "it is written")
        ctl.ok("kill", how) if how == "kill" else None
        ctl.ok("rm", "-f", how)
    shown = ctl.ok("run", "--rm", "-v", "data:/data:ro", busybox, "sh", "-c", "cd /data; cat ended rm kill; du -m big-* | cut -f1")
    assert shown.split() == ["ended", "rm", "kill", "20", "20", "20"], shown


def test_the_quota_is_kept(ctl, busybox):
    assert ctl.ok("volume", "create", "--opt", "size=32m", "small") == "small\n"
    full = ctl("run", "--rm", "-v", "small:/data", busybox, "dd", "if=/dev/zero", "of=/data/big", "bs=1M", "count=64")
    assert full.returncode == 1 and "No space left on device" in full.stderr, full.stderr
    volume = ctl.json("volume", "inspect", "small")[0]
    assert volume["size_bytes"] == 32 * MIB and volume["used_bytes"] <= 33 * MIB
    free = "df -m /data | tail -1 | awk '{print $2}'"
    before = int(ctl.ok("run", "--rm", "-v", "small:/data", busybox, "sh", "-c", free))
    # It grows at rest, and under a container that uses it.
    ctl.ok("volume", "resize", "small", "128m")
    ctl.ok("run", "-d", "--name", "user", "-v", "small:/data", busybox, "sleep", "1000")
    ctl.ok("volume", "resize", "small", "256m")
    grown = int(ctl.ok("exec", "user", "sh", "-c", free))
    assert before < 32 < 200 < grown < 256, (before, grown)
    ctl.ok("exec", "user", "dd", "if=/dev/zero", "of=/data/more", "bs=1M", "count=100")
    refused(ctl("volume", "resize", "small", "16m"), "'small'", "only grows")


def test_read_only_is_read_only(ctl, busybox):
    ctl.ok("run", "--rm", "-v", "data:/data", busybox, "sh", "-c", "echo here > /data/file")
    run = ctl("run", "--rm", "--mount", "type=volume,source=data,target=/data,readonly", busybox, "sh", "-c", "cat /data/file; echo x > /data/file")
    assert run.stdout == "here\n" and "Read-only file system" in run.stderr, run.stderr


def test_an_empty_volume_gets_what_the_image_has_there(ctl, busybox):
    listing = "stat -c '%n %u %a' /etc/passwd; test -s /etc/passwd && echo full"
    assert ctl.ok("run", "--rm", "-v", "etc:/etc", busybox, "sh", "-c", listing + "; echo mine > /etc/mine") == "/etc/passwd 0 644\nfull\n"
    # The second time it has something: it stays as it is.
    assert ctl.ok("run", "--rm", "-v", "etc:/etc", busybox, "cat", "/etc/mine") == "mine\n"
    assert ctl.ok("run", "--rm", "-v", "bare:/opt/etc:nocopy", busybox, "ls", "-A", "/opt/etc") == ""


def test_memory_has_the_size_that_was_asked_for(ctl, busybox):
    fill = "dd if=/dev/zero of={0}/x bs=64k 2>&1 | grep -c 'No space'; stat -c %s {0}/x; stat -c %a {0}"
    run = ctl.ok("run", "--rm", "--tmpfs", "/m:size=1m,mode=700", "--shm-size", "2m", busybox, "sh", "-c",
                 fill.format("/m") + "; " + fill.format("/dev/shm"))
    assert run.split() == ["1", str(MIB), "700", "1", str(2 * MIB), "1777"], run
    assert ctl("run", "--rm", "--tmpfs", "/m", busybox, "sh", "-c", "cp /bin/busybox /m/sh; /m/sh true").returncode == 126
    assert ctl("run", "--rm", "--tmpfs", "/m:exec", busybox, "sh", "-c", "cp /bin/busybox /m/true; /m/true").returncode == 0


def test_a_folder_of_the_host_is_a_snapshot(ctl, busybox, tmp_path):
    (tmp_path / "file").write_text("one\n")
    os.symlink("file", tmp_path / "link")
    ctl.ok("run", "-d", "--name", "reader", "-v", f"{tmp_path}:/host", "-v", f"{tmp_path}/file:/one", busybox, "sleep", "1000")
    (tmp_path / "file").write_text("two\n")
    assert ctl.ok("exec", "reader", "cat", "/host/link", "/one") == "one\none\n"
    assert "Read-only file system" in ctl("exec", "reader", "touch", "/host/x").stderr
    ctl.ok("stop", "-t", "0", "reader")
    refused(ctl("run", "--rm", "-v", f"{tmp_path}:/host:rw", busybox, "true"), "--volume", "shares no folder with its host", "named volume")
    refused(ctl("run", "--rm", "-v", "/nonexistent:/host", busybox, "true"), "/nonexistent")


def test_in_use_is_in_use(ctl, busybox):
    ctl.ok("run", "-d", "--name", "holder", "-v", "data:/data", busybox, "sleep", "1000")
    second = ctl("run", "--rm", "-v", "data:/data", busybox, "true")
    refused(second, "volume 'data' is in use by container 'holder'", "stop")
    refused(ctl("volume", "rm", "data"), "'holder'", "--force", code=2)
    assert ctl.ok("volume", "prune", "--force") == ""
    ctl.ok("stop", "-t", "0", "holder")
    refused(ctl("volume", "rm", "data"), "'holder'", code=2)
    ctl.ok("rm", "holder")
    assert ctl("volume", "exists", "data").returncode == 0
    assert ctl.ok("volume", "rm", "data") == "data\n"
    assert ctl("volume", "exists", "data").returncode == 1
    refused(ctl("volume", "rm", "data"), "no volume 'data'", code=1)


def test_the_list_is_podmans(ctl):
    ctl.ok("volume", "create", "--label", "tier=db", "--opt", "size=64m", "one")
    ctl.ok("volume", "create", "--opt", "size=64m", "two")
    refused(ctl("volume", "create", "one"), "volume 'one' exists", "--ignore")
    ctl.ok("volume", "create", "--ignore", "one")
    assert ctl.ok("volume", "ls", "-q") == "one\ntwo\n"
    assert ctl.ok("volume", "ls", "-q", "--filter", "label=tier=db") == "one\n"
    assert ctl.ok("volume", "ls").splitlines()[0].split() == ["DRIVER", "VOLUME", "NAME", "SIZE", "ON", "DISK"]
    shown = json.loads(ctl.ok("volume", "inspect", "one"))[0]
    assert shown["labels"] == {"tier": "db"} and shown["driver"] == "local" and not shown["encrypted"]
    assert sorted(v["volume"] for v in ctl.json("volume", "prune", "--force")) == ["one", "two"]


def test_bad_input_names_the_flag_and_a_remedy(ctl, busybox):
    for flags, words in {
            ("-v", "data:data"): ["--volume 'data:data'", "absolute path"],
            ("-v", "a b:/data"): ["volume name 'a b'"],
            ("--tmpfs", "/m:size=lots"): ["--tmpfs '/m:size=lots'"],
            ("--tmpfs", "/proc/x"): ["/proc is the kernel's"],
            ("--mount", "type=nfs,target=/x"): ["--mount", "volume, tmpfs or bind"],
            ("--cap-add", "FLY"): ["capability 'FLY'"],
            ("--ulimit", "nofile"): ["--ulimit 'nofile'", "nofile=1024:2048"],
            ("--restart", "sometimes"): ["--restart 'sometimes'", "unless-stopped"],
            ("--restart", "always", "--rm"): ["--restart always", "not both"],
            ("--shm-size", "x"): ["--shm-size"],
            ("--env-file", "/nonexistent"): ["--env-file", "/nonexistent"],
    }.items():
        refused(ctl("run", *flags, busybox, "true"), *words)
    refused(ctl("volume", "create", "--opt", "size=1k", "x"), "16 MiB")
    refused(ctl("volume", "create", "--opt", "colour=red", "x"), "--opt 'colour=red'")
    assert ctl.names("--all") == [] and ctl.json("volume", "ls") == []


def test_privileges_limits_and_environment_files(ctl, busybox, tmp_path):
    status = lambda *flags: ctl.ok("run", "--rm", *flags, busybox, "grep", "-E", "CapEff|Seccomp:", "/proc/self/status").split()
    assert status()[1] == "00000000a80425fb"
    assert status("--cap-drop", "all", "--cap-add", "chown")[1] == "0000000000000001"
    _, capabilities, _, filtered = status("--privileged")
    assert capabilities == "000001ffffffffff" and filtered == "0"
    mount = ["busybox", "mount", "-t", "tmpfs", "none", "/tmp"][1:]
    assert ctl("run", "--rm", busybox, *mount).returncode != 0
    ctl.ok("run", "--rm", "--cap-add", "SYS_ADMIN", busybox, *mount)
    ctl.ok("run", "--rm", "--privileged", busybox, "sh", "-c", "hostname inside && echo 1 > /proc/sys/vm/overcommit_memory")
    assert ctl.ok("run", "--rm", "--ulimit", "nofile=77:99", busybox, "sh", "-c", "ulimit -Sn; ulimit -Hn") == "77\n99\n"
    (tmp_path / "env").write_text("# comment\nA=1\nB=file\n")
    assert ctl.ok("run", "--rm", "--env-file", tmp_path / "env", "-e", "B=flag", busybox, "sh", "-c", "echo $A $B") == "1 flag\n"


def test_an_encrypted_volume_is_new_at_each_start(ctl, busybox):
    """Its key never leaves the VM: the host's file holds nothing readable, and the next start finds nothing."""
    ctl.ok("volume", "create", "--opt", "encrypted", "--opt", "size=64m", "secret")
    secret = "this-is-the-secret-of-the-test"
    write = f"for i in $(seq 2000); do echo {secret}; done > /data/file; sync; wc -l < /data/file; df -m /data | tail -1 | awk '{{print ($2 > 40)}}'"
    assert ctl.ok("run", "--rm", "-v", "secret:/data", busybox, "sh", "-c", write).split() == ["2000", "1"]
    disk = pathlib.Path(ctl.json("volume", "inspect", "secret")[0]["path"])
    assert disk.stat().st_blocks > 0 and secret.encode() not in disk.read_bytes()
    assert ctl.ok("run", "--rm", "-v", "secret:/data", busybox, "ls", "-A", "/data") == ""
    full = ctl("run", "--rm", "-v", "secret:/data", busybox, "sh", "-c", "dd if=/dev/zero of=/data/x bs=1M; md5sum /data/x > /dev/null && echo whole")
    assert "No space left" in full.stderr and full.stdout == "whole\n", full.stdout + full.stderr


def test_restart_policies_and_volumes_outlive_the_node(registry):
    """The host goes down with everything: the next start brings back what policies say, with its data."""
    with own_node() as node:
        ctl, busybox = node.ctl, f"{registry.name}/busybox:latest"
        ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
        count = "echo x >> /data/starts; sync; wc -l < /data/starts; sleep 1000"
        ctl.ok("run", "-d", "--name", "always", "--network", "none", "--restart", "always", "-v", "kept:/data", busybox, "sh", "-c", count)
        ctl.ok("run", "-d", "--name", "never", "--network", "none", busybox, "sleep", "1000")
        ctl.ok("run", "-d", "--name", "failing", "--network", "none", "--restart", "on-failure:2", busybox, "sh", "-c", "exit 3")
        eventually(lambda: ctl.inspect("failing")["restarts"] == 2 and ctl.inspect("failing")["state"] == "exited", "it has failed thrice")
        eventually(lambda: ctl.ok("logs", "always") == "1\n", "the first start")
        machines = [ctl.inspect(name)["sandbox"]["vmm_pid"] for name in ("always", "never")]
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()
        for pid in machines:
            os.kill(pid, signal.SIGKILL)
        node.start()
        eventually(lambda: ctl.inspect("always")["state"] == "running", "it is back")
        eventually(lambda: ctl.ok("logs", "always") == "1\n2\n", "its second start")
        assert ctl.inspect("never")["state"] == "exited" and ctl.inspect("failing")["state"] == "exited"
        ctl.ok("stop", "-t", "0", "always")
        assert ctl.inspect("always")["state"] == "exited", "somebody stopped it"
        ctl.remove_all()
        assert [v["name"] for v in ctl.json("volume", "ls")] == ["kept"]
        checked = subprocess.run(["e2fsck", "-fn", ctl.json("volume", "inspect", "kept")[0]["path"]], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        ctl.ok("volume", "rm", "kept")


def test_devices_of_the_guest_and_a_volume_without_a_name(ctl, busybox):
    shown = ctl.ok("run", "--name", "dev", "--device", "/dev/fuse", "--device", "/dev/hwrng:/dev/dice:r", "-v", "/data", busybox, "sh", "-c",
                   "head -c 0 /dev/fuse && stat -c %t:%T /dev/fuse /dev/dice; { echo > /dev/dice; } 2>/dev/null || echo not for writing")
    assert shown.split("\n")[:3] == ["a:e5", "a:b7", "not for writing"], shown
    refused(ctl("run", "--rm", "--device", "/dev/sda", busybox, "true"), "device '/dev/sda'", "/dev/fuse")
    assert len(ctl.json("volume", "ls")) == 1
    ctl.ok("rm", "-v", "dev")
    assert ctl.json("volume", "ls") == []
