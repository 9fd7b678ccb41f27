# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What is done with containers beside running them: pause, restart, rename, update, look into, copy, clean up."""
import io
import json
import os
import subprocess
import tarfile

import pytest

from node_under_test import eventually
from shared_node import Daemon

IMAGES = ["busybox"]


@pytest.fixture(scope="module")
def web(node, registry):
    """One container for all tests that only look."""
    node.remove_all()
    node.ok("run", "-d", "--name", "web", "-m", "64m", "--network", "none", "-w", "/root", f"{registry.name}/busybox:latest", "sh", "-c",
            "mkdir -p /root /srv; i=0; while :; do i=$((i+1)); echo $i > /root/count; sleep 0.2; done")
    yield node
    node.remove_all()


def count_of(ctl):
    return int(ctl.ok("exec", "web", "cat", "/root/count").strip() or 0)


def refused(run, *words):
    assert run.returncode == 125 and all(word in run.stderr for word in words), (run.returncode, run.stdout, run.stderr)


def test_pause_stops_time_and_unpause_lets_it_go_on(web):
    eventually(lambda: count_of(web) > 1, "the counter counts")
    web.ok("pause", "web")
    assert web.inspect("web")["state"] == "paused" and "(Paused)" in web.ok("ps")
    refused(web("exec", "web", "true"), "is paused: unpause it first")
    refused(web("pause", "web"), "is paused already")
    used = [json.loads(web.ok("stats", "--no-stream", "--json", "web"))[0]["cpu_usage_ns"] for _ in range(2)]
    assert used[0] == used[1], "a paused container uses no processor"
    web.ok("unpause", "web")
    now = count_of(web)
    eventually(lambda: count_of(web) > now, "it counts on")
    refused(web("unpause", "web"), "is not paused")


def test_a_pause_outlives_the_daemon(web):
    web.ok("pause", "web")
    daemon = Daemon(web)
    daemon.kill()
    daemon.start()
    assert web.inspect("web")["state"] == "paused"
    web.ok("unpause", "--all")
    assert web.inspect("web")["state"] == "running"


