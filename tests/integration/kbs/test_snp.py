# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""SEV-SNP from evidence to value, by a chip made for the test; and what its owner's rule refuses of it."""
import hashlib
import json

import broker as brokers
import pytest
from broker import b64url
from guest import RELEASE_ALL, Guest, claims_of, init_data_digest
from snp_maker import Chip
from test_refusals import refused, snp_report

MEASUREMENT = b"\xab" * 48
REFERENCE = {"snp_launch_measurement": [MEASUREMENT.hex()], "init_data": [init_data_digest().hex()], "snp_bootloader": [4], "snp_microcode": [219],
             "snp_snp_svn": [24], "snp_tee_svn": [0]}


@pytest.fixture(scope="module")
def chip():
    return Chip()


def broker_for(folder, chip, revocation_list, settings=""):
    made = brokers.Broker(folder, f'anchors = ["{folder}/root.pem"]\n{settings}')
    (folder / "root.pem").write_bytes(chip.root_pem())
    if revocation_list:
        (folder / "collateral" / "snp").mkdir(parents=True)
        (folder / "collateral" / "snp" / "ark.crl").write_bytes(revocation_list)
    made.init().start()
    made.add_reference_values(REFERENCE)
    made.set_policy(RELEASE_ALL)
    made.put_resource("repo/type/tag", b"the secret")
    return made


@pytest.fixture(scope="module")
def believer(tmp_path_factory, chip):
    made = broker_for(tmp_path_factory.mktemp("snp") / "broker", chip, chip.revocation_list())
    yield made
    made.stop()


def attest(broker, chip, tenant="", init_data=None, **report):
    guest = Guest(broker, tenant=tenant) if init_data is None else Guest(broker, tenant=tenant, init_data=init_data)
    assert guest.auth(tee="snp").status == 200
    report.setdefault("host_data", init_data_digest())
    report.setdefault("measurement", MEASUREMENT)
    evidence = {"attestation_report": snp_report(chip.report(guest.binding(), **report)), "cert_chain": chip.chain()}
    return guest, guest.attest(guest.attestation(evidence))


def test_a_guest_of_a_chip_that_is_believed_gets_the_secret(believer, chip):
    guest, answer = attest(believer, chip)
    assert answer.status == 200, answer.body
    appraisal = claims_of(guest.token)["submods"]["cpu0"]
    assert appraisal["ear.status"] == "affirming"
    assert appraisal["redoubt.release"]["anchor-class"] == "operator"
    claims = appraisal["ear.veraison.annotated-evidence"]["snp"]
    assert claims["measurement"] == MEASUREMENT.hex() and claims["reported_tcb_microcode"] == 219
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"


@pytest.mark.parametrize("change, word", [({"policy": 0x30000 | 1 << 19}, "debug"), ({"vmpl": 1}, "vmpl"), ({"policy": 0x30000 | 1 << 18}, "migration"),
                                          ({"host_data": b"\1" * 32}, "init_data"), ({"host_data": bytes(32)}, "init_data"), ({"microcode": 218}, "endorsement.tcb")])
def test_reports_that_are_refused(believer, chip, change, word):
    _, answer = attest(believer, chip, **change)
    assert answer.status == 401 and word in answer.json["detail"].lower(), answer.body


def test_a_genuine_guest_that_is_not_the_owners_gets_nothing(believer, chip):
    guest, answer = attest(believer, chip, measurement=b"\xcd" * 48)
    assert answer.status == 200
    refused(guest.get("repo/type/tag"), "PolicyDeny", word="snp_launch_measurement")
    # The same guest, launched with the operator's own init data: genuine in every way, and not the owner's.
    others = 'algorithm = "sha256"\nversion = "0.1.0"\n\n[data]\n"aa.toml" = "x = 1"\n'
    guest, answer = attest(believer, chip, init_data=others, host_data=init_data_digest(others))
    assert answer.status == 200, answer.body
    refused(guest.get("repo/type/tag"), "PolicyDeny", word="init data")


def test_reference_values_taken_back_end_releases_at_once(believer, chip):
    guest, _ = attest(believer, chip)
    assert guest.get("repo/type/tag").status == 200
    believer.add_reference_values({"snp_launch_measurement": ["00" * 48]})
    try:
        refused(guest.get("repo/type/tag"), "PolicyDeny")
    finally:
        believer.add_reference_values(REFERENCE)
    assert guest.get("repo/type/tag").status == 200


