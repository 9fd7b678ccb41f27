# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The service itself: its store, its log, its life under kill -9, and what it says on the command line."""
import base64
import hashlib
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import broker as brokers
import corim_maker
import pytest
from broker import Broker, PASSPHRASE, PROGRAM, b64url
from conftest import trust
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from guest import Guest, Tpm
from jwcrypto import jwk, jws


@pytest.fixture
def made(tmp_path):
    broker = brokers.Broker(tmp_path / "broker").init()
    yield broker
    if broker.process:
        broker.stop()


def database(broker):
    return sqlite3.connect(broker.folder / "state" / "trust.db")


# ---- the command line

def test_what_is_wrong_with_the_command_line_or_the_settings_is_said(made):
    assert PROGRAM and subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.startswith("redoubt-kbs ")
    assert "redoubt-kbs init" in made.command("--help").stdout
    for words, code in ((["bogus"], 2), (["--bogus"], 2), (["audit"], 2), (["init", "x"], 2)):
        assert made.command(*words, check=False).returncode == code
    again = made.command("init", check=False)
    assert again.returncode == 1 and "is there already" in again.stderr
    assert '[protocol]' in made.command("--print-config").stdout or "protocol.versions" in made.command("--print-config").stdout
    made.write_config('[tls]\n')
    assert made.command(check=False).returncode == 2
    made.write_config('[limits]\nconections = 1\n')
    wrong = made.command(check=False)
    assert wrong.returncode == 2 and "did you mean" in wrong.stderr


def test_plain_http_is_for_loopback_addresses(made):
    text = made.config.read_text().replace("[tls]\n", "[tls]\noff = true\n").replace("127.0.0.1:0", "0.0.0.0:0")
    made.config.write_text(text)
    wrong = made.command(check=False)
    assert wrong.returncode == 2 and "loopback" in wrong.stderr


def test_the_wrong_passphrase_opens_nothing(made):
    (made.folder / "passphrase").write_text(PASSPHRASE + "x\n")
    wrong = made.command(check=False)
    assert wrong.returncode == 1 and "does not open" in wrong.stderr
    (made.folder / "passphrase").write_text("short")
    (made.folder / "state" / "trust.db").unlink()
    wrong = made.command("init", check=False)
    assert wrong.returncode == 1 and "passphrase" in wrong.stderr


# ---- the store

def test_nothing_that_is_secret_stands_in_the_store(made, tpm):
    made.start()
    trust(made, tpm)
    made.put_resource("repo/type/tag", b"a very secret value")
    made.stop()
    for file in (made.folder / "state").iterdir():
        data = file.read_bytes()
        assert b"a very secret value" not in data and b"PRIVATE KEY" not in data, file
        assert base64.b64encode(b"a very secret value") not in data
        assert file.stat().st_mode & 0o077 == 0 or file.name != "trust.db"


def test_values_outlive_the_process(made, tpm):
    made.start()
    trust(made, tpm)
    made.stop()
    made.start()
    guest = Guest(made, tpm).handshake()
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"


@pytest.mark.parametrize("change", [
    "UPDATE object SET value = (SELECT value FROM object WHERE name = 'repo/type/other') WHERE name = 'repo/type/tag'",
    "UPDATE object SET tenant = 'thief' WHERE kind = 'resource' AND tenant = 'victim'",
    "UPDATE object SET version = 7 WHERE name = 'repo/type/tag'",
    "UPDATE object SET value = substr(value, 1, 100) || 'AAAA' || substr(value, 105) WHERE name = 'repo/type/tag'",
    "UPDATE object SET kind = 'resource' WHERE kind = 'reference-value' AND name = 'repo/type/tag'",
])
def test_values_that_were_moved_or_changed_in_the_file_are_refused(made, tpm, change):
    made.start()
    for tenant in ("victim", "thief"):
        assert made.admin("PUT", f"/redoubt/v1/tenant/{tenant}", {}).status == 200
    trust(made, tpm)
    trust(made, tpm, "/tenants/thief")
    made.put_resource("repo/type/tag", b"of the victim", "/tenants/victim")
    made.put_resource("repo/type/other", b"something else")
    assert made.admin("DELETE", "/tenants/thief/kbs/v0/resource/repo/type/tag").status == 200
    made.stop()
    with database(made) as db:
        db.execute("DELETE FROM object WHERE tenant = 'thief' AND kind = 'resource'")
        db.execute(change)
    made.start()
    for tenant in ("", "/tenants/thief"):
        answer = Guest(made, tpm, tenant=tenant).handshake().get("repo/type/tag")
        if change.startswith("UPDATE object SET tenant") and tenant == "" or "kind = 'resource' WHERE" in change and tenant == "":
            continue  # this one was left alone
        assert answer.status in (404, 500), answer.body
        assert b"ciphertext" not in answer.body


