# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The console's windows under Xvfb, used as a person would, against a real node. Pictures of every page, in light and dark, are
left in REDOUBT_CONSOLE_PICTURES if that is set: those of docs/images/console come from there."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from node_under_test import DEADLINE, ROOT, own_node
from test_confidential import broker, initdata, running, service  # noqa: F401  fixtures
from test_confidential import FIRMWARE
from test_remote import audit, code_of, remote_node

IMAGES = ["busybox"]
pytestmark = pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("drive_console")), reason="Xvfb or the console is not there")
STEPS = ["connect", "pull", "run", "logs", "terminal", "pages", "reconnect", "stop"]
# Where no VM may be started, REDOUBT_CONSOLE_LEVEL=runc uses the same windows without one.
LEVEL = os.environ.get("REDOUBT_CONSOLE_LEVEL", "vm")
PAGES = ["connections", "pull", "wizard-isolation", "wizard-review", "logs", "terminal", "workloads", "images", "events", "attestation", "quick-open",
         "dashboard", "stale", "remove", "jobs"]


@pytest.fixture
def display():
    """A screen of the test's own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], pass_fds=[writing],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb does not start"
    yield f":{number}"
    server.terminate()
    server.wait(30)


def environment(display, settings):
    return os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(settings), "XDG_RUNTIME_DIR": str(settings),
                         "LSAN_OPTIONS": f"suppressions={ROOT}/tests/support/lsan_gui.supp"}


def drive(node, image, pictures, display, settings):
    """Runs the driver and does to the node what it asks for; the steps it made."""
    log = settings / "errors"
    steps = []
    with open(log, "w", encoding="utf-8") as errors, \
            subprocess.Popen(["drive_console", node.ctl.host, image, pictures, LEVEL], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                             text=True, env=environment(display, settings)) as driver:
        for line in driver.stdout:
            word, _, what = line.strip().partition(" ")
            if line == "node: kill\n":
                node.kill()
            elif line == "node: start\n":
                node.start()
            elif word == "ok":
                steps.append(what)
    assert driver.returncode == 0, f"after {steps}: {log.read_text()[-6000:]}"
    return steps


@contextlib.contextmanager
def seeded(node, image):
    """Others beside what the person runs: one that works, one that has failed."""
    node.ctl.ok("image", "pull", "--tls-verify=false", image, timeout=300)
    level = ["--runtime", LEVEL]
    try:
        node.ctl.ok("run", "-d", "--name", "report-builder", *level, image, "sh", "-c", "while true; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1; done")
        node.ctl("run", "--name", "nightly-import", *level, image, "sh", "-c", "echo no such table >&2; exit 3")
        yield
    finally:
        node.ctl.remove_all()


def expect_pictures(pictures, pages=tuple(PAGES)):
    for page in pages:
        for theme in ("light", "dark"):
            assert (pictures / f"{page}-{theme}.png").stat().st_size > 4000, f"no picture of {page} in {theme}"


@pytest.fixture
def pictures(tmp_path):
    return pathlib.Path(os.environ.get("REDOUBT_CONSOLE_PICTURES", tmp_path / "pictures"))


@pytest.mark.skipif(LEVEL != "vm", reason="starts VMs")
def test_a_person_uses_the_console(service, broker, initdata, busybox, display, pictures, tmp_path):  # noqa: F811
    config = (f'[confidential]\nsimulator = "{service.socket}"\nbroker = "127.0.0.1:{broker.getsockname()[1]}"\nfirmware = "{FIRMWARE["snp"]}"\n')
    with own_node(config) as node:
        with seeded(node, busybox), running(node.ctl, initdata, busybox, "payments"):
            assert drive(node, busybox, pictures, display, tmp_path) == STEPS
    expect_pictures(pictures)


def test_a_person_uses_the_console_where_nothing_has_a_vm(busybox, display, pictures, tmp_path):
    if LEVEL == "vm":
        pytest.skip("the same windows as with VMs")
    config = f'[runtime]\nminimum_level = "runc"\nmonitor = "{shutil.which("redoubt-monitor")}"\n'
    with own_node(config) as node, seeded(node, busybox):
        assert drive(node, busybox, pictures, display, tmp_path) == STEPS
    expect_pictures(pictures)


def test_a_person_pairs_with_a_node_elsewhere_by_the_code_on_its_screen(display, pictures, tmp_path):
    with remote_node() as node:
        pairing = subprocess.run(["drive_console", "pair", node.address, node.fingerprint, code_of(node), pictures], stdin=subprocess.DEVNULL,
                                 env=environment(display, tmp_path), capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert (pairing.returncode, pairing.stdout) == (0, "ok pair\n"), pairing.stderr
        # What the console has noted is redoubtctl's as well.
        told = subprocess.run(["redoubtctl", "-H", "box", "node", "identity", "--json"], env=environment(display, tmp_path), capture_output=True,
                              text=True, timeout=DEADLINE, check=False)
        assert json.loads(told.stdout)["caller_role"] == "admin", told.stderr
        tries = [record for record in audit(node) if record["op"] == "Access.Pair"]
        assert [record["decision"] for record in tries if record["decision"] == "refused"] == ["refused"]
    expect_pictures(pictures, ["pair"])
