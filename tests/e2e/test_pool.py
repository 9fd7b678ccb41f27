# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""VMs that wait: a start takes one, another comes in its place, and none outlives the node that keeps them."""
import os
import signal

import pytest

from node_under_test import eventually, groups_of, images_folder, own_node, vmm_processes

POOL = "[hypervisor]\ntemplates = 2\n[pool]\nsize = 2\n"


@pytest.fixture
def node():
    with own_node(POOL) as made:
        made.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
        yield made


def waiting(node):
    return node.ctl.json("node", "info")["pool_waiting"]


def start(node, name, *flags):
    node.ctl.ok("run", "-d", "--name", name, *flags, "busybox", "sleep", "1000")
    return node.ctl.inspect(name)["sandbox"]


def test_a_start_takes_a_vm_that_waits_and_another_comes(node):
    first = start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    waited = set(vmm_processes(node.runtime)) - {first["vmm_pid"]}
    second = start(node, "second")
    assert second["vmm_pid"] in waited, "it was there before"
    assert second["cloned"]
    eventually(lambda: waiting(node) == 2, "another waits in its place")
    assert second["vmm_pid"] in vmm_processes(node.runtime) and len(vmm_processes(node.runtime)) == 4
    told = [node.ctl.ok("exec", name, "cat", "/proc/sys/kernel/random/boot_id", "/sys/class/net/eth0/address").split() for name in ("first", "second")]
    assert not set(told[0]) & set(told[1])
    address = node.ctl.inspect("first")["sandbox"]["interfaces"][0]["addresses"][0].split("/")[0]
    assert node.ctl("exec", "second", "ping", "-c", "1", "-W", "5", address).returncode == 0
    for name in ("first", "second"):
        node.ctl.ok("rm", "-f", name)


def test_who_wants_to_boot_has_none_of_it(node):
    first = start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    waited = set(vmm_processes(node.runtime)) - {first["vmm_pid"]}
    booted = start(node, "boots", "--annotation", "io.redoubt.vm.start=boot")
    assert not booted["cloned"] and booted["vmm_pid"] not in waited
    for name in ("first", "boots"):
        node.ctl.ok("rm", "-f", name)


def test_a_vm_that_dies_while_it_waits_is_nobodys_trouble(node):
    first = start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    victim = (set(vmm_processes(node.runtime)) - {first["vmm_pid"]}).pop()
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: waiting(node) == 1, "it is known", 20)
    start(node, "second")
    for name in ("first", "second"):
        node.ctl.ok("rm", "-f", name)


def test_a_drained_node_has_none(node):
    start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    node.ctl.ok("node", "drain")
    assert waiting(node) == 0 and not vmm_processes(node.runtime)
    node.ctl.ok("node", "resume")
    node.ctl.ok("rm", "first")


def test_a_killed_daemon_leaves_none(node):
    first = start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    sandboxes = [path.name for path in node.runtime.glob("vm/*") if path.name != first["id"]]
    assert len(sandboxes) == 2
    node.kill()
    node.start()
    assert vmm_processes(node.runtime) == [first["vmm_pid"]]
    assert not [group for sandbox in sandboxes for group in groups_of(sandbox)]
    assert node.ctl.ok("exec", "first", "echo", "here") == "here\n"
    node.ctl.ok("rm", "-f", "first")