# ---- the audit log

def test_the_audit_log_shows_every_change_of_itself(made, tpm, tmp_path):
    made.start()
    trust(made, tpm)
    Guest(made, tpm).handshake().get("repo/type/tag")
    served = made.admin("GET", "/redoubt/v1/audit?from=2").body.decode().splitlines()
    made.stop()
    good = made.command("audit", "verify").stdout
    assert "unbroken" in good
    lines = made.command("audit", "export").stdout.splitlines()
    assert served == lines[1:1 + len(served)] and json.loads(lines[-1])["op"] == "audit.read"
    # An independent reading of the chain.
    head = "0" * 64
    for line in lines:
        assert json.loads(line)["prev"] == head
        head = hashlib.sha256(b"\0" + line.encode()).hexdigest()
    assert head in good
    broken = tmp_path / "lines"
    for change in (lines[1:], lines[:2] + lines[3:], lines[:2] + [lines[3], lines[2]] + lines[4:], lines[:-1] + [lines[-1].replace("allowed", "refused")] + [lines[-1]],
                   lines[:2] + [lines[2].replace('"v":1', '"v": 1')] + lines[3:]):
        broken.write_text("\n".join(change) + "\n")
        result = made.command("audit", "verify", str(broken), check=False)
        assert result.returncode == 1 and "audit record" in result.stderr
    with database(made) as db:
        db.execute("UPDATE audit SET line = replace(line, 'alice', 'mallet') WHERE seq = 3")
    assert made.command("audit", "verify", check=False).returncode == 1


def test_kill_9_loses_nothing_that_was_answered(made, tpm):
    made.start()
    trust(made, tpm)
    answered = {}
    for round_number in range(100 if os.environ.get("REDOUBT_TIER") == "full" else 5):
        stop = threading.Event()

        def write(worker, number=round_number, ended=stop):
            for i in range(10_000):
                if ended.is_set():
                    return
                name, value = f"repo/w{worker}/r{number}-{i}", os.urandom(16).hex().encode()
                try:
                    if made.admin("POST", f"/kbs/v0/resource/{name}", value).status == 200:
                        answered[name] = value
                except OSError:
                    return

        workers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(random.uniform(0.3, 1.0))
        made.stop(signal.SIGKILL)
        stop.set()
        for worker in workers:
            worker.join()
        assert "unbroken" in made.command("audit", "verify").stdout
        made.start()
    assert len(answered) > 10
    guest = Guest(made, tpm).handshake()
    for name, value in random.sample(sorted(answered.items()), min(60, len(answered))):
        assert guest.open(guest.get(name)) == value
    written = {record["object"] for record in made.audit() if record["op"] == "resource.put"}
    assert {f"resource/{name}" for name in answered} <= written


# ---- reference values

def test_signed_reference_values(made):
    made.start()
    key, stranger = (jwk.JWK.generate(kty="EC", crv="P-256") for _ in range(2))
    settings = {"require_signed_reference_values": True, "reference_value_signers": [json.loads(key.export_public())]}
    assert made.admin("PUT", "/redoubt/v1/tenant/careful", settings).status == 200

    def send(signer, expires, text=None):
        token = jws.JWS(json.dumps({"reference_values": {"snp_launch_measurement": ["ab" * 48]}, "expires": expires}))
        token.add_signature(signer, None, json.dumps({"alg": "ES256"}))
        payload = base64.b64encode(text or token.serialize(compact=True).encode()).decode()
        kind = "sample" if text else "jws"
        return made.admin("POST", "/tenants/careful/kbs/v0/reference-value", {"version": "0.1.0", "type": kind, "payload": payload})

    assert send(stranger, "2099-01-01T00:00:00Z").variant == "RvpsError"
    assert send(key, "2020-01-01T00:00:00Z").variant == "RvpsError"
    assert send(None or key, "2099-01-01T00:00:00Z", b'{"x":["y"]}').variant == "RvpsError"
    assert send(key, "2099-01-01T00:00:00Z").status == 200
    stored = made.admin("GET", "/tenants/careful/redoubt/v1/reference-values").json
    assert stored[0]["expires"] == "2099-01-01T00:00:00Z" and stored[0]["source"].startswith("signed by ")
    assert made.admin("GET", "/tenants/careful/kbs/v0/reference-value/snp_launch_measurement").json == ["ab" * 48]
    assert made.admin("GET", "/tenants/careful/kbs/v0/reference-value/other").status == 404
    answer = made.admin("POST", "/kbs/v0/reference-value", {"version": "0.1.0", "type": "swid", "payload": ""})
    assert "not implemented" in answer.json["detail"]


