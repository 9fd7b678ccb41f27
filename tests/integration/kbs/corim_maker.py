# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""CoRIMs made for tests, by an encoder that shares nothing with the broker's reader; signed by python's cryptography."""
import dataclasses

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

PROFILE = "urn:uuid:5d0f2b1c-7a46-4e0b-9c3a-8f1e6d24b790"


@dataclasses.dataclass
class Tag:
    number: int
    content: object


def head(major, number):
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError(number)


def encode(value):
    """RFC 8949 of numbers, byte strings, texts, lists, dictionaries and tags."""
    match value:
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(encode(item) for item in value)
        case dict():
            return head(5, len(value)) + b"".join(encode(key) + encode(item) for key, item in value.items())
        case Tag():
            return head(6, value.number) + encode(value.content)
    raise TypeError(value)


def corim(measurements, profile=PROFILE, until=None):
    """One CoMID: names (keys of measurements) and their SHA-384 digests."""
    comid = {1: {0: "test"}, 4: {0: [[{0: {1: "ACME", 2: "RoadRunner"}},
                                      [{0: name, 1: {2: [[7, digest] for digest in digests]}} for name, digests in measurements.items()]]]}}
    members = {0: "test", 1: [Tag(506, encode(comid))]}
    if profile:
        members[3] = Tag(32, profile)
    if until:
        members[4] = {1: Tag(1, until)}
    return encode(Tag(501, members))


def sign(payload, key, until=None):
    """COSE_Sign1 around a CoRIM."""
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    algorithm = -8 if edwards else {"secp256r1": -7, "secp384r1": -35}[key.curve.name]
    meta = {0: {0: "ACME"}} | ({1: {1: Tag(1, until)}} if until else {})
    protected = encode({1: algorithm, 3: "application/rim+cbor", 8: encode(meta)})
    signed = encode(["Signature1", protected, b"", payload])
    if edwards:
        signature = key.sign(signed)
    else:
        size = key.curve.key_size // 8
        r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256() if size == 32 else hashes.SHA384())))
        signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return encode(Tag(18, [protected, {}, payload, signature]))
