# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubtctl trust against a real broker: every noun, both forms of output, who gets in, and two administrators."""
import base64
import datetime
import json
import os
import re
import subprocess

import broker as brokers
import pytest
from guest import Guest, init_data_digest
from snp_maker import Chip

CTL = os.environ["REDOUBTCTL"]
DONE, NOT_THERE, WAITS, FAILED = 0, 1, 3, 125
POLICY = "package policy\nimport rego.v1\nallow if data[\"resource-path\"] == [\"repo\", \"type\", \"tag\"]\n"
ROLES = {"alice": "admin", "bob": "admin", "sam": "secrets", "paula": "policy", "axel": "auditor", "tina": "admin@trial"}


class Ctl:
    """Somebody with redoubtctl: by his certificate, unless the words say otherwise."""

    def __init__(self, broker):
        self.broker = broker

    def run(self, *words, client="alice", stdin="", environment=None):
        folder = self.broker.folder
        place = {"HOME": str(folder), "PATH": os.environ["PATH"], "REDOUBT_KBS": f"https://127.0.0.1:{self.broker.port}", "REDOUBT_KBS_CA": f"{folder}/server.crt",
                 "NO_PROXY": "*", **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}
        shown = ["--cert", folder / f"{client}.crt", "--key", folder / f"{client}.key"] if client else []
        return subprocess.run([CTL, "trust", *words, *shown], input=stdin, capture_output=True, text=True, check=False, timeout=120,
                              env={**place, **(environment or {})})

    def __call__(self, *words, code=DONE, **options):
        done = self.run(*words, **options)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout if code in (DONE, WAITS) else done.stderr

    def json(self, *words, **options):
        shown = json.loads(self(*words, "--json", **options))
        assert shown["version"] == 1
        return shown


@pytest.fixture(scope="module")
def ctl(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctl") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{folder}/root.pem"]\n[limits]\nguest_rate = 1000\nguest_burst = 10000\n')
    made.chip = Chip()
    (folder / "root.pem").write_bytes(made.chip.root_pem())
    for name in (*ROLES, "nobody", "stranger"):
        if name != "alice":
            brokers.make_certificate(folder, name)
    (folder / "clients.crt").write_bytes(b"".join((folder / f"{name}.crt").read_bytes() for name in (*ROLES, "nobody")))
    listed = ", ".join(f'"{brokers.fingerprint(folder / f"{name}.crt")}={role}"' for name, role in ROLES.items())
    text = made.config.read_text().replace(f"{folder}/alice.crt", f"{folder}/clients.crt")
    made.config.write_text(re.sub(r"\ncertificates = .*", lambda _: f"\ncertificates = [{listed}]", text))
    made.init().start()
    yield Ctl(made)
    made.stop()


def write(ctl, name, text):
    path = ctl.broker.folder / name
    path.write_text(text)
    return path


# ---- each noun

def test_resources(ctl):
    assert ctl("resource", "set", "repo/type/tag", "--file", write(ctl, "secret", "the secret")) == "resource/repo/type/tag\n"
    assert ctl.json("resource", "set", "repo/type/tag", stdin="another") == {
        "version": 1, "changes": [{"object": "resource/repo/type/tag", "state": "done", "approval": None}]}
    listed = ctl.json("resource", "ls")["resources"]
    assert [(item["name"], item["version"], item["author"]) for item in listed] == [("repo/type/tag", 2, "certificate:alice")]
    assert re.search(r"^repo/type/tag +2 ", ctl("resource", "ls"), re.M)
    ctl("resource", "set", "repo/type/gone", stdin="x")
    ctl("resource", "rm", "repo/type/gone")
    shown = ctl.json("resource", "show", "repo/type/gone")
    assert shown["resource"] == "repo/type/gone" and [(item["version"], item["removed"]) for item in shown["versions"]] == [(2, True), (1, True)]
    missing = ctl("resource", "rm", "repo/type/gone", "repo/type/never", code=NOT_THERE)
    assert missing.count("no such resource") == 2
    assert "no such resource" in ctl("resource", "show", "repo/type/never", code=NOT_THERE)
    assert "would be empty" in ctl("resource", "set", "repo/type/tag", code=FAILED)
    for name in ("repo/type/../x", "repo/type/a?b", "/repo/type/tag", "repo//tag"):
        assert "no name that a path can hold" in ctl("resource", "set", name, stdin="x", code=FAILED)
    assert "not a resource" in ctl("resource", "set", "two/parts", stdin="x", code=NOT_THERE)


