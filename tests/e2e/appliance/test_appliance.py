# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The box from its medium on: the ISO installs itself on an empty disk, the disk boots under Secure Boot, makes its state and opens it again by the TPM
alone, and whom the answers name manages it from outside; and it does not with another kernel, without Secure Boot, with words or credentials from
outside, or with another's disk. Everything is seen from outside, on the serial line or by the node's port: the box has no login."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "common/sdk"), str(ROOT / "tests/e2e")]
sys.dont_write_bytecode = True
from emulated_machine import Machine  # noqa: E402
from node_under_test import TIER, Registry, free_port, images_folder  # noqa: E402

pytestmark = pytest.mark.skipif(not os.environ.get("REDOUBT_IMAGE"), reason="needs a host image: REDOUBT_IMAGE (./sdk test appliance makes one)")
# What takes a boot of its own.
slow = pytest.mark.skipif(TIER == "quick", reason="in the full tier")
IMAGE = pathlib.Path(os.environ.get("REDOUBT_IMAGE", "/nowhere"))
KEYS = pathlib.Path(os.environ.get("REDOUBT_IMAGE_KEYS", IMAGE.parent / "image-keys"))
ISO = IMAGE.parent / "redoubt.iso"
GIBI = 1 << 30
MIBI = 1 << 20
BOOT = 600  # seconds, on a busy machine
ANSWERS = 'answers = 1\n[disk]\nwhere = "only"\n[system]\nname = "box"\n'
STATUS = r"redoubt-status: version=\S+ id=(\S+) healthy=yes system=running node=active addresses=(\S+) failed=none recovery-key=(\S+) fingerprint=(sha256:\S+)"
SEALED = "this node cannot start"
PORT = 7443


def empty_disk(path, size=10 * GIBI):
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def answered(folder, text):
    """The answers as QEMU's firmware device offers them."""
    path = folder / "answers.toml"
    path.write_text(text)
    return ["-fw_cfg", f"name=opt/io.systemd.credentials/redoubt.answers,file={path}"]


def install(folder, disk, text=ANSWERS):
    """What the installer says at last, and the machine it ran on."""
    machine = Machine(folder)
    with machine:
        machine.start(disks=[disk], medium=ISO, extra=answered(folder, text))
        said = machine.wait_for(r"redoubt-install: (installed .*read it back|refused: [^\r\n]*)", BOOT)[1]
        if said.startswith("installed"):  # it restarts by itself: what is written is on the disk then
            machine.wait_for("reboot: Restarting system", BOOT)
        return said, machine


def booted(machine, disks, extra=(), pattern=STATUS):
    since = len(machine.serial)
    with machine:
        machine.start(disks=disks, extra=extra)
        return machine.wait_for(pattern, BOOT, since)


class Administrator:
    """Whose certificate the answers have: redoubtctl with profiles of its own."""

    def __init__(self, folder):
        self.environment = os.environ | {"XDG_CONFIG_HOME": str(folder)}
        self.certificate = self("profile", "certificate")

    def run(self, *words, limit=BOOT):
        return subprocess.run(["redoubtctl", *map(str, words)], env=self.environment, capture_output=True, text=True, timeout=limit, check=False)

    def __call__(self, *words, limit=BOOT):
        done = self.run(*words, limit=limit)
        assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def answers(self):
        return f'[administrator]\ncertificate = """\n{self.certificate}"""\n'


@dataclasses.dataclass
class Box:
    """A machine on which the ISO has installed itself: its first boot's status, and who manages it."""
    machine: Machine
    disk: pathlib.Path
    administrator: Administrator
    first: re.Match


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    administrator = Administrator(tmp_path_factory.mktemp("administrator"))
    disk = empty_disk(folder / "disk.raw")
    said, machine = install(folder, disk, ANSWERS + 'minimum_isolation = "runc"\n' + administrator.answers())
    assert said.startswith("installed"), said
    return Box(machine, disk, administrator, booted(machine, [disk]))


def copy_of(box, folder):
    """Another machine in the same condition: firmware, TPM, disk."""
    for name in ("variables.fd", "tpm"):
        source = box.machine.folder / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    subprocess.run(["cp", "--sparse=always", box.disk, folder / "disk.raw"], check=True)
    return Machine(folder), folder / "disk.raw"


def test_the_iso_installs_itself_and_the_box_is_healthy(box):
    assert box.first[1] != "none" and "10.0.2." in box.first[2]
    assert ISO.stat().st_size < 1200 * MIBI


def test_the_screen_nags_until_the_recovery_key_is_fetched(box):
    assert box.first[3] == "waits"


