# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The simulator and real QEMU processes: what it measures is what they launch, and who is none of them gets nothing."""
import hashlib
import json
import os
import pathlib
import socket
import stat
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402
from simulated_guest import (ANSWER, ASK_BY_SERIAL, CMDLINE, DESCRIBE, EXTEND, FIRMWARE, MEASURE, QEMU, QUOTE, REPORT, REQUEST, SIMTEE, Guest, Service,  # noqa: E402
                             ask, make_kernel, read_answer, refusals, wait_for)

INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, UNIMPLEMENTED = 3, 7, 8, 9, 10, 12


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("service"))
    yield made
    made.stop()


def fields(report):
    return {"vmpl": int.from_bytes(report[0x30:0x34], "little"), "report_data": report[0x50:0x90], "measurement": report[0x90:0xC0],
            "host_data": report[0xC0:0xE0], "report_id": report[0x140:0x160], "chip_id": report[0x1A0:0x1E0]}


def verify_signature(report, service):
    vcek = x509.load_pem_x509_certificate((service.chain / "public/snp/vcek.pem").read_bytes())
    r, s = (int.from_bytes(report[at:at + 72], "little") for at in (0x2A0, 0x2E8))
    vcek.public_key().verify(utils.encode_dss_signature(r, s), report[:0x2A0], ec.ECDSA(hashes.SHA384()))


def test_a_report_says_what_qemu_launched(service, tmp_path):
    with Guest(service, tmp_path, host_data=b"h" * 32) as guest:
        described = ask(guest.port, DESCRIBE)
        assert (described.status, described.provider, described.generation) == (0, "sev_guest", 0)
        answer = guest.report(b"nonce", vmpl=1)
        verify_signature(answer.outblob, service)
        found = fields(answer.outblob)
        assert found["measurement"] == guest.launch_digest()
        assert found["report_data"] == b"nonce".ljust(64, b"\0")
        assert found["host_data"] == b"h" * 32
        assert found["vmpl"] == 1
        assert found["chip_id"].startswith(b"SIM")
        assert answer.generation == 1
        again = guest.report(b"another")
        assert again.generation == 2 and again.id == 1
        assert fields(again.outblob)["report_id"] == found["report_id"]
        # VCEK, ASK and ARK, as a host would give them.
        for name in ("vcek", "ask", "ark"):
            pem = (service.chain / f"public/snp/{name}.pem").read_bytes()
            assert x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER) in answer.auxblob


def test_a_guest_that_runs_asks_by_itself(service, tmp_path):
    """Nobody lends a hand: machine code in the place of a kernel writes a request to its port, and QEMU carries it."""
    kernel, heard = tmp_path / "vmlinuz", tmp_path / "heard"
    request = REQUEST.pack(b"RSIM", 1, REPORT, 77, 0, 64) + b"the guest's own".ljust(64, b".")
    kernel.write_bytes(make_kernel(b"", ASK_BY_SERIAL, request))
    time.sleep(0.05)
    command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35", "-accel", "tcg", "-m", "64M", "-kernel", kernel,
               "-append", CMDLINE, "-chardev", f"socket,id=simtee,path={service.socket}", "-serial", "chardev:simtee", "-serial", f"file:{heard}"]
    with subprocess.Popen(command) as process:
        try:
            wait_for(lambda: heard.exists() and heard.stat().st_size >= ANSWER.size + len("sev_guest") + 1184, lambda: f"{service.text()}")
        finally:
            process.kill()
    answer = heard.read_bytes()
    fields_of_answer = ANSWER.unpack_from(answer)
    assert fields_of_answer[3:5] == (77, 0)
    report = answer[ANSWER.size + len("sev_guest"):][:1184]
    verify_signature(report, service)
    assert fields(report)["report_data"] == b"the guest's own".ljust(64, b".")
    expected = subprocess.run([MEASURE, "snp", "--firmware", FIRMWARE["snp"], "--kernel", kernel, "--append", CMDLINE, "--vcpus", "1", "--vcpu-type", "EPYC-v4",
                               "--json"], capture_output=True, check=True).stdout
    assert fields(report)["measurement"].hex() == json.loads(expected)["measurement"]


@pytest.mark.parametrize("change", [{"kernel": b"another"}, {"initrd": b"another"}, {"cmdline": "redoubt.simtee=1 init=/bin/sh"}, {"vcpus": 1}], ids=str)
def test_what_is_launched_otherwise_is_measured_otherwise(service, tmp_path, change):
    with Guest(service, tmp_path, "first") as first, Guest(service, tmp_path, "second", **change) as second:
        measurement = fields(second.report().outblob)["measurement"]
        assert measurement == second.launch_digest()
        assert measurement != fields(first.report().outblob)["measurement"]


