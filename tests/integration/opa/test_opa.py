# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Our policy engine beside Open Policy Agent: answers to the same questions, and time for each, in one run.

OPA is built here from its Go module; where Go or its modules cannot be had, the tests are skipped and say so."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess

import pytest

ROOT = pathlib.Path(os.environ["REDOUBT_SOURCE"])
OURS = os.environ["REDOUBT_REGO_ANSWERS"]
OPA = "github.com/open-policy-agent/opa/v1/rego@v1.22.2"
CASES = ROOT / "tests/unit/common/rego"

pytestmark = pytest.mark.skipif(os.environ.get("REDOUBT_TIER") != "full", reason="only in the full tier")


@pytest.fixture(scope="session")
def opa(tmp_path_factory):
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go here to build OPA with")
    folder = tmp_path_factory.mktemp("opa")
    shutil.copy(ROOT / "tests/integration/opa/main.go", folder)
    for command in (["mod", "init", "redoubt/opa"], ["get", OPA], ["build", "-o", "answers", "."]):
        done = subprocess.run([go, *command], cwd=folder, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0 and command[0] == "get":
            pytest.skip(f"OPA's module cannot be had: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    return folder / "answers"


def ask(program, questions):
    text = "".join(json.dumps(one) + "\n" for one in questions)
    done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=900, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def kind(answer):
    return next((word for word in ("refused", "error") if word in answer), "value")


def test_policies_written_by_chance_mean_the_same(opa):
    written = subprocess.run([OURS, "--write", "6000", "3"], capture_output=True, text=True, check=True).stdout
    questions = [json.loads(line) for line in written.splitlines()]
    counts = {"same": 0, "refused by both": 0, "refused by OPA's types": 0, "refused by one": 0}
    for question, mine, theirs in zip(questions, ask(OURS, questions), ask(opa, questions)):
        if kind(theirs) == "refused":
            other = "refused by OPA's types" if "rego_type_error" in theirs["refused"] else "refused by one"
            counts["refused by both" if kind(mine) == "refused" else other] += 1
        elif kind(mine) == "refused":
            counts["refused by one"] += 1
        else:
            assert (kind(mine), mine.get("value")) == (kind(theirs), theirs.get("value")), question["policy"]
            counts["same"] += 1
    print(counts)
    assert counts["same"] >= 600
    assert counts["refused by one"] <= 60, "loading differs by more than oddities of closures"


def timed(folder, policy, query, file):
    return {"policy": (CASES / folder / policy).read_text(), "query": query, "data": {}, "repeat": 300,
            "input": json.loads((CASES / folder / file).read_text())}


def test_speed_is_shown_beside_opa(opa):
    questions = [timed("appraisal_policy", "policy.rego", "data.policy.trust_claims", "evidence.json")]
    rounds = [(ask(OURS, questions), ask(opa, questions)) for _ in range(3)]
    ratios = [theirs[0]["micros"] / mine[0]["micros"] for mine, theirs in rounds]
    print(f"appraisal: OPA takes {statistics.median(ratios):.1f} times as long as this build of ours")
