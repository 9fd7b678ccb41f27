# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A real redoubt-simtee, and real QEMU processes that connect to it. Their guests stand still (-S): what a guest would write to its port
goes through a duplicate of the socket that QEMU itself connected (pidfd_getfd), so that the service sees QEMU and nobody else."""
import base64
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time

SIMTEE = os.environ["REDOUBT_SIMTEE"]
MEASURE = os.environ["REDOUBT_MEASURE"]
QEMU = "/usr/bin/qemu-system-x86_64"
FIRMWARE = {"snp": "/usr/share/ovmf/OVMF.amdsev.fd", "tdx": "/usr/share/ovmf/OVMF.inteltdx.ms.fd"}
CMDLINE = "console=hvc0 redoubt.simtee=1"
LIMIT = 180  # seconds, for a busy machine
DESCRIBE, REPORT, QUOTE, EXTEND = range(4)
SYS_PIDFD_GETFD = 438  # include/uapi/asm-generic/unistd.h
REQUEST, ANSWER = struct.Struct("<4sHHIII"), struct.Struct("<4sHHIIQI4I")


def make_kernel(payload, code=b"\xf4", message=b""):
    """Bytes that QEMU takes for a Linux kernel and a measurement for a PE image. `code` is its first, in real mode; `message` lies at DS:0x300."""
    k_pe = 0x380
    data = bytearray(2048)  # a boot sector and three of setup
    data[0:2] = b"MZ"
    struct.pack_into("<I", data, 0x3C, k_pe)
    data[0x1F1] = 3
    struct.pack_into("<HH", data, 0x1FE, 0xAA55, 0x66EB)
    data[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", data, 0x206, 0x20C)  # boot protocol 2.12
    data[0x211] = 1  # loaded high
    struct.pack_into("<I", data, 0x214, 0x100000)
    struct.pack_into("<I", data, 0x22C, 0x7FFFFFFF)  # initrd anywhere
    struct.pack_into("<I", data, 0x238, 2047)  # command line
    struct.pack_into("<I", data, 0x260, 0x100000)
    assert len(code) <= 0x300 - 0x268
    data[0x268:0x268 + len(code)] = code
    data[0x300:0x300 + len(message)] = message
    data[k_pe:k_pe + 4] = b"PE\0\0"
    struct.pack_into("<HH12xHH", data, k_pe + 4, 0x8664, 1, 160, 0)
    optional = k_pe + 24
    struct.pack_into("<H", data, optional, 0x20B)
    struct.pack_into("<I", data, optional + 60, 2048)  # headers
    struct.pack_into("<I", data, optional + 108, 6)  # directories
    payload = payload.ljust(4096, b"\0")
    struct.pack_into("<8sIIII", data, optional + 160, b".text", len(payload), 0x1000, len(payload), 2048)
    return bytes(data) + payload


# Writes the message's 84 bytes to the first serial port, then copies what comes there to the second.
ASK_BY_SERIAL = bytes.fromhex(
    "fcbe0003b95400"        # cld; mov si,0x300; mov cx,84
    "bafd03eca82074fb"      # wait until the port takes a byte
    "acb2f8eee2f2"          # lodsb; out 0x3f8; loop
    "bafd03eca80174fb"      # wait for a byte
    "b2f8ecbaf802eeebef")   # in 0x3f8; out 0x2f8; again


class Service:
    def __init__(self, folder, chain=None, settings=""):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.chain = chain or make_chain(self.folder / "chain")
        self.socket = self.folder / "simtee.sock"
        self.config = self.folder / "redoubt-simtee.toml"
        self.config.write_text(f'listen = "{self.socket}"\nstate_dir = "{self.chain}"\n{settings}\n[snp]\nfirmware = "{FIRMWARE["snp"]}"\n'
                               f'[tdx]\nfirmware = "{FIRMWARE["tdx"]}"\n')
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([SIMTEE, "--config", self.config], stderr=self.log)
        wait_for(lambda: "ready" in self.text(), lambda: self.text())

    def text(self):
        return (self.folder / "log").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=LIMIT)
        self.log.close()
        assert code == 0, self.text()


def make_chain(folder):
    done = subprocess.run([SIMTEE, "init", "--dir", folder], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(folder)


def wait_for(condition, describe=lambda: ""):
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, describe()
        time.sleep(0.02)


class Answer:
    def __init__(self, kind, request, status, generation, parts):
        self.kind, self.id, self.status, self.generation = kind, request, status, generation
        self.provider, self.outblob, self.auxblob, self.message = parts[0].decode(), parts[1], parts[2], parts[3].decode()


def read_exactly(port, size):
    data = b""
    while len(data) < size:
        piece = port.recv(size - len(data))
        assert piece, f"closed after {len(data)} of {size} bytes"
        data += piece
    return data


def read_answer(port):
    magic, version, kind, request, status, generation, reserved, *sizes = ANSWER.unpack(read_exactly(port, ANSWER.size))
    assert (magic, version, reserved) == (b"RSIM", 1, 0)
    return Answer(kind, request, status, generation, [read_exactly(port, size) for size in sizes])


def ask(port, kind, report_data=b"", vmpl=0, request=1):
    blob = {DESCRIBE: b"", EXTEND: report_data}.get(kind, report_data.ljust(64, b"\0"))
    port.sendall(REQUEST.pack(b"RSIM", 1, kind, request, vmpl, len(blob)) + blob)
    return read_answer(port)


def port_of(pid, path, check=lambda: None):
    """A duplicate of the socket that this QEMU connected to the service."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = os.pidfd_open(pid)
    end = time.monotonic() + LIMIT
    try:
        while time.monotonic() < end:
            check()
            for entry in os.listdir(f"/proc/{pid}/fd"):
                number = libc.syscall(SYS_PIDFD_GETFD, handle, int(entry), 0)
                if number < 0:
                    continue
                try:
                    port = socket.socket(fileno=number)
                except OSError:
                    os.close(number)
                    continue
                try:
                    is_port = port.family == socket.AF_UNIX and port.getpeername() == str(path)
                except OSError:
                    is_port = False
                if is_port:
                    port.setblocking(True)
                    port.settimeout(LIMIT)
                    return port
                port.close()
            time.sleep(0.02)
        raise AssertionError("QEMU did not connect")
    finally:
        os.close(handle)


