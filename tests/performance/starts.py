# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""How long a container takes until its first output, and what is asked of it later: ours beside the bare boot of the same kernel in the same
QEMU (the floor), and beside runc, crun and gVisor with the same files. All are run in turn, so that a noisy machine disturbs all alike."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import threading
import time

from beside import BOOT, memory_kib
from node_under_test import eventually, images_folder

IMAGE = "localhost/busybox:latest"
CLONE = ["--annotation", "io.redoubt.vm.start=clone"]  # none of those that wait
# What the floor shares with a real VM; disks, sockets and streams are what the runtime adds to it.
KEPT = {"-M", "-machine", "-accel", "-cpu", "-smp", "-m", "-kernel", "-append"}
FILES = {"-kernel"}
ALONE = {"-nodefaults", "-no-user-config", "-no-reboot", "-nographic", "-enable-kvm"}
INIT = r"""
#include <sys/reboot.h>
#include <unistd.h>
int main(void) { reboot(RB_AUTOBOOT); reboot(RB_POWER_OFF); for (;;) pause(); }
"""
STEPS = re.compile(r'STEPS="([a-z0-9 .]+)"')
ORDER = ["begin", "disks", "turn", "folder", "network", "launch", "boot", "handshake", "create", "start"]  # "guest" is folder to handshake


