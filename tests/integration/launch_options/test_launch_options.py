# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What QEMU says to the commands of the golden files: it takes them apart without the hardware, up to the point where that is needed."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys

import pytest

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden/node-daemon/hypervisor"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "simtee"))
sys.dont_write_bytecode = True
os.environ.setdefault("REDOUBT_SIMTEE", "")
os.environ.setdefault("REDOUBT_MEASURE", "")
from simulated_guest import make_kernel  # noqa: E402

FIRMWARE = {"sev_snp": "/usr/share/ovmf/OVMF.amdsev.fd", "tdx": "/usr/share/ovmf/OVMF.inteltdx.ms.fd",
            "simulated_q35": "/usr/share/ovmf/OVMF.inteltdx.ms.fd"}
# How QEMU refuses an option or a member that it does not know, lacks, or takes for another kind.
REFUSALS = re.compile(r"Parameter '|Property '|Invalid parameter|is missing|is unexpected|invalid option|Invalid JSON|unsupported machine|"
                      r"is not a valid device|No 'virtio|not found|base64|length|expected")
# How it says that this host cannot: no KVM that works, or one without the processor's extension.
NO_HARDWARE = re.compile(r"KVM kernel module|failed to initialize kvm|not supported by KVM|KVM_CREATE_VM|guest_memfd|sev_|tdx", re.I)


class Command:
    """A golden file: arguments, and what the descriptors behind them are."""

    def __init__(self, name):
        self.words, self.descriptors = [], {}
        for line in (GOLDEN / f"{name}.args").read_text().splitlines():
            if fd := re.match(r"(\d+): (\S+) ?(\S*)( \(writable\))?$", line):
                self.descriptors[int(fd[1])] = (fd[2], bool(fd[4]))
            elif line.startswith("-"):
                option, _, value = line.partition(" ")
                self.words += [option, value] if value else [option]

    def replace(self, option, change):
        """The one value of an option that `change` makes another one of."""
        for at, word in enumerate(self.words):
            if word == option and (other := change(self.words[at + 1])) != self.words[at + 1]:
                self.words[at + 1] = other
                return
        raise AssertionError(f"nothing of {option} is changed")


def open_all(command, name, folder):
    """A descriptor of its kind for each number."""
    (folder / "vmlinuz").write_bytes(make_kernel(b"kernel"))
    (folder / "initramfs").write_bytes(b"initramfs")
    (folder / "disk").write_bytes(bytes(4096))
    files = {"kernel": folder / "vmlinuz", "initramfs": folder / "initramfs", "disk": folder / "disk", "firmware": FIRMWARE[name],
             "kvm": "/dev/kvm", "secure_processor": "/dev/sev"}
    opened = {}
    for number, (role, is_writable) in command.descriptors.items():
        if role in files:
            path = files[role] if os.path.exists(files[role]) else "/dev/null"
            opened[number] = os.open(path, os.O_RDWR if is_writable else os.O_RDONLY)
        elif role == "tap":
            tap = os.open("/dev/net/tun", os.O_RDWR)
            opened[number] = tap
        else:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(folder / f"{role}.sock"))
                listener.listen(1)
                opened[number] = os.dup(listener.fileno())
    return opened


def run(command, name, folder, seconds=30):
    """What QEMU says, and whether it still ran: the guest itself stands still."""
    opened = open_all(command, name, folder)

    def place():
        # Out of each other's way first.
        parked = {number: os.dup2(fd, 200 + number, inheritable=False) for number, fd in opened.items()}
        for number, fd in parked.items():
            os.dup2(fd, number)

    process = subprocess.Popen(["qemu-system-x86_64", *command.words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, close_fds=False, preexec_fn=place)
    try:
        return process.communicate(timeout=seconds)[0], False
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0], True
    finally:
        for fd in opened.values():
            os.close(fd)


@pytest.mark.parametrize("name,kind", [("sev_snp", "sev-snp-guest"), ("tdx", "tdx-guest")])
def test_qemu_takes_the_whole_command_and_lacks_only_the_hardware(name, kind, tmp_path):
    command = Command(name)
    assert any(f'"qom-type":"{kind}"' in word for word in command.words)
    said, still_runs = run(command, name, tmp_path)
    if still_runs:
        return  # this host has the processor
    assert NO_HARDWARE.search(said) and not REFUSALS.search(said), said


@pytest.mark.parametrize("name", ["sev_snp", "tdx"])
def test_a_member_that_nobody_knows_is_seen_by_qemu(name, tmp_path):
    command = Command(name)
    command.replace("-object", lambda value: json.dumps(json.loads(value) | {"bogus": 1}) if '"tee0"' in value else value)
    said, still_runs = run(command, name, tmp_path)
    assert not still_runs and REFUSALS.search(said), said


def test_a_wrong_length_is_seen_by_qemu_as_well(tmp_path):
    command = Command("sev_snp")
    command.replace("-object", lambda value: json.dumps(json.loads(value) | {"host-data": "aGk="}) if '"tee0"' in value else value)
    said, still_runs = run(command, "sev_snp", tmp_path)
    assert not still_runs and "not equal to 32" in said, said


def test_a_simulated_machine_with_a_firmware_starts(tmp_path):
    """All of it but the simulator and the network, whose peers are not here: QEMU makes the machine and waits."""
    command = Command("simulated_q35")
    command.replace("-chardev", lambda value: "null,id=simtee" if "id=simtee" in value else value)
    command.replace("-netdev", lambda value: "user,id=net0" if value.startswith("tap") else value)
    command.descriptors = {number: fd for number, fd in command.descriptors.items() if fd[0] != "tap"}
    said, still_runs = run(command, "simulated_q35", tmp_path, seconds=5)
    assert still_runs, said
