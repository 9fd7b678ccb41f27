# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The tamper table: each thing that a launch measures changed by one bit, by a host that changes nothing else, and the way to the broker in
hostile hands. Who refuses, with which words, is a line of a table, printed as Markdown (REDOUBT_TAMPER_TABLE: into that file)."""
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from hostile_road import Road
from node_under_test import ROOT, TIER, eventually, own_node
from test_walk import FIRMWARE as VERSIONS
from test_walk import KEY, POLICY, Workload, records, trust, write

# Seventeen guests that are refused, one after the other, take ten minutes on two processors.
pytestmark = pytest.mark.skipif(TIER == "quick", reason="only in the full tier: ten minutes")
IMAGES = []
HERE = pathlib.Path(__file__).resolve().parent
PRODUCTION = pathlib.Path("/usr/share/ovmf/OVMF.amdsev.fd")
GUEST = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))


def one_bit(source, place, out):
    """A copy of which one bit is another."""
    data = bytearray(pathlib.Path(source).read_bytes())
    data[place] ^= 1
    out.write_bytes(data)
    return out


class Simulator:
    """A redoubt-simtee with the trust site's chain, whose firmware a test may exchange."""

    def __init__(self, folder):
        self.folder, self.socket, self.process = folder, folder / "simtee.sock", None
        self.start(PRODUCTION)

    def start(self, firmware):
        if self.process:
            self.stop()
        config = write(self.folder / "simtee.toml",
                       f'listen = "{self.socket}"\nstate_dir = "{os.environ["REDOUBT_TRUST_SITE"]}/simtee"\n[snp]\nfirmware = "{firmware}"\n')
        log = open(self.folder / "simtee.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["redoubt-simtee", "--config", config], stderr=log)
        log.close()
        eventually(lambda: "ready" in (self.folder / "simtee.log").read_text(), "the simulator is ready")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


class World:
    """A node whose hypervisor lies when it is told to, and its road to the broker."""

    def __init__(self, folder, node, workload, simulator, road):
        self.folder, self.node, self.workload, self.simulator, self.road = folder, node, workload, simulator, road
        self.rows = []

    def run(self, lie="", road="", initdata=None):
        write(self.folder / "vmm/lie", lie)
        time.sleep(0.1)
        self.road.lie = road
        return self.workload.run(self.node.ctl, initdata=initdata)

    def note(self, what, stage, code, words):
        self.rows.append((what, stage, code, words))

    def table(self):
        lines = ["| one bit of, or on the road | who refuses | code | words |", "|---|---|---|---|"]
        return "\n".join(lines + [f"| {' | '.join(row)} |" for row in self.rows]) + "\n"


def make_workload(folder, registry, images):
    made = Workload(folder, registry, images / "busybox", name="tampered")
    trust("policy", "set", "resource", write(folder / "release.rego", POLICY))
    trust("resource", "set", KEY, "--file", made.key)
    trust("reference-value", "add", "--file", write(folder / "firmware.json", json.dumps(VERSIONS)))
    trust("reference-value", "add", "init_data", made.host_data())
    return made


@pytest.fixture(scope="module")
def world(registry, images, tmp_path_factory):
    # Short, as it holds sockets.
    folder = pathlib.Path("/var/tmp") / f"rdt-tamper-{os.getpid()}"
    vmm = folder / "vmm"  # which QEMU sees, as it is its program's
    vmm.mkdir(parents=True)
    shutil.copy(HERE / "hostile_qemu.py", vmm / "qemu")
    write(vmm / "lie", "")
    workload = make_workload(tmp_path_factory.mktemp("owner"), registry, images)
    one_bit(GUEST / "vmlinuz", 0x800, vmm / "kernel")  # between its headers and its code
    # A bit of a compressed archive is many of its files: what boots all the same is one with a byte more, which the kernel passes over.
    (vmm / "initrd").write_bytes((GUEST / "initramfs-confidential.zst").read_bytes() + b"\0")
    simulator = Simulator(folder)
    host, _, port = os.environ["REDOUBT_KBS_ADDRESS"].rpartition(":")
    road = Road((host, int(port)))
    config = (f'[hypervisor]\nqemu = "{vmm}/qemu"\n[confidential]\nsimulator = "{simulator.socket}"\nbroker = "127.0.0.1:{road.port}"\n'
              f'firmware = "{PRODUCTION}"\n')
    try:
        with own_node(config) as node:
            node.ctl.ok("image", "pull", "--tls-verify=false", workload.image, timeout=300)
            made = World(folder, node, workload, simulator, road)
            yield made
            print("\n" + made.table())
            if out := os.environ.get("REDOUBT_TAMPER_TABLE"):
                write(pathlib.Path(out), made.table())
    finally:
        road.close()
        simulator.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def clean(world):
    world.node.ctl.remove_all()
    yield
    world.node.ctl.remove_all()


def listed(world):
    """What the node foretells is what its owner lists. From here on the untouched guest gets the key."""
    run = world.run()
    if run.returncode != 0:
        measured = re.search(r"snp_launch_measurement ([0-9a-f]{96}) ", records("refused")[-1]["reason"])[1]
        trust("reference-value", "add", "snp_launch_measurement", measured)
        world.node.ctl.remove_all()
        run = world.run()
    assert run.returncode == 0, run.stderr
    return world.node.ctl.inspect(world.workload.name)["sandbox"]["confidential"]["measurement"]


def test_the_untouched_guest_gets_its_key(world):
    assert re.fullmatch("[0-9a-f]{96}", listed(world))
    assert records("allowed")[-1]["op"] == "release"
    world.note("nothing", "nobody", "0", "the container runs")


BROKER = {
    "kernel": "kernel",
    "initrd": "initrd",
    "cmdline": "kernel command line",
    "vcpus": "number of processors",
}


@pytest.mark.parametrize("lie", BROKER)
def test_another_launch_is_refused_by_the_broker(world, lie):
    listed(world)
    world.node.ctl.remove_all()
    before = len(records("refused"))
    run = world.run(lie)
    assert run.returncode == 125 and f"kbs:///{KEY}: the broker answers 401: PolicyDeny" in run.stderr, run.stderr
    refused = records("refused")
    assert len(refused) > before and re.search("snp_launch_measurement [0-9a-f]{96} ", refused[-1]["reason"]), refused[-1]
    world.note(BROKER[lie], "broker, before any policy", "401 PolicyDeny", "snp_launch_measurement … is not among the reference values")


def test_another_firmware_is_refused_by_the_broker(world):
    listed(world)
    world.node.ctl.remove_all()
    world.simulator.start(one_bit(PRODUCTION, 0x100000, world.folder / "firmware"))
    try:
        run = world.run()
        assert run.returncode == 125 and "the broker answers 401: PolicyDeny" in run.stderr, run.stderr
        assert "snp_launch_measurement" in records("refused")[-1]["reason"]
    finally:
        world.simulator.start(PRODUCTION)
    world.note("firmware", "broker, before any policy", "401 PolicyDeny", "snp_launch_measurement … is not among the reference values")


def test_a_guest_that_is_told_not_to_be_strict_does_not_serve(world):
    run = world.run("mark")
    assert run.returncode == 125, run.stdout
    world.note("the mark redoubt.confidential=1", "guest, at boot", "125", "the agent ends")


def test_other_initdata_on_the_disk_is_refused_by_the_guest(world):
    text = bytearray(world.workload.initdata.read_bytes())
    text[text.index(b"agent_policy")] ^= 1
    write_disk(world.folder / "vmm/initdata", bytes(text))
    run = world.run("initdata")
    assert run.returncode == 125 and "initdata: " in run.stderr and "digest sha384:" in run.stderr, run.stderr
    world.note("initdata (its policy), on the disk", "guest, before it serves", "PERMISSION_DENIED", "initdata: the disk's digest … is not what was launched")


def test_another_host_data_is_refused_by_the_guest(world):
    run = world.run("host data")
    assert run.returncode == 125 and "initdata: " in run.stderr and "digest sha384:" in run.stderr, run.stderr
    world.note("HOST_DATA of the launch", "guest, before it serves", "PERMISSION_DENIED", "initdata: the disk's digest … is not what was launched")


def test_other_initdata_that_is_launched_so_is_refused_by_the_broker(world):
    listed(world)
    world.node.ctl.remove_all()
    text = world.workload.initdata.read_text()
    other = write(world.folder / "other.toml", text.replace("# What a guest does", "# what a guest does", 1))
    assert other.read_text() != text
    run = world.run(initdata=other)
    assert run.returncode == 125 and "the broker answers 401: PolicyDeny" in run.stderr, run.stderr
    assert re.search("init data [0-9a-f]{64} is not among", records("refused")[-1]["reason"]), records("refused")[-1]
    world.note("initdata (its policy), on the disk and in HOST_DATA", "broker, before any policy", "401 PolicyDeny",
               "init data … is not among the reference values")


def write_disk(path, text):
    packed = gzip.compress(text)
    data = b"initdata" + struct.pack("<Q", len(packed)) + packed
    path.write_bytes(data + bytes(-len(data) % 512))


def test_a_road_that_delays_only_takes_longer(world):
    listed(world)
    world.node.ctl.remove_all()
    run = world.run(road="delay")
    assert run.returncode == 0, run.stderr
    world.note("road: delays each piece", "nobody", "0", "the container runs")


ROADS = {"drop": "cuts each connection", "change": "changes a bit of what the broker says", "replay": "plays an earlier session again"}


@pytest.mark.parametrize("road", ROADS)
def test_a_road_that_lies_gives_no_key(world, road):
    listed(world)
    assert world.road.recorded
    world.node.ctl.remove_all()
    released = len(records("allowed"))
    run = world.run(road=road)
    assert run.returncode == 125 and f"kbs:///{KEY}" in run.stderr, run.stderr
    assert len([record for record in records("allowed")[released:] if record["op"] == "release"]) == 0
    words = run.stderr.strip().rpartition(f"kbs:///{KEY}: ")[2]
    world.note(f"road: {ROADS[road]}", "guest, by TLS", "125", words[:120].replace("|", "/"))


def test_a_road_to_another_broker_gives_that_one_nothing(world):
    listed(world)
    world.node.ctl.remove_all()
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        world.road.elsewhere = listener.getsockname()
        make_key(world.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.folder / "other.crt", world.folder / "other.key")

        def serve():
            while True:
                try:
                    with context.wrap_socket(listener.accept()[0], server_side=True) as guest:
                        heard.append(guest.recv(65536))
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        run = world.run(road="swap")
    assert run.returncode == 125 and f"kbs:///{KEY}" in run.stderr, run.stderr
    assert not any(heard), "the guest spoke to a broker that its initdata does not pin"
    words = run.stderr.strip().rpartition(f"kbs:///{KEY}: ")[2]
    world.note("road: leads to another broker", "guest, by the pinned certificate", "125", words[:120].replace("|", "/"))


def make_key(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "other.key", "-out", folder / "other.crt"], check=True, capture_output=True)


def test_after_all_of_that_the_untouched_guest_still_gets_its_key(world):
    assert listed(world)
