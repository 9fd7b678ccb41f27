# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The tamper table: each thing that a launch measures changed by one bit, by a host that changes nothing else, and the way to the broker in
hostile hands. Who refuses, with which words, is a line of a table, printed as Markdown (REDOUBT_TAMPER_TABLE: into that file)."""
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from hostile_host import BROKER, DENIED, FIRMWARE, MEASURED, ROWS, Row, hostile_host, list_untouched, markdown, one_bit
from hostile_road import Road
from node_under_test import ROOT, TIER, eventually
from test_walk import KEY, Workload
from workload_owner import list_versions, release_policy, releases, trust, write

sys.path.insert(0, str(ROOT / "tests/images"))
sys.dont_write_bytecode = True
import build  # noqa: E402

# Twenty guests, one after the other.
pytestmark = pytest.mark.skipif(TIER == "quick", reason="only in the full tier: minutes")
IMAGES = []
# Two layers, to be put in another order.
RECIPE = {"layers": [["base-files", "base-passwd"], ["busybox-static"]], "cmd": ["sh"]}


class Simulator:
    """A redoubt-simtee with the trust site's chain, whose firmware a test may exchange."""

    def __init__(self, folder):
        self.folder, self.socket, self.process = folder, folder / "simtee.sock", None
        self.start(FIRMWARE)

    def start(self, firmware):
        if self.process:
            self.stop()
        config = write(self.folder / "simtee.toml",
                       f'listen = "{self.socket}"\nstate_dir = "{os.environ["REDOUBT_TRUST_SITE"]}/simtee"\n[snp]\nfirmware = "{firmware}"\n')
        log = open(self.folder / "simtee.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["redoubt-simtee", "--config", config], stderr=log)
        log.close()
        eventually(lambda: "ready" in (self.folder / "simtee.log").read_text(), "the simulator is ready")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def make_workload(folder, registry):
    build.write_layout(folder / "plain", "tampered", RECIPE, build.make_layers(RECIPE, build.locked()))
    made = Workload(folder, registry, folder / "plain", name="tampered")
    trust("policy", "set", "resource", write(folder / "release.rego", release_policy(KEY)))
    trust("resource", "set", KEY, "--file", made.key)
    list_versions(folder)
    trust("reference-value", "add", "init_data", made.host_data())
    return made


@pytest.fixture(scope="module")
def simulator():
    # Short, as it holds a socket.
    folder = pathlib.Path("/var/tmp") / f"rdt-simtee-{os.getpid()}"
    folder.mkdir()
    made = Simulator(folder)
    yield made
    made.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def road():
    broker, _, port = os.environ["REDOUBT_KBS_ADDRESS"].rpartition(":")
    made = Road((broker, int(port)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def table():
    outcomes = []
    yield outcomes
    print("\n" + markdown(outcomes))
    if out := os.environ.get("REDOUBT_TAMPER_TABLE"):
        write(pathlib.Path(out), markdown(outcomes))


@pytest.fixture(scope="module")
def host(registry, simulator, road, tmp_path_factory):
    """A hostile one, whose untouched guest gets its key: what the node foretells is what the owner lists. That start is also what is played again later."""
    workload = make_workload(tmp_path_factory.mktemp("owner"), registry)
    with hostile_host(workload, simulator.socket, f"127.0.0.1:{road.port}") as made:
        measured = list_untouched(made)
        assert_the_key_comes(made)
        assert made.node.ctl.inspect(workload.name)["sandbox"]["confidential"]["measurement"] == measured
        yield made


@pytest.fixture(autouse=True)
def clean(host, road):
    host.node.ctl.remove_all()
    road.lie = ""
    yield
    host.node.ctl.remove_all()


def assert_the_key_comes(host):
    before = releases()
    run = host.run()
    assert run.returncode == 0, run.stderr
    assert releases() == before + 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_what_a_host_changes_is_refused(host, table, row):
    table.append(row.play(host))


def test_another_firmware_is_refused_by_the_broker(host, simulator, table):
    simulator.start(one_bit(FIRMWARE, 0x100000, simulator.folder / "firmware"))
    try:
        table.append(Row("firmware: one bit", BROKER, "401 PolicyDeny", DENIED, MEASURED).play(host))
    finally:
        simulator.start(FIRMWARE)


def test_a_guest_that_is_told_not_to_be_strict_does_not_serve(host, table):
    table.append(Row("the mark redoubt.confidential=1", "guest, at boot", "125", ".+", lie="mark").play(host))


def test_a_road_that_delays_only_takes_longer(host, road):
    road.lie = "delay"
    assert_the_key_comes(host)


ROADS = {"drop": "cuts each connection", "change": "changes a bit of what the broker says", "replay": "plays an earlier session again"}


@pytest.mark.parametrize("lie", ROADS)
def test_a_road_that_lies_gives_no_key(host, road, table, lie):
    assert road.recorded
    road.lie = lie
    table.append(Row(f"road: {ROADS[lie]}", "guest, by TLS", "125", f"(?<=kbs:///{KEY}: ).+").play(host))


def test_a_road_to_another_broker_gives_that_one_nothing(host, road, simulator, table):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        road.elsewhere, road.lie = listener.getsockname(), "swap"
        make_key(simulator.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(simulator.folder / "other.crt", simulator.folder / "other.key")

        def serve():
            while True:
                try:
                    with context.wrap_socket(listener.accept()[0], server_side=True) as guest:
                        heard.append(guest.recv(65536))
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        table.append(Row("road: leads to another broker", "guest, by the pinned certificate", "125", f"(?<=kbs:///{KEY}: ).+").play(host))
    assert not any(heard), "the guest spoke to a broker that its initdata does not pin"


def make_key(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=server",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "other.key", "-out", folder / "other.crt"], check=True, capture_output=True)


def test_after_all_of_that_the_untouched_guest_still_gets_its_key(host):
    assert_the_key_comes(host)
