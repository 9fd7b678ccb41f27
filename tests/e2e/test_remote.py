# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A node reached from outside: pairing, roles, the audit log, and every verb over TLS; what Prometheus reads of it."""
import contextlib
import json
import os
import pty
import re
import socket
import ssl
import subprocess
import threading
import urllib.request

import pytest

from node_under_test import DEADLINE, eventually, free_port, own_node

IMAGES = ["busybox"]
WRONG = "0000-0000-0000"


class User:
    """Somebody with profiles of his own."""

    def __init__(self, folder):
        folder.mkdir()
        self.environment = os.environ | {"XDG_CONFIG_HOME": str(folder)}
        self.profiles = folder / "redoubt/profiles.json"

    def command(self, *words, host=None):
        return ["redoubtctl", *(["-H", host] if host else []), *map(str, words)]

    def __call__(self, *words, host=None, stdin=""):
        return subprocess.run(self.command(*words, host=host), input=stdin, env=self.environment, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)

    def ok(self, *words, host=None, stdin=""):
        run = self(*words, host=host, stdin=stdin)
        assert run.returncode == 0, f"{words}: exit {run.returncode}\n{run.stdout}{run.stderr}"
        return run.stdout

    def pair(self, node, code, *more):
        return self("pair", node.address, "--fingerprint", node.fingerprint, "--profile", "box", *more, stdin=code + "\n")


@contextlib.contextmanager
def remote_node(more="", **keys):
    port = free_port()
    settings = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    with own_node(f'[remote]\nlisten = "127.0.0.1:{port}"\n{settings}{more}') as node:
        node.address = f"127.0.0.1:{port}"
        node.fingerprint = node.ctl.json("node", "identity")["fingerprint"]
        yield node


def code_of(node):
    return node.ctl.json("node", "pairing")["code"]


def audit(node):
    return [json.loads(line) for line in node.ctl.ok("node", "audit").splitlines()]


@pytest.fixture(scope="module")
def paired(tmp_path_factory, registry, busybox_name):
    """A node with busybox, and its administrator."""
    alice = User(tmp_path_factory.mktemp("users") / "alice")
    with remote_node() as node:
        run = alice.pair(node, code_of(node))
        assert run.returncode == 0, run.stderr
        alice.ok("image", "pull", "--tls-verify=false", busybox_name, host="box")
        yield node, alice


@pytest.fixture(scope="module")
def busybox_name(registry):
    return f"{registry.name}/busybox:latest"


def test_the_code_and_the_fingerprint_are_in_the_log(tmp_path):
    with remote_node() as node:
        log = (node.folder / "log").read_text()
        assert f"CODE={code_of(node)}" in log and f"FINGERPRINT={node.fingerprint}" in log


def test_a_wrong_code_five_times_closes_the_pairing(tmp_path):
    mallory = User(tmp_path / "mallory")
    with remote_node() as node:
        code = code_of(node)
        for left in (4, 3, 2, 1):
            run = mallory.pair(node, WRONG)
            assert run.returncode != 0 and f"{left} of 5 tries are left" in run.stderr, run.stderr
        assert "pairing is closed now" in mallory.pair(node, WRONG).stderr
        assert "pairing is closed" in mallory.pair(node, code).stderr, "the right one is no good any more"
        assert not mallory.profiles.exists()
        assert node.ctl("node", "pairing").returncode == 1
        tries = [record for record in audit(node) if record["op"] == "Access.Pair"]
        assert len(tries) >= 5 and all(record["decision"] == "refused" for record in tries)
        # Somebody at the node opens it again.
        node.ctl.ok("node", "pairing", "--open")
        assert mallory.pair(node, code_of(node)).returncode == 0
        assert "there is an administrator" in node.ctl("node", "pairing", "--open").stderr


def test_another_fingerprint_is_refused_before_anything_is_sent(tmp_path):
    alice = User(tmp_path / "alice")
    with remote_node() as node:
        wrong = "sha256:" + "0" * 64
        run = alice("pair", node.address, "--fingerprint", wrong, stdin=code_of(node) + "\n")
        assert run.returncode != 0 and node.fingerprint in run.stderr and "nothing was sent" in run.stderr
        assert node.ctl.json("node", "pairing")["tries_left"] == 5
        assert not [record for record in audit(node) if record["op"] == "Access.Pair"]


