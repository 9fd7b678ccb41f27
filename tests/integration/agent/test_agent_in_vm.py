# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The guest image's agent as PID 1 of a VM: the same conversations as on a socket, and those that need cgroups and disks."""
import json

import pytest

from agent_api import Api
from transcript import replay
from ttrpc import CallError
from world import PciVmWorld, VmWorld, eventually


@pytest.fixture(scope="module", name="api")
def fixture_api():
    return Api()


@pytest.fixture(name="world")
def fixture_world(api):
    world = VmWorld(api)
    yield world
    world.close()


@pytest.mark.parametrize("name", ["life", "streams", "errors", "volumes", "cgroups", "disks"])
def test_a_golden_conversation(world, name):
    agent = world.connect()
    wanted, heard = replay(agent, name, world.names)
    assert heard == wanted, world.console()[-2000:]


@pytest.fixture(name="pci_world")
def fixture_pci_world(api):
    world = PciVmWorld(api)
    yield world
    world.close()


def test_a_golden_conversation_about_pci_disks(pci_world):
    wanted, heard = replay(pci_world.connect(), "pci_disks", pci_world.names)
    assert heard == wanted, pci_world.console()[-2000:]


def wait_for_a_disk_that_comes(world, driver, source):
    agent = world.connect()
    agent.call("CreateSandbox", {"sandbox_id": "sb"})
    where = f"{world.RUN}/sandbox/storage/late"
    storage = {"driver": driver, "source": source, "fstype": "ext4", "mount_point": where}
    # It fails for want of a root folder, but not before the disk has come.
    made = agent.start("CreateContainer", {"container_id": "c1", "storages": [storage], "OCI": {
        "Process": {"Args": ["true"], "Cwd": "/"}, "Root": {"Path": f"{world.RUN}/c1/rootfs"}}})
    assert agent.call("Check") == {"status": "SERVING"} and not made.done()
    world.plug_spare_disk()
    with pytest.raises(CallError) as raised:
        made.result(120)
    return raised.value


def test_a_scsi_disk_may_come_while_it_is_waited_for(world):
    assert wait_for_a_disk_that_comes(world, "scsi", "0:9").message.startswith("open /run/kata-containers/c1/rootfs")


def test_a_pci_disk_may_come_while_it_is_waited_for(pci_world):
    assert wait_for_a_disk_that_comes(pci_world, "blk", "03/00").message.startswith("open /run/kata-containers/c1/rootfs")


def test_the_operator_hears_of_words_that_are_ignored(world):
    world.connect().call("Check")
    eventually(lambda: "WORD=agent.debug_console" in world.console(), "the word on the console")


def test_memory_that_runs_out_is_told_before_the_end(world):
    agent = world.connect()
    sandbox = "{" + f'"sandbox_id": "sb", "storages": [{world.names["IMAGE"].rstrip(", ")}]' + "}"
    agent.call("CreateSandbox", json.loads(sandbox.replace("$RUN", world.RUN)))
    storages = json.loads(world.names["STORAGES_c1"])
    event = agent.start("GetOOMEvent")
    agent.call("CreateContainer", {"container_id": "c1", "storages": storages, "OCI": {
        "Process": {"Args": ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 1"], "Env": ["PATH=/bin"], "Cwd": "/"},
        "Root": {"Path": f"{world.RUN}/c1/rootfs"}, "Mounts": json.loads(world.names["MOUNTS"]),
        "Linux": {"Namespaces": [{"Type": "mount"}], "Resources": {"Memory": {"Limit": 8 << 20, "Swap": 8 << 20}}}}})
    agent.call("StartContainer", {"container_id": "c1"})
    assert agent.api.decode("GetOOMEvent", event.result(120)) == {"container_id": "c1"}