@pytest.mark.parametrize("kind", ["P-256", "P-384", "Ed25519"])
def test_corims(made, kind):
    made.start()
    key, stranger = (ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else ec.generate_private_key({"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}[kind]())
                     for _ in range(2))
    public = jwk.JWK.from_pyca(key.public_key())
    settings = {"require_signed_reference_values": True, "reference_value_signers": [json.loads(public.export_public())]}
    assert made.admin("PUT", "/redoubt/v1/tenant/careful", settings).status == 200

    def send(payload, tenant="/tenants/careful"):
        message = {"version": "0.1.0", "type": "corim", "payload": base64.b64encode(payload).decode()}
        return made.admin("POST", f"{tenant}/kbs/v0/reference-value", message)

    ours = corim_maker.corim({"snp_launch_measurement": [b"a" * 48, b"b" * 48]})
    assert "signed" in send(ours).json["detail"]
    assert "signed" in send(corim_maker.sign(ours, stranger)).json["detail"]
    assert "it ended" in send(corim_maker.sign(ours, key, 1_600_000_000)).json["detail"]
    broken = corim_maker.sign(ours, key)
    assert send(broken[:-1] + bytes([broken[-1] ^ 1])).status == 401
    assert "corim: byte " in send(broken[:-1]).json["detail"]
    assert send(corim_maker.sign(ours, key, 4_070_908_800)).status == 200
    stored = made.admin("GET", "/tenants/careful/redoubt/v1/reference-values").json
    assert [(value["name"], value["expires"]) for value in stored] == [("snp_launch_measurement", "2099-01-01T00:00:00Z")]
    assert stored[0]["source"].startswith("signed by ")
    assert made.admin("GET", "/tenants/careful/kbs/v0/reference-value/snp_launch_measurement").json == ["61" * 48, "62" * 48]
    # Where a tenant does not ask for signatures, and without the profile: Trustee's names.
    assert send(corim_maker.corim({"kernel": [b"a" * 48]}, profile=None), "").status == 200
    assert made.admin("GET", "/kbs/v0/reference-value/ACME/RoadRunner/kernel/digests").json == ["61" * 48]
    assert "not implemented" in send(corim_maker.corim({"kernel": [b"a" * 48]}, profile="https://example.org/other"), "").json["detail"]


def test_reference_values_that_ended_count_no_longer(made, tpm):
    made.start()
    trust(made, tpm)
    key = jwk.JWK.generate(kty="EC", crv="P-256")
    assert made.admin("PUT", "/redoubt/v1/tenant/default", {"reference_value_signers": [json.loads(key.export_public())]}).status == 200
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6))
    token = jws.JWS(json.dumps({"reference_values": {"tpm_pcr11": [tpm.pcr(11)]}, "expires": soon}))
    token.add_signature(key, None, json.dumps({"alg": "ES256"}))
    message = {"version": "0.1.0", "type": "jws", "payload": base64.b64encode(token.serialize(compact=True).encode()).decode()}
    assert made.admin("POST", "/kbs/v0/reference-value", message).status == 200
    guest = Guest(made, tpm).handshake()
    assert guest.get("repo/type/tag").status == 200
    time.sleep(7)
    assert guest.get("repo/type/tag").variant == "PolicyDeny"


# ---- policies

def test_an_appraisal_policy_of_the_tenants_own(made, tpm):
    made.start()
    trust(made, tpm)
    made.set_policy('package policy\nimport rego.v1\nallow if input.submods.cpu0["ear.status"] == "affirming"')
    assert Guest(made, tpm).handshake().get("repo/type/tag").status == 200
    strict = b'package policy\nimport rego.v1\ntrust_claims := {"executables": 99}\nextensions := [{"name": "ear.test", "key": -99, "value": query_reference_value("trusted_aks")}]'
    assert made.admin("POST", "/kbs/v0/attestation-policy", {"policy_id": "default_cpu", "policy": b64url(strict)}).status == 200
    guest = Guest(made, tpm).handshake()
    assert guest.get("repo/type/tag").variant == "PolicyDeny"
    for text in (b"package policy\ntrust_claims := 1", b"package policy\nx := 1", b'package policy\ntrust_claims := {"nonsense": 2}',
                 b'package policy\ntrust_claims := {"hardware": 1000}'):
        assert made.admin("POST", "/kbs/v0/attestation-policy", {"policy_id": "default_cpu", "policy": b64url(text)}).status == 200
        other = Guest(made, tpm)
        other.auth()
        answer = other.attest()
        assert (answer.status, answer.variant) == (401, "AttestationError"), text


