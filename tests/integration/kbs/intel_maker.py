# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A platform's vendor made for tests: a root with the vendor's names, and the statements that its service answers."""
import datetime
import json
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

FMSPC = "00806f050000"


def subject(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name), x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Intel Corporation")])


def stamp(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Intel:
    def __init__(self):
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.keys, self.certificates = {}, {}
        for name, issuer in (("Intel SGX Root CA", "Intel SGX Root CA"), ("Intel SGX PCK Platform CA", "Intel SGX Root CA"),
                             ("Intel SGX PCK Processor CA", "Intel SGX Root CA"), ("Intel SGX TCB Signing", "Intel SGX Root CA")):
            self.keys[name] = ec.generate_private_key(ec.SECP256R1())
            self.certificates[name] = self.issue(name, issuer)

    def issue(self, name, issuer):
        builder = (x509.CertificateBuilder().subject_name(subject(name)).issuer_name(subject(issuer)).public_key(self.keys[name].public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(self.now - datetime.timedelta(days=1))
                   .not_valid_after(self.now + datetime.timedelta(days=60)))
        if name.endswith("CA"):
            builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        return builder.sign(self.keys[issuer], hashes.SHA256())

    def pem(self, *names):
        return b"".join(self.certificates[name].public_bytes(serialization.Encoding.PEM) for name in names)

    def chain(self, name):
        return urllib.parse.quote(self.pem(name, "Intel SGX Root CA").decode())

    def revocation_list(self, name, number=1):
        builder = (x509.CertificateRevocationListBuilder().issuer_name(subject(name)).last_update(self.now - datetime.timedelta(days=1))
                   .next_update(self.now + datetime.timedelta(days=30)).add_extension(x509.CRLNumber(number), False))
        return builder.sign(self.keys[name], hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def signed(self, member, document):
        body = json.dumps(document, separators=(",", ":"))
        r, s = utils.decode_dss_signature(self.keys["Intel SGX TCB Signing"].sign(body.encode(), ec.ECDSA(hashes.SHA256())))
        return f'{{"{member}":{body},"signature":"{(r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()}"}}'.encode()

    def window(self, number):
        return {"issueDate": stamp(self.now - datetime.timedelta(days=1)), "nextUpdate": stamp(self.now + datetime.timedelta(days=30)),
                "tcbEvaluationDataNumber": number}

    def tcb_info(self, number=17):
        module = {"mrsigner": "00" * 48, "attributes": "00" * 8, "attributesMask": "FF" * 8}
        components = [{"svn": 1}] * 16
        level = {"tcb": {"sgxtcbcomponents": components, "pcesvn": 11, "tdxtcbcomponents": components}, "tcbDate": "2024-03-13T00:00:00Z",
                 "tcbStatus": "UpToDate"}
        return self.signed("tcbInfo", {"id": "TDX", "version": 3, **self.window(number), "fmspc": FMSPC, "pceId": "0000", "tcbType": 0,
                                       "tdxModule": module, "tdxModuleIdentities": [], "tcbLevels": [level]})

    def qe_identity(self, number=17):
        level = {"tcb": {"isvsvn": 6}, "tcbDate": "2024-03-13T00:00:00Z", "tcbStatus": "UpToDate"}
        return self.signed("enclaveIdentity", {"id": "TD_QE", "version": 2, **self.window(number), "miscselect": "00000000", "miscselectMask": "FFFFFFFF",
                                               "attributes": "00" * 16, "attributesMask": "00" * 16, "mrsigner": "51" * 32, "isvprodid": 2,
                                               "tcbLevels": [level]})
