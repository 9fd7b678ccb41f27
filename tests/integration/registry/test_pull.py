# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Pulls against a real registry: what works, and one clear error for each thing that does not."""
import base64
import http.server
import json
import subprocess
import threading
import time
import urllib.parse

import oci_layout
import pytest
from conftest import Authority, Relay
from registry import Registry


def test_brings_manifest_config_and_layers(driver, plain, image):
    plain.push("team/app", "1.0", image)
    result = driver.works("pull", f"{plain.host}/team/app:1.0", insecure=1)
    assert result["name"] == f"{plain.host}/team/app:1.0"
    assert (result["manifest_digest"], result["config_digest"]) == (image.digest, image.id)
    assert result["platform"] == "linux/amd64"
    assert [l["diff_id"] for l in result["layers"]] == [oci_layout.digest_of(t) for t in image.tars]
    assert set(result["progress"].values()) == {"done"}
    assert not [f for f in driver.files() if f.endswith(".part")]


@pytest.mark.parametrize("compression", ["zstd", ""])
def test_brings_layers_of_every_compression(driver, plain, compression):
    image = oci_layout.Image([oci_layout.make_tar({"a": b"a" * 5000})], compression=compression)
    plain.push("compressed", compression or "none", image)
    driver.works("pull", f"{plain.host}/compressed:{compression or 'none'}", insecure=1)


def test_by_digest(driver, plain, image):
    plain.push("bydigest", "latest", image)
    result = driver.works("pull", f"{plain.host}/bydigest@{image.digest}", insecure_registry=plain.host)
    assert result["name"].endswith("@" + image.digest)


def test_finds_an_unqualified_name_in_the_search_registries(driver, plain, image):
    plain.push("found", "latest", image)
    assert driver.works("pull", "found", search=plain.host, insecure=1)["name"] == f"{plain.host}/found:latest"
    assert "unqualified_search_registries" in driver.fails("INVALID_ARGUMENT", "pull", "found")


def test_does_not_fetch_what_is_there_or_not_needed(driver, plain, image):
    plain.push("again", "latest", image)
    skipped = oci_layout.digest_of(image.tars[0])
    first = driver.works("pull", f"{plain.host}/again", insecure=1, skip=skipped)
    assert [bool(l["blob"]) for l in first["layers"]] == [False, True]
    second = driver.works("pull", f"{plain.host}/again", insecure=1)
    assert [second["progress"][l["digest"]] for l in second["layers"]] == ["done", "exists"]


def test_chooses_the_platform_from_a_manifest_list(driver, plain):
    tar = oci_layout.make_tar({"x": b"x"})
    images = [oci_layout.Image([tar], architecture=a) for a in ("arm64", "amd64")]
    for image in images:
        plain.push("list", image.platform["architecture"], image)
    index = oci_layout.make_index(images)
    plain.push_manifest("list", "all", index, oci_layout.INDEX)
    assert driver.works("pull", f"{plain.host}/list:all", insecure=1)["manifest_digest"] == images[1].digest
    by_digest = driver.works("pull", f"{plain.host}/list@{oci_layout.digest_of(index)}", insecure=1, platform="linux/arm64")
    assert by_digest["manifest_digest"] == images[0].digest
    assert "linux/arm64" in driver.fails("NOT_FOUND", "pull", f"{plain.host}/list:all", insecure=1, platform="linux/riscv64")
    assert "is for linux/arm64" in driver.fails("NOT_FOUND", "pull", f"{plain.host}/list:arm64", insecure=1)


SIGNED = [(b'{"critical":1}', "QUJD"), (b'{"critical":2}', "REVG")]
HANDED_ON = {"version": 1, "signatures": [{"payload": base64.b64encode(p).decode(), "signature": s} for p, s in SIGNED]}


def test_brings_the_signatures_of_an_image_for_a_guest(driver, plain):
    image = oci_layout.Image([oci_layout.make_tar({"x": b"x"})], encrypted=True)
    plain.push("sealed", "1", image)
    assert driver.works("pull", f"{plain.host}/sealed:1", insecure=1)["signatures"] == ""
    signatures = oci_layout.Signatures(image, SIGNED)
    plain.push("sealed", signatures.name, signatures)
    assert json.loads(driver.works("pull", f"{plain.host}/sealed:1", insecure=1)["signatures"]) == HANDED_ON


def test_asks_for_no_signatures_of_other_images(driver, plain, image):
    plain.push("open", "1", image)
    plain.push("open", oci_layout.Signatures(image, SIGNED).name, oci_layout.Signatures(image, SIGNED))
    assert driver.works("pull", f"{plain.host}/open:1", insecure=1)["signatures"] == ""