def test_a_policy_that_never_ends_is_a_refusal(made, tpm):
    made.start()
    trust(made, tpm)
    made.set_policy("package policy\nimport rego.v1\nallow if { some i in numbers.range(1, 3000); some j in numbers.range(1, 3000); i * j == -1 }")
    answer = Guest(made, tpm).handshake().get("repo/type/tag")
    assert answer.status == 401 and answer.variant in ("PolicyEngineError", "PolicyDeny")
    assert made.call("GET", "/healthz").status == 200


def test_a_backup_is_a_store_of_one_moment(made, tpm, tmp_path):
    made.start()
    trust(made, tpm)
    made.command("backup", str(tmp_path / "copy.db"))
    assert made.command("backup", str(tmp_path / "copy.db"), check=False).returncode == 1
    made.put_resource("repo/type/tag", b"changed since")
    made.stop()
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    # Put into its place it is an earlier copy; restoring says that it is meant.
    for file in (made.folder / "state").glob("trust.db*"):
        file.unlink()
    (made.folder / "state" / "trust.db").write_bytes((tmp_path / "copy.db").read_bytes())
    refused = made.command(check=False)
    assert refused.returncode == 1 and "an earlier copy" in refused.stderr and "restore" in refused.stderr
    before = made.audit()
    made.command("restore", str(tmp_path / "copy.db"))
    assert "unbroken" in made.command("audit", "verify").stdout
    # Nobody approves a restore; the log says what was taken, over what, and who did it.
    record = made.audit()[-1]
    assert record["op"] == "store.restore" and record["actor"] == "system"
    assert record["facts"]["copy"]["records"] == record["facts"]["replaced"]["records"] == len(before)
    assert len(record["facts"]["replaced"]["head"]) == 64 and record["facts"]["by"]["uid"] == os.getuid()
    assert (made.folder / "state" / "trust.db.replaced").exists()
    made.start()
    guest = Guest(made, tpm).handshake()
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"


def test_a_backup_that_does_not_open_replaces_nothing(made, tmp_path):
    other = Broker(tmp_path / "other")
    (other.folder / "passphrase").write_text("another passphrase\n")
    other.init().command("backup", str(tmp_path / "others.db"))
    before = (made.folder / "state" / "trust.db").read_bytes()
    for bad in (str(tmp_path / "others.db"), str(tmp_path / "nothing"), str(made.config)):
        assert made.command("restore", bad, check=False).returncode == 1
    assert (made.folder / "state" / "trust.db").read_bytes() == before and not list((made.folder / "state").glob("*.restoring*"))
    made.start()
    assert "another redoubt-kbs" in made.command("restore", str(tmp_path / "others.db"), check=False).stderr


def test_a_store_and_its_counter_belong_together(made):
    made.start()
    made.put_resource("repo/type/tag", b"x")
    made.stop()
    counter = made.folder / "state" / "counter"
    assert counter.stat().st_mode & 0o077 == 0
    good = counter.read_text()
    counter.write_text(good.replace('"value":', '"value":1'))
    assert "the counter was changed" in made.command(check=False).stderr
    counter.unlink()
    assert "is gone" in made.command(check=False).stderr
    counter.write_text(good)
    made.start()


# ---- four eyes

def test_what_destroys_or_decides_takes_two_administrators(made, tpm):
    made.start()
    trust(made, tpm)
    assert made.admin("PUT", "/redoubt/v1/tenant/default", {"require_approval": True}).status == 200

    def bob(method, path, role="policy", **claims):
        return made.call(method, path, None, {"Authorization": f"Bearer {made.admin_token(role, **claims)}"})

    deny = {"policy": b64url(b"package policy\nallow := false")}
    asked = made.admin("POST", "/kbs/v0/resource-policy", deny)
    assert (asked.status, asked.variant) == (202, "ApprovalPending")
    waiting = made.admin("GET", "/redoubt/v1/approvals").json
    assert waiting[0]["operation"] == "resource-policy.set" and waiting[0]["by"] == "certificate:alice"
    path = f"/redoubt/v1/approval/{waiting[0]['approval']}"
    guest = Guest(made, tpm).handshake()
    assert guest.get("repo/type/tag").status == 200
    assert made.admin("POST", path).variant == "AdminAuthAccess"  # who asked
    assert bob("POST", path, "secrets").variant == "AdminAuthAccess"
    assert bob("POST", path, tenant="other").variant == "AdminAuthAccess"
    assert bob("POST", path).status == 200
    assert bob("POST", path).status == 404
    assert guest.get("repo/type/tag").variant == "PolicyDeny"
    # Removing is one of them, and so is to do without it again.
    assert made.admin("DELETE", "/kbs/v0/resource/repo/type/tag").status == 202
    assert made.admin("PUT", "/redoubt/v1/tenant/default", {}).status == 202
    assert made.admin("POST", "/kbs/v0/resource/repo/type/new", b"x").status == 200
    rejected, kept = made.admin("GET", "/redoubt/v1/approvals").json
    assert bob("DELETE", f"/redoubt/v1/approval/{rejected['approval']}", "admin").status == 200
    assert bob("POST", f"/redoubt/v1/approval/{kept['approval']}", "admin").status == 200
    operations = [record["op"] for record in made.audit()]
    assert operations.count("approval.ask") == 3 and operations.count("approval.reject") == 1
    record = [r for r in made.audit() if r["op"] == "resource-policy.set"][-1]
    assert record["actor"] == "certificate:alice" and record["facts"]["approved_by"] == "https://login.test:bob"


