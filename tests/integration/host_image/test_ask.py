# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The installer as a person at a terminal (tmux) sees it: disk, name, network, certificate, consent; and what is refused, in words. The disks are those that a
stand-in for lsblk tells; nothing is written."""
import json
import pathlib
import subprocess
import time

import pytest

from test_install import PROGRAM, Payload

GIBI = 1 << 30
DISKS = [{"path": "/dev/loop90", "type": "disk", "size": 16 * GIBI, "serial": "A1", "ro": False, "pttype": None, "fstype": None, "label": None},
         {"path": "/dev/loop91", "type": "disk", "size": 2 * GIBI, "serial": "B2", "ro": False, "pttype": "dos", "fstype": None, "label": None},
         {"path": "/dev/loop92", "type": "disk", "size": 16 * GIBI, "serial": "C3", "ro": False, "pttype": "gpt", "fstype": None, "label": None}]
DISKS[0]["pttype"] = "gpt"  # of an empty one the begin would be read


class Terminal:
    """A tmux session with one program in it."""

    def __init__(self, folder, command):
        self.socket = folder / "tmux"
        script = folder / "run.sh"
        script.write_text("#!/bin/sh\n" + command + '\necho "exit $?"\nsleep 600\n')
        script.chmod(0o755)
        self("-f", "/dev/null", "new-session", "-d", "-s", "it", "-x", "150", "-y", "50", str(script))

    def __call__(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], check=True, capture_output=True, text=True).stdout

    def shows(self, text, limit=60):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            screen = self("capture-pane", "-p", "-J", "-t", "it", "-S", "-200")
            if text in screen:
                return screen
            time.sleep(0.1)
        raise AssertionError(f"the screen does not show '{text}':\n{screen}")

    def type(self, text):
        self("send-keys", "-t", "it", "-l", "--", text)
        self("send-keys", "-t", "it", "Enter")

    def answer(self, question, text):
        self.shows(question)
        self.type(text)


@pytest.fixture
def terminal(tmp_path):
    payload = Payload(tmp_path)
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "lsblk").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps({'blockdevices': DISKS})}\nEND\n")
    (fake / "lsblk").chmod(0o755)
    machine = tmp_path / "machine"
    for name in ("sys/firmware/efi/efivars", "dev", "proc"):
        (machine / name).mkdir(parents=True)
    (machine / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c").write_bytes(b"\6\0\0\0\1")
    (machine / "dev/tpmrm0").touch()
    (machine / "proc/meminfo").write_text("MemTotal:        4194304 kB\n")
    began = Terminal(tmp_path, f"PATH={fake}:$PATH {PROGRAM} --ask --check --machine {machine} --payload {payload.folder} --key {payload.keys / 'manifest.pub'}")
    yield began
    began("kill-server")


def certificate(folder):
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=a", "-keyout",
                    folder / "key", "-out", folder / "admin.pem"], check=True, capture_output=True)
    return folder / "admin.pem"


def answer_the_rest(terminal):
    terminal.answer("Name of the node", "n1")
    terminal.answer("by DHCP", "")


def test_a_person_installs_with_a_certificate_from_a_file(terminal, tmp_path):
    terminal.answer("Number of the disk", "3")
    terminal.answer("To erase it type /dev/loop92", "/dev/loop92")
    answer_the_rest(terminal)
    terminal.answer("Administrator's certificate", str(certificate(tmp_path)))
    screen = terminal.shows("To install type yes")
    assert "/dev/loop92, ERASED" in screen and "n1" in screen and "as given" in screen
    terminal.type("yes")
    assert "would install 0.1.0 on /dev/loop92" in terminal.shows("exit 0")


def test_a_certificate_can_be_pasted(terminal, tmp_path):
    terminal.answer("Number of the disk", "1")
    terminal.answer("To erase it type /dev/loop90", "/dev/loop90")
    answer_the_rest(terminal)
    terminal.shows("Administrator's certificate")
    for line in certificate(tmp_path).read_text().splitlines():
        terminal.type(line)
    assert "as given" in terminal.shows("To install type yes")


def test_a_disk_that_is_not_there_is_refused(terminal):
    terminal.answer("Number of the disk", "9")
    terminal.shows("refused: '9' is none of the numbers 1 to 3")


def test_a_disk_that_is_too_small_is_refused(terminal):
    terminal.answer("Number of the disk", "2")
    terminal.shows("refused: /dev/loop91 has 2048 MiB; 8192 MiB are needed")


def test_somebodys_data_stays_unless_the_disk_is_named(terminal):
    terminal.answer("Number of the disk", "3")
    terminal.answer("/dev/loop92 has a partition table (gpt). All of it would be lost.", "yes")
    terminal.shows("refused: 'yes' is not /dev/loop92: it is left as it is")


def test_a_bad_certificate_is_refused(terminal, tmp_path):
    (tmp_path / "bad.pem").write_text("no certificate")
    terminal.answer("Number of the disk", "3")
    terminal.answer("To erase it type", "/dev/loop92")
    answer_the_rest(terminal)
    terminal.answer("Administrator's certificate", str(tmp_path / "bad.pem"))
    terminal.shows("refused: answer: administrator.certificate: not a certificate in PEM")


def test_without_consent_nothing_is_installed(terminal):
    terminal.answer("Number of the disk", "3")
    terminal.answer("To erase it type", "/dev/loop92")
    answer_the_rest(terminal)
    terminal.answer("Administrator's certificate", "")
    terminal.answer("To install type yes", "no")
    assert "not confirmed: nothing was written" in terminal.shows("exit 1")


def test_a_machine_that_lacks_a_tpm_is_refused_before_anything_is_asked(terminal, tmp_path):
    terminal("kill-server")
    (tmp_path / "machine/dev/tpmrm0").unlink()
    again = Terminal(tmp_path, (tmp_path / "run.sh").read_text().splitlines()[1])
    screen = again.shows("exit 1")
    assert "MISSING TPM 2.0" in screen and "Number of the disk" not in screen
