# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The sdk script itself: exit codes, errors with a remedy, and no trace after a kill. Runs inside the root, entering it again."""
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"REDOUBT_CACHE": os.environ.get("REDOUBT_HOST_CACHE", "/var/cache/redoubt"), "REDOUBT_QUIET": "1"}


def sdk(*args):
    return subprocess.run([ROOT / "sdk", *args], capture_output=True, text=True, env=ENVIRONMENT, timeout=300, check=False)


def processes(word):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word.encode() in (entry / "cmdline").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


def test_run_passes_the_exit_code_on():
    assert sdk("run", "--", "sh", "-c", "exit 42").returncode == 42
    assert sdk("run", "--", "echo", "a b").stdout == "a b\n"


def test_what_a_command_writes_to_the_root_is_gone_with_it():
    assert sdk("run", "--", "touch", "/etc/left-behind").returncode == 0
    assert sdk("run", "--", "test", "-e", "/etc/left-behind").returncode == 1


def test_an_unknown_verb_and_a_missing_command_are_errors():
    assert "unknown verb 'frobnicate'" in sdk("frobnicate").stderr
    assert "remedy" in sdk("run").stderr


def test_a_killed_sdk_leaves_no_process_and_no_mount():
    before = pathlib.Path("/proc/self/mountinfo").read_text()
    process = subprocess.Popen([ROOT / "sdk", "run", "--", "sleep", "98765"], env=ENVIRONMENT)
    end = time.monotonic() + 60
    while not processes("sleep\00098765") and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)  # it alone: everything else must follow by itself
    process.wait()
    end = time.monotonic() + 10
    while processes("sleep\00098765") and time.monotonic() < end:
        time.sleep(0.05)
    assert not processes("sleep\00098765")
    assert pathlib.Path("/proc/self/mountinfo").read_text() == before
