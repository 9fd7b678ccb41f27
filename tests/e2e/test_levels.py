# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""One command line, three isolation levels: the same cases with vm, gvisor and runc. What a level cannot do it says."""
import json
import os
import select
import shlex
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from node_under_test import TIER, Ctl, eventually, free_port, own_node
from shared_node import Daemon

IMAGES = ["busybox"]
LEVELS = ("vm", "gvisor", "runc")
# A VM takes seconds where the others take tenths: the quick tier has it in the cases that need none of its own.
FULL = TIER in ("full", "soak")
MIB = 1 << 20

SERVICE = """
echo ready; echo oops >&2
trap 'echo usr1' USR1; trap 'echo term; exit 42' TERM
mkdir -p /www; echo hello > /www/index; httpd -p 80 -h /www
while :; do sleep 0.1; done
"""


@pytest.fixture(scope="module")
def image(registry):
    return f"{registry.name}/busybox:latest"


@pytest.fixture(scope="module")
def node(image):
    ctl = Ctl()
    ctl.ok("image", "pull", "--tls-verify=false", image, timeout=300)
    yield ctl
    ctl.remove_all()
    ctl("volume", "rm", "--all", "--force")


class Level:
    """The command line at one level."""

    def __init__(self, ctl, name, image):
        self.ctl, self.name, self.image = ctl, name, image

    def run(self, *args, flags=(), **more):
        return self.ctl("run", "--rm", "--network", "none", "--runtime", self.name, *flags, self.image, *args, **more)

    def start(self, name, *args, flags=()):
        self.ctl.ok("run", "-d", "--name", name, "--network", "none", "--runtime", self.name, *flags, self.image, *args)

    def sh(self, script, flags=(), **more):
        run = self.run("sh", "-c", script, flags=flags, **more)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


@pytest.fixture(scope="module", params=LEVELS)
def level(request, node, image):
    return Level(node, request.param, image)


@pytest.fixture
def own(level):
    """For cases that start containers of their own."""
    if level.name == "vm" and not FULL:
        pytest.skip("a VM each is for the full tier")
    return level


@pytest.fixture(scope="module")
def box(level, tmp_path_factory):
    """One container of the level for all cases that only look at one."""
    snapshot = tmp_path_factory.mktemp("snapshot")
    (snapshot / "file").write_text("of the host\n")
    level.port = free_port()
    level.ctl.ok("run", "-d", "--name", f"box-{level.name}", "--runtime", level.name, "-m", "64m", "--hostname", "boxy", "-e", "ONE=two",
                 "-w", "/work", "-v", f"kept-{level.name}:/data", "--tmpfs", "/scratch:size=1m",
                 "-v", f"{snapshot}:/snap:ro", "--shm-size", "2m", "--ulimit", "nofile=512:1024", "--cap-add", "NET_ADMIN",
                 "--cap-drop", "MKNOD", "-p", f"{level.port}:80", level.image, "sh", "-c", SERVICE)
    level.box = f"box-{level.name}"
    level.exec = lambda *args, **more: level.ctl("exec", level.box, *args, **more)
    level.say = lambda script: level.ctl.ok("exec", level.box, "sh", "-c", script)
    eventually(lambda: "ready" in level.ctl.ok("logs", level.box), "the service is up")
    yield level
    level.ctl.ok("rm", "-f", level.box)


def refused(run, *words):
    assert run.returncode == 125 and all(word in run.stderr for word in words), (run.returncode, run.stdout, run.stderr)


# ---- what a container is

def test_output_error_and_exit_code_come_back(own):
    run = own.run("sh", "-c", "echo out; echo err >&2; exit 7")
    assert (run.stdout, run.stderr, run.returncode) == ("out\n", "err\n", 7)


def test_a_signal_is_an_exit_code(own):
    assert own.run("sh", "-c", "sh -c 'kill -9 $$'; exit $?").returncode == 137


def test_no_such_command(own):
    run = own.run("no-such-command")
    assert run.returncode == 127 and "no-such-command" in run.stderr, run.stderr


def test_not_a_program(own):
    assert own.run("/etc/passwd").returncode == 126


