# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Keys of an image: made once, and what is signed with them is the same bytes each time."""
import os
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECURE_BOOT = ROOT / "host-image/secure_boot"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    subprocess.run([SECURE_BOOT / "make_keys.sh", folder], check=True)
    return folder


def variables(keys, out):
    subprocess.run([SECURE_BOOT / "make_variables.py", keys, out], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def test_keys_that_are_there_are_kept(keys):
    before = {path.name: path.read_bytes() for path in keys.iterdir()}
    subprocess.run([SECURE_BOOT / "make_keys.sh", keys], check=True)
    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before


def test_private_keys_are_for_their_owner_alone(keys):
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.glob("*.key"))


def test_the_same_keys_give_the_same_variables(keys, tmp_path):
    first = variables(keys, tmp_path / "1")
    assert first == variables(keys, tmp_path / "2") and sorted(first) == ["KEK.auth", "PK.auth", "db.auth"]


@pytest.mark.parametrize("name, signer", [("PK", "PK"), ("KEK", "PK"), ("db", "KEK")])
def test_a_variable_is_signed_by_whom_the_firmware_asks(keys, tmp_path, name, signer):
    update = variables(keys, tmp_path)[f"{name}.auth"]
    stamp, (length, revision, kind) = update[:16], struct.unpack_from("<IHH", update, 16)
    assert (revision, kind) == (0x0200, 0x0EF1) and stamp[:2] == struct.pack("<H", 2023)
    data = update[16 + length:]
    vendor = {"db": bytes.fromhex("cbb219d73a3d9645a3bcdad00e67656f")}.get(name, bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c"))
    (tmp_path / "signature").write_bytes(update[40:16 + length])
    (tmp_path / "content").write_bytes(name.encode("utf-16-le") + vendor + struct.pack("<I", 0x27) + stamp + data)
    done = subprocess.run(["openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "signature", "-content", tmp_path / "content", "-CAfile",
                           keys / f"{signer}.crt", "-purpose", "any", "-out", os.devnull], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    der = subprocess.run(["openssl", "x509", "-in", keys / f"{name}.crt", "-outform", "DER"], check=True, capture_output=True).stdout
    assert data.endswith(der)
