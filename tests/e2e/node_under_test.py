# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What the end-to-end tests speak with: redoubtctl against the node in REDOUBT_HOST, nodes of their own, a registry."""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "common/sdk"))
sys.dont_write_bytecode = True
from throwaway_node import Launcher, end  # noqa: E402

TIER = os.environ.get("REDOUBT_TIER", "quick")
DEADLINE = 120  # seconds; a VM boots in one on an idle machine, in many on a busy one


def count(quick, full):
    """How often: little in the quick tier, what is promised in the full one."""
    return full if TIER in ("full", "soak") else quick


def images_folder():
    return pathlib.Path(subprocess.run([ROOT / "tests/images/build.py"], capture_output=True, text=True, check=True).stdout.strip())


def eventually(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline} s: {what}")


def open_policy():
    """A guest's policy that allows whatever these tests ask it for."""
    calls = """CreateContainer StartContainer RemoveContainer ExecProcess SignalProcess WaitProcess StatsContainer WriteStream ReadStream CloseStdin
        TtyWinResize UpdateInterface UpdateRoutes ListInterfaces ListRoutes CreateSandbox DestroySandbox GuestDetails GetOOMEvent PutDocument""".split()
    return "package agent_policy\n\n" + "".join(f"default {call}Request := true\n" for call in calls)


