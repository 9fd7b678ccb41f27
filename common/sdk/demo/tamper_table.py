#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A hostile host with the demo's oracle: one change after the other, and a table of who refuses. Exit code 1 when a row is not refused as it has to be.

usage: tamper_table.py OWNER_FOLDER IMAGE
In the quick tier (REDOUBT_TIER) a few rows."""
import contextlib
import json
import os
import pathlib
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tests/e2e"))
from hostile_host import GATE, ROWS, Outcome, Row, hostile_host, list_untouched, markdown  # noqa: E402
from node_under_test import TIER, eventually  # noqa: E402
from workload_owner import owner, releases, trust  # noqa: E402

ONLY_IN_TESTS = {"number of processors", "HOST_DATA of the launch: one bit"}
IN_QUICK = {"kernel: one bit", "the operator's own initdata", "layer: one bit"}


class Oracle:
    """The workload as the demo has described it, under this name."""

    def __init__(self, folder, image, name):
        self.folder, self.image, self.name, self.initdata = folder, image, name, folder / f"{name}.toml"

    def run(self, ctl, initdata=None, image=None, command=()):
        return ctl("run", "-d", "--name", self.name, "--runtime", "confidential", "--initdata", initdata or self.initdata, image or self.image, *command, timeout=300)


@contextlib.contextmanager
def attackers_image(host):
    name = host.workload.image.partition("@")[0] + ":latest"
    host.node.ctl.ok("image", "pull", "-q", "--tls-verify=false", name, timeout=300)
    yield {"image": name}


OWN_IMAGE = Row("an unencrypted image under the same name", GATE, "PERMISSION_DENIED", "CreateContainerRequest is blocked by policy[^\n]*", change=attackers_image)


def intruder_row(host, folder):
    """A container, in a guest that its owner has listed, walks the handshake with the broker itself."""
    workload = Oracle(folder, host.workload.image, "intruder")
    trust("reference-value", "add", "init_data", *(host_data(folder / f"{name}.toml") for name in ("oracle", "intruder")))
    url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
    run = workload.run(host.node.ctl, command=["/usr/bin/python3", "-EsB", "/oracle/intruder.py", url])
    assert run.returncode == 0, run.stderr
    address = host.node.ctl.inspect("intruder")["sandbox"]["interfaces"][0]["addresses"][0].partition("/")[0]

    def told():
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{address}:8080", workload.initdata.read_bytes(), timeout=60) as answer:
            return json.load(answer)
        return None

    released = releases()
    heard = eventually(told, "the intruder's report")
    host.node.ctl.remove_all()
    print(f"the intruder was told: {json.dumps(heard)}", file=sys.stderr)
    assert heard["workload API"][0] == 403 and heard["evidence"][0] == 200, heard
    assert heard["attest"][0] == 401 and heard["resource"][0] == 401, heard
    error = json.loads(heard["attest"][1])
    return Outcome("a container walks the handshake itself", "broker, at attestation", f"401 {error['type'].rpartition('/')[2]}", error["detail"], releases() - released)


def host_data(initdata):
    return json.loads(owner("initdata", "show", initdata, "--json").stdout)["host_data"]


def main():
    folder, image = pathlib.Path(sys.argv[1]), sys.argv[2]
    is_quick = TIER == "quick"
    outcomes, faults = [], []

    def note(play, *words):
        began = time.monotonic()
        try:
            outcomes.append(play(*words))
            print(f"  {outcomes[-1].row}: refused ({time.monotonic() - began:.0f} s)", file=sys.stderr)
        except AssertionError as fault:
            faults.append(str(fault))

    with hostile_host(Oracle(folder, image, "oracle"), os.environ["REDOUBT_TRUST_SITE"] + "/simtee.sock", os.environ["REDOUBT_KBS_ADDRESS"]) as host:
        list_untouched(host)
        for row in [*ROWS, OWN_IMAGE]:
            if row.what in IN_QUICK or not is_quick and row.what not in ONLY_IN_TESTS:
                note(row.play, host)
        if not is_quick:
            note(intruder_row, host, folder)
    print(markdown(outcomes))
    for fault in faults:
        print(f"tamper table: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
