# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Real images in real VMs: what `redoubtctl run` and its fellow verbs promise."""
import concurrent.futures
import json
import os
import re
import signal
import subprocess
import time

from node_under_test import DEADLINE, count, eventually


def test_busybox_prints_and_exits_with_zero(ctl, busybox):
    assert ctl.ok("run", "--rm", busybox, "echo", "hello from inside") == "hello from inside\n"


def test_the_guest_runs_a_kernel_of_its_own(ctl, busybox):
    assert ctl.ok("run", "--rm", busybox, "uname", "-r").strip() != os.uname().release


def test_stdout_and_stderr_stay_apart(ctl, busybox):
    run = ctl("run", "--rm", busybox, "sh", "-c", "echo out; echo err >&2")
    assert (run.stdout, run.stderr, run.returncode) == ("out\n", "err\n", 0)


def test_exit_codes_are_those_of_podman(ctl, busybox):
    assert ctl("run", "--rm", busybox, "sh", "-c", "exit 3").returncode == 3
    # The first process of a PID namespace cannot kill itself; its child can.
    assert ctl("run", "--rm", busybox, "sh", "-c", "sh -c 'kill -9 $$'; exit $?").returncode == 137
    assert ctl("run", "--rm", busybox, "no-such-command").returncode == 127
    assert ctl("run", "--rm", busybox, "/etc/passwd").returncode == 126
    assert ctl.names("--all") == []


def test_standard_input_reaches_the_process(ctl, busybox):
    assert ctl.ok("run", "--rm", "-i", busybox, "wc", "-c", stdin="12345").strip() == "5"
    assert ctl.ok("run", "--rm", busybox, "wc", "-c").strip() == "0"


def test_a_megabyte_passes_both_ways_unharmed(ctl, busybox):
    data = "".join(f"{i:07d}\n" for i in range(131072))
    assert ctl.ok("run", "--rm", "-i", busybox, "cat", stdin=data) == data


def test_flags_shape_the_process(ctl, busybox):
    script = "echo $GREETING; pwd; id -u; id -g; hostname; touch /x 2>&1"
    run = ctl("run", "--rm", "-e", "GREETING=hi", "--workdir", "/var", "--user", "65534:7", "--hostname", "castle", "--read-only",
              busybox, "sh", "-c", script)
    assert run.stdout.split("\n")[:5] == ["hi", "/var", "65534", "7", "castle"]
    assert "Read-only file system" in run.stdout or "Permission denied" in run.stdout
    assert ctl.ok("run", "--rm", "--user", "nobody", busybox, "id", "-un") == "nobody\n"
    assert ctl.ok("run", "--rm", "--entrypoint", "echo", busybox, "by", "entrypoint") == "by entrypoint\n"


def test_the_container_is_confined_as_runc_would(ctl, busybox):
    status = ctl.ok("run", "--rm", busybox, "cat", "/proc/self/status")
    fields = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.M))
    assert fields["CapEff"] == "00000000a80425fb"  # the fourteen of docker's default
    assert fields["Seccomp"] == "2"
    assert ctl("run", "--rm", busybox, "sh", "-c", "mount -t tmpfs none /mnt").returncode != 0
    assert ctl("run", "--rm", busybox, "sh", "-c", "echo 1 > /proc/sys/kernel/panic").returncode != 0
    assert ctl.ok("run", "--rm", busybox, "sh", "-c", "cat /proc/kcore | head -c1 | wc -c").strip() == "0"
    assert ctl.ok("run", "--rm", busybox, "sh", "-c", "echo $$") == "1\n"


def test_python_runs_and_sees_its_limits(ctl, python3):
    script = "import json, os, ssl; print(json.dumps({'pid': os.getpid(), 'ssl': ssl.OPENSSL_VERSION}))"
    assert json.loads(ctl.ok("run", "--rm", python3, "python3", "-c", script))["pid"] == 1
    limits = ctl.ok("run", "--rm", "--memory", "100m", "--cpus", "0.5", python3, "cat", "/sys/fs/cgroup/memory.max",
                    "/sys/fs/cgroup/cpu.max")
    assert limits.split() == [str(100 << 20), "50000", "100000"]


def test_out_of_memory_is_reported_as_such(ctl, python3):
    run = ctl("run", "--name", "greedy", "--memory", "64m", python3, "python3", "-c", "x = bytearray(200 << 20); print(len(x))")
    assert run.returncode == 137, run.stderr
    summary = ctl.inspect("greedy")
    assert summary["oom_killed"] is True and summary["reason"] == "out of memory"
    assert summary["state"] == "exited"
    ctl.ok("rm", "greedy")


