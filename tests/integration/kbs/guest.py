# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A guest as the protocol has it: its key, its handshake, and a TPM of its own (swtpm) to prove itself with."""
import base64
import hashlib
import json
import os
import subprocess
import time

from jwcrypto import jwe, jwk

INIT_DATA = '''algorithm = "sha256"
version = "0.1.0"

[data]
"aa.toml" = """
[token_configs.kbs]
url = "https://broker"
"""
"policy.rego" = "package agent_policy"
'''
RELEASE_ALL = "package policy\nimport rego.v1\ndefault allow := false\nallow if data[\"resource-path\"][0] == \"repo\"\n"


def canonical(value):
    """RFC 8785 for what has strings and objects only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def init_data_digest(text=INIT_DATA):
    return hashlib.sha256(text.encode()).digest()


def tee_key(kind="P-256"):
    if kind == "RSA":
        return jwk.JWK.generate(kty="RSA", size=2048), "RSA-OAEP-256"
    return jwk.JWK.generate(kty="EC", crv=kind), "ECDH-ES+A256KW"


def public_members(key, algorithm):
    public = json.loads(key.export_public())
    names = ("n", "e") if public["kty"] == "RSA" else ("crv", "x", "y")
    return {"kty": public["kty"], "alg": algorithm, **{name: public[name] for name in names}}


class Tpm:
    """A software TPM with an attestation key, unless `signature` is none."""

    def __init__(self, folder, signature="ecc"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        state = folder / "state"
        state.mkdir(exist_ok=True)
        self.process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--server", f"type=unixio,path={folder}/tpm",
                                         "--ctrl", f"type=unixio,path={folder}/tpm.ctrl", "--flags", "not-need-init,startup-clear"], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not (folder / "tpm").exists():
            assert time.monotonic() < end, "swtpm did not start"
            time.sleep(0.05)
        if signature is None:
            return
        self.run("tpm2_createek", "-G", "rsa", "-c", "ek.ctx", "-u", "ek.pub")
        scheme = ["-G", "ecc", "-g", "sha256", "-s", "ecdsa"] if signature == "ecc" else ["-G", "rsa", "-g", "sha256", "-s", "rsassa"]
        self.run("tpm2_createak", "-C", "ek.ctx", "-c", "ak.ctx", *scheme, "-u", "ak.pem", "-f", "pem", "-n", "ak.name")
        subprocess.run(["openssl", "pkey", "-pubin", "-in", folder / "ak.pem", "-outform", "DER", "-out", folder / "ak.der"], check=True)
        self.key = base64.b64encode((folder / "ak.der").read_bytes()).decode()

    def run(self, *command):
        environment = {**os.environ, "TPM2TOOLS_TCTI": f"swtpm:path={self.folder}/tpm"}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        self.run_flush(environment)
        return done.stdout

    def run_flush(self, environment):
        # There is no resource manager between us and the TPM.
        subprocess.run(["tpm2_flushcontext", "-t"], cwd=self.folder, env=environment, capture_output=True, check=False)

    def boot(self, kernel=b"kernel", init_data=None):
        """Measures what a boot would: the kernel image into PCR 11, the init data into PCR 8."""
        self.run("tpm2_pcrextend", "11:sha256=" + hashlib.sha256(kernel).hexdigest())
        if init_data:
            self.run("tpm2_pcrextend", "8:sha256=" + init_data.hex())

    def quote(self, nonce, pcrs="0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"):
        self.run("tpm2_quote", "-c", "ak.ctx", "-l", "sha256:" + pcrs, "-q", nonce.hex(), "-m", "quote.msg", "-s", "quote.sig", "-g", "sha256")
        values = []
        for first in range(0, 24, 8):
            selection = ",".join(str(pcr) for pcr in range(first, first + 8))
            self.run("tpm2_pcrread", "sha256:" + selection, "-o", "pcrs.bin")
            data = (self.folder / "pcrs.bin").read_bytes()
            values += [data[i:i + 32].hex() for i in range(0, len(data), 32)]
        encode = lambda name: base64.b64encode((self.folder / name).read_bytes()).decode()  # noqa: E731
        return {"ak_public": self.key, "tpm_quote": {"signature": encode("quote.sig"), "message": encode("quote.msg"), "pcrs": values}}

    def pcr(self, number):
        self.run("tpm2_pcrread", f"sha256:{number}", "-o", "one.bin")
        return (self.folder / "one.bin").read_bytes().hex()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


class Guest:
    """Walks the handshake step by step, so that a test may break any of them."""

    def __init__(self, broker, tpm=None, kind="P-256", tenant="", init_data=INIT_DATA):
        self.broker, self.tpm, self.tenant, self.init_data = broker, tpm, tenant, init_data
        self.key, self.algorithm = tee_key(kind)
        self.cookie = self.nonce = self.token = None

    def auth(self, tee="tpm", version="0.4.0"):
        request = {"version": version, "tee": tee, "extra-params": {"supported-hash-algorithms": ["sha256", "sha384", "sha512"]}}
        answer = self.broker.call("POST", f"{self.tenant}/kbs/v0/auth", request)
        if answer.status == 200:
            self.cookie, self.nonce = answer.cookie, answer.json["nonce"]
        return answer

    def binding(self, nonce=None, members=None):
        bound = {"additional-evidence": "", "nonce": nonce or self.nonce, "tee-pubkey": members or public_members(self.key, self.algorithm)}
        return hashlib.sha384(canonical(bound)).digest()

    def attestation(self, evidence=None):
        body = {"runtime-data": {"nonce": self.nonce, "tee-pubkey": public_members(self.key, self.algorithm)},
                "tee-evidence": {"primary_evidence": evidence if evidence is not None else self.tpm.quote(self.binding()[:32]),
                                 "additional_evidence": ""}}
        if self.init_data is not None:
            body["init-data"] = {"format": "toml", "body": self.init_data}
        return body

    def attest(self, body=None):
        answer = self.broker.call("POST", f"{self.tenant}/kbs/v0/attest", body or self.attestation(), {"Cookie": f"kbs-session-id={self.cookie}"})
        if answer.status == 200:
            self.token = answer.json["token"]
        return answer

    def handshake(self):
        assert self.auth().status == 200
        answer = self.attest()
        assert answer.status == 200, answer.body
        return self

    def get(self, path, bearer=None, cookie=True):
        headers = {"Cookie": f"kbs-session-id={self.cookie}"} if cookie and self.cookie else {}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return self.broker.call("GET", f"{self.tenant}/kbs/v0/resource/{path}", headers=headers)

    def open(self, answer):
        assert answer.status == 200, answer.body
        message = jwe.JWE(algs=["ECDH-ES+A256KW", "RSA-OAEP-256", "A256GCM"])
        message.deserialize(answer.body.decode(), self.key)
        return message.payload


def claims_of(token):
    """What a token says, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
