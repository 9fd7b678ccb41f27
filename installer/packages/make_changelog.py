#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""make_changelog.py VERSION CHANGELOG.md OUT.gz: the newest section of the project's changelog in Debian's form."""
import gzip
import os
import pathlib
import re
import sys
import textwrap
import time
from email.utils import formatdate


def main():
    version, source, target = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    section = re.split(r"^## ", source.read_text(), flags=re.M)[1]
    notes = [" ".join(note.split()) for note in re.findall(r"^- ((?:.+\n)(?:  .+\n)*)", section + "\n", re.M)]
    lines = [f"redoubt ({version}) unstable; urgency=medium", ""]
    for note in notes:
        lines += textwrap.wrap(note, 76, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", source.stat().st_mtime if source.exists() else time.time()))
    lines += ["", f" -- The Redoubt authors <redoubt@localhost>  {formatdate(moment)}", ""]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