def test_policies(ctl):
    before = ctl.json("policy", "ls")["policies"]
    assert [(item["kind"], item["version"]) for item in before] == [("attestation", 0)]
    ctl("policy", "set", "resource", write(ctl, "policy.rego", POLICY))
    assert ctl("policy", "show", "resource") == POLICY
    shown = ctl.json("policy", "show", "resource")["policy"]
    assert shown["text"] == POLICY and shown["version"] == 1 and shown["digest"].startswith("sha256:")
    assert "built-in" in ctl("policy", "ls")
    assert "trust_claims" in ctl("policy", "show", "attestation")
    ctl("policy", "set", "attestation", "-", stdin='package policy\ntrust_claims := {"executables": 3}\n')
    assert [(item["kind"], item["version"]) for item in ctl.json("policy", "ls")["policies"]] == [("resource", 1), ("attestation", 1)]
    wrong = ctl("policy", "set", "resource", "-", stdin="package policy\nallow := nonsense(\n", code=FAILED)
    assert wrong.startswith("Error: ") and ctl("policy", "show", "resource") == POLICY


def test_reference_values(ctl):
    ctl("reference-value", "add", "tpm_pcr11", "00", "ff")
    ctl("reference-value", "add", "--file", write(ctl, "values.json", json.dumps({"a/b": ["1"], "tpm_pcr11": ["aa"]})))
    listed = {item["name"]: item for item in ctl.json("reference-value", "ls")["reference_values"]}
    assert listed["tpm_pcr11"]["value"] == ["aa"] and listed["a/b"]["source"] == "certificate:alice"
    history = ctl.json("reference-value", "history", "tpm_pcr11")
    assert [(item["version"], item["value"]) for item in history["versions"]] == [(2, ["aa"]), (1, ["00", "ff"])]
    assert "certificate:alice" in ctl("reference-value", "history", "tpm_pcr11")
    ctl("reference-value", "rm", "a/b")
    assert {item["name"] for item in ctl.json("reference-value", "ls")["reference_values"]} == {"tpm_pcr11"}
    last = ctl.json("reference-value", "history", "a/b")["versions"][0]
    assert last["removed"] and last["value"] is None
    assert "no such reference value" in ctl("reference-value", "rm", "a/b", code=NOT_THERE)
    assert "no VALUE" in ctl("reference-value", "add", "tpm_pcr11", code=FAILED)
    assert "is needed" in ctl("reference-value", "add", code=FAILED)
    # Who wants signatures gets none by hand.
    ctl("tenant", "create", "signed", "--require-signed")
    assert "signed" in ctl("reference-value", "add", "x", "1", "--tenant", "signed", code=FAILED)


def test_tenants(ctl):
    ctl("tenant", "create", "acme", "--settings", write(ctl, "settings.json", '{"allow_vlek": true}'))
    ctl("tenant", "anchor", "enable", "acme", "simulation")
    settings = {item["name"]: item["settings"] for item in ctl.json("tenant", "ls")["tenants"]}["acme"]
    assert settings == {"allow_vlek": True, "allow_simulation": True}
    ctl("tenant", "anchor", "disable", "acme", "vlek")
    assert re.search(r"^acme +no +no +yes +no ", ctl("tenant", "ls"), re.M)
    assert "there is a tenant" in ctl("tenant", "create", "acme", code=FAILED)
    assert "not a tenant's name" in ctl("tenant", "create", "Acme", code=NOT_THERE)
    assert "no such tenant" in ctl("tenant", "anchor", "enable", "nowhere", "vlek", code=NOT_THERE)
    assert "no such setting" in ctl("tenant", "create", "x", "--settings", write(ctl, "wrong.json", '{"allow_all": true}'), code=FAILED)
    # Tenants are apart.
    ctl("resource", "set", "repo/type/tag", "--tenant", "acme", stdin="of acme")
    assert ctl.json("resource", "ls", "--tenant", "acme")["resources"][0]["version"] == 1
    assert "no such tenant" in ctl("resource", "ls", "--tenant", "nowhere", code=NOT_THERE)


