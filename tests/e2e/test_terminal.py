# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""An interactive shell in a real terminal: tmux types and reads the screen."""
import subprocess

import pytest

from node_under_test import eventually

IMAGES = ["busybox"]


class Screen:
    def __init__(self, name, command):
        self.name = name
        self.tmux("new-session", "-d", "-s", name, "-x", "80", "-y", "24", command)

    def tmux(self, *args):
        return subprocess.run(["tmux", "-L", self.name, "-f", "/dev/null", *args], capture_output=True, text=True, check=False)

    def type(self, text):
        self.tmux("send-keys", "-t", self.name, text, "Enter")

    def text(self):
        return self.tmux("capture-pane", "-p", "-t", self.name).stdout

    def shows(self, text):
        eventually(lambda: text in self.text(), f"{text!r} on the screen, which shows:\n{self.text()}")

    def close(self):
        self.tmux("kill-server")


@pytest.fixture
def screen():
    opened = []

    def open_screen(name, command):
        opened.append(Screen(name, command))
        return opened[-1]

    yield open_screen
    for one in opened:
        one.close()


def shell_command(ctl, *args):
    return " ".join(ctl.command(*args)) + "; echo ended with $?; sleep 1000"


def test_a_shell_works_and_follows_the_window_size(ctl, busybox, screen):
    window = screen("shell", shell_command(ctl, "run", "--rm", "-it", "--name", "shell", busybox, "sh"))
    window.shows("#")
    window.type("stty size")
    window.shows("24 80")
    window.tmux("resize-window", "-t", "shell", "-x", "100", "-y", "40")
    window.type("sleep 0.3; stty size")
    window.shows("40 100")
    window.type("tty; exit 5")
    window.shows("/dev/pts/0")
    window.shows("ended with 5")


def test_ctrl_c_interrupts_the_foreground_process_only(ctl, busybox, screen):
    window = screen("ctrlc", shell_command(ctl, "run", "--rm", "-it", busybox, "sh"))
    window.shows("#")
    window.type("echo g$((0))es; sleep 1000")
    window.shows("g0es")
    window.tmux("send-keys", "-t", "ctrlc", "C-c")
    window.type("echo still $((40 + 2))")
    window.shows("still 42")
    window.type("exit")
    window.shows("ended with 0")


def test_detach_keys_leave_the_container_running_and_attach_comes_back(ctl, busybox, screen):
    window = screen("detach", shell_command(ctl, "run", "-it", "--name", "kept", busybox, "sh"))
    window.shows("#")
    window.tmux("send-keys", "-t", "detach", "C-p", "C-q")
    window.shows("ended with 0")
    assert ctl.names() == ["kept"]
    again = screen("attach", shell_command(ctl, "attach", "kept"))
    again.type("")
    again.type("echo back $((1 + 1))")
    again.shows("back 2")
    again.type("exit 4")
    again.shows("ended with 4")


def test_exec_with_a_terminal_sees_one(ctl, busybox, screen):
    ctl.ok("run", "-d", "--name", "host", busybox, "sleep", "1000")
    window = screen("exec", shell_command(ctl, "exec", "-it", "host", "sh"))
    window.shows("#")
    window.type("test -t 0 && echo a terminal of $(stty size)")
    window.shows("a terminal of 24 80")
    window.type("exit 6")
    window.shows("ended with 6")
