#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""How many guests redoubt-kbs takes: full handshakes with SEV-SNP evidence, and reads with a token.

  kbs_load.py PROGRAM [SECONDS] [CLIENTS]

Prints a line of JSON: rates, the 99th percentile of the time of one handshake, the service's processor time for one of each, and its
memory. The clients are Python and cost more than the service: what a core takes is 1000 / processor_ms. PROGRAM is a release build."""
import json
import multiprocessing
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration" / "kbs"))
sys.dont_write_bytecode = True
PROGRAM = os.environ["REDOUBT_KBS"] = os.path.abspath(sys.argv[1])
os.environ.setdefault("REDOUBT_SHARED", "")
import broker as brokers  # noqa: E402
from guest import RELEASE_ALL, Guest, init_data_digest  # noqa: E402
from snp_maker import Chip  # noqa: E402
from test_snp import MEASUREMENT, broker_for, snp_report  # noqa: E402

SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 10
CLIENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 4


class Kept:
    """A connection that is kept, in place of one a call."""

    def __init__(self, broker):
        self.connection = broker.connection()

    def call(self, method, path, body=None, headers=None):
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        self.connection.request(method, path, data, headers or {})
        response = self.connection.getresponse()
        return brokers.Answer(response.status, response.headers, response.read())


def handshakes(broker, chip, until, results):
    kept = Kept(broker)
    times = []
    while time.monotonic() < until:
        guest = Guest.__new__(Guest)
        guest.broker, guest.tpm, guest.tenant, guest.init_data = kept, None, "", KEY.init_data
        guest.key, guest.algorithm, guest.cookie, guest.nonce, guest.token = KEY.key, KEY.algorithm, None, None, None
        start = time.monotonic()
        assert guest.auth(tee="snp").status == 200
        middle = time.monotonic()
        evidence = {"attestation_report": snp_report(chip.report(guest.binding(), measurement=MEASUREMENT, host_data=init_data_digest())),
                    "cert_chain": chip.chain()}
        body = guest.attestation(evidence)
        made = time.monotonic() - middle  # the guest's own work
        assert guest.attest(body).status == 200
        assert guest.get("repo/type/tag").status == 200
        times.append(time.monotonic() - start - made)
    results.put(times)


def reads(broker, token, until, results):
    connection = broker.raw()
    request = f"GET /kbs/v0/resource/repo/type/tag HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    count = 0
    while time.monotonic() < until:
        connection.sendall(request)
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        count += 1
    results.put(count)


def in_parallel(target, *arguments):
    results = multiprocessing.Queue()
    until = time.monotonic() + SECONDS
    workers = [multiprocessing.Process(target=target, args=(*arguments, until, results)) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    gathered = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return gathered


def memory(process):
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


chip = Chip()
folder = pathlib.Path(tempfile.mkdtemp()) / "broker"
original = brokers.Broker.write_config
brokers.Broker.write_config = lambda self, settings: original(self, settings + "[limits]\nguest_rate = 1000000\nguest_burst = 1000000\n")
broker = broker_for(folder, chip, chip.revocation_list())
broker.set_policy(RELEASE_ALL)
KEY = Guest(broker)
try:
    before = processor_seconds(broker.process)
    times = [one for part in in_parallel(handshakes, broker, chip) for one in part]
    spent = processor_seconds(broker.process) - before
    token_guest = Guest(broker)
    token_guest.auth(tee="snp")
    token_guest.attest(token_guest.attestation({"attestation_report": snp_report(chip.report(token_guest.binding(), measurement=MEASUREMENT,
                                                                                              host_data=init_data_digest())), "cert_chain": chip.chain()}))
    before = processor_seconds(broker.process)
    counts = in_parallel(reads, broker, token_guest.token)
    spent_on_reads = processor_seconds(broker.process) - before
    print(json.dumps({"handshakes_per_second": round(len(times) / SECONDS, 1),
                      "handshake_p99_ms": round(statistics.quantiles(times, n=100)[98] * 1000, 1),
                      "handshake_median_ms": round(statistics.median(times) * 1000, 1),
                      "handshake_processor_ms": round(spent / len(times) * 1000, 3),
                      "reads_per_second": round(sum(counts) / SECONDS, 1),
                      "read_processor_ms": round(spent_on_reads / sum(counts) * 1000, 3), "clients": CLIENTS, "rss_kib": memory(broker.process)}))
finally:
    broker.stop()
