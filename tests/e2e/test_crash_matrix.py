# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""redoubtd is killed at its writes to the database, one after another, and started again: nothing is left behind, and a
container that ran beside it runs on. The quick tier tries a few points of the longest story, the full one all of all."""
import json
import os
import pathlib
import sqlite3
import sys
import tempfile
import time

import pytest

from node_under_test import ROOT, Ctl, count, eventually, images_folder
from shared_node import Daemon

sys.path.insert(0, str(ROOT / "common/sdk"))
import throwaway_node  # pylint: disable=wrong-import-position,import-error

NEVER = 1000000
STATE, RUNTIME = pathlib.Path(os.environ.get("REDOUBT_NODE_STATE", "/")), pathlib.Path(os.environ.get("REDOUBT_NODE_RUNTIME", "/"))


class CrashingNode:
    def __init__(self, folder):
        self.ctl, self.order = Ctl(), folder / "crash-at"
        self.daemon = Daemon(self.ctl)
        self.ctl.ok("image", "import", images_folder() / "busybox", "busybox")
        self.daemon.kill()
        self.revive()
        self.ctl.ok("run", "-d", "--name", "bystander", "busybox", "sleep", "100000")
        self.vmm = self.ctl.inspect("bystander")["sandbox"]["vmm_pid"]
        self.before = self.observe()

    def revive(self):
        self.daemon.start(REDOUBT_CRASH_FILE=str(self.order))

    def arm(self, point):
        self.order.write_text(str(point))

    def disarm(self):
        self.order.unlink(missing_ok=True)

    def observe(self):
        """All there is on the host that is a node's: what a throw-away node is judged by, files and rows."""
        seen = throwaway_node.observe(RUNTIME.parent)
        seen["process"] = {line.split()[2] for line in seen["process"].values() if "qemu-system" in line}
        seen["file"] = {p for p in throwaway_node.names_below(RUNTIME) if "redoubtd.sock" not in p}
        seen["file"] |= throwaway_node.names_below(STATE / "containers", 1) | throwaway_node.names_below(STATE / "volumes", 1)
        with sqlite3.connect(f"file:{STATE}/state.db?mode=ro", uri=True) as database:
            for table, columns in (("ledger", "kind, name"), ("sandboxes", "id"), ("containers", "id"), ("pods", "id"), ("volumes", "name")):
                seen[f"row of {table}"] = set(database.execute(f"SELECT {columns} FROM {table}"))  # nosec: our own names
        return seen

    def differences(self):
        after = self.observe()
        return [f"{kind}: {sign}{item}" for kind, items in self.before.items()
                for sign, set_of in (("+", after[kind] - items), ("-", items - after[kind])) for item in sorted(set_of, key=str)]

    def check(self, point):
        """Only the bystander is left when what is known is removed, and it has noticed nothing."""
        states = {c["name"]: c["state"] for c in self.ctl.json("ps", "--all")}
        assert states.get("bystander") == "running", f"{point}: {states}"
        assert self.ctl.inspect("bystander")["sandbox"]["vmm_pid"] == self.vmm, point
        for pod in self.ctl.json("pod", "ls"):
            self.ctl.ok("pod", "rm", "-f", pod["name"])
        for name, state in {c["name"]: c["state"] for c in self.ctl.json("ps", "--all")}.items():
            assert state in ("created", "running", "paused", "exited"), f"{point}: {name} is {state}"
            if name != "bystander":
                self.ctl.ok("rm", "-f", name)
        for volume in self.ctl.json("volume", "ls"):
            self.ctl.ok("volume", "rm", volume["name"])
        assert not self.differences(), f"{point}: {self.differences()}"

    def last_point(self):
        lines = pathlib.Path(os.environ["REDOUBT_NODE_LOG"]).read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line for line in reversed(lines) if line.startswith("crash point")), "no crash point")

    def run_story(self, story, first=1, step=1):
        """Tries points until the story gets to its end alive; their names."""
        tried, point = [], first
        while True:
            story.prepare(self.ctl)
            self.arm(point)
            story.act(self.ctl)
            # The last writes come after the client was answered.
            time.sleep(0.3)
            died = self.daemon.is_dead()
            self.disarm()
            if not died:
                self.check("survived")
                return tried
            tried.append(self.last_point())
            self.revive()
            self.check(f"{story.__name__}: {tried[-1]}")
            point += step

    def run_recovery(self, story, crash_at, step=1):
        """The daemon that recovers dies, too; then a third one does it."""
        point = 1
        while True:
            self.arm(crash_at)
            story.act(self.ctl)
            eventually(self.daemon.is_dead, "the daemon dies", 60)
            first = self.last_point()
            self.arm(point)
            self.revive()
            died = self.daemon.is_dead()
            self.disarm()
            if died:
                self.revive()
            self.check(f"recovery of {first}: {self.last_point() if died else 'survived'}")
            if not died:
                return point - 1
            point += step


