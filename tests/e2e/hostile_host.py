# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A host that changes what it launches, or what it brings its guests, and a table of what becomes of it: who refuses, with which code and words, and
whether the broker released a key meanwhile. Rows are shared by the tests of tampering and the demo."""
import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import struct
import time
from dataclasses import dataclass

from node_under_test import ROOT, own_node
from workload_owner import VERSIONS, list_versions, records, releases, requests, trust, write

HERE = pathlib.Path(__file__).resolve().parent
GUEST = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
FIRMWARE = pathlib.Path("/usr/share/ovmf/OVMF.amdsev.fd")
BROKER, OWNER = "broker, before any policy", "broker, the owner's policy"
BOOT, GATE, PULL = "guest, before it serves", "guest, its measured policy", "guest, bringing the image"
DENIED = "the broker answers 401: PolicyDeny"


def one_bit(source, place, out):
    """A copy of which one bit is another."""
    data = bytearray(pathlib.Path(source).read_bytes())
    data[place] ^= 1
    out.write_bytes(data)
    return out


class Host:
    """A node whose hypervisor lies when it is told to. A workload has `image`, `initdata` and `run(ctl, initdata=, image=)`."""

    def __init__(self, folder, node, workload):
        self.folder, self.node, self.workload = folder, node, workload

    def run(self, lie="", **more):
        write(self.folder / "vmm/lie", lie)
        time.sleep(0.1)  # the simulator does not believe files as young as their process
        return self.workload.run(self.node.ctl, **more)

    def blob(self, digest):
        return self.node.state / "guest-blobs/sha256" / digest.removeprefix("sha256:")

    @property
    def manifest(self):
        return self.blob(self.workload.image.rpartition("@")[2])


@contextlib.contextmanager
def hostile_host(workload, simulator, broker):
    # Short, as it holds sockets.
    folder = pathlib.Path("/var/tmp") / f"rdt-hostile-{os.getpid()}"
    vmm = folder / "vmm"  # which QEMU sees, as it is its program's
    vmm.mkdir(parents=True)
    try:
        shutil.copy(HERE / "hostile_qemu.py", vmm / "qemu")
        write(vmm / "lie", "")
        one_bit(GUEST / "vmlinuz", 0x800, vmm / "kernel")  # between its headers and its code
        # A bit of a compressed archive is many of its files: what boots all the same is one with a byte more, which the kernel passes over.
        (vmm / "initrd").write_bytes((GUEST / "initramfs-confidential.cpio").read_bytes() + b"\0")
        config = f'[hypervisor]\nqemu = "{vmm}/qemu"\n[confidential]\nsimulator = "{simulator}"\nbroker = "{broker}"\nfirmware = "{FIRMWARE}"\n'
        with own_node(config) as node:
            node.ctl.ok("image", "pull", "--tls-verify=false", workload.image, timeout=300)
            yield Host(folder, node, workload)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def list_untouched(host):
    """From here on the untouched guest gets the key: what is refused is refused for what was changed. Each node has a measurement of its own under
    emulation, where the command line says how fast its clock is."""
    run = host.run()
    host.node.ctl.remove_all()
    assert run.returncode == 125 and DENIED in run.stderr, run.stdout + run.stderr
    measured = re.search("snp_launch_measurement ([0-9a-f]{96}) ", records("refused")[-1]["reason"])[1]
    trust("reference-value", "add", "snp_launch_measurement", measured)
    return measured


@contextlib.contextmanager
def changed_blob(path, change):
    """What a node has of an image, changed; as long as it was."""
    before = path.read_bytes()
    after = change(before)
    assert len(after) == len(before) and after != before
    path.write_bytes(after)
    try:
        yield {}
    finally:
        path.write_bytes(before)


def layer_byte(host):
    layers = json.loads(host.manifest.read_bytes().rstrip(b"\0"))["layers"]
    first = next(layer for layer in layers if layer["mediaType"].endswith("+encrypted"))
    return changed_blob(host.blob(first["digest"]), lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:])


def other_layers(change):
    """The manifest with other layers than the owner's."""
    def changed(data):
        manifest = json.loads(data.rstrip(b"\0"))
        manifest["layers"] = change(manifest["layers"])
        text = json.dumps(manifest, separators=(",", ":")).encode()
        size = len(data.rstrip(b"\0"))
        assert len(text) <= size
        return text.ljust(size) + data[size:]
    return lambda host: changed_blob(host.manifest, changed)


@contextlib.contextmanager
def initdata_disk(host):
    """A disk whose text is not what the launch says."""
    text = bytearray(host.workload.initdata.read_bytes())
    text[text.index(b"agent_policy")] ^= 1
    packed = gzip.compress(bytes(text))
    data = b"initdata" + struct.pack("<Q", len(packed)) + packed
    (host.folder / "vmm/initdata").write_bytes(data + bytes(-len(data) % 512))
    yield {}


