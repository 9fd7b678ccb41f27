# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A Debian with systemd in a virtual machine: made of the build root's own packages, booted with the guest's kernel under
software emulation. Files go in as a tar on a second disk; what a script prints comes out of a virtio console."""
import hashlib
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
LOCK = ROOT / "common/sdk/packages.lock"
# Where the locked packages lie, and where packages that are not in the lock may be looked for.
DEBS = [pathlib.Path("/cache/debs"), *map(pathlib.Path, filter(None, [os.environ.get("REDOUBT_TEST_DEBS")]))]
SYSTEM = ["systemd", "systemd-sysv", "dbus", "dbus-bin", "polkitd", "iproute2", "procps"]
BOOT_SERVICE = """[Unit]
Description=What a test wants done
After=multi-user.target dbus.socket
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mkdir -p /srv/test && tar -xf /dev/vdb -C /srv/test && exec sh /srv/test/run.sh >/dev/hvc0 2>&1'
ExecStopPost=/bin/systemctl --no-block poweroff
[Install]
WantedBy=multi-user.target
"""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options)


def known_debs():
    """name -> file, of the lock first."""
    found = {}
    for line in LOCK.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, version, arch, _ = line.split()
        path = DEBS[0] / f"{name}_{version.replace(':', '%3a')}_{arch}.deb"
        if path.exists():
            found[name] = path
    for folder in DEBS[1:]:
        for path in sorted(folder.glob("*.deb")):
            found.setdefault(path.name.split("_")[0], path)
    return found


def provided():
    """Names that packages of the root, which are those of the lock, have beside their own."""
    lists = run("dpkg-query", "-W", "-f", "${Provides},").stdout
    return {word.split()[0] for word in lists.split(",") if word.strip()}


def missing_packages(more):
    return sorted(set(SYSTEM + more) - set(known_debs()) - provided())


def write_repository(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "Packages", "w") as index:
        for path in known_debs().values():
            data = path.read_bytes()
            os.symlink(path, folder / path.name)
            index.write(run("dpkg-deb", "-f", path).stdout)
            index.write(f"Filename: ./{path.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n")


def make_tree(work, more):
    write_repository(work / "repo")
    tree = work / "tree"
    run("mmdebstrap", "--mode=root", "--variant=essential", f"--include={','.join(SYSTEM + more)}",
        "--aptopt=APT::Install-Recommends \"false\"", "--aptopt=APT::Sandbox::User \"root\"", "--skip=check/empty",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*", "",
        tree, f"deb [trusted=yes] copy:{work}/repo ./")
    (tree / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")  # not a first boot, which presets units
    (tree / "etc/hostname").write_text("debian\n")
    # LeakSanitizer looks at its process as a debugger does, which the unit's sandbox forbids; other tests look for leaks.
    (tree / "etc/systemd/system.conf.d").mkdir(parents=True, exist_ok=True)
    (tree / "etc/systemd/system.conf.d/sanitizers.conf").write_text("[Manager]\nDefaultEnvironment=ASAN_OPTIONS=detect_leaks=0\n")
    (tree / "etc/systemd/system/in-test.service").write_text(BOOT_SERVICE)
    run("ln", "-sf", "../in-test.service", tree / "etc/systemd/system/multi-user.target.wants/in-test.service")
    return tree


def image(work, more):
    """The disk of a system that has `more` packages, from the cache when nothing it is made of has changed."""
    recipe = pathlib.Path(__file__).read_text() + " ".join(more) + "".join(sorted(path.name for path in known_debs().values()))
    cached = pathlib.Path("/cache") / f"debian-vm-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.ext4"
    if not cached.exists():
        tree = make_tree(work, more)
        part = cached.with_suffix(".part")
        run("mke2fs", "-q", "-t", "ext4", "-d", tree, part, "6000M")
        for stale in cached.parent.glob("debian-vm-*.ext4"):
            stale.unlink()
        part.rename(cached)
    return cached


class Vm:
    """One boot, from power on until the script has ended and the machine is off."""

    def __init__(self, work, more):
        self.work, self.more = work, more
        self.console, self.output = work / "console.log", work / "output.log"

    def boot(self, kernel, files, limit):
        disk = self.work / "files.tar"
        run("tar", "-cf", disk, "-C", files, ".")
        disk.write_bytes(disk.read_bytes() + bytes(-disk.stat().st_size % 512))
        khz = next((line.split()[3] for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("cpu MHz")), "0")
        command = [
            "qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536", "-nodefaults",
            "-display", "none", "-no-reboot", "-kernel", kernel,
            "-append", f"root=/dev/vda rootfstype=ext4 rw console=ttyS0 panic=-1 quiet tsc_early_khz={int(float(khz) * 1000)}"
                       " init=/lib/systemd/systemd systemd.getty_auto=0",
            "-serial", f"file:{self.console}", "-device", "virtio-serial-pci", "-chardev", f"file,id=out,path={self.output}",
            "-device", "virtconsole,chardev=out",
            "-drive", f"if=virtio,file={image(self.work, self.more)},format=raw,snapshot=on", "-drive", f"if=virtio,file={disk},format=raw,readonly=on"]
        try:
            subprocess.run([str(word) for word in command], check=True, timeout=limit, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass  # what it said until then is judged
        return self.output.read_text(errors="replace") if self.output.exists() else ""
