# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Collateral that the broker fetches by itself, from a service that is as it should be, and from one that is not."""
import concurrent.futures
import os
import pathlib
import re
import time

import broker as brokers
import pytest
from guest import RELEASE_ALL, Guest, init_data_digest
from intel_maker import FMSPC, Intel
from snp_maker import Chip
from test_refusals import refused, snp_report
from test_snp import MEASUREMENT, REFERENCE
from vendor_server import Reply, VendorServer, answers_of_amd, answers_of_intel

SHARED = pathlib.Path(os.environ["REDOUBT_SHARED"]) / "conformance" / "tee"
CRL = "/vcek/v1/Milan/crl"
CHAIN = "/vcek/v1/Milan/cert_chain"
WAIT = 60  # seconds for what has to come


@pytest.fixture(scope="module")
def chip():
    return Chip()


@pytest.fixture
def vendor(tmp_path):
    made = VendorServer(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def broker(tmp_path, chip, vendor):
    """Asks the vendor for everything of one Milan, every second."""
    made = brokers.Broker(tmp_path / "broker", settings(tmp_path / "broker", vendor))
    (made.folder / "root.pem").write_bytes(chip.root_pem())
    made.init()
    yield made
    made.stop()


def settings(folder, vendor, more=""):
    return f'''anchors = ["{folder}/root.pem"]
amd_url = "{vendor.url}"
amd_products = ["Milan"]
amd_vceks = true
authorities = "{vendor.certificate}"
refresh = "1s"
retry = "1s"
timeout = "2s"
answer = "16KiB"
{more}'''


def listed(broker):
    answer = broker.admin("GET", "/redoubt/v1/collateral")
    assert answer.status == 200, answer.body
    return answer.json


def fetched(broker, kind):
    return [item for item in listed(broker) if item["kind"] == kind and item["source"] == "fetched"]


def until(found, what):
    """Waits for what a function finds; gives it."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if seen := found():
            return seen
        time.sleep(0.2)
    raise AssertionError(f"never: {what}")


def error_of(broker, url):
    return next((item["last_error"] for item in listed(broker) if item["origin"] == url and item["last_error"]), None)


def wait_for_error(broker, url, word):
    return until(lambda: word in (error_of(broker, url) or ""), f"an error with '{word}'; there is {error_of(broker, url)}")


def wait_for_list(broker, url):
    return until(lambda: [item for item in fetched(broker, "revocation-list") if item["origin"] == url and item["came"]], "a revocation list")


def trust(broker):
    broker.add_reference_values(REFERENCE)
    broker.set_policy(RELEASE_ALL)
    broker.put_resource("repo/type/tag", b"the secret")


def attest(broker, chip):
    guest = Guest(broker)
    assert guest.auth(tee="snp").status == 200
    report = chip.report(guest.binding(), measurement=MEASUREMENT, host_data=init_data_digest())
    return guest, guest.attest(guest.attestation({"attestation_report": snp_report(report), "cert_chain": None}))


def test_what_is_needed_comes_by_itself(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    broker.start()
    trust(broker)
    item = wait_for_list(broker, vendor.url + CRL)[0]
    assert item["place"] == "snp" and not item["expired"] and item["last_error"] is None
    # Eight guests of one chip start together: its key is fetched once.
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for guest, answer in pool.map(lambda _: attest(broker, chip), range(8)):
            assert answer.status == 200, answer.body
    assert guest.open(guest.get("repo/type/tag")) == b"the secret"
    assert vendor.count("blSPL") == 1
    vcek = fetched(broker, "vcek")[0]
    assert vcek["name"].startswith("milan-" + chip.chip_id.hex()) and vcek["origin"].startswith(vendor.url)
    records = [record for record in broker.audit() if record["op"] == "collateral.fetch" and record["decision"] == "allowed"]
    assert {"collateral/snp", "collateral/vcek/" + vcek["name"]} == {record["object"] for record in records}
    assert records[0]["facts"]["url"].startswith(vendor.url) and records[0]["facts"]["statements"][0].startswith("sha256:")
    # What it does not get it says, and goes on.
    missing = until(lambda: [item for item in listed(broker) if item["name"] == vendor.url + "/vlek/v1/Milan/crl" and item["last_error"]], "an error")[0]
    assert missing["from"] is None and missing["expired"] and "404" in missing["last_error"]
    text = broker.call("GET", "/metrics").body.decode()
    seconds = int(re.search(r'kbs_collateral_expiry_seconds\{place="snp",kind="revocation-list",name="[^"]*ARK-Milan[^"]*"\} (\d+)', text).group(1))
    assert 29 * 86400 < seconds <= 30 * 86400
    assert int(re.search(r"^kbs_collateral_fetch_failures_total (\d+)", text, re.M).group(1)) > 0
    assert "kbs_vcek_fetches_total 1\n" in text
    # It outlives a restart, and is not asked for again.
    broker.stop()
    broker.start()
    assert attest(broker, chip)[1].status == 200
    assert vendor.count("blSPL") == 1 and len(fetched(broker, "vcek")) == 1


def test_the_same_answer_again_is_not_a_record_again(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    broker.start()
    until(lambda: vendor.asked.count(CRL) >= 3, "a third request")
    records = [record for record in broker.audit() if record["op"] == "collateral.fetch" and record["facts"]["url"].endswith(CRL)]
    assert len(records) == 1


def test_a_list_of_somebody_else_changes_nothing(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    good = vendor.replies[CRL]
    vendor.replies[CRL] = Reply(Chip().revocation_list())
    broker.start()
    wait_for_error(broker, vendor.url + CRL, "nobody who is trusted signed it")
    until(lambda: vendor.asked.count(CRL) >= 2, "a second try")
    records = [record for record in broker.audit() if record["op"] == "collateral.fetch" and record["decision"] == "refused"]
    assert len(records) == 1 and records[0]["object"] == "collateral/snp" and "nobody who is trusted" in records[0]["reason"]
    refused(attest(broker, chip)[1], word="endorsement.present")  # without a list the chip's key is not believed either
    vendor.replies[CRL] = good
    wait_for_list(broker, vendor.url + CRL)
    until(lambda: attest(broker, chip)[1].status == 200, "a guest that is believed")
    assert error_of(broker, vendor.url + CRL) is None


@pytest.mark.parametrize("make, word", [(lambda chip: Reply(chip.revocation_list(days=(-30, -2))), "it ended at"), (lambda chip: Reply(b"x" * 20000), "more than"),
                                        (lambda chip: Reply(chip.revocation_list(), wait=10), "no answer within 2000 ms"), (lambda chip: Reply(b"<html>"), "revocation list"),
                                        (lambda chip: Reply(status=429), "status 429")])
def test_answers_that_will_not_do(broker, vendor, chip, make, word):
    vendor.replies = {**answers_of_amd(chip), CRL: make(chip)}
    broker.start()
    wait_for_error(broker, vendor.url + CRL, word)
    assert broker.call("GET", "/healthz").status == 200
    assert not [item for item in fetched(broker, "revocation-list") if item["came"]]


def test_nobody_is_asked_whom_the_configuration_does_not_name(broker, vendor, chip, tmp_path):
    other = VendorServer(tmp_path, "other")
    try:
        other.replies = answers_of_amd(chip)
        vendor.replies = {**answers_of_amd(chip), CRL: Reply(status=302, headers={"Location": other.url + CRL})}
        broker.start()
        wait_for_error(broker, vendor.url + CRL, "it redirects")
        assert other.asked == []
    finally:
        other.stop()


def test_a_server_of_another_authority_is_not_believed(tmp_path, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    brokers.make_certificate(tmp_path, "stranger")
    made = brokers.Broker(tmp_path / "broker", settings(tmp_path / "broker", vendor).replace(str(vendor.certificate), f"{tmp_path}/stranger.crt"))
    (made.folder / "root.pem").write_bytes(chip.root_pem())
    made.init().start()
    try:
        until(lambda: error_of(made, vendor.url + CRL), "an error")
        assert vendor.asked == [] and "certificate" in error_of(made, vendor.url + CRL)
    finally:
        made.stop()


def test_an_older_list_is_refused_and_the_newer_one_stays(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip, number=7)
    broker.start()
    wait_for_list(broker, vendor.url + CRL)
    vendor.replies = answers_of_amd(chip, number=6)
    wait_for_error(broker, vendor.url + CRL, "of number 07 is in use")
    assert attest(broker, chip)[1].status == 200
    refusal = [record for record in broker.audit() if record["op"] == "collateral.fetch" and record["decision"] == "refused"]
    assert "number is 06" in refusal[-1]["reason"]
    vendor.replies = answers_of_amd(chip, number=8)
    until(lambda: error_of(broker, vendor.url + CRL) is None, "a newer list")


def test_the_broker_goes_on_while_the_vendor_is_away(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    broker.start()
    wait_for_list(broker, vendor.url + CRL)
    assert attest(broker, chip)[1].status == 200
    vendor.stop()
    wait_for_error(broker, vendor.url + CRL, "refused")
    assert attest(broker, chip)[1].status == 200
    assert [item for item in fetched(broker, "revocation-list") if item["came"] and item["last_error"]]
    vendor.start()
    until(lambda: error_of(broker, vendor.url + CRL) is None, "the end of the error")


def test_a_chip_that_the_vendor_does_not_know_is_asked_for_once(broker, vendor, chip):
    vendor.replies = {path: reply for path, reply in answers_of_amd(chip).items() if "blSPL" not in path}
    broker.start()
    wait_for_list(broker, vendor.url + CRL)
    for _ in range(3):
        refused(attest(broker, chip)[1], word="endorsement.present")
    assert vendor.count("blSPL") == 1
    text = broker.call("GET", "/metrics").body.decode()
    assert "kbs_vcek_fetch_failures_total 1\n" in text and "kbs_vceks_declined_total 2\n" in text
    # Nor is anybody asked for guests that have no session here.
    guest = Guest(broker)
    guest.auth(tee="snp")
    body = guest.attestation({"attestation_report": snp_report(Chip.report(chip, b"x")), "cert_chain": None})
    guest.cookie = "forged"
    assert guest.attest(body).status == 401 and vendor.count("blSPL") == 1


def test_a_key_of_another_chip_is_refused(broker, vendor, chip):
    vendor.replies = answers_of_amd(chip)
    path = next(path for path in vendor.replies if "blSPL" in path)
    vendor.replies[path] = Reply(Chip().leaf_der())
    broker.start()
    wait_for_list(broker, vendor.url + CRL)
    refused(attest(broker, chip)[1], word="endorsement.present")
    assert fetched(broker, "vcek") == []
    refusal = [record for record in broker.audit() if record["op"] == "collateral.fetch" and record["decision"] == "refused"]
    assert refusal[-1]["object"].startswith("collateral/vcek/milan-") and "VCEK" in refusal[-1]["reason"]


def test_a_genuine_chips_key_is_kept(tmp_path, vendor):
    item = SHARED / "snp" / "milan-v3-vcek"
    if not item.is_dir():
        pytest.skip("no conformance data here")
    report = (item / "report.bin").read_bytes()
    tcb = f"blSPL={report[0x180]:02}&teeSPL={report[0x181]:02}&snpSPL={report[0x186]:02}&ucodeSPL={report[0x187]:02}"
    path = f"/vcek/v1/Milan/{report[0x1A0:0x1E0].hex()}?{tcb}"
    made = brokers.Broker(tmp_path / "broker", settings(tmp_path / "broker", vendor, "require_revocation_lists = false\n").replace(
        f'anchors = ["{tmp_path}/broker/root.pem"]\n', ""))
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    vcek = x509.load_pem_x509_certificate((item / "vcek.pem").read_bytes())
    vendor.replies = {path: Reply(vcek.public_bytes(Encoding.DER))}
    made.init().start()
    try:
        guest = Guest(made)
        guest.auth(tee="snp")
        # The report is of another challenge: refused, by what was fetched for it.
        refused(guest.attest(guest.attestation({"attestation_report": snp_report(report), "cert_chain": None})), word="report_data")
        assert len(fetched(made, "vcek")) == 1 and vendor.count("blSPL") == 1
    finally:
        made.stop()


def test_intels_documents_come_and_do_not_go_back(tmp_path, vendor):
    intel = Intel()
    folder = tmp_path / "broker"
    made = brokers.Broker(folder, f'''anchors = ["{folder}/root.pem"]
intel_url = "{vendor.url}"
intel_platforms = ["{FMSPC.upper()}"]
authorities = "{vendor.certificate}"
refresh = "1s"
retry = "1s"
''')
    (folder / "root.pem").write_bytes(intel.pem("Intel SGX Root CA"))
    vendor.replies = answers_of_intel(intel, FMSPC)
    made.init().start()
    tcb = f"{vendor.url}/tdx/certification/v4/tcb?fmspc={FMSPC}"
    try:
        until(lambda: len([item for item in listed(made) if item["source"] == "fetched" and item["came"] and item["place"] == "tdx"
                           and item["kind"] != "certificate"]) == 5, "five statements")
        document = fetched(made, "tcb-info")[0]
        assert document["name"] == FMSPC and document["origin"] == tcb and not document["expired"]
        assert fetched(made, "qe-identity")[0]["name"] == "TD_QE"
        assert sorted(path.name for path in (folder / "collateral" / "tdx").iterdir()) == [FMSPC]
        vendor.replies = answers_of_intel(intel, FMSPC, number=16)
        wait_for_error(made, tcb, "tcbEvaluationDataNumber is 16, where one of 17 is in use")
        assert b'"tcbEvaluationDataNumber":17' in (folder / "collateral" / "tdx" / FMSPC / "tcbinfo_response.json").read_bytes()
        # The right signature, and another's chain beside it.
        vendor.replies = answers_of_intel(intel, FMSPC, number=18)
        path = next(path for path in vendor.replies if "/tcb?" in path)
        vendor.replies[path].headers = {"TCB-Info-Issuer-Chain": Intel().chain("Intel SGX TCB Signing")}
        wait_for_error(made, tcb, "Intel SGX TCB Signing")
        vendor.replies = answers_of_intel(intel, FMSPC, number=18)
        until(lambda: error_of(made, tcb) is None, "the newer document")
    finally:
        made.stop()


def test_settings_that_are_refused(tmp_path):
    for line, word in (('amd_url = "http://127.0.0.1:1"', "only https"), ('amd_url = "https://user@127.0.0.1"', "host"), ("amd_vceks = true", "amd_url names nobody"),
                       ('intel_url = "https://127.0.0.1:1"', "names no platform"), ('intel_url = "https://127.0.0.1:1"\nintel_platforms = ["x"]', "FMSPC"),
                       ('amd_url = "https://127.0.0.1:1"\namd_products = ["Naples"]', "amd_products")):
        made = brokers.Broker(tmp_path / "broker", line + "\n")
        done = made.command("--print-config", check=False)
        assert done.returncode == 2 and word in done.stderr, (line, done.stderr)


def test_nothing_is_fetched_unless_somebody_wants_it(tmp_path):
    made = brokers.Broker(tmp_path / "broker").init().start()
    try:
        assert {item["source"] for item in listed(made)} == {"built-in"}
        assert "kbs_collateral_fetches_total 0\n" in made.call("GET", "/metrics").body.decode()
    finally:
        made.stop()