@contextlib.contextmanager
def other_policy(host):
    """The policy with one bit changed, on the disk and in what the launch is bound to."""
    text = host.workload.initdata.read_text()
    assert "# What a guest does" in text
    yield {"initdata": write(host.folder / "changed.toml", text.replace("# What a guest does", "# what a guest does", 1))}


@contextlib.contextmanager
def operators_initdata(host):
    """A policy that lets the host do whatever it likes."""
    text = host.workload.initdata.read_text()
    assert "default ExecProcessRequest := false" in text
    yield {"initdata": write(host.folder / "operators.toml", text.replace("default ExecProcessRequest := false", "default ExecProcessRequest := true", 1))}


@contextlib.contextmanager
def newer_firmware_wanted(host):
    """The chip's firmware is older than what the owner lists."""
    list_versions(host.folder, VERSIONS | {"snp_microcode": [VERSIONS["snp_microcode"][0] + 1]})
    try:
        yield {}
    finally:
        list_versions(host.folder)


@dataclass(frozen=True)
class Outcome:
    row: str
    who: str
    code: str
    words: str
    released: int  # keys, meanwhile


@dataclass(frozen=True)
class Row:
    """One change, and what has to become of it: `said` is in what the operator is told, `reason` in the broker's log."""
    what: str
    who: str
    code: str
    said: str
    reason: str = ""
    lie: str = ""
    change: object = contextlib.nullcontext

    def play(self, host):
        """Raises AssertionError when it is not refused so."""
        host.node.ctl.remove_all()
        released, refused = releases(), len(records("refused"))
        asked = requests()
        with self.change(host) as changes:
            run = host.run(self.lie, **(changes if isinstance(changes, dict) else {}))
        host.node.ctl.remove_all()
        told = re.search(self.said, run.stderr)
        assert run.returncode == 125 and told, f"{self.what}: {run.returncode}\n{run.stdout}{run.stderr}"
        words = told[0]
        if self.reason:
            heard = [re.search(self.reason, record["reason"]) for record in records("refused")[refused:]]
            assert any(heard), f"{self.what}: {records('refused')[refused:]}"
            words = next(filter(None, heard))[0]
        outcome = Outcome(self.what, self.who, self.code, " ".join(words.split()), releases() - released)
        assert outcome.released == 0, f"{self.what}: {outcome.released} keys were released"
        # The guest is the owner's, and would get a key: it is not to ask for one.
        assert self.who != PULL or requests() == asked, f"{self.what}: the guest has asked for a key"
        return outcome


MEASURED = "snp_launch_measurement [0-9a-f]{96} is not among the reference values"
NOT_LAUNCHED = "initdata: [^\n]*digest sha384:[^\n]*"
ROWS = [
    Row("kernel: one bit", BROKER, "401 PolicyDeny", DENIED, MEASURED, lie="kernel"),
    Row("initrd: one byte more", BROKER, "401 PolicyDeny", DENIED, MEASURED, lie="initrd"),
    Row("kernel command line: one bit", BROKER, "401 PolicyDeny", DENIED, MEASURED, lie="cmdline"),
    Row("number of processors", BROKER, "401 PolicyDeny", DENIED, MEASURED, lie="vcpus"),
    Row("policy: one bit, on the disk", BOOT, "PERMISSION_DENIED", NOT_LAUNCHED, lie="initdata", change=initdata_disk),
    Row("HOST_DATA of the launch: one bit", BOOT, "PERMISSION_DENIED", NOT_LAUNCHED, lie="host data"),
    Row("policy: one bit, on the disk and in HOST_DATA", BROKER, "401 PolicyDeny", DENIED, "init data [0-9a-f]{64} is not among[^;]*", change=other_policy),
    Row("the operator's own initdata", BROKER, "401 PolicyDeny", DENIED, "init data [0-9a-f]{64} is not among[^;]*", change=operators_initdata),
    Row("the chip's TCB older than listed", OWNER, "401 PolicyDeny", DENIED, "^(?!.*before any policy).+", change=newer_firmware_wanted),
    Row("layers in another order", PULL, "DATA_LOSS", "manifest: its disk holds [^\n]*", change=other_layers(lambda layers: layers[::-1])),
    Row("a layer missing", PULL, "DATA_LOSS", "manifest: its disk holds [^\n]*", change=other_layers(lambda layers: layers[:-1])),
    Row("layer: one bit", PULL, "DATA_LOSS", r"layer \d of \d \([^)]*\): its disk holds [^\n]*", change=layer_byte),
]


def markdown(outcomes):
    """A table, whose columns are as wide as their widest cell."""
    rows = [("changed, or done", "who refuses", "code", "key", "words")]
    for outcome in outcomes:
        words = re.sub("([0-9a-f]{8})[0-9a-f]{24,}", r"\1...", outcome.words).replace("|", "/")
        rows.append((outcome.row, outcome.who, outcome.code, str(outcome.released or "none"), words[:120]))
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |\n" for row in rows)
