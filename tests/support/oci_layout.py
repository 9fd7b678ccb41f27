# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Small images for tests: tars, OCI layouts and archives, written without a container tool. Same input, same bytes.

    image = Image(layers=[make_tar({"etc/motd": b"hello"})], cmd=["/bin/true"])
    write_layout(folder, {"app:1": image})"""
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_tar(files):
    """A tar of {name: bytes} (regular files), {name: None} (folders) and whole TarInfo values as (TarInfo, bytes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as target:
        for name, data in files.items():
            if isinstance(data, tuple):
                entry, data = data
            else:
                entry = tarfile.TarInfo(name)
                entry.mode, entry.mtime = (0o755 if data is None else 0o644), 1700000000
                entry.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
                entry.size = len(data or b"")
            target.addfile(entry, io.BytesIO(data) if data else None)
    return out.getvalue()


def compress(tar, kind):
    """kind: "gzip", "zstd" or "" for none."""
    if kind == "zstd":
        return subprocess.run(["zstd", "-3", "-q", "-c"], input=tar, capture_output=True, check=True).stdout
    return gzip.compress(tar, 6, mtime=0) if kind == "gzip" else tar


class Image:
    """One image: `blobs` by digest, `manifest` as bytes with its `digest`, `config` as bytes."""

    def __init__(self, layers, cmd=("/bin/true",), compression="gzip", architecture="amd64", os="linux", run=None, encrypted=False):
        self.blobs, self.tars = {}, list(layers)
        self.platform = {"os": os, "architecture": architecture}
        suffix = ("+" + compression if compression else "") + ("+encrypted" if encrypted else "")
        self.layers = [self._put(compress(tar, compression), LAYER + suffix) for tar in self.tars]
        config = {"created": "2023-11-14T22:13:20Z", "os": os, "architecture": architecture,
                  "config": {"Cmd": list(cmd), "Env": ["PATH=/bin"], **(run or {})},
                  "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in self.tars]}}
        self.config = json.dumps(config).encode()
        self.id = digest_of(self.config)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self._put(self.config, CONFIG), "layers": self.layers}
        self.manifest = json.dumps(manifest).encode()
        self.digest = digest_of(self.manifest)

    def _put(self, data, media_type):
        self.blobs[digest_of(data)] = data
        return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}

    def descriptor(self, name=""):
        out = {"mediaType": MANIFEST, "digest": self.digest, "size": len(self.manifest), "platform": self.platform}
        if name:
            out["annotations"] = {"org.opencontainers.image.ref.name": name}
        return out


class Signatures(Image):
    """What cosign puts beside an image under its tag `name`: payloads with their signatures, here just bytes and words."""

    def __init__(self, image, signed):
        super().__init__([])
        self.name = image.digest.replace(":", "-") + ".sig"
        self.layers = [self._put(payload, "application/vnd.dev.cosign.simplesigning.v1+json") | {"annotations": {"dev.cosignproject.cosign/signature": word}}
                       for payload, word in signed]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self._put(b"{}", CONFIG), "layers": self.layers}
        self.manifest = json.dumps(manifest).encode()
        self.digest = digest_of(self.manifest)


def make_index(images):
    """The bytes of an index over `images`, as registries serve it for several platforms."""
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [i.descriptor() for i in images]}).encode()


def write_layout(folder, images):
    """An OCI layout of {name: Image}; a name may be empty when there is one image only."""
    folder = pathlib.Path(folder)
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    for image in images.values():
        for digest, data in [*image.blobs.items(), (image.digest, image.manifest)]:
            (blobs / digest[7:]).write_bytes(data)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    manifests = [image.descriptor(name) for name, image in images.items()]
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))
    return folder


def write_oci_archive(path, layout, compression=""):
    """A layout as one tar file."""
    files = {str(p.relative_to(layout)): p.read_bytes() for p in sorted(layout.rglob("*")) if p.is_file()}
    pathlib.Path(path).write_bytes(compress(make_tar(files), compression))
    return path


def write_docker_archive(path, images, compression=""):
    """What `docker save` writes, of {name: Image}: manifest.json, configs and uncompressed layers."""
    files, entries = {}, []
    for name, image in images.items():
        config = image.id[7:] + ".json"
        files[config] = image.config
        layers = []
        for tar in image.tars:
            layers.append(digest_of(tar)[7:] + "/layer.tar")
            files[layers[-1]] = tar
        entries.append({"Config": config, "RepoTags": [name] if name else None, "Layers": layers})
    files["manifest.json"] = json.dumps(entries).encode()
    pathlib.Path(path).write_bytes(compress(make_tar(files), compression))
    return path