def bare_initramfs(folder):
    (folder / "tree").mkdir()
    (folder / "init.c").write_text(INIT)
    subprocess.run(["gcc", "-Os", "-static", "-s", "-o", folder / "tree/init", folder / "init.c"], check=True)
    with open(folder / "bare.cpio", "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=b"init\n", stdout=out, cwd=folder / "tree", check=True)
    return folder / "bare.cpio"


def floor_command(vmm, initramfs):
    """That of a VM of ours that has booted, less what the runtime adds to it."""
    argv = pathlib.Path(f"/proc/{vmm}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
    kept, words = [argv[0]], iter(argv[1:])
    for word in words:
        if word in KEPT:
            value = next(words)
            # The files a VM boots from are handed to it open; they are looked up while it lives.
            kept += [word, os.readlink(value.replace("/proc/self", f"/proc/{vmm}")) if word in FILES else value]
            assert "memory-backend" not in value, "the floor is that of a VM that boots"
        elif word in ALONE:
            kept.append(word)
    return [*kept, "-display", "none", "-initrd", str(initramfs)]


def floor_of(ctl, folder):
    """(the floor's command, memory of an idle VM that booted, in KiB)"""
    with contextlib.ExitStack() as undo:
        ctl.ok("run", "-d", "--name", "booted", *BOOT, IMAGE, "sleep", "100000")
        undo.callback(ctl, "rm", "-f", "booted")
        vmm = ctl.inspect("booted")["sandbox"]["vmm_pid"]
        return floor_command(vmm, bare_initramfs(folder)), memory_kib(vmm)


def oci_bundle(folder):
    """The same image for others: its layers unpacked one over the other."""
    layout, bundle = images_folder() / "busybox", folder / "bundle"
    blob = lambda descriptor: layout / "blobs" / descriptor["digest"].replace(":", "/")  # noqa: E731
    manifest = json.loads(blob(json.loads((layout / "index.json").read_text())["manifests"][0]).read_text())
    for layer in manifest["layers"]:
        with tarfile.open(blob(layer)) as tar:
            tar.extractall(bundle / "rootfs", filter="fully_trusted")
    subprocess.run(["runc", "spec"], cwd=bundle, check=True)
    spec = json.loads((bundle / "config.json").read_text())
    spec["process"] |= {"terminal": False, "args": ["echo", "x"]}
    (bundle / "config.json").write_text(json.dumps(spec))
    return bundle


def seconds_until_first_output(command):
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        first = process.stdout.read(1)
        taken = time.monotonic() - begin
        words = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0 or not first:
        raise RuntimeError(f"{pathlib.Path(command[0]).name} ended with {process.returncode}: {words[-200:]}")
    return taken


def seconds(command):
    """Not by a wait with a timeout, which looks again after 1, 2, 4 ... 50 ms: that, and not the command, would be measured."""
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        limit = threading.Timer(60, process.kill)
        limit.start()
        try:
            code = process.wait()
            taken = time.monotonic() - begin
        finally:
            limit.cancel()
    if code:
        raise RuntimeError(f"{pathlib.Path(command[0]).name} ended with {code}")
    return taken


def others(folder):
    """(name -> what measures it, name -> why it is not measured) of the runtimes that are installed and work here."""
    bundle, found, missing = oci_bundle(folder), {}, {}
    commands = {"runc": ["runc"], "crun": ["crun"], "gvisor": ["runsc", "--platform=systrap", "--network=none"]}
    for name, words in commands.items():
        command = [*words, "--root", str(folder / name), "run", "--bundle", str(bundle), f"bench-{name}"]
        if not shutil.which(words[0]):
            missing[name] = "it is not installed"
            continue
        try:
            seconds_until_first_output(command)
        except RuntimeError as error:
            missing[name] = str(error)
            continue
        found[name] = lambda command=command: seconds_until_first_output(command)
    return found, missing


def wait_for_the_pool(ctl):
    """Its VMs are there, and nobody is at work on more."""
    size = ctl.json("node", "info")["pool_size"]
    if size:
        eventually(lambda: ctl.json("node", "info")["pool_waiting"] >= size, "VMs wait")
        time.sleep(0.5)
    return size > 0


def run_x(ctl, flags):
    return lambda: seconds_until_first_output(ctl.command("run", "--rm", *flags, IMAGE, "echo", "x"))


def steps_of(log, since):
    """What the start since a place in the daemon's log (of level debug) says of its steps: {step: ms}."""
    words = " ".join(STEPS.findall(log.read_text()[since:])).split()
    found = {name: float(value) for name, value in zip(words[::2], words[1::2])}
    return {step: found[step] for step in ORDER if step in found}


def measure_starts(node, floor, folder, runs):
    """Seconds of each kind of start, and milliseconds of the steps of ours, of a node that has a pool."""
    ctl, log = node.ctl, node.folder / "log"
    ctl.ok("run", "--rm", IMAGE, "true")  # so that there is a template, and what waits is of this kind
    kinds, missing = others(folder)
    kinds = {"floor": lambda: seconds(floor), **kinds, "cold": run_x(ctl, BOOT), "clone": run_x(ctl, CLONE)}
    if wait_for_the_pool(ctl):
        kinds["pool"] = run_x(ctl, [])
    taken, steps = {kind: [] for kind in kinds}, {}
    for _ in range(runs):
        for kind, measure in kinds.items():
            wait_for_the_pool(ctl)
            since = len(log.read_text())
            taken[kind].append(measure())
            for step, value in steps_of(log, since).items() if kind in ("cold", "clone", "pool") else ():
                steps.setdefault(kind, {}).setdefault(step, []).append(value)
    return {"seconds": taken, "steps_ms": steps, "missing": missing}


def measure_calls(ctl, runs):
    """Seconds of an exec, of a stop of who ends at once, and of another container's first output in a pod that runs."""
    script = "trap 'exit 0' TERM; sleep 100000 & wait"
    taken = {"exec": [], "stop": [], "second": []}
    for number in range(runs):
        pod = f"bench-{number}"
        ctl.ok("run", "-d", "--name", "idle", IMAGE, "sh", "-c", script)
        ctl.ok("exec", "idle", "true")
        taken["exec"].append(seconds(ctl.command("exec", "idle", "true")))
        taken["stop"].append(seconds(ctl.command("stop", "-t", "10", "idle")))
        ctl.ok("rm", "-f", "idle")
        ctl.ok("pod", "create", "--name", pod)
        ctl.ok("run", "-d", "--pod", pod, "--name", f"{pod}-first", IMAGE, "sleep", "100000")
        taken["second"].append(run_x(ctl, ["--pod", pod])())
        ctl.ok("pod", "rm", "-f", pod)
    return {"seconds": taken}