def test_redis_serves_and_stops_cleanly(ctl, redis):
    ctl.ok("run", "-d", "--name", "cache", redis)
    eventually(lambda: ctl("exec", "cache", "redis-cli", "ping").stdout == "PONG\n", "redis answers")
    ctl.ok("exec", "cache", "redis-cli", "set", "key", "value")
    assert ctl.ok("exec", "cache", "redis-cli", "get", "key") == "value\n"
    ctl.ok("stop", "cache")
    assert ctl.inspect("cache")["exit_code"] == 0
    assert "Redis is now ready to exit" in ctl.ok("logs", "cache")


def test_nginx_serves_a_page(ctl, nginx):
    ctl.ok("run", "-d", "--name", "web", nginx)
    eventually(lambda: ctl("exec", "web", "wget", "-qO-", "http://127.0.0.1/").stdout == "hello from a micro-VM\n", "nginx answers")
    ctl.ok("stop", "web")
    assert ctl.inspect("web")["exit_code"] == 0


def test_logs_follow_until_the_end(ctl, busybox):
    ctl.ok("run", "-d", "--name", "talker", busybox, "sh", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done")
    assert ctl.ok("logs", "-f", "talker") == "".join(f"line {i}\n" for i in range(1, 6))
    assert ctl.ok("logs", "--tail", "2", "talker") == "line 4\nline 5\n"
    assert ctl.ok("wait", "talker").strip() == "0"


def test_exec_reports_its_own_exit_code(ctl, busybox):
    ctl.ok("run", "-d", "--name", "host", busybox, "sleep", "1000")
    assert ctl("exec", "host", "sh", "-c", "exit 9").returncode == 9
    assert ctl("exec", "host", "no-such-command").returncode == 127
    assert ctl.ok("exec", "-i", "host", "cat", stdin="through") == "through"
    assert ctl.ok("exec", "-e", "A=b", "-w", "/tmp", "-u", "nobody", "host", "sh", "-c", "echo $A $PWD $(id -un)") == "b /tmp nobody\n"
    ctl.ok("kill", "host")
    assert ctl.ok("wait", "host").strip() == "137"
    assert ctl("exec", "host", "true").returncode == 125


def test_stop_sends_the_stop_signal_first(ctl, busybox):
    script = "trap 'echo asked; exit 7' TERM; echo up; while :; do sleep 0.1; done"
    ctl.ok("run", "-d", "--name", "polite", busybox, "sh", "-c", script)
    eventually(lambda: "up" in ctl.ok("logs", "polite"), "the trap is set")
    ctl.ok("stop", "polite")
    assert ctl.inspect("polite")["exit_code"] == 7
    assert ctl.ok("logs", "polite") == "up\nasked\n"


def test_ps_inspect_events_and_wait_agree(ctl, busybox):
    watcher = ctl.start("events", "--json")
    time.sleep(0.5)
    container = ctl.ok("run", "-d", "--name", "seen", "-l", "tier=gold", busybox, "sleep", "1000").strip()
    assert [c["name"] for c in ctl.json("ps")] == ["seen"]
    assert ctl.ok("ps", "-q").strip() == container[:12]
    found = ctl.inspect("seen")
    assert found["id"] == container and found["labels"] == {"tier": "gold"}
    assert found["sandbox"]["vmm_pid"] > 0
    ctl.ok("kill", "-s", "TERM", container[:8])
    eventually(lambda: ctl.inspect("seen")["state"] == "exited", "the container ends")
    ctl.ok("rm", "seen")
    eventually(lambda: ctl.names("--all") == [], "the container is gone")
    time.sleep(0.5)
    watcher.send_signal(signal.SIGINT)
    actions = [json.loads(line)["action"] for line in watcher.communicate(timeout=30)[0].splitlines()]
    assert [a for a in actions if a in ("create", "start", "exit", "remove")] == ["create", "start", "exit", "remove"]


def test_ten_containers_at_once(ctl, busybox):
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        runs = list(pool.map(lambda i: ctl("run", "--rm", busybox, "sh", "-c", f"echo {i}; sleep 1", timeout=3 * DEADLINE), range(10)))
    assert [(r.stdout, r.returncode) for r in runs] == [(f"{i}\n", 0) for i in range(10)]


def test_many_runs_leave_nothing(ctl, busybox):
    for i in range(count(quick=5, full=50)):
        assert ctl.ok("run", "--rm", busybox, "echo", i) == f"{i}\n"
    assert ctl.names("--all") == []
    runtime = os.environ["REDOUBT_NODE_RUNTIME"]
    left = subprocess.run(["find", runtime, "-mindepth", "2"], capture_output=True, text=True, check=True).stdout
    assert left == ""
