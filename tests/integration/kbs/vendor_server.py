# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A vendor's service over HTTPS, as it is and as it should not be."""
import http.server
import ssl
import threading
import time

from broker import make_certificate


class Reply:
    """What one path answers. `wait`: seconds before it does."""

    def __init__(self, body=b"", status=200, headers=None, wait=0):
        self.body, self.status, self.headers, self.wait = body, status, headers or {}, wait


class VendorServer:
    def __init__(self, folder, name="vendor"):
        self.key, self.certificate = make_certificate(folder, name, "-addext", "subjectAltName=IP:127.0.0.1")
        self.replies, self.asked, self.port, self.server = {}, [], 0, None
        self.start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def start(self):
        vendor = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                vendor.asked.append(self.path)
                reply = vendor.replies.get(self.path, Reply(status=404))
                time.sleep(reply.wait)
                try:
                    self.send_response(reply.status)
                    for header, value in reply.headers.items():
                        self.send_header(header, value)
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self.wfile.write(reply.body)
                except OSError:
                    pass  # who asked has gone

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # a handshake that failed is the other side's to tell

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def count(self, part):
        return sum(part in path for path in self.asked)


def answers_of_amd(chip, number=1):
    """Of AMD's service, for one Milan; its VLEKs it does not know."""
    from cryptography.hazmat.primitives.serialization import Encoding
    vcek = f"/vcek/v1/Milan/{chip.chip_id.hex()}?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219"
    return {"/vcek/v1/Milan/cert_chain": Reply(chip.chain_pem()),
            "/vcek/v1/Milan/crl": Reply(chip.revocation_list(number=number, encoding=Encoding.DER)), vcek: Reply(chip.leaf_der())}


def answers_of_intel(intel, fmspc, number=17):
    def list_of(name):
        return Reply(intel.revocation_list(name), headers={"SGX-PCK-CRL-Issuer-Chain": intel.chain(name)})

    signer = intel.chain("Intel SGX TCB Signing")
    sgx, tdx = "/sgx/certification/v4", "/tdx/certification/v4"
    return {f"{sgx}/rootcacrl": Reply(intel.revocation_list("Intel SGX Root CA").hex().encode()),
            f"{sgx}/pckcrl?ca=platform&encoding=der": list_of("Intel SGX PCK Platform CA"),
            f"{sgx}/pckcrl?ca=processor&encoding=der": list_of("Intel SGX PCK Processor CA"),
            f"{tdx}/qe/identity": Reply(intel.qe_identity(number), headers={"SGX-Enclave-Identity-Issuer-Chain": signer}),
            f"{tdx}/tcb?fmspc={fmspc}": Reply(intel.tcb_info(number), headers={"TCB-Info-Issuer-Chain": signer})}