def test_refuses_a_payload_with_other_bytes(driver, plain):
    image = oci_layout.Image([oci_layout.make_tar({"x": b"y"})], encrypted=True)
    signatures = oci_layout.Signatures(image, [(b'{"critical":3}', "QUJD")])
    plain.push("forged", "1", image)
    plain.push("forged", signatures.name, signatures)
    plain.blob_file(signatures.layers[0]["digest"]).write_bytes(b'{"critical":4}')
    message = driver.fails("DATA_LOSS", "pull", f"{plain.host}/forged:1", insecure=1)
    assert signatures.name in message and "payload has digest" in message


def test_names_an_unknown_image(driver, plain):
    message = driver.fails("NOT_FOUND", "pull", f"{plain.host}/no/such:1", insecure=1)
    assert message == f"pull {plain.host}/no/such:1: no such image or tag in the registry"


def test_names_a_registry_that_is_not_there(driver):
    message = driver.fails("UNAVAILABLE", "pull", "127.0.0.1:1/app")
    assert message == "pull 127.0.0.1:1/app:latest: connect to 127.0.0.1:1: Connection refused"


def test_wants_permission_for_plain_http(driver, plain):
    message = driver.fails("FAILED_PRECONDITION", "pull", f"{plain.host}/app")
    assert "does not speak TLS" in message and "--tls-verify=false" in message


def test_resumes_a_transfer_that_breaks(driver, plain, image):
    plain.push("broken", "latest", image)
    relay = Relay(plain.port, image.layers[1]["digest"], 200_000, cuts=2)
    driver.works("pull", f"{relay.host}/broken", insecure=1)
    relay.close()
    starts = [int(r[6:-1]) for r in relay.ranges[1:]]
    assert relay.ranges[0] is None and len(starts) == 2 and 100_000 < starts[0] < starts[1]


def test_gives_up_a_transfer_that_always_breaks(driver, plain, image):
    plain.push("cut", "latest", image)
    relay = Relay(plain.port, image.layers[1]["digest"], 1000, cuts=100)
    message = driver.fails("UNAVAILABLE", "pull", f"{relay.host}/cut", insecure=1)
    relay.close()
    assert image.layers[1]["digest"] in message and "connection closed in the middle" in message
    assert len(relay.ranges) == 4


def test_resumes_what_an_interrupted_pull_left(driver, plain, image):
    plain.push("killed", "latest", image)
    hold = threading.Event()
    relay = Relay(plain.port, image.layers[1]["digest"], 300_000, hold=hold)
    process = driver.start("pull", f"{relay.host}/killed", insecure=1)
    part = driver.blobs / "sha256" / (image.layers[1]["digest"][7:] + ".part")
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 250_000) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    size = part.stat().st_size
    assert size > 250_000
    driver.works("pull", f"{relay.host}/killed", insecure=1)
    hold.set()
    relay.close()
    assert relay.ranges == [None, f"bytes={size}-"]


def test_starts_again_when_what_was_left_is_wrong(driver, plain, image):
    plain.push("wrongpart", "latest", image)
    digest = image.layers[1]["digest"]
    part = driver.blobs / "sha256" / (digest[7:] + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"not the beginning of this layer")
    assert digest in driver.fails("DATA_LOSS", "pull", f"{plain.host}/wrongpart", insecure=1)
    assert not part.exists()
    driver.works("pull", f"{plain.host}/wrongpart", insecure=1)