def test_somebody_in_a_nodes_place_gets_nothing(paired, tmp_path):
    """He listens where the profile points to, with a certificate of the same name."""
    node, alice = paired
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=redoubt-node",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    taken = []

    def serve(listener):
        with contextlib.suppress(OSError), listener.accept()[0] as plain:
            plain.settimeout(10)
            with context.wrap_socket(plain, server_side=True) as session:
                while data := session.recv(4096):
                    taken.append(data)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        alice.ok("profile", "add", "moved", f"127.0.0.1:{listener.getsockname()[1]}", "--fingerprint", node.fingerprint)
        run = alice("ps", host="moved")
        thread.join(30)
    assert run.returncode != 0 and "nothing was sent" in run.stderr, run.stderr
    assert not taken


def test_verbs_work_over_tls(paired, busybox_name):
    node, alice = paired
    assert alice.ok("run", "--rm", busybox_name, "echo", "from afar", host="box") == "from afar\n"
    assert alice.ok("node", "info", host=node.address).startswith("Host name:"), "an address is as good as a profile's name"
    alice.ok("run", "-d", "--name", "talker", busybox_name, "sh", "-c", "while :; do echo tick; sleep 0.2; done", host="box")
    follower = subprocess.Popen(alice.command("logs", "-f", "talker", host="box"), env=alice.environment, stdout=subprocess.PIPE, text=True)
    assert [follower.stdout.readline() for _ in range(3)] == ["tick\n"] * 3
    follower.terminate()
    follower.wait()
    assert alice.ok("exec", "-i", "talker", "cat", host="box", stdin="through\n") == "through\n"
    assert alice("exec", "talker", "sh", "-c", "exit 7", host="box").returncode == 7
    alice.ok("rm", "-f", "talker", host="box")


def test_a_terminal_works_over_tls(paired, busybox_name):
    node, alice = paired
    alice.ok("run", "-d", "--name", "shell", busybox_name, "sleep", "1000", host="box")
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(alice.command("exec", "-it", "shell", "sh", host="box"), env=alice.environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, b"tty; echo sum=$((40+2)); exit 5\n")
    seen = b""
    with contextlib.suppress(OSError):
        while data := os.read(ours, 4096):
            seen += data
    assert shell.wait(DEADLINE) == 5 and b"sum=42" in seen and b"/dev/pts/" in seen, seen
    alice.ok("rm", "-f", "shell", host="box")


def test_a_viewer_sees_and_changes_nothing(paired, tmp_path, busybox_name):
    node, alice = paired
    bob = User(tmp_path / "bob")
    stranger = bob("ps", host="box")
    assert stranger.returncode != 0 and "no profile 'box'" in stranger.stderr
    bob.ok("profile", "add", "box", node.address, "--fingerprint", node.fingerprint)
    unknown = bob("ps", host="box")
    assert unknown.returncode != 0 and "knows no client with the certificate" in unknown.stderr, unknown.stderr
    alice.ok("node", "client", "add", "--name", "bob", "-", host="box", stdin=bob.ok("profile", "certificate"))
    assert bob.ok("ps", "-a", host="box").startswith("CONTAINER ID")
    assert "We are:" in bob.ok("node", "identity", host="box")
    for words in (("run", "--rm", busybox_name, "true"), ("image", "rm", busybox_name), ("node", "drain"), ("node", "client", "rm", "bob")):
        run = bob(*words, host="box")
        assert run.returncode != 0 and "'bob' is a viewer here" in run.stderr, f"{words}: {run.stderr}"
    alice.ok("node", "client", "rm", "bob", host="box")
    assert "knows no client" in bob("ps", host="box").stderr, "gone with the next call"
    last = alice("node", "client", "rm", alice_name(node), host="box")
    assert last.returncode != 0 and "last administrator" in last.stderr


