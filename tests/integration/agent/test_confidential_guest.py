# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The guest image with redoubt.confidential=1 on its command line, evidence from a real redoubt-simtee, and a host that does what hosts may do."""
import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

import pytest

from agent_api import Api
from confidential_world import STRICT, ConfidentialWorld, disk_of, initdata
from ttrpc import CallError
from world import MOUNTS, eventually

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "simtee"))
from simulated_guest import Service  # noqa: E402

POLICY = """
package agent_policy
import rego.v1
CreateSandboxRequest := true
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/slot", "value": input.container_id}]} if {
    not data.pstate.slot
    input.OCI.Process.Args == ["sh", "-c", "echo planted-output; head -c 300000 /dev/zero; exit 5"]
}
StartContainerRequest if input.container_id == data.pstate.slot
WaitProcessRequest if input.container_id == data.pstate.slot
ReseedRandomDevRequest := true
# What the level refuses whatever a policy says.
SetPolicyRequest := true
CopyFileRequest := true
AddSwapRequest := true
AddSwapPathRequest := true
MemHotplugByProbeRequest := true
"""


@pytest.fixture(scope="module", name="api")
def fixture_api():
    return Api()


@pytest.fixture(scope="module", name="service")
def fixture_service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("service"))
    yield made
    made.stop()


@pytest.fixture(scope="module", name="world")
def fixture_world(api, service):
    """One guest for all tests that leave it as it was."""
    made = ConfidentialWorld(api, service, initdata(POLICY))
    yield made
    made.close()


@pytest.fixture(scope="module", name="agent")
def fixture_agent(world):
    agent = world.connect()
    assert agent.call("Check") == {"status": "SERVING"}, world.console()[-2000:]
    return agent


def refused(call):
    with pytest.raises(CallError) as raised:
        call()
    return raised.value


def test_its_own_processor_confirms_the_initdata_before_it_serves(world, agent):
    assert agent.call("Version")["agent_version"]
    console = world.console()
    confirmed = console.index("initdata confirmed TEE=snp DIGEST=sha384:" + hashlib.sha384(world.launched).hexdigest())
    assert confirmed < console.index("agent serving")
    assert "nothing is protected" in console  # it is the simulator's word


def test_what_no_rule_speaks_of_is_refused_by_name(agent):
    error = refused(lambda: agent.call("GetMetrics"))
    assert error.code == "PERMISSION_DENIED" and error.message.startswith("GetMetricsRequest is blocked by policy: data.agent_policy.GetMetricsRequest")


@pytest.mark.parametrize("method", ["SetPolicy", "CopyFile", "AddSwap", "AddSwapPath", "MemHotplugByProbe"])
def test_what_the_level_refuses_no_policy_opens(agent, method):
    error = refused(lambda: agent.call(method))
    assert error.code == "PERMISSION_DENIED" and error.message.endswith("is refused in a confidential guest")


@pytest.mark.parametrize("of, method", [("redoubt.agent.v1.ConfigDocuments", "Put"), ("redoubt.agent.v1.ContainerAccess", "OpenArchive"),
                                             ("redoubt.agent.v1.ContainerAccess", "ListProcesses"), ("grpc.AgentService", "OpenDebugConsole"),
                                             ("org.example.Hook", "Run")])
def test_calls_of_ours_and_of_nobody_are_refused_too(agent, of, method):
    assert refused(lambda: agent.client.start(of, method, b"").result(60)).code == "PERMISSION_DENIED"


def test_a_request_with_a_field_nobody_knows_is_refused_before_the_policy_is_asked(agent):
    unknown = b"\x0a\x01x" + b"\xfa\x07\x01y"  # 127: no such field
    error = refused(lambda: agent.client.start("grpc.AgentService", "StartContainer", unknown).result(60))
    assert error.code == "INVALID_ARGUMENT" and "field 127 is not known" in error.message


def test_the_hosts_seed_is_taken(agent):
    assert agent.call("ReseedRandomDev", {"data": base64.b64encode(b"s" * 64).decode()}) == {}


def container(world, name):
    storages = json.loads(world.names["STORAGES_c1"].replace("/c1/", f"/{name}/"))
    return {"container_id": name, "storages": storages, "OCI": {
        "Process": {"Args": ["sh", "-c", "echo planted-output; head -c 300000 /dev/zero; exit 5"], "Env": ["PATH=/bin"], "Cwd": "/"},
        "Root": {"Path": f"{world.RUN}/{name}/rootfs"}, "Mounts": MOUNTS, "Linux": {"Namespaces": [{"Type": "mount"}]}}}


def test_of_sixty_four_containers_at_once_for_one_slot_exactly_one_wins_and_shows_nothing(world, agent):
    sandbox = "{" + f'"sandbox_id": "sb", "storages": [{world.names["IMAGE"].rstrip(", ")}]' + "}"
    agent.call("CreateSandbox", json.loads(sandbox.replace("$RUN", world.RUN)))
    calls = {f"c{i}": agent.start("CreateContainer", container(world, f"c{i}")) for i in range(64)}
    winners = []
    for name, call in calls.items():
        try:
            call.result(240)
            winners.append(name)
        except CallError as error:
            assert error.code == "PERMISSION_DENIED" and "blocked by policy" in error.message, error
    assert len(winners) == 1, winners
    agent.call("StartContainer", {"container_id": winners[0]})
    read = {"container_id": winners[0], "len": 4096}
    # No byte of it; and its process, with more to say than a pipe holds, is not held up.
    assert agent.call("ReadStdout", read).get("data", "") == ""
    assert agent.call("ReadStderr", read).get("data", "") == ""
    assert agent.call("WaitProcess", {"container_id": winners[0]})["status"] == 5
    error = refused(lambda: agent.call("ExecProcess", {"container_id": winners[0], "exec_id": "x"}))
    assert error.code == "PERMISSION_DENIED" and error.message.startswith("ExecProcessRequest is blocked by policy")
    assert "planted-output" not in world.console()


