#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Trains a small language model, word trigrams, on the documentation of the Debian packages at hand.

usage: train.py OUT [FOLDER]
A line of OUT is two words, and what may follow them with how often: "the guest<TAB>kernel 12 agent 7". Same texts, same bytes."""
import collections
import gzip
import html
import pathlib
import re
import sys

TEXTS = ["qemu-system-common/system/*.html", "qemu-system-common/interop/*.html", "systemd/NEWS*", "python3*/NEWS*", "git/RelNotes/*", "nettle-dev/*.html"]
MOST_FOLLOWERS, LEAST_SEEN, MOST_LINES = 12, 3, 60_000
WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|[.,;:?]")


def words_of(path):
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(errors="ignore")
    if ".html" in path.name:
        text = html.unescape(re.sub(r"<(script|style|pre).*?</\1>|<[^>]*>", " ", text, flags=re.S))
    return WORD.findall(text.lower())


def main():
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/doc")
    followers, words = collections.defaultdict(collections.Counter), 0
    for path in sorted({p for pattern in TEXTS for p in folder.glob(pattern) if p.is_file()}):
        text = words_of(path)
        words += len(text)
        for first, second, third in zip(text, text[1:], text[2:]):
            followers[f"{first} {second}"][third] += 1
    kept = sorted(((sum(c.values()), pair) for pair, c in followers.items() if sum(c.values()) >= LEAST_SEEN), key=lambda e: (-e[0], e[1]))[:MOST_LINES]
    if not kept:
        sys.exit(f"train: no documentation below {folder}")
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for _, pair in sorted(kept, key=lambda e: e[1]):
            best = sorted(followers[pair].items(), key=lambda e: (-e[1], e[0]))[:MOST_FOLLOWERS]
            out.write(pair + "\t" + " ".join(f"{word} {count}" for word, count in best) + "\n")
    print(f"{words} words of documentation, {len(kept)} pairs in the model", file=sys.stderr)


if __name__ == "__main__":
    main()
