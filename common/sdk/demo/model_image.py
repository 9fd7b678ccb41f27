#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Makes the demo's image as an OCI layout: lowest the layer that is to be encrypted, with a language model and the server that answers by it, then Debian's
Python with no more modules than these programs need.

usage: model_image.py OUT WEIGHTS    the weights are left there, too"""
import json
import pathlib
import py_compile
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests/images"))
sys.dont_write_bytecode = True
import build  # noqa: E402

PYTHON = "/usr/bin/python3"
RECIPE = {"cmd": [PYTHON, "-EsB", "/oracle/server.py"]}
BASE = ["base-files", "base-passwd", "busybox-static", "libc6"]
PROGRAM = ["python3-minimal", "python3.13-minimal", "zlib1g", "libexpat1", "libssl3t64", "libzstd1"]
# What the programs import, also where one meets them later than at its start.
IMPORTS = "ssl, http.server, http.client, socketserver, json, hashlib, random, re, math, urllib.parse, base64, encodings.idna, encodings.latin_1, encodings.ascii, traceback"


def module_files():
    """Of the Python at hand, which is the image's."""
    code = f"import {IMPORTS}, json, sys; print(json.dumps([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)]))"
    run = subprocess.run([PYTHON, "-I", "-c", code], capture_output=True, text=True, check=True)
    return sorted(set(map(pathlib.Path, json.loads(run.stdout))))


def add_modules(layer):
    """Compiled: a guest without hardware virtualisation would compile for seconds."""
    with tempfile.TemporaryDirectory() as folder:
        for path in module_files():
            data, name = path.read_bytes(), str(path)
            if path.suffix == ".py":
                compiled = py_compile.compile(name, cfile=f"{folder}/c", dfile=name, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
                data, name = pathlib.Path(compiled).read_bytes(), name + "c"
            layer.add(name, tarfile.REGTYPE, data, 0o644)


def base_layer(debs):
    layer = build.Layer()
    for package in BASE:
        layer.add_package(debs[package])
    build.finish_base(layer, {name: data for name, (_, data) in layer.entries.items()})
    # Character sets are a fifth of it all, and here all text is UTF-8.
    layer.entries = {name: entry for name, entry in layer.entries.items() if "/gconv/" not in name}
    return layer.tar()


def python_layer(debs):
    whole, layer = build.Layer(), build.Layer()
    for package in PROGRAM:
        whole.add_package(debs[package])
    for name, (entry, data) in whole.entries.items():
        if entry.isdir() or name.startswith("usr/bin/python3") or (".so." in name and "engines" not in name):
            layer.add(name, entry.type, data, entry.mode, entry.linkname)
    add_modules(layer)
    return layer.tar()


def model_layer(weights):
    subprocess.run([HERE / "train.py", weights], check=True)
    layer = build.Layer()
    layer.add("oracle", tarfile.DIRTYPE)
    layer.add("oracle/weights", tarfile.REGTYPE, weights.read_bytes(), 0o644)
    for program in ("model.py", "server.py", "intruder.py"):
        layer.add(f"oracle/{program}", tarfile.REGTYPE, (HERE / program).read_bytes(), 0o644)
    return layer.tar()


def main():
    out, weights = map(pathlib.Path, sys.argv[1:])
    debs = build.locked()
    build.write_layout(out, "oracle", RECIPE, [model_layer(weights), base_layer(debs), python_layer(debs)])


if __name__ == "__main__":
    main()
