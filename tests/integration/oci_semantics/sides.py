# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The two that are compared: runc on this host, and the agent, which has all cases in one VM (or, to try something quickly, beside us)."""
import base64
import itertools
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "agent"))
import world  # noqa: E402
from agent_api import Api  # noqa: E402
from bundle import Result, config_of, contract_form, exec_of, make_image  # noqa: E402
from ttrpc import CallError  # noqa: E402

PATIENCE = 60
# What may be bound: folders and files, and a folder with another filesystem below it.
SOURCES = {"folder/inside": "source\n", "file": "source\n", "tree/top": "source\n"}


def signal_number(case):
    return int(signal.Signals[f"SIG{case['signal']}"])


def terminal_text(data):
    return data.decode(errors="replace").replace("\r\n", "\n")


class Runc:
    """Each case is a bundle and a container of its own."""

    def __init__(self, folder):
        self.folder = folder
        make_image(folder / "image")
        for name, text in SOURCES.items():
            (folder / "sources" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "sources" / name).write_text(text)
        (folder / "sources/tree/sub").mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "sub", folder / "sources/tree/sub"], check=True)
        self.numbers = itertools.count()
        self.names = {"SOURCES": folder / "sources", "OUTSIDE": folder / "outside"}

    def close(self):
        subprocess.run(["umount", self.folder / "sources/tree/sub"], check=False)

    def command(self, name, *words):
        return ["runc", "--root", str(self.folder / "state"), "--log", str(self.folder / f"{name}.log"), "--log-format", "json", *words]

    def refusal(self, name):
        """The last error that runc itself wrote down."""
        log = self.folder / f"{name}.log"
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return next((line["msg"] for line in reversed(lines) if line["level"] in ("error", "fatal")), "")

    def run(self, case):
        name = f"semantics-{os.getpid()}-{next(self.numbers)}"
        bundle = self.folder / name
        # The image's big file is shared, the others are the case's own.
        shutil.copytree(self.folder / "image", bundle / "rootfs", symlinks=True,
                        copy_function=lambda source, to: (os.link if source.endswith("busybox") else shutil.copy2)(source, to))
        (bundle / "config.json").write_text(json.dumps(config_of(case, self.names)))
        try:
            return self.run_exec(case, name, bundle) if "exec" in case else self.run_init(case, name, bundle)
        finally:
            subprocess.run(self.command("end", "delete", "-f", name), check=False, capture_output=True)
            shutil.rmtree(bundle, ignore_errors=True)

    def run_init(self, case, name, bundle):
        words = self.command(name, "run", "-b", str(bundle), name)
        if config_of(case, {}).get("process", {}).get("terminal"):
            return self.on_terminal(name, words)
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            first = b""
            if "signal" in case:
                first = process.stdout.readline()
                subprocess.run(self.command("end", "kill", name, str(signal_number(case))), check=True)
            out, _ = process.communicate(case.get("input", "").encode(), PATIENCE)
        return self.result(name, process.returncode, first + out)

    def run_exec(self, case, name, bundle):
        started = subprocess.run(self.command(name, "run", "-d", "-b", str(bundle), name), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, check=False)
        if started.returncode:
            return self.result(name, started.returncode, b"")
        process = exec_of(case)
        (bundle / "process.json").write_text(json.dumps(process))
        words = self.command(name, "exec", "-p", str(bundle / "process.json"), name)
        if process["terminal"]:
            return self.on_terminal(name, words)
        done = subprocess.run(words, input=case.get("input", "").encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                              timeout=PATIENCE)
        return self.result(name, done.returncode, done.stdout)

    def on_terminal(self, name, words):
        ours, theirs = pty.openpty()
        with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL) as process:
            os.close(theirs)
            out = b""
            try:
                while part := os.read(ours, 4096):
                    out += part
            except OSError:
                pass  # a terminal's other end has gone
            process.wait(PATIENCE)
        os.close(ours)
        return self.result(name, process.returncode, out)

    def result(self, name, code, out):
        if words := self.refusal(name):
            return Result(refusal=words)
        return Result(code, terminal_text(out))


