# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""`./sdk node` must notice whatever a test leaves behind, and pass the command's exit code on when all is clean."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUEST = os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image")


def node(script):
    command = ["python3", ROOT / "common/sdk/throwaway_node.py", "--guest", GUEST, "--", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_clean_command_passes_its_exit_code_on():
    assert node("redoubtctl ps").returncode == 0
    assert node("exit 7").returncode == 7


LEFTOVERS = {
    "process": ("setsid sleep 1000 >/dev/null 2>&1 &", "sleep 1000", ""),
    "mount": ("mount -t tmpfs tmpfs /mnt", "/mnt", "umount /mnt"),
    "network namespace": ("ip netns add left", "left", "ip netns delete left"),
    "network interface": ("ip tuntap add dev left0 mode tap", "left0", "ip link delete left0"),
    "file": ("touch $REDOUBT_NODE_RUNTIME/left", "/run/left", ""),
    "cgroup": ("mkdir /sys/fs/cgroup/*/redoubt-left 2>/dev/null || mkdir /sys/fs/cgroup/memory/redoubt-left", "redoubt-left",
               "rmdir /sys/fs/cgroup/redoubt-left /sys/fs/cgroup/*/redoubt-left 2>/dev/null"),
    "container": ("redoubtctl image import $(tests/images/build.py)/busybox && "
                  "redoubtctl run -d --name left localhost/busybox sleep 1000", "left", ""),
}


@pytest.mark.parametrize("kind", LEFTOVERS)
def test_what_is_left_behind_is_named(kind):
    script, name, undo = LEFTOVERS[kind]
    try:
        run = node(f"cd {ROOT} && {script}")
    finally:
        subprocess.run(undo, shell=True, check=False, capture_output=True)
    assert run.returncode == 1, run.stderr
    assert f"left behind: {kind}" in run.stderr and name in run.stderr
