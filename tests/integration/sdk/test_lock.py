# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The lock of packages, against a real apt and an archive of one package that is made here."""
import hashlib
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
FETCH = r"""
set -euo pipefail
die() { echo "sdk: $1" >&2; exit 1; }
quietly() { shift; "$@" >/dev/null; }
repo=$1 cache=$1/cache logs=$1/logs; mkdir -p "$logs"
source "$2/common/sdk/apt.sh"
debian_mirror() { echo copy:/nowhere; }
apt_open
echo "deb [trusted=yes] copy:$1/archive ./" >"$cache/apt/sources.list"
debs_fetch
"""


class Archive:
    """An archive that has 'apt' in one version, and a project whose lock names a version of it."""

    def __init__(self, folder, version):
        self.folder = folder
        control = folder / "package/DEBIAN/control"
        control.parent.mkdir(parents=True)
        control.write_text(f"Package: apt\nVersion: {version}\nArchitecture: all\nMaintainer: nobody\nDescription: a package\n")
        (folder / "archive").mkdir()
        file = folder / f"archive/apt_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder / "package", file], check=True, capture_output=True)
        self.sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        (folder / "archive/Packages").write_text(f"{control.read_text()}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {self.sha256}\n\n")
        (folder / "common/sdk/packages").mkdir(parents=True)
        (folder / "common/sdk/packages/all.list").write_text("apt\n")
        (folder / "common/sdk/packages/preferences").write_text("")

    @property
    def lock(self):
        return self.folder / "common/sdk/packages.lock"

    def fetch(self, **environment):
        return subprocess.run(["bash", "-c", FETCH, "bash", self.folder, ROOT], capture_output=True, text=True, check=False,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} | environment)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path, "2.0")


def test_what_the_lock_names_is_fetched(archive):
    archive.lock.write_text(f"apt 2.0 all {archive.sha256}\n")
    done = archive.fetch()
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.name for file in (archive.folder / "cache/debs").iterdir()] == ["apt_2.0_all.deb"]


def test_a_lock_whose_packages_have_left_the_archive_follows_it_and_says_so(archive):
    archive.lock.write_text(f"apt 1.0 all {'0' * 64}\n")
    done = archive.fetch()
    assert done.returncode == 0, done.stderr
    assert "apt=1.0" in done.stderr and "renewing common/sdk/packages.lock" in done.stderr
    assert archive.lock.read_text().splitlines()[1:] == [f"apt 2.0 all {archive.sha256}"]
    assert [file.name for file in (archive.folder / "cache/debs").iterdir()] == ["apt_2.0_all.deb"]


def test_a_lock_that_must_hold_is_not_renewed(archive):
    archive.lock.write_text(f"apt 1.0 all {'0' * 64}\n")
    done = archive.fetch(REDOUBT_LOCKED="1")
    assert done.returncode == 1
    assert "locked packages have left the archive: apt=1.0" in done.stderr
    assert archive.lock.read_text() == f"apt 1.0 all {'0' * 64}\n"


def test_a_package_of_the_locked_version_with_another_hash_is_refused(archive):
    archive.lock.write_text(f"apt 2.0 all {'0' * 64}\n")
    done = archive.fetch()
    assert done.returncode == 1
    assert "does not have the locked hash" in done.stderr
