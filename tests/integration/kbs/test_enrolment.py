# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A TPM's attestation key is made known by its endorsement key: TPM2_MakeCredential against TPM2_ActivateCredential of a software TPM
whose endorsement key an authority of the test has certified."""
import base64
import os
import subprocess

import broker as brokers
import pytest
from guest import RELEASE_ALL, Guest, Tpm, init_data_digest
from test_refusals import refused


class CertifiedTpm(Tpm):
    """With a certificate of its endorsement key, as a vendor would make it: of a vendor of its own, or of that authority."""

    def __init__(self, folder, authority=None):
        state, authority = folder / "state", authority or folder / "authority"
        for place in (state, authority):
            place.mkdir(parents=True, exist_ok=True)
        (folder / "localca.conf").write_text(f"statedir = {authority}\nsigningkey = {authority}/signkey.pem\nissuercert = {authority}/issuercert.pem\n"
                                             f"certserial = {authority}/certserial\n")
        (folder / "localca.options").write_text("--platform-manufacturer Test\n--platform-version 1\n--platform-model Test\n")
        (folder / "setup.conf").write_text(f"create_certs_tool = /usr/bin/swtpm_localca\ncreate_certs_tool_config = {folder}/localca.conf\n"
                                           f"create_certs_tool_options = {folder}/localca.options\nactive_pcr_banks = sha256\n")
        made = subprocess.run(["swtpm_setup", "--tpm2", "--tpmstate", state, "--create-ek-cert", "--config", folder / "setup.conf", "--overwrite"], capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": str(folder)})
        assert made.returncode == 0, made.stdout + made.stderr
        super().__init__(folder)
        self.run("tpm2_getekcertificate", "-o", "ek.der")
        self.run("tpm2_readpublic", "-c", "ak.ctx", "-o", "ak.tss")
        self.authority = authority

    def request(self, **changes):
        encode = lambda path: base64.b64encode(path.read_bytes()).decode()  # noqa: E731
        issuer = subprocess.run(["openssl", "x509", "-in", self.authority / "issuercert.pem", "-outform", "DER"], capture_output=True, check=True).stdout
        return {"ek_certificate": encode(self.folder / "ek.der"), "intermediates": [base64.b64encode(issuer).decode()],
                "ak_public": encode(self.folder / "ak.tss"), **changes}

    def activate(self, challenge):
        blob = b"\xba\xdc\xc0\xde\x00\x00\x00\x01" + base64.b64decode(challenge["id_object"]) + base64.b64decode(challenge["encrypted_secret"])
        (self.folder / "credential").write_bytes(blob)
        environment = {**os.environ, "TPM2TOOLS_TCTI": f"swtpm:path={self.folder}/tpm"}
        for command in (["tpm2_startauthsession", "--policy-session", "-S", "session.ctx"], ["tpm2_policysecret", "-S", "session.ctx", "-c", "e"],
                        ["tpm2_activatecredential", "-c", "ak.ctx", "-C", "ek.ctx", "-i", "credential", "-o", "secret", "-P", "session:session.ctx"],
                        ["tpm2_flushcontext", "session.ctx"]):
            done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, check=False)
            assert done.returncode == 0, (command, done.stderr.decode())
        return base64.b64encode((self.folder / "secret").read_bytes()).decode()


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