@pytest.fixture(scope="module")
def again(box):
    """The box booted a second time and left on, with a registry that it reaches: what it says, a name of busybox for it."""
    registry = Registry(box.machine.folder / "registry")
    registry.push(images_folder() / "busybox", "busybox:latest")
    since, port = len(box.machine.serial), free_port()
    with box.machine as machine:
        machine.start(disks=[box.disk], forward=[(port, PORT)], outward=True)
        status = machine.wait_for(STATUS, BOOT, since)
        box.administrator("profile", "add", "box", f"127.0.0.1:{port}", "--fingerprint", status[4])
        yield status, machine.serial[since:], f"10.0.2.2:{registry.port}/busybox:latest"
    registry.stop()


def test_the_state_is_opened_again_without_a_prompt(box, again):
    status, said, _ = again
    assert status[1] == box.first[1], "the state is another one"
    assert status[4] == box.first[4], "the node has another identity"
    assert "Unmounted sysroot-var.mount" not in said, "what the node keeps would be in memory"
    assert not re.search(r"(?i)passphrase|please enter|login:", said)


@pytest.fixture(scope="module")
def busybox(box, again):
    box.administrator("-H", "box", "image", "pull", "--tls-verify=false", again[2])
    return again[2]


def test_whom_the_answers_name_runs_a_container_as_a_process_from_outside(box, busybox):
    assert box.administrator("-H", "box", "run", "--rm", "--runtime", "runc", busybox, "echo", "hello") == "hello\n"


def test_the_idle_box_uses_little_memory(box, busybox):
    """Said by the host's own /proc, which a container of level runc sees."""
    text = box.administrator("-H", "box", "run", "--rm", "--runtime", "runc", busybox, "cat", "/proc/meminfo")
    kib = {name: int(value) for name, value in re.findall(r"(\w+):\s+(\d+) kB", text)}
    used = (kib["MemTotal"] - kib["MemAvailable"]) // 1024
    print(f"idle: {used} MiB of {kib['MemTotal'] // 1024} MiB")
    # Sanitizers take several times what a program has: of such a build only that it is not much more is known.
    assert used <= (400 if "sanitizers.conf" not in listing_of_usr() else 1200), f"{used} MiB"


@slow
def test_whom_the_answers_name_runs_a_container_in_a_vm_from_outside(box, busybox):
    host = box.administrator("-H", "box", "run", "--rm", "--runtime", "runc", busybox, "uname", "-r")
    guest = box.administrator("-H", "box", "run", "--rm", "--runtime", "vm", busybox, "uname", "-r")
    assert guest and guest != host


def test_the_recovery_key_is_fetched_once_and_opens_the_state(box, busybox, tmp_path):
    """The last that the box does while it is on: its disk is looked at afterwards, by another system's cryptsetup and the key alone."""
    key = tmp_path / "key"
    box.administrator("-H", "box", "node", "recovery-key", "fetch", "--output", key)
    since = len(box.machine.serial)
    box.machine.wait_for("recovery-key=fetched", BOOT, since)
    again = box.administrator.run("-H", "box", "node", "recovery-key", "fetch")
    assert again.returncode != 0 and "no recovery key waits" in again.stderr
    assert "Access.FetchRecoveryKey" in box.administrator("-H", "box", "node", "audit")
    assert opens(box.disk, key.read_text().strip()) and not opens(box.disk, "-".join(["cbdefghi"] * 8))


def opens(disk, key):
    """Whether the key opens the state's volume, whose header a file shows as well as a device does."""
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], check=True, capture_output=True).stdout)["partitiontable"]
    state = next(part for part in table["partitions"] if part.get("name") == "redoubt-state")
    header = disk.parent / "header"
    with open(disk, "rb") as source, open(header, "wb") as out:
        source.seek(state["start"] * table["sectorsize"])
        out.write(source.read(16 * MIBI))
    done = subprocess.run(["cryptsetup", "open", "--test-passphrase", "--header", header, "--key-file", "-", header], input=key.encode(), capture_output=True, check=False)
    header.unlink()
    return done.returncode == 0


def listing_of_usr():
    return subprocess.run(["dump.erofs", "--ls", "--path=/lib/systemd/system.conf.d", IMAGE / "payload/usr.raw"], capture_output=True, text=True, check=False).stdout


@slow
@pytest.mark.parametrize("words", [
    pytest.param("type=11,value=io.systemd.stub.kernel-cmdline-extra=quiet", id="a word for the command line"),
])
def test_the_state_stays_sealed_with(box, tmp_path, words):
    machine, disk = copy_of(box, tmp_path)
    booted(machine, [disk], extra=["-smbios", words], pattern=SEALED)