def test_host_data_is_what_the_command_says(service, tmp_path):
    with Guest(service, tmp_path, "none") as none, Guest(service, tmp_path, "other", host_data=bytes(range(32))) as other:
        assert fields(none.report().outblob)["host_data"] == bytes(32)
        assert fields(other.report().outblob)["host_data"] == bytes(range(32))
        assert fields(none.report().outblob)["measurement"] == fields(other.report().outblob)["measurement"]


def test_a_quote_says_what_qemu_launched(service, tmp_path):
    with Guest(service, tmp_path, mr_config_id=b"c" * 48) as guest:
        assert ask(guest.port, DESCRIBE).provider == "tdx_guest"
        answer = ask(guest.port, QUOTE, b"nonce")
        assert answer.status == 0, answer.message
        body = answer.outblob[48:48 + 584]
        expected = guest.measured("tdx", "--firmware", FIRMWARE["tdx"])
        assert body[136:184].hex() == expected["mrtd"]
        assert body[184:232] == b"c" * 48
        assert body[376:424].hex() == expected["rtmr1"] and body[424:472].hex() == expected["rtmr2"]
        assert body[520:584] == b"nonce".ljust(64, b"\0")
        refused = ask(guest.port, REPORT, b"nonce")
        assert refused.status == FAILED_PRECONDITION and "tdx_guest" in refused.message


def test_a_guest_extends_its_own_runtime_register_and_no_other(service, tmp_path):
    with Guest(service, tmp_path, "td", mr_config_id=b"c" * 48) as guest, Guest(service, tmp_path, "amd") as amd:
        value = bytes(48)
        for digest in (b"a" * 48, b"b" * 48):
            assert ask(guest.port, EXTEND, b"\x03" + digest).status == 0
            value = hashlib.sha384(value + digest).digest()
        answer = ask(guest.port, QUOTE, b"nonce")
        assert answer.outblob[48:48 + 584][472:520] == value
        assert answer.generation == 1, "extending makes no evidence"
        for register in (0, 1, 2, 4):
            assert ask(guest.port, EXTEND, bytes([register]) + b"a" * 48).status == INVALID_ARGUMENT
        assert ask(guest.port, QUOTE, b"nonce").outblob[48:48 + 584][472:520] == value
        refused = ask(amd.port, EXTEND, b"\x03" + b"a" * 48)
        assert refused.status == UNIMPLEMENTED and "SEV-SNP" in refused.message