def generated_policy(folder):
    """What `policy generate` makes for a pod of three containers, which may be asked for its metrics."""
    config = folder / "image.json"
    config.write_text(json.dumps({"os": "linux", "architecture": "amd64", "config": {"Cmd": ["serve"], "Env": [f"V{i}=x" for i in range(20)]},
                                  "rootfs": {"type": "layers", "diff_ids": []}}))
    images = [f"registry.example/{name}@sha256:{hashlib.sha256(name.encode()).hexdigest()}" for name in ("web", "worker", "cache")]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "three"}, "spec": {"containers": [
        {"name": f"c{i}", "image": image, "command": ["serve", "--all"]} for i, image in enumerate(images)]}}
    (folder / "pod.yaml").write_text(json.dumps(pod))
    (folder / "settings.json").write_text(json.dumps({"allow": ["GetMetricsRequest"]}))
    subprocess.run([os.environ["REDOUBTCTL"], "policy", "generate", folder / "pod.yaml", "--node", "redoubt", "--settings", folder / "settings.json",
                    *(word for image in images for word in ("--image-config", f"{image}={config}")), "-o", folder / "policy.rego"], check=True)
    return (folder / "policy.rego").read_text()


def test_the_agent_is_small_with_a_policy_loaded(api, service, tmp_path):
    policy = generated_policy(tmp_path)
    world = ConfidentialWorld(api, service, initdata(policy))
    try:
        agent = world.connect()
        for i in range(20):  # evaluated, too: by what it refuses
            assert refused(lambda name=f"c{i}": agent.call("CreateContainer", container(world, name))).code == "PERMISSION_DENIED"
        metrics = agent.call("GetMetrics")["metrics"]
        resident, peak = (int(re.search(f'kata_agent_proc_status{{item="{item}"}} ([0-9]+)', metrics)[1]) for item in ("vmrss", "vmhwm"))
        print(f"agent with a policy of {len(policy)} bytes: {resident} KiB resident, {peak} at most")
        assert 1024 < resident <= 12 << 10, (resident, peak)
    finally:
        world.close()


def other_bit(disk):
    """The same disk but for one bit of the text in it."""
    text = bytearray(gzip.decompress(disk[16:16 + struct.unpack("<Q", disk[8:16])[0]]))
    text[text.index(b"agent_policy")] ^= 1
    return disk_of(bytes(text))


LONG = initdata(POLICY + "# " + "".join(hashlib.sha256(bytes([i])).hexdigest() for i in range(40)))
CASES = {
    "another text than was launched": ({"given": other_bit(disk_of(initdata(POLICY)))}, "the disk's digest sha384:"),
    "the operator's own, launched without any": ({"launched": b"", "given": disk_of(initdata(POLICY))}, "the disk's digest sha384:"),
    "no disk": ({"given": b"", "words": STRICT + " redoubt.simtee=1 agent.hotplug_timeout=1"}, "the VM has no disk with initdata"),
    "a disk that is cut": ({"launched": LONG, "given": disk_of(LONG)[:512]}, "ends after"),
    "a gzip bomb": ({"given": disk_of(b"#" * (3 << 20))}, "/dev/sd"),
    "no gzip": ({"given": b"initdata" + struct.pack("<Q", 100) + bytes(512 - 16)}, "/dev/sd"),
    "a text that is none": ({"launched": b"= nothing"}, "initdata"),
    "no policy": ({"launched": b'algorithm = "sha384"\nversion = "0.1.0"\n[data]\n'}, "there is no entry 'policy.rego' in it"),
    "a policy that does not load": ({"launched": initdata("package agent_policy\nx := y")}, "policy.rego:2"),
    "a broker without a certificate": ({"launched": initdata(POLICY, further='"aa.toml" = "[token_configs.kbs]\\nurl = \\"https://b\\""\n')}, "token_configs.kbs.cert"),
    "no processor": ({"words": STRICT}, "this guest has no secure processor"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_guest_that_may_not_serve_says_why_to_whoever_asks(api, service, name):
    changes, reason = CASES[name]
    world = ConfidentialWorld(api, service, **{"launched": initdata(POLICY), **changes})
    try:
        agent = world.connect()
        for method in ("Check", "CreateSandbox", "GetGuestDetails", "DestroySandbox"):
            error = refused(lambda m=method: agent.call(m))
            assert error.code == "PERMISSION_DENIED" and error.message.startswith("initdata: ") and reason in error.message, error
        assert refused(lambda: agent.client.start("no.such", "Call", b"").result(60)).message.startswith("initdata: ")
        eventually(lambda: "nothing is served: initdata: " in world.console(), "the reason on the console")
    finally:
        world.close()


class OrdinaryAgent(ConfidentialWorld):
    """The same VM with the initramfs of ordinary ones: another measurement, so no broker would give it a key."""

    INITRAMFS = "initramfs.cpio"


def test_the_agent_of_ordinary_vms_refuses_to_be_a_confidential_one(api, service):
    world = OrdinaryAgent(api, service, initdata(POLICY))
    try:
        error = refused(lambda: world.connect().call("GetGuestDetails"))
        assert (error.code, error.message) == ("FAILED_PRECONDITION", "redoubt.confidential: this agent is one of ordinary VMs")
    finally:
        world.close()