@slow
def test_the_state_stays_sealed_with_a_credential_on_the_boot_partition(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    credential = tmp_path / "outside.cred"
    credential.write_text("from-outside")
    put_on_boot_partition(disk, credential, "loader/credentials/outside.cred")
    booted(machine, [disk], pattern=SEALED)


@slow
def test_the_state_stays_sealed_with_an_addon_even_if_it_is_signed(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    addon = tmp_path / "outside.addon.efi"
    subprocess.run(["ukify", "build", "--stub=/usr/lib/systemd/boot/efi/addonx64.efi.stub", "--cmdline=quiet", f"--secureboot-private-key={KEYS / 'db.key'}",
                    f"--secureboot-certificate={KEYS / 'db.crt'}", f"--output={addon}"], check=True, capture_output=True)
    put_on_boot_partition(disk, addon, "loader/addons/outside.addon.efi")
    booted(machine, [disk], pattern=SEALED)


@slow
def test_a_credential_from_outside_changes_nothing(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    unit = "[Service]\\nExecStart=/bin/echo from-outside\\n"
    booted(machine, [disk], extra=["-smbios", f"type=11,value=io.systemd.credential:systemd.extra-unit.outside.service={unit}"],
           pattern="redoubt-status: version")
    assert "from-outside" not in machine.serial


@slow
def test_the_state_of_another_box_is_refused(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    shutil.rmtree(machine.tpm_state)
    other = Machine(tmp_path)
    booted(other, [disk], pattern=SEALED)


@slow
def test_a_state_that_is_not_this_machines_is_refused_though_its_tpm_opens_it(box, tmp_path):
    """It makes a state anew, where the disk has none; the one before, sealed to the same TPM by the same rule, is then as one that somebody sealed who had the machine."""
    machine, disk = copy_of(box, tmp_path)
    before = tmp_path / "before.raw"
    subprocess.run(["cp", "--sparse=always", disk, before], check=True)
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], check=True, capture_output=True).stdout)["partitiontable"]
    number = next(i for i, partition in enumerate(table["partitions"], 1) if partition.get("name") == "redoubt-state")
    subprocess.run(["sfdisk", "--delete", disk, str(number)], check=True, capture_output=True)
    booted(machine, [disk], pattern="redoubt-status: version")
    booted(machine, [before], pattern=SEALED)
    assert "the state that was opened is not the one that this machine made" in machine.serial


@slow
def test_the_state_stays_sealed_without_secure_boot(box, tmp_path):
    _, disk = copy_of(box, tmp_path)
    (tmp_path / "variables.fd").unlink()
    # In setup mode the boot loader would enrol our keys again: without them on the disk it goes on as it is.
    offset = boot_offset(disk)
    for name in ("PK", "KEK", "db"):
        subprocess.run(["mdel", "-i", f"{disk}@@{offset}", f"::/loader/keys/auto/{name}.auth"], check=True)
    booted(Machine(tmp_path), [disk], pattern=SEALED)


def put_on_boot_partition(disk, file, name):
    image = f"{disk}@@{boot_offset(disk)}"
    folders = pathlib.PurePath(name).parents
    for folder in list(folders)[-2::-1]:
        subprocess.run(["mmd", "-D", "s", "-i", image, f"::/{folder}"], capture_output=True, check=False)  # may be there
    subprocess.run(["mcopy", "-i", image, file, f"::/{name}"], check=True)


def boot_offset(disk):
    table = json.loads(subprocess.run(["sfdisk", "--json", disk], check=True, capture_output=True).stdout)["partitiontable"]
    return table["partitions"][0]["start"] * table["sectorsize"]


@slow
def test_a_kernel_that_is_not_signed_by_us_does_not_boot(box, tmp_path):
    machine, disk = copy_of(box, tmp_path)
    kernel = tmp_path / "kernel"
    shutil.copy(IMAGE / "payload/redoubt.efi", kernel)
    subprocess.run(["sbattach", "--remove", kernel], check=True)
    offset = boot_offset(disk)
    listed = subprocess.run(["mdir", "-b", "-i", f"{disk}@@{offset}", "::/EFI/Linux"], check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["mcopy", "-o", "-i", f"{disk}@@{offset}", kernel, listed[0]], check=True)
    booted(machine, [disk], pattern="(?i)security violation|access denied")


def test_nothing_of_the_trust_site_and_of_the_simulator_is_in_the_image(tmp_path):
    packages = (IMAGE / "packages.txt").read_text()
    assert "redoubt-node " in packages and not re.search("redoubt-(kbs|simtee)", packages)
    usr = tmp_path / "usr"
    subprocess.run(["fsck.erofs", f"--extract={usr}", IMAGE / "payload/usr.raw"], capture_output=True, check=True)
    assert (usr / "sbin/redoubtd").exists()
    assert not [path for path in usr.rglob("*") if re.search("redoubt-kbs|simtee|simulation", path.name)]
    # Whose evidence is a simulation's ends at a certificate with this in its subject.
    marked = subprocess.run(["grep", "--recursive", "--files-with-matches", "--include=*.pem", "--include=*.crt", "--include=*.der", "-i", "simulation", usr],
                            capture_output=True, text=True, check=False)
    assert marked.stdout == ""


@slow
def test_the_same_tree_and_keys_give_the_same_image():
    """Signatures among it. A full test makes the image twice."""
    if not (IMAGE.parent / "image-second.sums").exists():
        pytest.skip("the image of REDOUBT_IMAGE was made once")
    first, second = ((IMAGE.parent / f"image-{which}.sums").read_text().splitlines() for which in ("first", "second"))
    assert len(first) > 10 and not set(first) ^ set(second)


REFUSALS = [
    pytest.param(4 * GIBI, ANSWERS, "MiB are needed", id="a disk that is too small"),
    pytest.param(10 * GIBI, ANSWERS + '[administrator]\ncertificate = "no"\n', "not a certificate", id="a certificate that is none"),
]


@slow
@pytest.mark.parametrize("size, answers, words", REFUSALS)
def test_the_installer_refuses(tmp_path, size, answers, words):
    said, _ = install(tmp_path, empty_disk(tmp_path / "disk.raw", size), answers)
    assert said.startswith("refused") and words in said, said


@slow
def test_somebody_at_the_serial_line_is_asked_for_the_answers(tmp_path):
    """After a refusal once more, until it is installed; and what was installed is healthy."""
    disk, machine = empty_disk(tmp_path / "disk.raw"), Machine(tmp_path)
    dialogue = [("Press Enter to install it from here", ""), ("Number of the disk", "7"), ("'7' is none of the numbers(?s:.*)Number of the disk", "1"),
                ("Name of the node", "asked"), ("by DHCP", ""), ("Administrator's certificate", ""), ("To install type yes", "yes")]
    with machine:
        machine.start(disks=[disk], medium=ISO)
        since = 0
        for question, answer in dialogue:
            since += machine.wait_for(question, BOOT, since).end()
            machine.type(answer)
        machine.wait_for("redoubt-install: installed .*read it back", BOOT, since)
        machine.wait_for("reboot: Restarting system", BOOT, since)
    assert booted(machine, [disk])[1] != "none"


@slow
def test_a_box_without_weak_levels_runs_containers_in_vms_alone(tmp_path):
    """As most answers leave it: redoubtd is not root, and what needs root is redoubt-launcher's."""
    administrator = Administrator(tmp_path / "administrator")
    disk, registry, port = empty_disk(tmp_path / "disk.raw"), Registry(tmp_path / "registry"), free_port()
    registry.push(images_folder() / "busybox", "busybox:latest")
    said, machine = install(tmp_path, disk, ANSWERS + administrator.answers())
    assert said.startswith("installed"), said
    since, name = len(machine.serial), f"10.0.2.2:{registry.port}/busybox:latest"
    with contextlib.ExitStack() as end:
        end.callback(registry.stop)
        end.enter_context(machine)
        machine.start(disks=[disk], forward=[(port, PORT)], outward=True)
        status = machine.wait_for(STATUS, BOOT, since)
        administrator("profile", "add", "box", f"127.0.0.1:{port}", "--fingerprint", status[4])
        administrator("-H", "box", "image", "pull", "--tls-verify=false", name)
        assert "by redoubt-launcher" in administrator("-H", "box", "node", "info")
        assert administrator("-H", "box", "run", "--rm", name, "echo", "hello") == "hello\n"
        refused = administrator.run("-H", "box", "run", "--rm", "--runtime", "runc", name, "true")
        assert refused.returncode == 125 and "runtime.minimum_level" in refused.stderr, refused


@slow
def test_the_installer_refuses_a_disk_with_something_on_it(tmp_path):
    disk = empty_disk(tmp_path / "disk.raw")
    with open(disk, "r+b") as file:
        file.write(b"somebody's data")
    said, _ = install(tmp_path, disk)
    assert "not empty" in said, said
