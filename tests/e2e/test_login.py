# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Logins at a real registry with passwords: redoubtctl's, in podman's file, and the node's own."""
import base64
import json
import os
import pathlib
import signal
import stat
import subprocess
import termios

import pytest

from node_under_test import Registry, eventually, own_node

IMAGES = []
PASSWORD = "pass:word-8f3a1c"


@pytest.fixture(scope="module")
def private(images, tmp_path_factory):
    server = Registry(tmp_path_factory.mktemp("private"), password=PASSWORD)
    server.push(images / "busybox", "team/app:1", creds=f"user:{PASSWORD}")
    yield server
    server.stop()


@pytest.fixture
def person(ctl, tmp_path):
    """redoubtctl as somebody with a runtime folder of his own, and no login yet."""
    environment = {key: value for key, value in os.environ.items() if key not in ("REGISTRY_AUTH_FILE", "XDG_CONFIG_HOME")}
    environment |= {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}

    def call(*words, stdin=None):
        return subprocess.run(ctl.command(*words), input=stdin or "", capture_output=True, text=True, env=environment, timeout=120, check=False)

    def at_terminal(terminal, *words):
        return subprocess.Popen(ctl.command(*words), stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    call.file, call.at_terminal = tmp_path / "containers/auth.json", at_terminal
    return call


@pytest.fixture
def terminal():
    ours, theirs = os.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def is_silent(fd):
    return not termios.tcgetattr(fd)[3] & termios.ECHO


def login(person, private, *flags, password=PASSWORD):
    return person("login", "--tls-verify=false", "-u", "user", "--password-stdin", *flags, private.name, stdin=password + "\n")


def test_a_login_is_checked_and_kept_as_podman_keeps_it(person, private):
    run = login(person, private)
    assert (run.returncode, run.stdout) == (0, "Login Succeeded!\n"), run.stderr
    assert json.loads(person.file.read_text()) == {"auths": {private.name: {"auth": base64.b64encode(f"user:{PASSWORD}".encode()).decode()}}}
    assert stat.S_IMODE(person.file.stat().st_mode) == 0o600
    assert person("login", "--get-login", private.name).stdout == "user\n"


def test_a_pull_takes_the_login_and_needs_it(person, private, ctl):
    image = f"{private.name}/team/app:1"
    before = person("image", "pull", "--tls-verify=false", image)
    assert before.returncode == 125 and f"redoubtctl login {private.name}" in before.stderr, before.stderr
    assert login(person, private).returncode == 0
    assert person("image", "pull", "--tls-verify=false", image).returncode == 0
    ctl.ok("image", "rm", image)
    assert person("logout", private.name).stdout == f"Removed login credentials for {private.name}\n"
    assert person("image", "pull", "--tls-verify=false", image).returncode == 125


def test_a_login_may_be_of_one_repository(person, private, tmp_path, ctl):
    file = tmp_path / "logins.json"
    place = f"{private.name}/team"
    run = person("login", "--tls-verify=false", "--authfile", file, "-u", "user", "-p", PASSWORD, place)
    assert run.returncode == 0, run.stderr
    assert list(json.loads(file.read_text())["auths"]) == [place]
    image = f"{private.name}/team/app:1"
    assert person("image", "pull", "--tls-verify=false", image).returncode == 125
    assert person("image", "pull", "--tls-verify=false", "--authfile", file, image).returncode == 0
    ctl.ok("image", "rm", image)


def test_what_is_not_given_is_asked_for_and_a_password_not_shown(person, private, terminal):
    ours, theirs = terminal
    with person.at_terminal(theirs, "login", "--tls-verify=false", private.name) as login:
        os.write(ours, b"user\n")
        eventually(lambda: is_silent(theirs), "the terminal shows nothing")
        os.write(ours, PASSWORD.encode() + b"\n")
        out, err = login.communicate(timeout=120)
    assert (login.returncode, out, err) == (0, b"Login Succeeded!\n", b"Username: Password: \n")
    assert not is_silent(theirs)
    shown = os.read(ours, 4096)
    assert b"user" in shown and PASSWORD.encode() not in shown
    assert person("login", "--get-login", private.name).stdout == "user\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_goes_away_while_asked_gets_his_terminal_back(person, private, terminal, number):
    _, theirs = terminal
    with person.at_terminal(theirs, "login", "-u", "user", private.name) as login:
        eventually(lambda: is_silent(theirs), "the terminal shows nothing")
        login.send_signal(number)
        _, err = login.communicate(timeout=120)
    assert login.returncode == 125 and b"no password on standard input" in err
    assert not is_silent(theirs) and not person.file.exists()


def test_a_wrong_password_is_refused_and_not_kept(person, private):
    run = login(person, private, password="wrong-2b7e")
    assert run.returncode == 125
    assert "refused the credentials of user user" in run.stderr and "wrong-2b7e" not in run.stderr, run.stderr
    assert not person.file.exists()


def test_a_login_where_nobody_answers_is_refused(person):
    run = person("login", "--tls-verify=false", "-u", "user", "-p", "x", "127.0.0.1:1")
    assert run.returncode == 125 and "127.0.0.1:1" in run.stderr, run.stderr
    assert not person.file.exists()


def test_who_is_not_logged_in_is_told_so(person, private):
    for words in (["login", "--get-login", private.name], ["logout", private.name]):
        run = person(*words)
        assert run.returncode == 125 and f"not logged into {private.name}" in run.stderr, run.stderr
    run = person("login", private.name)
    assert run.returncode == 125 and "standard input is no terminal" in run.stderr, run.stderr
    assert person("logout").returncode == 125


def test_logout_of_all_leaves_no_login(person, private):
    assert login(person, private).returncode == 0
    assert person("logout", "--all").stdout == "Removed login credentials for all registries\n"
    assert json.loads(person.file.read_text()) == {"auths": {}}


def test_the_nodes_own_login_serves_pulls_that_bring_none_and_stands_nowhere(private, tmp_path_factory):
    file = tmp_path_factory.mktemp("node") / "auth.json"
    file.write_text(json.dumps({"auths": {private.name: {"auth": base64.b64encode(f"user:{PASSWORD}".encode()).decode()}}}))
    file.chmod(0o644)
    image = f"{private.name}/team/app:1"
    with own_node(f'[image]\nauth_file = "{file}"\n') as node:
        run = node.ctl("image", "pull", "--tls-verify=false", image)
        assert run.returncode == 125 and "everybody may read it" in run.stderr, run.stderr
        file.chmod(0o600)
        node.ctl.ok("image", "pull", "--tls-verify=false", image, timeout=300)
        secret = PASSWORD.encode()
        for place in (node.folder, node.state, node.runtime):
            for path in pathlib.Path(place).rglob("*"):
                if path.is_file():
                    assert secret not in path.read_bytes(), path
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                assert secret not in (process / "cmdline").read_bytes(), process
            except (FileNotFoundError, ProcessLookupError):
                pass
