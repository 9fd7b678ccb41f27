# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the initrd seals the state to, on a TPM (swtpm) without a machine: with the options of its own unit file, by the programs that it has. Opened means that
the TPM gives the key away; each register that is not as it was keeps it."""
import os
import pathlib
import re
import shlex
import subprocess

import pytest
from software_tpm import Tpm, run

ROOT = pathlib.Path(__file__).resolve().parents[3]
UNIT = ROOT / "host-image/recipe/mkosi.images/initrd/mkosi.extra/usr/lib/systemd/system/systemd-repart.service.d/redoubt.conf"
STATE = ROOT / "host-image/recipe/tree/usr/lib/repart.d/50-state.conf"
SIGNATURE = pathlib.Path("/run/systemd/tpm2-pcr-signature.json")
MEBI = 1 << 20
KERNEL = "the kernel"


def measure_kernel(tpm):
    """As systemd-stub does with a kernel's parts, of which this has one, and then the initrd."""
    for text in (".linux\0", KERNEL, "enter-initrd"):
        tpm.extend(11, text)


def options_of_the_initrd():
    """The arguments behind systemd-repart, without those that are another's here: which TPM, and that it writes."""
    command = re.search(r"^ExecStart=(/.*)$", UNIT.read_text(), re.M)[1]
    return [word for word in shlex.split(command)[1:] if not word.startswith("--tpm2-device=")]


class State:
    """A state made on a TPM: the LUKS partition, and the signature that opens it."""

    def __init__(self, folder):
        self.folder = folder
        self.tpm = Tpm(folder / "tpm")
        self.tpm.extend(7, "who may sign")
        measure_kernel(self.tpm)
        self.keys()
        self.make()

    def keys(self):
        for command in (["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key"],
                        ["openssl", "pkey", "-in", "key", "-pubout", "-out", "public"]):
            subprocess.run(command, cwd=self.folder, check=True)
        (self.folder / "kernel").write_text(KERNEL)
        done = run("/usr/lib/systemd/systemd-measure", "sign", "--bank=sha256", "--linux=kernel", "--phase=enter-initrd", f"--tpm2-device={self.tpm.name}",
                   "--private-key=key", "--public-key=public", cwd=self.folder)
        assert done.returncode == 0, done.stderr
        # Where systemd-stub's signature lies in an initrd.
        SIGNATURE.parent.mkdir(exist_ok=True)
        SIGNATURE.write_text(done.stdout)

    def make(self):
        definitions = self.folder / "definitions"
        definitions.mkdir()
        (definitions / "state.conf").write_text(re.sub(r"SizeMinBytes=.*", "SizeMinBytes=64M\nSizeMaxBytes=64M", STATE.read_text()))
        done = run("systemd-repart", *options_of_the_initrd(), f"--tpm2-device={self.tpm.name}", f"--tpm2-public-key={self.folder / 'public'}",
                   "--offline=yes", "--empty=create", "--size=72M", "--definitions", definitions, self.folder / "disk",
                   env=os.environ | {"TMPDIR": str(self.folder)})  # where it leaves the header it made
        assert done.returncode == 0, done.stderr
        with open(self.folder / "disk", "rb") as disk:
            disk.seek(MEBI)
            (self.folder / "state").write_bytes(disk.read(64 * MEBI))

    def opens(self, tpm=None):
        """Whether the TPM gives the key: it is asked for by adding another."""
        copy = self.folder / "copy"
        copy.write_bytes((self.folder / "state").read_bytes())
        done = run("systemd-cryptenroll", f"--unlock-tpm2-device={(tpm or self.tpm).name}", "--recovery-key", copy)
        print(done.stderr)
        return done.returncode == 0


@pytest.fixture
def state(tmp_path):
    made = State(tmp_path)
    yield made
    made.tpm.stop()
    SIGNATURE.unlink()


def test_what_was_sealed_opens_as_it_was(state):
    assert state.opens()


@pytest.mark.parametrize("register", [
    pytest.param(7, id="another may sign what boots"),
    pytest.param(11, id="another kernel"),
    pytest.param(12, id="a word from outside"),
    pytest.param(15, id="something was opened before"),
])
def test_it_stays_sealed_when(state, register):
    state.tpm.extend(register, "something else")
    assert not state.opens()


def test_it_stays_sealed_on_another_tpm(state, tmp_path):
    other = Tpm(tmp_path / "other")
    other.extend(7, "who may sign")
    measure_kernel(other)
    assert not state.opens(other)
    other.stop()
