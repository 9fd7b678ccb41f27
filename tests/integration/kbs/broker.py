# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A real redoubt-kbs over TLS, and those who talk to it: administrators and raw clients."""
import base64
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

from jwcrypto import jwk, jwt

PROGRAM = os.environ["REDOUBT_KBS"]
PASSPHRASE = "correct horse battery staple"
START_LIMIT = 60  # seconds; a sanitized build stretches the passphrase slowly


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_certificate(folder, name, *extra):
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *extra], check=True, capture_output=True)
    return key, certificate


def fingerprint(certificate):
    out = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"], check=True, capture_output=True,
                         text=True).stdout
    return out.split("=")[1].strip().replace(":", "").lower()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def variant(self):
        return self.json["type"].rsplit("/", 1)[1]

    @property
    def cookie(self):
        header = self.headers.get("Set-Cookie", "")
        match = re.match(r"kbs-session-id=([^;]+)", header)
        return match.group(1) if match else None


class Broker:
    """One service in a folder of its own. Settings are lines of TOML below what it needs to start."""

    def __init__(self, folder, settings=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.process = None
        self.port = 0
        make_certificate(self.folder, "server", "-addext", "subjectAltName=IP:127.0.0.1")
        make_certificate(self.folder, "alice")
        make_certificate(self.folder, "mallory")
        self.admin_key = jwk.JWK.generate(kty="EC", crv="P-256")
        (self.folder / "issuer.pem").write_bytes(self.admin_key.export_to_pem())
        (self.folder / "passphrase").write_text(PASSPHRASE + "\n")
        self.config = self.folder / "redoubt-kbs.toml"
        self.write_config(settings)

    def write_config(self, settings):
        self.config.write_text(f'''
listen = "127.0.0.1:0"
state_dir = "{self.folder}/state"
[tls]
certificate = "{self.folder}/server.crt"
private_key = "{self.folder}/server.key"
client_authorities = "{self.folder}/alice.crt"
[unseal]
passphrase_file = "{self.folder}/passphrase"
memory = "1MiB"
passes = 1
[admin]
certificates = ["{fingerprint(self.folder / 'alice.crt')}=admin"]
issuers = ["https://login.test={self.folder}/issuer.pem"]
[collateral]
folder = "{self.folder}/collateral"
''' + settings)

    def command(self, *words, check=True):
        return subprocess.run([PROGRAM, *words, "--config", self.config], capture_output=True, text=True, check=check, timeout=120)

    def init(self):
        self.command("init")
        return self

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "--config", self.config], stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + START_LIMIT
        seen = []
        while time.monotonic() < end:
            line = self.process.stderr.readline()
            if not line:
                break
            seen.append(line)
            match = re.search(r"PORT=(\d+)", line)
            if match:
                self.port = int(match.group(1))
                return self
        raise AssertionError("the broker did not start:\n" + "".join(seen))

    def stop(self, number=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        code, self.process = self.process.returncode, None
        assert number == signal.SIGKILL or code == 0, errors
        return errors

    def tls(self, client=None):
        context = ssl.create_default_context(cafile=self.folder / "server.crt")
        if client:
            context.load_cert_chain(self.folder / f"{client}.crt", self.folder / f"{client}.key")
        return context

    def connection(self, client=None):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls(client), timeout=60)

    def raw(self):
        """A TLS connection to write bytes to."""
        return self.tls().wrap_socket(socket.create_connection(("127.0.0.1", self.port), timeout=60), server_hostname="127.0.0.1")

    def call(self, method, path, body=None, headers=None, client=None):
        connection = self.connection(client)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders(data)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def admin(self, method, path, body=None):
        return self.call(method, path, body, client="alice")

    def admin_token(self, role, key=None, header=None, **claims):
        content = {"iss": "https://login.test", "sub": "bob", "role": role, "exp": int(time.time()) + 300, **claims}
        token = jwt.JWT(header=header or {"alg": "ES256"}, claims={k: v for k, v in content.items() if v is not None})
        token.make_signed_token(key or self.admin_key)
        return token.serialize()

    def set_policy(self, rego, tenant=""):
        answer = self.admin("POST", f"{tenant}/kbs/v0/resource-policy", {"policy": b64url(rego.encode())})
        assert answer.status == 200, answer.body
        return answer

    def put_resource(self, path, value, tenant=""):
        answer = self.admin("POST", f"{tenant}/kbs/v0/resource/{path}", value)
        assert answer.status == 200, answer.body

    def add_reference_values(self, values, tenant=""):
        payload = base64.b64encode(json.dumps(values).encode()).decode()
        answer = self.admin("POST", f"{tenant}/kbs/v0/reference-value", {"version": "0.1.0", "type": "sample", "payload": payload})
        assert answer.status == 200, answer.body

    def audit(self):
        lines = self.command("audit", "export").stdout.splitlines()
        return [json.loads(line) for line in lines]