def judge(service, folder, tee, evidence, *words):
    """The verdict of redoubtctl, which has no word for simulations but the class of an anchor."""
    if "REDOUBT_CTL" not in os.environ:
        pytest.skip("redoubtctl is not being built")
    path = folder / "evidence"
    path.write_bytes(evidence)
    done = subprocess.run([os.environ["REDOUBT_CTL"], "evidence", "verify", "--tee", tee, "--evidence", path, "--anchor",
                           service.chain / "public/anchors.pem", "--json", *words], capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_the_one_verifier_there_is_takes_its_evidence(service, tmp_path):
    with Guest(service, tmp_path, "amd", host_data=b"h" * 32) as guest:
        report = guest.report(b"nonce").outblob
        certificates = ["--certs", service.chain / "public/snp"]
        wanted = ["--measurement", guest.launch_digest().hex(), "--host-data", (b"h" * 32).hex(), "--report-data", b"nonce".ljust(64, b"\0").hex()]
        code, verdict = judge(service, tmp_path, "snp", report, *certificates, *wanted, "--allow-simulation")
        assert code == 0 and verdict["anchor_class"] == "simulation", verdict
        assert judge(service, tmp_path, "snp", report, *certificates, *wanted)[0] != 0
        assert judge(service, tmp_path, "snp", report, *certificates, "--measurement", "00" * 48, "--allow-simulation")[0] != 0
        forged = report[:0x90] + bytes(48) + report[0xC0:]
        assert judge(service, tmp_path, "snp", forged, *certificates, "--allow-simulation")[0] != 0
    with Guest(service, tmp_path, "intel", mr_config_id=b"c" * 48) as guest:
        quote = ask(guest.port, QUOTE, b"nonce").outblob
        collateral = ["--collateral", service.chain / "public/tdx/simulation"]
        code, verdict = judge(service, tmp_path, "tdx", quote, *collateral, "--allow-simulation")
        assert code == 0 and verdict["anchor_class"] == "simulation", verdict
        assert judge(service, tmp_path, "tdx", quote, *collateral)[0] != 0


def test_whoever_is_not_qemu_gets_nothing(service):
    with socket.socket(socket.AF_UNIX) as liar:
        liar.settimeout(60)
        liar.connect(str(service.socket))
        answer = ask(liar, REPORT, b"nonce")
        assert answer.status == PERMISSION_DENIED and "not the QEMU" in answer.message
        assert not answer.outblob and not answer.auxblob
        assert liar.recv(1) == b""
    assert any("not the QEMU" in line for line in refusals(service))


def test_a_copy_of_qemu_is_not_qemu(service, tmp_path):
    copy = tmp_path / "qemu-system-x86_64"
    copy.write_bytes(pathlib.Path("/usr/bin/qemu-system-x86_64").read_bytes())
    copy.chmod(0o755)
    with Guest(service, tmp_path, program=copy) as guest:
        assert ask(guest.port, REPORT, b"n").status == PERMISSION_DENIED


@pytest.mark.parametrize("change, word", [({"cmdline": "console=hvc0"}, "redoubt.simtee=1"),
                                          ({"cmdline": "console=hvc0 xredoubt.simtee=1"}, "redoubt.simtee=1"),
                                          ({"extra": ["-gdb", "tcp:127.0.0.1:0"]}, "gdb"),
                                          ({"extra": ["-monitor", "null"]}, "monitor"),
                                          ({"extra": ["-device", "loader,addr=0x1000,data=1,data-len=4"]}, "loader"),
                                          ({"extra": ["-bios", "/usr/share/qemu/qboot.rom"]}, "firmware"),
                                          ({"environment": {**os.environ, "LD_LIBRARY_PATH": "/nowhere"}}, "LD_LIBRARY_PATH")], ids=str)
def test_a_guest_that_the_host_could_reach_is_refused(service, tmp_path, change, word):
    with Guest(service, tmp_path, **change) as guest:
        answer = ask(guest.port, REPORT, b"nonce")
        assert answer.status == PERMISSION_DENIED and word in answer.message, answer.message
        assert not answer.outblob


def test_files_that_are_replaced_before_the_guest_asks_end_it(service, tmp_path):
    with Guest(service, tmp_path, "replaced") as guest:
        ask(guest.port, DESCRIBE)  # it has been measured
        content = guest.kernel.read_bytes()
        guest.kernel.unlink()
        guest.kernel.write_bytes(content)
        answer = ask(guest.port, REPORT, b"nonce")
        assert answer.status == ABORTED and "replaced" in answer.message
    with Guest(service, tmp_path, "written") as guest:
        ask(guest.port, DESCRIBE)
        guest.initrd.write_bytes(b"other")
        assert ask(guest.port, REPORT, b"nonce").status == ABORTED
    # Afterwards QEMU has long read them, and a new version may be installed.
    with Guest(service, tmp_path, "upgraded") as guest:
        before = guest.report().outblob
        guest.initrd.write_bytes(b"other")
        assert fields(guest.report().outblob)["measurement"] == fields(before)["measurement"]


def test_bytes_that_are_no_request_end_the_talk(service, tmp_path):
    for name, bad in (("magic", b"HELO" + bytes(16)), ("version", REQUEST.pack(b"RSIM", 9, REPORT, 1, 0, 64)),
                      ("size", REQUEST.pack(b"RSIM", 1, REPORT, 1, 0, 1 << 30)), ("vmpl", REQUEST.pack(b"RSIM", 1, REPORT, 1, 4, 64))):
        with Guest(service, tmp_path, name) as guest:
            guest.port.sendall(bad)
            answer = read_answer(guest.port)
            assert answer.status != 0 and not answer.outblob, name
            assert guest.port.recv(1) == b"", name


def test_one_guest_may_not_ask_without_end(service, tmp_path):
    with Guest(service, tmp_path) as guest:
        guest.port.sendall(REQUEST.pack(b"RSIM", 1, DESCRIBE, 1, 0, 0) * 200)  # at once: what a busy machine cannot stretch
        statuses = [read_answer(guest.port).status for _ in range(200)]
        assert statuses[0] == 0 and RESOURCE_EXHAUSTED in statuses
    with Guest(service, tmp_path, "other") as guest:
        assert guest.report().status == 0  # the others do not notice


def test_the_command_line_says_what_is_wrong(tmp_path, service):
    def run(*words):
        return subprocess.run([SIMTEE, *words], capture_output=True, text=True, check=False, timeout=120)
    assert run("--help").returncode == 0 and "not a TEE" in run("--help").stdout
    assert run("--config", tmp_path / "none.toml").returncode == 2
    again = run("init", "--dir", service.chain)
    assert again.returncode == 1 and "already" in again.stderr
    config = tmp_path / "simtee.toml"
    config.write_text(f'state_dir = "{tmp_path}"\nlisten = "{tmp_path}/s"\n')
    done = run("--config", config)
    assert done.returncode == 1 and "vcek.key" in done.stderr
    for path in (service.chain / "private").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
