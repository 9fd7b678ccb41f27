# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The workload API in the real guest image, with two containers, of which the policy lets one have one kind of resource; and sealed secrets
in files and in what is executed later."""
import base64
import hashlib
import json
import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]
sys.dont_write_bytecode = True
from test_in_guest import PASSWORD, fixture_broker, fixture_seal, fixture_service, launch  # noqa: E402,F401 pylint: disable=unused-import
from relay import Relay  # noqa: E402
from ttrpc import CallError  # noqa: E402
from world import MOUNTS  # noqa: E402

PATH = "/cdh/resource/repo/password/1"
POLICY = """
package agent_policy
import rego.v1
CreateSandboxRequest := true
CreateContainerRequest := true
StartContainerRequest := true
ExecProcessRequest := true
WaitProcessRequest := true
ReadStreamRequest := true
SignalProcessRequest := true
PutDocumentRequest := true
default WorkloadApiRequest := false
WorkloadApiRequest if {
    input.container_name == "web"
    input.api == "resource"
    startswith(input.resource, "repo/password/")
}
WorkloadApiRequest if {
    input.container_name == "witness"
    input.api in {"token", "evidence", "event"}
}
"""
CONTAINERS = {"c1": "web", "c2": "other", "c3": "witness"}


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, data):
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def document(name, files):
    """A PutDocumentRequest."""
    return field(1, name.encode()) + b"".join(field(2, field(1, path.encode()) + b"\x10" + varint(0o400) + field(3, data)) for path, data in files.items())


class Guest:
    """A VM with three containers that sleep."""

    def __init__(self, broker, service, seal):
        self.seal = seal
        self.world = launch(broker, service, POLICY)
        self.relay = Relay(self.world.folder / "relay.sock", ("127.0.0.1", broker.port), is_vm=True)
        self.agent = self.world.connect()
        self.execs = 0
        sandbox = "{" + f'"sandbox_id": "sb", "storages": [{self.world.names["IMAGE"].rstrip(", ")}]' + "}"
        self.agent.call("CreateSandbox", json.loads(sandbox.replace("$RUN", self.world.RUN)))
        self.put("secrets", {"password": seal("kbs:///repo/password/1").encode() + b"\n", "plain": b"sealed. is a word\n"})
        for container in CONTAINERS:
            self.start(container)

    def put(self, name, files):
        return self.agent.client.start("redoubt.agent.v1.ConfigDocuments", "Put", document(name, files), 0).result(60)

    def start(self, container):
        run = self.world.RUN
        mounts = [*MOUNTS, {"destination": "/secrets", "source": f"{run}/sandbox/config/secrets", "type": "bind", "options": ["rbind", "ro"]}]
        self.agent.call("CreateContainer", {"container_id": container, "storages": json.loads(self.world.names[f"STORAGES_{container}"]), "OCI": {
            "Annotations": {"io.kubernetes.cri.container-name": CONTAINERS[container]},
            "Process": {"Args": ["sleep", "10000"], "Env": ["PATH=/bin"], "Cwd": "/"},
            "Root": {"Path": f"{run}/{container}/rootfs"}, "Mounts": mounts, "Linux": {"Namespaces": [{"Type": "mount"}]}}})
        self.agent.call("StartContainer", {"container_id": container})

    def sh(self, container, script, *variables):
        """Exit code and output of a script in a container."""
        self.execs += 1
        which = {"container_id": container, "exec_id": f"e{self.execs}"}
        self.agent.call("ExecProcess", which | {"process": {"Args": ["sh", "-c", script], "Env": ["PATH=/bin", *variables], "Cwd": "/"}})
        output = b""
        while piece := self.agent.call("ReadStdout", which | {"len": 32768}).get("data", ""):
            output += base64.b64decode(piece)
        return self.agent.call("WaitProcess", which)["status"], output

    def raw(self, container, path, *headers, method="GET", body="", port=8006):
        """Status and body of an answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:8006", "Connection: close", *headers, f"Content-Length: {len(body)}", "", body]
        words = "".join(line.replace("%", "%%") + "\\r\\n" for line in lines[:-1]) + body
        _, output = self.sh(container, f"printf '{words}' | nc 127.0.0.1 {port}")
        head, _, answer = output.partition(b"\r\n\r\n")
        return int(head.split()[1]) if head else 0, head, answer


