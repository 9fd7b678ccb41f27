# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A broker that many guests may ask at once, and kbs_load, which is those guests (tests/performance/kbs)."""
import contextlib
import json
import struct
import subprocess
import uuid

from guest import INIT_DATA, init_data_digest
from snp_maker import Chip
from test_snp import MEASUREMENT, broker_for

LIMITS = "[limits]\nguest_rate = 1000000\nguest_burst = 1000000\n"
# Of a host's certificate table: GHCB 2.0 (56421), SNP extended guest request.
CERTIFICATE_KINDS = {"VCEK": "63da758d-e664-4564-adc5-f4b93be8accd", "ASK": "4ab7b379-bbac-4fe4-a02f-05aef327c782",
                     "ARK": "c0b406a4-a803-4952-9743-3fb6014cd0ae"}


@contextlib.contextmanager
def loaded_broker(folder):
    """The broker, and the chip that it believes."""
    chip = Chip()
    broker = broker_for(folder, chip, chip.revocation_list(), LIMITS)
    try:
        yield broker, chip
    finally:
        if broker.process:
            broker.stop()


def certificate_table(chain):
    """Certificates as a host hands them to its guests."""
    entries, data = b"", b""
    start = 24 * (len(chain) + 1)
    for certificate in chain:
        content = bytes(certificate["data"])
        entries += uuid.UUID(CERTIFICATE_KINDS[certificate["cert_type"]]).bytes_le + struct.pack("<II", start + len(data), len(content))
        data += content
    return entries + bytes(24) + data


def plan_for(broker, chip, operation, count, rate=0, connections=64):
    """What kbs_load reads: everything a guest of this broker has, and its chip's key."""
    report = chip.report(bytes(48), measurement=MEASUREMENT, host_data=init_data_digest())
    return {"broker": f"https://127.0.0.1:{broker.port}", "authority": (broker.folder / "server.crt").read_text(), "process": broker.process.pid,
            "operation": operation, "count": count, "rate": rate, "connections": connections, "resource": "repo/type/tag", "init_data": INIT_DATA,
            "chip_key": chip.key_pem(), "report": report.hex(), "certificates": certificate_table(chip.chain()).hex()}


def run_load(client, plan, processor=None):
    """What came of a plan; on a processor of the client's own, where one is named."""
    pinned = ["taskset", "-c", str(processor)] if processor is not None else []
    done = subprocess.run([*pinned, client], input=json.dumps(plan), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
