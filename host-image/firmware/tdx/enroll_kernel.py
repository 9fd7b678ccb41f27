#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Makes Debian's firmware for TDX boot one kernel and nothing else: its Secure Boot database (db) becomes that kernel's Authenticode hash.

usage: enroll_kernel.py FIRMWARE KERNEL OUT

No key is made, so there is none to keep or to lose; another kernel needs another firmware. PK, KEK and the list of what is revoked (dbx) stay.
Decision: docs/adr/0032. Sources: UEFI 2.10, 32.4.1 (EFI_SIGNATURE_LIST) and 8.2; edk2, AuthenticatedVariableFormat.h; Microsoft PE/COFF,
Authenticode image hash."""
import argparse
import hashlib
import pathlib
import struct
import uuid

STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le  # gEfiAuthenticatedVariableGuid
STORE_HEADER = struct.Struct("<16sIBB6x")  # GUID, size of all, format, state
VARIABLE = struct.Struct("<HBBIQ16sIII16s")  # start, state, reserved, attributes, count, time, key, bytes of name, of data, vendor
START, ADDED, FORMATTED, HEALTHY = 0x55AA, 0x3F, 0x5A, 0xFE
DB = ("db", uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le)  # EFI_IMAGE_SECURITY_DATABASE_GUID
CERT_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le
OWNER = uuid.uuid5(uuid.NAMESPACE_URL, "redoubt:guest-kernel").bytes_le  # says who enrolled it, and decides nothing
CERTIFICATES = 4  # the PE directory's number
PE32_PLUS = 0x20B


class Wrong(Exception):
    """What is wrong with an input, in words."""


def authenticode_sha256(image):
    """The hash that Secure Boot compares, of a PE image: all of it but its checksum and where a signature would be."""
    try:
        pe = struct.unpack_from("<I", image, 0x3C)[0]
        signature, sections, optional_size = struct.unpack_from("<4s2xH12xH", image, pe)
        optional = pe + 24
        magic, headers = struct.unpack_from("<H58xI", image, optional)
        entry = optional + 112 + 8 * CERTIFICATES
        _, signed = struct.unpack_from("<II", image, entry)
        table = [struct.unpack_from("<II", image, optional + optional_size + 40 * n + 16) for n in range(sections)]
    except struct.error as error:
        raise Wrong("the kernel is no PE image") from error
    if image[:2] != b"MZ" or signature != b"PE\0\0" or magic != PE32_PLUS:
        raise Wrong("the kernel is no PE image of 64 bits")
    if signed:
        raise Wrong("the kernel is signed already: a hash of the bytes without it would be another's")
    digest = hashlib.sha256(image[:optional + 64])
    digest.update(image[optional + 68:entry])
    digest.update(image[entry + 8:headers])
    done = headers
    for size, place in sorted((row for row in table if row[0]), key=lambda row: row[1]):
        if place != done or place + size > len(image):
            raise Wrong("the kernel's sections do not lie one behind the other")
        digest.update(image[place:place + size])
        done = place + size
    digest.update(image[done:])
    return digest.digest()


def signature_list(sha256):
    """One EFI_SIGNATURE_LIST with one hash."""
    entry = OWNER + sha256
    return CERT_SHA256 + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def read_variables(firmware):
    """Where the store's variables begin and end, where it ends, and [(header's fields, name, data)]."""
    at = firmware.find(STORE)
    if at < 0:
        raise Wrong("the firmware has no store of authenticated variables")
    _, size, form, state = STORE_HEADER.unpack_from(firmware, at)
    if (form, state) != (FORMATTED, HEALTHY) or at + size > len(firmware):
        raise Wrong("the firmware's store of variables is not one that is in use")
    place, end, found = at + STORE_HEADER.size, at + size, []
    while place + VARIABLE.size <= end:
        fields = VARIABLE.unpack_from(firmware, place)
        if fields[0] != START:
            break
        name_size, data_size = fields[7], fields[8]
        behind = place + VARIABLE.size + name_size + data_size
        if fields[1] != ADDED or behind > end:
            raise Wrong("the firmware's store of variables is not as a build leaves it")
        name = firmware[place + VARIABLE.size:behind - data_size]
        found.append((fields, bytes(name), bytes(firmware[behind - data_size:behind])))
        place = (behind + 3) & ~3
    return at + STORE_HEADER.size, place, end, found


def enroll(firmware, sha256):
    """The firmware with that hash alone in its db."""
    out = bytearray(firmware)
    begin, behind, end, variables = read_variables(out)
    names = [(name.decode("utf-16-le").rstrip("\0"), fields[9]) for fields, name, _ in variables]
    if names.count(DB) != 1 or "PK" not in dict(names) or "KEK" not in dict(names):
        raise Wrong("the firmware has no Secure Boot that is on: PK, KEK and one db are needed")
    out[begin:behind] = b"\xff" * (behind - begin)  # as erased flash
    place = begin
    for (fields, name, data), what in zip(variables, names):
        if what == DB:
            data = signature_list(sha256)
        record = VARIABLE.pack(*fields[:7], len(name), len(data), fields[9]) + name + data
        if place + len(record) > end:
            raise Wrong("the firmware's store of variables is full")
        out[place:place + len(record)] = record
        place = (place + len(record) + 3) & ~3
    return bytes(out)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("firmware", "kernel", "out"):
        parser.add_argument(name, type=pathlib.Path)
    chosen = parser.parse_args()
    try:
        sha256 = authenticode_sha256(chosen.kernel.read_bytes())
        made = enroll(chosen.firmware.read_bytes(), sha256)
    except Wrong as error:
        raise SystemExit(f"enroll_kernel: {error}") from error
    chosen.out.write_bytes(made)
    print(sha256.hex())


if __name__ == "__main__":
    main()
