#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""House rules that no compiler knows: licence lines, file sizes, names, own header first, banned calls, no host names."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HARD_LINES, HARD_TEST_LINES = 600, 800
BANNED_NAMES = re.compile(r"^(util|utils|types|helper|helpers|misc|common_utils)\.")
BANNED_CALLS = [
    (re.compile(r"\basio::detached\b"), "asio::detached outside a TaskScope"),
    (re.compile(r"(?<![\w.:>])(std::)?system\("), "system()"),
    (re.compile(r"\bpopen\("), "popen()"),
    (re.compile(r"\bstd::regex\b"), "std::regex"),
    (re.compile(r"\b(sleep|usleep)\(\d"), "sleep"),
    (re.compile(r"\bTODO(?!\([\w-]+\))"), "TODO without an issue id"),
]
REGISTRIES = re.compile(r"deb\.debian\.org|docker\.io|quay\.io|ghcr\.io|registry\.npmjs|pypi\.org|crates\.io|proxy\.golang")
# Files that the documents lead a reader to.
NAMED_FILE = re.compile(r"\b((?:common|node-daemon|guest-image|tests|installer|host-image)/[\w./-]+\.(?:cpp|hpp|py|sh|proto|txt|config|md))\b")
SOURCE = (".cpp", ".hpp")
TEXT = SOURCE + (".py", ".sh", ".cmake", ".proto")


def tracked():
    out = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True, check=False)
    if out.returncode == 0:
        return [pathlib.Path(p) for p in out.stdout.split("\n") if p and (ROOT / p).is_file()]
    return [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file() and p.relative_to(ROOT).parts[0] not in ("build", ".git")]


def first_project_include(text):
    match = re.search(r'^\s*#\s*include\s*([<"][^>"]+[>"])', text, re.M)
    return match.group(1) if match else None


def judge(path, text):
    lines = text.count("\n")
    limit = HARD_TEST_LINES if path.parts[0] == "tests" else HARD_LINES
    if path.suffix in TEXT and lines > limit:
        yield f"{path}: {lines} lines, the limit is {limit}"
    if path.suffix in TEXT and "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.split("\n")[:4]):
        yield f"{path}: no SPDX line"
    if BANNED_NAMES.match(path.name) and path.suffix != ".proto":  # types.proto is Kata's name
        yield f"{path}: a file name that says nothing"
    if path.suffix == ".hpp" and "#pragma once" not in text:
        yield f"{path}: no #pragma once"
    if path.suffix == ".cpp" and (ROOT / path.with_suffix(".hpp")).exists():
        own = f'"{path.with_suffix(".hpp")}"'
        if first_project_include(text) != own:
            yield f"{path}: its own header is not its first include"
    if path.suffix in SOURCE:
        for number, line in enumerate(text.split("\n"), 1):
            code = line.split("//")[0]
            for pattern, what in BANNED_CALLS:
                if pattern.search(line if "TODO" in what else code):
                    yield f"{path}:{number}: {what}"
    if path.parts[0] == "docs" or path.name == "README.md":
        for named in NAMED_FILE.findall(text):
            if not (ROOT / named).exists():
                yield f"{path}: names {named}, which is not there"
    if path.name != "style.py" and REGISTRIES.search(text):
        yield f"{path}: names a package or image registry's host"


def main():
    findings, count = [], 0
    for path in tracked():
        if path.parts[0] == "build":
            continue
        data = (ROOT / path).read_bytes()
        if b"\0" in data[:4096]:
            continue
        count += 1
        findings += judge(path, data.decode("utf-8", "replace"))
    print("\n".join(findings))
    print(f"style: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