# ---- slots

def test_a_tpm_opens_the_store_for_its_pin(made, tmp_path):
    chip = Tpm(tmp_path / "chip")
    try:
        (made.folder / "pin").write_text("a long pin\n")
        plain = made.config.read_text()
        with_tpm = plain.replace("[unseal]\n", f'[unseal]\ntpm = "swtpm:path={chip.folder}/tpm"\ntpm_pin_file = "{made.folder}/pin"\n')
        assert made.command("slot", "add-tpm", check=False).returncode == 1
        made.config.write_text(with_tpm)
        made.command("slot", "add-tpm")
        assert made.command("slot", "list").stdout == "1 passphrase\n2 tpm\n"
        made.start()
        made.put_resource("repo/type/tag", b"x")
        assert "another redoubt-kbs" in made.command("slot", "list", check=False).stderr
        made.stop()
        # The passphrase is not needed any more, and its slot may go.
        (made.folder / "passphrase").unlink()
        made.command("slot", "remove", "1")
        assert "last" in made.command("slot", "remove", "2", check=False).stderr
        assert "no slot 7" in made.command("slot", "remove", "7", check=False).stderr
        made.start()
        assert len(made.admin("GET", "/redoubt/v1/resources").json) == 1
        made.stop()
        (made.folder / "pin").write_text("a wrong pin\n")
        wrong = made.command(check=False)
        assert wrong.returncode == 1 and "PIN" in wrong.stderr
        other = Tpm(tmp_path / "other")
        (made.folder / "pin").write_text("a long pin\n")
        made.config.write_text(with_tpm.replace(f"{chip.folder}/tpm", f"{other.folder}/tpm"))
        wrong = made.command(check=False)
        other.stop()
        assert wrong.returncode == 1 and "not of this TPM" in wrong.stderr
        made.config.write_text(with_tpm)
        (made.folder / "pin").write_text("1234\n")
        assert "at least 6" in made.command(check=False).stderr
        assert [r["op"] for r in made.audit() if r["op"].startswith("slot")] == ["slot.add", "slot.remove"]
    finally:
        chip.stop()


# ---- under a service manager

def test_it_is_started_by_its_socket_and_says_when_it_is_ready(made, tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(60)
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "LISTEN_FDS": "1", "CREDENTIALS_DIRECTORY": str(made.folder)}
    made.config.write_text("\n".join(line for line in made.config.read_text().splitlines() if not line.startswith("passphrase_file")))
    process = subprocess.Popen(["bash", "-c", f"LISTEN_PID=$$ exec {PROGRAM} --config {made.config} 3<&{listener.fileno()}"],
                               env=environment, pass_fds=(listener.fileno(),), stderr=subprocess.PIPE)
    try:
        assert notify.recv(100) == b"READY=1"
        made.port = listener.getsockname()[1]
        assert made.call("GET", "/healthz").body == b"ok\n"
        process.send_signal(signal.SIGHUP)
        assert notify.recv(100).startswith(b"RELOADING=1") and notify.recv(100) == b"READY=1"
        process.send_signal(signal.SIGTERM)
        assert notify.recv(100) == b"STOPPING=1"
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    finally:
        process.kill()


def test_numbers_for_a_monitor(made, tpm):
    made.start()
    trust(made, tpm)
    Guest(made, tpm).handshake().get("repo/type/tag")
    text = made.call("GET", "/metrics").body.decode()
    assert "kbs_attestation_successes_total 1\n" in text and "kbs_resource_reads_total 1\n" in text
    assert pathlib.Path(PROGRAM).exists()
