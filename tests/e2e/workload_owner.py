# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the owner of a workload does where he trusts the machine: beside the key broker, whose network may be another than the node's."""
import json
import os
import subprocess

# What the simulated chip says of its firmware; the appraisal wants a value for each.
VERSIONS = {"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}


def owner(*words, check=True):
    """What the owner of the workload does, where he trusts the machine."""
    network = os.environ.get("REDOUBT_TRUST_NETWORK")
    done = subprocess.run([*(["nsenter", f"--net={network}"] if network else []), "redoubtctl", *map(str, words)], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"redoubtctl {' '.join(map(str, words))}:\n{done.stderr}{done.stdout}"
    return done


def trust(*words, check=True):
    return owner("trust", *words, check=check)


def write(path, text):
    path.write_text(text)
    return path


def records(decision):
    """Of the broker's audit log."""
    shown = [json.loads(line) for line in trust("audit", "show", "--json").stdout.splitlines()]
    return [record for record in shown if record["decision"] == decision]


def releases():
    return sum(record["op"] == "release" for record in records("allowed"))


def requests():
    """For keys, whatever became of them."""
    return sum(record["op"] == "release" for decision in ("allowed", "refused") for record in records(decision))


def release_policy(*paths):
    """What a guest may have whose launch, initdata and firmware are all as its owner lists them."""
    listed = json.dumps([path.split("/") for path in paths])
    return ("package policy\nimport rego.v1\n"
            f'allow if {{\n    input.submods.cpu0["ear.status"] == "affirming"\n    data["resource-path"] in {listed}\n}}\n')


def list_versions(folder, versions=None):
    trust("reference-value", "add", "--file", write(folder / "firmware.json", json.dumps(versions or VERSIONS)))
