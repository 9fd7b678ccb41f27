# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The daemon dies, the containers do not."""
import os
import signal
import time

import pytest

from node_under_test import eventually
from shared_node import Daemon, state_of

IMAGES = ["busybox"]


@pytest.fixture
def daemon(ctl):
    return Daemon(ctl)


TICKER = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done"


def test_running_containers_outlive_a_killed_daemon(ctl, busybox, daemon):
    ctl.ok("run", "-d", "--name", "ticker", busybox, "sh", "-c", TICKER)
    ctl.ok("run", "-d", "--name", "short", busybox, "sh", "-c", "while ! test -e /go; do sleep 0.05; done; sleep 1; echo last words; exit 42")
    eventually(lambda: "tick 3" in ctl.ok("logs", "ticker"), "the first ticks")
    ctl.ok("exec", "short", "touch", "/go")
    daemon.kill()
    time.sleep(3)  # "short" ends while nobody listens
    daemon.start()
    # They answer exec,
    assert ctl.ok("exec", "ticker", "echo", "still here") == "still here\n"
    # logs go on without a gap,
    seen = len(ctl.ok("logs", "ticker").splitlines())
    eventually(lambda: len(ctl.ok("logs", "ticker").splitlines()) > seen + 3, "the ticks go on")
    numbers = [int(line.split()[1]) for line in ctl.ok("logs", "ticker").splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))
    # and the exit code of the one that ended meanwhile is known, with its last output.
    assert ctl.ok("wait", "short").strip() == "42"
    assert ctl.ok("logs", "short") == "last words\n"
    ctl.ok("rm", "short")
    ctl.ok("rm", "-f", "ticker")


def test_a_vm_that_died_with_the_daemon_is_reported_and_cleaned(ctl, busybox, daemon):
    ctl.ok("run", "-d", "--name", "victim", busybox, "sleep", "1000")
    vmm = ctl.inspect("victim")["sandbox"]["vmm_pid"]
    daemon.kill()
    os.kill(vmm, signal.SIGKILL)
    daemon.start()
    victim = ctl.inspect("victim")
    assert victim["state"] == "exited" and victim["exit_code"] == 137
    assert "vm" in victim["reason"].lower()
    ctl.ok("rm", "victim")


def test_a_clean_stop_of_the_daemon_leaves_containers_running(ctl, busybox, daemon):
    ctl.ok("run", "-d", "--name", "steady", busybox, "sleep", "1000")
    vmm = ctl.inspect("steady")["sandbox"]["vmm_pid"]
    os.kill(daemon.pid(), signal.SIGTERM)
    eventually(daemon.is_dead, "the daemon ends", 30)
    assert state_of(vmm) not in ("Z", "")
    daemon.start()
    assert ctl.inspect("steady")["sandbox"]["vmm_pid"] == vmm
    assert ctl.ok("exec", "steady", "echo", "hello") == "hello\n"
    ctl.ok("rm", "-f", "steady")


def test_removal_happens_although_the_daemon_died_before_it(ctl, busybox, daemon):
    ctl.ok("run", "-d", "--rm", "--name", "fleeting", busybox, "sleep", "1")
    daemon.kill()
    time.sleep(3)
    daemon.start()
    eventually(lambda: ctl.names("--all") == [], "--rm is honoured after the restart")
