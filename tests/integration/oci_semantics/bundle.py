# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Cases as data, the image they share, and a case's config.json in the forms that runc and the agent take.

A case (cases/*.toml) is a patch of BASE and a probe, a script of busybox's shell; what the probe prints and the exit code are the result.
  name      a sentence            field     what of the runtime specification it is about
  probe     becomes process.args  input     what it reads
  set       tables that are merged, other values that replace           add  lists that are appended to
  drop      dotted names that are taken out
  exec      one more process (a patch of process, and its probe): its result is the case's
  signal    sent to the first process when it has printed a line
  refused   both must refuse; ours with these words
  host      what the host must have ("cgroup v1" or a capability) for runc's result to mean anything; `ours` is checked always
  differs   the heading in docs/formats/oci-semantics.md under which the case is listed; `ours` is then what we print, or
            `ours_refused` our words
"""
import copy
import dataclasses
import os
import pathlib
import shutil
import tomllib

CASES = pathlib.Path(__file__).resolve().parent / "cases"
KEYS = {"name", "field", "probe", "input", "set", "add", "drop", "exec", "signal", "refused", "host", "differs", "ours", "ours_refused"}
CAPABILITIES = [f"CAP_{name}" for name in ("CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP",
                                           "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE")]
BASE = {
    "ociVersion": "1.1.0",
    "process": {
        "terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["true"], "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": False,
        "capabilities": {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}},
    "root": {"path": "rootfs", "readonly": False},
    "hostname": "semantics",
    "mounts": [
        {"destination": "/proc", "source": "proc", "type": "proc", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "source": "tmpfs", "type": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
        {"destination": "/dev/pts", "source": "devpts", "type": "devpts",
         "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
        {"destination": "/sys", "source": "sysfs", "type": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        {"destination": "/sys/fs/cgroup", "source": "cgroup", "type": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]},
    ],
    "linux": {
        "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
    },
}
SCRIPTS = {"bin/probe-script": "#!/bin/sh\necho script $#\n", "data/no-interpreter": "echo it ran\n", "data/bad-interpreter": "#!/no/such\n",
           "data/beside": "#!/bin/sh\necho beside\n"}
FILES = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nweb:x:101:102:web:/srv:/bin/sh\nhomeless:x:103:103::/no/such:/bin/sh\n",
         "etc/group": "root:x:0:\nweb:x:102:\nextra:x:200:web\n", "data/file": "image\n", "data/covered/below": "image\n", "data/locked": "x\n",
         "data/real/inside": "image\n"}
LINKS = {"data/link": "/data/real", "data/relative": "real", "data/escape": "../../../../outside", "data/dangling": "/nowhere/yet",
         "data/loop": "loop", "data/file-link": "/data/file",
         "data/to-proc": "/proc/sys"}
FOLDERS = ["dev", "proc", "sys", "tmp", "root", "srv", "data/empty", "data/private"]


@dataclasses.dataclass
class Result:
    """What came of a case: a refusal in words, or output and exit code."""
    exit: int = 0
    out: str = ""
    refusal: str = ""

    def told(self):
        return f"refused: {self.refusal}" if self.refusal else f"exit {self.exit}\n{self.out}"

    def same_as(self, other):
        """Refusals are the same whatever their words."""
        if self.refusal or other.refusal:
            return bool(self.refusal) == bool(other.refusal)
        return (self.exit, self.out) == (other.exit, other.out)


def make_image(folder):
    """The root folder that all cases share."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, text in {**SCRIPTS, **FILES}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755 if name in SCRIPTS else 0o644)
    for name, target in LINKS.items():
        (folder / name).symlink_to(target)
    (folder / "data/locked").chmod(0o600)
    (folder / "data/private").chmod(0o700)
    (folder / "tmp").chmod(0o1777)
    shutil.copy("/usr/bin/busybox", folder / "bin/busybox")
    for tool in os.popen("/usr/bin/busybox --list").read().split():
        if tool != "busybox":
            (folder / "bin" / tool).symlink_to("busybox")


def load_cases():
    cases = []
    for path in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf8"))["case"]:
            assert not (unknown := set(case) - KEYS), f"{path.name}: {case.get('name')}: {unknown}"
            assert not case.get("differs") or {"ours", "ours_refused"} & set(case), f"{case['name']}: what do we do?"
            cases.append(case | {"id": f"{path.stem}: {case['name']}"})
    names = [case["id"] for case in cases]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    return cases


def merge(into, patch):
    for key, value in patch.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def extend(into, patch):
    for key, value in patch.items():
        if isinstance(value, dict):
            extend(into.setdefault(key, {}), value)
        else:
            into[key] = [*into.get(key, []), *copy.deepcopy(value)]


def drop(config, dotted):
    *parents, last = dotted.split(".")
    for name in parents:
        config = config[name]
    del config[last]


def scripted(probe):
    return ["sh", "-c", "exec 2>&1\n" + probe]


def replaced(value, names):
    """`value` with every $NAME in its strings put in."""
    if isinstance(value, dict):
        return {key: replaced(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, names) for item in value]
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"${name}", str(text))
    return value


def config_of(case, names):
    """The case's config.json."""
    config = copy.deepcopy(BASE)
    if "probe" in case:
        config["process"]["args"] = scripted(case["probe"])
    elif "exec" in case:
        config["process"]["args"] = ["sleep", "1000"]
    merge(config, replaced(case.get("set", {}), names))
    extend(config, replaced(case.get("add", {}), names))
    for dotted in case.get("drop", []):
        drop(config, dotted)
    return config


def exec_of(case):
    """The process.json of the case's second process."""
    process = copy.deepcopy(BASE["process"])
    patch = dict(case["exec"])
    if "probe" in patch:
        process["args"] = scripted(patch.pop("probe"))
    merge(process, patch)
    return process


def contract_form(value, descriptor):
    """`value`, a part of a config.json, as the JSON form of the contract's message; what that does not carry falls away, as with
    Kata's shim."""
    fields = {field.name.lower(): field for field in descriptor.fields}
    message = {}
    for key, item in value.items():
        field = fields.get(key.lower())
        if field is None or item is None:
            continue
        kind = field.message_type
        if kind is None or kind.GetOptions().map_entry:
            message[field.name] = item
        elif field.label == field.LABEL_REPEATED:
            message[field.name] = [contract_form(one, kind) for one in item]
        else:
            message[field.name] = contract_form(item, kind)
    if descriptor.name == "LinuxDeviceCgroup":  # a number that is not given means all, which is -1 there
        message = {"Major": -1, "Minor": -1} | message
    return message