def test_two_pulls_at_once_share_the_layers(driver, plain, image):
    plain.push("twice", "latest", image)
    processes = [driver.start("pull", f"{plain.host}/twice", insecure=1) for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert json.loads(out)["ok"], (out, err)


def test_refuses_a_layer_with_other_bytes(driver, plain, image):
    plain.push("corrupt", "latest", image)
    stored = plain.blob_file(image.layers[1]["digest"])
    data = bytearray(stored.read_bytes())
    data[len(data) // 2] ^= 1
    stored.write_bytes(data)
    message = driver.fails("DATA_LOSS", "pull", f"{plain.host}/corrupt", insecure=1)
    assert image.layers[1]["digest"] in message
    assert not [f for f in driver.files() if image.layers[1]["digest"][7:] in f]


def test_refuses_a_truncated_layer(driver, plain, image):
    plain.push("truncated", "latest", image)
    stored = plain.blob_file(image.layers[1]["digest"])
    stored.write_bytes(stored.read_bytes()[:1000])
    message = driver.fails("DATA_LOSS", "pull", f"{plain.host}/truncated", insecure=1)
    assert image.layers[1]["digest"] in message and "1000 bytes" in message


def test_refuses_a_manifest_with_other_bytes(driver, plain, image):
    plain.push("manifest", "latest", image)
    stored = plain.blob_file(image.digest)
    stored.write_bytes(stored.read_bytes().replace(b'"schemaVersion": 2', b'"schemaVersion":  2'))
    assert driver.fails("DATA_LOSS", "pull", f"{plain.host}/manifest@{image.digest}", insecure=1)


def test_refuses_a_full_disk(driver, plain, image):
    plain.push("full", "latest", image)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", driver.blobs], check=True)
    try:
        message = driver.fails("RESOURCE_EXHAUSTED", "pull", f"{plain.host}/full", insecure=1)
        assert "No space left on device" in message
        assert not [f for f in driver.files() if image.layers[1]["digest"][7:] in f]
    finally:
        subprocess.run(["umount", driver.blobs], check=True)


def test_basic_authentication(driver, tmp_path, image):
    with Registry(tmp_path / "registry", htpasswd=("ann", "se:cret")) as registry:
        registry.push("private", "1", image)
        name = f"{registry.host}/private:1"
        driver.works("pull", name, insecure=1, creds="ann:se:cret")
        message = driver.fails("UNAUTHENTICATED", "pull", name, insecure=1, creds="ann:wrong")
        assert "refused the credentials of user ann" in message and "wrong" not in message
        assert "--creds" in driver.fails("UNAUTHENTICATED", "pull", name, insecure=1)


def test_tls_with_a_private_authority(driver, tmp_path, authority, image):
    with Registry(tmp_path / "registry", tls=authority.server) as registry:
        registry.push("secure", "1", image)
        name = f"{registry.host}/secure:1"
        driver.works("pull", name, ca=authority.certificate)
        driver.works("pull", name, insecure=1)
        message = driver.fails("FAILED_PRECONDITION", "pull", name)
        assert "certificate not accepted" in message and "--cert-dir" in message
        (tmp_path / "other").mkdir()
        other = Authority(tmp_path / "other")
        assert "certificate not accepted" in driver.fails("FAILED_PRECONDITION", "pull", name, ca=other.certificate)
        named = name.replace("127.0.0.1", "localhost")
        assert "ostname mismatch" in driver.fails("FAILED_PRECONDITION", "pull", named, ca=authority.certificate)


class TokenServer(http.server.BaseHTTPRequestHandler):
    """Gives ann a token (a JWT signed with the test authority's server key) for what she asks for."""
    authority = None
    asked = []

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        self.asked.append(query.get("scope"))
        expected = "Basic " + base64.b64encode(b"ann:secret").decode()
        if self.headers.get("Authorization") != expected:
            self.send_response(401)
            self.end_headers()
            return
        access = [dict(zip(("type", "name", "actions"), scope.split(":"))) for scope in query.get("scope", [])]
        token = self.sign({"iss": "test", "sub": "ann", "aud": query["service"][0], "exp": int(time.time()) + 60,
                           "nbf": int(time.time()) - 60, "iat": int(time.time()), "jti": "1",
                           "access": [one | {"actions": one["actions"].split(",")} for one in access]})
        body = json.dumps({"token": token}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def sign(self, claims):
        def encode(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        certificate, key = self.authority.server
        pem = certificate.read_text().split("-----")[2].replace("\n", "")
        signed = encode(json.dumps({"typ": "JWT", "alg": "ES256", "x5c": [pem]}).encode()) + b"." + encode(json.dumps(claims).encode())
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed, check=True, capture_output=True).stdout
        parts = []  # ECDSA-Sig-Value is SEQUENCE { r, s }
        at = 2
        for _ in range(2):
            size = der[at + 1]
            parts.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big"))
            at += 2 + size
        return (signed + b"." + encode(b"".join(parts))).decode()

    def log_message(self, *_):
        pass


def test_token_authentication(driver, tmp_path, plain, authority, image):
    TokenServer.authority = authority
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Pushed without authentication, then served with it from the same folder.
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        registry.push("team/private", "1", image)
    token = {"realm": f"http://127.0.0.1:{server.server_port}/token", "service": "test-registry", "issuer": "test",
             "rootcertbundle": str(authority.certificate)}
    with Registry(folder, token=token) as registry:
        name = f"{registry.host}/team/private:1"
        driver.works("pull", name, insecure=1, creds="ann:secret")
        assert TokenServer.asked[0] == ["repository:team/private:pull"]
        assert "refused the credentials" in driver.fails("UNAUTHENTICATED", "pull", name, insecure=1, creds="ann:wrong")
        assert "wants credentials" in driver.fails("UNAUTHENTICATED", "pull", name, insecure=1)
    server.shutdown()
    server.server_close()


class Throttling(http.server.BaseHTTPRequestHandler):
    timeout = 1  # of an attempt to speak TLS
    answers = []
    count = 0

    def do_GET(self):
        Throttling.count += 1
        status = self.answers.pop(0) if self.answers else 503
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_asks_again_when_the_registry_is_busy(driver):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Throttling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    Throttling.answers, Throttling.count = [200, 429, 500, 404], 0
    assert "no such image" in driver.fails("NOT_FOUND", "pull", f"{host}/busy", insecure=1)
    assert Throttling.count == 4
    Throttling.answers, Throttling.count = [200], 0
    assert "status 503 4 times" in driver.fails("UNAVAILABLE", "pull", f"{host}/busy", insecure=1)
    server.shutdown()
    server.server_close()
