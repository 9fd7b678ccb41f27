# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The gRPC faces for relying parties: who gets in, who may what, evidence judged, reference values; and what is refused."""
import base64
import concurrent.futures
import hashlib
import json
import re
import signal

import broker as brokers
import grpc_client as grpc
import pytest
from broker import b64url
from guest import canonical, claims_of, init_data_digest
from snp_maker import Chip
from test_refusals import snp_report
from test_snp import MEASUREMENT, REFERENCE

EVALUATE = "attestation.AttestationService/AttestationEvaluate"
SET_POLICY = "attestation.AttestationService/SetAttestationPolicy"
CHALLENGE = "attestation.AttestationService/GetAttestationChallenge"
QUERY = "reference.ReferenceValueProviderService/QueryReferenceValue"
REGISTER = "reference.ReferenceValueProviderService/RegisterReferenceValue"


@pytest.fixture(scope="module")
def chip():
    return Chip()


@pytest.fixture(scope="module")
def served(tmp_path_factory, chip):
    folder = tmp_path_factory.mktemp("grpc") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{folder}/root.pem"]\n[limits]\nguest_rate = 1000\nguest_burst = 10000\nbody = "256KiB"\n[grpc]\nlisten = "127.0.0.1:0"\n')
    (folder / "root.pem").write_bytes(chip.root_pem())
    (folder / "collateral" / "snp").mkdir(parents=True)
    (folder / "collateral" / "snp" / "ark.crl").write_bytes(chip.revocation_list())
    roles = {"alice": "admin", "victor": "verifier", "paula": "policy", "tina": "admin@trial"}
    for name in ("victor", "paula", "tina", "nobody"):
        brokers.make_certificate(folder, name)
    (folder / "clients.crt").write_bytes(b"".join((folder / f"{name}.crt").read_bytes() for name in [*roles, "nobody"]))
    listed = ", ".join(f'"{brokers.fingerprint(folder / f"{name}.crt")}={role}"' for name, role in roles.items())
    text = made.config.read_text().replace(f"{folder}/alice.crt", f"{folder}/clients.crt")
    made.config.write_text(re.sub(r"\ncertificates = .*", f"\ncertificates = [{listed}]", text))
    made.init().start()
    made.grpc_port = int(re.search(r"GRPC_PORT=(\d+)", made.process.stderr.readline()).group(1))
    made.add_reference_values(REFERENCE)
    yield made
    made.stop()


def ask(served, method, *fields, **options):
    return grpc.call(served, served.grpc_port, method, grpc.message(*fields), **options)


def evidence_of(chip, report_data, **report):
    report.setdefault("host_data", init_data_digest())
    report.setdefault("measurement", MEASUREMENT)
    return b64url(json.dumps({"attestation_report": snp_report(chip.report(report_data, **report)), "cert_chain": chip.chain()}).encode())


def evaluate(served, *fields, policies=("default",), **options):
    return ask(served, EVALUATE, (1, grpc.message(*fields)), *((2, policy) for policy in policies), **options)


# ---- what works

def test_evidence_over_a_challenge_is_judged(served, chip):
    nonce = ask(served, CHALLENGE, (1, grpc.message((1, "tee"), (2, "snp"))), client="victor").text_field(1)
    assert len(base64.b64decode(nonce)) == 32
    # As a key broker that has its evidence judged elsewhere sends it.
    data = {"additional-evidence": "", "nonce": nonce, "tee-pubkey": {"alg": "ECDH-ES+A256KW", "crv": "P-256", "kty": "EC", "x": "x", "y": "y"}}
    evidence = evidence_of(chip, hashlib.sha384(canonical(data)).digest())
    fields = [(1, "snp"), (3, evidence), (5, json.dumps(data)), (8, "sha384")]
    answer = evaluate(served, *fields, (7, 'algorithm = "sha256"\nversion = "0.1.0"\n\n[data]\n'), client="victor")
    assert (answer.code, "init_data" in answer.text) == (grpc.PERMISSION_DENIED, True), answer.text
    token = evaluate(served, *fields, (6, b64url(init_data_digest())), client="victor").text_field(1)
    appraisal = claims_of(token)["submods"]["cpu0"]
    assert appraisal["ear.status"] == "affirming" and "redoubt.release" not in appraisal
    assert appraisal["ear.veraison.annotated-evidence"]["runtime_data_claims"]["tee-pubkey"] == data["tee-pubkey"]
    assert served.call("GET", "/kbs/v0/resource/repo/type/tag", headers={"Authorization": f"Bearer {token}"}).variant == "TokenVerifierError"
    records = [record for record in served.audit() if record["op"] == "evaluate"]
    assert [record["decision"] for record in records[-2:]] == ["refused", "allowed"]
    assert records[-1]["actor"] == "certificate:victor" and records[-1]["peer"] == "127.0.0.1" and records[-1]["object"] == "snp"


