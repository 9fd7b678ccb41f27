#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Asks the oracle, whose certificate its owner has published. Exit code 3: somebody else answers, who is told nothing.

usage: client.py CERTIFICATE ADDRESS PORT PROMPT
       client.py --in-the-clear ADDRESS PORT TEXT    says the text without TLS, for whoever listens on the way"""
import contextlib
import http.client
import socket
import ssl
import sys

NAME, SECONDS = "oracle.redoubt.example", 60


def ask(certificate, address, prompt):
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = http.client.HTTPSConnection(NAME, timeout=SECONDS, context=context)
    # Python's own place for it: the name decides who it has to be, the address only where.
    connection._create_connection = lambda _, timeout, source: socket.create_connection(address, timeout)
    connection.request("POST", "/", prompt.encode(), {"Content-Type": "text/plain; charset=utf-8"})
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"client: {answer.status} {answer.reason}")
    return answer.read().decode().strip()


def say_in_the_clear(address, text):
    with socket.create_connection(address, SECONDS) as connection, contextlib.suppress(OSError):
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)


def main():
    certificate, address, port, text = sys.argv[1:]
    if certificate == "--in-the-clear":
        say_in_the_clear((address, int(port)), text)
        return
    try:
        print(ask(certificate, (address, int(port)), text))
    except ssl.SSLCertVerificationError as wrong:
        print(f"client: this is not the oracle: {wrong.verify_message}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