def test_rename_and_update_are_for_good(web):
    web.ok("rename", "web", "site")
    assert web.names() == ["site"]
    refused(web("rename", "nobody", "x"), "no container 'nobody'")
    web.ok("rename", "site", "web")
    web.ok("update", "--memory", "32m", "--cpus", "0.5", "web")
    assert web.ok("exec", "web", "cat", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/cpu.max").split() == [str(32 << 20), "50000", "100000"]
    refused(web("update", "-m", "1g", "web"), "the VM that runs has 64 MiB for its container", "stop the container, update it and start it again")
    assert web.inspect("web")["spec"]["memory_bytes"] == 32 << 20
    web.ok("update", "-m", "64m", "web")


def test_top_shows_the_processes_of_the_container(web):
    lines = web.ok("top", "web").splitlines()
    assert lines[0].split() == ["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]
    assert lines[1].split()[:3] == ["root", "1", "0"] and "sh -c" in lines[1]
    assert web.ok("top", "web", "pid,comm").splitlines()[1].split() == ["1", "sh"]
    assert web.json("top", "web")[0]["command"][:2] == ["sh", "-c"]
    refused(web("top", "web", "hpid"), "no column 'hpid'")


def test_stats_show_what_it_uses(web):
    header, line = web.ok("stats", "--no-stream").splitlines()
    assert header.startswith("ID") and "MEM USAGE / LIMIT" in header and "web" in line and "67.1 MB" in line
    usage = json.loads(web.ok("stats", "--no-stream", "--json", "web"))[0]
    assert usage["cpu_usage_ns"] > 0 and 0 < usage["memory_bytes"] < usage["memory_limit_bytes"] and usage["pids"] >= 1
    with web.start("stats", "--json", "-i", "0.2") as stream:
        for _ in range(2):
            assert json.loads(stream.stdout.readline())["name"] == "web"
        stream.kill()
    refused(web("stats", "--no-stream", "nobody"), "no container 'nobody'")


def test_cp_moves_files_and_folders_both_ways(web, tmp_path):
    folder = tmp_path / "site"
    (folder / "deep").mkdir(parents=True)
    (folder / "index").write_text("hello\n")
    (folder / "deep" / "large").write_bytes(os.urandom(3_000_000))
    (folder / "link").symlink_to("index")
    web.ok("cp", folder, "web:/srv")
    assert web.ok("exec", "web", "cat", "/srv/site/index") == "hello\n"
    web.ok("cp", f"{folder}/.", "web:/srv")
    assert web.ok("exec", "web", "cat", "/srv/index", "/srv/link") == "hello\n" * 2
    web.ok("cp", folder / "index", "web:renamed")  # relative to its working directory
    assert web.ok("exec", "web", "cat", "/root/renamed") == "hello\n"
    back = tmp_path / "back"
    web.ok("cp", "web:/srv/", back)
    assert (back / "deep" / "large").read_bytes() == (folder / "deep" / "large").read_bytes()
    assert os.readlink(back / "link") == "index"
    web.ok("cp", "web:/srv/index", "web:/tmp/again")
    assert web.ok("exec", "web", "cat", "/tmp/again") == "hello\n"


def test_cp_speaks_tar(web):
    out = subprocess.run(web.command("cp", "web:/etc/passwd", "-"), capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(out)) as archive:
        assert archive.getnames() == ["passwd"] and b"root:" in archive.extractfile("passwd").read()
    with io.BytesIO() as raw:
        with tarfile.open(fileobj=raw, mode="w") as archive:
            for name in ("plain", "../../escaped"):
                info = tarfile.TarInfo(name)
                info.size = 3
                archive.addfile(info, io.BytesIO(b"abc"))
        run = subprocess.run(web.command("cp", "-", "web:/tmp"), input=raw.getvalue(), capture_output=True, check=False)
    assert run.returncode == 125 and b"contains '..'" in run.stderr, run.stderr
    assert web.ok("exec", "web", "cat", "/tmp/plain") == "abc"


def test_cp_says_what_cannot_be(web, tmp_path):
    refused(web("cp", "web:/nowhere", tmp_path), "no '/nowhere' to copy")
    refused(web("cp", tmp_path / "nothing", "web:/tmp"), "to copy")
    refused(web("cp", "a", "b"), "must be CONTAINER:PATH")
    refused(web("cp", "nobody:/x", tmp_path), "no container 'nobody'")
    web.ok("exec", "web", "ln", "-sfn", "/etc", "/tmp/way")
    (tmp_path / "f").write_text("x")
    web.ok("cp", tmp_path / "f", "web:/tmp/way/f")  # its links lead where they lead inside
    assert web.ok("exec", "web", "cat", "/etc/f") == "x"


def test_diff_lists_what_the_container_changed(web):
    web.ok("exec", "web", "sh", "-c", "echo x >> /etc/passwd; rm /usr/bin/vi; mkdir /made; echo x > /made/new")
    lines = web.ok("diff", "web").splitlines()
    assert "C /etc/passwd" in lines and "D /usr/bin/vi" in lines and lines.index("A /made") < lines.index("A /made/new")
    assert not [line for line in lines if line.endswith(("/etc/resolv.conf", "/proc", "/dev"))]
    assert "/usr/bin/vi" in web.json("diff", "web")["deleted"]


def test_restart_keeps_the_container(web):
    before = web.inspect("web")
    web.ok("restart", "-t", "0", "web")
    after = web.inspect("web")
    assert after["id"] == before["id"] and after["state"] == "running" and after["started_at"] > before["started_at"]


def test_create_then_start(ctl, busybox):
    made = ctl.ok("create", "--name", "job", "--network", "none", busybox, "sh", "-c", "echo done; exit 3").strip()
    assert ctl.inspect("job")["state"] == "created" and ctl.inspect("job")["id"] == made
    run = ctl("start", "--attach", "job")
    assert (run.stdout, run.returncode) == ("done\n", 3)
    refused(ctl("cp", "job:/etc/passwd", "-"), "is not running: it is exited")
    refused(ctl("diff", "job"), "is not running: it is exited")
    refused(ctl("start", "nobody"), "no container 'nobody'")


def test_generate_systemd_and_completion(ctl, busybox):
    ctl.ok("create", "--name", "job", "--network", "none", busybox, "sleep", "1000")
    unit = ctl.ok("generate", "systemd", "--name", "job")
    assert "ExecStart=/usr/bin/redoubtctl start --attach --sig-proxy=false job\n" in unit
    anew = ctl.ok("generate", "systemd", "--new", "job")
    assert "--name job " in anew and "--network none " in anew and f" {busybox} sleep 1000\n" in anew
    assert ctl.ok("__complete", "--", "-H", ctl.host, "stop", "jo") == "job\n"
    script = ctl.ok("completion", "bash")
    done = subprocess.run(["bash", "-c", script + "\nCOMP_WORDS=(redoubtctl paus); COMP_CWORD=1; _redoubtctl; echo ${COMPREPLY[@]}"],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "pause\n", done.stderr


def test_prune_removes_what_nobody_needs(ctl, busybox):
    ctl.ok("create", "--name", "kept", "--label", "keep", busybox)
    gone = ctl.ok("create", "--name", "gone", busybox).strip()
    assert "Images" in ctl.ok("system", "df") and ctl.json("system", "df")["containers"]["total"] == 2
    assert ctl("container", "prune", stdin="n\n").returncode == 0 and len(ctl.names("--all")) == 2
    assert ctl.ok("container", "prune", "--force", "--filter", "label!=keep").split() == [gone]
    assert ctl.names("--all") == ["kept"]
    assert ctl.json("image", "prune", "--all", "--force")["images"] == [], "a container uses it"
    ctl.ok("volume", "create", "--opt", "size=16m", "alone")
    assert ctl.json("system", "df")["volumes"]["total"] == 1
    pruned = ctl.json("system", "prune", "--all", "--force", "--volumes")
    assert pruned["volumes"] == ["alone"]
    assert len(pruned["containers"]) == 1 and pruned["images"][0]["names"] == [busybox] and pruned["reclaimed_bytes"] > 0
    assert ctl.json("image", "ls") == []
    ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