class Guest:
    """All cases are containers of one sandbox."""

    def __init__(self):
        api = Api()
        self.world = PlaceOfCases(api) if os.environ.get("REDOUBT_SEMANTICS") == "socket" else VmOfCases(api)
        self.agent = self.world.connect()
        self.numbers = itertools.count()
        self.sources = f"{self.world.run_folder}/shared/containers/sources"
        self.names = {"SOURCES": self.sources, "OUTSIDE": f"{self.world.run_folder}/outside"}
        self.prepare()

    def prepare(self):
        self.agent.call("CreateSandbox", {"sandbox_id": "sb", "hostname": "semantics", "storages": self.world.storages})
        for name, text in SOURCES.items():
            self.agent.call("CopyFile", {"path": f"{self.sources}/{name}", "file_size": len(text), "file_mode": 0o644, "dir_mode": 0o755,
                                         "data": base64.b64encode(text.encode()).decode()})
        # A container that comes to nothing, for its storage is the sandbox's.
        sub = {"driver": "ephemeral", "fstype": "tmpfs", "mount_point": f"{self.sources}/tree/sub", "shared": True}
        self.agent.call("CreateContainer", self.request("sources", {"process": {"args": ["true"], "env": ["PATH=/bin"], "cwd": "/"}}, [sub]))

    def request(self, name, config, storages=()):
        folder = f"{self.world.run_folder}/{name}"
        oci = contract_form(config, self.agent.api.messages["Spec"].DESCRIPTOR)
        if "Root" in oci or name == "sources":
            oci["Root"] = oci.get("Root", {}) | {"Path": f"{folder}/rootfs"}
        scratch = f"{folder}/scratch"
        root = [{"driver": "ephemeral", "fstype": "tmpfs", "mount_point": scratch},
                {"driver": "overlayfs", "source": "overlay", "fstype": "overlay", "mount_point": f"{folder}/rootfs",
                 "options": [f"lowerdir={self.world.run_folder}/image", f"upperdir={scratch}/upper", f"workdir={scratch}/work"]}]
        return {"container_id": name, "storages": [*root, *storages], "OCI": oci}

    def run(self, case):
        name = f"c{next(self.numbers)}"
        try:
            self.agent.call("CreateContainer", self.request(name, config_of(case, self.names)))
        except CallError as error:
            return Result(refusal=error.message)
        try:
            self.agent.call("StartContainer", {"container_id": name})
            which = {"container_id": name}
            if "exec" in case:
                which["exec_id"] = "second"
                process = contract_form(exec_of(case), self.agent.api.messages["Process"].DESCRIPTOR)
                self.agent.call("ExecProcess", which | {"process": process})
            return self.outcome(case, which)
        except CallError as error:
            return Result(refusal=error.message)
        finally:
            self.agent.call("RemoveContainer", {"container_id": name})

    def outcome(self, case, which):
        terminal = (exec_of(case) if "exec" in case else config_of(case, {})["process"])["terminal"]
        if text := case.get("input"):
            self.agent.call("WriteStdin", which | {"data": base64.b64encode(text.encode()).decode()})
        if not terminal:
            self.agent.call("CloseStdin", which)
        out = b""
        while data := self.read(which):
            if "signal" in case and not out:
                self.agent.call("SignalProcess", which | {"signal": signal_number(case)})
            out += data
        code = self.agent.call("WaitProcess", which).get("status", 0)
        return Result(code, terminal_text(out))

    def read(self, which):
        try:
            return base64.b64decode(self.agent.call("ReadStdout", which | {"len": 65536}).get("data", ""))
        except CallError as error:
            if error.code in ("OUT_OF_RANGE", "NOT_FOUND", "UNAVAILABLE"):
                return b""
            raise

    def close(self):
        self.agent.close()
        self.world.close()


class VmOfCases(world.VmWorld):
    """A VM whose only disk is the cases' image."""

    DISKS = {"image": "SCSI,lun=0"}
    run_folder = world.VmWorld.RUN

    def make_disks(self):
        make_image(self.folder / "tree")
        world.run("mkfs.erofs", "-Enosbcrc", self.folder / "image.img", self.folder / "tree")
        root, size = world.verity_of(self.folder / "image.img", "--no-superblock")
        (self.folder / "spare.img").touch()
        world.pad(self.folder / "spare.img", 1 << 20)
        self.storages = [{"driver": "scsi", "source": "0:0", "fstype": "erofs", "options": ["ro"], "mount_point": f"{self.RUN}/image",
                          "shared": True, "driver_options": [f"verity_root_hash={root}", "verity_salt=5a5a",
                                                             f"verity_data_blocks={size // 4096}"]}]
        return {"root": root, "blocks": size // 4096, "lower_hash": "", "lower_offset": ""}


class PlaceOfCases(world.SocketWorld):
    """The agent beside us, without cgroups: for trying."""

    def __init__(self, api):
        super().__init__(api)
        self.run_folder = self.run
        shutil.rmtree(self.run / "image")
        make_image(self.run / "image")
        self.storages = []


def new_folder():
    """A mapped root must be able to walk through it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="semantics-"))
    folder.chmod(0o755)
    return folder