def test_raw_data_is_compared_as_it_is(served, chip):
    data = b"somebody's challenge".ljust(64, b".")
    evidence = evidence_of(chip, data)
    assert evaluate(served, (1, "snp"), (3, evidence), (4, b64url(data)), policies=()).code == grpc.OK
    answer = evaluate(served, (1, "snp"), (3, evidence), (4, b64url(b"another")))
    assert (answer.code, "report_data" in answer.text) == (grpc.PERMISSION_DENIED, True)


def test_reference_values_are_registered_and_queried(served):
    payload = base64.b64encode(json.dumps({"a/b": ["1", "2"]}).encode()).decode()
    assert ask(served, REGISTER, (1, json.dumps({"version": "0.1.0", "type": "sample", "payload": payload})), client="paula").code == grpc.OK
    assert json.loads(ask(served, QUERY, (1, "a/b"), client="paula").text_field(1)) == ["1", "2"]
    none = ask(served, QUERY, (1, "not there"), client="paula")
    assert none.code == grpc.OK and none.body == b""
    assert served.admin("GET", "/kbs/v0/reference-value/a/b").json == ["1", "2"]
    record = [record for record in served.audit() if record["op"] == "reference-value.add"][-1]
    assert record["actor"] == "certificate:paula" and record["facts"]["names"] == ["a/b"]
    wrong = ask(served, REGISTER, (1, '{"version": "0.1.0", "type": "swid", "payload": ""}'), client="paula")
    assert (wrong.code, "swid" in wrong.text) == (grpc.UNIMPLEMENTED, True)
    assert ask(served, REGISTER, (1, "{"), client="paula").code == grpc.INVALID_ARGUMENT


def test_an_attestation_policy_is_set(served, chip):
    deny = b64url(b'package policy\ntrust_claims := {"executables": 99}')
    assert ask(served, SET_POLICY, (1, "default_cpu"), (2, deny), client="paula", metadata=["redoubt-tenant: default"]).code == grpc.OK
    data = b"x" * 64
    token = evaluate(served, (1, "snp"), (3, evidence_of(chip, data)), (4, b64url(data)), client="victor").text_field(1)
    assert claims_of(token)["submods"]["cpu0"]["ear.status"] == "contraindicated"
    assert [record["actor"] for record in served.audit() if record["op"] == "attestation-policy.set"] == ["certificate:paula"]
    assert ask(served, SET_POLICY, (1, "default_gpu"), (2, deny)).code == grpc.UNIMPLEMENTED
    assert ask(served, SET_POLICY, (1, "default_cpu"), (2, b64url(b"not rego"))).code == grpc.INVALID_ARGUMENT


