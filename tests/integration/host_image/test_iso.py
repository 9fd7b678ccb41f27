# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The medium of a small image: the same inputs give the same bytes, whenever and wherever it is made."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECURE_BOOT = ROOT / "host-image/secure_boot"
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
BOOT_LOADER = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What make_iso.py is given: an image whose kernel has an initrd and modules behind it, keys, a program."""
    folder = tmp_path_factory.mktemp("iso")
    image, keys, program = folder / "image", folder / "keys", folder / "redoubt-install"
    subprocess.run([SECURE_BOOT / "make_keys.sh", keys], check=True)
    (image / "parts").mkdir(parents=True)
    (image / "payload").mkdir()
    for name in ("initrd", "installer"):
        (image / f"parts/{name}.cpio.zst").write_bytes(name.encode() * 1000)
    for name in ("linux", "modules"):
        (folder / name).write_bytes(name.encode() * 1000)
    unsigned = folder / "kernel.efi"
    subprocess.run(["ukify", "build", f"--stub={STUB}", f"--linux={folder / 'linux'}", "--os-release=ID=redoubt", "--uname=6.12", "--cmdline=quiet",
                    f"--initrd={image / 'parts/initrd.cpio.zst'}", f"--initrd={folder / 'modules'}", f"--output={unsigned}"], check=True, capture_output=True)
    for source, name in ((unsigned, "redoubt.efi"), (BOOT_LOADER, "systemd-bootx64.efi")):
        subprocess.run([SECURE_BOOT / "sign_image.py", keys, source, image / "payload" / name], check=True)
    subprocess.run([SECURE_BOOT / "make_variables.py", keys, image / "payload"], check=True)
    for name in ("packages.txt", "sbom.spdx.json", "pcrs.json"):
        (image / name).write_text(name)
    program.write_text("a program")
    program.chmod(0o755)
    return image, keys, program


def medium(made, out, epoch=1700000000, zone="UTC"):
    subprocess.run([ROOT / "installer/iso/make_iso.py", *made, out], check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), "TZ": zone})
    return out.read_bytes()


def test_the_same_inputs_give_the_same_bytes_at_another_time_and_place(made, tmp_path):
    first = medium(made, tmp_path / "1")
    for path in made[0].rglob("*"):
        os.utime(path, (1, 1))
    assert first == medium(made, tmp_path / "2", zone="Asia/Tokyo")


def test_another_program_gives_other_bytes(made, tmp_path):
    first = medium(made, tmp_path / "1")
    made[2].write_text("another program")
    assert first != medium(made, tmp_path / "2")
