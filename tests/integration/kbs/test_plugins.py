# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""External plugins: a real one behind TLS and one behind a socket; who reaches them, and what becomes of one that fails."""
import os
import re
import subprocess
import threading
import time

import broker as brokers
import pytest
from conftest import trust
from guest import Guest

SERVER = os.environ["REDOUBT_PLUGIN_SERVER"]
POLICY = """package policy
import rego.v1
allow if data.plugin == "resource"
allow if { data.plugin in {"far", "near", "gone"}; data["resource-path"][0] != "denied" }
"""


class Plugin:
    def __init__(self, *words):
        self.process = subprocess.Popen([SERVER, *map(str, words)], stdout=subprocess.PIPE, text=True)
        self.port = int(re.match(r"port (-?\d+)", self.process.stdout.readline()).group(1))
        self.handled = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.handled.append(line.strip())

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()


@pytest.fixture(scope="module")
def plugged(tmp_path_factory, tpm):
    folder = tmp_path_factory.mktemp("plugins") / "broker"
    made = brokers.Broker(folder)
    for name in ("far", "wrong"):
        brokers.make_certificate(folder, name, "-addext", "subjectAltName=IP:127.0.0.1")
    brokers.make_certificate(folder, "ours")
    (folder / "sockets").mkdir(mode=0o755)
    far = Plugin("127.0.0.1:0", folder / "far.crt", folder / "far.key", folder / "ours.crt")
    stranger = Plugin("127.0.0.1:0", folder / "wrong.crt", folder / "wrong.key", folder / "ours.crt")
    choosy = Plugin("127.0.0.1:0", folder / "far.crt", folder / "far.key", folder / "wrong.crt")
    near = Plugin(f"unix:{folder}/sockets/near.sock")
    made.config.write_text(made.config.read_text() + f'''
[limits]
guest_rate = 1000
guest_burst = 10000
[plugins]
endpoints = ["far=https://127.0.0.1:{far.port}", "stranger=https://127.0.0.1:{stranger.port}", "choosy=https://127.0.0.1:{choosy.port}",
    "near=unix:{folder}/sockets/near.sock", "gone=unix:{folder}/sockets/gone.sock"]
authorities = "{folder}/far.crt"
certificate = "{folder}/ours.crt"
private_key = "{folder}/ours.key"
timeout = "1s"
''')
    made.init().start()
    trust(made, tpm)
    made.set_policy(POLICY.replace('{"far", "near", "gone"}', '{"far", "near", "gone", "stranger", "choosy"}'))
    made.far, made.near, made.stranger, made.choosy = far, near, stranger, choosy
    yield made
    made.stop()
    for plugin in (far, near, stranger, choosy):
        plugin.stop()


@pytest.fixture
def guest(plugged, tpm):
    return Guest(plugged, tpm).handshake()


def ask(plugged, guest, path, method="GET", body=None):
    return plugged.call(method, f"/kbs/v0/{path}", body, {"Authorization": f"Bearer {guest.token}"})


def last(plugged):
    return plugged.audit()[-1]


@pytest.mark.parametrize("name", ["far", "near"])
def test_a_guest_gets_what_the_policy_names_encrypted_to_his_key(plugged, guest, name):
    answer = ask(plugged, guest, f"{name}/secret/x?a=1", "POST", b"the body")
    assert answer.status == 200, answer.body
    assert guest.open(answer) == b"POST/secret/x?a=1:the body" and b"the body" not in answer.body
    record = last(plugged)
    assert (record["op"], record["decision"], record["object"], record["actor"]) == ("plugin.call", "allowed", f"{name}/secret/x", "guest")
    assert record["facts"]["evidence"].startswith("sha256:") and record["facts"]["policy"].startswith("sha256:") and record["facts"]["method"] == "POST"
    plain = ask(plugged, guest, f"{name}/plain/x")
    assert plain.status == 200 and plain.body == b"GET/plain/x:" and plain.headers["Content-Type"] == "text/plain"


def test_nobody_else_reaches_a_plugin(plugged, guest):
    before = list(plugged.far.handled)
    denied = ask(plugged, guest, "far/denied")
    assert (denied.status, denied.variant) == (401, "PolicyDeny")
    assert last(plugged)["decision"] == "refused" and last(plugged)["object"] == "far/denied"
    assert plugged.call("GET", "/kbs/v0/far/secret").variant == "TokenNotFound"
    assert plugged.call("GET", "/kbs/v0/far/secret", headers={"Authorization": "Bearer x.y.z"}).variant == "TokenVerifierError"
    assert plugged.call("GET", "/tenants/other/kbs/v0/far/secret", headers={"Authorization": f"Bearer {guest.token}"}).status in (401, 404)
    assert ask(plugged, guest, "far/admin/x").variant == "AdminAuthAccess"
    assert ask(plugged, guest, "unknown/x").status in (401, 404)
    assert plugged.far.handled == before


