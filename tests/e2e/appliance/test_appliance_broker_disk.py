# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A box whose volumes lie on a disk that its key broker opens: a real broker beside the machine, and a TPM with a certificate of its vendor."""
import json
import os
import pathlib
import shutil
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "common/sdk"), str(ROOT / "tests/e2e"), str(ROOT / "tests/integration/kbs")]
sys.dont_write_bytecode = True
os.environ.setdefault("REDOUBT_KBS", shutil.which("redoubt-kbs") or "redoubt-kbs")
import broker as brokers  # noqa: E402
from certified_tpm import CertifiedTpm  # noqa: E402
from node_under_test import TIER, Registry, free_port, images_folder  # noqa: E402
from test_appliance import ANSWERS, BOOT, GIBI, MIBI, PORT, STATUS, Administrator, empty_disk, install  # noqa: E402

pytestmark = [pytest.mark.skipif(not os.environ.get("REDOUBT_IMAGE"), reason="needs a host image: REDOUBT_IMAGE (./sdk test appliance makes one)"),
              pytest.mark.skipif(TIER == "quick", reason="in the full tier")]
KEY, DISK = "redoubt-host/disk/box", "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_disk1"
PLANTED = "what a workload keeps"


@pytest.fixture(scope="module")
def tpm(tmp_path_factory):
    made = CertifiedTpm(tmp_path_factory.mktemp("vendor") / "tpm")
    made.stop()  # from now on the machine's
    return made


@pytest.fixture(scope="module")
def broker(tmp_path_factory, tpm):
    made = brokers.Broker(tmp_path_factory.mktemp("trust") / "broker", f'anchors = ["{tpm.authority}/swtpm-localca-rootca-cert.pem"]\n')
    brokers.make_certificate(made.folder, "server", "-addext", "subjectAltName=IP:127.0.0.1,IP:10.0.2.2")
    made.init().start()
    made.put_resource(KEY, os.urandom(64))
    made.set_policy(f'package policy\nimport rego.v1\nallow_host if data["resource-path"] == {json.dumps(KEY.split("/"))}\n')
    yield made
    made.stop()


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    made = Registry(tmp_path_factory.mktemp("registry"))
    made.push(images_folder() / "busybox", "busybox:latest")
    yield made
    made.stop()


def enrol(broker, tpm, administrator):
    """What an administrator of both does once, who knows which machine this is. What it booted is taken from itself: the machine is new."""
    asked = administrator.run("-H", "box", "attest", "node", "--json")
    pcrs = json.loads(asked.stdout)["evidence"]["tpm_quote"]["pcrs"]
    broker.add_reference_values({f"tpm_pcr{register}": [pcrs[register]] for register in (7, 11, 15)})
    (tpm.folder / "issuer.pem").write_bytes((tpm.authority / "issuercert.pem").read_bytes())
    administrator.environment |= {"REDOUBT_KBS": f"https://127.0.0.1:{broker.port}", "REDOUBT_KBS_CA": f"{broker.folder}/server.crt",
                                  "REDOUBT_KBS_CERT": f"{broker.folder}/alice.crt", "REDOUBT_KBS_KEY": f"{broker.folder}/alice.key"}
    administrator("-H", "box", "attest", "enrol", "--authority", tpm.folder / "issuer.pem")


def until_it_works(administrator, *words):
    """What it says in the end: before the disk is there, it is refused by its reason and by no other."""
    end = time.monotonic() + BOOT
    while (done := administrator.run("-H", "box", *words)).returncode != 0:
        assert "the disk of volumes is not mounted" in done.stderr and time.monotonic() < end, done
        time.sleep(2)
    return done.stdout


def holds(file, text):
    """Whether it stands anywhere in a file with holes."""
    with open(file, "rb") as source:
        size, at = source.seek(0, os.SEEK_END), 0
        while at < size:
            try:
                at = os.lseek(source.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole
                return False
            end = os.lseek(source.fileno(), at, os.SEEK_HOLE)
            for start in range(at, end, 64 * MIBI):
                if text.encode() in os.pread(source.fileno(), 64 * MIBI + len(text), start):
                    return True
            at = end
    return False


def test_volumes_lie_on_a_disk_that_opens_for_the_enrolled_box_alone(tmp_path, tpm, broker, registry):
    administrator = Administrator(tmp_path / "administrator")
    folder, volumes = tmp_path / "box", empty_disk(tmp_path / "volumes.raw", 2 * GIBI)
    shutil.copytree(tpm.folder / "state", folder / "tpm")
    disk, port = empty_disk(folder / "disk.raw"), free_port()
    said, machine = install(folder, disk, ANSWERS + administrator.answers() + f'[broker]\nurl = "https://10.0.2.2:{broker.port}"\ncertificate = """\n'
                            f'{(broker.folder / "server.crt").read_text()}"""\ndisk_key = "kbs:///{KEY}"\n[volumes]\ndisk = "{DISK}"\n')
    assert said.startswith("installed"), said
    name = f"10.0.2.2:{registry.port}/busybox:latest"

    def boot():
        since = len(machine.serial)
        machine.start(disks=[disk, volumes], forward=[(port, PORT)], outward=True)
        return machine.wait_for(STATUS, BOOT, since)

    with machine:
        administrator("profile", "add", "box", f"127.0.0.1:{port}", "--fingerprint", boot()[4])
        refused = administrator.run("-H", "box", "volume", "create", "data")
        assert refused.returncode != 0 and "the disk of volumes is not mounted" in refused.stderr, refused
        enrol(broker, tpm, administrator)
        until_it_works(administrator, "volume", "create", "data")
        administrator("-H", "box", "image", "pull", "--tls-verify=false", name)
        administrator("-H", "box", "run", "--rm", "-v", "data:/data", name, "sh", "-c", f"echo {PLANTED} > /data/file; sync")
    with machine:  # the plug was pulled
        boot()
        assert until_it_works(administrator, "run", "--rm", "-v", "data:/data", name, "cat", "/data/file") == PLANTED + "\n"
    assert not [file.name for file in (disk, volumes) if holds(file, PLANTED)], "in clear text"
    assert holds(volumes, "redoubt-volumes".encode("utf-16-le").decode("latin-1")), "the disk was made"
    released = [record for record in broker.audit() if record["op"] == "release" and record["decision"] == "allowed"]
    assert {record["object"] for record in released} == {"resource/" + KEY}