def test_tenants_and_four_eyes(served):
    assert served.admin("PUT", "/redoubt/v1/tenant/trial", {"require_approval": True}).status == 200
    message = json.dumps({"version": "0.1.0", "type": "sample", "payload": base64.b64encode(b'{"x": ["1"]}').decode()})
    # Whose certificate is of one tenant calls for that one, and for no other.
    waits = ask(served, REGISTER, (1, message), client="tina")
    assert (waits.code, "waits for another administrator" in waits.text) == (grpc.FAILED_PRECONDITION, True)
    assert ask(served, QUERY, (1, "x"), client="tina").body == b""
    path = re.search(r"/redoubt/v1/approval/\w+", waits.text).group()
    assert served.admin("POST", path).status == 200
    assert json.loads(ask(served, QUERY, (1, "x"), metadata=["redoubt-tenant: trial"]).text_field(1)) == ["1"]
    assert ask(served, QUERY, (1, "x"), client="tina", metadata=["redoubt-tenant: default"]).code == grpc.PERMISSION_DENIED
    assert ask(served, QUERY, (1, "x"), metadata=["redoubt-tenant: none"]).code == grpc.NOT_FOUND
    assert ask(served, QUERY, (1, "x"), metadata=["redoubt-tenant: ../x"]).code == grpc.INVALID_ARGUMENT


# ---- who does not get in, and what is refused

@pytest.mark.parametrize("client, tls", [(None, ()), ("mallory", ()), ("alice", ("--tls-max", "1.2"))])
def test_without_a_certificate_of_the_authorities_or_tls_13_nobody_is_answered(served, client, tls):
    with pytest.raises(grpc.NotAnswered):
        ask(served, QUERY, (1, "x"), client=client, tls=tls)


def test_guests_still_come_with_tls_12(served):
    done = grpc.subprocess.run(["curl", "-sS", "--tls-max", "1.2", "--cacert", served.folder / "server.crt", f"https://127.0.0.1:{served.port}/healthz"],
                               capture_output=True, check=False)
    assert done.stdout == b"ok\n", done.stderr


def test_who_is_no_administrator_may_nothing(served):
    for method in (EVALUATE, SET_POLICY, CHALLENGE, QUERY, REGISTER):
        assert ask(served, method, client="nobody").code == grpc.UNAUTHENTICATED
    # A token makes one of him, as it does elsewhere.
    token = served.admin_token("policy")
    assert ask(served, QUERY, (1, "y"), client="nobody", metadata=[f"authorization: Bearer {token}"]).code == grpc.OK
    assert ask(served, QUERY, (1, "y"), client="nobody", metadata=[f"authorization: Bearer {token}"] * 2).code == grpc.UNAUTHENTICATED
    codes = [ask(served, QUERY, client="nobody").code for _ in range(12)]
    assert grpc.RESOURCE_EXHAUSTED in codes


def test_roles_do_their_own_things_only(served):
    for method in (SET_POLICY, QUERY, REGISTER):
        assert ask(served, method, client="victor").code == grpc.PERMISSION_DENIED
    for method in (EVALUATE, CHALLENGE):
        assert ask(served, method, client="paula").code == grpc.PERMISSION_DENIED
    last = [record for record in served.audit() if record["op"] in ("evaluate", "challenge")][-2:]
    assert [(record["op"], record["actor"], record["decision"]) for record in last] == [
        ("evaluate", "certificate:paula", "refused"), ("challenge", "certificate:paula", "refused")]


def test_what_is_not_implemented_says_so(served, chip):
    data = b"y" * 64
    good = [(3, evidence_of(chip, data)), (4, b64url(data))]

    def unimplemented(answer, word):
        assert (answer.code, word in answer.text) == (grpc.UNIMPLEMENTED, True), (answer.code, answer.text)

    unimplemented(evaluate(served, (1, "sample"), *good), "sample")
    unimplemented(evaluate(served, (1, "snp"), *good, policies=("other",)), "default")
    unimplemented(ask(served, EVALUATE, *[(1, grpc.message((1, tee), *good)) for tee in ("snp", "nvidia")]), "devices")
    unimplemented(ask(served, CHALLENGE, (1, grpc.message((1, "tee"), (2, "se")))), "se")
    assert ask(served, "attestation.AttestationService/Other").code == grpc.UNIMPLEMENTED
    assert ask(served, "kbs.plugin.v1.KbsPlugin/Handle").code == grpc.UNIMPLEMENTED


