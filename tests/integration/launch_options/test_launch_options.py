# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What QEMU says to the launch options of the golden files: it takes them apart without the hardware, up to the point where that is needed."""
import json
import pathlib
import subprocess

import pytest

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "golden/node-daemon/tee"
QMP = '{"execute":"qmp_capabilities"}{"execute":"quit"}'
# How QEMU refuses a member that it does not know, lacks, or takes for another kind.
REFUSALS = ("Parameter '", "Property '", "Invalid parameter", "is missing", "not found", "invalid")


def objects(name):
    lines = (GOLDEN / name).read_text().splitlines()
    return [json.loads(line.removeprefix("-object ")) for line in lines if line.startswith("-object ")]


def run(made):
    words = [word for item in made for word in ("-object", json.dumps(item))]
    return subprocess.run(["qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none", "-qmp", "stdio", *words],
                          input=QMP, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name,kind", [("sev_snp.args", "sev-snp-guest"), ("tdx.args", "tdx-guest")])
def test_qemu_knows_every_member(name, kind):
    made = objects(name)
    assert [item["qom-type"] for item in made] == ["memory-backend-memfd", kind]
    made[0]["size"] = 1 << 20  # it would be taken
    done = run(made)
    assert not any(word in done.stderr for word in REFUSALS), done.stderr
    wrong = run([made[0], made[1] | {"bogus": 1}])
    assert wrong.returncode != 0 and any(word in wrong.stderr for word in REFUSALS), wrong.stderr


def test_a_wrong_length_is_seen_by_qemu_as_well():
    made = objects("sev_snp.args")
    made[0]["size"] = 1 << 20
    made[1]["host-data"] = "aGk="
    done = run(made)
    assert done.returncode != 0, done.stderr
