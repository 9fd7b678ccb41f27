# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the tests of pull and import share: the driver, a registry, a test authority, and a relay that breaks transfers."""
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
sys.dont_write_bytecode = True
import oci_layout  # noqa: E402
import registry as registry_support  # noqa: E402

DRIVER = os.environ["REDOUBT_IMAGE_DRIVER"]


class Driver:
    def __init__(self, blobs):
        self.blobs = blobs

    def start(self, verb, what, **options):
        words = [f"{k.replace('_', '-')}={v}" for k, v in options.items()]
        command = [DRIVER, verb, str(what), f"blobs={self.blobs}", *words]
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def run(self, verb, what, **options):
        process = self.start(verb, what, **options)
        out, err = process.communicate(timeout=120)
        assert process.returncode in (0, 1), err
        return json.loads(out)

    def works(self, verb, what, **options):
        result = self.run(verb, what, **options)
        assert result["ok"], result
        for layer in result["layers"]:
            if layer["blob"]:
                data = pathlib.Path(layer["blob"]).read_bytes()
                assert "sha256:" + hashlib.sha256(data).hexdigest() == layer["digest"]
        return result

    def fails(self, code, verb, what, **options):
        result = self.run(verb, what, **options)
        assert not result["ok"], result
        assert result["code"] == code, result
        return result["message"]

    def files(self):
        return sorted(str(p.relative_to(self.blobs)) for p in self.blobs.rglob("*") if p.is_file())


class Relay:
    """Forwards connections to a port. Cuts the answer to a request for `path` after `cut_after` bytes, `cuts` times; waits
    there instead when `hold` is set. Remembers the Range headers of requests for `path`."""

    def __init__(self, port, path, cut_after, cuts=1, hold=None):
        self.target, self.path, self.cut_after, self.cuts, self.hold = port, path.encode(), cut_after, cuts, hold
        self.ranges = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            head = b""
            while b"\r\n\r\n" not in head:
                data = client.recv(65536)
                head += data
                if not data or head.startswith(b"\x16"):  # a TLS handshake
                    return
            is_watched = self.path in head.split(b"\r\n")[0]
            if is_watched:
                fields = [line for line in head.split(b"\r\n") if line.lower().startswith(b"range:")]
                self.ranges.append(fields[0].split(b":")[1].strip().decode() if fields else None)
            server.sendall(head)
            budget = None
            if is_watched and self.cuts > 0:
                self.cuts, budget = self.cuts - 1, self.cut_after
            try:
                self._forward(client, server, budget)
            except OSError:
                pass

    def _forward(self, client, server, budget):
        while data := server.recv(4096):
            if budget is not None:
                data, budget = data[:budget], budget - len(data[:budget])
            client.sendall(data)
            if budget == 0:
                if self.hold:
                    self.hold.wait(60)
                return


class Authority:
    """A private certificate authority and a server certificate for 127.0.0.1 by it."""

    def __init__(self, folder):
        self.certificate, self.server = folder / "ca.pem", (folder / "server.pem", folder / "server.key")
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"]
        self._openssl("req", "-x509", *curve, "-subj", "/CN=Test Authority", "-keyout", folder / "ca.key", "-out", self.certificate)
        self._openssl("req", *curve[:-2], "-subj", "/CN=registry", "-keyout", self.server[1], "-out", folder / "server.csr")
        (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl("x509", "-req", "-in", folder / "server.csr", "-CA", self.certificate, "-CAkey", folder / "ca.key",
                      "-days", "3650", "-extfile", folder / "ext", "-out", self.server[0])

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture
def driver(tmp_path):
    (tmp_path / "blobs").mkdir()
    return Driver(tmp_path / "blobs")


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    with registry_support.Registry(tmp_path_factory.mktemp("plain")) as registry:
        yield registry


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def image(request):
    """An image of its own for each test: a compressible layer and one that is not."""
    noise = hashlib.shake_256(request.node.name.encode()).digest(600_000)
    return oci_layout.Image([oci_layout.make_tar({"etc": None, "etc/motd": request.node.name.encode()}),
                             oci_layout.make_tar({"noise": noise})])
