# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""VMs that wait: a start takes one, another comes in its place, and none outlives the node that keeps them."""
import os
import pathlib
import shutil
import signal
import time

import pytest

from node_under_test import ROOT, eventually, groups_of, images_folder, own_node, vmm_processes

POOL = "[hypervisor]\ntemplates = 2\n[pool]\nsize = 2\n"
GUEST = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))


@pytest.fixture
def node(request):
    """A node with a pool; what a test asks for beside it, it says by indirect parameters."""
    with own_node(POOL + getattr(request, "param", "")) as made:
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


def repeatedly(look, times=20):
    for _ in range(times):
        yield look()
        time.sleep(0.1)


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


def test_a_daemon_that_ends_and_comes_back_begins_anew(node):
    first = start(node, "first")
    eventually(lambda: waiting(node) == 2, "two VMs wait")
    node.process.send_signal(signal.SIGTERM)
    assert node.process.wait(60) == 0
    assert vmm_processes(node.runtime) == [first["vmm_pid"]], "the container's VM stays, and no other"
    assert [path.name for path in node.runtime.glob("vm/*")] == [first["id"]]
    node.start()
    assert waiting(node) == 0
    second = start(node, "second")
    assert second["cloned"]
    eventually(lambda: waiting(node) == 2, "two VMs wait again")
    for name in ("first", "second"):
        node.ctl.ok("rm", "-f", name)


@pytest.mark.parametrize("node", ['memory = "300MiB"\n'], indirect=True)
def test_no_more_wait_than_their_memory_allows(node):
    start(node, "first")
    eventually(lambda: waiting(node) == 1, "one VM of 256 MiB waits")
    assert not [seen for seen in repeatedly(lambda: waiting(node)) if seen > 1]
    node.ctl.ok("rm", "-f", "first")


@pytest.mark.parametrize("node", ['keep = "3s"\n'], indirect=True)
def test_a_node_nobody_asks_for_anything_has_none(node):
    node.ctl.ok("run", "--rm", "busybox", "true")
    eventually(lambda: vmm_processes(node.runtime), "a VM waits")
    eventually(lambda: waiting(node) == 0 and not vmm_processes(node.runtime), "none waits any more")


def test_what_began_with_another_kernel_is_let_go(tmp_path):
    kernel = tmp_path / "vmlinuz"
    shutil.copy(GUEST / "vmlinuz", kernel)
    with own_node(POOL, guest={"kernel": str(kernel)}) as node:
        node.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
        first = start(node, "first")
        eventually(lambda: waiting(node) == 2, "two VMs wait")
        old = set(vmm_processes(node.runtime)) - {first["vmm_pid"]}
        shutil.copy(kernel, tmp_path / "next")
        os.replace(tmp_path / "next", kernel)  # the same bytes, as an upgrade would put others there
        second = start(node, "second")
        assert second["vmm_pid"] not in old
        eventually(lambda: not old & set(vmm_processes(node.runtime)) and waiting(node) == 2, "others wait in their place")
        for name in ("first", "second"):
            node.ctl.ok("rm", "-f", name)
