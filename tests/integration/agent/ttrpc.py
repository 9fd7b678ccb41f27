# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A client of ttrpc that shares no line with the agent: frames, calls in flight, and the serial link below them.

Sources: containerd ttrpc, PROTOCOL.md; docs/formats/serial-link.md.
"""
import concurrent.futures
import os
import socket
import struct
import threading

HEADER = struct.Struct(">IIBB")  # length, stream, kind, flags
REQUEST, RESPONSE = 1, 2
CODES = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED "
         "FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED").split()


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, value):
    """A length-delimited or a varint field of protobuf."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """The fields of a message as (number, value) pairs; only the two wire types that ttrpc uses."""
    place = 0

    def number():
        nonlocal place
        value = shift = 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            length = number()
            yield key >> 3, data[place:place + length]
            place += length


class CallError(Exception):
    """What the agent answered in place of a message."""

    def __init__(self, code, message):
        super().__init__(f"{code} {message}")
        self.code, self.message = code, message


class SocketChannel:
    """The bytes of one connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        return self.socket.recv(65536)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)


class SerialChannel(SocketChannel):
    """The bytes of one session of a serial link."""

    FLAG, ESCAPE = 0x7E, 0x7D

    def __init__(self, path):
        super().__init__(path)
        self.nonce = os.urandom(16)
        self.kind, self.escaped, self.control = None, False, bytearray()
        super().send(bytes([self.FLAG, 1]) + self.quote(self.nonce))
        self.early = b""
        while self.kind != "data":
            got = super().receive()
            if not got:
                raise ConnectionError("the guest's end of the serial port has gone")
            self.early += self.feed(got)

    def quote(self, data):
        return b"".join(bytes([self.ESCAPE, b ^ 0x20]) if b in (self.FLAG, self.ESCAPE) else bytes([b]) for b in data)

    def feed(self, data):
        """Session bytes among raw ones. Everything before the answer to our own RESET falls away."""
        out = bytearray()
        for byte in data:
            if byte == self.FLAG:
                if self.kind == "data":
                    raise ConnectionError("the agent ended the session")
                self.kind, self.escaped = "flag", False
            elif self.kind == "flag":
                self.kind, self.control = ("ack" if byte == 2 else "skip"), bytearray()
            elif byte == self.ESCAPE:
                self.escaped = True
            else:
                byte ^= 0x20 if self.escaped else 0
                self.escaped = False
                if self.kind == "data":
                    out.append(byte)
                elif self.kind == "ack":
                    self.control.append(byte)
                    if len(self.control) == 16:
                        self.kind = "data" if bytes(self.control) == self.nonce else "skip"
        return bytes(out)

    def send(self, data):
        super().send(self.quote(data))

    def receive(self):
        if self.early:
            early, self.early = self.early, b""
            return early
        while True:
            got = super().receive()
            if not got:
                return b""
            data = self.feed(got)
            if data:
                return data


class Client:
    """Calls in flight on one channel, each with its own stream."""

    def __init__(self, channel):
        self.channel, self.stream, self.waiting, self.lock = channel, -1, {}, threading.Lock()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def start(self, service, method, payload, timeout=0.0):
        """A future of the answer's bytes. `timeout` is what the agent is told, in seconds; 0: for ever."""
        data = field(1, service.encode()) + field(2, method.encode()) + field(3, payload)
        if timeout:
            data += field(4, int(timeout * 1e9))
        return self.send_frame(REQUEST, data)

    def send_frame(self, kind, data):
        answer = concurrent.futures.Future()
        with self.lock:
            self.stream += 2
            self.waiting[self.stream] = answer
            self.channel.send(HEADER.pack(len(data), self.stream, kind, 0) + data)
        return answer

    def read(self):
        buffer = bytearray()
        try:
            while got := self.channel.receive():
                buffer += got
                while len(buffer) >= HEADER.size:
                    length, stream, kind, _ = HEADER.unpack_from(buffer)
                    if len(buffer) < HEADER.size + length:
                        break
                    self.take(stream, kind, bytes(buffer[HEADER.size:HEADER.size + length]))
                    del buffer[:HEADER.size + length]
        except OSError:
            pass
        with self.lock:
            left, self.waiting = self.waiting, {}
        for answer in left.values():
            answer.set_exception(CallError("UNAVAILABLE", "the connection has ended"))

    def take(self, stream, kind, data):
        with self.lock:
            answer = self.waiting.pop(stream, None)
        if kind != RESPONSE or answer is None:
            return
        code, message, payload = 0, "", b""
        for number, value in fields(data):
            if number == 1:
                for inner, part in fields(value):
                    code = part if inner == 1 else code
                    message = part.decode() if inner == 2 else message
            elif number == 2:
                payload = value
        if code:
            answer.set_exception(CallError(CODES[code], message))
        else:
            answer.set_result(payload)

    def close(self):
        self.channel.close()
        self.reader.join()