def test_standard_input_ends_and_is_passed(own):
    assert own.run("cat").returncode == 0
    assert own.run("cat", flags=["-i"], stdin="through\n").stdout == "through\n"


def test_user_by_name_and_by_number(own):
    assert own.sh("id -u; id -g", flags=["-u", "1234:99"]) == "1234\n99\n"
    assert own.run("true", flags=["-u", "nobody-here"]).returncode != 0


def test_read_only_root(own):
    run = own.run("sh", "-c", "echo x > /file || exit 9; exit 0", flags=["--read-only"])
    assert run.returncode == 9 and "Read-only" in run.stderr, run.stderr


def test_more_memory_than_the_limit_ends_it(own):
    own.start("greedy", "sh", "-c", "head -c 200m /dev/zero | tail", flags=["-m", "32m"])
    code = int(own.ctl.ok("wait", "greedy"))
    seen = own.ctl.inspect("greedy")
    own.ctl.ok("rm", "greedy")
    # The kernel takes a process of the container, or, at gvisor, the kernel of the container itself.
    assert code != 0 and (seen["oom_killed"] or own.name == "gvisor"), (code, seen)


def test_a_named_volume_keeps_what_is_written(own):
    name = f"between-{own.name}"
    own.sh("echo first > /v/file", flags=["-v", f"{name}:/v"])
    assert own.sh("cat /v/file", flags=["-v", f"{name}:/v"]) == "first\n"
    refused(own.ctl("volume", "create", name), "exists")
    own.ctl.ok("volume", "rm", name)


def test_an_empty_volume_gets_what_the_image_has(own):
    name = f"filled-{own.name}"
    assert "root:" in own.sh("cat /etc/passwd; rm /etc/passwd", flags=["-v", f"{name}:/etc"])
    assert own.run("cat", "/etc/passwd", flags=["-v", f"{name}:/etc"]).returncode != 0, "it is the container's own now"
    own.ctl.ok("volume", "rm", name)


def test_privileged(own):
    run = own.run("sh", "-c", "grep CapEff /proc/self/status", flags=["--privileged"])
    if own.name == "runc":
        refused(run, "privileged", "root of this host", "--runtime vm")
    else:
        assert int(run.stdout.split()[1], 16) & (1 << 21), "SYS_ADMIN"


def test_an_encrypted_volume(own):
    name = f"secret-{own.name}"
    own.ctl.ok("volume", "create", "-o", "encrypted", name)
    run = own.run("true", flags=["-v", f"{name}:/v"])
    if own.name == "vm":
        assert run.returncode == 0, run.stderr
    else:
        refused(run, "opened inside a VM", "--runtime vm")
    own.ctl.ok("volume", "rm", name)


