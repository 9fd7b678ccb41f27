# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""docs/guides/release-a-secret.md, its commands as they stand there: who follows it releases to his own guest, on firmware that he lists, and to no other."""
import os
import pathlib
import re
import subprocess
import textwrap

import broker as brokers
import pytest
from guest import INIT_DATA
from snp_maker import Chip
from test_refusals import refused
from test_snp import MEASUREMENT, attest

GUIDE = pathlib.Path(__file__).resolve().parents[3] / "docs/guides/release-a-secret.md"
CTL = pathlib.Path(os.environ["REDOUBTCTL"])


def commands():
    """What the guide has typed to `redoubtctl trust`, block by block."""
    blocks = re.findall(r"^   ```\n(.*?)^   ```$", GUIDE.read_text(), re.M | re.S)
    return [textwrap.dedent(block) for block in blocks if "redoubtctl trust" in block]


@pytest.fixture(scope="module")
def chip():
    return Chip()


@pytest.fixture(scope="module")
def owner(tmp_path_factory, chip):
    """A broker whose owner has done what the guide says."""
    folder = tmp_path_factory.mktemp("guide") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{folder}/root.pem"]\n')
    (folder / "root.pem").write_bytes(chip.root_pem())
    (folder / "collateral" / "snp").mkdir(parents=True)
    (folder / "collateral" / "snp" / "ark.crl").write_bytes(chip.revocation_list())
    made.init().start()
    place = tmp_path_factory.mktemp("owner")
    (place / "initdata.toml").write_text(INIT_DATA)
    (place / "db.key").write_bytes(b"the key of the database")
    environment = {"HOME": str(place), "PATH": f"{CTL.parent}:{os.environ['PATH']}", "NO_PROXY": "*", "REDOUBT_KBS": f"https://127.0.0.1:{made.port}",
                   "REDOUBT_KBS_CA": f"{folder}/server.crt", "REDOUBT_KBS_CERT": f"{folder}/alice.crt", "REDOUBT_KBS_KEY": f"{folder}/alice.key",
                   **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}}
    assert len(commands()) == 2
    for block in commands():
        script = block.replace(" MEASUREMENT\n", f" {MEASUREMENT.hex()}\n")
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
    yield made
    made.stop()


def test_the_guest_of_the_guide_gets_its_secret(owner, chip):
    guest, answer = attest(owner, chip)
    assert answer.status == 200, answer.body
    assert guest.open(guest.get("shop/key/db")) == b"the key of the database"


def test_it_gets_nothing_else(owner, chip):
    guest, _ = attest(owner, chip)
    refused(guest.get("shop/key/other"), "PolicyDeny")


def test_another_guest_gets_nothing(owner, chip):
    guest, _ = attest(owner, chip, measurement=b"\xcd" * 48)
    refused(guest.get("shop/key/db"), "PolicyDeny", word="snp_launch_measurement")


def test_the_same_guest_on_other_firmware_than_the_owner_lists_gets_nothing(owner, chip):
    owner.add_reference_values({"snp_microcode": [220]})
    try:
        guest, answer = attest(owner, chip)
        assert answer.status == 200, answer.body
        refused(guest.get("shop/key/db"), "PolicyDeny")
    finally:
        owner.add_reference_values({"snp_microcode": [219]})
