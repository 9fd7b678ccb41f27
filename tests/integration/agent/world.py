# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Where an agent runs: on a unix socket beside us, or as PID 1 of a VM; and the root folder that its containers have."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from agent_api import PATIENCE, Agent
from ttrpc import SerialChannel, SocketChannel

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOLS = "sh cat echo sleep id ls true false hostname stty tty kill head dd touch stat test mkdir printf sha256sum wget nc [".split()
MOUNTS = [
    {"destination": "/proc", "source": "proc", "type": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "source": "tmpfs", "type": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "source": "devpts", "type": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666"]},
    {"destination": "/sys", "source": "sysfs", "type": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
]
LINUX = {"Namespaces": [{"Type": kind} for kind in ("mount", "ipc", "uts")]}


def make_image(folder):
    """A root folder of busybox."""
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "tmp"):
        (folder / name).mkdir(parents=True)
    shutil.copy("/usr/bin/busybox", folder / "bin/busybox")
    for tool in TOOLS:
        (folder / "bin" / tool).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:web:/srv:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\nweb:x:102:\n")


def eventually(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def names_of(run, image):
    """What a transcript's $NAMEs stand for: composites first, since they name others."""
    names = {}
    for container in ("c1", "c2", "c3"):
        scratch = f"{run}/{container}/scratch"
        names[f"STORAGES_{container}"] = json.dumps([
            {"driver": "ephemeral", "fstype": "tmpfs", "mount_point": scratch},
            {"driver": "overlayfs", "source": "overlay", "fstype": "overlay", "mount_point": f"{run}/{container}/rootfs",
             "options": [f"lowerdir={run}/image", f"upperdir={scratch}/upper", f"workdir={scratch}/work"]}])
    return names | {"IMAGE": json.dumps(image) + ", " if image else "", "MOUNTS": json.dumps(MOUNTS), "LINUX": json.dumps(LINUX),
                    "VERSION": "0.1.0", "RUN": str(run)}


class SocketWorld:
    """The agent as a program, without cgroups and without a VM."""

    def __init__(self, api):
        self.api = api
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agent-"))
        self.run = self.folder / "run"
        make_image(self.run / "image")
        self.socket = self.folder / "agent.sock"
        self.log = open(self.folder / "log", "w", encoding="utf8")
        # Mounts, a network and processes of its own, which go with it; as a program it is not the first of these.
        self.process = subprocess.Popen(["unshare", "--mount", "--net", "--propagation", "private", "--pid", "--fork", "--kill-child",
                                         "--mount-proc", "sh", "-c", '"$@" & wait', "sh", os.environ["REDOUBT_AGENT"],
                                         "--server-addr", f"unix://{self.socket}", "--run-dir", self.run, "--without-cgroups"],
                                        stderr=self.log)
        eventually(self.socket.exists, "the agent's socket")
        self.names = names_of(self.run, None)

    def connect(self):
        return Agent(self.api, SocketChannel(self.socket))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


def pad(path, size):
    with open(path, "r+b") as file:
        file.truncate(size)


def verity_of(disk, *options):
    """Appends a hash tree to a disk; its root hash and salt."""
    size = -(-disk.stat().st_size // 4096) * 4096
    pad(disk, size)
    told = run("veritysetup", "format", *options, f"--data-blocks={size // 4096}", f"--hash-offset={size}", "--salt=5a5a", disk, disk)
    root = next(line.split()[-1] for line in told.splitlines() if line.startswith("Root hash"))
    return root, size


class VmWorld:
    """The agent of the guest image in an emulated VM with disks on SCSI and on virtio-mmio."""

    RUN = "/run/kata-containers"
    MACHINE = ["-machine", "microvm,acpi=off,pit=on,pic=on,rtc=on,isa-serial=off", "-global", "virtio-mmio.force-legacy=off"]
    BUS = "device"  # how QEMU's names of virtio devices end
    DISKS = {"image": "SCSI,lun=0", "lower": "SCSI,lun=1", "upper": "SCSI,lun=2", "volume": "SCSI,lun=3", "swap": "virtio-blk-device"}
    SPARE = {"driver": "scsi-hd", "bus": "scsi0.0", "scsi-id": 0, "lun": 9}
    WORDS = "agent.log=debug agent.debug_console"
    INITRAMFS = "initramfs.cpio"

    def __init__(self, api):
        self.api = api
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vm-"))
        self.socket = self.folder / "agent.sock"
        guest = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
        names = self.make_disks()
        disks = []
        for name, device in [*self.DISKS.items(), ("spare", None)]:
            disks += ["-blockdev", f"driver=file,node-name={name},filename={self.folder}/{name}.img"]
            if device:
                disks += ["-device", device.replace("SCSI", "scsi-hd,bus=scsi0.0,scsi-id=0") + f",drive={name}"]
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             *self.MACHINE, "-accel", "tcg,tb-size=64", "-cpu", "max", "-smp", "1", "-m", "256M",
             "-kernel", guest / "vmlinuz", "-initrd", guest / self.INITRAMFS,
             "-append", "console=hvc0 panic=-1 reboot=t quiet no_timer_check " + self.WORDS,
             "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
             "-device", f"virtio-serial-{self.BUS},id=serial0,max_ports=4",
             "-chardev", f"file,id=console,path={self.folder}/console",
             "-device", "virtconsole,bus=serial0.0,nr=0,chardev=console",
             "-chardev", f"socket,id=agent,path={self.socket},server=on,wait=off",
             "-device", "virtserialport,bus=serial0.0,nr=1,chardev=agent,name=redoubt.agent",
             "-device", f"virtio-scsi-{self.BUS},id=scsi0", *disks, *self.further_devices()],
            stderr=open(self.folder / "qemu", "w", encoding="utf8"))
        eventually(self.socket.exists, "the VM's socket")
        image = {"driver": "scsi", "source": "0:0", "fstype": "erofs", "options": ["ro"], "mount_point": f"{self.RUN}/image", "shared": True,
                 "driver_options": [f"verity_root_hash={names['root']}", "verity_salt=5a5a", f"verity_data_blocks={names['blocks']}"]}
        self.names = {"LOWER_HASH": names["lower_hash"], "LOWER_OFFSET": names["lower_offset"]} | names_of(self.RUN, image)

    def further_devices(self):
        """Arguments that a world adds."""
        return []

    def make_disks(self):
        make_image(self.folder / "tree")
        run("mkfs.erofs", "-Enosbcrc", self.folder / "image.img", self.folder / "tree")
        shutil.copy(self.folder / "image.img", self.folder / "lower.img")
        for name in ("image", "lower"):  # EROFS leaves a disk's first KiB free: by these words one tells which disk it is
            with open(self.folder / f"{name}.img", "r+b") as disk:
                disk.write(name.encode())
        root, size = verity_of(self.folder / "image.img", "--no-superblock")
        lower, offset = verity_of(self.folder / "lower.img")
        for name, megabytes in (("upper", 16), ("volume", 8), ("spare", 8)):
            (self.folder / f"{name}.img").touch()
            pad(self.folder / f"{name}.img", megabytes << 20)
            run("mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", self.folder / f"{name}.img")
        # Grown before the VM sees it: what a host does while it runs looks the same to the filesystem.
        pad(self.folder / "volume.img", 24 << 20)
        (self.folder / "swap.img").touch()
        pad(self.folder / "swap.img", 8 << 20)
        run("mkswap", self.folder / "swap.img")
        return {"root": root, "blocks": size // 4096, "lower_hash": lower, "lower_offset": str(offset)}

    def connect(self):
        return Agent(self.api, SerialChannel(self.socket))

    def plug_spare_disk(self):
        """Into the running VM."""
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.connect(str(self.folder / "qmp"))
            lines = qmp.makefile("rw")
            lines.readline()
            for command, arguments in (("qmp_capabilities", {}), ("device_add", self.SPARE | {"id": "spare", "drive": "spare"})):
                lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
                lines.flush()
                while "event" in (answer := json.loads(lines.readline())):
                    pass
                assert "return" in answer, answer

    def console(self):
        return (self.folder / "console").read_text(errors="replace")

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)


class PciVmWorld(VmWorld):
    """A machine with PCI, whose disks are behind ports, and one beside them."""

    MACHINE = ["-machine", "q35"] + [word for slot in ("02", "03") for word in (
        "-device", f"pcie-root-port,id=port{slot},chassis={int(slot)},addr={slot}.0")]
    BUS = "pci"
    DISKS = {"image": "SCSI,lun=0", "volume": "virtio-blk-pci,bus=port02", "swap": "virtio-blk-pci,addr=0a.0"}
    SPARE = {"driver": "virtio-blk-pci", "bus": "port03"}
