#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Takes down what passes all interfaces of this network namespace while a command runs, and looks for text in it.

usage: capture.py FILE COMMAND...    the command's exit code; FILE: the frames, one after the other
       capture.py --finds FILE TEXT  0 when FILE holds any run of 16 characters of TEXT, else 1"""
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

EVERY_PROTOCOL, PACKET_LEVEL, STATISTICS = 0x0003, 263, 6  # linux/if_ether.h, linux/socket.h, linux/if_packet.h
BUFFER, AFTERWARDS, RUN = 64 << 20, 0.5, 16


def finds(data, text):
    text = text.encode()
    return any(text[at:at + RUN] in data for at in range(max(1, len(text) - RUN + 1)))


def take_down(listener, frames, interfaces, is_over):
    listener.settimeout(0.1)
    while True:
        try:
            frame, sender = listener.recvfrom(1 << 17)
        except TimeoutError:
            if is_over.is_set():
                return
            continue
        frames.append(frame)
        interfaces.add(sender[0])


def capture(file, command):
    frames, interfaces, is_over = [], set(), threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, 33, BUFFER)  # SO_RCVBUFFORCE
        thread = threading.Thread(target=take_down, args=(listener, frames, interfaces, is_over))
        thread.start()
        code = subprocess.run(command, check=False).returncode
        time.sleep(AFTERWARDS)
        is_over.set()
        thread.join()
        _, lost = struct.unpack("=II", listener.getsockopt(PACKET_LEVEL, STATISTICS, 8))
    pathlib.Path(file).write_bytes(b"\0".join(frames))
    print(f"{len(frames)} frames, {sum(map(len, frames))} bytes, of {', '.join(sorted(interfaces))}", file=sys.stderr)
    if lost:
        sys.exit(f"capture: {lost} frames were lost")
    return code


def main():
    if sys.argv[1] == "--finds":
        sys.exit(0 if finds(pathlib.Path(sys.argv[2]).read_bytes(), sys.argv[3]) else 1)
    sys.exit(capture(sys.argv[1], sys.argv[2:]))


if __name__ == "__main__":
    main()
