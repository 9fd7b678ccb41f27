# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubtd is a user without rights: what needs root is done by redoubt-launcher, and by nobody else."""
import os
import pathlib
import pwd
import re
import socket
import subprocess

import pytest

from node_under_test import eventually
from shared_node import SharedProcess

IMAGES = ["busybox"]
pytestmark = pytest.mark.skipif("REDOUBT_LAUNCHER_PIDFILE" not in os.environ, reason="a node with --launcher")


def status_of(pid):
    return dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def user_of(pid):
    return pwd.getpwuid(int(status_of(pid)["Uid"].split()[0])).pw_name


def capabilities_of(pid):
    status = status_of(pid)
    return {status[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}


def vms():
    """pids of QEMU processes"""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().startswith("qemu-system"):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def pid_in(name):
    return int(pathlib.Path(os.environ[name]).read_text())


def restart(what):
    """By SIGKILL, as a crash would."""
    process = SharedProcess(what)
    process.kill()
    process.launch()


def test_the_daemon_has_no_rights_and_says_so(ctl):
    daemon = pid_in("REDOUBT_NODE_PIDFILE")
    assert user_of(daemon) == "daemon" and capabilities_of(daemon) == {"0" * 16}
    assert user_of(pid_in("REDOUBT_LAUNCHER_PIDFILE")) == "root"
    assert "by redoubt-launcher" in ctl.ok("node", "info")
    assert "redoubt-launcher" in ctl.ok("node", "check", "--json")


def test_a_container_runs_on_a_network_in_a_vm_of_a_third_user(ctl, busybox):
    ctl.ok("run", "-d", "--name", "web", "-p", "18080:80", busybox, "sh", "-c", "while :; do echo hello | nc -l -p 80; done")
    [vm] = vms()
    assert user_of(vm) == "nobody" and capabilities_of(vm) == {"0" * 16}
    assert os.readlink(f"/proc/{vm}/ns/net") != os.readlink("/proc/self/ns/net")
    address = re.search(r"inet (10\.87\.[0-9.]+)", ctl.ok("exec", "web", "ip", "addr", "show", "eth0")).group(1)

    def served():
        with socket.create_connection((address, 80), 5) as connection:
            return b"hello" in connection.recv(4096)
    eventually(lambda: attempt(served), "the container answers")
    ctl.ok("rm", "-f", "web")
    assert not vms()


def attempt(what):
    try:
        return what()
    except OSError:
        return False


def test_an_exit_code_is_known_after_both_have_been_killed(ctl, busybox):
    ctl.ok("run", "-d", "--name", "patient", busybox, "sh", "-c", "while ! test -e /go; do sleep 0.1; done; sleep 1; exit 42")
    restart("LAUNCHER")
    restart("NODE")
    eventually(lambda: ctl("node", "info").returncode == 0, "the daemon answers again")
    ctl.ok("exec", "patient", "touch", "/go")
    assert ctl.ok("wait", "patient").strip() == "42"
    ctl.ok("rm", "patient")
    assert not vms()


def test_a_vm_that_an_earlier_launcher_started_is_killed(ctl, busybox):
    ctl.ok("run", "-d", "--name", "orphan", busybox, "sleep", "1000")
    restart("LAUNCHER")
    eventually(attempt_connect, "the launcher answers again")
    ctl.ok("rm", "-f", "orphan")
    assert not vms()


def attempt_connect():
    def connect():
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            probe.connect(os.environ["REDOUBT_LAUNCHER_SOCKET"])
            return True
    return attempt(connect)


@pytest.mark.parametrize("user", ["nobody", "games"])
def test_others_reach_no_launcher(user):
    code = f"import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect({os.environ['REDOUBT_LAUNCHER_SOCKET']!r})"
    run = subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", "python3", "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode != 0 and "PermissionError" in run.stderr


def test_levels_without_a_vm_are_refused_in_words(ctl, busybox):
    run = ctl("run", "--rm", "--runtime", "runc", busybox, "true")
    assert run.returncode != 0 and "levels.conf" in run.stderr


def test_files_that_the_daemon_may_not_read_are_refused(ctl, busybox, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("root's")
    secret.chmod(0o600)
    run = ctl("run", "--rm", "-v", f"{secret}:/secret:ro", busybox, "cat", "/secret")
    assert run.returncode != 0 and "ermission" in run.stderr and "root's" not in run.stdout
