# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A real registry (docker-registry) on a free port of 127.0.0.1, for as long as a `with` block runs."""
import base64
import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import time

import oci_layout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Registry:
    """tls: (certificate file, key file). htpasswd: (user, password). token: the `auth.token` settings."""

    def __init__(self, folder, tls=None, htpasswd=None, token=None):
        self.folder, self.tls, self.credentials, self.token = pathlib.Path(folder), tls, htpasswd, token
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.authorization = None
        self.process = None

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {"version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
                    "storage": {"filesystem": {"rootdirectory": str(self.folder / "storage")}},
                    "http": {"addr": self.host}}
        if self.tls:
            settings["http"]["tls"] = {"certificate": str(self.tls[0]), "key": str(self.tls[1])}
        if self.credentials:
            subprocess.run(["htpasswd", "-Bbc", self.folder / "htpasswd", *self.credentials], check=True, capture_output=True)
            settings["auth"] = {"htpasswd": {"realm": "test", "path": str(self.folder / "htpasswd")}}
            self.authorization = "Basic " + base64.b64encode(":".join(self.credentials).encode()).decode()
        if self.token:
            settings["auth"] = {"token": self.token}
        (self.folder / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(["docker-registry", "serve", self.folder / "config.yml"], stdout=log, stderr=log)
        self._wait()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def _wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("registry did not start: " + (self.folder / "log").read_text())

    def _request(self, method, path, body=None, content_type="application/octet-stream"):
        if self.tls:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=ssl._create_unverified_context())
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Content-Type": content_type}
        if self.authorization:
            headers["Authorization"] = self.authorization
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:300]}")
        return response

    def push_blob(self, repository, data):
        location = self._request("POST", f"/v2/{repository}/blobs/uploads/").getheader("Location")
        path = location[location.index("/v2/"):]
        self._request("PUT", f"{path}&digest={oci_layout.digest_of(data)}", data)

    def push_manifest(self, repository, tag, data, media_type=oci_layout.MANIFEST):
        self._request("PUT", f"/v2/{repository}/manifests/{tag}", data, media_type)

    def push(self, repository, tag, image):
        for data in image.blobs.values():
            self.push_blob(repository, data)
        self.push_manifest(repository, tag, image.manifest)

    def blob_file(self, digest):
        """Where the registry keeps a blob on its disk."""
        return self.folder / "storage/docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"
