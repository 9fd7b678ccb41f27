#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The Debian packages: what they declare, what their unit exposes, and their life in a booted Debian: install, crash, watchdog,
upgrade, remove, purge. ./sdk test makes the packages of the build it tests; REDOUBT_PACKAGES names others."""
import os
import pathlib
import re
import shutil
import subprocess

import debian_vm
import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILD = pathlib.Path(os.environ.get("REDOUBT_BUILD", ROOT / "build"))
PACKAGES = pathlib.Path(os.environ.get("REDOUBT_PACKAGES", BUILD / "packages-dev"))
GUEST = BUILD / "guest-image"
NAMES = ("redoubt-node", "redoubt-guest", "redoubt-cli", "redoubt-kbs", "redoubt-simtee", "redoubt-console")
MOST_EXPOSURE = {"redoubtd": 2.0, "redoubt-launcher": 3.0, "redoubt-kbs": 2.0, "redoubt-simtee": 2.0}
# What a simulator writes into its certificates, and who verifies never looks for: services/simtee/certificate_maker.hpp.
SIMULATORS_OWN = b"2.25.144945484221232481107277727889996910486"
LIMIT = 900  # seconds, for a busy machine that emulates


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def package(name):
    found = sorted(PACKAGES.glob(f"{name}_*.deb"))
    if not found:
        pytest.skip(f"{name} is not in {PACKAGES}: ./sdk test makes it")
    return found[-1]


def listing(name):
    return [line.split() for line in run("dpkg-deb", "-c", package(name)).stdout.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_files_belong_to_root_and_nobody_else_may_write_them(name):
    for row in listing(name):
        assert row[1] == "root/root", row
        assert row[0][5] == "-" and row[0][8] == "-" and "s" not in row[0], row


@pytest.mark.parametrize("name", NAMES)
def test_every_package_says_what_it_is_and_under_which_licence(name):
    description = run("dpkg-deb", "-f", package(name), "Description").stdout
    assert description.startswith("container runtime with a micro-VM for each container: ") and "\n " in description
    files = {row[5] for row in listing(name)}
    assert {f"./usr/share/doc/{name}/copyright", f"./usr/share/doc/{name}/changelog.gz"} <= files


def test_the_node_package_has_units_users_folders_manuals_and_settings():
    files = {row[5] for row in listing("redoubt-node")}
    assert {"./usr/sbin/redoubtd", "./usr/sbin/redoubt-launcher", "./usr/lib/systemd/system/redoubt-launcher.service",
            "./usr/lib/systemd/system/redoubt-launcher.socket", "./usr/share/man/man8/redoubt-launcher.8.gz", "./usr/lib/systemd/system/redoubtd.service", "./usr/lib/systemd/system/redoubtd.socket",
            "./usr/lib/sysusers.d/redoubt.conf", "./usr/lib/tmpfiles.d/redoubt.conf", "./usr/lib/systemd/catalog/redoubt.catalog",
            "./usr/share/man/man8/redoubtd.8.gz", "./usr/share/man/man5/redoubtd.toml.5.gz", "./etc/redoubt/redoubtd.toml"} <= files
    assert run("dpkg-deb", "-I", package("redoubt-node"), "conffiles").stdout == "/etc/redoubt/redoubtd.toml\n"


def test_the_daemon_of_a_package_takes_the_packages_settings(tmp_path):
    run("dpkg-deb", "-x", package("redoubt-node"), tmp_path)
    made = run(tmp_path / "usr/sbin/redoubtd", "--config", tmp_path / "etc/redoubt/redoubtd.toml", "--print-config")
    assert made.returncode == 0, made.stderr
    guest = {row[5][1:] for row in listing("redoubt-guest")}
    for key in ("kernel", "initramfs", "confidential_initramfs", "manifest"):
        named = re.search(rf'^{key} = "([^"]+)"', made.stdout, re.M) or re.search(rf'guest\.{key}\s*=\s*"([^"]+)"', made.stdout)
        assert named and named.group(1) in guest, made.stdout


def test_the_key_brokers_package_has_what_it_needs_and_takes_its_settings(tmp_path):
    files = {row[5] for row in listing("redoubt-kbs")}
    assert {"./usr/sbin/redoubt-kbs", "./usr/lib/systemd/system/redoubt-kbs.service", "./usr/lib/systemd/system/redoubt-kbs.socket",
            "./usr/lib/sysusers.d/redoubt-kbs.conf", "./usr/lib/tmpfiles.d/redoubt-kbs.conf", "./usr/share/man/man8/redoubt-kbs.8.gz",
            "./usr/share/man/man5/redoubt-kbs.toml.5.gz", "./etc/redoubt-kbs/redoubt-kbs.toml"} <= files
    run("dpkg-deb", "-x", package("redoubt-kbs"), tmp_path)
    made = run(tmp_path / "usr/sbin/redoubt-kbs", "--config", tmp_path / "etc/redoubt-kbs/redoubt-kbs.toml", "--print-config")
    assert made.returncode == 0, made.stderr


def test_the_simulators_package_has_what_it_needs_and_takes_its_settings(tmp_path):
    files = {row[5] for row in listing("redoubt-simtee")}
    assert {"./usr/sbin/redoubt-simtee", "./usr/lib/systemd/system/redoubt-simtee.service", "./usr/lib/sysusers.d/redoubt-simtee.conf",
            "./usr/lib/tmpfiles.d/redoubt-simtee.conf", "./usr/share/man/man8/redoubt-simtee.8.gz",
            "./etc/redoubt-simtee/redoubt-simtee.toml"} <= files
    run("dpkg-deb", "-x", package("redoubt-simtee"), tmp_path)
    program = tmp_path / "usr/sbin/redoubt-simtee"
    made = run(program, "--config", tmp_path / "etc/redoubt-simtee/redoubt-simtee.toml", "--print-config")
    assert made.returncode == 0, made.stderr
    assert SIMULATORS_OWN in program.read_bytes()


def test_the_console_package_is_a_desktop_program_that_needs_no_node():
    files = {row[5] for row in listing("redoubt-console")}
    assert {"./usr/bin/redoubt-console", "./usr/share/applications/redoubt-console.desktop", "./usr/share/man/man1/redoubt-console.1.gz",
            "./usr/share/icons/hicolor/scalable/apps/redoubt-console.svg"} <= files
    depends = run("dpkg-deb", "-f", package("redoubt-console"), "Depends").stdout
    assert "libqt6widgets6" in depends and "libvterm0" in depends and "redoubt-" not in depends


@pytest.mark.parametrize("name", [name for name in NAMES if name != "redoubt-simtee"])
def test_no_other_package_has_a_simulator(name, tmp_path):
    assert "redoubt-simtee" not in run("dpkg-deb", "-f", package(name), "Depends", "Recommends", "Pre-Depends").stdout
    run("dpkg-deb", "-x", package(name), tmp_path)
    for path in tmp_path.rglob("*"):
        assert "simtee" not in path.name, path
        if path.is_file() and not path.is_symlink():
            assert SIMULATORS_OWN not in path.read_bytes(), path


@pytest.mark.parametrize("unit, most", MOST_EXPOSURE.items())
def test_the_unit_exposes_little(unit, most):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not in the root: package systemd")
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", ROOT / "host-image/units" / f"{unit}.service").stdout
    exposure = float(re.search(rf"Overall exposure level for {unit}\.service: ([0-9.]+)", said).group(1))
    assert exposure <= most, said


def dependencies():
    """Names of what the packages depend on, but for each other."""
    wanted = ",".join(run("dpkg-deb", "-f", package(name), "Depends").stdout for name in NAMES)
    return sorted({word.split()[0] for word in wanted.split(",") if word.strip()} - set(NAMES))


def repack(source, version, target, work):
    """The same package as a later version."""
    tree = work / source.stem
    run("dpkg-deb", "-R", source, tree)
    control = tree / "DEBIAN/control"
    old = run("dpkg-deb", "-f", source, "Version").stdout.strip()
    control.write_text(control.read_text().replace(f"Version: {old}", f"Version: {version}").replace(f"(= {old})", f"(= {version})"))
    made = run("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, target)
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """name of a check -> (whether it held, what was said)"""
    needed = sorted({*dependencies(), "openssl"})  # which asks the key broker
    missing = debian_vm.missing_packages(needed)
    if missing:
        pytest.skip(f"not in the build root's lock: {' '.join(missing)}")
    if not (GUEST / "vmlinuz").exists():
        pytest.skip(f"no guest kernel in {GUEST}")
    work = tmp_path_factory.mktemp("debian")
    files = work / "files"
    for folder in ("1", "2"):
        (files / folder).mkdir(parents=True)
    for name in NAMES:
        shutil.copy(package(name), files / "1" / f"{name}.deb")
        repack(package(name), "99.0", files / "2" / f"{name}.deb", work)
    shutil.copy(HERE / "in_debian.sh", files / "run.sh")
    shutil.copy(HERE / "plugins.sh", files)
    shutil.copy(ROOT / "tests/golden/node-daemon/bus/manager.xml", files)
    (files / "passphrase").write_text("of a key broker that lives for a test\n")
    certificate = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", files / "tls.key", "-out", files / "tls.crt")
    assert certificate.returncode == 0, certificate.stderr
    images = run("python3", ROOT / "tests/images/build.py")
    assert images.returncode == 0, images.stderr
    shutil.copytree(pathlib.Path(images.stdout.strip()) / "busybox", files / "busybox")
    vm = debian_vm.Vm(work, needed)
    said = vm.boot(GUEST / "vmlinuz", files, LIMIT)
    if not said.rstrip().endswith("end"):
        print(said, vm.console.read_text(errors="replace")[-4000:])
    results = re.findall(r"^(ok|not ok) (\S+)\r?\n((?:    .*\n)*)", said, re.M)
    return {name: (outcome == "ok", why) for outcome, name, why in results}


def names_of_checks():
    return re.findall(r"^ *check (\w+) ", (HERE / "in_debian.sh").read_text(), re.M)


@pytest.mark.parametrize("check", names_of_checks())
def test_in_a_booted_debian(life, check):
    assert check in life, "it was not reached"
    held, why = life[check]
    assert held, why
