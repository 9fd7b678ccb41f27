# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What many runs leave behind and what the daemon grows by: nothing. Counted on a release build, which `./sdk test --full`
starts for it: a sanitizer keeps for a while what was freed."""
import os
import pathlib
import re

from node_under_test import count, eventually
from test_pods import expect_nothing_left

IMAGES = ["busybox"]
RELEASE = os.environ.get("REDOUBT_PRESET") == "release"
RUNS, BEFORE = (count(3, 500), count(1, 50)) if RELEASE else (3, 1)


def daemon_rss_and_files():
    pid = int(pathlib.Path(os.environ["REDOUBT_NODE_PIDFILE"]).read_text())
    rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]
    return int(rss), len(os.listdir(f"/proc/{pid}/fd"))


def test_runs_leave_nothing_and_grow_nothing(ctl, busybox):
    for _ in range(BEFORE):
        ctl.ok("run", "--rm", busybox, "true")
    memory, files = daemon_rss_and_files()
    for i in range(RUNS):
        assert ctl.ok("run", "--rm", busybox, "echo", i) == f"{i}\n"
    eventually(lambda: daemon_rss_and_files()[1] <= files, "no descriptor is left open", 10)
    after, _ = daemon_rss_and_files()
    print(f"redoubtd: {memory} kB after {BEFORE} runs, {after} kB after {RUNS} more")
    assert not RELEASE or after <= memory * 1.05
    expect_nothing_left(ctl)
    assert ctl.json("volume", "ls") == []