class Ctl:
    """redoubtctl bound to one node."""

    def __init__(self, host=None):
        self.host = host or os.environ["REDOUBT_HOST"]

    def command(self, *args):
        return ["redoubtctl", "-H", self.host, *map(str, args)]

    def __call__(self, *args, stdin=None, timeout=DEADLINE):
        return subprocess.run(self.command(*args), input=stdin, capture_output=True, text=True, timeout=timeout, check=False,
                              **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))

    def ok(self, *args, **more):
        run = self(*args, **more)
        assert run.returncode == 0, f"redoubtctl {shlex.join(map(str, args))}: exit {run.returncode}\n{run.stdout}{run.stderr}"
        return run.stdout

    def json(self, *args):
        return json.loads(self.ok(*args, "--json"))

    def inspect(self, container):
        found = self.json("inspect", container)
        return found[0] if isinstance(found, list) else found

    def start(self, *args):
        return subprocess.Popen(self.command(*args), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def names(self, *flags):
        return [c["name"] for c in self.json("ps", *flags)]

    def remove_all(self):
        for container in self.json("ps", "--all"):
            self("rm", "-f", container["id"])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def with_images(ctl, registry, names):
    """The node, with these images of the registry pulled."""
    for name in names:
        ctl.ok("image", "pull", "--tls-verify=false", f"{registry.name}/{name}:latest", timeout=300)
    return ctl


class Registry:
    """Debian's docker-registry on a free port, optionally with a password."""

    def __init__(self, folder, password=None):
        self.folder, self.port = folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        auth = ""
        if password:
            line = subprocess.run(["htpasswd", "-Bbn", "user", password], capture_output=True, text=True, check=True).stdout
            (folder / "htpasswd").write_text(line)
            auth = f"auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"
        (folder / "config.yml").write_text(
            f"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
            f"http:\n  addr: 127.0.0.1:{self.port}\n{auth}")
        self.log = open(folder / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stdout=self.log, stderr=self.log)
        eventually(self.answers, "docker-registry answers", 30)
        self.name = f"127.0.0.1:{self.port}"

    def answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def push(self, layout, name, creds=None):
        more = ["--dest-creds", creds] if creds else []
        subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", "--dest-tls-verify=false", *more, f"oci:{layout}:latest",
                        f"docker://{self.name}/{name}"], check=True)
        return f"{self.name}/{name}"

    def blob(self, digest):
        return self.folder / "data/docker/registry/v2/blobs/sha256" / digest[7:9] / digest[7:] / "data"

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class OwnNode:
    """A redoubtd of the test's own, for configurations that the shared node does not have; as a user without rights where it has a launcher."""

    def __init__(self, folder, config="", guest=None, state=None, with_launcher=False):
        self.folder = pathlib.Path(folder)
        self.state, self.runtime = pathlib.Path(state or self.folder / "state"), self.folder / "run"
        for path in (self.state, self.runtime):
            path.mkdir(parents=True, exist_ok=True)
        guest = {"kernel": "vmlinuz", "initramfs": "initramfs.cpio", "confidential_initramfs": "initramfs-confidential.cpio",
                 "manifest": "guest-manifest.json"} | (guest or {})
        image = pathlib.Path(os.environ.get("REDOUBT_GUEST_IMAGE", ROOT / "build/guest-image"))
        lines = [f'state_dir = "{self.state}"', f'runtime_dir = "{self.runtime}"', "[guest]"]
        lines += [f'{key} = "{image / value}"' for key, value in guest.items()]
        if "[runtime]" not in config and (monitor := shutil.which("redoubt-monitor")):
            lines += ["[runtime]", f'monitor = "{monitor}"']
        settings = self.folder / "redoubtd.toml"
        self.command = ["redoubtd", "--config", str(settings)]
        self.launcher = Launcher(self.folder, settings) if with_launcher else None
        if self.launcher:
            lines += self.launcher.settings
            self.command = self.launcher.without_rights(self.folder, (self.state, self.runtime), self.command)
        settings.write_text("\n".join(lines) + "\n" + config)
        self.ctl = Ctl(f"unix://{self.runtime}/redoubtd.sock")
        self.process = None

    def start(self):
        if self.launcher and not self.launcher.socket.exists():
            self.launcher.start(self.folder / "log")
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        eventually(lambda: self.process.poll() is not None or self.ctl("node", "info").returncode == 0, "redoubtd answers", 60)
        assert self.process.poll() is None, (self.folder / "log").read_text()[-3000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0, (self.folder / "log").read_text()[-3000:]
        if self.launcher:
            problem = end("redoubt-launcher", self.launcher.pidfile)
            self.forget_launcher()
            assert not problem, f"{problem}\n" + (self.folder / "log").read_text()[-3000:]

    def kill(self):
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def kill_launcher(self):
        os.kill(int(self.launcher.pidfile.read_text()), signal.SIGKILL)
        self.forget_launcher()

    def forget_launcher(self):
        self.launcher.pidfile.unlink()
        self.launcher.socket.unlink(missing_ok=True)


@contextlib.contextmanager
def own_node(config="", guest=None, state=None, with_launcher=False):
    folder = tempfile.mkdtemp(prefix="redoubt-own-", dir="/var/tmp")
    node = OwnNode(folder, config, guest, state, with_launcher)
    try:
        node.start()
        yield node
        node.ctl.remove_all()
        node.stop()
        left = [str(p) for p in node.runtime.rglob("*")]
        assert not left, f"left behind: {left}"
        assert not vmm_processes(node.runtime), "a VM was left behind"
    finally:
        sandboxes = [path.name for path in node.runtime.glob("vm/*")]
        if node.process and node.process.poll() is None:
            node.kill()
        if node.launcher and node.launcher.pidfile.exists():
            node.kill_launcher()
        for pid in vmm_processes(node.runtime):
            os.kill(pid, signal.SIGKILL)
        for sandbox in sandboxes:  # of a test that failed: nobody is left who would
            eventually(lambda: remove_groups(sandbox), f"the control groups of VM {sandbox} can be removed", 10)
        shutil.rmtree(folder, ignore_errors=True)


def groups_of(sandbox):
    """The control groups of its VM."""
    return [path for pattern in ("", "*/") for path in pathlib.Path("/sys/fs/cgroup").glob(f"{pattern}redoubt-vm-{sandbox}")]


def remove_groups(sandbox):
    for group in groups_of(sandbox):
        with contextlib.suppress(OSError):
            group.rmdir()
    return not groups_of(sandbox)


def interrupts(ctl, name, seconds=5):
    """How many the kernel of a container's VM handles in a while."""

    def so_far():
        return int(re.search(r"^intr (\d+)", ctl.ok("exec", name, "cat", "/proc/stat"), re.MULTILINE).group(1))

    before = so_far()
    time.sleep(seconds)
    return so_far() - before


def vmm_processes(runtime):
    """Pids of the QEMU processes of the node with this runtime folder. All they have is inherited, so no argument names a file:
    which node's they are, their environment says."""
    mark = f"REDOUBT_VM={runtime}/vm/".encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "environ").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if any(word.startswith(mark) for word in words):
                found.append(int(entry.name))
    return found


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()
