# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the benchmarks of networks and disks share: an image with a tool, and containers of runc made from the same layers."""
import contextlib
import io
import json
import pathlib
import statistics
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/images")]
import build  # noqa: E402


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Image:
    """An OCI layout and a root folder with the same files."""

    def __init__(self, folder, name, *packages):
        recipe = {"layers": [["base-files", "base-passwd", "busybox-static", "libc6"], list(packages)], "cmd": ["sleep", "1000000"]}
        tars = build.make_layers(recipe, build.locked())
        self.layout, self.rootfs, self.name = folder / "layout" / name, folder / "rootfs", f"localhost/{name}:latest"
        build.write_layout(self.layout, name, recipe, tars)
        for data in tars:
            with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                layer.extractall(self.rootfs, filter="fully_trusted")


class Runc:
    """An idle container of runc; programs are run in it as in ours, by exec."""

    def __init__(self, folder, image, name, mounts=(), namespace=None):
        self.name, self.state = f"bench-{name}", str(folder / "state")
        bundle = folder / f"bundle-{name}"
        bundle.mkdir()
        run("runc", "spec", cwd=bundle)
        spec = json.loads((bundle / "config.json").read_text())
        spec["process"] |= {"terminal": False, "args": ["sleep", "1000000"]}
        spec["root"] = {"path": str(image.rootfs), "readonly": False}
        spec["mounts"] += [{"destination": place, "type": "bind", "source": str(source), "options": ["bind", "rw"]} for source, place in mounts]
        if namespace:
            spec["linux"]["namespaces"] = [{"type": "network", "path": f"/run/netns/{namespace}"} if one["type"] == "network" else one
                                           for one in spec["linux"]["namespaces"]]
        (bundle / "config.json").write_text(json.dumps(spec))
        subprocess.run(["runc", "--root", self.state, "run", "-d", "-b", str(bundle), self.name], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def command(self, *words):
        return ["runc", "--root", self.state, "exec", self.name, *words]

    def delete(self):
        subprocess.run(["runc", "--root", self.state, "delete", "-f", self.name], check=False)


class Ours:
    """An idle container of the node."""

    def __init__(self, ctl, image, name, *flags):
        self.ctl, self.name = ctl, name
        ctl.ok("run", "-d", "--name", name, *flags, image.name, timeout=300)

    def command(self, *words):
        return self.ctl.command("exec", self.name, *words)

    def delete(self):
        self.ctl("rm", "-f", self.name)


# Of `run`: a VM that boots, where others may begin as clones.
BOOT = ["--annotation", "io.redoubt.vm.start=boot"]


def translated_kib(pid):
    """What an emulator has translated the guest's code into: memory that it may write and execute."""
    found, counts = 0, False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0]:
            counts = words[1] == "rwxp"
        elif counts and words[0] in ("Private_Clean:", "Private_Dirty:"):
            found += int(words[1])
    return found


def memory_kib(pid):
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0])
    return {"rss": fields["Rss"], "pss": fields["Pss"], "private": fields["Private_Clean"] + fields["Private_Dirty"]}


@contextlib.contextmanager
def serving(command):
    """A program that serves while the block runs."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def table(measured, rounds, unit):
    """`measured` has a list of numbers for each (what, who); prints medians, runc's and the host's beside ours."""
    for what in dict.fromkeys(what for what, _ in measured):
        cells = [f"{who} {statistics.median(values):10.1f}" for (one, who), values in measured.items() if one == what]
        print(f"{what:34} " + "   ".join(cells) + f"   {unit} (median of {rounds})")


def as_json(measured, rounds):
    medians = {}
    for (what, who), values in measured.items():
        medians.setdefault(what, {})[who] = statistics.median(values)
    return json.dumps({"rounds": rounds} | medians, indent=2)


def put(measured, what, who, value):
    measured.setdefault((what, who), []).append(value)