def alice_name(node):
    return next(client["name"] for client in node.ctl.json("node", "client", "ls") if client["role"] == "admin")


def test_the_audit_log_lists_the_calls(paired, busybox_name):
    node, alice = paired
    earlier = len(audit(node))
    alice.ok("run", "--rm", "--name", "audited", busybox_name, "true", host="box")
    since = lambda: audit(node)[earlier:]
    eventually(lambda: any(record["op"] == "Node.Attach" and record["decision"] == "ended" for record in since()), "the end of the call is noted")
    records = since()
    made = [record for record in records if record["op"] == "Node.CreateContainer" and record["actor"] == f"client:{alice_name(node)}"]
    assert {record["decision"] for record in made} == {"allowed", "ended"}
    assert {record["object"] for record in made} == {"audited"}
    [attached] = [record for record in records if record["op"] == "Node.Attach" and record["decision"] == "ended"]
    assert attached["object"], "what the first message of the stream has named"
    assert made[0]["peer"].startswith("127.0.0.1:")
    assert made[0]["facts"]["role"] == "admin" and made[-1]["facts"]["result"] == "OK"
    assert alice.ok("node", "audit", "--verify", host="box").startswith("good: up to record ")


def test_an_identity_stays_over_a_restart_and_a_damaged_one_is_refused(tmp_path):
    alice = User(tmp_path / "alice")
    with remote_node() as node:
        assert alice.pair(node, code_of(node)).returncode == 0
        node.stop()
        node.start()
        assert alice.ok("ps", host="box").startswith("CONTAINER ID")
        node.stop()
        identity = node.state / "node-identity.json"
        kept = identity.read_text()
        assert identity.stat().st_mode & 0o777 == 0o600
        identity.write_text(kept[:100])
        run = subprocess.run(node.command, capture_output=True, text=True, timeout=60, check=False)
        assert run.returncode != 0 and "identity is damaged" in run.stderr, run.stderr
        assert identity.read_text() == kept[:100]
        identity.write_text(kept)
        node.start()


def test_a_file_makes_administrators_from_the_start(tmp_path):
    carol = User(tmp_path / "carol")
    file = tmp_path / "admin.pem"
    file.write_text(carol.ok("profile", "certificate"))
    with remote_node(admin_certificate=file) as node:
        carol.ok("profile", "add", "box", node.address, "--fingerprint", node.fingerprint)
        assert carol.ok("ps", host="box").startswith("CONTAINER ID")
        assert node.ctl("node", "pairing").returncode == 1


@pytest.fixture
def scraped(tmp_path):
    port = free_port()
    with own_node(f'[metrics]\nlisten = "127.0.0.1:{port}"\n') as node:
        yield node, port


def test_prometheus_scrapes_a_node(scraped, tmp_path, busybox_name):
    node, port = scraped
    node.ctl.ok("image", "pull", "--tls-verify=false", busybox_name)
    node.ctl.ok("run", "-d", "--name", "counted", busybox_name, "sleep", "1000")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)
    assert re.search(r'^redoubt_container_memory_used_bytes\{id="[0-9a-f]+",name="counted"\} [1-9]', text, re.M), text
    overhead = re.search(r'^redoubt_vm_overhead_bytes\{runtime_class="redoubt"\} (\S+)$', text, re.M)
    assert 10 << 20 < float(overhead[1]) < 256 << 20, "what QEMU and the guest's kernel take, and no template"
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                      f"scrape_configs: [{{job_name: redoubt, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n")
    web = free_port()
    with open(tmp_path / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data",
                                   f"--web.listen-address=127.0.0.1:{web}"], stdout=log, stderr=log)

    def value(query):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{web}/api/v1/query?query={query}", timeout=5) as answer:
            found = json.load(answer)["data"]["result"]
            return found[0]["value"][1] if found else None
        return None

    try:
        eventually(lambda: value("up") == "1" and value("redoubt_vms") == "1", "Prometheus has scraped the node", 60)
        assert value("redoubt_containers%7Bstate=%22running%22%7D") == "1"
    finally:
        server.terminate()
        server.wait(30)
