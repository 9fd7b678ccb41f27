# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""How fast a layer becomes a disk: `image import` of an image with one layer beside mkfs.erofs alone on the same tar. The import reads and
checks the blob, unpacks it, converts it, and makes its verity tree; mkfs.erofs has the tar unpacked already."""
import io
import random
import subprocess
import tarfile
import time

import build

# As of the daemon: node-daemon/storage/erofs_image.cpp.
MKFS = ["mkfs.erofs", "--quiet", "-d1", "-b4096", "-T0", "--mkfs-time", "-x2", "-zlz4", "-C16384", "--workers=1", "--sort=path", "--tar=f"]
WORDS = [f"word{number * 7919 % 10007}" for number in range(2000)]


def made_layer(mebibytes):
    """A tar of files of many sizes, half of them text, half what cannot be packed; the same every time."""
    source, out, size = random.Random(7), io.BytesIO(), 0
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        number = 0
        while size < mebibytes << 20:
            length = min(int(source.lognormvariate(10, 2)) + 1, 4 << 20)
            if number % 2:
                data = source.randbytes(length)
            else:
                data = " ".join(source.choices(WORDS, k=length // 8 + 1)).encode()[:length]
            entry = tarfile.TarInfo(f"data/{number % 50:02}/file-{number}")
            entry.size, entry.mtime, entry.mode = len(data), 1700000000, 0o644
            tar.addfile(entry, io.BytesIO(data))
            size, number = size + len(data), number + 1
    return out.getvalue()


def measure_conversion(ctl, folder, mebibytes, runs):
    tar = made_layer(mebibytes)
    (folder / "layer.tar").write_bytes(tar)
    build.write_layout(folder / "layout", "bench-layer", {"layers": [[]], "cmd": ["true"]}, [tar])
    taken = {"mkfs": [], "import": []}
    for _ in range(runs):
        (folder / "layer.erofs").unlink(missing_ok=True)
        begin = time.monotonic()
        subprocess.run([*MKFS, str(folder / "layer.erofs"), str(folder / "layer.tar")], check=True, stdout=subprocess.DEVNULL)
        taken["mkfs"].append(time.monotonic() - begin)
        begin = time.monotonic()
        ctl.ok("image", "import", folder / "layout", timeout=300)
        taken["import"].append(time.monotonic() - begin)
        ctl.ok("image", "rm", "localhost/bench-layer:latest")
    return {"mebibytes": len(tar) / (1 << 20), "seconds": taken}
