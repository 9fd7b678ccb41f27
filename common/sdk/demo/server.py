# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Answers prompts over TLS that ends here, in the container: POST a prompt, get text. Key and certificate come from the key broker, by the guest's
workload API; nothing of them is in the image, and nothing is written anywhere."""
import http.client
import http.server
import os
import ssl
import sys
import time

from model import Model

PORT = 8443
MOST_BYTES, SECONDS = 4096, 30


def resource(path):
    """Of the key broker; it may be away for a while."""
    for pause in (1, 2, 4, None):
        asked = http.client.HTTPConnection("127.0.0.1", 8006, timeout=60)
        asked.request("GET", f"/cdh/resource/{path}")
        answer = asked.getresponse()
        body = answer.read()
        if answer.status == 200:
            return body
        if answer.status != 503 or pause is None:
            sys.exit(f"kbs:///{path}: {answer.status} {body.decode(errors='replace')}")
        time.sleep(pause)


def in_memory(data):
    """The path of a file that is in memory alone: all that the TLS library takes."""
    fd = os.memfd_create("tls")
    os.write(fd, data)
    return f"/proc/self/fd/{fd}"


class Oracle(http.server.BaseHTTPRequestHandler):
    model = None
    timeout = SECONDS

    def do_POST(self):
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES:
            self.send_error(413, f"a prompt has a Content-Length, of {MOST_BYTES} at most")
            return
        text = (self.model.answer(self.rfile.read(int(size)).decode(errors="replace")) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words):
        """Prompts are nobody's business."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context):
        super().__init__(("", PORT), Oracle)
        self.context = context

    def finish_request(self, request, client_address):
        """The handshake is in the connection's own thread: who says nothing holds up nobody."""
        request.settimeout(SECONDS)
        super().finish_request(self.context.wrap_socket(request, server_side=True), client_address)

    def handle_error(self, request, client_address):
        """Who does not speak TLS is not answered."""


def main():
    Oracle.model = Model(os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(in_memory(resource("oracle/tls/certificate")), in_memory(resource("oracle/tls/key")))
    print("the oracle answers", flush=True)
    Server(context).serve_forever()


if __name__ == "__main__":
    main()
