# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The processes of the node that the tests of one file share, which a test may kill as a crash would, and start again."""
import os
import pathlib
import shlex
import signal
import subprocess

from node_under_test import eventually


class SharedProcess:
    """Not our child: how it is doing, /proc says."""

    def __init__(self, what):
        self.pidfile = pathlib.Path(os.environ[f"REDOUBT_{what}_PIDFILE"])
        self.command = shlex.split(os.environ[f"REDOUBT_{what}_COMMAND"])

    def pid(self):
        return int(self.pidfile.read_text())

    def kill(self):
        """By SIGKILL. Its locks and sockets are the next one's when this returns: a process on a busy machine takes a while to die."""
        os.kill(self.pid(), signal.SIGKILL)
        eventually(self.is_dead, f"{self.command[0]} is dead", 30)

    def launch(self, **environment):
        with open(os.environ["REDOUBT_NODE_LOG"], "ab") as log:
            process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       env=os.environ | environment)
        self.pidfile.write_text(str(process.pid))

    def is_dead(self):
        return state_of(self.pid()) in ("Z", "")


class Daemon(SharedProcess):
    def __init__(self, ctl):
        super().__init__("NODE")
        self.ctl = ctl

    def start(self, **environment):
        """May die at once, when the environment says so."""
        self.launch(**environment)
        eventually(lambda: self.is_dead() or self.ctl("node", "info").returncode == 0, "redoubtd answers again", 60)


def state_of(pid):
    """A process whose first thread is a zombie lives on, and keeps its locks, until its last thread has ended."""
    process = pathlib.Path(f"/proc/{pid}")
    try:
        first = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return first if first != "Z" or len(list((process / "task").iterdir())) == 1 else "ending"
    except OSError:
        return ""
