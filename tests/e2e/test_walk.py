# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The walk that Redoubt is for: an owner encrypts an image, writes a policy, says which guest may have the key, and an operator's node runs it.
The secure processor is redoubt-simtee, which measures the QEMU that connects; the broker is real, and so is the guest."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import subprocess

import pytest

from node_under_test import ROOT, eventually, open_policy
from workload_owner import list_versions, owner, records, trust, write

IMAGES = []
KEY = "keys/image/secret"
PASSWORD = "app/password/1"
POLICY = "package policy\nimport rego.v1\n" + "".join(f"allow if data[\"resource-path\"] == {json.dumps(path.split('/'))}\n" for path in (KEY, PASSWORD))
POD = """apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec:
  containers:
  - {{name: {name}, image: "{image}", command: {command}}}
"""
API = "busybox wget -q -O - http://127.0.0.1:8006"
TELL = ["sh", "-c", f"echo it runs; {API}/cdh/resource/{PASSWORD} | sha256sum; {API}/cdh/resource/{KEY} || echo no key; "
                    f"{API}/aa/token?token_type=kbs || echo no token; {API}/aa/evidence?runtime_data=x || echo no evidence; sleep 1000"]


class Workload:
    """An encrypted image with its policy and initdata, and what the broker is told of the guest."""

    def __init__(self, folder, registry, layout, name="vault", command=None, allow=("ReadStreamRequest",)):
        self.folder, self.name = folder, name
        self.command = command or TELL
        self.key = folder / "image.key"
        self.key.write_bytes(os.urandom(32))
        self.encrypted = folder / "encrypted"
        owner("image", "encrypt", f"oci:{layout}:latest", f"oci:{self.encrypted}:latest", "--key", f"kbs:///{KEY}", "--key-file", self.key)
        registry.push(self.encrypted, f"{name}:latest")
        digest = json.loads((self.encrypted / "index.json").read_text())["manifests"][0]["digest"]
        self.image = f"{registry.name}/{name}@{digest}"
        self.allow = list(allow)
        self.initdata = self.make_initdata("initdata.toml")

    def make_policy(self, command=None):
        pod, settings = self.folder / "pod.yaml", self.folder / "settings.json"
        pod.write_text(POD.format(name=self.name, image=self.image, command=json.dumps(command or self.command)))
        rights = [{"container": self.name, "resources_like": ["app/password/[0-9]+"]}]
        settings.write_text(json.dumps({"allow": self.allow, "workload_api": rights}))
        out = self.folder / "policy.rego"
        owner("policy", "generate", pod, "--node", "redoubt", "--settings", settings, "--image-config", f"{self.image}={self.encrypted}", "-o", out)
        return out

    def make_initdata(self, file, policy=None):
        out = self.folder / file
        url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
        owner("initdata", "build", "--policy", policy or self.make_policy(), "--broker", url, "--broker-cert", os.environ["REDOUBT_KBS_CA"], "-o", out)
        return out

    def host_data(self):
        return json.loads(owner("initdata", "show", self.initdata, "--json").stdout)["host_data"]

    def run(self, ctl, *flags, initdata=None, image=None, name=None, command=()):
        return ctl("run", "-d", "--name", name or self.name, "--runtime", "confidential", "--initdata", initdata or self.initdata, *flags,
                   image or self.image, *(command or self.command), timeout=300)


@pytest.fixture(scope="module")
def workload(registry, images, node, tmp_path_factory):
    made = Workload(tmp_path_factory.mktemp("owner"), registry, images / "busybox")
    node.ok("image", "pull", "--tls-verify=false", made.image, timeout=300)
    trust("policy", "set", "resource", write(made.folder / "release.rego", POLICY))
    trust("resource", "set", KEY, "--file", made.key)
    made.password = write(made.folder / "password", os.urandom(24).hex())
    trust("resource", "set", PASSWORD, "--file", made.password)
    list_versions(made.folder)
    return made