def test_administrators_get_what_is_theirs_and_no_more(plugged):
    answer = plugged.admin("PUT", "/kbs/v0/near/admin/x", b"set")
    assert answer.status == 200 and answer.body == b"PUT/admin/x:set"
    record = last(plugged)
    assert (record["actor"], record["op"], record["decision"], record["facts"]) == ("certificate:alice", "plugin.call", "allowed", {"method": "PUT"})
    assert plugged.admin("GET", "/kbs/v0/near/secret/x").variant == "AdminAuthAccess"
    for role, tenant, good in (("secrets", None, True), ("policy", None, False), ("auditor", None, False), ("secrets", "other", False)):
        token = plugged.admin_token(role, tenant=tenant)
        status = plugged.call("GET", "/kbs/v0/near/admin/x", headers={"Authorization": f"Bearer {token}"}).status
        assert (status == 200) is good, role
    assert last(plugged)["decision"] == "refused"


@pytest.mark.parametrize("way, status", [("slow", 503), ("large", 503), ("fails", 503), ("odd", 503), ("status", 418)])
def test_a_plugin_that_fails_is_a_refusal(plugged, guest, way, status):
    began = time.monotonic()
    answer = ask(plugged, guest, f"far/{way}")
    assert (answer.status, answer.variant) == (status, "PluginInternalError"), answer.body
    assert b"inside" not in answer.body and time.monotonic() - began < 30
    assert last(plugged)["decision"] == "refused" and last(plugged)["reason"].startswith("PluginInternalError")
    assert guest.open(ask(plugged, guest, "far/secret")) == b"GET/secret:"


def test_a_plugin_that_is_not_there_or_not_who_it_should_be(plugged, guest, tpm):
    for name in ("gone", "stranger", "choosy"):
        answer = ask(plugged, guest, f"{name}/secret")
        assert (answer.status, answer.variant) == (503, "PluginInternalError"), (name, answer.body)
    assert plugged.stranger.handled == [] and plugged.choosy.handled == []
    # A folder that others write to may hold anybody's socket.
    sockets = plugged.folder / "sockets"
    sockets.chmod(0o777)
    try:
        assert ask(plugged, guest, "near/secret").status == 503
    finally:
        sockets.chmod(0o755)
    assert ask(plugged, guest, "near/secret").status == 200


def test_one_that_comes_back_is_asked_again(tmp_path, tpm):
    folder = tmp_path / "broker"
    made = brokers.Broker(folder)
    (folder / "sockets").mkdir(mode=0o755)
    made.config.write_text(made.config.read_text() + f'[plugins]\nendpoints = ["near=unix:{folder}/sockets/near.sock"]\ntimeout = "2s"\n')
    made.init().start()
    try:
        trust(made, tpm)
        made.set_policy(POLICY)
        guest = Guest(made, tpm).handshake()
        assert ask(made, guest, "near/secret").status == 503
        plugin = Plugin(f"unix:{folder}/sockets/near.sock")
        try:
            end = time.monotonic() + 30
            while ask(made, guest, "near/secret").status != 200:
                assert time.monotonic() < end
            # A call in flight does not keep the service from ending.
            waiting = threading.Thread(target=ask, args=(made, guest, "near/slow"))
            waiting.start()
            while not any("slow" in line for line in plugin.handled):
                time.sleep(0.01)
            made.stop()
            waiting.join()
        finally:
            plugin.stop()
    finally:
        if made.process:
            made.stop()


@pytest.mark.parametrize("settings, word", [('["auth=unix:/x"]', "needs for itself"), ('["a=http://x"]', "https://HOST:PORT"), ('["a"]', "NAME="),
                                            ('["a=https://x"]', "authorities"), ('["a=unix:/x", "a=unix:/y"]', "twice")])
def test_settings_that_are_wrong_are_said(tmp_path, settings, word):
    made = brokers.Broker(tmp_path / "broker", f"[plugins]\nendpoints = {settings}\n").init()
    wrong = made.command(check=False)
    assert wrong.returncode == 1 and word in wrong.stderr, wrong.stderr
