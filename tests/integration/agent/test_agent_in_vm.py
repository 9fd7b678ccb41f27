# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The guest image's agent as PID 1 of a VM: the same conversations as on a socket, and those that need cgroups and disks."""
import json

import pytest

from agent_api import Api
from transcript import replay
from world import VmWorld, eventually


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