def test_a_change_that_needs_two_administrators(ctl):
    ctl("tenant", "create", "careful", "--require-approval")
    at = ["--tenant", "careful"]
    ctl("resource", "set", "repo/type/tag", *at, stdin="x")
    asked = ctl.json("resource", "rm", "repo/type/tag", *at, code=WAITS)["changes"][0]
    assert asked["state"] == "waits" and ctl.json("resource", "ls", *at)["resources"]
    waiting = ctl.json("approval", "ls")["approvals"]
    assert [(item["approval"], item["operation"], item["by"]) for item in waiting] == [(asked["approval"], "resource.remove", "certificate:alice")]
    assert "who asked for a change cannot approve it" in ctl("approval", "approve", asked["approval"], code=FAILED)
    assert "not allowed" in ctl("approval", "approve", asked["approval"], client="paula", code=FAILED)
    ctl("approval", "approve", asked["approval"], client="bob")
    assert ctl.json("resource", "ls", *at)["resources"] == []
    assert "no such approval" in ctl("approval", "approve", asked["approval"], client="bob", code=NOT_THERE)
    # A policy, rejected; then reference values, by way of what people read.
    text = ctl("policy", "set", "resource", "-", *at, stdin=POLICY, code=WAITS)
    rejected = re.search(r"approval approve (\w+)$", text, re.M).group(1)
    ctl("approval", "reject", rejected, client="bob")
    assert ctl.json("approval", "ls")["approvals"] == [] and "APPROVAL" in ctl("approval", "ls")
    assert "no such policy" in ctl("policy", "show", "resource", *at, code=NOT_THERE)
    added = ctl.json("reference-value", "add", "x", "1", *at, code=WAITS)["changes"][0]["approval"]
    ctl("approval", "approve", added, client="bob")
    removed = ctl.json("reference-value", "rm", "x", *at, code=WAITS)["changes"][0]["approval"]
    assert ctl.json("reference-value", "ls", *at)["reference_values"]
    ctl("approval", "approve", removed, client="bob")
    assert ctl.json("reference-value", "ls", *at)["reference_values"] == []
    # To do without it again is such a change, too.
    ctl("tenant", "anchor", "enable", "careful", "simulation", code=WAITS)


def test_the_audit_log(ctl, tmp_path):
    lines = ctl("audit", "show", "--json").splitlines()
    assert [json.loads(line)["op"] for line in lines[:2]] == ["store.counter", "store.create"] and len(ctl("audit", "show", "--from", "3", "--limit", "4").splitlines()) == 4
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    told = re.fullmatch(r"(\d+) records, unbroken; the last has hash (\w{64})\n", ctl("audit", "verify", client="axel"))
    assert told and f"the last has hash {told.group(2)}" not in ctl.broker.command("audit", "verify", str(tmp_path / "lines")).stdout
    noted = f"{told.group(1)}:{told.group(2)}"
    assert ctl.json("audit", "verify", "--expect", noted)["unbroken"] is True
    changed = f"{told.group(1)}:{'0' * 64}"
    assert "not the one that was noted" in ctl("audit", "verify", "--expect", changed, code=NOT_THERE)
    assert "is gone" in ctl("audit", "verify", "--expect", f"999999:{'0' * 64}", code=NOT_THERE)
    assert "--expect" in ctl("audit", "verify", "--expect", "1:zz", code=FAILED)