class Story:
    @staticmethod
    def prepare(ctl):
        """What has to be there: not killed."""


class RunToTheEnd(Story):
    @staticmethod
    def act(ctl):
        ctl("run", "--rm", "-v", "made:/data", "busybox", "true")


class CreateStartRemove(Story):
    @staticmethod
    def act(ctl):
        ctl("create", "--name", "target", "busybox", "sleep", "1000")
        ctl("start", "target")
        ctl("rm", "-f", "target")


class StopAndRestart(Story):
    @staticmethod
    def prepare(ctl):
        ctl.ok("run", "-d", "--name", "target", "busybox", "sleep", "1000")

    @staticmethod
    def act(ctl):
        ctl("restart", "-t", "0", "target")
        ctl("pause", "target")
        ctl("unpause", "target")
        ctl("rename", "target", "renamed")
        ctl("stop", "-t", "0", "renamed")


class Volumes(Story):
    @staticmethod
    def act(ctl):
        ctl("volume", "create", "--opt", "size=16m", "data")
        ctl("volume", "resize", "data", "32m")
        ctl("volume", "rm", "data")


POD = """
apiVersion: v1
kind: ConfigMap
metadata: {name: words}
data: {hello: world}
---
apiVersion: v1
kind: Pod
metadata: {name: both}
spec:
  initContainers: [{name: first, image: busybox, command: ["true"]}]
  containers:
  - {name: one, image: busybox, command: [sleep, "1000"], volumeMounts: [{name: shared, mountPath: /shared}]}
  - {name: two, image: busybox, command: [sleep, "1000"], volumeMounts: [{name: words, mountPath: /words}]}
  volumes: [{name: shared, emptyDir: {}}, {name: words, configMap: {name: words}}]
"""


class PodUpAndDown(Story):
    @staticmethod
    def act(ctl):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
            manifest.write(POD)
            manifest.flush()
            ctl("apply", "-f", manifest.name)
            ctl("down", "-f", manifest.name)


class WithoutVm(Story):
    @staticmethod
    def act(ctl):
        ctl("run", "-d", "--name", "light", "--runtime", "gvisor", "-v", "made:/data", "busybox", "sleep", "1000")
        ctl("restart", "-t", "0", "light")
        ctl("rm", "-f", "light")


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    crashing = CrashingNode(tmp_path_factory.mktemp("crash"))
    yield crashing
    crashing.disarm()
    if crashing.daemon.is_dead():
        crashing.revive()
    assert crashing.ctl.ok("exec", "bystander", "echo", "still here") == "still here\n"
    crashing.ctl.remove_all()
    crashing.ctl("volume", "prune", "--force")


def test_killed_at_its_writes_of_a_run(node):
    tried = node.run_story(RunToTheEnd, first=count(quick=4, full=1), step=count(quick=8, full=1))
    print(json.dumps(tried, indent=1))
    assert len(tried) >= count(quick=3, full=30), tried


def test_killed_at_its_writes_of_volumes(node):
    tried = node.run_story(Volumes, first=count(quick=3, full=1), step=count(quick=4, full=1))
    assert tried


def test_killed_while_it_recovers(node):
    node.run_recovery(RunToTheEnd, crash_at=14, step=count(quick=5, full=1))


@pytest.mark.skipif(count(0, 1) == 0, reason="in the full tier")
@pytest.mark.parametrize("story", [CreateStartRemove, StopAndRestart, PodUpAndDown, WithoutVm])
def test_killed_at_its_writes_of(node, story):
    assert len(node.run_story(story)) >= 20
