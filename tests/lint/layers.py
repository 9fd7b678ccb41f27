#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Judges every project include of every C++ file against layers.txt. No exceptions are kept anywhere: a finding is an error."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPONENTS = ["common", "node-daemon", "guest-image", "services", "gui", "host-image", "installer"]
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def read_table():
    table = {}
    for line in (ROOT / "tests/lint/layers.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            table[words[0]] = words[1:]
    return table


def target_of(include):
    """The folder an include belongs to, or <proto-...> for generated code."""
    if include.startswith("redoubt/node/v1/"):
        return "<proto-node>"
    if include.startswith("trust/"):
        return "<proto-trust>"
    if include.endswith((".pb.h", ".grpc.pb.h")):
        return "<proto-ttrpc>" if include.startswith(("ttrpc", "google_rpc")) else "<proto-agent>"
    if include.split("/")[0] in COMPONENTS:
        return include.rpartition("/")[0]
    return None


def allows(edges, folder, target):
    if target == folder:
        return True
    return any(target == e or (e.endswith("/*") and (target == e[:-2] or target.startswith(e[:-1]))) for e in edges)


def main():
    table = read_table()
    findings = []
    count = 0
    for component in COMPONENTS:
        for path in sorted((ROOT / component).rglob("*.[ch]pp")):
            count += 1
            name = path.relative_to(ROOT)
            folder = str(name.parent)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                include = match.group(1)
                target = target_of(include)
                if target is None:
                    if not (ROOT / include).exists():
                        findings.append(f'{name}:{number}: "{include}" is not written from the repository root')
                    continue
                if folder not in table:
                    findings.append(f"{name}:{number}: folder {folder} is not in layers.txt")
                elif not allows(table[folder], folder, target):
                    findings.append(f"{name}:{number}: {folder} may not include {target}")
    for finding in findings:
        print(finding)
    print(f"layers: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
