#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""make_payload.py IMAGE KEYS LOCK OWN_PACKAGES: makes of what mkosi has left in IMAGE the payload that is installed, signed (docs/formats/appliance-manifest.md),
and beside it what its users want to know: packages.txt, sbom.spdx.json, pcrs.json. The same inputs give the same bytes: what is
signed for Secure Boot is signed here, without the time of it."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pefile

IMAGE, KEYS, LOCK, OWN = map(pathlib.Path, sys.argv[1:5])
RECIPE = pathlib.Path(__file__).resolve().parent
PAYLOAD = IMAGE / "payload"
BOOT_LOADER = pathlib.Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")
# The parts of a kernel image that its stub measures into PCR 11, in the order of systemd-stub(7).
SECTIONS = ["linux", "osrel", "cmdline", "initrd", "ucode", "splash", "dtb", "uname", "sbat", "pcrpkey", "profile"]
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True).stdout


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sections(kernel):
    """The parts that are there, each as a file, exactly as long as it is measured."""
    folder = IMAGE / "sections"
    folder.mkdir()
    found = {}
    with pefile.PE(str(kernel), fast_load=True) as image:
        for part in image.sections:
            name = part.Name.rstrip(b"\0").decode().removeprefix(".")
            if name in SECTIONS:
                found[name] = folder / name
                found[name].write_bytes(part.get_data(length=part.Misc_VirtualSize))
    return folder, found


def usr_hash(found):
    words = found["cmdline"].read_bytes().rstrip(b"\0").decode().split()
    return next(word.removeprefix("usrhash=") for word in words if word.startswith("usrhash="))


def make_files():
    """part -> file name, each put into the payload."""
    PAYLOAD.mkdir()
    files = {"usr": "usr.raw", "usr-verity": "usr-verity.raw", "usr-verity-sig": "usr-verity-sig.raw", "kernel": "redoubt.efi"}
    for name in files.values():
        shutil.move(IMAGE / (name if name == "redoubt.efi" else f"redoubt.{name}"), PAYLOAD / name)
    files["boot-loader"] = "systemd-bootx64.efi"
    secure_boot = RECIPE.parent / "secure_boot"
    run(secure_boot / "sign_image.py", KEYS, BOOT_LOADER, PAYLOAD / files["boot-loader"])
    run(secure_boot / "sign_image.py", KEYS, PAYLOAD / files["kernel"], PAYLOAD / files["kernel"])
    run(secure_boot / "make_variables.py", KEYS, PAYLOAD)
    return files | {"secure-boot-pk": "PK.auth", "secure-boot-kek": "KEK.auth", "secure-boot-db": "db.auth"}


def write_manifest(version, root_hash, files):
    described = [{"part": part, "name": name, "bytes": (PAYLOAD / name).stat().st_size, "sha256": sha256(PAYLOAD / name)} for part, name in files.items()]
    text = json.dumps({"redoubt-payload": 1, "version": version, "usr-hash": root_hash, "files": described}, indent=1)
    (PAYLOAD / "manifest.json").write_text(text)
    run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", KEYS / "manifest.key", "-in", PAYLOAD / "manifest.json", "-out", PAYLOAD / "manifest.sig")


def write_pcrs(found):
    """What PCR 11 holds when the initrd begins, and in the phases after it."""
    options = [f"--{name}={path}" for name, path in found.items()]
    said = json.loads(run("/usr/lib/systemd/systemd-measure", "calculate", "--bank=sha256", "--json=short", *options))
    pcrs = [{"pcr": entry["pcr"], "phase": entry.get("phase", ""), "sha256": entry["hash"]} for entry in said["sha256"]]
    (IMAGE / "pcrs.json").write_text(json.dumps({"redoubt-pcrs": 1, "measurements": pcrs}, indent=1) + "\n")


def installed_packages():
    """name, version, architecture, SHA-256 of each package: those that mkosi lists, hashes by the lock; and our own."""
    hashes = {(name, version): digest for name, version, _, digest in
              (line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#"))}
    listed = json.loads((IMAGE / "redoubt.manifest").read_text())["packages"]
    packages = [(p["name"], p["version"], p["architecture"], hashes[p["name"], p["version"]]) for p in listed]
    for deb in sorted(OWN.glob("redoubt-*.deb")):
        name, version, arch = deb.stem.split("_")
        if name in ("redoubt-node", "redoubt-guest", "redoubt-cli", "redoubt-host"):
            packages.append((name, version, arch, sha256(deb)))
    return sorted(packages)


def write_packages(version, packages):
    (IMAGE / "packages.txt").write_text("".join(f"{name} {version} {arch} {digest}\n" for name, version, arch, digest in packages))
    described = [{"SPDXID": f"SPDXRef-Package-{number}", "name": name, "versionInfo": number_of, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                  "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
                  "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                    "referenceLocator": f"pkg:deb/{'redoubt' if name.startswith('redoubt-') else 'debian'}/{name}@{number_of}?arch={arch}"}]}
                 for number, (name, number_of, arch, digest) in enumerate(packages)]
    document = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"redoubt-{version}",
                "documentNamespace": f"urn:redoubt:image:{version}:{sha256(IMAGE / 'packages.txt')}",
                "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH)), "creators": ["Organization: The Redoubt authors"]},
                "packages": described,
                "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": p["SPDXID"]} for p in described]}
    (IMAGE / "sbom.spdx.json").write_text(json.dumps(document, indent=1) + "\n")


def main():
    version = sys.argv[5]
    folder, found = sections(IMAGE / "redoubt.efi")
    root_hash = usr_hash(found)
    write_pcrs(found)
    write_packages(version, installed_packages())
    write_manifest(version, root_hash, make_files())
    shutil.rmtree(folder)
    (IMAGE / "parts").mkdir()
    for name in ("initrd.cpio.zst", "installer.cpio.zst"):
        (IMAGE / name).rename(IMAGE / "parts" / name)
    for left in IMAGE.iterdir():
        if left.is_symlink() or left.name.startswith("redoubt"):
            left.unlink()


main()
