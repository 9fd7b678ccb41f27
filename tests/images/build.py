#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Makes the test images as OCI layouts from the locked Debian packages in the cache, without a network or a container tool.

usage: build.py            builds all and prints the folder that holds one OCI layout an image
A layer is the union of its packages and their dependencies, less what lower layers hold. No maintainer script runs; what the
images need of them (passwd, the applet links of busybox) is done here. Same packages, same bytes."""
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("REDOUBT_HOST_CACHE", "/var/cache/redoubt"))
# Of no use in a test image, and most of its size.
LEFT_OUT = re.compile(r"^\./usr/share/(doc|man|locale|info|lintian|bug|bash-completion|perl|icons)/|^\./lib/systemd|^\./usr/lib/systemd")
SKIPPED_DEPENDENCIES = {"debconf", "init-system-helpers", "perl", "perl-base", "media-types", "iproute2", "lsb-base", "adduser",
                        "systemd", "sysvinit-utils", "procps", "dpkg", "debianutils", "passwd", "sensible-utils", "ucf", "mawk", "awk"}


def locked():
    lines = (ROOT / "common/sdk/packages.lock").read_text().splitlines()
    return {w[0]: CACHE / "debs" / f"{w[0]}_{w[1].replace(':', '%3a')}_{w[2]}.deb" for w in map(str.split, lines) if w[0] != "#"}


def closure(names, debs):
    """The packages and what they depend on, as far as the lock holds it."""
    seen, queue = [], list(names)
    while queue:
        name = queue.pop(0)
        if name in seen or name not in debs or name in SKIPPED_DEPENDENCIES:
            continue
        seen.append(name)
        fields = subprocess.run(["dpkg-deb", "-f", debs[name], "Pre-Depends", "Depends"], capture_output=True, text=True, check=True)
        text = re.sub(r"^[\w-]+:", ",", fields.stdout, flags=re.M)
        for group in text.split(","):
            for choice in group.split("|"):
                dependency = re.sub(r"[(\[].*", "", choice).strip().split(":")[0]
                if dependency in debs:
                    queue.append(dependency)
                    break
    return seen


class Layer:
    """A tar written in name order with no trace of when and where."""

    def __init__(self):
        self.entries = {}

    def add(self, name, kind, data=b"", mode=0o755, link="", uid=0, gid=0):
        entry = tarfile.TarInfo(name.lstrip("./"))
        entry.type, entry.mode, entry.linkname, entry.uid, entry.gid = kind, mode, link, uid, gid
        entry.size, entry.mtime = len(data), 1700000000
        if entry.name:
            self.entries[entry.name] = (entry, data)

    def add_package(self, deb):
        raw = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(raw)) as source:
            for member in source:
                if LEFT_OUT.search(member.name + ("/" if member.isdir() else "")):
                    continue
                data = source.extractfile(member).read() if member.isreg() else b""
                link = member.linkname.lstrip("./") if member.islnk() else member.linkname
                self.add(member.name, member.type, data, member.mode, link, member.uid, member.gid)

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as target:
            order = sorted(self.entries.values(), key=lambda e: (e[0].type == tarfile.LNKTYPE, e[0].name))
            for entry, data in order:
                target.addfile(entry, io.BytesIO(data) if data else None)
        return out.getvalue()


def finish_base(layer, raw_of):
    """What the maintainer scripts of the base packages would do."""
    for name in ("passwd", "group"):
        layer.add(f"etc/{name}", tarfile.REGTYPE, raw_of[f"usr/share/base-passwd/{name}.master"], 0o644)
    layer.add("tmp", tarfile.DIRTYPE, mode=0o1777)
    layer.add("root", tarfile.DIRTYPE, mode=0o700)
    applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if f"usr/bin/{applet}" not in layer.entries and applet != "busybox":
            layer.add(f"usr/bin/{applet}", tarfile.SYMTYPE, mode=0o777, link="busybox")


def make_layers(recipe, debs):
    below, layers = set(), []
    for names in recipe["layers"]:
        layer = Layer()
        for package in closure(names, debs):
            if package not in below:
                layer.add_package(debs[package])
                below.add(package)
        if not layers:
            finish_base(layer, {name: data for name, (_, data) in layer.entries.items()})
        layers.append(layer)
    for folder in recipe.get("directories", []):
        layers[-1].add(folder, tarfile.DIRTYPE)
    for name, text in recipe.get("files", {}).items():
        layers[-1].add(name, tarfile.REGTYPE, text.encode(), 0o644)
    return [layer.tar() for layer in layers]


def compress(tar, kind):
    if kind == "zstd":
        return subprocess.run(["zstd", "-6", "-q", "-c"], input=tar, capture_output=True, check=True).stdout
    return gzip.compress(tar, 6, mtime=0)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def write_layout(folder, name, recipe, tars):
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def put(data, media_type):
        (blobs / digest(data)[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    kind = recipe.get("compression", "gzip")
    layers = [put(compress(t, kind), f"application/vnd.oci.image.layer.v1.tar+{kind}") for t in tars]
    run = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"] + recipe.get("env", []), "Cmd": recipe["cmd"]}
    for key, field in (("user", "User"), ("workdir", "WorkingDir"), ("stop_signal", "StopSignal"), ("entrypoint", "Entrypoint")):
        if key in recipe:
            run[field] = recipe[key]
    config = {"created": "2023-11-14T22:13:20Z", "architecture": "amd64", "os": "linux", "config": run,
              "rootfs": {"type": "layers", "diff_ids": [digest(t) for t in tars]}}
    config_descriptor = put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config_descriptor, "layers": layers}
    entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    entry["annotations"] = {"org.opencontainers.image.ref.name": "latest", "io.containerd.image.name": f"localhost/{name}:latest"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


def main():
    recipes = json.loads((HERE / "recipes.json").read_text())
    key = hashlib.sha256()
    for part in (HERE / "recipes.json", HERE / "build.py", ROOT / "common/sdk/packages.lock"):
        key.update(part.read_bytes())
    out = CACHE / "images" / key.hexdigest()[:16]
    if not out.exists():
        debs = locked()
        temporary = CACHE / "images" / f"part-{os.getpid()}"
        for name, recipe in recipes.items():
            print(f"image {name}", file=sys.stderr)
            write_layout(temporary / name, name, recipe, make_layers(recipe, debs))
        temporary.rename(out)
    print(out)


if __name__ == "__main__":
    main()