def test_a_relying_party_has_evidence_judged_by_its_own_challenge(believer, chip):
    def ask(token, runtime_data, init_data=None, **report):
        report.setdefault("host_data", init_data_digest())
        evidence = {"attestation_report": snp_report(chip.report(measurement=MEASUREMENT, **report)), "cert_chain": chip.chain()}
        request = {"tee": "snp", "evidence": b64url(json.dumps(evidence).encode()), "runtime_data": runtime_data}
        if init_data:
            request["init_data"] = init_data
        body = json.dumps({"verification_requests": [request], "policy_ids": ["default"]}).encode()
        return believer.call("POST", "/attestation", body, {"Authorization": f"Bearer {token}"})

    challenge = b"a challenge of somebody else's".ljust(48, b".")
    verifier = believer.admin_token("verifier")
    answer = ask(verifier, {"raw": b64url(challenge)}, {"init_data_digest": b64url(init_data_digest())}, report_data=challenge)
    assert answer.status == 200, answer.body
    token = answer.body.decode()
    assert claims_of(token)["submods"]["cpu0"]["ear.status"] == "affirming"
    # Whoever replays evidence to a relying party gets nothing out of the broker with it.
    opened = believer.call("GET", "/kbs/v0/resource/repo/type/tag", headers={"Authorization": f"Bearer {token}"})
    refused(opened, "TokenVerifierError")
    structured = {"nonce": "n", "x": [1, True, None]}
    digest = hashlib.sha384(json.dumps(structured, sort_keys=True, separators=(",", ":")).encode()).digest()
    assert ask(verifier, {"structured": structured}, report_data=digest).status == 200
    refused(ask(verifier, {"structured": {**structured, "nonce": "m"}}, report_data=digest), word="report_data")
    refused(ask(verifier, {"raw": b64url(challenge)}, {"init_data_digest": b64url(b"x" * 32)}, report_data=challenge), word="init_data")
    refused(ask(verifier, {}, report_data=challenge), "SerdeError")
    refused(ask(believer.admin_token("auditor"), {"raw": b64url(challenge)}, report_data=challenge), "AdminAuthAccess")
    refused(believer.call("POST", "/attestation", b"{}"), "AdminAuthAccess")
    assert [r for r in believer.audit() if r["op"] == "evaluate"][0]["actor"] == "https://login.test:bob"


def test_a_chip_of_nobody_is_refused(believer):
    _, answer = attest(believer, Chip())
    refused(answer, word="chain.root")


def test_revoked_chains_and_chains_without_a_list_are_refused(tmp_path, chip):
    revoked = broker_for(tmp_path / "revoked", chip, chip.revocation_list(chip.signer))
    try:
        refused(attest(revoked, chip)[1], word="revocation")
    finally:
        revoked.stop()
    unknown = broker_for(tmp_path / "unknown", chip, None)
    try:
        refused(attest(unknown, chip)[1], word="revocation")
    finally:
        unknown.stop()


def test_a_simulators_chip_is_believed_only_by_tenants_that_say_so(tmp_path):
    simulated = Chip(mark="REDOUBT SIMULATION - NOT A TEE")
    broker = broker_for(tmp_path / "simulated", simulated, simulated.revocation_list())
    try:
        refused(attest(broker, simulated)[1], word="anchor_class")
        assert broker.admin("PUT", "/redoubt/v1/tenant/trial", {"allow_simulation": True}).status == 200
        tenant = "/tenants/trial"
        broker.add_reference_values(REFERENCE, tenant)
        broker.set_policy(RELEASE_ALL, tenant)
        broker.put_resource("repo/type/tag", b"a trial", tenant)
        guest, answer = attest(broker, simulated, tenant=tenant)
        assert answer.status == 200, answer.body
        assert guest.open(guest.get("repo/type/tag")) == b"a trial"
        record = broker.audit()[-1]
        assert record["facts"]["anchor"] == "simulation"
        # Taken back, the token that is out opens nothing any more.
        assert broker.admin("PUT", "/redoubt/v1/tenant/trial", {}).status == 200
        refused(guest.get("repo/type/tag"), "PolicyDeny", word="simulation")
    finally:
        broker.stop()
