#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Writes guest-manifest.json for a folder that holds vmlinuz, initramfs.cpio and initramfs-confidential.cpio. Format: docs/formats/guest-manifest.md.

usage: make_manifest.py FOLDER --config KERNEL_CONFIG --source "PACKAGE VERSION" --agent VERSION
"""

import argparse
import hashlib
import json
import pathlib

FORMAT_VERSION = 1
# The contract by which layers became disks (DESIGN 4.5); a guest mounts no other.
CONVERSION_CONTRACT = "redoubt-erofs-1"


def digest(path):
    return hashlib.sha384(path.read_bytes()).hexdigest()


def file_facts(path):
    return {"file": path.name, "sha384": digest(path), "size": path.stat().st_size}


def manifest(folder, config, source, agent):
    package, version = source.split()
    kernel = file_facts(folder / "vmlinuz")
    kernel |= {"config_sha384": digest(config), "source": {"package": package, "version": version}}
    return {
        "agent": {"version": agent},
        "confidential_initramfs": file_facts(folder / "initramfs-confidential.cpio"),
        "conversion": CONVERSION_CONTRACT,
        "initramfs": file_facts(folder / "initramfs.cpio"),
        "kernel": kernel,
        "version": FORMAT_VERSION,
    }


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--config", type=pathlib.Path, required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--agent", required=True)
    chosen = parser.parse_args()
    facts = manifest(chosen.folder, chosen.config, chosen.source, chosen.agent)
    # Sorted keys, no spaces, one final newline: the same facts give the same bytes, so the file itself can be signed.
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True) + "\n"
    (chosen.folder / "guest-manifest.json").write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
