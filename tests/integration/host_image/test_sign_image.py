# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Signatures of what boots: good ones, and the same bytes each time."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECURE_BOOT = ROOT / "host-image/secure_boot"
PROGRAM = pathlib.Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")


def new_keys(folder):
    subprocess.run([SECURE_BOOT / "make_keys.sh", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return new_keys(tmp_path_factory.mktemp("keys"))


def sign(keys, source, out):
    return subprocess.run([SECURE_BOOT / "sign_image.py", keys, source, out], capture_output=True, text=True, check=False)


def signed(keys, source, out):
    done = sign(keys, source, out)
    assert done.returncode == 0, done.stderr
    return out.read_bytes()


def is_good(keys, program):
    return subprocess.run(["sbverify", "--cert", keys / "db.crt", program], capture_output=True, check=False).returncode == 0


def by_another_tool(keys, out):
    subprocess.run(["sbsign", "--key", keys / "db.key", "--cert", keys / "db.crt", "--output", out, PROGRAM], check=True, capture_output=True)
    return out


def test_a_signature_is_good_for_its_key_and_no_other(keys, tmp_path):
    signed(keys, PROGRAM, tmp_path / "program")
    assert is_good(keys, tmp_path / "program") and not is_good(new_keys(tmp_path / "others"), tmp_path / "program")


def test_a_changed_byte_is_seen(keys, tmp_path):
    data = bytearray(signed(keys, PROGRAM, tmp_path / "program"))
    data[len(PROGRAM.read_bytes()) // 2] ^= 1
    (tmp_path / "program").write_bytes(data)
    assert not is_good(keys, tmp_path / "program")


def test_the_same_program_and_key_give_the_same_bytes(keys, tmp_path):
    first = signed(keys, PROGRAM, tmp_path / "1")
    assert first == signed(keys, PROGRAM, tmp_path / "2")
    assert first == signed(keys, by_another_tool(keys, tmp_path / "other"), tmp_path / "3"), "what another tool has signed, with a time"
    assert first == signed(keys, tmp_path / "1", tmp_path / "1"), "again, in its place"


def test_what_was_changed_after_it_was_signed_is_not_signed_again(keys, tmp_path):
    program = by_another_tool(keys, tmp_path / "program")
    data = bytearray(program.read_bytes())
    data[len(PROGRAM.read_bytes()) // 2] ^= 1
    program.write_bytes(data)
    done = sign(keys, program, tmp_path / "out")
    assert done.returncode != 0 and "other bytes" in done.stderr and not (tmp_path / "out").exists()


@pytest.mark.parametrize("data", [b"", b"MZ", b"MZ" + bytes(0x3A) + b"\xff\xff\xff\xff", os.urandom(512)], ids=["nothing", "two bytes", "a header nowhere", "anything"])
def test_what_is_no_program_is_refused(keys, tmp_path, data):
    (tmp_path / "in").write_bytes(data)
    done = sign(keys, tmp_path / "in", tmp_path / "out")
    assert done.returncode != 0 and "not a program" in done.stderr
