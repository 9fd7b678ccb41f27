# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A secure processor made for tests: a chain with the vendor's names and extensions below a root of its own, and reports that its chip
signs. The broker believes it only where its root is an anchor."""
import datetime
import os
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

TCB = {"3.1": 4, "3.2": 0, "3.3": 24, "3.4": 0, "3.5": 0, "3.6": 0, "3.7": 0, "3.8": 219}
PSS = padding.PSS(padding.MGF1(hashes.SHA384()), padding.PSS.DIGEST_LENGTH)


def subject(name, mark=""):
    parts = [(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "Engineering"), (x509.NameOID.COUNTRY_NAME, "US"),
             (x509.NameOID.ORGANIZATION_NAME, mark or "Advanced Micro Devices"), (x509.NameOID.COMMON_NAME, name)]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])


class Chip:
    def __init__(self, mark=""):
        self.mark = mark
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.root_key, self.signer_key = (rsa.generate_private_key(65537, 4096) for _ in range(2))
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.chip_id = os.urandom(64)
        self.root = self.issue("ARK-Milan", self.root_key.public_key(), "ARK-Milan", self.root_key, True)
        self.signer = self.issue("SEV-Milan", self.signer_key.public_key(), "ARK-Milan", self.root_key, True)
        self.leaf = self.issue("SEV-VCEK", self.key.public_key(), "SEV-Milan", self.signer_key, False)

    def issue(self, name, key, issuer, issuer_key, is_authority):
        builder = (x509.CertificateBuilder().subject_name(subject(name, self.mark)).issuer_name(subject(issuer, self.mark)).public_key(key)
                   .serial_number(x509.random_serial_number()).not_valid_before(self.now - datetime.timedelta(days=1))
                   .not_valid_after(self.now + datetime.timedelta(days=30)))
        if is_authority:
            usage = {name: name in ("key_cert_sign", "crl_sign") for name in
                     ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
                      "encipher_only", "decipher_only")}
            builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(x509.KeyUsage(**usage), True)
        else:
            values = {"1": b"\x02\x01\x01", "2": b"\x16\x08Milan-B0", "4": self.chip_id}
            values.update({part: b"\x02" + (b"\x02\x00" if number > 127 else b"\x01") + bytes([number]) for part, number in TCB.items()})
            for part, value in values.items():
                builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.3704.1." + part), value), False)
        return builder.sign(issuer_key, hashes.SHA384(), rsa_padding=PSS)

    def revocation_list(self, *revoked, number=None, days=(-1, 30), encoding=serialization.Encoding.PEM):
        begin, end = (self.now + datetime.timedelta(days=day) for day in days)
        builder = x509.CertificateRevocationListBuilder().issuer_name(subject("ARK-Milan", self.mark)).last_update(begin).next_update(end)
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), False)
        for certificate in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(self.now - datetime.timedelta(hours=1)).build())
        return builder.sign(self.root_key, hashes.SHA384(), rsa_padding=PSS).public_bytes(encoding)

    def report(self, report_data, measurement=b"m" * 48, host_data=bytes(32), policy=0x30000, vmpl=0, microcode=219):
        tcb = bytes([4, 0, 0, 0, 0, 0, 24, microcode])
        data = bytearray(1184)
        struct.pack_into("<IIQ", data, 0, 3, 0, policy)
        struct.pack_into("<II", data, 0x30, vmpl, 1)
        for at in (0x38, 0x180, 0x1E0, 0x1F0):
            data[at:at + 8] = tcb
        data[0x50:0x90] = report_data.ljust(64, b"\0")
        data[0x90:0xC0] = measurement
        data[0xC0:0xE0] = host_data
        data[0x140:0x160] = os.urandom(32)
        data[0x160:0x180] = b"\xff" * 32
        data[0x188:0x18B] = bytes([0x19, 0x01, 0x01])
        data[0x1A0:0x1E0] = self.chip_id
        data[0x1E8:0x1EB] = data[0x1EC:0x1EF] = bytes([21, 55, 1])
        r, s = utils.decode_dss_signature(self.key.sign(bytes(data[:0x2A0]), ec.ECDSA(hashes.SHA384())))
        data[0x2A0:0x2A0 + 72] = r.to_bytes(72, "little")
        data[0x2E8:0x2E8 + 72] = s.to_bytes(72, "little")
        return bytes(data)

    def chain(self):
        names = (("VCEK", self.leaf), ("ASK", self.signer), ("ARK", self.root))
        return [{"cert_type": name, "data": list(certificate.public_bytes(serialization.Encoding.DER))} for name, certificate in names]

    def chain_pem(self):
        return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (self.signer, self.root))

    def leaf_der(self):
        return self.leaf.public_bytes(serialization.Encoding.DER)

    def key_pem(self):
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()

    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)
