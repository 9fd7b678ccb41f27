# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Images that a signature authorises: which one a tag means is for its owner's key to say, whatever registry and node bring.
The broker and the guest are real, redoubt-simtee stands for the secure processor."""
import json
import os
import re
import subprocess

import pytest

from node_under_test import eventually

IMAGES = []
IMAGE_KEY = "keys/image/signed"
COSIGN_KEY = "keys/cosign/signed"
RELEASE = f'''package policy
import rego.v1
released := {{{json.dumps(IMAGE_KEY.split("/"))}, {json.dumps(COSIGN_KEY.split("/"))}}}
allow if data["resource-path"] in released
'''
# What the simulated chip says of its firmware; the appraisal wants a value for each.
FIRMWARE = {"snp_bootloader": [4], "snp_microcode": [219], "snp_snp_svn": [24], "snp_tee_svn": [0]}
COMMAND = ["sh", "-c", "echo it runs; sleep 1000"]


def owner(*words):
    """What the owner of the workload does, where he trusts the machine."""
    done = subprocess.run(["redoubtctl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"redoubtctl {' '.join(map(str, words))}:\n{done.stderr}{done.stdout}"
    return done.stdout


def trust(*words):
    return owner("trust", *words)


def write(path, text):
    path.write_text(text)
    return path


def make_key(path):
    """A cosign key without its password: a key of P-256."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-out", path.with_suffix(".pub")], check=True, capture_output=True)
    return path


def digest_of(layout):
    return json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]


def refused_records():
    """Of the broker's audit log."""
    shown = [json.loads(line) for line in trust("audit", "show", "--json").splitlines()]
    return [record for record in shown if record["decision"] == "refused"]


class Signer:
    """Signs images of a repository, and puts the signature where cosign would."""

    def __init__(self, registry, repository, key):
        self.registry, self.repository, self.key = registry, repository, key

    def sign(self, layout):
        tag = owner("image", "sign", "--key-file", self.key, "--reference", f"{self.registry.name}/{self.repository}", f"oci:{layout}:latest").strip()
        self.push(layout, tag, tag)

    def push(self, layout, tag, place):
        """The signatures that lie in the layout as `tag` go to the registry as `place`."""
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", f"oci:{layout}:{tag}",
                        f"docker://{self.registry.name}/{self.repository}:{place}"], check=True)


class Workload:
    """A pod that names its image by a tag, and what its owner says of it."""

    def __init__(self, folder, registry, layout, name="signed"):
        self.folder, self.registry, self.layout, self.name = folder, registry, layout, name
        self.image = f"{registry.name}/{name}:latest"
        self.image_key = write_bytes(folder / "image.key", os.urandom(32))
        self.cosign = make_key(folder / "cosign.key")
        self.signer = Signer(registry, name, self.cosign)
        self.good = self.encrypt("good", self.image_key)
        self.initdata = self.make_initdata("initdata.toml", self.signed_by(f"kbs:///{COSIGN_KEY}"))

    def encrypt(self, name, key):
        out = self.folder / name
        owner("image", "encrypt", f"oci:{self.layout}:latest", f"oci:{out}:latest", "--key", f"kbs:///{IMAGE_KEY}", "--key-file", key)
        return out

    def signed_by(self, uri):
        return [{"type": "sigstoreSigned", "keyPath": uri}]

    def make_initdata(self, file, requirements):
        policy = write(self.folder / "images.json", json.dumps(
            {"default": [{"type": "reject"}], "transports": {"docker": {f"{self.registry.name}/{self.name}": requirements}}}))
        pod = write(self.folder / "pod.yaml", json.dumps(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.name},
             "spec": {"containers": [{"name": self.name, "image": self.image, "command": COMMAND}]}}))
        settings = write(self.folder / "settings.json", json.dumps({"allow": ["ReadStreamRequest"], "root": {"authority": "signature"}}))
        rego, out = self.folder / "policy.rego", self.folder / file
        owner("policy", "generate", pod, "--node", "redoubt", "--settings", settings, "--image-config", f"{self.image}={self.good}", "-o", rego)
        url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
        owner("initdata", "build", "--policy", rego, "--broker", url, "--broker-cert", os.environ["REDOUBT_KBS_CA"], "--image-policy", policy, "-o", out)
        return out

    def host_data(self):
        return json.loads(owner("initdata", "show", self.initdata, "--json"))["host_data"]

    def publish(self, ctl, layout, sign=None):
        """Makes the tag mean this image, and the node know it."""
        self.registry.push(layout, f"{self.name}:latest")
        if sign:
            sign.sign(layout)
        ctl.ok("image", "pull", "--tls-verify=false", self.image, timeout=300)

    def run(self, ctl, initdata=None):
        return ctl("run", "-d", "--name", self.name, "--runtime", "confidential", "--initdata", initdata or self.initdata, self.image, *COMMAND, timeout=300)

    def refused(self, ctl, *words, initdata=None):
        run = self.run(ctl, initdata)
        assert run.returncode == 125, run.stdout + run.stderr
        for word in (self.image, f"scope '{self.registry.name}/{self.name}'", *words):
            assert word in run.stderr, run.stderr
        return run.stderr


