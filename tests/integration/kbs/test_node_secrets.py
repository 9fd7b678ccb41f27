# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A node's logins from its key broker: a real redoubtd with a software TPM, a real broker, and a registry that wants to know who pulls."""
import base64
import hashlib
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import broker as brokers
import pytest
from certified_tpm import CertifiedTpm
from guest import Guest, claims_of, init_data_digest
from test_attest_node import CTL, SANITIZERS, Node
from test_refusals import refused

LOGINS = "redoubt-host/registry/logins"
LOGIN = base64.b64encode(b"node:planted-password").decode()
# A rule for guests that allows everything is none for hosts.
ONLY_GUESTS = "package policy\nimport rego.v1\nallow := true\n"
IDENTITY = "redoubt-host/tls/identity"


def policy_for(*resources):
    """What hosts get, beside what guests do."""
    return ONLY_GUESTS + "".join(f'allow_host if data["resource-path"] == {json.dumps(resource.split("/"))}\n' for resource in resources)


POLICY = policy_for(LOGINS)


class Registry(http.server.BaseHTTPRequestHandler):
    """Wants a login, and has no image."""
    seen: list = []

    def do_GET(self):  # noqa: N802
        login = self.headers.get("Authorization")
        self.seen.append(login)
        self.send_response(404 if login else 401)
        if not login:
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def registry():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def tpm(tmp_path_factory):
    made = CertifiedTpm(tmp_path_factory.mktemp("tpm") / "tpm")
    made.boot()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory, tpm):
    folder = tmp_path_factory.mktemp("broker") / "broker"
    made = brokers.Broker(folder, f'anchors = ["{tpm.authority}/swtpm-localca-rootca-cert.pem"]\n').init().start()
    made.add_reference_values({"tpm_pcr7": [tpm.pcr(7)], "tpm_pcr11": [tpm.pcr(11)], "init_data": [init_data_digest().hex()]})
    made.set_policy(ONLY_GUESTS)
    yield made
    made.stop()


def settings(broker, registry):
    return f'''[broker]
url = "https://127.0.0.1:{broker.port}"
certificate = "{broker.folder}/server.crt"
registry_logins = "kbs:///{LOGINS}"
[image]
insecure_registries = ["{registry}"]
'''


@pytest.fixture(scope="module")
def node(tmp_path_factory, tpm, broker, registry):
    broker.put_resource(LOGINS, json.dumps({"auths": {registry: {"auth": LOGIN}}}).encode())
    broker.put_resource("repo/type/tag", b"a guest's secret")
    made = Node(tmp_path_factory.mktemp("node") / "node", f"swtpm:path={tpm.folder}/tpm", settings(broker, registry))
    yield made
    made.stop()


def secrets_of(node, word, limit=180):
    """What the node has said of its secrets, as soon as that word is in it."""
    end = time.monotonic() + limit
    while True:
        said = [line for line in (node.folder / "log").read_text().splitlines() if "key broker" in line]
        if said and word in said[-1]:
            return said[-1]
        assert time.monotonic() < end, (node.folder / "log").read_text()[-3000:]
        time.sleep(0.3)


def pull(node, registry):
    Registry.seen.clear()
    return node.ctl("image", "pull", f"{registry}/team/app:1")


def test_a_node_that_is_not_enrolled_gets_nothing_and_says_why(node, registry):
    assert "enrolment.attestation_key" in secrets_of(node, "enrolment")
    refusal = pull(node, registry)
    assert refusal.returncode != 0 and "key broker" in refusal.stderr and "enrolment.attestation_key" in refusal.stderr
    assert not Registry.seen, "nobody is asked without the login that belongs there"


def enrol(node, broker, tpm):
    (tpm.folder / "issuer.pem").write_bytes((tpm.authority / "issuercert.pem").read_bytes())
    done = node.ctl("attest", "enrol", "--authority", tpm.folder / "issuer.pem", broker=broker)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_enrolled_node_gets_nothing_by_a_rule_for_guests(node, broker, tpm):
    enrol(node, broker, tpm)
    assert "allow_host" in secrets_of(node, "allow_host")
    record = [entry for entry in broker.audit() if entry["op"] == "release"][-1]
    assert record["decision"] == "refused" and record["object"] == "resource/" + LOGINS


