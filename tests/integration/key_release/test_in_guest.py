# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The whole walk of a secret with the real guest image: initdata, evidence, the relay's port, a real redoubt-kbs, a sealed secret that
becomes a variable of a container, which nobody outside of the guest has seen."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kbs"), str(HERE.parent / "simtee"), str(HERE.parent / "agent")]
sys.dont_write_bytecode = True
import broker as brokers  # noqa: E402
from agent_api import Api  # noqa: E402
from confidential_world import ConfidentialWorld, initdata  # noqa: E402
from guest import RELEASE_ALL  # noqa: E402
from jwcrypto import jwk, jws  # noqa: E402
from relay import Relay  # noqa: E402
from simulated_guest import FIRMWARE, MEASURE, Service  # noqa: E402
from ttrpc import CallError  # noqa: E402
from world import MOUNTS, ROOT  # noqa: E402

PASSWORD = b"planted-password-of-the-owner"
VERSIONS = {"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}


@pytest.fixture(scope="module", name="service")
def fixture_service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("service"))
    yield made
    made.stop()


@pytest.fixture(scope="module", name="broker")
def fixture_broker(service, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broker") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{service.chain}/public/anchors.pem"]\n')
    shutil.copytree(service.chain / "public/snp", folder / "collateral/snp")
    made.init().start()
    assert made.admin("PUT", "/redoubt/v1/tenant/default", {"allow_simulation": True}).status == 200
    made.set_policy(RELEASE_ALL)
    made.put_resource("repo/password/1", PASSWORD)
    yield made
    made.stop()


@pytest.fixture(scope="module", name="seal")
def fixture_seal(broker):
    """Makes sealed secrets, signed by a key that the broker has."""
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    broker.put_resource("repo/seal/1", key.export_public().encode())

    def make(uri, signer=key):
        payload = {"version": "0.1.0", "type": "vault", "name": uri, "provider": "kbs", "provider_settings": {}, "annotations": {}}
        made = jws.JWS(json.dumps(payload))
        made.add_signature(signer, None, json.dumps({"alg": "ES256", "kid": "kbs:///repo/seal/1"}))
        return "sealed." + made.serialize(compact=True)

    return make


def policy(variable):
    return f"""
package agent_policy
import rego.v1
CreateSandboxRequest := true
CreateContainerRequest if input.OCI.Process.Env == ["PATH=/bin", {json.dumps("PASSWORD=" + variable)}]
StartContainerRequest := true
WaitProcessRequest := true
"""


def launch(broker, service, rules, listed=True):
    """A VM with those rules for a policy; its broker knows it, or does not."""
    certificate = (broker.folder / "server.crt").read_text()
    aa_toml = f'[token_configs.kbs]\nurl = "https://127.0.0.1:{broker.port}"\ncert = """\n{certificate}"""\n'
    text = initdata(rules, f'"aa.toml" = {json.dumps(aa_toml)}\n')
    world = ConfidentialWorld(Api(), service, text)
    guest = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
    append = f"console=hvc0 panic=-1 reboot=t quiet no_timer_check {world.WORDS}"
    done = subprocess.run([MEASURE, "snp", "--firmware", FIRMWARE["snp"], "--vcpus", "1", "--vcpu-type", "EPYC-v4", "--kernel", guest / "vmlinuz",
                           "--initrd", guest / world.INITRAMFS, "--append", append, "--json"], capture_output=True, text=True, check=True)
    measurement = json.loads(done.stdout)["measurement"]
    digest = hashlib.sha384(text).digest()[:32].hex()
    broker.add_reference_values({"snp_launch_measurement": [measurement if listed else "00" * 48], "init_data": [digest], **VERSIONS})
    return world


def run_container(world, variable):
    """Its exit code: 7 when the variable is the password."""
    agent = world.connect()
    sandbox = "{" + f'"sandbox_id": "sb", "storages": [{world.names["IMAGE"].rstrip(", ")}]' + "}"
    agent.call("CreateSandbox", json.loads(sandbox.replace("$RUN", world.RUN)))
    script = f'[ "$(printf %s "$PASSWORD" | sha256sum)" = "{hashlib.sha256(PASSWORD).hexdigest()}  -" ] && exit 7; exit 1'
    agent.call("CreateContainer", {"container_id": "c1", "storages": json.loads(world.names["STORAGES_c1"]), "OCI": {
        "Process": {"Args": ["sh", "-c", script], "Env": ["PATH=/bin", "PASSWORD=" + variable], "Cwd": "/"},
        "Root": {"Path": f"{world.RUN}/c1/rootfs"}, "Mounts": MOUNTS, "Linux": {"Namespaces": [{"Type": "mount"}]}}})
    agent.call("StartContainer", {"container_id": "c1"})
    return agent.call("WaitProcess", {"container_id": "c1"})["status"]


def test_the_right_guest_opens_the_secret_and_nobody_else_sees_it(broker, service, seal):
    variable = seal("kbs:///repo/password/1")
    world = launch(broker, service, policy(variable))
    try:
        relay = Relay(world.folder / "relay.sock", ("127.0.0.1", broker.port), is_vm=True)
        assert run_container(world, variable) == 7, world.console()[-3000:]
        assert relay.opens == 1 and PASSWORD not in relay.seen
        assert PASSWORD.decode() not in world.console()
    finally:
        world.close()


def test_a_guest_that_is_not_listed_gets_no_secret_and_no_container(broker, service, seal):
    variable = seal("kbs:///repo/password/1")
    world = launch(broker, service, policy(variable), listed=False)
    try:
        Relay(world.folder / "relay.sock", ("127.0.0.1", broker.port), is_vm=True)
        with pytest.raises(CallError) as raised:
            run_container(world, variable)
        assert raised.value.code == "PERMISSION_DENIED" and "variable PASSWORD=: kbs:///repo/seal/1: the broker answers 401" in raised.value.message
    finally:
        world.close()


def test_words_that_somebody_else_signed_fetch_nothing(broker, service, seal):
    variable = seal("kbs:///repo/password/1", jwk.JWK.generate(kty="EC", crv="P-256"))
    world = launch(broker, service, policy(variable))
    try:
        Relay(world.folder / "relay.sock", ("127.0.0.1", broker.port), is_vm=True)
        with pytest.raises(CallError) as raised:
            run_container(world, variable)
        assert raised.value.code == "PERMISSION_DENIED" and "sealed secret" in raised.value.message
    finally:
        world.close()