def test_a_stop_that_nobody_hears_ends_in_a_kill(own):
    own.start("deaf", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    own.ctl.ok("stop", "-t", "1", "deaf")
    assert own.ctl.inspect("deaf")["exit_code"] == 137
    own.ctl.ok("rm", "deaf")


def test_restart_and_removal_by_force(own):
    own.start("again", "sleep", "1000")
    own.ctl.ok("restart", "-t", "0", "again")
    assert own.ctl.inspect("again")["state"] == "running"
    own.ctl.ok("rm", "-f", "again")


def test_create_start_wait(own):
    own.ctl.ok("create", "--name", "job", "--network", "none", "--runtime", own.name, own.image, "sh", "-c", "exit 3")
    own.ctl.ok("start", "job")
    assert own.ctl.ok("wait", "job") == "3\n"
    own.ctl.ok("rm", "job")


def test_without_a_network_there_is_a_loopback_alone(own):
    interfaces = [line.split(":")[0].strip() for line in own.sh("cat /proc/net/dev").splitlines()[2:]]
    assert [name for name in interfaces if name.startswith(("lo", "eth"))] == ["lo"], interfaces


# ---- what is in one

def test_its_level_is_shown(box):
    seen = box.ctl.inspect(box.box)
    assert seen["runtime"] == box.name and seen["sandbox"]["hypervisor"] == {"vm": "qemu"}.get(box.name, box.name)
    line = next(line for line in box.ctl.ok("ps").splitlines() if line.endswith(f" {box.box}"))
    assert box.name in line.split()


def test_environment_and_names(box):
    assert box.say("echo $ONE $HOSTNAME $container $HOME; hostname; cat /etc/hostname") == "two boxy redoubt /root\nboxy\nboxy\n"
    assert "boxy" in box.say("cat /etc/hosts")


def test_working_directory(box):
    assert box.say("pwd") == "/work\n"


def test_tmpfs_and_shm_have_their_sizes(box):
    sizes = [line.split()[1] for line in box.say("df -k /scratch /dev/shm | tail -n 2").splitlines()]
    assert sizes == ["1024", "2048"], sizes


def test_the_limit_of_files(box):
    assert box.say("ulimit -n; ulimit -Hn") == "512\n1024\n"


def test_capabilities(box):
    effective = int(box.say("grep CapEff /proc/1/status").split()[1], 16)
    assert effective & (1 << 12) and not effective & (1 << 27) and not effective & (1 << 21), "NET_ADMIN, no MKNOD, no SYS_ADMIN"


def test_a_volume_can_be_written(box):
    assert box.say("touch /data/file; ls /data") == "file\n"


def test_a_snapshot_of_the_host_is_read_only(box):
    assert box.say("cat /snap/file") == "of the host\n"
    assert box.exec("touch", "/snap/file").returncode != 0


def test_its_address_is_the_one_it_has(box):
    address = box.ctl.inspect(box.box)["sandbox"]["interfaces"][0]["addresses"][0]
    assert address in box.say("ip addr show eth0") and "default via" in box.say("ip route")


def test_it_reaches_its_gateway(box):
    gateway = box.say("ip route").split("default via ")[1].split()[0]
    assert "1 packets received" in box.say(f"ping -c 1 -W 20 {gateway}")


def test_it_is_reached_through_a_port_of_the_host(box):
    def fetch():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{box.port}/index", timeout=20) as answer:
                return answer.read().decode()
        except OSError:
            return None
    assert eventually(fetch, "the service answers", 30) == "hello\n"
    with socket.create_connection(("127.0.0.1", box.port), 20):
        pass


# ---- what is done with one

def test_exec_has_streams_and_an_exit_code(box):
    run = box.exec("sh", "-c", "echo out; echo err >&2; exit 5")
    assert (run.stdout, run.stderr, run.returncode) == ("out\n", "err\n", 5)


def test_exec_takes_user_folder_and_variables(box):
    run = box.ctl("exec", "-u", "7:8", "-w", "/tmp", "-e", "THREE=four", box.box, "sh", "-c", "id -u; pwd; echo $THREE $ONE")
    assert run.stdout == "7\n/tmp\nfour two\n", run.stderr


def test_exec_of_nothing(box):
    assert box.exec("no-such-command").returncode == 127


def test_exec_reads_standard_input(box):
    assert box.ctl("exec", "-i", box.box, "wc", "-c", stdin="x" * 300_000).stdout.strip() == "300000"


def test_exec_has_a_terminal(box):
    command = shlex.join(box.ctl.command("exec", "-it", box.box, "sh", "-c", "tty; stty size; exit 4"))
    run = subprocess.run(["script", "-qec", f"stty rows 31 cols 90; {command}", "/dev/null"], capture_output=True, text=True, check=False,
                         stdin=subprocess.DEVNULL)
    assert "31 90" in run.stdout and run.returncode == 4, run.stdout
    assert "/dev/pts/" in run.stdout or box.name == "gvisor", "which has no name for a terminal of the host"


def test_attach_and_signals(box):
    with box.ctl.start("attach", "--no-stdin", "--sig-proxy=false", box.box) as attached:
        # The container may hear a signal before anybody is attached; what it says then is in its log alone.
        def heard():
            box.ctl.ok("kill", "-s", "USR1", box.box)
            return select.select([attached.stdout], [], [], 0.5)[0]
        eventually(heard, "it heard the signal")
        assert attached.stdout.readline() == "usr1\n"
        assert "usr1" in box.ctl.ok("logs", box.box)
        attached.kill()


def test_logs_keep_the_streams_apart(box):
    run = box.ctl("logs", box.box)
    assert "ready\n" in run.stdout and run.stderr == "oops\n"
    assert len(box.ctl.ok("logs", "--tail", "1", box.box).splitlines()) <= 1


def test_pause(box):
    box.say("(while :; do date +%s%N > /tmp/now; sleep 0.05; done) > /dev/null 2>&1 &")
    box.ctl.ok("pause", box.box)
    refused(box.exec("true"), "is paused")
    assert box.ctl.inspect(box.box)["state"] == "paused"
    box.ctl.ok("unpause", box.box)
    before = box.say("cat /tmp/now")
    eventually(lambda: box.say("cat /tmp/now") != before, "time goes on")


def test_stats(box):
    usage = json.loads(box.ctl.ok("stats", "--no-stream", "--json", box.box))[0]
    assert usage["cpu_usage_ns"] > 0 and usage["pids"] >= 1
    assert 0 < usage["memory_bytes"] <= usage["memory_limit_bytes"] == 64 * MIB
    assert usage["network_received_bytes"] > 0


def test_top(box):
    lines = box.ctl.ok("top", box.box).splitlines()
    assert lines[0].split()[:3] == ["USER", "PID", "PPID"] and any(line.split()[1:3] == ["1", "0"] for line in lines[1:]), lines


def test_copies_in_and_out(box, tmp_path):
    (tmp_path / "in").write_bytes(os.urandom(2_000_000))
    for place in ("/work/copied", "/data/copied"):
        box.ctl.ok("cp", tmp_path / "in", f"{box.box}:{place}")
        assert box.say(f"wc -c < {place}").strip() == "2000000"
        box.say(f"echo more >> {place}")
        box.ctl.ok("cp", f"{box.box}:{place}", tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes() + b"more\n"
        (tmp_path / "out").unlink()
    box.say("echo x > /scratch/file")
    run = box.ctl("cp", f"{box.box}:/scratch/file", tmp_path / "memory")
    if box.name == "gvisor":
        refused(run, "/scratch", "the host does not see it")
    else:
        assert (tmp_path / "memory").read_text() == "x\n", run.stderr


def test_diff(box):
    box.say("echo x >> /etc/passwd; mkdir -p /opt/made; echo x > /opt/made/new; rm -f /usr/bin/vi")
    lines = box.ctl.ok("diff", box.box).splitlines()
    assert {"C /etc/passwd", "A /opt/made", "A /opt/made/new", "D /usr/bin/vi"} <= set(lines), lines
    assert not [line for line in lines if line.endswith(("/etc/resolv.conf", "/proc", "/dev"))]


def test_update(box):
    run = box.ctl("update", "-m", "48m", box.box)
    if box.name == "gvisor":
        refused(run, "gVisor cannot change the limits of a container that runs", "start it again")
    else:
        assert run.returncode == 0, run.stderr
        usage = json.loads(box.ctl.ok("stats", "--no-stream", "--json", box.box))[0]
        assert usage["memory_limit_bytes"] == 48 * MIB
        box.ctl.ok("update", "-m", "64m", box.box)


def may_grow():
    """Whether this host lets root grow a mounted ext4: CAP_SYS_RESOURCE, which some containers take away."""
    line = next(line for line in open("/proc/self/status", encoding="ascii") if line.startswith("CapEff"))
    return bool(int(line.split()[1], 16) >> 24 & 1)


def test_a_volume_grows_while_it_is_used(box):
    if box.name != "vm" and not may_grow():
        pytest.skip("needs CAP_SYS_RESOURCE on the host")
    before = int(box.say("df -k /data | tail -n 1").split()[1])
    box.ctl.ok("volume", "resize", f"kept-{box.name}", "12g")
    assert int(box.say("df -k /data | tail -n 1").split()[1]) > before


def test_a_volume_belongs_to_one_container(box):
    refused(box.ctl("run", "--rm", "--network", "none", "--runtime", "runc", "-v", f"kept-{box.name}:/v", box.image, "true"),
            "is in use by container")


def test_what_a_vm_has_written_is_not_mounted_by_the_host(own):
    name = f"guests-{own.name}"
    own.sh("echo x > /v/file", flags=["-v", f"{name}:/v"])
    run = own.ctl("run", "--rm", "--network", "none", "--runtime", "runc", "-v", f"{name}:/v", own.image, "cat", "/v/file")
    if own.name == "vm":
        refused(run, "has been the disk of a VM", "--runtime vm")
    else:
        assert run.stdout == "x\n", run.stderr
    own.ctl.ok("volume", "rm", name)


def test_events_tell_of_it(box):
    with box.ctl.start("events", "--json") as stream:
        def told():  # nothing says when it listens
            box.ctl.ok("rename", box.box, "other-name")
            box.ctl.ok("rename", "other-name", box.box)
            return select.select([stream.stdout], [], [], 0.5)[0]
        eventually(told, "it is told")
        assert "rename" in stream.stdout.readline()
        stream.kill()


# ---- the daemon dies, the containers do not

def test_a_killed_daemon_loses_no_exit_code_and_no_line(node, image):
    levels = LEVELS if FULL else LEVELS[1:]
    ticker = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done"
    short = "while ! test -e /go; do sleep 0.05; done; sleep 1; i=0; while test $i -lt 2000; do i=$((i+1)); echo line $i; done; exit 42"
    for name in levels:
        node.ok("run", "-d", "--name", f"ticker-{name}", "--network", "none", "--runtime", name, image, "sh", "-c", ticker)
        node.ok("run", "-d", "--name", f"short-{name}", "--network", "none", "--runtime", name, image, "sh", "-c", short)
    node.ok("pause", f"ticker-{levels[0]}")
    for name in levels:
        node.ok("exec", f"short-{name}", "touch", "/go")
    daemon = Daemon(node)
    daemon.kill()
    time.sleep(3)
    daemon.start()
    assert node.inspect(f"ticker-{levels[0]}")["state"] == "paused"
    node.ok("unpause", f"ticker-{levels[0]}")
    for name in levels:
        assert node.ok("wait", f"short-{name}") == "42\n"
        assert node.ok("logs", f"short-{name}").splitlines() == [f"line {i}" for i in range(1, 2001)]
        assert node.ok("exec", f"ticker-{name}", "echo", "still here") == "still here\n"
        numbers = [int(line.split()[1]) for line in node.ok("logs", f"ticker-{name}").splitlines()]
        assert numbers == list(range(1, len(numbers) + 1))
        node.ok("rm", "-f", f"ticker-{name}", f"short-{name}")


def test_a_monitor_that_is_killed_takes_its_container_along(node, image):
    node.ok("run", "-d", "--name", "orphan", "--network", "none", "--runtime", "runc", image, "sleep", "271828")
    os.kill(node.inspect("orphan")["sandbox"]["vmm_pid"], signal.SIGKILL)
    node.ok("wait", "orphan")
    seen = node.inspect("orphan")
    assert seen["state"] == "exited" and "monitor was killed by signal 9" in seen["reason"], seen
    # Its end is told first, then what is left of it is taken away.
    eventually(lambda: subprocess.run(["pgrep", "-x", "-f", "sleep 271828"], check=False).returncode == 1, "its process has gone")
    node.ok("rm", "orphan")


# ---- what a node allows

def test_a_node_sets_the_least_level(image):
    with own_node() as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", image, timeout=300)
        make = lambda level: node.ctl("create", "--network", "none", "--runtime", level, image, "true")
        refused(make("runc"), "runtime 'runc' is below this node's minimum, 'gvisor'", "runtime.minimum_level")
        refused(make("confidential"), "runtime 'confidential' cannot be had on this node", "confidential.simulator")
        refused(make("docker"), "runtime 'docker' is not vm, confidential, gvisor or runc")
        assert make("gvisor").returncode == 0
        checks = {check["name"]: check for check in node.ctl.json("node", "check")}
        assert checks["level gvisor"]["verdict"] == "ok" and "not allowed here" in checks["level runc"]["detail"]


def test_a_level_without_its_program_says_so(image):
    with own_node('[runtime]\nrunsc = "/nowhere/runsc"\n') as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", image, timeout=300)
        run = node.ctl("run", "--rm", "--network", "none", "--runtime", "gvisor", image, "true")
        refused(run, "runtime 'gvisor': /nowhere/runsc", "runtime.runsc")
        checks = {check["name"]: check for check in node.ctl.json("node", "check")}
        assert checks["level gvisor"]["verdict"] == "warning"
