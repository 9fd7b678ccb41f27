# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A TPM's attestation key is made known by its endorsement key: TPM2_MakeCredential against TPM2_ActivateCredential of a software TPM
whose endorsement key an authority of the test has certified."""
import base64

import broker as brokers
import pytest
from certified_tpm import CertifiedTpm
from guest import RELEASE_ALL, Guest, init_data_digest
from test_refusals import refused


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    made = CertifiedTpm(tmp_path_factory.mktemp("certified") / "tpm")
    made.boot(init_data=init_data_digest())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def believer(tmp_path_factory, chip):
    root = chip.authority / "swtpm-localca-rootca-cert.pem"
    made = brokers.Broker(tmp_path_factory.mktemp("enrol") / "broker", f'anchors = ["{root}"]\n').init().start()
    made.add_reference_values({"tpm_pcr11": [chip.pcr(11)], "init_data": [init_data_digest().hex()]})
    made.set_policy(RELEASE_ALL)
    made.put_resource("repo/type/tag", b"the secret")
    yield made
    made.stop()


def test_an_enrolled_key_is_believed_and_another_is_not(believer, chip):
    guest = Guest(believer, chip)
    guest.auth()
    refused(guest.attest(), word="ak_trust")
    challenge = believer.admin("POST", "/redoubt/v1/tpm-challenge", chip.request())
    assert challenge.status == 200, challenge.body
    secret = chip.activate(challenge.json)
    wrong = base64.b64encode(bytes(32)).decode()
    refused(believer.admin("POST", "/redoubt/v1/tpm-enrolment", {"id": challenge.json["id"], "secret": wrong}), word="secret")
    refused(believer.admin("POST", "/redoubt/v1/tpm-enrolment", {"id": challenge.json["id"][4:], "secret": secret}), word="secret")
    assert believer.admin("PUT", "/redoubt/v1/tenant/other", {}).status == 200
    refused(believer.admin("POST", "/tenants/other/redoubt/v1/tpm-enrolment", {"id": challenge.json["id"], "secret": secret}), word="secret")
    answer = believer.admin("POST", "/redoubt/v1/tpm-enrolment", {"id": challenge.json["id"], "secret": secret})
    assert answer.status == 200, answer.body
    assert believer.admin("GET", "/kbs/v0/reference-value/trusted_aks").json == [chip.key]
    guest = Guest(believer, chip).handshake()
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"
    record = [r for r in believer.audit() if r["op"] == "tpm.enrol"][-1]
    assert record["decision"] == "allowed" and record["facts"]["endorsement_key"].startswith("sha256:")


def test_keys_without_a_vendor_or_of_the_wrong_kind(believer, chip, tmp_path):
    stranger = CertifiedTpm(tmp_path / "stranger")
    try:
        refused(believer.admin("POST", "/redoubt/v1/tpm-challenge", stranger.request()), word="endorsement key")
    finally:
        stranger.stop()
    # A key that signs whatever it is given could sign forged quotes.
    chip.run("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", "free.ctx", "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign")
    chip.run("tpm2_readpublic", "-c", "free.ctx", "-o", "free.tss")
    free = base64.b64encode((chip.folder / "free.tss").read_bytes()).decode()
    refused(believer.admin("POST", "/redoubt/v1/tpm-challenge", chip.request(ak_public=free)), word="restricted")
    for changes in ({"ek_certificate": "AAAA"}, {"ak_public": "AAAA"}, {"intermediates": ["AAAA"]}, {"chip_id": "ab"}, {"chip_id": "00" * 64}):
        assert believer.admin("POST", "/redoubt/v1/tpm-challenge", chip.request(**changes)).status == 401
