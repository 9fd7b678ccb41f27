# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubtctl image encrypt, sign and verify, judged by another implementation of the same ciphers and signatures."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from oci_layout import Image, make_tar, write_layout  # noqa: E402
from registry import Registry  # noqa: E402

KEY = bytes(range(32))
PROVIDER = "org.opencontainers.image.enc.keys.provider.attestation-agent"
OPTIONS = "org.opencontainers.image.enc.pubopts"


def ctl(*words, code=0):
    done = subprocess.run([os.environ["REDOUBTCTL"], *map(str, words)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    image = Image([make_tar({"low": b"common"}), make_tar({"high": b"secret" * 50000})])
    write_layout(tmp_path / "plain", {"v1": image})
    (tmp_path / "key").write_bytes(KEY)
    return image


def blob(folder, digest):
    data = (folder / "blobs/sha256" / digest[7:]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == digest[7:]
    return data


def manifest_of(folder):
    index = json.loads((folder / "index.json").read_text())
    assert len(index["manifests"]) == 1
    return index["manifests"][0], json.loads(blob(folder, index["manifests"][0]["digest"]))


def decrypt(layer, data):
    """As ocicrypt and CoCo's key provider describe it."""
    packet = json.loads(base64.b64decode(layer["annotations"][PROVIDER]))
    assert packet["kid"] == "kbs:///images/key/app" and packet["wrap_type"] == "A256GCM"
    private = json.loads(AESGCM(KEY).decrypt(base64.b64decode(packet["iv"]), base64.b64decode(packet["wrapped_data"]), None))
    public = json.loads(base64.b64decode(layer["annotations"][OPTIONS]))
    assert public["cipher"] == "AES_256_CTR_HMAC_SHA256" and public["cipheroptions"] == {}
    key = base64.b64decode(private["symkey"])
    assert hmac.digest(key, data, "sha256") == base64.b64decode(public["hmac"])
    plain = Cipher(algorithms.AES(key), modes.CTR(base64.b64decode(private["cipheroptions"]["nonce"]))).decryptor().update(data)
    assert private["digest"] == "sha256:" + hashlib.sha256(plain).hexdigest()
    return plain


def encrypt(tmp_path, source, target, *more, code=0):
    return ctl("image", "encrypt", source, target, "--key", "kbs:///images/key/app", "--key-file", tmp_path / "key", *more, code=code)


def test_another_program_decrypts_what_was_encrypted(image, tmp_path):
    told = json.loads(encrypt(tmp_path, f"oci:{tmp_path}/plain:v1", f"oci:{tmp_path}/sealed", "--json"))
    entry, manifest = manifest_of(tmp_path / "sealed")
    assert entry["digest"] == told["manifest_digest"] and entry["annotations"]["org.opencontainers.image.ref.name"] == "v1"
    assert told["id"] == entry["digest"] and image.id == manifest["config"]["digest"]
    for layer, old, said in zip(manifest["layers"], image.layers, told["layers"]):
        assert layer["mediaType"] == old["mediaType"] + "+encrypted"
        assert said == {"digest": layer["digest"], "plain_digest": old["digest"], "encrypted": True}
        assert decrypt(layer, blob(tmp_path / "sealed", layer["digest"])) == image.blobs[old["digest"]]


def test_an_archive_in_and_out(image, tmp_path):
    encrypt(tmp_path, tmp_path / "plain", f"oci-archive:{tmp_path}/sealed.tar", "--layer", "-1")
    (tmp_path / "unpacked").mkdir()
    subprocess.run(["tar", "-xf", tmp_path / "sealed.tar", "-C", tmp_path / "unpacked"], check=True)
    _, manifest = manifest_of(tmp_path / "unpacked")
    assert manifest["layers"][0] == image.layers[0]
    assert decrypt(manifest["layers"][1], blob(tmp_path / "unpacked", manifest["layers"][1]["digest"])) == image.blobs[
        image.layers[1]["digest"]]
    assert "is there already" in encrypt(tmp_path, tmp_path / "plain", tmp_path / "sealed.tar", code=125)


def test_a_registry_takes_it(image, tmp_path):
    encrypt(tmp_path, tmp_path / "plain", tmp_path / "sealed")
    entry, manifest = manifest_of(tmp_path / "sealed")
    with Registry(tmp_path / "registry") as registry:
        for digest in [manifest["config"]["digest"]] + [layer["digest"] for layer in manifest["layers"]]:
            registry.push_blob("app", blob(tmp_path / "sealed", digest))
        registry.push_manifest("app", "v1", blob(tmp_path / "sealed", entry["digest"]))


def test_another_program_verifies_a_signature_and_signs(image, tmp_path):
    private = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "private.pem").write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (tmp_path / "public.pem").write_bytes(private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    tag = ctl("image", "sign", f"oci:{tmp_path}/plain:v1", "--key-file", tmp_path / "private.pem", "--reference",
              "registry.example/app").strip()
    assert tag == f"sha256-{image.digest[7:]}.sig"
    index = json.loads((tmp_path / "plain/index.json").read_text())
    entry = next(e for e in index["manifests"] if e["annotations"]["org.opencontainers.image.ref.name"] == tag)
    layer = json.loads(blob(tmp_path / "plain", entry["digest"]))["layers"][0]
    payload = blob(tmp_path / "plain", layer["digest"])
    private.public_key().verify(base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]), payload,
                                ec.ECDSA(hashes.SHA256()))
    said = json.loads(payload)["critical"]
    assert said["image"]["docker-manifest-digest"] == image.digest
    assert said["identity"]["docker-reference"] == "registry.example/app"
    verified = ctl("image", "verify", f"oci:{tmp_path}/plain:v1", "--key-file", tmp_path / "public.pem")
    assert verified == f"registry.example/app@{image.digest}\n"
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "other.pem").write_bytes(other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    words = ctl("image", "verify", f"oci:{tmp_path}/plain:v1", "--key-file", tmp_path / "other.pem", code=125)
    assert "none of the 1 signatures" in words