def test_with_a_rule_of_its_own_it_pulls_by_the_brokers_login(node, broker, registry):
    broker.set_policy(POLICY)
    secrets_of(node, "has given this node its secrets")
    assert pull(node, registry).returncode != 0  # there is no image
    assert f"Basic {LOGIN}" in Registry.seen
    planted = [path for path in node.folder.rglob("*") if path.is_file() and not path.is_socket() and (b"planted-password" in path.read_bytes() or LOGIN.encode() in path.read_bytes())]
    assert planted == [], "in memory only"


def test_a_guest_gets_nothing_of_a_hosts(broker, tpm):
    broker.add_reference_values({"trusted_aks": [tpm.key]})
    tpm.run("tpm2_pcrextend", "8:sha256=" + init_data_digest().hex())
    guest = Guest(broker, tpm).handshake()
    assert list(claims_of(guest.token)["submods"]) == ["cpu0"]
    assert guest.open(guest.get("repo/type/tag")) == b"a guest's secret"
    refused(guest.get(LOGINS), "PolicyDeny", word="for hosts alone")
    # A guest's evidence, whose quote is of another domain, is none of a host.
    liar = Guest(broker, tpm)
    assert liar.auth(tee="redoubt-host").status == 200
    refused(liar.attest())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def identity(folder, name, *extra):
    """What somebody who keeps a node's identity at the broker would make."""
    key, certificate = brokers.make_certificate(folder, name, *extra)
    return certificate.read_bytes() + key.read_bytes(), brokers.fingerprint(certificate)


def served_fingerprint(port):
    """Of whoever answers there; nothing: nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as plain, context.wrap_socket(plain) as tls:
            return hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest()
    except OSError:
        return None


def wait_until_served(node, port, wanted, limit=60):
    end = time.monotonic() + limit
    while served_fingerprint(port) != wanted:
        assert time.monotonic() < end, (wanted, served_fingerprint(port), (node.folder / "log").read_text()[-3000:])
        time.sleep(0.2)


@pytest.fixture(name="listener")
def fixture_listener(broker, tpm, tmp_path):
    """A node that is known by what the broker keeps for it, its port, and the fingerprint."""
    authority_key, authority = brokers.make_certificate(tmp_path, "authority")
    pem, known_by = identity(tmp_path, "first", "-CA", authority, "-CAkey", authority_key)
    broker.put_resource(IDENTITY, pem)
    broker.set_policy(policy_for(IDENTITY))
    port = free_port()
    made = Node(tmp_path / "node", f"swtpm:path={tpm.folder}/tpm",
                f'''[remote]\nlisten = "127.0.0.1:{port}"\n[broker]\nurl = "https://127.0.0.1:{broker.port}"\ncertificate = "{broker.folder}/server.crt"
tls_identity = "kbs:///{IDENTITY}"\n''')
    yield made, port, known_by
    made.stop()
    assert not (made.folder / "run/fingerprint").exists()


def outside(home, *words, stdin=""):
    """redoubtctl of somebody else's machine."""
    return subprocess.run([CTL, *words], input=stdin, capture_output=True, text=True, check=False, timeout=120,
                          env={"HOME": str(home), "PATH": os.environ["PATH"], "NO_PROXY": "*", **SANITIZERS})


