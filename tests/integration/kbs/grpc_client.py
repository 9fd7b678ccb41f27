# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""gRPC by hand, so that names and field numbers are checked against the protocol and not against our own files: every field of these
services is text, bytes or a message, which are encoded alike; curl speaks HTTP/2."""
import pathlib
import struct
import subprocess
import tempfile
import urllib.parse

OK, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED = 0, 3, 5, 7, 8
FAILED_PRECONDITION, UNIMPLEMENTED, UNAUTHENTICATED = 9, 12, 16


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def message(*fields):
    """Fields (number, text or bytes) in their order."""
    out = b""
    for number, value in fields:
        data = value.encode() if isinstance(value, str) else value
        out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def fields_of(data):
    """What message() was given, with bytes as values."""
    found, at = [], 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        assert key & 7 == 2
        size = number()
        found.append((key >> 3, data[at:at + size]))
        at += size
    return found


class Answer:
    def __init__(self, code, text, body):
        self.code, self.text, self.body = code, text, body

    def text_field(self, number):
        assert self.code == OK, self.text
        return dict(fields_of(self.body)).get(number, b"").decode()


class NotAnswered(Exception):
    """There was no HTTP answer: the handshake failed, or the connection ended."""


def command(broker, port, method, client, *words):
    shown = ["--cert", broker.folder / f"{client}.crt", "--key", broker.folder / f"{client}.key"] if client else []
    return ["curl", "-sS", "--http2", "--max-time", "60", "--cacert", broker.folder / "server.crt", *shown, "-H", "content-type: application/grpc",
            "-H", "te: trailers", "-H", "expect:", *words, f"https://127.0.0.1:{port}/{method}"]


def call(broker, port, method, body, client="alice", tls=(), metadata=()):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "request").write_bytes(b"\0" + struct.pack(">I", len(body)) + body)
        (folder / "response").touch()
        extra = [word for line in metadata for word in ("-H", line)]
        done = subprocess.run(command(broker, port, method, client, *tls, *extra, "--data-binary", f"@{folder}/request", "-D", folder / "headers",
                                      "-o", folder / "response"), capture_output=True, text=True, check=False)
        text = (folder / "headers").read_text() if (folder / "headers").exists() else ""
        data = (folder / "response").read_bytes()
    headers = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if "grpc-status" not in headers:
        raise NotAnswered(f"{done.returncode}: {done.stderr} {headers}")
    assert not data or data[:5] == b"\0" + struct.pack(">I", len(data) - 5)
    return Answer(int(headers["grpc-status"]), urllib.parse.unquote(headers.get("grpc-message", "")), data[5:])
