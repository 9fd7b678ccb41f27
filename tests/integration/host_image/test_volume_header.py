# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Which headers the disk of volumes is opened by. That of cryptsetup itself is changed here as somebody with the disk in hand would: its sums are right."""
import hashlib
import os
import pathlib
import subprocess

import pytest

CHECK = pathlib.Path(__file__).resolve().parents[3] / "host-image/volumes/check-header"
MEBI, SIZE, SUM = 1 << 20, 16384, slice(448, 512)  # LUKS2 on-disk format 1.1.4, section 2.1: each of both binary headers, with its text
OURS = "aes-xts-plain64"


def luks(command, file, *options):
    return subprocess.run(["cryptsetup", command, "-q", *options, str(file)], check=True, capture_output=True, input=os.urandom(64), timeout=60)


@pytest.fixture
def disk(tmp_path):
    file = tmp_path / "disk"
    file.write_bytes(b"")
    os.truncate(file, 32 * MEBI)
    luks("luksFormat", file, "--type", "luks2", "--cipher", OURS, "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file", "-")
    return file


def change(disk, old, new, which=0):
    """The text's occurrence `which` of a value, in both headers; `new` is as long."""
    assert len(old) == len(new)
    for at in (0, SIZE):
        with open(disk, "r+b") as file:
            file.seek(at)
            header = bytearray(file.read(SIZE))
            places = [place for place in range(SIZE) if header.startswith(old.encode(), place)]
            header[places[which]:places[which] + len(old)] = new.encode()
            header[SUM] = bytes(64)
            header[SUM] = hashlib.sha256(header).digest().ljust(64, b"\0")
            file.seek(at)
            file.write(header)


def check(disk):
    copy = disk.with_suffix(".header")
    luks("luksHeaderBackup", disk, "--header-backup-file", str(copy))
    return subprocess.run([CHECK, copy], capture_output=True, text=True, timeout=60, check=False)


def test_takes_a_header_as_it_is_made(disk):
    done = check(disk)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("which", [0, 1], ids=["the keyslot", "the data"])
def test_refuses_the_cipher_that_does_nothing(disk, which):
    change(disk, OURS, "cipher_null-ecb", which)
    done = check(disk)
    assert done.returncode == 1 and "its ciphers are 'aes-xts-plain64 cipher_null-ecb', not aes-xts-plain64 alone" in done.stderr, done


def test_refuses_what_it_does_not_know(disk):
    change(disk, '"pbkdf2"', '"argon2"')
    assert check(disk).returncode != 0


def test_refuses_a_file_that_is_no_header(tmp_path):
    (tmp_path / "file").write_bytes(bytes(MEBI))
    done = subprocess.run([CHECK, tmp_path / "file"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "not a valid LUKS" in done.stderr, done
