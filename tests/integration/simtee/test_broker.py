# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""From a QEMU that really runs to a secret: a simulator's anchor is believed by the tenants that say so, and by nobody else."""
import base64
import hashlib
import pathlib
import shutil
import struct
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "kbs")]
sys.dont_write_bytecode = True
import broker as brokers  # noqa: E402
from guest import RELEASE_ALL, Guest as Client, claims_of, init_data_digest  # noqa: E402
from simulated_guest import EXTEND, FIRMWARE, QUOTE, Guest, Service, ask  # noqa: E402
from test_refusals import refused, snp_report  # noqa: E402

VERSIONS = {"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}
TRIAL, STRICT = "/tenants/trial", "/tenants/strict"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("service"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def vm(service, tmp_path_factory):
    with Guest(service, tmp_path_factory.mktemp("vm"), host_data=init_data_digest()) as made:
        yield made


@pytest.fixture(scope="module")
def broker(service, vm, tmp_path_factory):
    """It has what "redoubt-simtee init" shows, and two tenants that expect the same guest; one of them believes simulations."""
    folder = tmp_path_factory.mktemp("broker") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{service.chain}/public/anchors.pem"]\n')
    for part in ("snp", "tdx"):
        shutil.copytree(service.chain / "public" / part, folder / "collateral" / part)
    made.init().start()
    assert made.admin("PUT", "/redoubt/v1/tenant/trial", {"allow_simulation": True}).status == 200
    assert made.admin("PUT", "/redoubt/v1/tenant/strict", {}).status == 200
    for tenant in ("", TRIAL, STRICT):
        made.add_reference_values({"snp_launch_measurement": [vm.launch_digest().hex()], "init_data": [init_data_digest().hex()], **VERSIONS}, tenant)
        made.set_policy(RELEASE_ALL, tenant)
        made.put_resource("repo/type/tag", b"a trial's secret", tenant)
    yield made
    made.stop()


def attest(broker, vm, tenant=""):
    client = Client(broker, tenant=tenant)
    assert client.auth(tee="snp").status == 200
    # The broker has ASK, ARK and their list; the chip's certificate comes with the report.
    answer = vm.report(client.binding())
    evidence = {"attestation_report": snp_report(answer.outblob), "cert_chain": chain_of(answer.auxblob)}
    return client, client.attest(client.attestation(evidence))


def chain_of(table):
    """The table's first entry, VCEK, as the protocol has it."""
    offset, size = int.from_bytes(table[16:20], "little"), int.from_bytes(table[20:24], "little")
    return [{"cert_type": "VCEK", "data": list(table[offset:offset + size])}]


@pytest.mark.parametrize("tenant", ["", STRICT])
def test_a_tenant_that_says_nothing_believes_no_simulation(broker, vm, tenant):
    client, answer = attest(broker, vm, tenant)
    refused(answer, word="anchor_class")
    assert client.token is None
    assert client.get("repo/type/tag").status == 401
    record = [r for r in broker.audit() if r["op"] == "attest"][-1]
    assert record["decision"] == "refused" and "anchor_class" in record["reason"]


def test_a_tenant_that_says_so_gets_its_secret_and_every_result_names_the_simulation(broker, vm):
    client, answer = attest(broker, vm, TRIAL)
    assert answer.status == 200, answer.body
    appraisal = claims_of(client.token)["submods"]["cpu0"]
    assert appraisal["redoubt.release"]["anchor-class"] == "simulation"
    assert appraisal["ear.veraison.annotated-evidence"]["snp"]["measurement"] == vm.launch_digest().hex()
    assert client.open(client.get("repo/type/tag")) == b"a trial's secret"
    records = broker.audit()
    assert records[-1]["op"] == "release" and records[-1]["facts"]["anchor"] == "simulation"
    allowed = {r["object"]: r["facts"]["allow_simulation"] for r in records if r["op"] == "tenant.put" and r["decision"] == "allowed"}
    assert allowed == {"tenant/trial": True, "tenant/strict": False}


def test_a_guest_that_boots_something_else_gets_nothing(broker, service, tmp_path):
    with Guest(service, tmp_path, kernel=b"the operator's own", host_data=init_data_digest()) as other:
        client, answer = attest(broker, other, TRIAL)
        assert answer.status == 200, answer.body
        refused(client.get("repo/type/tag"), "PolicyDeny", word="snp_launch_measurement")


def test_a_td_is_judged_by_the_same_rule(broker, service, tmp_path):
    with Guest(service, tmp_path, mr_config_id=init_data_digest().ljust(48, b"\0")) as td:
        expected = td.measured("tdx", "--firmware", FIRMWARE["tdx"])
        values = {"mr_td": [expected["mrtd"]], "rtmr_1": [expected["rtmr1"]], "rtmr_2": [expected["rtmr2"]]}

        def attest_td(tenant):
            client = Client(broker, tenant=tenant)
            assert client.auth(tee="tdx").status == 200
            quote = ask(td.port, QUOTE, client.binding())
            assert quote.status == 0, quote.message
            return client, client.attest(client.attestation({"quote": base64.b64encode(quote.outblob).decode()}))

        refused(attest_td(STRICT)[1], word="anchor_class")
        client, answer = attest_td(TRIAL)
        assert answer.status == 200, answer.body
        refused(client.get("repo/type/tag"), "PolicyDeny", word="rtmr_1")
        broker.add_reference_values(values, TRIAL)
        client, answer = attest_td(TRIAL)
        assert answer.status == 200, answer.body
        assert claims_of(client.token)["submods"]["cpu0"]["redoubt.release"]["anchor-class"] == "simulation"
        assert client.open(client.get("repo/type/tag")) == b"a trial's secret"


def runtime_event(text):
    """An AAEL record and what its register is extended by."""
    data = b"LEAA" + len(text).to_bytes(4, "little") + text
    digest = hashlib.sha384(data).digest()
    return struct.pack("<IIIH", 4, 6, 1, 0xC) + digest + struct.pack("<I", len(data)) + data, digest


def test_what_a_td_notes_while_it_runs_is_told_by_its_log_or_it_is_refused(broker, service, tmp_path):
    begin = struct.pack("<II20xI", 1, 3, 37) + b"Spec ID Event03\0" + bytes([0, 0, 0, 0, 0, 2, 0, 2]) + struct.pack("<IHHHHB", 2, 0xC, 48, 0x12, 32, 0)
    records, digests = zip(runtime_event(b"example.org load model"), runtime_event(b"example.org start two words"))
    with Guest(service, tmp_path, mr_config_id=init_data_digest().ljust(48, b"\0")) as td:
        for digest in digests:
            assert ask(td.port, EXTEND, b"\x03" + digest).status == 0

        def attest_with(log):
            client = Client(broker, tenant=TRIAL)
            assert client.auth(tee="tdx").status == 200
            quote = ask(td.port, QUOTE, client.binding())
            evidence = {"quote": base64.b64encode(quote.outblob).decode(), "cc_eventlog": log and base64.b64encode(log).decode()}
            return client, client.attest(client.attestation(evidence))

        client, answer = attest_with(begin + b"".join(records) + b"\xff" * 8)
        assert answer.status == 200, answer.body
        shown = claims_of(client.token)["submods"]["cpu0"]["ear.veraison.annotated-evidence"]["tdx"]
        said = [event["details"]["data"] for event in shown["uefi_event_logs"] if event["type_name"] == "EV_EVENT_TAG"]
        assert said == [{"domain": "example.org", "operation": "load", "content": "model"},
                        {"domain": "example.org", "operation": "start", "content": "two words"}]
        other_words = records[0].replace(b"model", b"modal")
        for log, word in ((None, "log.runtime"), (begin + b"\xff" * 8, "log.runtime"), (begin + records[0], "log.replay"),
                          (begin + records[1] + records[0], "log.replay"), (begin + b"".join(records) + records[0], "log.replay"),
                          (begin + other_words + records[1], "log.binding")):
            refused(attest_with(log)[1], word=word)


def test_a_token_of_one_tenant_opens_nothing_of_another(broker, vm):
    client, answer = attest(broker, vm, TRIAL)
    assert answer.status == 200
    other = broker.call("GET", f"{STRICT}/kbs/v0/resource/repo/type/tag", headers={"Authorization": f"Bearer {client.token}"})
    assert other.status == 401, other.body


def test_taken_back_it_ends_releases_at_once(broker, vm):
    client, _ = attest(broker, vm, TRIAL)
    assert client.get("repo/type/tag").status == 200
    assert broker.admin("PUT", "/redoubt/v1/tenant/trial", {}).status == 200
    try:
        refused(client.get("repo/type/tag"), "PolicyDeny", word="simulation")
        refused(attest(broker, vm, TRIAL)[1], word="anchor_class")
    finally:
        assert broker.admin("PUT", "/redoubt/v1/tenant/trial", {"allow_simulation": True}).status == 200
