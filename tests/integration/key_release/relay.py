# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A stand-in for the daemon's relay (docs/formats/relay.md), which a test can make worse than any daemon: it delays, cuts, changes and
sends what is no frame."""
import socket
import struct
import threading
import time

HEADER = struct.Struct("<BBHI")
OPEN, OPENED, DATA, CLOSE = 1, 2, 3, 4
MAX = 32768


class Relay:
    """One port; each OPEN is a connection to `target`. The guest connects to it at `path`, or it connects, as daemons do, to a VM's. What
    goes wrong is what the attributes say."""

    def __init__(self, path, target, is_vm=False):
        self.target = target
        self.delay = 0.0          # before each piece to the guest
        self.cut_after = None     # bytes to the guest, then CLOSE
        self.flip_at = None       # the number of the byte to the guest that gets changed
        self.swallow = False      # nothing reaches the guest
        self.garbage = False      # what is no frame
        self.reason = b""         # every OPEN is refused with it
        self.opens = 0
        self.broker = None        # the last connection to it
        self.ended = set()        # streams this end has closed
        self.seen = b""           # all that has passed, both ways
        self.server = socket.socket(socket.AF_UNIX)
        if is_vm:
            self.server.connect(str(path))
            threading.Thread(target=self.serve, args=(self.server,), daemon=True).start()
            return
        self.server.bind(str(path))
        self.server.listen(4)
        threading.Thread(target=self.accept, daemon=True).start()

    def heal(self):
        self.delay, self.cut_after, self.flip_at, self.swallow, self.garbage, self.reason = 0.0, None, None, False, False, b""

    def accept(self):
        while True:
            try:
                port, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(port,), daemon=True).start()

    def hang_up(self):
        """As a broker does with a connection on which nothing is asked."""
        self.broker.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.server.close()

    def serve(self, port):
        broker, number, data = None, 0, b""
        try:
            while piece := port.recv(65536):
                data += piece
                while len(data) >= HEADER.size:
                    kind, flags, stream, size = HEADER.unpack_from(data)
                    assert flags == 0 and stream != 0 and size <= MAX and kind in (OPEN, DATA, CLOSE), data[:8]
                    if len(data) < HEADER.size + size:
                        break
                    payload, data = data[HEADER.size:HEADER.size + size], data[HEADER.size + size:]
                    if kind == OPEN:
                        assert broker is None or number in self.ended, "a second stream while one is open"
                        broker, number = self.open(port, stream), stream
                    elif kind == DATA and broker and stream == number:
                        self.seen += payload
                        broker.sendall(payload)
                    elif kind == CLOSE and broker and stream == number:
                        broker.shutdown(socket.SHUT_RDWR)
                        broker = None
        except OSError:
            pass
        finally:
            port.close()
            if broker:
                broker.close()

    def open(self, port, stream):
        self.opens += 1
        if self.garbage:
            port.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 4)
            return None
        if self.reason:
            return self.end(port, stream, self.reason)
        try:
            broker = socket.create_connection(self.target, timeout=30)
        except OSError as error:
            return self.end(port, stream, str(error).encode())
        self.broker = broker
        port.sendall(HEADER.pack(OPENED, 0, stream, 0))
        threading.Thread(target=self.pump, args=(broker, port, stream), daemon=True).start()
        return broker

    def end(self, port, stream, reason):
        self.ended.add(stream)
        port.sendall(HEADER.pack(CLOSE, 0, stream, len(reason)) + reason)

    def pump(self, broker, port, stream):
        passed = 0
        try:
            while piece := broker.recv(MAX):
                self.seen += piece
                if self.swallow:
                    continue
                time.sleep(self.delay)
                if self.flip_at is not None and passed <= self.flip_at < passed + len(piece):
                    changed = bytearray(piece)
                    changed[self.flip_at - passed] ^= 1
                    piece = bytes(changed)
                if self.cut_after is not None:
                    piece = piece[:max(self.cut_after - passed, 0)]
                if piece:
                    port.sendall(HEADER.pack(DATA, 0, stream, len(piece)) + piece)
                passed += len(piece)
                if self.cut_after is not None and passed >= self.cut_after:
                    break
            self.end(port, stream, b"")
        except OSError:
            pass