def write_bytes(path, data):
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def workload(registry, images, node, tmp_path_factory):
    made = Workload(tmp_path_factory.mktemp("owner"), registry, images / "busybox")
    made.publish(node, made.good, sign=made.signer)
    trust("policy", "set", "resource", write(made.folder / "release.rego", RELEASE))
    trust("resource", "set", IMAGE_KEY, "--file", made.image_key)
    trust("resource", "set", COSIGN_KEY, "--file", made.cosign.with_suffix(".pub"))
    trust("reference-value", "add", "--file", write(made.folder / "firmware.json", json.dumps(FIRMWARE)))
    return made


def test_a_guest_that_gets_no_key_to_verify_by_takes_no_image(ctl, workload):
    workload.refused(ctl, f"wants a signature by kbs:///{COSIGN_KEY}: kbs:///{COSIGN_KEY}: the broker answers 401")
    # From here on the broker knows the guest.
    measured = re.search(r"snp_launch_measurement ([0-9a-f]{96}) ", refused_records()[-1]["reason"])[1]
    trust("reference-value", "add", "snp_launch_measurement", measured)
    trust("reference-value", "add", "init_data", workload.host_data())


def test_a_signed_image_runs_under_its_tag(ctl, workload):
    run = workload.run(ctl)
    assert run.returncode == 0, run.stderr
    eventually(lambda: "it runs" in ctl("logs", workload.name).stdout, "the container's output")


def test_an_unsigned_image_under_the_same_name_is_refused(ctl, workload):
    workload.publish(ctl, workload.encrypt("unsigned", workload.image_key))
    workload.refused(ctl, f"wants a signature by kbs:///{COSIGN_KEY}: the image comes with no signature")


def test_an_image_signed_by_another_key_is_refused(ctl, workload):
    attacker = Signer(workload.registry, workload.name, make_key(workload.folder / "attacker.key"))
    workload.publish(ctl, workload.encrypt("attackers", write_bytes(workload.folder / "attacker.bin", os.urandom(32))), sign=attacker)
    workload.refused(ctl, "none of the image's 1 signatures is of that key")


def test_the_signature_of_another_image_is_refused(ctl, workload):
    other = workload.encrypt("other", workload.image_key)
    place = digest_of(other).replace(":", "-") + ".sig"
    workload.signer.push(workload.good, digest_of(workload.good).replace(":", "-") + ".sig", place)
    workload.publish(ctl, other)
    said = workload.refused(ctl, "that key signed")
    assert digest_of(workload.good) in said and digest_of(other) in said, said


def test_an_unencrypted_image_under_the_same_name_is_none_of_the_policys(ctl, workload, registry):
    registry.push(workload.layout, f"{workload.name}:latest")
    ctl.ok("image", "pull", "--tls-verify=false", workload.image, timeout=300)
    run = workload.run(ctl)
    assert run.returncode == 125 and "blocked by policy" in run.stderr, run.stderr


def test_accepting_anything_does_not_let_the_host_choose(ctl, workload):
    workload.publish(ctl, workload.good)
    initdata = workload.make_initdata("anything.toml", [{"type": "insecureAcceptAnything"}])
    workload.refused(ctl, "accepts anything, and the reference names no digest", initdata=initdata)


def test_the_signed_image_runs_again_once_the_tag_is_its_own(ctl, workload):
    workload.publish(ctl, workload.good)
    run = workload.run(ctl)
    assert run.returncode == 0, run.stderr
    eventually(lambda: "it runs" in ctl("logs", workload.name).stdout, "the container's output")
