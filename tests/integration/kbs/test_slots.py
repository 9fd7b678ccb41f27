# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Slots of the root key that a TPM opens after a measured boot: PCR 7 as it was, PCR 11 as somebody signed for. The TPM is swtpm, the signatures
are systemd-measure's, and the firmware's variables are files where the kernel would show them."""
import base64
import hashlib
import json
import os
import shlex
import sqlite3
import subprocess

import pytest

from broker import PROGRAM, Broker
from guest import Tpm

MEASURE = "/usr/lib/systemd/systemd-measure"
PHASES = ("enter-initrd", "leave-initrd", "sysinit", "ready")
GLOBAL, LOADER = "8be4df61-93ca-11d2-aa0d-00e098032b8c", "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
SECURE = {f"SecureBoot-{GLOBAL}": b"\x01", f"SetupMode-{GLOBAL}": b"\x00", f"StubPcrKernelImage-{LOADER}": "11\0".encode("utf-16-le")}
PIN = "a long pin"


def extend(chip, pcr, data):
    chip.run("tpm2_pcrextend", f"{pcr}:sha256={hashlib.sha256(data).hexdigest()}")


class Machine:
    """A computer whose firmware and boot loader measure: what is booted, and what was signed of it."""

    def __init__(self, folder):
        self.folder, self.chip, self.variables = folder, None, SECURE
        self.signer = self.make_key("signer")

    def make_key(self, name):
        key = self.folder / f"{name}.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", self.folder / f"{name}.pem"], check=True)
        return name

    def boot(self, kernel=b"a kernel", platform=b"keys of Secure Boot", phases=PHASES):
        if self.chip:
            self.chip.stop()
            (self.folder / "chip" / "tpm").unlink(missing_ok=True)
        self.chip = Tpm(self.folder / "chip", signature=None)
        if platform is not None:
            extend(self.chip, 7, platform)
        for measured in (b".linux\0", kernel, *(phase.encode() for phase in phases)) if kernel is not None else ():
            extend(self.chip, 11, measured)

    def sign(self, kernel=b"a kernel", signer=None, banks=("sha256",), phases=PHASES):
        """What systemd-stub would leave in /run/systemd."""
        (self.folder / "linux").write_bytes(kernel)
        name = signer or self.signer
        done = subprocess.run([MEASURE, "sign", f"--linux={self.folder}/linux", f"--private-key={self.folder}/{name}.key", f"--public-key={self.folder}/{name}.pem",
                               f"--phase={':'.join(phases)}", *(f"--bank={bank}" for bank in banks)], capture_output=True, text=True, check=True)
        self.signatures.write_text(done.stdout)

    @property
    def signatures(self):
        return self.folder / "tpm2-pcr-signature.json"

    @property
    def settings(self):
        return f'tpm = "swtpm:path={self.folder}/chip/tpm"\ntpm_pin_file = "{self.folder}/pin"\ntpm_pcr_signature = "{self.signatures}"\n'

    def command(self, broker, *words):
        """redoubt-kbs where the kernel shows these variables of EFI."""
        folder = self.folder / "variables"
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, value in self.variables.items():
            (folder / name).write_bytes(b"\x06\0\0\0" + value)
        place = "/sys/firmware/efi/efivars"
        script = f"mount -t tmpfs none /sys/firmware && mkdir -p {place} && cp {shlex.quote(str(folder))}/* {place}/ 2>/dev/null; exec \"$@\""
        return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", PROGRAM, *words, "--config", broker.config], capture_output=True, text=True, check=False, timeout=120)

    def add(self, broker, *words):
        return self.command(broker, "slot", "add-tpm", "--measured-boot", "--public-key", str(self.folder / f"{self.signer}.pem"), *words)


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path)
    made.boot()
    made.sign()
    yield made
    made.chip.stop()


@pytest.fixture
def broker(tmp_path, machine):
    made = Broker(tmp_path / "broker").init()
    made.config.write_text(made.config.read_text().replace("[unseal]\n", "[unseal]\n" + machine.settings))
    yield made
    made.stop()


@pytest.fixture
def sealed(broker, machine):
    """A store that only a measured boot opens."""
    added = machine.add(broker, "--without-pin")
    assert added.returncode == 0, added.stderr
    (broker.folder / "passphrase").unlink()
    broker.command("slot", "remove", "1")
    return broker


def refusal(broker):
    done = broker.command("slot", "list", check=False)
    assert done.returncode == 1 and not done.stdout
    return done.stderr


def test_a_measured_boot_opens_the_store_by_itself(sealed, machine):
    assert sealed.command("slot", "list").stdout == "2 tpm-boot\n"
    sealed.start()
    sealed.put_resource("repo/type/tag", b"x")
    sealed.stop()
    machine.boot()
    sealed.start()
    assert len(sealed.admin("GET", "/redoubt/v1/resources").json) == 1
    sealed.stop()
    added, removed = [record for record in sealed.audit() if record["op"].startswith("slot")]
    assert added["object"] == "slot/tpm-boot" and added["facts"]["pin"] is False and removed["object"] == "slot/1"
    assert added["facts"]["signer"] == json.loads(machine.signatures.read_text())["sha256"][0]["pkfp"]


def test_an_update_opens_when_its_signature_comes_along(sealed, machine):
    machine.boot(b"a newer kernel")
    assert "no signature" in refusal(sealed)
    machine.sign(b"a newer kernel")
    assert sealed.command("slot", "list").stdout == "2 tpm-boot\n"
    # The old one is signed for still: what it was trusted with it may have again.
    machine.boot()
    machine.sign()
    assert sealed.command("slot", "list").returncode == 0


def test_every_phase_that_is_signed_opens(sealed, machine):
    extend(machine.chip, 11, b"shutdown")
    assert "no signature" in refusal(sealed)
    machine.sign(phases=(*PHASES, "shutdown"))
    assert sealed.command("slot", "list").returncode == 0


def test_another_state_of_secure_boot_is_refused(sealed, machine):
    extend(machine.chip, 7, b"another key in db")
    assert "PCR 7" in refusal(sealed)
    machine.boot(platform=b"Secure Boot is off")
    assert "PCR 7" in refusal(sealed)
    machine.boot()
    assert sealed.command("slot", "list").returncode == 0


def test_signatures_that_are_not_for_this_are_refused(sealed, machine):
    good = machine.signatures.read_text()
    machine.sign(signer=machine.make_key("stranger"))
    assert "no signature of key" in refusal(sealed)
    machine.sign(banks=("sha384", "sha1"))
    assert "no signature" in (said := refusal(sealed)) and "sha1, sha384" in said
    machine.sign(b"a kernel that was not booted")
    assert "no signature" in refusal(sealed)
    forged = json.loads(good)
    signature = forged["sha256"][0]["sig"]
    forged["sha256"][0]["sig"] = ("B" if signature[0] == "A" else "A") + signature[1:]
    machine.signatures.write_text(json.dumps(forged))
    assert "signature for PCR 11" in refusal(sealed)
    # A policy that somebody signed for another kernel, passed off as this one's.
    machine.sign(b"a kernel that was not booted")
    borrowed = json.loads(machine.signatures.read_text())
    borrowed["sha256"][0]["pol"] = json.loads(good)["sha256"][0]["pol"]
    machine.signatures.write_text(json.dumps(borrowed))
    assert "signature for PCR 11" in refusal(sealed)
    for text in ("", "{", "[]", '{"sha256": 1}', '{"sha256": [{}]}', '{"sha256": []}'):
        machine.signatures.write_text(text)
        refusal(sealed)
    machine.signatures.unlink()
    assert "tpm_pcr_signature" in refusal(sealed)
    machine.signatures.write_text(good)
    assert sealed.command("slot", "list").returncode == 0


def test_another_tpm_with_the_same_boot_is_refused(sealed, machine):
    machine.chip.stop()
    machine.chip = None
    os.rename(machine.folder / "chip", machine.folder / "first")
    machine.boot()
    assert "not of this TPM" in refusal(sealed)


def change_slot(broker, **members):
    with sqlite3.connect(broker.folder / "state" / "trust.db") as db:
        slot = json.loads(db.execute("SELECT parameters FROM slot WHERE id = 2").fetchone()[0])
        db.execute("UPDATE slot SET parameters = ? WHERE id = 2", (json.dumps({**slot, **members}),))


def test_a_slot_that_was_changed_is_refused(sealed, machine):
    # Whoever writes to the file names a signer of his own.
    machine.make_key("thief")
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", machine.folder / "thief.pem", "-outform", "DER"], check=True, capture_output=True).stdout
    machine.sign(signer="thief")
    change_slot(sealed, signer=base64.b64encode(der).decode())
    assert "the slot was changed" in refusal(sealed)


def test_a_bare_slot_is_refused(broker, machine):
    for missing in SECURE:
        machine.variables = {name: value for name, value in SECURE.items() if name != missing}
        assert "no measured boot" in machine.add(broker, "--without-pin").stderr
    for name, value in ((f"SecureBoot-{GLOBAL}", b"\0"), (f"SetupMode-{GLOBAL}", b"\1"), (f"StubPcrKernelImage-{LOADER}", "12\0".encode("utf-16-le"))):
        machine.variables = {**SECURE, name: value}
        assert "no measured boot" in machine.add(broker, "--without-pin").stderr
    machine.variables = SECURE
    bare = machine.command(broker, "slot", "add-tpm", "--without-pin")
    assert bare.returncode == 2 and "--measured-boot" in bare.stderr
    for unmeasured, pcr in (({"kernel": None}, 11), ({"platform": None}, 7)):
        machine.boot(**unmeasured)
        assert f"nothing was measured into PCR {pcr}" in machine.add(broker, "--without-pin").stderr
    assert broker.command("slot", "list").stdout == "1 passphrase\n"


def test_where_the_boot_is_not_measured_to_the_end_a_pin_is_asked_for_too(broker, machine):
    machine.variables = {}
    assert "tpm_pin_file" in machine.add(broker).stderr or "tpm-pin" in machine.add(broker).stderr
    (machine.folder / "pin").write_text(PIN + "\n")
    added = machine.add(broker)
    assert added.returncode == 0, added.stderr
    (broker.folder / "passphrase").unlink()
    broker.command("slot", "remove", "1")
    for pin, said in (("another pin", "PIN"), ("1234", "at least 6")):
        (machine.folder / "pin").write_text(pin)
        assert said in refusal(broker)
    (machine.folder / "pin").unlink()
    assert "PIN" in refusal(broker)
    (machine.folder / "pin").write_text(PIN)
    assert broker.command("slot", "list").stdout == "2 tpm-boot\n"
    extend(machine.chip, 7, b"another key in db")
    assert "PCR 7" in refusal(broker)


def test_the_pin_alone_does_not_get_the_object_out_of_the_tpm(broker, machine):
    (machine.folder / "pin").write_text(PIN)
    assert machine.add(broker).returncode == 0
    (broker.folder / "passphrase").unlink()
    change_slot(broker, kind="tpm")
    assert "the PIN does not open it" in refusal(broker)
