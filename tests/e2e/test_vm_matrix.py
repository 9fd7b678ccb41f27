# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What becomes of a VM in trouble: it is known within seconds, in which phase, and what its console showed last."""
import fcntl
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

import pytest

from node_under_test import Ctl, eventually, groups_of, images_folder, interrupts, own_node, vmm_processes

SOON = 5  # seconds until the state of a VM is known
SLACK = 10  # and what a busy machine adds to everything
RUNTIME = pathlib.Path(os.environ.get("REDOUBT_NODE_RUNTIME", "/"))
F_GET_SEALS = 1034  # of fcntl(2)
SEALS = 0x1 | 0x2 | 0x4 | 0x8  # no more seals, no shrinking, no growing, no writing


@pytest.fixture(scope="module")
def node():
    ctl = Ctl()
    ctl.ok("image", "import", images_folder() / "busybox", "busybox")
    return ctl


@pytest.fixture
def ctl(node):
    node.remove_all()
    yield node
    node.remove_all()


def vmm_of(ctl, name):
    return ctl.inspect(name)["sandbox"]["vmm_pid"]


def known(ctl, name, condition, what):
    began = time.monotonic()
    found = eventually(lambda: (lambda c: c if condition(c) else None)(ctl.inspect(name)), what, SOON + SLACK)
    print(f"{what}: after {time.monotonic() - began:.1f} s")
    return found


def while_booting(ctl, fault):
    """Starts a container, strikes its VM when it has just been started, returns the start's result."""
    start = ctl.start("run", "--name", "victim", "--annotation", "io.redoubt.vm.start=boot", "busybox", "sleep", "1000")
    pid = eventually(lambda: vmm_processes(RUNTIME), "the VM is started", 30)[0]
    os.kill(pid, fault)
    began = time.monotonic()
    _, error = start.communicate(timeout=60)
    print(f"signal {fault}: known after {time.monotonic() - began:.1f} s: {error}")
    assert time.monotonic() - began < SOON + SLACK
    assert start.returncode == 125
    assert not vmm_processes(RUNTIME)
    ctl.ok("rm", "victim")
    return error


def test_a_vm_that_is_killed_while_it_boots(ctl):
    error = while_booting(ctl, signal.SIGKILL)
    # A fast strike is one before the guest's first step: then no console has anything to show.
    assert "start vm" in error or ("boot: the VM has ended" in error and "console" in error)
    assert "qemu killed by signal 9" in error


def test_a_vm_that_is_stopped_while_it_boots(ctl):
    error = while_booting(ctl, signal.SIGSTOP)
    assert "start vm" in error or ("boot:" in error and "console" in error)
    assert "the VM stands still" in error


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_template_that_dies_while_it_is_made(fault):
    """Whose start it was boots: a template is nothing that anybody has asked for."""
    with own_node("[hypervisor]\ntemplates = 1\n") as node:
        node.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
        start = node.ctl.start("run", "-d", "--network", "none", "--name", "first", "busybox", "sleep", "1000")
        origin = eventually(lambda: vmm_processes(node.runtime), "the template's VM is started", 30)[0]
        os.kill(origin, fault)
        _, error = start.communicate(timeout=60)
        assert start.returncode == 0, error
        sandbox = node.ctl.inspect("first")["sandbox"]
        assert not sandbox["cloned"]
        assert vmm_processes(node.runtime) == [sandbox["vmm_pid"]] != [origin]
        assert node.ctl.ok("exec", "first", "echo", "hello") == "hello\n"
        assert "no guest template" in (node.folder / "log").read_text()
        node.ctl.ok("rm", "-f", "first")
        assert not groups_of(sandbox["id"])


def test_a_vm_that_stands_still_is_known_to_and_goes_on(ctl):
    ctl.ok("run", "-d", "--name", "victim", "busybox", "sleep", "1000")
    vmm = vmm_of(ctl, "victim")
    os.kill(vmm, signal.SIGSTOP)
    silent = known(ctl, "victim", lambda c: "stands still" in c.get("reason", ""), "a VM that stands still")
    assert silent["state"] == "running"
    refused = ctl("exec", "victim", "true")
    assert refused.returncode != 0 and "exec: the VM stands still" in refused.stderr
    os.kill(vmm, signal.SIGCONT)
    known(ctl, "victim", lambda c: not c.get("reason"), "a VM that goes on")
    assert ctl.ok("exec", "victim", "echo", "hello") == "hello\n"
    # Its end does not need it.
    os.kill(vmm, signal.SIGSTOP)
    ctl.ok("stop", "-t", "1", "victim")
    assert ctl.inspect("victim")["state"] == "exited"
    assert not vmm_processes(RUNTIME)


