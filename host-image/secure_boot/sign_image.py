#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""sign_image.py KEYS IN OUT: a program for UEFI, signed by db's key. A signature that it has goes, once it is seen to be over the same bytes. Unlike those of other
tools ours has no time of signing, so that the same program and key give the same bytes.

Sources: Windows Authenticode Portable Executable Signature Format 1.0; RFC 2315 (PKCS #7); UEFI 2.10, 32.2.4."""
import hashlib
import pathlib
import struct
import subprocess
import sys

SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"
INDIRECT_DATA, PE_IMAGE = "1.3.6.1.4.1.311.2.1.4", "1.3.6.1.4.1.311.2.1.15"
INTEGER, BIT_STRING, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
LARGEST = 1 << 31
HEADERS = 24 + 112 + 5 * 8  # up to the entry that says where signatures are


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytearray([first * 40 + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.insert(0, 0x80 | number & 0x7F)
        out += bytes(digits)
    return der(OID, bytes(out))


def algorithm(name):
    return der(SEQUENCE, oid(name), der(NULL))


def element(data, at):
    """Where the element at `at` has its content, and where it ends."""
    size, content = data[at + 1], at + 2
    if size & 0x80:
        content += size & 0x7F
        size = int.from_bytes(data[at + 2:content], "big")
    return content, content + size


def issuer_and_serial(certificate):
    """As a SignerInfo names its certificate: the second of what is before the issuer is its algorithm."""
    at, _ = element(certificate, 0)
    at, _ = element(certificate, at)
    parts = []
    for _ in range(4):  # version, serial number, algorithm, issuer
        _, end = element(certificate, at)
        parts.append(certificate[at:end])
        at = end
    version, serial, _, issuer = parts
    if version[0] != 0xA0 or serial[0] != INTEGER:
        sys.exit("sign_image: db.crt is not an X.509 certificate of version 3")
    return der(SEQUENCE, issuer, serial)


class Program:
    """The bytes of a PE32+ file without a signature, `old` what it had."""

    def __init__(self, path):
        data = bytearray(path.read_bytes())
        header = struct.unpack_from("<I", data, 0x3C)[0] if data[:2] == b"MZ" and 0x40 <= len(data) < LARGEST else len(data)
        if header + HEADERS > len(data) or data[header:header + 4] != b"PE\0\0" or struct.unpack_from("<H", data, header + 24)[0] != 0x20B:
            sys.exit(f"sign_image: {path} is not a program for 64-bit UEFI")
        self.checksum, self.table = header + 24 + 64, header + 24 + 112 + 4 * 8
        offset, size = struct.unpack_from("<II", data, self.table)
        self.old = bytes(data[offset:offset + size]) if size else b""
        if size and offset + size != len(data):
            sys.exit(f"sign_image: {path} has something behind its signature")
        if size:
            del data[offset:]
        data += bytes(-len(data) % 8)
        struct.pack_into("<I", data, self.checksum, 0)
        struct.pack_into("<II", data, self.table, 0, 0)
        self.data = data

    def digest(self):
        """Of all but what signing changes."""
        hashed = hashlib.sha256(self.data[:self.checksum])
        hashed.update(self.data[self.checksum + 4:self.table])
        hashed.update(self.data[self.table + 8:])
        return hashed.digest()

    def signed(self, signature):
        entry = struct.pack("<IHH", 8 + len(signature) + -len(signature) % 8, 0x0200, 0x0002) + signature + bytes(-len(signature) % 8)
        out = bytearray(self.data)
        struct.pack_into("<II", out, self.table, len(out), len(entry))
        return bytes(out + entry)


def signature(keys, digest):
    run = lambda *words, **options: subprocess.run(words, check=True, capture_output=True, **options).stdout  # noqa: E731
    certificate = run("openssl", "x509", "-in", keys / "db.crt", "-outform", "DER")
    # What the program is described by says nothing; firmware looks at the digest alone.
    image = der(SEQUENCE, oid(PE_IMAGE), der(SEQUENCE, der(BIT_STRING, b"\0"), der(0xA0, der(0xA2, der(0x80)))))
    content = der(SEQUENCE, image, der(SEQUENCE, algorithm(SHA256), der(OCTETS, digest)))
    body, _ = element(content, 0)
    attributes = sorted([der(SEQUENCE, oid(CONTENT_TYPE), der(SET, oid(INDIRECT_DATA))),
                         der(SEQUENCE, oid(MESSAGE_DIGEST), der(SET, der(OCTETS, hashlib.sha256(content[body:]).digest())))])
    proof = run("openssl", "dgst", "-sha256", "-sign", keys / "db.key", input=der(SET, *attributes))
    signer = der(SEQUENCE, der(INTEGER, b"\1"), issuer_and_serial(certificate), algorithm(SHA256), der(0xA0, *attributes), algorithm(RSA), der(OCTETS, proof))
    signed = der(SEQUENCE, der(INTEGER, b"\1"), der(SET, algorithm(SHA256)), der(SEQUENCE, oid(INDIRECT_DATA), der(0xA0, content)), der(0xA0, certificate),
                 der(SET, signer))
    return der(SEQUENCE, oid(SIGNED_DATA), der(0xA0, signed))


def main():
    keys, source, out = map(pathlib.Path, sys.argv[1:4])
    program = Program(source)
    digest = program.digest()
    if program.old and digest not in program.old:
        sys.exit(f"sign_image: {source} was signed over other bytes than it has")
    out.write_bytes(program.signed(signature(keys, digest)))


if __name__ == "__main__":
    main()
