# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Guests that prove what they are, get what they may have: by an independent reader of JWE and JWT."""
import base64
import json

import pytest
from guest import INIT_DATA, Guest, claims_of, init_data_digest
from jwcrypto import jwk, jwt


@pytest.mark.parametrize("kind", ["P-256", "P-521", "RSA"])
def test_a_guest_that_proves_itself_gets_the_secret(broker, tpm, kind):
    guest = Guest(broker, tpm, kind).handshake()
    answer = guest.get("repo/type/tag")
    assert guest.open(answer) == b"the secret"
    assert answer.headers["Content-Type"] == "application/json"
    header = base64.urlsafe_b64decode(answer.json["protected"] + "==").decode()
    assert set(answer.json) == {"protected", "encrypted_key", "iv", "ciphertext", "tag"}
    if kind == "P-256":
        assert header.startswith('{"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":"')


def test_the_token_alone_is_enough_until_it_ends(broker, tpm):
    guest = Guest(broker, tpm).handshake()
    assert guest.open(guest.get("repo/type/tag", bearer=guest.token, cookie=False)) == b"the secret"


def test_the_token_is_signed_by_the_published_key_and_says_what_was_found(broker, tpm):
    guest = Guest(broker, tpm).handshake()
    keys = jwk.JWKSet.from_json(broker.call("GET", "/.well-known/jwks.json").body.decode())
    token = jwt.JWT(jwt=guest.token, key=keys, algs=["ES256"])
    claims = json.loads(token.claims)
    appraisal = claims["submods"]["cpu0"]
    assert claims["eat_profile"] == "tag:github.com,2024:confidential-containers/Trustee"
    assert claims["exp"] - claims["iat"] == 300
    assert appraisal["ear.status"] == "affirming"
    assert appraisal["ear.trustworthiness-vector"] == {"configuration": 2, "executables": 3, "hardware": 2}
    evidence = appraisal["ear.veraison.annotated-evidence"]
    assert evidence["tpm"]["ak_public"] == tpm.key
    assert evidence["init_data"] == init_data_digest().hex()
    assert evidence["runtime_data_claims"]["nonce"] == guest.nonce
    assert evidence["init_data_claims"]["aa.toml"] == {"token_configs": {"kbs": {"url": "https://broker"}}}
    header = json.loads(base64.urlsafe_b64decode(guest.token.split(".")[0] + "=="))
    assert header["alg"] == "ES256" and header["typ"] == "JWT"
    assert header["jwk"]["alg"] == "ES256" and base64.b64decode(header["jwk"]["x5c"][0])[:1] == b"\x30"


def test_what_no_reference_value_covers_is_not_affirmed_and_gets_nothing(broker, tpm):
    tenant = "/tenants/empty"
    assert broker.admin("PUT", "/redoubt/v1/tenant/empty", {}).status == 200
    broker.add_reference_values({"trusted_aks": [tpm.key]}, tenant)
    guest = Guest(broker, tpm, tenant=tenant).handshake()
    appraisal = claims_of(guest.token)["submods"]["cpu0"]
    assert appraisal["ear.status"] == "warning"
    answer = guest.get("repo/type/tag")
    assert (answer.status, answer.variant) == (401, "PolicyDeny")
    assert "tpm_pcr11" in answer.json["detail"] and "init data" in answer.json["detail"]


def test_a_tenant_without_a_policy_releases_nothing(broker, tpm):
    tenant = "/tenants/silent"
    assert broker.admin("PUT", "/redoubt/v1/tenant/silent", {}).status == 200
    broker.add_reference_values({"trusted_aks": [tpm.key], "tpm_pcr11": [tpm.pcr(11)], "init_data": [init_data_digest().hex()]}, tenant)
    broker.put_resource("repo/type/tag", b"x", tenant)
    answer = Guest(broker, tpm, tenant=tenant).handshake().get("repo/type/tag")
    assert (answer.status, answer.variant) == (401, "PolicyDeny")
    assert "no resource policy" in answer.json["detail"]


def test_values_that_are_not_there_or_not_allowed(broker, tpm):
    guest = Guest(broker, tpm).handshake()
    assert guest.get("repo/type/missing").status == 404
    answer = guest.get("other/type/tag")
    assert (answer.status, answer.variant) == (401, "PolicyDeny")


def test_a_register_that_the_owner_lists_counts(broker, tpm):
    guest = Guest(broker, tpm).handshake()
    broker.add_reference_values({"tpm_pcr4": ["00" * 31 + "01"]})
    try:
        answer = guest.get("repo/type/tag")
        assert (answer.status, answer.variant) == (401, "PolicyDeny") and "tpm_pcr4" in answer.json["detail"]
    finally:
        broker.add_reference_values({"tpm_pcr4": [tpm.pcr(4)]})
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"


def test_a_new_version_is_what_is_released_and_a_removed_value_is_gone(broker, tpm):
    guest = Guest(broker, tpm).handshake()
    broker.put_resource("repo/key/one", b"first")
    broker.put_resource("repo/key/one", b"second")
    assert guest.open(guest.get("repo/key/one")) == b"second"
    listed = [entry for entry in broker.admin("GET", "/redoubt/v1/resources").json if entry["name"] == "repo/key/one"]
    assert listed[0]["version"] == 2 and listed[0]["author"] == "certificate:alice"
    assert broker.admin("DELETE", "/kbs/v0/resource/repo/key/one").status == 200
    assert guest.get("repo/key/one").status == 404


def test_init_data_that_was_not_launched_with_is_refused(broker, tpm):
    guest = Guest(broker, tpm, init_data=INIT_DATA.replace("agent_policy", "another"))
    guest.auth()
    answer = guest.attest()
    assert (answer.status, answer.variant) == (401, "AttestationError") and "init_data" in answer.json["detail"]


def test_a_guest_bound_to_no_init_data_gets_nothing(broker, tpm):
    answer = Guest(broker, tpm, init_data=None).handshake().get("repo/type/tag")
    assert (answer.status, answer.variant) == (401, "PolicyDeny") and "init data" in answer.json["detail"]