def test_collateral(ctl, tmp_path):
    chip = ctl.broker.chip
    bundle = tmp_path / "bundle-7"
    bundle.mkdir()
    (bundle / "ark.crl").write_bytes(chip.revocation_list(number=5))
    assert "collateral/snp" in ctl("collateral", "import", "--place", "snp", bundle)
    listed = ctl.json("collateral", "ls", client="axel")["collateral"]
    lists = [item for item in listed if item["kind"] == "revocation-list"]
    assert len(lists) == 1 and lists[0]["place"] == "snp" and not lists[0]["expired"]
    assert lists[0]["source"] == "imported" and lists[0]["origin"] == "bundle-7" and lists[0]["came"] and lists[0]["last_error"] is None
    assert {item["source"] for item in listed if item["kind"] == "certificate"} == {"built-in", "configured"}
    until = datetime.datetime.fromisoformat(lists[0]["until"])
    assert until > datetime.datetime.now(datetime.timezone.utc) and "good" in ctl("collateral", "ls")
    assert (ctl.broker.folder / "collateral" / "snp" / "ark.crl").read_bytes() == (bundle / "ark.crl").read_bytes()
    record = [record for record in ctl.broker.audit() if record["op"] == "collateral.import"][-1]
    assert record["object"] == "collateral/snp" and record["facts"]["files"][0]["name"] == "ark.crl" and record["facts"]["bundle"] == "bundle-7"
    # What is no collateral, of nobody who is trusted, over, or older than what is in use changes nothing.
    stranger = Chip().revocation_list()
    for name, data, place, word in (("ark.crl", b"nonsense", "snp", "neither"), ("notes.txt", b"x", "snp", "nothing is read"), ("ark.crl", b"x", "../x", "neither"),
                                    ("ark.crl", b"x", "tdx/..", "neither"), ("tcb_info.json", b"{}", "tdx/gnr", ""), (".crl", b"x", "snp", "not a file's name"),
                                    ("ark.crl", stranger, "snp", "nobody who is trusted signed it"), ("new.crl", chip.revocation_list(number=4), "snp", "of number 05 is in use"),
                                    ("new.crl", chip.revocation_list(number=6, days=(-3, -2)), "snp", "it ended at"), ("new.crl", chip.revocation_list(number=6, days=(1, 2)), "snp", "it is from")):
        folder = tmp_path / f"wrong-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / name).write_bytes(data)
        assert word in ctl("collateral", "import", "--place", place, folder / name, code=FAILED), (name, word)
    assert ctl.json("collateral", "ls")["collateral"] == listed
    assert sorted(path.name for path in (ctl.broker.folder / "collateral").iterdir() if path.name.startswith(".")) == []
    assert "not allowed" in ctl("collateral", "import", "--place", "snp", bundle / "ark.crl", client="paula", code=FAILED)
    assert "not allowed" in ctl("collateral", "ls", client="sam", code=FAILED)


def test_what_was_set_up_with_it_releases_a_secret(ctl, tpm):
    at = ["--tenant", "acme"]
    ctl("reference-value", "add", "--file", "-", *at, stdin=json.dumps(
        {"trusted_aks": [tpm.key], "tpm_pcr11": [tpm.pcr(11)], "init_data": [init_data_digest().hex()]}))
    ctl("policy", "set", "resource", "-", *at, stdin=POLICY)
    guest = Guest(ctl.broker, tpm, tenant="/tenants/acme").handshake()
    assert guest.open(guest.get("repo/type/tag")) == b"of acme"


# ---- who gets in

def test_certificates_that_do_not_get_in(ctl):
    assert "an administrator's certificate or token is needed" in ctl("resource", "ls", client="nobody", code=FAILED)
    assert "an administrator's certificate or token is needed" in ctl("resource", "ls", client=None, code=FAILED)
    refused = ctl("resource", "ls", client="stranger", code=FAILED)  # of no authority that the broker knows
    assert "alert" in refused or "reset" in refused or "refused" in refused, refused
    folder = ctl.broker.folder
    mixed = ctl("resource", "ls", "--cert", folder / "alice.crt", "--key", folder / "bob.key", client=None, code=FAILED)
    assert "belongs to the certificate" in mixed
    assert "--cert and --key belong together" in ctl("resource", "ls", "--cert", folder / "alice.crt", client=None, code=FAILED)