class Guest:
    """A QEMU process. What a test is about is changed by name; `extra` are further arguments."""

    def __init__(self, service, folder, name="guest", kernel=b"kernel", initrd=b"initrd", cmdline=CMDLINE, vcpus=2, host_data=None, mr_config_id=None,
                 extra=(), environment=None, machine="microvm,acpi=off", program=QEMU):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        self.kernel, self.initrd = self.folder / "vmlinuz", self.folder / "initrd"
        self.kernel.write_bytes(make_kernel(kernel))
        self.initrd.write_bytes(initrd)
        self.cmdline, self.vcpus, self.service = cmdline, vcpus, service
        time.sleep(0.05)  # the files are older than the process by more than the kernel's clock ticks
        command = [program, "-nodefaults", "-no-user-config", "-display", "none", "-S", "-machine", machine, "-accel", "tcg", "-cpu", "max", "-m", "64M",
                   "-smp", str(vcpus), "-kernel", self.kernel, "-initrd", self.initrd, "-append", cmdline,
                   "-chardev", f"socket,id=simtee,path={service.socket}", "-device", "virtio-serial-device,id=serial0",
                   "-device", "virtserialport,bus=serial0.0,nr=1,chardev=simtee,name=org.redoubt.simtee"]
        for item, value in (("host-data", host_data), ("mrconfigid", mr_config_id)):
            if value is not None:
                command += ["-fw_cfg", f"name=opt/org.redoubt/{item},string={base64.b64encode(value).decode()}"]
        self.process = subprocess.Popen([*command, *extra], stderr=subprocess.PIPE, env=environment)
        self.port = self.take_port()

    def take_port(self):
        def check():
            assert self.process.poll() is None, self.process.stderr.read().decode()
        return port_of(self.process.pid, self.service.socket, check)

    def report(self, report_data=b"d" * 64, vmpl=0):
        answer = ask(self.port, REPORT, report_data, vmpl)
        assert answer.status == 0, answer.message
        return answer

    def measured(self, *words):
        """What redoubt-measure says of these files."""
        done = subprocess.run([MEASURE, *words, "--kernel", self.kernel, "--initrd", self.initrd, "--append", self.cmdline, "--json"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def launch_digest(self):
        return bytes.fromhex(self.measured("snp", "--firmware", FIRMWARE["snp"], "--vcpus", str(self.vcpus), "--vcpu-type", "EPYC-v4")["measurement"])

    def stop(self):
        self.port.close()
        self.process.kill()
        self.process.wait(timeout=LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def refusals(service):
    return re.findall(r"refused: (.*)", service.text())
