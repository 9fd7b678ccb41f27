# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A software TPM as a vendor sells it."""
import base64
import os
import subprocess

from guest import Tpm


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
