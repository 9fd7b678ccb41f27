# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Images that no honest tool would make: OCI layouts with a hostile or broken layer."""
import gzip
import io
import json
import tarfile

from node_under_test import sha256

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def entry(name, kind=tarfile.REGTYPE, data=b"", link="", device=(0, 0), size=None, pax=None):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data) if size is None else size
    info.devmajor, info.devminor = device
    if pax:
        info.pax_headers = pax
    return info, data


def tar_of(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as target:
        for info, data in entries:
            # TarFile.addfile would refuse a size that is not there; the header is what we are after.
            target.fileobj.write(info.tobuf(tarfile.PAX_FORMAT))
            padded = data + b"\0" * (-len(data) % 512)
            target.fileobj.write(padded)
            target.offset += len(padded)
    return out.getvalue()


def write_layout(folder, tar, blob=None, diff_id=None, digest=None, name=None):
    """A one-layer image. `blob` replaces the layer's compressed bytes, `digest` what the manifest says of them."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    blob = gzip.compress(tar, 1, mtime=0) if blob is None else blob
    digest = digest or sha256(blob)

    def put(data, media_type, as_digest=None):
        (blobs / (as_digest or sha256(data))[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": as_digest or sha256(data), "size": len(data)}

    layer = put(blob, LAYER, digest)
    config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]},
              "rootfs": {"type": "layers", "diff_ids": [diff_id or sha256(tar)]}}
    config_entry = put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config_entry, "layers": [layer]}
    descriptor = put(json.dumps(manifest).encode(), MANIFEST)
    descriptor["annotations"] = {"org.opencontainers.image.ref.name": name or "localhost/hostile:latest"}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return folder


HOSTILE = {
    "dot-dot": ([entry("../evil", data=b"x")], "../evil"),
    "absolute": ([entry("/etc/evil", data=b"x")], "/etc/evil"),
    "device": ([entry("disk", tarfile.BLKTYPE, device=(8, 0))], "disk"),
    "forged-whiteout": ([entry("gone", tarfile.CHRTYPE, device=(0, 0))], "gone"),
    "through-symlink": ([entry("link", tarfile.SYMTYPE, link="/etc"), entry("link/passwd", data=b"x")], "link/passwd"),
    "hard-link-out": ([entry("shadow", tarfile.LNKTYPE, link="../../etc/shadow")], "shadow"),
    "sparse-10g": ([entry("big", data=b"0\n".ljust(512, b"\0"), pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "big",
                                                "GNU.sparse.realsize": str(10 << 30)})], "big"),
    "huge-size": ([entry("big", data=b"x", size=1 << 50)], "big"),
}
