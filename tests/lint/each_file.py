#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""each_file.py tidy|headers|format [--jobs N]: runs one checker over every source, remembering what passed.

A pass is remembered under a hash of everything the verdict depends on (the file, every project header it reaches, the
checker's configuration and version), so that a second run only looks at what changed. clang-tidy takes 20 minutes for all files
where nothing is remembered, so the quick tier has it look at what the newest commits changed; the full tier looks at all."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPONENTS = ["common", "node-daemon", "guest-image", "services", "gui", "host-image", "installer"]
NEWEST_COMMITS = 60
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def sources(suffixes):
    return [p for c in COMPONENTS for p in sorted((ROOT / c).rglob("*")) if p.suffix in suffixes]


def reach(path, seen):
    """Every project header that `path` includes, directly or not."""
    if path in seen:
        return
    seen.add(path)
    for include in INCLUDE.findall(path.read_text()):
        if (ROOT / include).is_file():
            reach(ROOT / include, seen)


def key_of(path, salt):
    seen = set()
    reach(path, seen)
    digest = hashlib.sha256(salt)
    for part in sorted(seen):
        digest.update(str(part.relative_to(ROOT)).encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def version_of(tool):
    return subprocess.run([tool, "--version"], capture_output=True, check=True).stdout


def lately_changed():
    """Sources that the newest commits and the working tree change, by themselves or by their header; None: git does not tell."""
    names = set()
    for words in (["log", f"-{NEWEST_COMMITS}", "--format=", "--name-only"], ["diff", "--name-only", "HEAD"]):
        run = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False)
        if run.returncode:
            return None
        names.update(run.stdout.split())
    return {(ROOT / name).with_suffix(".cpp") for name in names}


def tidy_plan(build):
    commands = {entry["file"]: entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}
    module = build / "tests/lint/own_code_only.so"
    salt = (ROOT / ".clang-tidy").read_bytes() + (ROOT / "tests/lint/own_code_only.cpp").read_bytes() + version_of("clang-tidy-19")
    files = [p for p in sources({".cpp"}) if str(p) in commands]
    tidy = ["clang-tidy-19", f"-load={module}", "--checks=redoubt-own-code-only", "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wreserved-identifier", "--warnings-as-errors=*"]
    return files, salt, lambda p: [*tidy, str(p)]


def headers_plan(build):
    # A header with a source of its own name is proved by that source, which must include it first (style.py).
    files = [p for p in sources({".hpp"}) if not p.with_suffix(".cpp").exists()]
    flags = ["-std=c++23", "-fsyntax-only", f"-I{ROOT}", "-x", "c++", "-Wno-pragma-once-outside-header",
             "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION"]
    flags += [f"-I{p}" for p in sorted((build / "proto").glob("*"))]
    return files, version_of("g++"), lambda p: ["g++", *flags, str(p)]


def format_plan(_):
    files = sources({".cpp", ".hpp"}) + [p for p in sorted((ROOT / "tests").rglob("*")) if p.suffix in {".cpp", ".hpp"}]
    salt = (ROOT / ".clang-format").read_bytes() + version_of("clang-format-19")
    return files, salt, lambda p: ["clang-format-19", "--dry-run", "--Werror", str(p)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("check", choices=["tidy", "headers", "format"])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    memory = pathlib.Path(os.environ.get("REDOUBT_HOST_CACHE", "/var/cache/redoubt")) / "lint" / options.check
    memory.mkdir(parents=True, exist_ok=True)
    files, salt, command = {"tidy": tidy_plan, "headers": headers_plan, "format": format_plan}[options.check](options.build)

    lately = lately_changed() if options.check == "tidy" and os.environ.get("REDOUBT_TIER") == "quick" else None

    def judge(path):
        stamp = memory / key_of(path, salt)
        if stamp.exists():
            os.utime(stamp)
            return "known", ""
        if lately is not None and path not in lately:
            return "later", ""
        run = subprocess.run(command(path), capture_output=True, text=True, check=False)
        if run.returncode == 0:
            stamp.touch()
            return "passed", ""
        return "failed", run.stdout + run.stderr

    counts = {"known": 0, "passed": 0, "failed": 0, "later": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for path, (verdict, text) in zip(files, pool.map(judge, files)):
            counts[verdict] += 1
            if verdict == "failed":
                print(f"{path.relative_to(ROOT)}:\n{text}")
    later = f", {counts['later']} left to the full tier" if counts["later"] else ""
    print(f"{options.check}: {len(files)} files, {counts['known']} unchanged{later}, {counts['failed']} with findings")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
