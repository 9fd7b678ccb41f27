# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The guest image: small, of known content, and the same bytes wherever and whenever it is built."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROOTFS = ROOT / "guest-image/rootfs"
KERNEL_BUILD = ROOT / "guest-image/kernel/build.sh"
BUILD = pathlib.Path(os.environ.get("REDOUBT_BUILD", ROOT / "build"))
GUEST = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", BUILD / "guest-image"))
AGENT = BUILD / "guest/bin/redoubt-agent"
CONFIDENTIAL = BUILD / "guest/bin/redoubt-agent-confidential"
# Any static program can stand in for the agent where only the archive is judged.
STATIC, DYNAMIC = pathlib.Path("/bin/busybox"), pathlib.Path("/usr/bin/env")

full_tier = pytest.mark.skipif(os.environ.get("REDOUBT_TIER") != "full", reason="only in the full tier")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def sha384(path):
    return hashlib.sha384(path.read_bytes()).hexdigest()


def kernel_folder():
    return pathlib.Path("/cache") / f"kernel-{run(KERNEL_BUILD, 'key').stdout.strip()}"


def make_initramfs(agent, out):
    made = run(ROOTFS / "make_initramfs.py", agent, out)
    assert made.returncode == 0, made.stderr
    return out


def test_the_same_agent_gives_the_same_archive_in_another_folder_at_another_time(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    agent = tmp_path / "elsewhere/program"
    shutil.copy(STATIC, agent)
    agent.chmod(0o700)
    os.utime(agent, (1, 1))
    first = make_initramfs(STATIC, tmp_path / "first")
    second = make_initramfs(agent, tmp_path / "elsewhere/second")
    assert sha384(first) == sha384(second)


def test_the_archive_holds_init_and_empty_mount_points_and_nothing_else(tmp_path):
    archive = make_initramfs(STATIC, tmp_path / "initramfs").read_bytes()
    listing = subprocess.run(["cpio", "-tv", "--numeric-uid-gid", "--quiet"], input=archive, capture_output=True, check=True)
    rows = [line.split() for line in listing.stdout.decode().splitlines()]
    assert [(row[0], row[-1]) for row in rows] == [
        *(("drwxr-xr-x", name) for name in ("dev", "etc", "proc", "run", "sys", "tmp")),
        ("crw-------", "dev/console"), ("-rwxr-xr-x", "init")]
    assert all(row[2:4] == ["0", "0"] for row in rows)


def test_a_dynamic_agent_is_refused_with_the_reason(tmp_path):
    made = run(ROOTFS / "make_initramfs.py", DYNAMIC, tmp_path / "out")
    assert made.returncode == 1 and "dynamically linked" in made.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_program_is_refused(tmp_path):
    made = run(ROOTFS / "make_initramfs.py", ROOT / "README.md", tmp_path / "out")
    assert made.returncode == 1 and "not a 64-bit ELF program" in made.stderr


def test_an_archive_over_sixteen_mebibytes_is_refused(tmp_path):
    agent = tmp_path / "agent"
    agent.write_bytes(STATIC.read_bytes() + bytes(16 << 20))
    made = run(ROOTFS / "make_initramfs.py", agent, tmp_path / "out")
    assert made.returncode == 1 and "more than the 16777216 allowed" in made.stderr


def test_the_manifest_tells_the_truth_in_canonical_form():
    text = (GUEST / "guest-manifest.json").read_text(encoding="ascii")
    facts = json.loads(text)
    assert text == json.dumps(facts, sort_keys=True, separators=(",", ":")) + "\n"
    assert facts["version"] == 1 and facts["conversion"] == "redoubt-erofs-1"
    for part in ("kernel", "initramfs", "confidential_initramfs"):
        path = GUEST / facts[part]["file"]
        assert facts[part]["sha384"] == sha384(path)
        assert facts[part]["size"] == path.stat().st_size
    assert facts["kernel"]["config_sha384"] == sha384(kernel_folder() / "config")
    assert " ".join(facts["kernel"]["source"].values()) == run(KERNEL_BUILD, "source").stdout.strip()


def test_kernel_and_initramfs_keep_their_sizes():
    assert (GUEST / "vmlinuz").stat().st_size <= 5 << 20
    # Every boot of an ordinary VM unpacks the first; the second has the policy engine, TLS and key release.
    assert (GUEST / "initramfs.cpio").stat().st_size <= 9 << 19
    assert (GUEST / "initramfs-confidential.cpio").stat().st_size <= 14 << 20


def test_a_line_the_kernel_dropped_is_named(tmp_path):
    config = tmp_path / "config"
    whole = (kernel_folder() / "config").read_text()
    config.write_text(whole)
    assert run(KERNEL_BUILD, "check", config).returncode == 0
    config.write_text(whole.replace("CONFIG_DM_VERITY=y\n", "# CONFIG_DM_VERITY is not set\n") + "CONFIG_MODULES=y\n")
    checked = run(KERNEL_BUILD, "check", config)
    assert checked.returncode == 1
    assert "CONFIG_DM_VERITY=y" in checked.stderr and "# CONFIG_MODULES is not set" in checked.stderr


def test_the_image_of_the_tree_is_the_one_its_agent_and_kernel_make(tmp_path):
    assert sha384(GUEST / "vmlinuz") == sha384(kernel_folder() / "vmlinuz")
    assert sha384(GUEST / "initramfs.cpio") == sha384(make_initramfs(AGENT, tmp_path / "initramfs"))
    assert sha384(GUEST / "initramfs-confidential.cpio") == sha384(make_initramfs(CONFIDENTIAL, tmp_path / "confidential"))


@full_tier
def test_a_second_kernel_build_in_another_folder_gives_the_same_bytes(tmp_path):
    work = pathlib.Path("/var/tmp") / f"second-kernel-{os.getpid()}/deeper"
    try:
        built = run(KERNEL_BUILD, "build", tmp_path / "out", work, env=os.environ | {"CCACHE_DISABLE": "1"})
    finally:
        shutil.rmtree(work.parent, ignore_errors=True)
    assert built.returncode == 0, built.stderr[-2000:]
    assert sha384(tmp_path / "out/vmlinuz") == sha384(GUEST / "vmlinuz")


def test_the_agent_names_its_sources_by_their_place_in_the_tree():
    # A compiler cache that rewrites paths would put "proto/agent/agent.pb.cc" here.
    assert b"build/proto/agent/agent.pb.cc" in AGENT.read_bytes()


@full_tier
def test_a_second_agent_build_in_another_folder_gives_the_same_bytes(tmp_path):
    copy = tmp_path / "another/tree"
    copy.mkdir(parents=True)
    for part in ("CMakeLists.txt", "CMakePresets.json", "common", "guest-image", "tests"):
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, copy / part)
    environment = os.environ | {"CCACHE_DISABLE": "1"}
    for step in (("cmake", "--preset", "guest"), ("ninja", "-C", "build/guest", "redoubt-agent", "redoubt-agent-confidential")):
        done = run(*step, cwd=copy, env=environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for agent in (AGENT, CONFIDENTIAL):
        assert sha384(copy / "build/guest/bin" / agent.name) == sha384(agent)
