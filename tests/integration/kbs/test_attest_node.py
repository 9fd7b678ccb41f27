# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""This container, in this guest, on this host: real nodes with software TPMs, processors made for the test, a real broker, and redoubtctl that judges."""
import base64
import hashlib
import json
import os
import signal
import subprocess
import time

import broker as brokers
import pytest
from certified_tpm import CertifiedTpm
from guest import RELEASE_ALL, Guest, init_data_digest
from snp_maker import Chip
from test_refusals import refused, snp_report

CTL, DAEMON = os.environ["REDOUBTCTL"], os.environ["REDOUBTD"]
ACCEPTED, REJECTED, FAILED = 0, 1, 125
MEASUREMENT = b"\xab" * 48
CONTAINER, RUNTIME_DATA = "c0ffee", "a nonce of the verifier's"
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


class Node:
    """A redoubtd on a box of its own."""

    def __init__(self, folder, tpm, settings=""):
        folder.mkdir(parents=True)
        self.folder, self.host = folder, f"unix://{folder}/run/redoubtd.sock"
        (folder / "redoubtd.toml").write_text(f'''
state_dir = "{folder}/state"
runtime_dir = "{folder}/run"
[dbus]
address = "none"
[hypervisor]
accel = "tcg"
[attestation]
tpm = "{tpm}"
event_log = "{folder}/boot-event-log"
{settings}''')
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen([DAEMON, "--config", folder / "redoubtd.toml"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 120
        while self.ctl("node", "info").returncode != 0:
            assert self.process.poll() is None and time.monotonic() < end, (folder / "log").read_text()[-3000:]
            time.sleep(0.2)

    def ctl(self, *words, broker=None):
        place = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "NO_PROXY": "*", **SANITIZERS}
        if broker:
            place |= {"REDOUBT_KBS": f"https://127.0.0.1:{broker.port}", "REDOUBT_KBS_CA": f"{broker.folder}/server.crt",
                      "REDOUBT_KBS_CERT": f"{broker.folder}/alice.crt", "REDOUBT_KBS_KEY": f"{broker.folder}/alice.key"}
        return subprocess.run([CTL, *map(str, words), "-H", self.host], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300, env=place)

    def attest(self, *words, code=ACCEPTED, broker=None):
        done = self.ctl("attest", "node", *words, "--json", broker=broker)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(120) == 0, (self.folder / "log").read_text()[-3000:]
        self.log.close()


class Box:
    """TPM, processor and node that belong together."""

    def __init__(self, folder, vendor):
        self.tpm, self.chip = CertifiedTpm(folder / "tpm", vendor), Chip()
        self.tpm.boot()
        self.tpm.run("tpm2_pcrextend", "7:sha256=" + hashlib.sha256(b"our keys").hexdigest())
        self.node = Node(folder / "node", f"swtpm:path={folder}/tpm/tpm")
        self.folder = folder

    def enrol(self, broker, chip=None):
        issuer = self.tpm.authority / "issuercert.pem"
        return self.node.ctl("attest", "enrol", "--chip-id", (chip or self.chip).chip_id.hex(), "--authority", issuer, broker=broker)

    def guest_evidence(self, container=CONTAINER, measurement=MEASUREMENT):
        """As the workload API gives it to a container of a guest on this box."""
        bound = hashlib.sha512(b"org.redoubt.workload-evidence.v1\0" + container.encode() + b"\0" + RUNTIME_DATA.encode()).digest()
        report = self.chip.report(bound, measurement=measurement, host_data=init_data_digest())
        place = self.folder / "guest.json"
        place.write_text(json.dumps({"attestation_report": base64.b64encode(report).decode(), "cert_chain": self.chip.chain()}))
        (self.folder / "root.pem").write_bytes(self.chip.root_pem())
        return ["--guest-evidence", place, "--container", CONTAINER, "--runtime-data", RUNTIME_DATA, "--anchor", self.folder / "root.pem"]

    def stop(self):
        self.node.stop()
        self.tpm.stop()


@pytest.fixture(scope="module")
def boxes(tmp_path_factory):
    # Each of a vendor of its own, whose authorities have one name and two keys.
    made = [Box(tmp_path_factory.mktemp("box") / name, tmp_path_factory.mktemp("vendor")) for name in ("a", "b")]
    yield made
    for box in made:
        box.stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory, boxes):
    """Knows both boxes, each by its TPM and its chip."""
    folder = tmp_path_factory.mktemp("attest") / "broker"
    roots = [box.tpm.authority / "swtpm-localca-rootca-cert.pem" for box in boxes] + [folder / f"chip{i}.pem" for i in range(3)]
    made = brokers.Broker(folder, "anchors = [" + ", ".join(f'"{root}"' for root in roots) + "]\n")
    made.stranger = Chip()
    (folder / "collateral" / "snp").mkdir(parents=True)
    for i, chip in enumerate([box.chip for box in boxes] + [made.stranger]):
        (folder / f"chip{i}.pem").write_bytes(chip.root_pem())
        (folder / "collateral" / "snp" / f"ark{i}.crl").write_bytes(chip.revocation_list())
    made.init().start()
    made.add_reference_values({"tpm_pcr11": [boxes[0].tpm.pcr(11)], "tpm_pcr7": [boxes[0].tpm.pcr(7)],
                               "snp_launch_measurement": [MEASUREMENT.hex()], "init_data": [init_data_digest().hex()]})
    made.set_policy(RELEASE_ALL)
    made.put_resource("repo/type/tag", b"the secret")
    for box in boxes:
        done = box.enrol(made)
        assert done.returncode == 0, done.stdout + done.stderr
    yield made
    made.stop()


