# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Images that the guest unpacks itself, from disks that a host hands over: Kata's driver image_guest_pull, in a VM."""
import base64
import json
import pathlib
import shutil
import sys
import tarfile

import pytest

from agent_api import Api
from ttrpc import CallError
from world import MOUNTS, VmWorld, make_image, pad

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from oci_layout import Image, make_tar  # noqa: E402


def tar_of(tree):
    """All of a folder."""
    def owned_by_root(entry):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    out = tree.with_suffix(".tar")
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(tree, ".", filter=owned_by_root)
    return out.read_bytes()


def capable(name, data):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o755
    # cap_net_raw+ep, as setcap writes it; the bytes come as text that is none.
    value = bytes.fromhex("0100000200200000000000000000000000000000")
    entry.pax_headers = {"SCHILY.xattr.security.capability": value.decode("utf8", "surrogateescape")}
    return entry, data


class PullWorld(VmWorld):
    """A VM with the blobs of an image as disks, good ones and some that a host has changed."""

    INITRAMFS = "initramfs-confidential.cpio"

    DISKS = {name: f"SCSI,lun={lun}" for lun, name in enumerate(
        ["layer0", "layer1", "manifest", "config", "scratch", "flipped", "cut", "scratch2"])}

    def make_disks(self):
        make_image(self.folder / "tree")
        (self.folder / "tree/etc/old").write_text("old")
        (self.folder / "tree/etc/hidden").mkdir()
        (self.folder / "tree/etc/hidden/file").write_text("x")
        upper = make_tar({"etc/motd": b"from above\n", "etc/.wh.old": b"", "etc/hidden": None, "etc/hidden/.wh..wh..opq": b"",
                          "etc/hidden/new": b"", "cap": capable("bin/ping", b"#!/bin/sh\n")})
        self.image = Image([tar_of(self.folder / "tree"), upper])
        blobs = [self.image.blobs[layer["digest"]] for layer in self.image.layers]
        flipped = bytearray(blobs[1])
        flipped[len(flipped) // 2] ^= 1
        for name, data in (("layer0", blobs[0]), ("layer1", blobs[1]), ("manifest", self.image.manifest),
                           ("config", self.image.config), ("flipped", bytes(flipped)), ("cut", blobs[0][:10000]),
                           ("spare", b"x")):
            (self.folder / f"{name}.img").write_bytes(data)
            pad(self.folder / f"{name}.img", -(-len(data) // 512) * 512)
        for name in ("scratch", "scratch2"):
            (self.folder / f"{name}.img").touch()
            pad(self.folder / f"{name}.img", 64 << 20)
        shutil.rmtree(self.folder / "tree")
        return {"root": "", "blocks": 0, "lower_hash": "", "lower_offset": ""}

    def reference(self):
        return f"registry.example/app@{self.image.digest}"

    def request(self, container, args, source=None, layers=("0:0", "0:1"), scratch="0:4"):
        disks = {"manifest": "0:2", "manifest_size": len(self.image.manifest), "config": "0:3", "layers": list(layers),
                 "scratch": scratch}
        asked = {"metadata": {"io.kubernetes.cri.container-type": "container"}, "disks": disks}
        root = f"{self.RUN}/{container}/rootfs"
        return {"container_id": container, "storages": [
            {"driver": "image_guest_pull", "driver_options": [f"image_guest_pull={json.dumps(asked)}"], "fstype": "overlay",
             "source": source or self.reference(), "mount_point": root}], "OCI": {
                 "Process": {"Args": args, "Env": ["PATH=/bin"], "Cwd": "/"}, "Root": {"Path": root}, "Mounts": MOUNTS,
                 "Linux": {"Namespaces": [{"Type": "mount"}]}}}


@pytest.fixture(scope="module", name="world")
def fixture_world():
    world = PullWorld(Api())
    world.agent = world.connect()
    world.agent.call("CreateSandbox", {"sandbox_id": "sb"})
    yield world
    world.close()


def refusal(world, container, **changes):
    with pytest.raises(CallError) as raised:
        world.agent.call("CreateContainer", world.request(container, ["true"], **changes))
    return raised.value.message


def layer_name(world, i):
    return f"layer {i + 1} of 2 ({world.image.layers[i]['digest']})"


def where(world, container):
    return f"storage image_guest_pull at {world.RUN}/{container}/rootfs: image {world.reference()}: "


# Refusals first: each overwrites the scratch disk, and gives it back.
def test_a_flipped_byte_is_refused_with_its_layer(world):
    message = refusal(world, "f1", layers=["0:0", "0:5"])
    assert message.startswith(where(world, "f1") + layer_name(world, 1) + ": its disk holds sha256:"), message


def test_a_disk_that_is_cut_short_is_refused(world):
    message = refusal(world, "f2", layers=["0:6", "0:1"])
    assert message.startswith(where(world, "f2") + layer_name(world, 0) + ": its disk ends after "), message


def test_layers_in_another_order_are_refused(world):
    message = refusal(world, "f3", layers=["0:1", "0:0"])
    assert message.startswith(where(world, "f3") + layer_name(world, 0) + ": its disk "), message


def test_a_missing_layer_is_refused(world):
    assert refusal(world, "f4", layers=["0:0"]) == where(world, "f4") + "it has 2 layers, and the host brings disks for 1"


def test_the_manifest_of_another_image_is_refused(world):
    other = "registry.example/app@sha256:" + "a" * 64
    message = refusal(world, "f5", source=other)
    assert message == (f"storage image_guest_pull at {world.RUN}/f5/rootfs: image {other}: manifest: its disk holds "
                       f"{world.image.digest}, not sha256:{'a' * 64}")


def test_a_name_without_a_digest_is_refused(world):
    assert "names no digest" in refusal(world, "f6", source="registry.example/app:latest")


def test_the_container_runs_from_what_was_unpacked(world):
    script = ("cat /etc/motd; ls /etc; ls /etc/hidden; stat -c %a /bin/ping; echo mine > /new && cat /new;"
              "touch /etc/hidden/more && echo written")
    world.agent.call("CreateContainer", world.request("c1", ["sh", "-c", script]))
    world.agent.call("StartContainer", {"container_id": "c1"})
    assert world.agent.call("WaitProcess", {"container_id": "c1"})["status"] == 0
    output = b""
    while piece := world.agent.start("ReadStdout", {"container_id": "c1", "len": 4096}).result(60):
        data = world.agent.api.decode("ReadStdout", piece).get("data", "")
        if not data:
            break
        output += base64.b64decode(data)
    assert output.decode().split() == ["from", "above", "group", "hidden", "hosts", "motd", "passwd", "new", "755", "mine", "written"]
    world.agent.call("RemoveContainer", {"container_id": "c1"})


def test_a_second_image_has_a_scratch_disk_of_its_own(world):
    for container, scratch in (("c2", "0:4"), ("c3", "0:7")):
        world.agent.call("CreateContainer", world.request(container, ["sleep", "1000"], scratch=scratch))
        world.agent.call("StartContainer", {"container_id": container})
    for container in ("c2", "c3"):
        world.agent.call("RemoveContainer", {"container_id": container})
