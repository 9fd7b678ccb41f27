# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The way between a node and its key broker, in the hands of somebody who delays, cuts, changes, replays and leads elsewhere."""
import contextlib
import socket
import threading
import time


class Road:
    """What goes wrong is what `lie` says; "" is an honest road."""

    def __init__(self, target):
        self.target, self.lie = target, ""
        self.elsewhere = None   # where "swap" leads
        self.recorded = b""     # what a broker has said to somebody, for "replay"
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                guest, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self.carry, args=(guest, self.lie), daemon=True).start()

    def close(self):
        self.listener.close()

    def carry(self, guest, lie):
        with contextlib.suppress(OSError), guest:
            if lie == "replay":
                guest.recv(65536)
                guest.sendall(self.recorded)
                guest.recv(65536)
                return
            with socket.create_connection(self.elsewhere if lie == "swap" else self.target, timeout=60) as broker:
                threading.Thread(target=self.pump, args=(guest, broker, "", False), daemon=True).start()
                self.pump(broker, guest, lie, lie == "")

    def pump(self, source, sink, lie, is_recorded):
        passed = 0
        heard = b""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if lie == "drop" and passed > 0:
                    break
                if lie == "delay":
                    time.sleep(0.3)
                if lie == "change" and passed > 0:
                    piece = piece[:-1] + bytes([piece[-1] ^ 1])
                passed += len(piece)
                heard += piece
                sink.sendall(piece)
        if is_recorded and heard:
            self.recorded = heard
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
