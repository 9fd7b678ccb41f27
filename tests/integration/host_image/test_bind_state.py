# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Which state a machine goes on with, on a TPM (swtpm) without a machine. Opening a state measures its key into PCR 15."""
import hashlib
import os
import pathlib

import pytest
from software_tpm import Tpm, run

PROGRAM = pathlib.Path(os.environ["REDOUBT_BUILD_DIR"]) / "bin/redoubt-bind-state"
INDEX, ATTRIBUTES = "0x0180d00b", "policywrite|authread|no_da|writedefine"
OURS, THEIRS = "the key of the state", "a key of somebody else's"


class Machine:
    def __init__(self, folder):
        self.folder = folder
        self.tpm = Tpm(folder / "tpm")
        self.tpm.stop()

    def boot(self, state=OURS, authority="who may sign"):
        self.tpm.stop()
        self.tpm.start()
        self.tpm.extend(7, authority)
        if state:
            self.tpm.extend(15, state)

    def bind(self, *words):
        return run(PROGRAM, "--tpm", self.tpm.name, *words)

    def tpm2(self, command, *words, works=True):
        done = run(f"tpm2_{command}", "-T", self.tpm.name, *words)
        assert (done.returncode == 0) == works, (command, done.stderr)

    def define(self, attributes=ATTRIBUTES):
        """As somebody does who has the TPM, and a system of their own on it, whose policy is written down from this one's."""
        self.tpm2("createpolicy", "--policy-pcr", "-l", "sha256:7,12", "-L", self.folder / "policy")
        self.tpm2("nvundefine", "-C", "o", INDEX)
        self.tpm2("nvdefine", INDEX, "-C", "o", "-s", "32", "-g", "sha256", "-L", self.folder / "policy", "-a", attributes)

    def write_theirs(self, *authority, works=True):
        value = hashlib.sha256(bytes(32) + hashlib.sha256(THEIRS.encode()).digest()).digest()  # as extending makes it
        (self.folder / "value").write_bytes(value)
        self.tpm2("nvwrite", INDEX, *authority, "-i", self.folder / "value", works=works)


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path)
    made.boot()
    done = made.bind("--new")
    assert done.returncode == 0, done.stderr
    yield made
    made.tpm.stop()


def refused(done, words):
    assert done.returncode == 1 and words in done.stderr, done


def test_the_state_that_was_bound_is_gone_on_with(machine):
    for _ in range(2):
        machine.boot()
        done = machine.bind()
        assert (done.returncode, done.stderr) == (0, "")


def test_another_state_is_refused(machine):
    machine.boot(THEIRS)
    refused(machine.bind(), "not the one that this machine made")


def test_a_machine_that_remembers_none_goes_on_with_none(machine):
    machine.tpm2("nvundefine", "-C", "o", INDEX)
    machine.boot()
    refused(machine.bind(), "remembers no state")


def test_a_memory_that_others_can_write_is_none(machine):
    machine.define(ATTRIBUTES + "|ownerwrite")
    machine.write_theirs("-C", "o")
    machine.boot(THEIRS)
    refused(machine.bind(), "somebody has made it anew")


def test_who_did_not_boot_what_is_signed_writes_nothing(machine):
    machine.define()
    machine.boot(THEIRS, authority="another system")
    machine.write_theirs("-C", INDEX, "-P", "pcr:sha256:7,12", works=False)
    machine.boot(THEIRS)
    refused(machine.bind(), "somebody has made it anew")


def test_what_was_remembered_stays_even_for_who_booted_what_is_signed(machine):
    machine.boot(THEIRS)
    machine.write_theirs("-C", INDEX, "-P", "pcr:sha256:7,12", works=False)
    machine.boot()
    assert machine.bind().returncode == 0


def test_a_state_that_is_made_anew_is_remembered_in_the_place_of_the_one_before(machine):
    machine.boot("the key of the next state")
    assert machine.bind("--new").returncode == 0
    assert machine.bind().returncode == 0
    machine.boot()
    refused(machine.bind(), "not the one that this machine made")


def test_nothing_is_remembered_after_a_word_from_outside_or_before_a_state_is_open(machine):
    machine.boot(state=None)
    refused(machine.bind("--new"), "no state was opened")
    machine.tpm.extend(12, "a credential")
    machine.tpm.extend(15, OURS)
    refused(machine.bind("--new"), "a word from outside was measured (PCR 12)")
    machine.boot()
    assert machine.bind().returncode == 0


def test_a_machine_without_a_tpm_is_told(tmp_path):
    refused(run(PROGRAM, "--tpm", f"swtpm:path={tmp_path}/none"), "does not answer")
