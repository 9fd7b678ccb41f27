# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A confidential pod with secrets of each kind, and none of them anywhere on its host but in its guest's memory, which a real secure processor
encrypts and the simulator does not. That the search finds what is there, controls prove; one of them is that very memory.

Credentials of registries come from no broker here (ADR 0033): the node's are its own, and searched for where no process may keep them."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from jwcrypto import jwk, jws

from memory_search import Search, guest_memory_of, swap_areas, swapped_bytes
from node_under_test import Registry, eventually, open_policy
from workload_owner import list_versions, owner, records, trust, write

IMAGES = []
NAME = "keeper"
KEY, SEAL = "keys/image/kept", "keys/seal/kept"
RESOURCES = {"variable": "app/variable/1", "file": "app/file/1", "resource": "app/resource/1"}
RELEASE = "package policy\nimport rego.v1\n" + "".join(f"allow if data[\"resource-path\"] == {json.dumps(path.split('/'))}\n"
                                                       for path in (KEY, SEAL, *RESOURCES.values()))
WORK = (f"busybox wget -q -O /kept http://127.0.0.1:8006/cdh/resource/{RESOURCES['resource']}; sha256sum < /kept; "
        "printf %s \"$WORD\" | sha256sum; sha256sum < /secrets/word; echo asked for all; sleep 1000")
HERE = pathlib.Path(__file__).resolve().parent


def seal(key, resource):
    """A sealed secret, signed by a key that the broker has."""
    payload = {"version": "0.1.0", "type": "vault", "name": f"kbs:///{resource}", "provider": "kbs", "provider_settings": {}, "annotations": {}}
    made = jws.JWS(json.dumps(payload))
    made.add_signature(key, None, json.dumps({"alg": "ES256", "kid": f"kbs:///{SEAL}"}))
    return "sealed." + made.serialize(compact=True)


class Site:
    """What the owner of the pod has, and its image in a registry that asks for a password."""

    def __init__(self, folder, layout):
        self.folder = folder
        # Longer than any register of a processor, which under emulation is part of QEMU's memory.
        self.secrets = {name: os.urandom(40).hex().encode() for name in (*RESOURCES, "registry")} | {"image key": os.urandom(32)}
        self.login = self.secrets["registry"].decode()
        self.registry = Registry(folder / "registry", password=self.login)
        self.encrypted = folder / "encrypted"
        key = folder / "image.key"
        key.write_bytes(self.secrets["image key"])
        owner("image", "encrypt", f"oci:{layout}:latest", f"oci:{self.encrypted}:latest", "--key", f"kbs:///{KEY}", "--key-file", key)
        self.registry.push(self.encrypted, f"{NAME}:latest", creds=f"user:{self.login}")
        digest = json.loads((self.encrypted / "index.json").read_text())["manifests"][0]["digest"]
        self.image = f"{self.registry.name}/{NAME}@{digest}"
        self.manifest, self.host_data = self.make_pod()
        self.tell_broker(key)

    def make_pod(self):
        signer = jwk.JWK.generate(kty="EC", crv="P-256")
        write(self.folder / "seal.json", signer.export_public())
        spec = {"runtimeClassName": "redoubt-confidential", "volumes": [{"name": "words", "secret": {"secretName": "words"}}],
                "containers": [{"name": "app", "image": self.image, "imagePullPolicy": "Never", "command": ["sh", "-c", WORK],
                                "env": [{"name": "WORD", "value": seal(signer, RESOURCES["variable"])}],
                                "volumeMounts": [{"name": "words", "mountPath": "/secrets", "readOnly": True}]}]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": spec}
        words = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "words"}, "stringData": {"word": seal(signer, RESOURCES["file"])}}
        manifest = self.folder / "pod.yaml"
        # What a policy refuses is others' subject: this one lets the host see all that guests can show it.
        rego = write(self.folder / "policy.rego", open_policy() + "default WorkloadApiRequest := true\n")
        url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
        built = json.loads(owner("initdata", "build", "--policy", rego, "--broker", url, "--broker-cert", os.environ["REDOUBT_KBS_CA"],
                                 "-o", self.folder / "initdata.toml", "--json").stdout)
        pod["metadata"]["annotations"] = {"io.katacontainers.config.hypervisor.cc_init_data": built["annotation"]}
        write(manifest, f"{json.dumps(pod)}\n---\n{json.dumps(words)}\n")
        return manifest, built["host_data"]

    def tell_broker(self, key):
        trust("policy", "set", "resource", write(self.folder / "release.rego", RELEASE))
        trust("resource", "set", KEY, "--file", key)
        trust("resource", "set", SEAL, "--file", self.folder / "seal.json")
        for name, resource in RESOURCES.items():
            value = self.folder / name
            value.write_bytes(self.secrets[name])
            trust("resource", "set", resource, "--file", value)
        list_versions(self.folder)
        trust("reference-value", "add", "init_data", self.host_data)

    def pull(self, ctl):
        """By a login of this person's, whose file is outside of the node's folders."""
        logins = self.folder / "auth.json"
        login = subprocess.run(ctl.command("login", "--tls-verify=false", "--authfile", logins, "-u", "user", "--password-stdin", self.registry.name),
                               input=self.login, capture_output=True, text=True, check=False)
        assert login.returncode == 0, login.stderr
        ctl.ok("image", "pull", "--tls-verify=false", "--authfile", logins, self.image, timeout=300)

    def output(self, ctl):
        return ctl("logs", f"{NAME}-app").stdout


