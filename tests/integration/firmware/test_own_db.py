# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The firmware of TDX guests with our own db boots the guest kernel it was made for and refuses every other, whose bytes differ by one bit.
It runs under emulation, where Secure Boot is the same as in a TD."""
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "host-image/firmware/tdx"))
sys.dont_write_bytecode = True
import enroll_kernel  # noqa: E402

GUEST = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
DEBIANS = pathlib.Path("/usr/share/ovmf/OVMF.inteltdx.ms.fd")
OWN = GUEST / "OVMF.inteltdx.fd"
GIVEN = "given.by=qemu"
DEADLINE = 300  # seconds, on a busy machine; a boot takes some ten


def tsc():
    """Calibrating it may hang under emulation: the guest is told."""
    found = re.search(r"cpu MHz\s*: (\d+)\.(\d{3})", pathlib.Path("/proc/cpuinfo").read_text())
    return f"tsc_early_khz={found[1]}{found[2]}" if found else ""


def boot(firmware, kernel, folder, deadline=DEADLINE):
    """What a kernel writes: the one that QEMU was given, with GIVEN on its command line. Where the firmware refuses that, it goes on to a disk with
    the right kernel and no command line. Both find no root and reset, so that QEMU ends by itself and a refusal is no hang."""
    disk = folder / "disk"
    (disk / "EFI/BOOT").mkdir(parents=True, exist_ok=True)
    shutil.copy(GUEST / "vmlinuz", disk / "EFI/BOOT/BOOTX64.EFI")
    done = subprocess.run(
        ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "q35,smm=off,vmport=off,hpet=off",
         "-accel", "tcg,tb-size=64", "-cpu", "max", "-m", "512M", "-bios", firmware, "-kernel", kernel, "-append",
         f"console=ttyS0 panic=-1 reboot=t no_timer_check {GIVEN} {tsc()}", "-serial", "stdio", "-drive", f"if=none,id=disk,format=raw,file=fat:rw:{disk}",
         "-device", "virtio-blk-pci,drive=disk"], stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline, check=False)
    return done.stdout.decode(errors="replace")


def changed(kernel, place, folder):
    data = bytearray(kernel.read_bytes())
    data[place] ^= 1
    out = folder / "changed"
    out.write_bytes(data)
    return out


def test_the_enrolled_kernel_boots(tmp_path):
    assert GIVEN in boot(OWN, GUEST / "vmlinuz", tmp_path)


def test_a_kernel_of_which_one_bit_differs_is_refused(tmp_path):
    kernel = GUEST / "vmlinuz"
    # In the compressed payload, far from all that the loader reads.
    written = boot(OWN, changed(kernel, kernel.stat().st_size // 2, tmp_path), tmp_path)
    assert "Linux version" in written and GIVEN not in written, written[:2000]


def test_debians_firmware_refuses_our_kernel(tmp_path):
    """From the disk as well, so nothing ends the machine but the deadline."""
    with pytest.raises(subprocess.TimeoutExpired) as ended:
        boot(DEBIANS, GUEST / "vmlinuz", tmp_path, deadline=60)
    assert b"Linux version" not in (ended.value.stdout or b"")


def variables(firmware):
    return {name.decode("utf-16-le").rstrip("\0"): data for _, name, data in enroll_kernel.read_variables(firmware)[3]}


def test_db_holds_the_kernels_hash_alone_and_the_rest_is_debians():
    before, after = variables(bytearray(DEBIANS.read_bytes())), variables(bytearray(OWN.read_bytes()))
    digest = enroll_kernel.authenticode_sha256((GUEST / "vmlinuz").read_bytes())
    assert after["db"].endswith(digest) and len(after["db"]) == 76
    assert {name: data for name, data in after.items() if name != "db"} == {name: data for name, data in before.items() if name != "db"}


def test_code_is_debians_to_the_last_byte_so_mrtd_is_as_well():
    size = struct.unpack_from("<Q", DEBIANS.read_bytes(), 32)[0]  # of the volume that the variables lie in
    assert DEBIANS.read_bytes()[size:] == OWN.read_bytes()[size:]
    assert hashlib.sha384(DEBIANS.read_bytes()).digest() != hashlib.sha384(OWN.read_bytes()).digest()


def test_what_cannot_be_enrolled_is_refused_in_words(tmp_path):
    script = ROOT / "host-image/firmware/tdx/enroll_kernel.py"
    for firmware, kernel, words in ((DEBIANS, "/bin/true", "no PE image"), ("/usr/share/ovmf/OVMF.amdsev.fd", GUEST / "vmlinuz", "no Secure Boot"),
                                    ("/bin/true", GUEST / "vmlinuz", "no store of authenticated variables")):
        done = subprocess.run([script, firmware, kernel, tmp_path / "out"], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()