def measure(sandbox):
    guest = ROOT / "build/guest-image"
    done = subprocess.run(["redoubt-measure", "snp", "--firmware", sandbox["confidential"]["firmware"], "--kernel", guest / "vmlinuz", "--initrd",
                           guest / "initramfs-confidential.cpio", "--append", sandbox["kernel_cmdline"], "--vcpus", str(sandbox["vcpus"]), "--vcpu-type", "EPYC-v4",
                           "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["measurement"]


def test_a_guest_that_its_owner_has_not_listed_gets_no_key(ctl, workload):
    run = workload.run(ctl)
    assert run.returncode == 125, run.stdout + run.stderr
    assert f"kbs:///{KEY}: the broker answers 401: PolicyDeny" in run.stderr, run.stderr
    refused = records("refused")[-1]
    assert refused["op"] == "release" and "init data" in refused["reason"], refused


def test_the_listed_guest_gets_the_key_and_runs_the_image(ctl, workload):
    # From here on the broker knows the guest: the measurement, and the initdata with its policy.
    measured = re.search(r"snp_launch_measurement ([0-9a-f]{96}) ", records("refused")[-1]["reason"])[1]
    trust("reference-value", "add", "snp_launch_measurement", measured)
    trust("reference-value", "add", "init_data", workload.host_data())
    run = workload.run(ctl)
    assert run.returncode == 0, run.stderr
    eventually(lambda: "it runs" in ctl("logs", workload.name).stdout, "the container's output")
    shown = ctl.inspect(workload.name)
    assert shown["simulation"] is True and shown["sandbox"]["confidential"]["trust"] == "simulation"
    # What the node had foretold, and what the owner computes from the guest's files.
    assert shown["sandbox"]["confidential"]["measurement"] == measured == measure(shown["sandbox"])
    # Asked for over HTTP by the container itself, which gets what the policy opens for it, and nothing else.
    digest = hashlib.sha256(workload.password.read_bytes()).hexdigest()
    eventually(lambda: "no evidence" in ctl("logs", workload.name).stdout, "the container has asked for everything")
    assert ctl("logs", workload.name).stdout.splitlines() == ["it runs", f"{digest}  -", "no key", "no token", "no evidence"]
    released = [record for record in records("allowed") if record["op"] == "release"]
    assert released[-1]["facts"]["anchor"] == "simulation"
    # Nobody looks inside but by the policy, which says why.
    refused = ctl("exec", workload.name, "id")
    assert refused.returncode != 0 and "blocked by policy" in refused.stderr, refused.stderr
    ctl.ok("rm", "-f", workload.name)


PLANTED = "planted in an empty folder"
SHOW = (f"cat /etc/app/greeting /word; for i in $(seq 200); do echo '{PLANTED}'; done > /disk/file; sync; echo small > /memory/file; cat /memory/file; "
        "grep -c ' /disk ext4 ' /proc/mounts; touch /etc/app/more || echo read-only; sleep 1000")


class PodWithVolumes:
    """A ConfigMap, a key of a Secret, and empty folders, by the policy that the generator makes of the very manifest."""

    def __init__(self, folder, workload):
        self.folder, self.workload, self.manifest = folder, workload, folder / "pod.yaml"
        self.config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"greeting": "from a document\n"}}
        self.secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "words"}, "stringData": {"word": "from a secret\n", "other": "x"}}
        mounts = [{"name": "config", "mountPath": "/etc/app"}, {"name": "words", "mountPath": "/word", "subPath": "word"},
                  {"name": "disk", "mountPath": "/disk"}, {"name": "memory", "mountPath": "/memory"}]
        volumes = [{"name": "config", "configMap": {"name": "settings"}}, {"name": "words", "secret": {"secretName": "words"}},
                   {"name": "disk", "emptyDir": {"sizeLimit": "64Mi"}}, {"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}]
        self.pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "volumes"},
                    "spec": {"runtimeClassName": "redoubt-confidential", "restartPolicy": "Never", "volumes": volumes,
                             "containers": [{"name": "app", "image": workload.image, "imagePullPolicy": "Never", "command": ["sh", "-c", SHOW], "volumeMounts": mounts}]}}
        self.write()
        settings = write(folder / "settings.json", json.dumps({"allow": ["ReadStreamRequest"]}))
        generated = owner("policy", "generate", self.manifest, "--node", "redoubt", "--settings", settings, "--image-config", f"{workload.image}={workload.encrypted}",
                          "-o", folder / "policy.rego")
        assert generated.stderr == "", "every document is known"
        url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
        built = json.loads(owner("initdata", "build", "--policy", folder / "policy.rego", "--broker", url, "--broker-cert", os.environ["REDOUBT_KBS_CA"],
                                 "-o", folder / "initdata.toml", "--json").stdout)
        self.pod["metadata"]["annotations"] = {"io.katacontainers.config.hypervisor.cc_init_data": built["annotation"]}
        trust("reference-value", "add", "init_data", workload.host_data(), built["host_data"])

    def write(self):
        write(self.manifest, "\n---\n".join(map(json.dumps, (self.pod, self.config, self.secret))))

    def apply(self, ctl):
        self.write()
        return ctl("apply", "--network", "none", "-f", self.manifest, timeout=300)