def test_a_nodes_identity_is_the_brokers_and_never_on_its_disk(listener, tmp_path):
    node, port, known_by = listener
    wait_until_served(node, port, known_by)
    assert (node.folder / "run/fingerprint").read_text().strip() == "sha256:" + known_by
    shown = node.ctl("node", "pairing", "--json")
    assert shown.returncode == 0 and known_by in shown.stdout, shown
    assert not (node.folder / "state/node-identity.json").exists()
    planted = [path for path in (node.folder / "state").rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert planted == []
    code = json.loads(shown.stdout)["code"]
    paired = outside(tmp_path, "pair", f"127.0.0.1:{port}", "--fingerprint", known_by, "--profile", "box", stdin=code + "\n")
    assert paired.returncode == 0, paired
    assert outside(tmp_path, "-H", "box", "version").returncode == 0


def test_another_identity_at_the_broker_is_the_nodes_after_a_reload(listener, broker, tmp_path):
    node, port, known_by = listener
    wait_until_served(node, port, known_by)
    pem, next_one = identity(tmp_path, "second")
    broker.put_resource(IDENTITY, pem)
    node.process.send_signal(signal.SIGHUP)
    wait_until_served(node, port, next_one)
    broker.put_resource(IDENTITY, b"no identity")
    node.process.send_signal(signal.SIGHUP)
    assert IDENTITY in secrets_of(node, "neither one in PEM form nor DER")
    assert served_fingerprint(port) == next_one, "what there is stays"


def test_a_node_that_the_broker_refuses_is_no_longer_reached_from_outside(listener, broker):
    node, port, known_by = listener
    wait_until_served(node, port, known_by)
    broker.set_policy(ONLY_GUESTS)
    node.process.send_signal(signal.SIGHUP)
    wait_until_served(node, port, None)
    refusal = node.ctl("node", "pairing", "--open")
    assert refusal.returncode != 0 and "key broker" in refusal.stderr, refusal
    broker.set_policy(policy_for(IDENTITY))
    node.process.send_signal(signal.SIGHUP)
    wait_until_served(node, port, known_by)


DISK_KEY = "redoubt-host/disk/key"


def ask_for_key(node, limit=0):
    """As systemd-cryptsetup takes a key from a socket: to its end. Nothing: it is still waited for after that many seconds."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.bind(b"\0" + os.urandom(8).hex().encode() + b"/cryptsetup/volumes")
        asking.settimeout(limit or 2)
        asking.connect(str(node.folder / "run/disk-key"))
        asking.shutdown(socket.SHUT_WR)
        key = b""
        try:
            while piece := asking.recv(4096):
                key += piece
        except TimeoutError:
            return None
        return key


def test_the_key_of_a_disk_is_handed_to_who_opens_it_and_volumes_wait_for_the_disk(broker, tpm, tmp_path):
    broker.put_resource(DISK_KEY, bytes(range(64)))
    broker.set_policy(ONLY_GUESTS)
    node = Node(tmp_path / "node", f"swtpm:path={tpm.folder}/tpm", f'''[broker]
url = "https://127.0.0.1:{broker.port}"
certificate = "{broker.folder}/server.crt"
disk_key = "kbs:///{DISK_KEY}"
''')
    volumes = node.folder / "state/volumes"
    try:
        assert "allow_host" in secrets_of(node, "allow_host")
        assert ask_for_key(node) is None, "who asks waits"
        refusal = node.ctl("volume", "create", "data")
        assert refusal.returncode != 0 and f"the disk of volumes is not mounted at {volumes}" in refusal.stderr, refusal
        assert list(volumes.iterdir()) == [], "nothing is written beside the disk"
        broker.set_policy(policy_for(DISK_KEY))
        node.process.send_signal(signal.SIGHUP)
        assert ask_for_key(node, 60) == bytes(range(64))
        subprocess.run(["mount", "-t", "tmpfs", "disk", volumes], check=True)
        try:
            assert node.ctl("volume", "create", "data").returncode == 0
            assert [path.name for path in volumes.iterdir()] == ["data.img"]
        finally:
            subprocess.run(["umount", volumes], check=True)
        refusal = node.ctl("volume", "rm", "data")
        assert refusal.returncode != 0 and "not mounted" in refusal.stderr, "what is on the disk is not forgotten"
        assert node.ctl("volume", "inspect", "data").returncode == 0
        planted = [path for path in node.folder.rglob("*") if path.is_file() and not path.is_socket() and bytes(range(64)) in path.read_bytes()]
        assert planted == [], "in memory only"
    finally:
        node.stop()
    assert not (node.folder / "run/disk-key").exists()


@pytest.mark.parametrize("line, word", [('disk_key = "kbs:///redoubt-host/disk/key"', "https"), ('tls_identity = "kbs:///redoubt-host/tls/key"', "https"),
                                        ('url = "http://127.0.0.1:1"', "https"), ('url = "https://127.0.0.1:1"', "registry_logins"),
                                        ('url = "https://127.0.0.1:1"\ncertificate = "/c"\nregistry_logins = "kbs:///repo/type/tag"', "redoubt-host")])
def test_settings_that_cannot_be_are_refused_by_name(tmp_path, line, word):
    with pytest.raises(AssertionError) as raised:
        Node(tmp_path / "node", "", "[broker]\n" + line + "\n")
    assert word in str(raised.value)


def test_a_host_that_booted_something_else_loses_it(node, broker, tpm, registry, tmp_path):
    """Last: PCRs only go forward. The next daemon on this box is refused."""
    node.stop()
    tpm.run("tpm2_pcrextend", "11:sha256=" + hashlib.sha256(b"something else").hexdigest())
    other = Node(tmp_path / "other", f"swtpm:path={tpm.folder}/tpm", settings(broker, registry))
    try:
        assert "reference.pcr11" in secrets_of(other, "reference.pcr11")
        assert "reference.pcr11" in pull(other, registry).stderr
    finally:
        other.stop()
