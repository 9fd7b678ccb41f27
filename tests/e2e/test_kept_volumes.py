# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A volume of a confidential pod that is kept with a key of its owner's broker: the host has it as ciphertext, and cannot have it opened with another
key, changed, or written in the clear. The broker and the guest are real, redoubt-simtee stands for the secure processor."""
import contextlib
import json
import os
import pathlib
import re

import pytest

from node_under_test import eventually
from workload_owner import list_versions, owner, records, trust, write

IMAGES = ["busybox"]
NAME = "keeper"
IMAGE_KEY, VOLUME_KEY, OTHER_KEY = "keys/image/keeper", "keys/volume/keeper", "keys/volume/other"
POLICY = "package policy\nimport rego.v1\n" + "".join(f"allow if data[\"resource-path\"] == {json.dumps(path.split('/'))}\n"
                                                      for path in (IMAGE_KEY, VOLUME_KEY, OTHER_KEY))
PLANTED = "planted in a volume that is kept"
# What was there before, then what is there from now on.
WORK = (f"cat /data/file 2>/dev/null | sort -u; grep -c ' /data ext4 ' /proc/mounts; for i in $(seq 2000); do echo '{PLANTED}'; done > /data/file; "
        "sync; echo written; sleep 1000")
MIB = 1 << 20


class Pod:
    """What its owner has: a manifest, the policy that the generator makes of it, and the keys."""

    def __init__(self, folder, registry, layout):
        self.folder, self.manifest = folder, folder / "pod.yaml"
        self.keys = {path: folder / path.replace("/", "-") for path in (IMAGE_KEY, VOLUME_KEY, OTHER_KEY)}
        for key in self.keys.values():
            key.write_bytes(os.urandom(32))
        self.encrypted = folder / "encrypted"
        owner("image", "encrypt", f"oci:{layout}:latest", f"oci:{self.encrypted}:latest", "--key", f"kbs:///{IMAGE_KEY}", "--key-file", self.keys[IMAGE_KEY])
        registry.push(self.encrypted, f"{NAME}:latest")
        digest = json.loads((self.encrypted / "index.json").read_text())["manifests"][0]["digest"]
        self.image = f"{registry.name}/{NAME}@{digest}"
        container = {"name": "app", "image": self.image, "imagePullPolicy": "Never", "command": ["sh", "-c", WORK],
                     "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        self.pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME, "annotations": {"io.redoubt.volume-key/kept": f"kbs:///{VOLUME_KEY}"}},
                    "spec": {"runtimeClassName": "redoubt-confidential", "restartPolicy": "Never", "containers": [container],
                             "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "kept"}}]}}
        self.write()
        settings = write(folder / "settings.json", json.dumps({"allow": ["ReadStreamRequest"]}))
        owner("policy", "generate", self.manifest, "--node", "redoubt", "--settings", settings, "--image-config", f"{self.image}={self.encrypted}",
              "-o", folder / "policy.rego")
        url = f"{os.environ['REDOUBT_KBS']}/tenants/{os.environ['REDOUBT_KBS_TENANT']}"
        built = json.loads(owner("initdata", "build", "--policy", folder / "policy.rego", "--broker", url, "--broker-cert", os.environ["REDOUBT_KBS_CA"],
                                 "-o", folder / "initdata.toml", "--json").stdout)
        self.pod["metadata"]["annotations"]["io.katacontainers.config.hypervisor.cc_init_data"] = built["annotation"]
        self.write()
        self.host_data = built["host_data"]

    def write(self):
        write(self.manifest, json.dumps(self.pod))

    def tell_broker(self):
        trust("policy", "set", "resource", write(self.folder / "release.rego", POLICY))
        for path, key in self.keys.items():
            trust("resource", "set", path, "--file", key)
        list_versions(self.folder)
        trust("reference-value", "add", "init_data", self.host_data)

    def apply(self, ctl):
        return ctl("apply", "--network", "none", "-f", self.manifest, timeout=300)

    def output(self, ctl):
        return ctl("logs", f"{NAME}-app").stdout.splitlines()

    @contextlib.contextmanager
    def running(self, ctl):
        """It runs, and has written."""
        applied = self.apply(ctl)
        try:
            assert applied.returncode == 0, applied.stderr
            eventually(lambda: "written" in self.output(ctl), "the container has written to its volume")
            yield self.output(ctl)
        finally:
            ctl("pod", "rm", "-f", NAME)

    def refused(self, ctl, *words):
        applied = self.apply(ctl)
        ctl("pod", "rm", "-f", NAME)
        assert applied.returncode != 0, applied.stdout
        for word in words:
            assert word in applied.stderr, f"{word!r} is not in {applied.stderr!r}"


@pytest.fixture(scope="module")
def pod(registry, images, node, tmp_path_factory):
    made = Pod(tmp_path_factory.mktemp("owner"), registry, images / "busybox")
    node.ok("image", "pull", "--tls-verify=false", made.image, timeout=300)
    made.tell_broker()
    made.refused(node)  # nobody has listed the guest's measurement yet
    measured = re.search(r"snp_launch_measurement ([0-9a-f]{96}) ", records("refused")[-1]["reason"])
    trust("reference-value", "add", "snp_launch_measurement", measured[1])
    yield made
    node("volume", "rm", "--all", "--force")


@pytest.fixture
def disk(ctl, pod):
    """Of the volume; as it was, after the test."""
    path = pathlib.Path(ctl.json("volume", "inspect", "kept")[0]["path"])
    before = read_sparse(path)
    yield path
    write_sparse(path, before)


def read_sparse(path):
    """What is not a hole: {place: bytes}, and the size."""
    parts = {}
    with open(path, "rb") as file:
        size, place = os.fstat(file.fileno()).st_size, 0
        while place < size:
            try:
                place = os.lseek(file.fileno(), place, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(file.fileno(), place, os.SEEK_HOLE)
            file.seek(place)
            parts[place] = file.read(end - place)
            place = end
    return size, parts


def write_sparse(path, content):
    size, parts = content
    os.truncate(path, 0)
    os.truncate(path, size)
    with open(path, "r+b") as file:
        for place, data in parts.items():
            file.seek(place)
            file.write(data)


def change(disk, place):
    """One bit."""
    with open(disk, "r+b") as file:
        file.seek(place)
        old = file.read(1)[0]
        file.seek(place)
        file.write(bytes([old ^ 1]))


def test_what_one_pod_writes_the_next_one_reads_and_the_host_does_not(ctl, pod):
    with pod.running(ctl) as shown:
        assert shown == ["1", "written"], shown
    volume = ctl.json("volume", "inspect", "kept")[0]
    assert (volume["encrypted"], volume["key"]) == (True, f"kbs:///{VOLUME_KEY}")
    _, parts = read_sparse(volume["path"])
    assert parts[0].startswith(b"RDTVOL\r\n") and volume["used_bytes"] > MIB
    for planted in (PLANTED.encode(), b"_data", pod.keys[VOLUME_KEY].read_bytes()):
        assert not any(planted in data for data in parts.values()), planted
    with pod.running(ctl) as shown:
        assert shown == [PLANTED, "1", "written"], shown


def test_another_key_does_not_open_it(ctl, pod, disk):
    before = read_sparse(disk)
    trust("resource", "set", VOLUME_KEY, "--file", pod.keys[OTHER_KEY])
    try:
        pod.refused(ctl, f"its header was not sealed with kbs:///{VOLUME_KEY}")
    finally:
        trust("resource", "set", VOLUME_KEY, "--file", pod.keys[VOLUME_KEY])
    assert read_sparse(disk) == before, "nothing was written over"


# The magic, the cipher, where the data lie, the salt, the seal; and dm-integrity's own superblock behind it.
@pytest.mark.parametrize("place, words", [(0, "neither empty nor a volume"), (16, "cipher suite 0 is not 1"), (33, "not sealed with"), (50, "not sealed with"),
                                          (4095, "not sealed with"), (MIB + 11, "the disk was changed")])
def test_a_header_with_one_bit_changed_is_refused(ctl, pod, disk, place, words):
    change(disk, place)
    before = read_sparse(disk)
    pod.refused(ctl, "volume on /dev/", words)
    assert read_sparse(disk) == before, "nothing was written over"


def test_a_disk_that_was_cut_is_refused(ctl, pod, disk):
    os.truncate(disk, disk.stat().st_size // 2)
    pod.refused(ctl, "bytes, and had")


def test_somebody_elses_disk_is_not_written_over(ctl, pod, disk):
    size, _ = read_sparse(disk)
    write_sparse(disk, (size, {64 << 10: b"something of somebody's"}))
    pod.refused(ctl, "neither empty nor a volume")


def test_the_host_cannot_have_another_volume_in_its_place(ctl, pod, disk):
    """The policy, which is measured, says which key it is; a volume without one is not what it says."""
    annotations = pod.pod["metadata"]["annotations"]
    kept = annotations.pop("io.redoubt.volume-key/kept")
    ctl.ok("volume", "rm", "kept")
    try:
        pod.write()
        for flags in (["--opt", f"key=kbs:///{OTHER_KEY}"], ["--opt", "encrypted"], []):
            ctl.ok("volume", "create", *flags, "kept")
            pod.refused(ctl, "CreateContainerRequest is blocked by policy")
            ctl.ok("volume", "rm", "kept")
    finally:
        annotations["io.redoubt.volume-key/kept"] = kept
        pod.write()
        ctl.ok("volume", "create", "--opt", f"key={kept}", "kept")


def test_after_all_this_its_data_are_there(ctl, pod):
    with pod.running(ctl) as shown:
        assert shown == [PLANTED, "1", "written"], shown


def test_a_guest_of_another_level_is_not_given_the_disk(ctl, pod, busybox):
    run = ctl("run", "--rm", "-v", "kept:/data", busybox, "true")
    assert run.returncode == 125 and "needs the level confidential" in run.stderr, run.stderr