def test_volumes_of_a_pod_reach_its_guest_by_a_generated_policy(ctl, workload, tmp_path):
    pod = PodWithVolumes(tmp_path, workload)
    applied = pod.apply(ctl)
    try:
        assert applied.returncode == 0, applied.stderr
        eventually(lambda: "read-only" in ctl("logs", "volumes-app").stdout, "the container has looked at its volumes")
        assert ctl("logs", "volumes-app").stdout.splitlines() == ["from a document", "from a secret", "small", "1", "read-only"]
        # What is written to an empty folder on a disk the host has as ciphertext.
        disks = [file for file in pathlib.Path(os.environ["REDOUBT_NODE_STATE"], "volumes").rglob("*") if file.is_file()]
        assert disks and not any(PLANTED.encode() in disk.read_bytes() for disk in disks if disk.stat().st_size <= 64 << 20)
    finally:
        ctl("pod", "rm", "-f", "volumes")
    # The host says something else than the ConfigMap that the policy was made of.
    pod.config["data"]["greeting"] = "from somebody else\n"
    refused = pod.apply(ctl)
    ctl("pod", "rm", "-f", "volumes")
    assert refused.returncode != 0 and "PutDocumentRequest is blocked by policy" in refused.stderr, refused.stderr


def test_another_command_than_the_policys_is_refused_by_the_guest(ctl, workload):
    run = workload.run(ctl, command=["sh", "-c", "cat /etc/shadow"])
    assert run.returncode == 125
    assert "CreateContainerRequest is blocked by policy" in run.stderr, run.stderr


def test_the_operators_own_initdata_gets_no_key(ctl, workload, tmp_path):
    other = workload.make_initdata("operators.toml", policy=write(tmp_path / "all.rego", open_policy()))
    run = workload.run(ctl, initdata=other)
    assert run.returncode == 125
    assert re.search("before any policy: init data [0-9a-f]{64} is not among", records("refused")[-1]["reason"]), records("refused")[-1]


def test_an_unencrypted_image_under_its_name_is_none_of_the_policys(ctl, workload, registry, images):
    registry.push(images / "busybox", f"{workload.name}:plain")
    plain = f"{registry.name}/{workload.name}:plain"
    ctl.ok("image", "pull", "--tls-verify=false", plain, timeout=300)
    run = workload.run(ctl, image=plain)
    assert run.returncode == 125
    assert "blocked by policy" in run.stderr, run.stderr


def test_a_container_without_initdata_is_refused_before_it_starts(ctl, workload):
    run = ctl("run", "--runtime", "confidential", workload.image)
    assert run.returncode == 125
    assert "initdata" in run.stderr


def test_an_encrypted_image_needs_the_level(ctl, workload):
    run = ctl("run", "--rm", workload.image)
    assert run.returncode == 125
    assert "encrypted" in run.stderr and "confidential" in run.stderr, run.stderr


def test_the_secret_is_nowhere_on_the_host(ctl, workload):
    """Not in files, logs, command lines or environments; in guests' memory only a real secure processor hides it."""
    key, password = workload.key.read_bytes(), workload.password.read_bytes()
    assert workload.run(ctl).returncode == 0
    eventually(lambda: "no evidence" in ctl("logs", workload.name).stdout, "the container has asked for everything")
    searched = 0
    for place in (os.environ["REDOUBT_NODE_STATE"], os.environ["REDOUBT_NODE_RUNTIME"]):
        for root, _, files in os.walk(place):
            for path in (os.path.join(root, file) for file in files):
                # The scratch disk is sparse and encrypted; what is read for ever is no file.
                if os.path.isfile(path) and os.path.getsize(path) < 64 << 20 and not os.path.islink(path):
                    with contextlib.suppress(OSError), open(path, "rb") as content:
                        data = content.read()
                        assert key not in data and key.hex().encode() not in data and password not in data, path
                        searched += 1
    assert searched > 5
    log = open(os.environ["REDOUBT_NODE_LOG"], "rb").read()
    assert key.hex().encode() not in log and key not in log and password not in log
    vmm = ctl.inspect(workload.name)["sandbox"]["vmm_pid"]
    for file in ("cmdline", "environ"):
        assert key.hex().encode() not in open(f"/proc/{vmm}/{file}", "rb").read()
