#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""make_variables.py KEYS OUT: signed updates of PK, KEK and db, which systemd-boot enrols in a firmware that is in setup mode. Their time is
SOURCE_DATE_EPOCH: the same keys give the same bytes.

Sources: UEFI 2.10, 8.2.2 (EFI_VARIABLE_AUTHENTICATION_2) and 32.4.1 (EFI_SIGNATURE_LIST)."""
import os
import pathlib
import struct
import subprocess
import sys
import time
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
CERT_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
CERT_PKCS7 = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")
# Kept, for boot services and the running system, written only with a signature whose time is later.
ATTRIBUTES = 0x01 | 0x02 | 0x04 | 0x20
VARIABLES = [("PK", GLOBAL, "PK"), ("KEK", GLOBAL, "PK"), ("db", DATABASE, "KEK")]  # name, vendor, whose key signs


def signature_list(certificate, owner):
    entry = owner.bytes_le + certificate
    return CERT_X509.bytes_le + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry


def pkcs7(keys, signer, message):
    """A SignedData over `message`, without it and without the time of signing."""
    return subprocess.run(["openssl", "smime", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER", "-signer", keys / f"{signer}.crt",
                           "-inkey", keys / f"{signer}.key"], input=message, check=True, capture_output=True).stdout


def signed_update(keys, name, vendor, signer):
    certificate = subprocess.run(["openssl", "x509", "-in", keys / f"{name}.crt", "-outform", "DER"], check=True, capture_output=True).stdout
    data = signature_list(certificate, uuid.UUID((keys / "owner").read_text().strip()))
    now = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    stamp = struct.pack("<HBBBBBxIhBx", now.tm_year, now.tm_mon, now.tm_mday, now.tm_hour, now.tm_min, now.tm_sec, 0, 0, 0)
    signature = pkcs7(keys, signer, name.encode("utf-16-le") + vendor.bytes_le + struct.pack("<I", ATTRIBUTES) + stamp + data)
    return stamp + struct.pack("<IHH", 24 + len(signature), 0x0200, 0x0EF1) + CERT_PKCS7.bytes_le + signature + data


def main():
    keys, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    for name, vendor, signer in VARIABLES:
        (out / f"{name}.auth").write_bytes(signed_update(keys, name, vendor, signer))


main()
