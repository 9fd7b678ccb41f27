# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Bad input of every kind: one clear error each, nothing left behind, other containers untouched."""
import gzip
import json
import os
import pathlib
import signal
import subprocess
import tempfile

import pytest

from node_under_test import Registry, eventually, own_node, vmm_processes
from oci_faults import HOSTILE, entry, tar_of, write_layout

IMAGES = ["busybox"]


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="bad-input-") as path:
        yield pathlib.Path(path)


@pytest.fixture
def bystander(ctl, busybox):
    """A container that must notice nothing."""
    ctl.ok("run", "-d", "--name", "bystander", busybox, "sleep", "1000")
    yield "bystander"
    assert ctl.ok("exec", "bystander", "echo", "untouched") == "untouched\n"


def fails(run, *words, code=125):
    """The command failed with one error line that holds all the words (a remedy line may follow)."""
    assert run.returncode == code, f"exit {run.returncode}: {run.stdout}{run.stderr}"
    errors = [line for line in run.stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1, run.stderr
    for word in words:
        assert word.lower() in errors[0].lower(), f"{word!r} is not in {errors[0]!r}"


def nothing_half_done(state):
    left = [p for p in pathlib.Path(state).rglob("*") if p.name.startswith("tmp-") or p.suffix == ".part"]
    assert not left, left


def test_an_unknown_image_is_named(ctl, registry, bystander):
    fails(ctl("run", "--rm", "--pull=never", "nothing-here", "true"), "nothing-here")
    fails(ctl("image", "pull", "--tls-verify=false", f"{registry.name}/nothing:here"), "nothing:here")
    fails(ctl("run", "--rm", "Bad//Name"), "Bad//Name")
    assert ctl.names("--all") == ["bystander"]


def test_an_unauthorised_pull_says_so(ctl, images, folder):
    server = Registry(folder, password="secret")
    try:
        name = server.push(images / "busybox", "private:1", creds="user:secret")
        fails(ctl("image", "pull", "--tls-verify=false", name), "unauthorized", name)
        fails(ctl("image", "pull", "--tls-verify=false", "--creds", "user:wrong", name), "credentials", name)
        ctl.ok("image", "pull", "--tls-verify=false", "--creds", "user:secret", name)
        ctl.ok("image", "rm", name)
    finally:
        server.stop()


def test_a_blob_that_does_not_match_its_digest_is_refused(ctl, folder):
    layout = write_layout(folder / "image", tar_of([entry("file", data=b"content")]), name="latest")
    server = Registry(folder / "registry")
    try:
        name = server.push(layout, "corrupt:1")
        manifest = next(p for p in (layout / "blobs/sha256").iterdir() if b'"layers"' in p.read_bytes())
        digest = json.loads(manifest.read_bytes())["layers"][0]["digest"]
        blob = server.blob(digest)
        data = bytearray(blob.read_bytes())
        data[-1] ^= 1
        blob.write_bytes(data)
        fails(ctl("image", "pull", "--tls-verify=false", name), "digest", digest[:19])
        nothing_half_done(os.environ["REDOUBT_NODE_STATE"])
    finally:
        server.stop()


def test_a_layer_with_another_diff_id_is_refused(ctl, folder):
    layout = write_layout(folder / "image", tar_of([entry("file", data=b"x")]), diff_id="sha256:" + "0" * 64)
    fails(ctl("image", "import", layout), "diff", "sha256:0000")


def test_a_truncated_layer_is_refused(ctl, folder):
    tar = tar_of([entry("file", data=os.urandom(100000))])
    layout = write_layout(folder / "image", tar, blob=gzip.compress(tar)[:50000])
    fails(ctl("image", "import", layout), "ends early")
    nothing_half_done(os.environ["REDOUBT_NODE_STATE"])


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_layer_is_refused_by_its_entry(ctl, folder, kind):
    entries, name = HOSTILE[kind]
    fails(ctl("image", "import", write_layout(folder / "image", tar_of(entries))), name)
    nothing_half_done(os.environ["REDOUBT_NODE_STATE"])
    assert "hostile" not in ctl.ok("image", "ls")


def test_a_bad_flag_is_refused_before_anything_happens(ctl, busybox):
    fails(ctl("run", "--no-such-flag", busybox), "--no-such-flag")
    fails(ctl("run", "--memory", "lots", busybox), "memory", "lots")
    fails(ctl("run", "--cpus", "-1", busybox), "cpus")
    fails(ctl("run", "--name", "no spaces", busybox), "no spaces")
    fails(ctl("run", "--rm", "--user", "nobody-here", busybox, "true"), "nobody-here")
    fails(ctl("stop", "not-there"), "not-there")
    assert [n for n in ctl.names("--all")] == []


def test_a_bad_configuration_key_is_named_with_its_line_and_the_nearest_one(folder):
    config = folder / "redoubtd.toml"
    config.write_text('[sandbox]\nboot_timout = "3s"\n')
    run = subprocess.run(["redoubtd", "--config", config], capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode != 0
    assert f"{config}:2" in run.stderr and "boot_timout" in run.stderr and "boot_timeout" in run.stderr


def test_a_full_disk_fails_the_import_and_leaves_room_again(images, folder):
    state = folder / "small"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", state], check=True)
    try:
        with own_node(state=state) as node:
            fails(node.ctl("image", "import", images / "python3"), "space")
            nothing_half_done(state)
            used = subprocess.run(["du", "-sm", state], capture_output=True, text=True, check=True).stdout.split()[0]
            assert int(used) <= 2
            node.ctl.ok("node", "info")
    finally:
        subprocess.run(["umount", state], check=True)


def test_a_vm_that_cannot_start_says_why(images, folder):
    (folder / "not-a-kernel").write_text("nothing to boot")
    with own_node(guest={"kernel": folder / "not-a-kernel"}) as node:
        node.ctl.ok("image", "import", images / "busybox")
        run = node.ctl("run", "--rm", "localhost/busybox:latest", "true")
        fails(run, "qemu")
        assert node.ctl.names("--all") == []


def test_an_agent_that_hangs_is_given_up_with_the_console_in_the_error(images, folder):
    initramfs = hanging_initramfs(folder)
    with own_node(config='[sandbox]\nboot_timeout = "15s"\n', guest={"initramfs": initramfs}) as node:
        node.ctl.ok("image", "import", images / "busybox")
        fails(node.ctl("run", "--rm", "localhost/busybox:latest", "true"), "agent")
        assert node.ctl.names("--all") == [] and not vmm_processes(node.runtime)


def hanging_initramfs(folder):
    """A guest whose init says a word and then sleeps for ever."""
    tree = folder / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/busybox").write_bytes(pathlib.Path("/usr/bin/busybox").read_bytes())
    (tree / "bin/busybox").chmod(0o755)
    (tree / "init").write_text("#!/bin/busybox sh\necho hanging on purpose\nwhile :; do /bin/busybox sleep 1000; done\n")
    (tree / "init").chmod(0o755)
    archive = folder / "hanging.cpio"
    subprocess.run("find . | cpio -o -H newc --quiet > " + str(archive), shell=True, cwd=tree, check=True)
    return archive


def test_a_vm_that_dies_ends_its_container_alone(ctl, busybox, bystander):
    ctl.ok("run", "-d", "--name", "victim", busybox, "sleep", "1000")
    waiter = ctl.start("wait", "victim")
    os.kill(ctl.inspect("victim")["sandbox"]["vmm_pid"], signal.SIGKILL)
    assert waiter.communicate(timeout=60)[0].strip() == "137"
    victim = eventually(lambda: (v := ctl.inspect("victim"))["state"] == "exited" and v, "the container has ended")
    assert "vm" in victim["reason"].lower()
    ctl.ok("rm", "victim")


def test_a_frozen_vm_can_still_be_removed(ctl, busybox):
    ctl.ok("run", "-d", "--name", "frozen", busybox, "sleep", "1000")
    vmm = ctl.inspect("frozen")["sandbox"]["vmm_pid"]
    os.kill(vmm, signal.SIGSTOP)
    ctl.ok("rm", "-f", "frozen")
    assert ctl.names("--all") == []