@pytest.fixture(scope="module", name="guest")
def fixture_guest(broker, service, seal):
    made = Guest(broker, service, seal)
    try:
        yield made
        assert PASSWORD.decode() not in made.world.console() and PASSWORD not in made.relay.seen
    finally:
        made.world.close()


def test_a_container_fetches_its_secret_by_http(guest):
    assert guest.sh("c1", f"wget -q -O - http://127.0.0.1:8006{PATH}") == (0, PASSWORD), guest.world.console()[-3000:]


def test_a_container_without_the_right_is_refused_with_the_reason(guest):
    status, _, answer = guest.raw("c2", PATH)
    assert status == 403 and b"WorkloadApiRequest is blocked by policy" in answer and PASSWORD not in answer
    assert guest.sh("c2", f"wget -q -O - http://127.0.0.1:8006{PATH}")[0] != 0
    status, _, answer = guest.raw("c1", "/cdh/resource/repo/seal/1")
    assert status == 403 and b"blocked by policy" in answer


def test_tokens_and_evidence_are_off_unless_the_policy_says_otherwise(guest):
    for path in ("/aa/token?token_type=kbs", "/aa/evidence?runtime_data=abc"):
        assert guest.raw("c1", path)[0] == 403
        assert guest.raw("c3", path)[0] == 200, path
    event = '{"domain":"d","operation":"o","content":"c"}'
    assert guest.raw("c1", "/aa/aael", method="POST", body=event)[0] == 403
    status, _, answer = guest.raw("c3", "/aa/aael", method="POST", body=event)
    assert status == 501 and answer.startswith(b"NOT_SUPPORTED")


def test_a_token_comes_without_its_key(guest):
    answer = json.loads(guest.raw("c3", "/aa/token?token_type=kbs")[2])
    assert list(answer) == ["token"] and answer["token"].count(".") == 2


def test_evidence_is_over_a_digest_that_no_broker_takes(guest):
    _, head, answer = guest.raw("c3", "/aa/evidence?runtime_data=abc")
    bound = bytes(json.loads(answer)["attestation_report"]["report_data"])
    assert bound == hashlib.sha512(b"org.redoubt.workload-evidence.v1\0c3\0abc").digest()
    assert b"Redoubt-Container: c3" in head


def test_the_guest_says_what_it_is_to_all_its_containers(guest):
    for container in CONTAINERS:
        status, _, answer = guest.raw(container, "/info")
        assert status == 200 and json.loads(answer)["tee"] == "snp" and json.loads(answer)["simulation"] is True


def test_a_call_that_has_been_passed_on_is_refused(guest):
    status, _, answer = guest.raw("c1", PATH, "X-Forwarded-For: 10.0.0.1")
    assert status == 403 and b"passed on" in answer
    # Through a program of another container's it is that container's call.
    guest.sh("c2", "nc -ll -p 9000 -e nc 127.0.0.1 8006 >/dev/null 2>&1 & sleep 1")
    status, _, answer = guest.raw("c1", PATH, port=9000)
    assert PASSWORD not in answer and status in (0, 403)


def test_a_file_that_is_a_sealed_secret_holds_what_it_stands_for(guest):
    assert guest.sh("c2", "cat /secrets/password") == (0, PASSWORD)
    assert guest.sh("c2", "cat /secrets/plain") == (0, b"sealed. is a word\n")


def test_a_document_with_words_that_cannot_be_opened_is_refused(guest):
    with pytest.raises(CallError) as raised:
        guest.put("bad", {"good": b"x", "evil": b"sealed.a.b.c"})
    assert "document 'bad': 'evil'" in raised.value.message


def test_a_variable_of_an_exec_is_opened_too(guest):
    assert guest.sh("c2", 'printf %s "$P"', "P=" + guest.seal("kbs:///repo/password/1")) == (0, PASSWORD)


def test_processes_of_a_confidential_guest_leave_no_core(guest):
    assert guest.sh("c1", "ulimit -c; ulimit -Hc") == (0, b"0\n0\n")