def test_a_vm_that_is_killed_while_it_runs(ctl):
    ctl.ok("run", "-d", "--name", "victim", "busybox", "sleep", "1000")
    os.kill(vmm_of(ctl, "victim"), signal.SIGKILL)
    ended = known(ctl, "victim", lambda c: c["state"] == "exited", "a killed VM")
    assert ended["exit_code"] == 137
    assert ended["reason"].startswith("vm died: qemu killed by signal 9; its console")


def test_an_idle_guest_sleeps(ctl):
    """Its kernel ticks only while there is something to do."""
    ctl.ok("run", "-d", "--name", "idle", "busybox", "sleep", "1000000")
    assert interrupts(ctl, "idle") < 250, "a tick alone makes 500 in 5 s"
    settings = [f"/proc/sys/vm/{name}" for name in ("compaction_proactiveness", "stat_interval")]
    assert ctl.ok("exec", "idle", "cat", *settings) == "0\n10\n"


def test_a_guest_without_memory(ctl):
    takes = 'BEGIN { x = "x"; while (length(x) < 67108864) x = x x; for (i = 0;; i++) a[i] = x i }'
    run = ctl("run", "--name", "greedy", "busybox", "awk", takes, timeout=120)
    assert run.returncode == 137, run.stderr
    ended = ctl.inspect("greedy")
    assert ended["state"] == "exited" and ended["reason"], ended


def test_a_full_disk_of_the_host():
    """The database, the log and the start say so, and go on when there is space again."""
    with tempfile.TemporaryDirectory(prefix="redoubt-full-", dir="/var/tmp") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=True)
        try:
            with own_node(state=folder) as node:
                node.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
                node.ctl.ok("run", "-d", "--network", "none", "--name", "talker", "busybox", "sh", "-c",
                            "while :; do echo talk talk talk talk talk talk; sleep 0.1; done")
                filler = pathlib.Path(folder) / "filler"
                with open(filler, "wb") as out:
                    try:
                        while True:
                            out.write(bytes(1 << 20))
                            out.flush()
                    except OSError:
                        pass
                full = node.ctl("run", "--rm", "--network", "none", "busybox", "true")
                assert full.returncode == 125 and re.search("full|space", full.stderr), full.stderr
                assert node.ctl.inspect("talker")["state"] == "running"
                assert node.ctl.ok("exec", "talker", "echo", "here") == "here\n"
                filler.unlink()
                assert node.ctl.ok("run", "--rm", "--network", "none", "busybox", "echo", "again") == "again\n"
                assert node.ctl.names("--all") == ["talker"]
                node.ctl.ok("rm", "-f", "talker")
        finally:
            subprocess.run(["umount", folder], check=False)


def check_template(process):
    """A clone can read the memory that it begins with, and nobody can change it."""
    mappings = [line.split() for line in (process / "maps").read_text().splitlines() if "memfd:redoubt-template" in line]
    assert mappings and all(access.endswith("p") for _, access, *_ in mappings), mappings
    open_files = [p for p in (process / "fd").iterdir() if os.readlink(p).startswith("/memfd:redoubt-template")]
    assert open_files
    for file in open_files:
        flags = int(re.search(r"flags:\s+(\d+)", (process / "fdinfo" / file.name).read_text()).group(1), 8)
        assert flags & os.O_ACCMODE == os.O_RDONLY
        with open(file, "rb") as same:
            assert fcntl.fcntl(same, F_GET_SEALS) & SEALS == SEALS


@pytest.mark.parametrize("templates", [0, 1])
def test_qemu_is_confined(ctl, templates):
    """What the process of a VM may do on the host: next to nothing."""
    with own_node(f'[hypervisor]\nuser = "nobody"\ntemplates = {templates}\n') as node:
        node.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
        node.ctl.ok("run", "-d", "--network", "none", "--name", "kept", "busybox", "sleep", "1000")
        process = pathlib.Path(f"/proc/{vmm_of(node.ctl, 'kept')}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        assert status["Uid"].split() == ["65534"] * 4 and status["Groups"].strip() == ""
        assert {status[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        for kind in ("mnt", "net", "pid", "ipc", "uts"):
            assert os.readlink(process / "ns" / kind) != os.readlink(f"/proc/self/ns/{kind}"), kind
        assert {p.name for p in (process / "root").iterdir()} <= {"usr", "bin", "sbin", "lib", "lib32", "lib64", "etc", "proc"}
        if templates:
            check_template(process)
        descriptors = {d for p in (process / "fd").iterdir() if not (d := os.readlink(p)).startswith("/memfd:redoubt-template")}
        assert not [d for d in descriptors if d.startswith("/") and not d.startswith(("/dev/", str(node.state), "/src/", "/usr/"))
                    and "vmlinuz" not in d and "initramfs" not in d], descriptors
        if "redoubt-vm-" not in (process / "cgroup").read_text():
            assert "VMs have no ceiling of memory" in (node.folder / "log").read_text()
        node.ctl.ok("rm", "-f", "kept")
    print(json.dumps(status, indent=1))
