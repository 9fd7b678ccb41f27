# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The agent on a unix socket: golden transcripts of every call, and what a transcript cannot show."""
import pytest

from agent_api import NETWORK, Api
from transcript import methods, replay
from ttrpc import REQUEST, CallError
from world import LINUX, MOUNTS, SocketWorld

TRANSCRIPTS = ["life", "streams", "errors", "volumes", "without_cgroups"]


@pytest.fixture(scope="module", name="api")
def fixture_api():
    return Api()


@pytest.fixture(name="world")
def fixture_world(api):
    world = SocketWorld(api)
    yield world
    world.close()


@pytest.fixture(name="agent")
def fixture_agent(world):
    agent = world.connect()
    yield agent
    agent.close()


def container(world, name, *args, **more):
    """A container's request."""
    process = {"Args": list(args), "Env": ["PATH=/bin"], "Cwd": "/", **more}
    (world.run / name / "rootfs").mkdir(parents=True, exist_ok=True)
    bind = {"driver": "bind", "source": f"{world.run}/image", "mount_point": f"{world.run}/{name}/rootfs"}
    return {"container_id": name, "storages": [bind],
            "OCI": {"Version": "1.1.0", "Process": process, "Root": {"Path": f"{world.run}/{name}/rootfs"}, "Mounts": MOUNTS, "Linux": LINUX}}


def started(world, agent, name, *args):
    agent.call("CreateContainer", container(world, name, *args))
    agent.call("StartContainer", {"container_id": name})


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_golden_conversation(world, agent, name):
    wanted, heard = replay(agent, name, world.names)
    assert heard == wanted


def test_the_transcripts_speak_every_call(api):
    spoken = set().union(*(methods(name) for name in [*TRANSCRIPTS, "cgroups", "disks", "pci_disks"]))
    assert set(api.methods) - spoken - set(NETWORK) == {"GetOOMEvent"}, "GetOOMEvent waits; the rest speak"


def test_every_call_of_the_contract_has_a_name(api, agent):
    # Without a VM the clock is our own, and an empty request is a time.
    for method in sorted(set(api.methods) - {"DestroySandbox", "SetGuestDateTime"}):
        try:
            agent.call(method, timeout=0.5)
        except CallError as error:
            assert "no such" not in error.message and "unknown method" not in error.message, f"{method}: {error}"
            if error.code == "UNIMPLEMENTED":
                assert error.message.startswith(method), error


def test_what_is_not_in_the_contract_is_told_apart(agent):
    for service, method in (("grpc.AgentService", "NoSuchCall"), ("grpc.NoSuchService", "Check")):
        with pytest.raises(CallError) as raised:
            agent.client.start(service, method, b"").result(10)
        assert raised.value.code == "UNIMPLEMENTED" and "by this agent" not in raised.value.message


def test_a_malformed_message_harms_only_itself(agent):
    for method in ("CreateContainer", "CopyFile", "SetGuestDateTime"):
        with pytest.raises(CallError) as raised:
            agent.client.start("grpc.AgentService", method, b"\xff\xff\xff").result(10)
        assert raised.value.code == "INVALID_ARGUMENT"
    with pytest.raises(CallError) as raised:
        agent.client.send_frame(REQUEST, b"\xff").result(10)
    assert raised.value.code == "INVALID_ARGUMENT"
    assert agent.call("Check") == {"status": "SERVING"}


def test_calls_that_wait_hold_up_no_other(world, agent):
    agent.call("CreateSandbox", {"sandbox_id": "sb"})
    started(world, agent, "c1", "sh", "-c", "read line; echo got $line; exit 3")
    waits = [agent.start("WaitProcess", {"container_id": "c1"}) for _ in range(20)]
    read = agent.start("ReadStdout", {"container_id": "c1", "len": 100})
    oom = agent.start("GetOOMEvent")
    assert agent.call("Check") == {"status": "SERVING"}
    assert not any(wait.done() for wait in waits) and not read.done() and not oom.done()
    agent.call("WriteStdin", {"container_id": "c1", "data": "aGkK"})
    assert agent.api.decode("ReadStdout", read.result(60)) == {"data": "Z290IGhpCg=="}
    assert all(agent.api.decode("WaitProcess", wait.result(60)) == {"status": 3} for wait in waits)
    assert not oom.done()


def test_what_a_lost_caller_waited_for_is_there_for_the_next(world, agent):
    agent.call("CreateSandbox", {"sandbox_id": "sb"})
    started(world, agent, "c1", "sh", "-c", "read line; echo late")
    other = world.connect()
    read = other.start("ReadStdout", {"container_id": "c1", "len": 100})
    assert other.call("Check") == {"status": "SERVING"}
    other.close()
    with pytest.raises(CallError):
        read.result(10)
    agent.call("WriteStdin", {"container_id": "c1", "data": "Cg=="})
    assert agent.call("ReadStdout", {"container_id": "c1", "len": 100}) == {"data": "bGF0ZQo="}


def test_a_deadline_ends_a_wait_and_nothing_else(world, agent):
    agent.call("CreateSandbox", {"sandbox_id": "sb"})
    started(world, agent, "c1", "sleep", "1000")
    with pytest.raises(CallError) as raised:
        agent.call("WaitProcess", {"container_id": "c1"}, timeout=0.2)
    assert raised.value.code == "DEADLINE_EXCEEDED"
    agent.call("SignalProcess", {"container_id": "c1", "signal": 9})
    assert agent.call("WaitProcess", {"container_id": "c1"}) == {"status": 137}


def test_the_output_of_many_processes_is_not_mixed(world, agent):
    agent.call("CreateSandbox", {"sandbox_id": "sb"})
    started(world, agent, "c1", "sleep", "1000")
    for i in range(12):
        agent.call("ExecProcess", {"container_id": "c1", "exec_id": f"e{i}", "process": {
            "Args": ["sh", "-c", f"echo {i}; exit {i}"], "Env": ["PATH=/bin"], "Cwd": "/"}})
    for i in range(12):
        which = {"container_id": "c1", "exec_id": f"e{i}"}
        assert agent.api.decode("ReadStdout", agent.start("ReadStdout", which | {"len": 99}).result(60))["data"]
        assert agent.call("WaitProcess", which).get("status", 0) == i
