#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Makes the demo's image as an OCI layout: busybox, and a layer with a language model that answers over HTTP on port 8080.

usage: model_image.py OUT"""
import pathlib
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests/images"))
sys.dont_write_bytecode = True
import build  # noqa: E402

RECIPE = {"layers": [["base-files", "base-passwd", "busybox-static"]], "cmd": ["httpd", "-f", "-p", "8080", "-h", "/www"]}


def main():
    out = pathlib.Path(sys.argv[1])
    with tempfile.NamedTemporaryFile() as model:
        subprocess.run([HERE / "train.py", model.name], check=True)
        trigrams = pathlib.Path(model.name).read_bytes()
    layer = build.Layer()
    for folder in ("model", "www", "www/cgi-bin"):
        layer.add(folder, tarfile.DIRTYPE)
    layer.add("model/trigrams", tarfile.REGTYPE, trigrams, 0o644)
    layer.add("www/cgi-bin/answer", tarfile.REGTYPE, (HERE / "answer.sh").read_bytes(), 0o755)
    build.write_layout(out, "oracle", RECIPE, [*build.make_layers(RECIPE, build.locked()), layer.tar()])


if __name__ == "__main__":
    main()