def test_malformed_and_oversize_requests(served, chip):
    assert ask(served, EVALUATE).code == grpc.INVALID_ARGUMENT
    assert evaluate(served, (1, "snp"), (3, "!"), (4, "AQID")).code == grpc.INVALID_ARGUMENT
    assert evaluate(served, (1, "snp"), (3, "e30"), (5, "{")).code == grpc.INVALID_ARGUMENT
    assert evaluate(served, (1, "snp"), (3, "e30"), (4, "AQID")).code == grpc.INVALID_ARGUMENT  # evidence without a report
    assert grpc.call(served, served.grpc_port, EVALUATE, b"\xff\xff\xff").code != grpc.OK
    assert evaluate(served, (1, "snp"), (3, "A" * (300 << 10)), (4, "AQID")).code == grpc.RESOURCE_EXHAUSTED
    assert ask(served, QUERY, (1, "y")).code == grpc.OK


def test_many_at_once(served, chip):
    data = b"z" * 64
    fields = [(1, "snp"), (3, evidence_of(chip, data)), (4, b64url(data))]
    before = len(served.audit())
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: evaluate(served, *fields, client="victor").code, range(64)))
    assert answers == [grpc.OK] * 64
    assert len(served.audit()) == before + 64
    assert "unbroken" in served.command("audit", "verify").stdout


def test_settings_that_do_not_go_together(tmp_path):
    made = brokers.Broker(tmp_path / "broker", '[grpc]\nlisten = "127.0.0.1:0"\n')
    made.config.write_text("\n".join(line for line in made.config.read_text().splitlines() if not line.startswith("client_authorities")))
    wrong = made.command(check=False)
    assert wrong.returncode == 2 and "grpc.listen" in wrong.stderr


def test_an_address_that_is_taken_and_a_stop(served, tmp_path):
    made = brokers.Broker(tmp_path / "broker", f'[grpc]\nlisten = "127.0.0.1:{served.grpc_port}"\n').init()
    wrong = made.command(check=False)
    assert wrong.returncode == 1 and "listen on 127.0.0.1" in wrong.stderr
    made.config.write_text(made.config.read_text().replace(f":{served.grpc_port}", ":0"))
    made.start()
    made.grpc_port = int(re.search(r"GRPC_PORT=(\d+)", made.process.stderr.readline()).group(1))
    while "ready" not in made.process.stderr.readline():
        pass
    # A client that never ends its request does not keep the service from ending.
    slow = grpc.subprocess.Popen(grpc.command(made, made.grpc_port, QUERY, "alice", "-X", "POST", "-T", "-"), stdin=grpc.subprocess.PIPE,
                                 stdout=grpc.subprocess.DEVNULL, stderr=grpc.subprocess.DEVNULL)
    try:
        assert ask(made, QUERY, (1, "x")).code == grpc.OK
        slow.stdin.write(b"\0\0")
        slow.stdin.flush()
        assert ask(made, QUERY, (1, "x")).code == grpc.OK
        assert "calls in flight" not in made.stop(signal.SIGTERM)
    finally:
        slow.kill()
        slow.wait()


def test_its_calls_are_counted(served, chip):
    def number(line):
        text = served.call("GET", "/metrics").body.decode()
        found = re.search(rf"^{re.escape(line)} (\d+)$", text, re.M)
        return int(found.group(1)) if found else 0

    good, denied, judged = ('kbs_grpc_calls_total{call="QueryReferenceValue",code="OK"}',
                            'kbs_grpc_calls_total{call="AttestationEvaluate",code="PERMISSION_DENIED"}', "kbs_evaluation_successes_total")
    before = [number(line) for line in (good, denied, judged)]
    assert ask(served, QUERY, (1, "x")).code == grpc.OK
    assert ask(served, EVALUATE, client="paula").code == grpc.PERMISSION_DENIED
    data = b"w" * 64
    assert evaluate(served, (1, "snp"), (3, evidence_of(chip, data)), (4, b64url(data)), client="victor").code == grpc.OK
    assert [number(line) for line in (good, denied, judged)] == [count + 1 for count in before]
