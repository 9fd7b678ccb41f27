# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubt-install against systemd-repart and mtools: a small payload becomes a disk, and one that is not what its manifest says becomes nothing."""
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = pathlib.Path(os.environ.get("REDOUBT_BUILD_DIR", ROOT / "build/dev")) / "bin/redoubt-install"
SECURE_BOOT = ROOT / "host-image/secure_boot"
HASH = hashlib.sha256(b"root").hexdigest()
PARTS = {"usr": "usr.raw", "usr-verity": "usr-verity.raw", "usr-verity-sig": "usr-verity-sig.raw", "kernel": "redoubt.efi",
         "boot-loader": "systemd-bootx64.efi", "secure-boot-pk": "PK.auth", "secure-boot-kek": "KEK.auth", "secure-boot-db": "db.auth"}
ANSWERS = 'answers = 1\n[disk]\nwhere = "only"\n'


class Payload:
    def __init__(self, folder):
        self.folder, self.keys = folder / "payload", folder / "keys"
        self.folder.mkdir(parents=True)
        subprocess.run([SECURE_BOOT / "make_keys.sh", self.keys], check=True)
        for part, name in PARTS.items():
            (self.folder / name).write_bytes(hashlib.sha256(part.encode()).digest() * (512 if part == "usr-verity-sig" else 32768))
        self.sign()

    def sign(self):
        files = [{"part": part, "name": name, "bytes": (self.folder / name).stat().st_size,
                  "sha256": hashlib.sha256((self.folder / name).read_bytes()).hexdigest()} for part, name in PARTS.items()]
        (self.folder / "manifest.json").write_text(json.dumps({"redoubt-payload": 1, "version": "0.1.0", "usr-hash": HASH, "files": files}))
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.keys / "manifest.key", "-in", self.folder / "manifest.json", "-out",
                        self.folder / "manifest.sig"], check=True)

    def install(self, folder, answers=ANSWERS):
        (folder / "answers.toml").write_text(answers)
        return subprocess.run([PROGRAM, "--payload", self.folder, "--key", self.keys / "manifest.pub", "--answers", folder / "answers.toml",
                               "--image", folder / "disk", "--size", "12G"], capture_output=True, text=True, timeout=250, check=False)


@pytest.fixture
def payload(tmp_path):
    return Payload(tmp_path)


def partitions(disk):
    return json.loads(subprocess.run(["sfdisk", "--json", disk], check=True, capture_output=True).stdout)["partitiontable"]["partitions"]


def test_a_payload_becomes_a_disk_with_both_slots(payload, tmp_path):
    done = payload.install(tmp_path)
    assert done.returncode == 0 and "read it back" in done.stdout, done.stderr
    found = partitions(tmp_path / "disk")
    assert [part.get("name", "").split("_")[-1] for part in found].count("empty") == 3
    usr = next(part for part in found if part["uuid"].replace("-", "").lower() == HASH[:32])
    with open(tmp_path / "disk", "rb") as disk:
        disk.seek(usr["start"] * 512)
        assert disk.read(1 << 20) == (payload.folder / "usr.raw").read_bytes()
        seed = next(part for part in found if part["name"] == "redoubt-seed")
        disk.seek(seed["start"] * 512)
        assert disk.read(len(ANSWERS)) == ANSWERS.encode()
    boot = f"{tmp_path / 'disk'}@@{found[0]['start'] * 512}"
    listed = subprocess.run(["mdir", "-/", "-b", "-i", boot, "::/"], check=True, capture_output=True, text=True).stdout
    assert "::/EFI/Linux/redoubt_0.1.0.efi" in listed and "::/loader/keys/auto/PK.auth" in listed


def refused(payload, tmp_path, words, **options):
    done = payload.install(tmp_path, **options)
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert not (tmp_path / "disk").exists()


def test_a_file_with_another_byte_is_refused_before_anything_is_written(payload, tmp_path):
    usr = payload.folder / "usr.raw"
    usr.write_bytes(b"x" + usr.read_bytes()[1:])
    refused(payload, tmp_path, "usr.raw is not what the manifest says")


def test_a_manifest_that_another_has_signed_is_refused(payload, tmp_path):
    other = Payload(tmp_path / "other")
    (payload.folder / "manifest.sig").write_bytes((other.folder / "manifest.sig").read_bytes())
    refused(payload, tmp_path, "manifest's signature")


def test_a_file_that_is_not_there_is_named(payload, tmp_path):
    (payload.folder / "db.auth").unlink()
    refused(payload, tmp_path, "db.auth")


def test_answers_that_are_none_are_refused(payload, tmp_path):
    refused(payload, tmp_path, "answers.toml: disk.where", answers="answers = 1\n")
