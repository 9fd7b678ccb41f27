# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The guest's client against a real redoubt-kbs, with evidence of a real redoubt-simtee over a QEMU that really runs, through a relay that
does what relays may do."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kbs"), str(HERE.parent / "simtee")]
sys.dont_write_bytecode = True
import broker as brokers  # noqa: E402
from guest import RELEASE_ALL, claims_of  # noqa: E402
from relay import Relay  # noqa: E402
from simulated_guest import EXTEND, FIRMWARE, Guest, Service, ask  # noqa: E402

PROBE = os.environ["REDOUBT_KEY_RELEASE_PROBE"]
VERSIONS = {"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}
SECRET = b"what only the right guest gets \x00\xff"
URI = "kbs:///repo/type/tag"


def init_data(url, certificate):
    return f'''algorithm = "sha256"
version = "0.1.0"

[data]
"policy.rego" = "package agent_policy"
"aa.toml" = """
[token_configs.kbs]
url = "{url}"
cert = \'\'\'
{certificate}\'\'\'
"""
'''


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("service"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def broker(service, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broker") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{service.chain}/public/anchors.pem"]\n')
    for part in ("snp", "tdx"):
        shutil.copytree(service.chain / "public" / part, folder / "collateral" / part)
    made.init().start()
    assert made.admin("PUT", "/redoubt/v1/tenant/default", {"allow_simulation": True}).status == 200
    made.set_policy(RELEASE_ALL)
    made.put_resource("repo/type/tag", SECRET)
    made.put_resource("repo/type/large", b"x" * 300_000)
    made.put_resource("other/type/tag", b"not for anybody")
    yield made
    made.stop()


class World:
    """A launched guest, its relay, and the client that runs in it."""

    def __init__(self, broker, service, folder, certificate=None, name="127.0.0.1", listed=True, total=20_000, kind="vm", is_td=False):
        folder.mkdir(parents=True, exist_ok=True)
        text = init_data(f"https://{name}:{broker.port}", (certificate or broker.folder / "server.crt").read_text())
        if not listed:
            text += "# another's\n"
        (folder / "initdata.toml").write_text(text)
        digest = hashlib.sha256(text.encode()).digest()
        self.vm = Guest(service, folder, name=kind, **({"mr_config_id": digest.ljust(48, b"\0")} if is_td else {"host_data": digest}))
        if is_td:
            measured = self.vm.measured("tdx", "--firmware", FIRMWARE["tdx"])
            broker.add_reference_values({"mr_td": [measured["mrtd"]], "rtmr_1": [measured["rtmr1"]], "rtmr_2": [measured["rtmr2"]],
                                         "init_data": [digest.ljust(48, b"\0").hex()]})
        elif listed:
            broker.add_reference_values({"snp_launch_measurement": [self.vm.launch_digest().hex()], "init_data": [digest.hex()], **VERSIONS})
        self.relay = Relay(folder / "relay.sock", ("127.0.0.1", broker.port))
        port = self.vm.port.fileno()
        self.vm.port.setblocking(False)
        self.probe = subprocess.Popen([PROBE, folder / "relay.sock", str(port), folder / "initdata.toml", str(total)], pass_fds=[port],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def get(self, uri=URI):
        self.probe.stdin.write(uri + "\n")
        self.probe.stdin.flush()
        line = self.probe.stdout.readline()
        assert line, "the client has ended"
        return json.loads(line)

    def stop(self):
        self.probe.stdin.close()
        code = self.probe.wait(60)
        self.relay.close()
        self.vm.stop()
        assert code == 0


@pytest.fixture(name="world")
def fixture_world(broker, service, tmp_path):
    made = World(broker, service, tmp_path / "world")
    yield made
    made.stop()


def value_of(answer):
    return bytes.fromhex(answer["value"])


def test_the_right_guest_gets_its_secret_and_the_relay_sees_none_of_it(world):
    answer = world.get()
    assert value_of(answer) == SECRET, answer
    assert len(world.relay.seen) > 5000
    for planted in (SECRET, b"kbs-session-id", b"repo/type", b"tee-pubkey"):
        assert planted not in world.relay.seen


def test_one_handshake_and_one_connection_serve_many_requests(world):
    for _ in range(5):
        assert value_of(world.get()) == SECRET
    assert world.get()["handshakes"] == 1
    assert world.relay.opens == 1


def test_a_connection_that_was_made_ahead_serves_the_first_request(world):
    assert world.get("connect") == {} and world.relay.opens == 1
    assert value_of(world.get()) == SECRET
    assert world.relay.opens == 1


def test_a_connection_that_the_broker_has_closed_meanwhile_is_made_anew(world):
    assert world.get("connect") == {}
    world.relay.hang_up()
    assert value_of(world.get()) == SECRET
    assert world.relay.opens == 2


def test_what_could_not_be_connected_ahead_is_connected_when_somebody_asks(world):
    world.relay.reason = b"no route"
    assert "no route" in world.get("connect")["message"]
    world.relay.heal()
    assert value_of(world.get()) == SECRET


def test_a_large_value_comes_whole(world):
    answer = world.get("kbs:///repo/type/large")
    assert value_of(answer) == b"x" * 300_000


def test_what_the_policy_does_not_release_is_refused_in_the_brokers_words(world):
    answer = world.get("kbs:///other/type/tag")
    assert answer["code"] == "PERMISSION_DENIED" and "PolicyDeny" in answer["message"] and "kbs:///other/type/tag" in answer["message"]
    assert world.get("kbs:///repo/type/none")["code"] == "NOT_FOUND"
    assert world.get("kbs:///repo/type")["code"] == "INVALID_ARGUMENT"
    assert value_of(world.get()) == SECRET


def events_in(answer):
    """What a token tells of a TD's events."""
    shown = claims_of(answer["token"])["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["tdx"]
    return [event["details"]["data"] for event in shown.get("uefi_event_logs", []) if event["type_name"] == "EV_EVENT_TAG"]


def test_what_a_td_notes_is_in_its_tokens_and_it_still_gets_its_secret(broker, service, tmp_path):
    world = World(broker, service, tmp_path / "td", kind="td", is_td=True)
    try:
        assert events_in(world.get("token")) == []
        assert world.get("event example.org load model one") == {}
        assert events_in(world.get("token")) == [{"domain": "example.org", "operation": "load", "content": "model one"}]
        assert world.get("event example.org start web") == {}
        assert [event["operation"] for event in events_in(world.get("token"))] == ["load", "start"]
        assert value_of(world.get()) == SECRET
    finally:
        world.stop()


def test_an_event_that_the_log_does_not_tell_ends_a_tds_trust(broker, service, tmp_path):
    """Somebody else extends the register: what the guest then shows does not replay."""
    world = World(broker, service, tmp_path / "td", kind="td", is_td=True)
    try:
        assert world.get("event example.org load model") == {}
        other = world.vm.take_port()
        other.setblocking(True)
        assert ask(other, EXTEND, b"\x03" + b"x" * 48).status == 0
        other.setblocking(False)
        other.close()
        answer = world.get("token")
        assert answer["code"] == "PERMISSION_DENIED" and "log.replay" in answer["message"], answer
    finally:
        world.stop()


def test_an_snp_guest_has_no_register_for_events(world):
    assert world.get("event example.org load model")["code"] == "UNIMPLEMENTED"
    assert value_of(world.get()) == SECRET


def test_a_guest_with_the_operators_initdata_gets_nothing(broker, service, tmp_path):
    world = World(broker, service, tmp_path / "world", listed=False, name="127.0.0.1", kind="operators")
    try:
        answer = world.get()
        # The measured files are those of other tests; these initdata nobody lists.
        assert answer["code"] == "PERMISSION_DENIED", answer
    finally:
        world.stop()


def test_a_broker_with_another_certificate_hears_nothing(broker, service, tmp_path):
    brokers.make_certificate(tmp_path, "other", "-addext", "subjectAltName=IP:127.0.0.1")
    world = World(broker, service, tmp_path / "world", certificate=tmp_path / "other.crt")
    try:
        answer = world.get()
        assert answer["code"] == "FAILED_PRECONDITION" and "none that initdata pins" in answer["message"], answer
        assert world.relay.opens == 1  # not tried again
    finally:
        world.stop()


def test_a_pinned_key_is_the_broker_by_any_name_and_at_any_time(broker, service, tmp_path):
    world = World(broker, service, tmp_path / "world", name="broker.invalid")
    try:
        assert value_of(world.get()) == SECRET
    finally:
        world.stop()


def test_an_authority_that_is_pinned_vouches_for_the_brokers_name_only(broker, service, tmp_path):
    # The same key would do without any name: so the broker shows a certificate of another key here.
    authority_key, authority = brokers.make_certificate(tmp_path, "authority", "-addext", "basicConstraints=critical,CA:TRUE")
    for name, matches in (("127.0.0.1", True), ("127.0.0.2", False)):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=leaf", "-keyout", folder / "leaf.key",
                        "-out", folder / "leaf.csr"], check=True, capture_output=True)
        (folder / "ext").write_text(f"subjectAltName=IP:{name}\n")
        # Long over: a guest's clock is its host's, so it decides nothing.
        subprocess.run(["openssl", "x509", "-req", "-in", folder / "leaf.csr", "-CA", authority, "-CAkey", authority_key, "-not_before", "20200101000000Z",
                        "-not_after", "20210101000000Z", "-extfile", folder / "ext", "-out", folder / "leaf.crt"], check=True, capture_output=True)
        answer = ask_a_bare_server(broker, service, folder, authority)
        assert ("pins" in answer["message"]) is not matches, answer


def ask_a_bare_server(broker, service, folder, authority):
    """A server that shakes hands and hangs up: what the client says of its certificate."""
    import socket
    import ssl
    import threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.crt", folder / "leaf.key")
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            while True:
                connection, _ = server.accept()
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).recv(1)
                    except OSError:
                        pass
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    world = World(broker, service, folder / "world", certificate=authority, listed=False, total=3000)
    try:
        world.relay.target = server.getsockname()
        return world.get()
    finally:
        server.close()
        world.stop()


@pytest.mark.parametrize("fault", [{"delay": 0.05}, {"cut_after": 0}, {"cut_after": 700}, {"flip_at": 300}, {"flip_at": 2500}, {"reason": b"no route"}])
def test_a_relay_that_was_bad_and_is_good_again_costs_time_alone(world, fault):
    for name, value in fault.items():
        setattr(world.relay, name, value)
    import threading
    threading.Timer(1.5, world.relay.heal).start()
    answer = world.get()
    assert "value" in answer and value_of(answer) == SECRET, answer


@pytest.mark.parametrize("fault", [{"swallow": True}, {"cut_after": 900}, {"flip_at": 200}, {"garbage": True}, {"reason": b"connect: refused"}])
def test_a_relay_that_stays_bad_is_told_of_in_time(broker, service, tmp_path, fault):
    world = World(broker, service, tmp_path / "world", total=3000)
    try:
        for name, value in fault.items():
            setattr(world.relay, name, value)
        answer = world.get()
        assert answer["code"] == "UNAVAILABLE" and URI in answer["message"], answer
        if "reason" in fault:
            assert "connect: refused" in answer["message"]
        world.relay.heal()
        assert value_of(world.get()) == SECRET
    finally:
        world.stop()


def test_a_broker_that_is_down_and_comes_back_is_found_again_and_a_token_outlives_it(world, broker):
    assert value_of(world.get()) == SECRET
    broker.stop()
    port = broker.port
    broker.start()
    world.relay.target = ("127.0.0.1", broker.port)
    answer = world.get()
    assert value_of(answer) == SECRET and answer["handshakes"] == 1, answer
    broker.port = broker.port or port


def test_a_token_that_the_broker_no_longer_takes_is_replaced_by_a_new_handshake(service, tmp_path):
    folder = tmp_path / "short"
    made = brokers.Broker(folder, f'anchors = ["{service.chain}/public/anchors.pem"]\n[token]\nlifetime = "2s"\n')
    shutil.copytree(service.chain / "public/snp", folder / "collateral/snp")
    made.init().start()
    try:
        assert made.admin("PUT", "/redoubt/v1/tenant/default", {"allow_simulation": True}).status == 200
        made.set_policy(RELEASE_ALL)
        made.put_resource("repo/type/tag", SECRET)
        world = World(made, service, tmp_path / "world")
        try:
            assert world.get()["handshakes"] == 1
            import time
            time.sleep(3)
            answer = world.get()
            assert value_of(answer) == SECRET and answer["handshakes"] == 2, answer
        finally:
            world.stop()
    finally:
        made.stop()
