# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A machine to install the host image on: QEMU with Secure Boot firmware and a TPM (swtpm) of its own, under software emulation. What is
kept between two boots (disks, the firmware's variables, the TPM) lies in one folder."""
import contextlib
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

FIRMWARE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
VARIABLES = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")


class Failed(Exception):
    """What was waited for did not come; with the end of what the machine said."""


def drain(line):
    """A machine whose line nobody reads would wait for a reader; the log has what it says."""
    try:
        while line.recv(65536):
            pass
    except OSError:
        pass
    finally:
        line.close()


class Machine:
    """One machine. `start` and `stop` are its power button; `serial` is all it has said since it was made."""

    def __init__(self, folder, memory="2048M", secure_boot=True):
        self.folder, self.memory, self.secure_boot = pathlib.Path(folder), memory, secure_boot
        self.folder.mkdir(parents=True, exist_ok=True)
        self.serial_log, self.keyboard = self.folder / "serial.log", self.folder / "serial.sock"
        self.variables, self.tpm_state = self.folder / "variables.fd", self.folder / "tpm"
        self.vm = self.tpm = self.line = None
        if not self.variables.exists():
            shutil.copy(VARIABLES, self.variables)
        if not self.tpm_state.exists():
            self.tpm_state.mkdir()
            subprocess.run(["swtpm_setup", "--tpm2", "--tpmstate", self.tpm_state, "--pcr-banks", "sha256"], check=True, capture_output=True)

    def start(self, disks=(), medium=None, forward=(), extra=(), outward=False):
        """Power on. `disks`: raw files, in the order the firmware tries them; `medium`: an ISO, tried when no disk boots; `forward`: host port, guest port;
        `outward`: it reaches the host, as 10.0.2.2, and what the host reaches."""
        control = self.folder / "tpm.sock"
        self.tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.tpm_state}", "--ctrl", f"type=unixio,path={control}",
                                     "--flags", "startup-clear"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if control.exists():
                break
            time.sleep(0.1)
        hosts = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for here, there in forward)
        command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35,smm=on", "-accel", "tcg,thread=multi",
                   "-cpu", "max", "-smp", "2", "-m", self.memory, "-global", "driver=cfi.pflash01,property=secure,value=on",
                   "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={FIRMWARE}", "-drive", f"if=pflash,unit=1,format=raw,file={self.variables}",
                   "-chardev", f"socket,id=tpm,path={control}", "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0",
                   "-serial", "chardev:serial", "-chardev", f"socket,id=serial,path={self.keyboard},server=on,wait=off,logfile={self.serial_log},logappend=on", "-device", "virtio-rng-pci",
                   "-device", "virtio-net-pci,netdev=net", "-netdev", f"user,id=net,restrict={'off' if outward else 'on'}{hosts}", "-device", "virtio-scsi-pci,id=scsi"]
        if medium:
            command += ["-drive", f"if=none,id=medium,format=raw,readonly=on,media=cdrom,file={medium}", "-device", "scsi-cd,drive=medium,bootindex=9"]
        for number, disk in enumerate(disks):
            # A host without room is an error that the guest reports: by default QEMU would stop the machine, and nobody says why it hangs.
            command += ["-drive", f"if=none,id=disk{number},format=raw,discard=unmap,werror=report,file={disk}",
                        "-device", f"scsi-hd,drive=disk{number},serial=disk{number},bootindex={number + 1}"]
        self.vm = subprocess.Popen([str(word) for word in [*command, *extra]], stdin=subprocess.DEVNULL)
        return self

    @property
    def serial(self):
        return self.serial_log.read_text(errors="replace") if self.serial_log.exists() else ""

    def wait_for(self, pattern, limit, since=0):
        """The match of `pattern` in what was said since the position `since`, within `limit` seconds."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if found := re.search(pattern, self.serial[since:]):
                return found
            if self.vm.poll() is not None:
                if found := re.search(pattern, self.serial[since:]):
                    return found
                raise Failed(f"the machine is off and never said '{pattern}'; at last it said:\n{self.serial[-3000:]}")
            time.sleep(0.5)
        raise Failed(f"after {limit} s the machine has not said '{pattern}'; at last it said:\n{self.serial[-3000:]}")

    def type(self, text):
        """A line at the serial line's keyboard, which stays connected: what the machine has not read yet would be lost with it."""
        if self.line is None:
            self.line = socket.socket(socket.AF_UNIX)
            self.line.connect(str(self.keyboard))
            threading.Thread(target=drain, args=(self.line,), daemon=True).start()
        self.line.sendall(text.encode() + b"\r")

    def wait_for_power_off(self, limit):
        self.vm.wait(limit)

    def stop(self):
        """The plug is pulled."""
        if self.line is not None:
            with contextlib.suppress(OSError):  # the machine is off already
                self.line.shutdown(socket.SHUT_RDWR)
            self.line = None
        for process in (self.vm, self.tpm):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.vm = self.tpm = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
