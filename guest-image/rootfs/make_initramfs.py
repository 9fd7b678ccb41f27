#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Writes the guest's initramfs: /init, empty mount points, /dev/console and nothing else.

usage: make_initramfs.py AGENT OUT
AGENT is a static redoubt-agent; OUT the newc archive, not compressed: every boot would pay for that (ADR 0004). The bytes depend on AGENT's content
alone: owner, times, inode numbers, order and modes are constants.
"""

import pathlib
import sys

DIRECTORY, CHARACTER, REGULAR = 0o040000, 0o020000, 0o100000
# What PID 1 mounts or writes before anything else exists. /run and /tmp become tmpfs, so their modes are the tmpfs's.
MOUNT_POINTS = ["dev", "etc", "proc", "run", "sys", "tmp"]
# What has to be measured and unpacked at every boot: 13.4 MiB with the policy engine, TLS and key release in the agent, 4.0 without.
LARGEST = 16 * 1024 * 1024


def entry(inode, name, mode, data=b"", device=(0, 0)):
    """One newc record (cpio(5), "New ASCII Format"): 110 bytes of hexadecimal header, name, data, each padded to 4."""
    encoded = name.encode() + b"\0"
    links = 2 if mode & DIRECTORY == DIRECTORY and mode & REGULAR != REGULAR else 1
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)
    return pad(header + encoded) + pad(data)


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def archive(agent):
    records = [(name, DIRECTORY | 0o755, b"", (0, 0)) for name in MOUNT_POINTS]
    # The kernel opens /dev/console for PID 1 before PID 1 can mount devtmpfs.
    records.append(("dev/console", CHARACTER | 0o600, b"", (5, 1)))
    records.append(("init", REGULAR | 0o755, agent, (0, 0)))
    body = b"".join(entry(number, *record) for number, record in enumerate(records, start=1))
    whole = body + entry(0, "TRAILER!!!", 0)
    return whole + b"\0" * (-len(whole) % 512)


def refuse_dynamic(agent, path):
    """A dynamic /init would panic the guest without a word: PT_INTERP (3) is looked for in the ELF64 program headers."""
    if agent[:5] != b"\x7fELF\x02":
        sys.exit(f"initramfs: {path} is not a 64-bit ELF program")
    table = int.from_bytes(agent[32:40], "little")
    size, count = (int.from_bytes(agent[at:at + 2], "little") for at in (54, 56))
    kinds = [int.from_bytes(agent[table + size * i:table + size * i + 4], "little") for i in range(count)]
    if 3 in kinds:
        sys.exit(f"initramfs: {path} is dynamically linked; the guest has no libraries")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    agent = pathlib.Path(sys.argv[1]).read_bytes()
    refuse_dynamic(agent, sys.argv[1])
    whole = archive(agent)
    if len(whole) > LARGEST:
        sys.exit(f"initramfs: {len(whole)} bytes, more than the {LARGEST} allowed")
    pathlib.Path(sys.argv[2]).write_bytes(whole)


if __name__ == "__main__":
    main()