def link_of(verdict, name):
    return next(link for link in verdict["links"] if link["link"] == name)


def failed(verdict):
    return {(link["link"], claim["claim"]) for link in verdict["links"] for claim in link["claims"] if claim["finding"] == "failed"}


def enrolment_file(broker, tmp_path):
    nodes = broker.admin("GET", "/kbs/v0/reference-value/enrolled_nodes").json
    (tmp_path / "nodes.json").write_text(json.dumps({"enrolled_nodes": nodes}))
    return tmp_path / "nodes.json"


def release_file(boxes, tmp_path):
    """As the host image's recipe writes it."""
    measurements = [{"pcr": 11, "phase": "enter-initrd", "sha256": "11" * 32}, {"pcr": 11, "phase": "ready", "sha256": boxes[0].tpm.pcr(11)}]
    (tmp_path / "pcrs.json").write_text(json.dumps({"redoubt-pcrs": 1, "measurements": measurements}))
    return tmp_path / "pcrs.json"


def test_a_node_without_a_tpm_says_so(tmp_path):
    for place, word in (("", "no TPM"), ("device:/dev/no-such-tpm", "no TPM"), (f"swtpm:path={tmp_path}/nobody", "does not answer")):
        node = Node(tmp_path / f"node{len(place)}", place)
        try:
            done = node.ctl("attest", "node", "--pcr", "4=" + "00" * 32)
            assert done.returncode == FAILED and word in done.stderr, done.stderr
        finally:
            node.stop()


def test_enrolment_keeps_key_and_chip_together(boxes, broker):
    nodes = broker.admin("GET", "/kbs/v0/reference-value/enrolled_nodes").json
    assert [node["chip_id"] for node in nodes] == [box.chip.chip_id.hex() for box in boxes]
    assert len({node["endorsement_key"] for node in nodes}) == 2
    assert broker.admin("GET", "/kbs/v0/reference-value/trusted_aks").json == [node["attestation_key"] for node in nodes]
    record = [entry for entry in broker.audit() if entry["op"] == "tpm.enrol"][-1]
    assert record["facts"]["chip_id"] == boxes[1].chip.chip_id.hex()
    # A TPM that speaks for the chip of another, and one that moved.
    for chip, word in ((boxes[0].chip, "another endorsement key"), (broker.stranger, "another chip")):
        done = boxes[1].enrol(broker, chip)
        assert done.returncode == FAILED and word in done.stderr, done.stderr
    # The same again changes nothing.
    assert boxes[1].enrol(broker).returncode == 0
    assert len(broker.admin("GET", "/kbs/v0/reference-value/enrolled_nodes").json) == 2


