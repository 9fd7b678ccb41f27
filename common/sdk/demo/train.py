#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Trains a small language model (model.py) on the documentation of the Debian packages at hand, and measures it on texts it has not seen.

usage: train.py OUT [FOLDER]
Same texts, same bytes."""
import collections
import gzip
import html
import pathlib
import re
import sys

sys.dont_write_bytecode = True
from model import Model, words_of  # noqa: E402

TEXTS = ["qemu-system-common/system/*.html", "qemu-system-common/interop/*.html", "systemd/NEWS*", "python3*/NEWS*", "git/RelNotes/*", "nettle-dev/*.html"]
MOST_WORDS, MOST_CONTEXTS, MOST_FOLLOWERS, LEAST_SEEN = 1_500_000, 60_000, 12, 3
UNSEEN = 40      # each so many-th text is kept apart
MOST_UNSEEN = 5_000  # words to measure on


def read_text(path):
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode(errors="ignore")
    if ".html" in path.name:
        text = html.unescape(re.sub(r"<(script|style|pre).*?</\1>|<[^>]*>", " ", text, flags=re.S))
    return words_of(text)


def count(texts):
    """context -> word -> how often"""
    followers = collections.defaultdict(collections.Counter)
    for words in texts:
        followers[""].update(words)
        for first, second in zip(words, words[1:]):
            followers[first][second] += 1
        for first, second, third in zip(words, words[1:], words[2:]):
            followers[f"{first} {second}"][third] += 1
    return followers


def write_model(followers, out):
    vocabulary = {word: seen for word, seen in followers.pop("").items() if seen >= LEAST_SEEN}
    totals = sorted(((counter.total(), context) for context, counter in followers.items() if counter.total() >= LEAST_SEEN), key=lambda e: (-e[0], e[1]))
    lines = {context: (total, sorted(followers[context].items(), key=lambda e: (-e[1], e[0]))[:MOST_FOLLOWERS]) for total, context in totals[:MOST_CONTEXTS]}
    lines[""] = (sum(vocabulary.values()), sorted(vocabulary.items()))
    with open(out, "w", encoding="ascii") as file:
        for context, (total, best) in sorted(lines.items()):
            file.write(f"{context}\t{total} " + " ".join(f"{word} {seen}" for word, seen in best) + "\n")


def main():
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/doc")
    texts, unseen, words = [], [], 0
    for number, path in enumerate(sorted({p for pattern in TEXTS for p in folder.glob(pattern) if p.is_file()})):
        text = read_text(path)
        if number % UNSEEN == UNSEEN - 1:
            unseen += text
        elif words < MOST_WORDS:
            texts.append(text)
            words += len(text)
    if not texts:
        sys.exit(f"train: no documentation below {folder}")
    write_model(count(texts), sys.argv[1])
    model = Model(sys.argv[1])
    print(f"{words} words of documentation in {len(texts)} texts: {len(model.lines)} contexts, a vocabulary of {len(model.vocabulary)}", file=sys.stderr)
    if unseen:
        print(f"text that it has not seen: as if it chose among {model.perplexity(unseen[:MOST_UNSEEN]):.0f} words at each place", file=sys.stderr)


if __name__ == "__main__":
    main()