def test_a_broker_that_is_not_the_one_that_was_meant_gets_nothing(ctl):
    before = len(ctl.broker.audit())
    other = ctl("resource", "set", "repo/type/tag", "--ca", ctl.broker.folder / "mallory.crt", stdin="x", code=FAILED)
    assert "certificate not accepted" in other and len(ctl.broker.audit()) == before
    assert "certificate not accepted" in ctl("resource", "ls", environment={"REDOUBT_KBS_CA": ""}, code=FAILED)
    named = ctl("resource", "ls", "--kbs", f"https://localhost:{ctl.broker.port}", code=FAILED)
    assert "certificate not accepted" in named  # it is 127.0.0.1's
    assert "plain HTTP" in ctl("resource", "ls", "--kbs", "http://kbs.example", code=FAILED)
    assert "connect to 127.0.0.1:1" in ctl("resource", "ls", "--kbs", "https://127.0.0.1:1", code=FAILED)


def test_roles_do_their_own_things_only(ctl):
    ctl("resource", "ls", client="sam")
    ctl("policy", "ls", client="paula")
    ctl("tenant", "ls", client="axel")
    for client, words in (("sam", ["policy", "ls"]), ("paula", ["resource", "ls"]), ("paula", ["tenant", "create", "y"]), ("axel", ["resource", "show", "repo/type/tag"]),
                          ("axel", ["collateral", "import", "--place", "snp", "/dev/null"]), ("sam", ["audit", "show"]), ("sam", ["reference-value", "history", "tpm_pcr11"]),
                          ("tina", ["resource", "ls"]), ("tina", ["tenant", "ls"]), ("paula", ["tenant", "anchor", "enable", "acme", "vlek"])):
        assert "not allowed to do this" in ctl(*words, client=client, code=FAILED), (client, words)
    refused = [record for record in ctl.broker.audit() if record["actor"] == "certificate:paula" and record["op"] == "tenant.put"]
    assert refused and all(record["decision"] == "refused" for record in refused)


def test_a_token_does_as_well_and_a_wrong_one_does_not(ctl):
    good = write(ctl, "token", ctl.broker.admin_token("secrets") + "\n")
    assert ctl.json("resource", "ls", "--token-file", good, client=None)["resources"]
    ended = write(ctl, "ended", ctl.broker.admin_token("secrets", exp=1))
    assert "has ended" in ctl("resource", "ls", "--token-file", ended, client=None, code=FAILED)
    assert "/nowhere" in ctl("resource", "ls", "--token-file", "/nowhere", client=None, code=FAILED)


# ---- settings

def test_the_file_and_the_environment(ctl, tmp_path):
    folder = ctl.broker.folder
    place = tmp_path / "redoubt"
    place.mkdir()
    for name in ("server.crt", "bob.crt", "bob.key"):
        (place / name).write_bytes((folder / name).read_bytes())
    (place / "trust.toml").write_text(f'kbs = "https://127.0.0.1:{ctl.broker.port}"\nca = "server.crt"\ncert = "bob.crt"\nkey = "bob.key"\ntenant = "acme"\n')
    there = {"REDOUBT_KBS": "", "REDOUBT_KBS_CA": "", "XDG_CONFIG_HOME": str(tmp_path)}
    assert ctl.json("resource", "ls", client=None, environment=there)["resources"][0]["version"] == 1  # acme's
    assert ctl.json("resource", "ls", client=None, environment={**there, "REDOUBT_KBS_TENANT": "default"})["resources"][0]["version"] == 2
    assert ctl("resource", "set", "repo/type/bobs", client=None, environment=there, stdin="x")
    assert ctl.broker.audit()[-1]["actor"] == "certificate:bob"
    (place / "trust.toml").write_text('kbz = "x"\n')
    assert "trust.toml:1" in ctl("resource", "ls", client=None, environment=there, code=FAILED)
    assert "which key broker" in ctl("resource", "ls", client=None, environment={**there, "XDG_CONFIG_HOME": "/nowhere"}, code=FAILED)


def test_no_secret_is_printed(ctl):
    done = ctl.run("resource", "set", "repo/type/quiet", "--json", stdin="a very secret value")
    assert done.returncode == DONE and "a very secret value" not in done.stdout + done.stderr
    assert base64.b64encode(b"a very secret value").decode() not in ctl("audit", "show", "--json")
