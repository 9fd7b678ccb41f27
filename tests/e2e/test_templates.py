# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""VMs that begin as clones of a guest template: that they do, and that nothing tells one of them of another."""
import json
import time

import pytest

from node_under_test import count, eventually, interrupts, own_node, with_images

IMAGES = ["busybox", "python3"]
# 25 is AT_RANDOM: 16 bytes that a new process gets from the kernel; its stack's canary is made of them.
TELL = """
import ctypes, json, os, time
libc = ctypes.CDLL(None)
libc.getauxval.restype = ctypes.c_ulong
read = lambda path: open(path).read().strip()
print(json.dumps({"boot_id": read("/proc/sys/kernel/random/boot_id"), "uuid": read("/proc/sys/kernel/random/uuid"), "random": os.urandom(16).hex(),
                  "canary": ctypes.string_at(libc.getauxval(25), 16).hex(), "hostname": os.uname().nodename,
                  "mac": read("/sys/class/net/eth0/address"), "time": time.time()}), flush=True)
time.sleep(1000)
"""


@pytest.fixture(scope="module")
def node(registry, wanted):
    """A node that keeps templates, with these images pulled."""
    with own_node("[hypervisor]\ntemplates = 4\n") as made:
        yield with_images(made.ctl, registry, wanted)


def told(ctl, name):
    text = eventually(lambda: ctl.ok("logs", name).strip(), f"what {name} says")
    return json.loads(text)


def is_clone(ctl, name):
    return ctl.inspect(name)["sandbox"]["cloned"]


def test_clones_share_nothing_that_should_be_their_own(ctl, python3):
    names = [f"clone-{number}" for number in range(count(4, 50))]
    answers = []
    for name in names:
        ctl.ok("run", "-d", "--name", name, "--memory", "64m", python3, "python3", "-c", TELL)
        answer = told(ctl, name)
        assert abs(answer["time"] - time.time()) < 60, "its clock is the host's"
        assert is_clone(ctl, name), f"{name} has booted"
        assert answer["mac"] == ctl.inspect(name)["sandbox"]["interfaces"][0]["mac"], "as the host says"
        answers.append(answer)
        if len(answers) > 8:  # a few at a time fit any machine
            ctl.ok("rm", "-f", name)
    for what in ("boot_id", "uuid", "random", "canary", "hostname", "mac"):
        values = [answer[what] for answer in answers]
        assert len(set(values)) == len(values), f"{what}: {values}"
    ctl.ok("rm", "-f", *names[:8])


def test_clones_reach_each_other(ctl, busybox):
    ctl.ok("run", "-d", "--name", "server", busybox, "sh", "-c", "echo found > /tmp/index.html; httpd -f -p 80 -h /tmp")
    address = ctl.inspect("server")["sandbox"]["interfaces"][0]["addresses"][0].split("/")[0]
    answer = eventually(lambda: ctl("run", "--rm", busybox, "wget", "-q", "-O", "-", f"http://{address}/").stdout, "an answer")
    assert answer == "found\n"
    assert is_clone(ctl, "server")
    ctl.ok("rm", "-f", "server")


def test_who_wants_to_boot_does(ctl, busybox):
    ctl.ok("run", "-d", "--name", "boots", "--annotation", "io.redoubt.vm.start=boot", busybox, "sleep", "1000")
    assert not is_clone(ctl, "boots")
    refused = ctl("run", "--rm", "--annotation", "io.redoubt.vm.start=cold", busybox, "true")
    assert refused.returncode == 125
    assert "annotation io.redoubt.vm.start: 'cold' is neither boot nor clone" in refused.stderr


def test_an_idle_clone_sleeps(ctl, busybox):
    """As a guest that has booted does: 200 of them are to fit on two cores."""
    ctl.ok("run", "-d", "--name", "idle", busybox, "sleep", "1000000")
    assert is_clone(ctl, "idle")
    assert interrupts(ctl, "idle") < 250, "a tick alone makes 500 in 5 s"
    ctl.ok("rm", "-f", "idle")


def test_another_size_has_another_template(ctl, busybox):
    for number, memory in enumerate(("48m", "96m", "48m")):
        seen = ctl.ok("run", "--rm", "--memory", memory, busybox, "sh", "-c", "grep MemTotal /proc/meminfo")
        kibibytes = int(seen.split()[1])
        assert abs(kibibytes / 1024 - (int(memory[:-1]) + 128)) < 48, f"run {number}: {seen}"
