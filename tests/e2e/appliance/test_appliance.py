# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The box from its medium on: the ISO installs itself on an empty disk, the disk boots under Secure Boot, makes its state and opens it again by the TPM
alone; and does not with another kernel, without Secure Boot, with words or credentials from outside, or with another's disk.
Everything is seen from outside, on the serial line: the box has no login."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "common/sdk"))
sys.dont_write_bytecode = True
from emulated_machine import Machine  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("REDOUBT_IMAGE"), reason="needs a host image: REDOUBT_IMAGE (./sdk test --full appliance makes one)")
IMAGE = pathlib.Path(os.environ.get("REDOUBT_IMAGE", "/nowhere"))
KEYS = pathlib.Path(os.environ.get("REDOUBT_IMAGE_KEYS", IMAGE.parent / "image-keys"))
ISO = IMAGE.parent / "redoubt.iso"
GIBI = 1 << 30
BOOT = 600  # seconds, on a busy machine
ANSWERS = 'answers = 1\n[disk]\nwhere = "only"\n[system]\nname = "box"\n'
STATUS = r"redoubt-status: version=\S+ id=(\S+) healthy=yes system=running node=active addresses=(\S+)"
SEALED = "this node cannot start"


def empty_disk(path, size=10 * GIBI):
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def answered(folder, text):
    """The answers as QEMU's firmware device offers them."""
    path = folder / "answers.toml"
    path.write_text(text)
    return ["-fw_cfg", f"name=opt/io.systemd.credentials/redoubt.answers,file={path}"]


def install(folder, disk, text=ANSWERS):
    """What the installer says at last, and the machine it ran on."""
    machine = Machine(folder)
    with machine:
        machine.start(disks=[disk], medium=ISO, extra=answered(folder, text))
        return machine.wait_for(r"redoubt-install: (installed .*read it back|refused: [^\r\n]*)", BOOT)[1], machine


def booted(machine, disks, extra=(), pattern=STATUS):
    since = len(machine.serial)
    with machine:
        machine.start(disks=disks, extra=extra)
        return machine.wait_for(pattern, BOOT, since)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    """A machine on which the ISO has installed itself and that has booted once: its folder, disk and what it said."""
    folder = tmp_path_factory.mktemp("box")
    disk = empty_disk(folder / "disk.raw")
    said, machine = install(folder, disk)
    assert said.startswith("installed"), said
    return machine, disk, booted(machine, [disk])


def copy_of(box, folder):
    """Another machine in the same condition: firmware, TPM, disk."""
    machine, disk, _ = box
    for name in ("variables.fd", "tpm"):
        source = machine.folder / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    subprocess.run(["cp", "--sparse=always", disk, folder / "disk.raw"], check=True)
    return Machine(folder), folder / "disk.raw"


def test_the_iso_installs_itself_and_the_box_is_healthy(box):
    _, _, status = box
    assert status[1] != "none" and "10.0.2." in status[2]


def test_the_state_is_opened_again_without_a_prompt(box):
    machine, disk, first = box
    since = len(machine.serial)
    again = booted(machine, [disk])
    assert again[1] == first[1], "the state is another one"
    assert not re.search(r"(?i)passphrase|recovery key:|login:", machine.serial[since:])


def test_the_screen_nags_until_the_recovery_key_is_fetched(box):
    assert "recovery-key=waits" in box[0].serial


@pytest.mark.parametrize("words", [
    pytest.param("type=11,value=io.systemd.stub.kernel-cmdline-extra=quiet", id="a word for the command line"),
])
def test_the_state_stays_sealed_with(box, tmp_path, words):
    machine, disk = copy_of(box, tmp_path)
    booted(machine, [disk], extra=["-smbios", words], pattern=SEALED)


def test_a_credential_from_outside_changes_nothing(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    unit = "[Service]\\nExecStart=/bin/echo from-outside\\n"
    booted(machine, [disk], extra=["-smbios", f"type=11,value=io.systemd.credential:systemd.extra-unit.outside.service={unit}"])
    assert "from-outside" not in machine.serial


def test_the_state_of_another_box_is_refused(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    shutil.rmtree(machine.tpm_state)
    other = Machine(tmp_path)
    booted(other, [disk], pattern=SEALED)


def test_the_state_stays_sealed_without_secure_boot(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    (tmp_path / "variables.fd").unlink()
    # In setup mode the boot loader would enrol our keys again: without them on the disk it goes on as it is.
    offset = boot_offset(disk)
    for name in ("PK", "KEK", "db"):
        subprocess.run(["mdel", "-i", f"{disk}@@{offset}", f"::/loader/keys/auto/{name}.auth"], check=True)
    booted(Machine(tmp_path), [disk], pattern=SEALED)


def boot_offset(disk):
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], check=True, capture_output=True).stdout)["partitiontable"]
    return table["partitions"][0]["start"] * table["sectorsize"]


def test_a_kernel_that_is_not_signed_by_us_does_not_boot(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    kernel = tmp_path / "kernel"
    shutil.copy(IMAGE / "payload/redoubt.efi", kernel)
    subprocess.run(["sbattach", "--remove", kernel], check=True)
    offset = boot_offset(disk)
    listed = subprocess.run(["mdir", "-b", "-i", f"{disk}@@{offset}", "::/EFI/Linux"], check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["mcopy", "-o", "-i", f"{disk}@@{offset}", kernel, listed[0]], check=True)
    booted(machine, [disk], pattern="(?i)security violation|access denied")


def test_nothing_of_the_trust_site_and_of_the_simulator_is_in_the_image(tmp_path):
    packages = (IMAGE / "packages.txt").read_text()
    assert "redoubt-node " in packages and not re.search("redoubt-(kbs|simtee)", packages)
    usr = tmp_path / "usr"
    subprocess.run(["fsck.erofs", f"--extract={usr}", IMAGE / "payload/usr.raw"], capture_output=True, check=True)
    assert (usr / "sbin/redoubtd").exists()
    assert not [path for path in usr.rglob("*") if re.search("redoubt-kbs|simtee|simulation", path.name)]
    # Whose evidence is a simulation's ends at a certificate with this in its subject.
    marked = subprocess.run(["grep", "--recursive", "--files-with-matches", "--include=*.pem", "--include=*.crt", "--include=*.der", "-i", "simulation", usr],
                            capture_output=True, text=True, check=False)
    assert marked.stdout == ""


REFUSALS = [
    pytest.param(10 * GIBI, ANSWERS.replace("only", "no-such-serial"), "no disk is 'no-such-serial'", id="a disk that is not there"),
    pytest.param(4 * GIBI, ANSWERS, "MiB are needed", id="a disk that is too small"),
    pytest.param(10 * GIBI, ANSWERS + '[administrator]\ncertificate = "no"\n', "not a certificate", id="a certificate that is none"),
]


@pytest.mark.parametrize("size, answers, words", REFUSALS)
def test_the_installer_refuses(tmp_path, size, answers, words):
    said, _ = install(tmp_path, empty_disk(tmp_path / "disk.raw", size), answers)
    assert said.startswith("refused") and words in said, said


def test_the_installer_refuses_a_disk_with_something_on_it(tmp_path):
    disk = empty_disk(tmp_path / "disk.raw")
    with open(disk, "r+b") as file:
        file.write(b"somebody's data")
    said, _ = install(tmp_path, disk)
    assert "not empty" in said, said