@pytest.fixture(scope="module")
def site(node, images, tmp_path_factory):
    """The pod runs, and has all of its secrets."""
    made = Site(tmp_path_factory.mktemp("owner"), images / "busybox")
    made.pull(node)
    first = node("apply", "--network", "none", "-f", made.manifest, timeout=300)
    assert first.returncode != 0  # nobody has listed the guest's measurement yet
    measured = re.search(r"snp_launch_measurement ([0-9a-f]{96}) ", records("refused")[-1]["reason"])
    assert measured, records("refused")[-1]
    trust("reference-value", "add", "snp_launch_measurement", measured[1])
    node("pod", "rm", "-f", NAME)
    node.ok("apply", "--network", "none", "-f", made.manifest, timeout=300)
    eventually(lambda: "asked for all" in made.output(node), "the container has asked for all of it")
    yield made
    node.ok("pod", "rm", "-f", NAME)
    made.registry.stop()


@pytest.fixture(scope="module")
def search(site):
    return Search(site.secrets)


@pytest.fixture(scope="module")
def pids(site, node):
    """Of the processes that stand between a secret and its host."""
    found = {"qemu": json.loads(node.ok("pod", "inspect", NAME))[0]["sandbox"]["vmm_pid"]}
    for name, variable in {"redoubtd": "REDOUBT_NODE_PIDFILE", "redoubt-launcher": "REDOUBT_LAUNCHER_PIDFILE"}.items():
        if variable in os.environ:
            found[name] = int(pathlib.Path(os.environ[variable]).read_text())
    return found


def base():
    """The folder of the node's: settings, state, sockets, logs; the launcher's too."""
    return pathlib.Path(os.environ["REDOUBT_NODE_STATE"]).parent


def others():
    """All processes of this node's namespace but this one."""
    return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()]


def test_the_container_has_its_secrets(site, node):
    wanted = [f"{hashlib.sha256(site.secrets[name]).hexdigest()}  -" for name in ("resource", "variable", "file")]
    assert site.output(node).splitlines() == [*wanted, "asked for all"]


def test_what_is_there_is_found():
    """The control: a word in a file, in words of a process, and in its memory as hexadecimal digits that are nowhere written."""
    canary = os.urandom(40).hex().encode()
    search = Search({"canary": canary})
    script = "import sys; kept = sys.argv[1][::-1].encode().hex(); print('kept', flush=True); sys.stdin.read()"
    word = canary.decode()
    with subprocess.Popen([sys.executable, "-c", script, word[::-1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"WORD": word}) as child:
        try:
            assert child.stdout.readline() == b"kept\n"
            assert search.in_words_of(child.pid) == {f"environ of {child.pid}": {"canary"}}
            found, count = search.in_memory_of(child.pid)
            assert count > 1 << 20 and any("[heap]" in place or place.startswith("memory") for place in found), found
        finally:
            child.stdin.close()
    file = base() / "canary"
    try:
        with open(file, "wb") as out:  # behind a hole, over the border of two pieces
            out.seek((64 << 20) - 20)
            out.write(canary)
        found, count = search.in_folder(base())
        assert found == {str(file): {"canary"}} and count > 10
    finally:
        file.unlink()


def test_the_search_sees_the_memory_of_the_daemon_and_of_the_guest(pids, search, site):
    """The control where it counts: the daemon knows its image's name, and a simulated guest's memory has what it was told."""
    found, _ = Search({"image": site.image.encode()}).in_memory_of(pids["redoubtd"])
    assert found
    found, count = search.in_memory_of(pids["qemu"], of_guest=True)
    names = set().union(*found.values())
    assert {"variable", "file", "resource"} <= names and count > 32 << 20, (names, count)


def test_no_file_of_the_nodes_has_one(search):
    found, count = search.in_folder(base())
    assert not found and count > 10, (found, count)
    for journal in ("/run/log/journal", "/var/log/journal"):
        assert not search.in_folder(journal)[0]


def test_no_command_line_and_no_environment_has_one(search):
    looked_at = 0
    for pid in others():
        try:
            assert not search.in_words_of(pid)
            looked_at += 1
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            pass
    assert looked_at >= 4


def test_no_process_of_the_nodes_has_one_in_its_memory(pids, site):
    """What redoubtd was given for its pull, the registry's password, is its own to have."""
    search = Search({name: secret for name, secret in site.secrets.items() if name != "registry"})
    for name, pid in pids.items():
        found, count = search.in_memory_of(pid)
        assert not found and count > 1 << 20, (name, found, count)
    assert not Search({"registry": site.secrets["registry"]}).in_memory_of(pids["qemu"])[0]


def test_swap_has_none(search, pids):
    """Swapped pages of the processes are searched with their memory; an area may hold such a guest's, so it counts only without."""
    if swapped_bytes(pids["qemu"]):
        pytest.skip("the host has swapped out memory of the simulated guest, which nothing hides")
    for area in swap_areas():
        assert not search.in_file(area), area


def test_none_of_them_writes_a_core_file(pids):
    for name, pid in pids.items():
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 ", limits, re.M), f"{name}:\n{limits}"
    words = pathlib.Path(f"/proc/{pids['qemu']}/cmdline").read_text().split("\0")
    assert "dump-guest-core=off" in words[words.index("-machine") + 1].split(",")
    # And QEMU has done what it was told: all of the guest's memory is marked.
    guest = int(words[words.index("-m") + 1].rstrip("M").split(",")[0].removeprefix("size="))
    assert guest << 20 <= guest_memory_of(pids["qemu"]) < (guest + 128) << 20