def test_a_host_is_judged_by_files_or_by_the_broker(boxes, broker, tmp_path):
    node = boxes[0].node
    secure_boot = ["--pcr", "7=" + boxes[0].tpm.pcr(7)]
    files = ["--reference", release_file(boxes, tmp_path), "--enrolment", enrolment_file(broker, tmp_path)]
    verdict = node.attest(*files, *secure_boot)
    assert verdict["format"] == "redoubt-node-verdict/1" and verdict["verdict"] == "ACCEPT" and verdict["reasons"] == []
    claims = {claim["claim"]: claim for claim in link_of(verdict, "host")["claims"]}
    assert claims["reference.pcr11"]["got"] == boxes[0].tpm.pcr(11) and claims["reference.pcr11"]["source"].endswith("pcrs.json (ready)")
    assert claims["enrolment.attestation_key"]["source"].endswith("nodes.json")
    assert claims["log.replay"]["finding"] == "unchecked"
    assert node.attest("--broker", broker=broker)["verdict"] == "ACCEPT"
    # What has no foundation is refused, and says which it is.
    assert failed(node.attest(*files, code=REJECTED)) == {("host", "reference.boot_chain")}
    assert failed(node.attest(*files[:2], *secure_boot, code=REJECTED)) == {("host", "enrolment.attestation_key"), ("host", "policy.ak_trust")}
    assert failed(node.attest(*files, "--pcr", "7=" + "22" * 32, code=REJECTED)) == {("host", "reference.pcr7")}
    shown = node.ctl("attest", "node", *files, *secure_boot).stdout
    assert "this host: ACCEPT" in shown and "expected" in shown and "source" in shown


def test_a_log_that_does_not_explain_the_registers_is_refused(boxes, broker):
    log = boxes[0].folder / "node" / "boot-event-log"
    try:
        log.write_bytes(b"no log at all")
        assert ("host", "log.format") in failed(boxes[0].node.attest("--broker", broker=broker, code=REJECTED))
    finally:
        log.unlink()


def test_the_whole_chain_on_one_box(boxes, broker):
    verdict = boxes[0].node.attest("--broker", *boxes[0].guest_evidence(), broker=broker)
    assert [(link["link"], link["verdict"]) for link in verdict["links"]] == [(name, "ACCEPT") for name in ("container", "guest", "host", "box")]
    assert verdict["guest_evidence_sha256"] == hashlib.sha256((boxes[0].folder / "guest.json").read_bytes()).hexdigest()
    other = boxes[0].guest_evidence(container="another")
    assert failed(boxes[0].node.attest("--broker", *other, broker=broker, code=REJECTED)) == {("container", "container.binding")}
    other = boxes[0].guest_evidence(measurement=b"\xcd" * 48)
    found = failed(boxes[0].node.attest("--broker", *other, broker=broker, code=REJECTED))
    assert {("guest", "policy.measurement"), ("container", "container.guest"), ("box", "enrolment.chip_id")} == found


def test_a_guest_on_one_box_with_the_quote_of_another_is_refused(boxes, broker):
    for here, there in (boxes, boxes[::-1]):
        verdict = there.node.attest("--broker", *here.guest_evidence(), broker=broker, code=REJECTED)
        assert failed(verdict) == {("box", "enrolment.chip_id")}, "each alone is genuine"
        claim = link_of(verdict, "box")["claims"][0]
        assert (claim["expected"], claim["got"]) == (there.chip.chip_id.hex(), here.chip.chip_id.hex())


def test_the_broker_gives_nothing_to_a_guest_on_a_chip_that_is_not_enrolled(boxes, broker):
    def released(chip):
        guest = Guest(broker)
        assert guest.auth(tee="snp").status == 200
        report = chip.report(guest.binding(), measurement=MEASUREMENT, host_data=init_data_digest())
        answer = guest.attest(guest.attestation({"attestation_report": snp_report(report), "cert_chain": chip.chain()}))
        assert answer.status == 200, answer.body
        return guest, guest.get("repo/type/tag")

    for box in boxes:
        guest, answer = released(box.chip)
        assert guest.open(answer) == b"the secret"
    refused(released(broker.stranger)[1], "PolicyDeny", word="not of an enrolled node")


def test_something_else_was_booted(boxes, broker):
    """Last: PCRs only go forward."""
    boxes[1].tpm.run("tpm2_pcrextend", "11:sha256=" + hashlib.sha256(b"something else").hexdigest())
    assert failed(boxes[1].node.attest("--broker", broker=broker, code=REJECTED)) == {("host", "reference.pcr11")}
