#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""make_iso.py IMAGE KEYS INSTALLER OUT: the installation medium, for discs and USB sticks of machines with UEFI. Its boot partition has systemd-boot, the keys to
enrol and one kernel whose initrd is the installer; its tree has the payload as plain files."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pefile

IMAGE, KEYS, INSTALLER, OUT = map(pathlib.Path, sys.argv[1:5])
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
SIGN = pathlib.Path(__file__).resolve().parents[2] / "host-image/secure_boot/sign_image.py"
LABEL = "REDOUBT_INSTALL"
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
# What comes from outside as a credential is read here, and only here: answers of an unattended installation.
COMMAND_LINE = "rd.systemd.unit=redoubt-install.target systemd.gpt_auto=no systemd.getty_auto=no lockdown=integrity panic=30 loglevel=4 console=tty0 console=ttyS0,115200"
SETTINGS = "timeout 0\neditor no\nauto-entries no\nauto-firmware no\nsecure-boot-enroll force\n"
MEBI = 1 << 20


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, **options).stdout


def section(kernel, name, out):
    with pefile.PE(str(kernel), fast_load=True) as image:
        part = next(part for part in image.sections if part.Name.rstrip(b"\0").decode() == f".{name}")
        out.write_bytes(part.get_data(length=part.Misc_VirtualSize))
    return out


def kernel_modules(work, kernel):
    """The modules' archive is what follows the initrd in the kernel's own."""
    whole = section(kernel, "initrd", work / "whole").read_bytes()
    initrd = (IMAGE / "parts/initrd.cpio.zst").read_bytes()
    begin = whole.find(initrd)
    if begin < 0:
        sys.exit("make_iso: the kernel's initrd is not the one beside it")
    out = work / "modules.cpio"
    out.write_bytes(whole[begin + len(initrd):].lstrip(b"\0"))
    return out


def own_archive(work):
    """redoubt-install and the key it believes, for the installer's system."""
    tree = work / "own"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "etc/redoubt-install").mkdir(parents=True)
    shutil.copy(INSTALLER, tree / "usr/bin/redoubt-install")
    shutil.copy(KEYS / "manifest.pub", tree / "etc/redoubt-install/manifest.pub")
    (tree / "etc/redoubt-install/manifest.pub").chmod(0o644)
    names = sorted(path.relative_to(tree) for path in tree.rglob("*"))
    for name in names:
        os.utime(tree / name, (EPOCH, EPOCH))
    listed = "".join(f"{name}\n" for name in names).encode()
    out = work / "own.cpio"
    out.write_bytes(run("cpio", "--quiet", "--create", "--format=newc", "--reproducible", "--owner=0:0", cwd=tree, input=listed, stderr=subprocess.DEVNULL))
    return out


def make_kernel(work):
    kernel = IMAGE / "payload/redoubt.efi"
    out = work / "installer.efi"
    parts = {name: section(kernel, name, work / name) for name in ("linux", "osrel", "uname")}
    run("ukify", "build", "--stub", STUB, "--linux", parts["linux"], "--os-release", f"@{parts['osrel']}", "--uname", parts["uname"].read_text().strip("\0\n"),
        "--initrd", IMAGE / "parts/installer.cpio.zst", "--initrd", kernel_modules(work, kernel), "--initrd", own_archive(work), "--cmdline", COMMAND_LINE,
        "--output", out)
    run(SIGN, KEYS, out, out)
    return out


def make_boot_partition(work, kernel):
    """A FAT file system as big as what is in it."""
    payload = IMAGE / "payload"
    (work / "loader.conf").write_text(SETTINGS)
    files = {"EFI/BOOT/BOOTX64.EFI": payload / "systemd-bootx64.efi", "EFI/Linux/redoubt-installer.efi": kernel, "loader/loader.conf": work / "loader.conf",
             **{f"loader/keys/auto/{name}.auth": payload / f"{name}.auth" for name in ("PK", "KEK", "db")}}
    image = work / "boot.img"
    size = sum(path.stat().st_size for path in files.values()) // MEBI + 8
    with open(image, "wb") as file:
        file.truncate(size * MEBI)
    run("mkfs.vfat", "-F", "32", "-i", "52454442", "-n", "REDOUBTBOOT", "--invariant", image)
    for folder in ("EFI", "EFI/BOOT", "EFI/Linux", "loader", "loader/keys", "loader/keys/auto"):
        run("mmd", "-i", image, f"::/{folder}")
    for name, path in files.items():
        run("mcopy", "-i", image, path, f"::/{name}")
    return image


def make_medium(work, boot):
    tree = work / "tree"
    shutil.copytree(IMAGE / "payload", tree / "redoubt")
    for name in ("packages.txt", "sbom.spdx.json", "pcrs.json"):
        shutil.copy(IMAGE / name, tree / name)
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (EPOCH, EPOCH))  # the other times of a file become this one
    stamp = time.strftime("%Y%m%d%H%M%S00", time.gmtime(EPOCH))
    run("xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "3", "-r", "-V", LABEL, f"--modification-date={stamp}", "--set_all_file_dates", "set_to_mtime",
        "-append_partition", "2", "0xef", boot, "-appended_part_as_gpt", "-partition_offset", "16", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
        "-o", OUT, tree, stderr=subprocess.DEVNULL)


def main():
    os.environ["TZ"] = "UTC"  # FAT has local time
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        work = pathlib.Path(folder)
        OUT.unlink(missing_ok=True)
        make_medium(work, make_boot_partition(work, make_kernel(work)))
    print(f"{OUT} {OUT.stat().st_size // MEBI} MiB")


main()
