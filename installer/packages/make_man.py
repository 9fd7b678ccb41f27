#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""make_man.py PAGE.md OUT.gz: a manual page from the Markdown that docs/man is written in.

Known are: the title line "% NAME(SECTION) | FOOTER", headings, paragraphs, definitions (":   text"), bullet lists, indented and
fenced code, tables, **bold**, *italic*, `code`, and backslashes before what would be markup. The bytes depend on the input alone."""
import gzip
import pathlib
import re
import sys

INLINE = re.compile(r"\\(.)|\*\*((?:\\.|[^*\\])+)\*\*|\*((?:\\.|[^*\\])+)\*|`([^`]+)`|\[([^\]]+)\]\([^)]*\)")


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


def inline(text):
    out, at = "", 0
    for found in INLINE.finditer(text):
        literal, bold, italic, code, link = found.groups()
        out += escape(text[at:found.start()])
        if literal is not None:
            out += escape(literal)
        elif link is not None:
            out += inline(link)
        else:
            out += f"\\f{'I' if italic else 'B'}{inline(bold or italic) if not code else escape(code)}\\fR"
        at = found.end()
    return out + escape(text[at:])


def code_block(lines):
    return [".PP", ".RS 4", ".nf", *(escape(line) for line in lines), ".fi", ".RE"]


def table(rows):
    """Each row is a paragraph: the first cell, then the others as "HEADING: cell"."""
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))] for row in rows]
    head, out = cells[0], []
    for row in cells[2:]:
        out += [".TP", f"\\fB{inline(row[0])}\\fR"]
        named = [f"{head[i]}: {cell}" if i + 1 < len(row) else cell for i, cell in enumerate(row) if i]
        out.append(inline("; ".join(named)))
    return out


class Page:
    def __init__(self, text):
        self.lines = text.rstrip("\n").split("\n")
        self.at = 0
        self.out = []

    def take_while(self, wanted):
        first = self.at
        while self.at < len(self.lines) and wanted(self.lines[self.at]):
            self.at += 1
        return self.lines[first:self.at]

    def paragraph(self):
        """A definition's term is the paragraph before its ":"."""
        words = self.take_while(lambda line: line.strip() and not line.startswith((":   ", "```", "|", "#", "- ")))
        text = inline(" ".join(line.strip() for line in words))
        if self.at < len(self.lines) and self.lines[self.at].startswith(":   "):
            self.out += [".TP", text]
            self.definition()
        else:
            self.out += [".PP", text]

    def definition(self):
        body = [self.lines[self.at][4:]]
        self.at += 1
        body += [line[4:] for line in self.take_while(lambda line: not line.strip() or line.startswith("    "))]
        parts = [" ".join(part.split("\n")) for part in "\n".join(body).strip().split("\n\n")]
        self.out.append(inline(parts[0]))
        for part in parts[1:]:
            self.out += [".IP", inline(part.strip())]

    def block(self):
        line = self.lines[self.at]
        if not line.strip():
            self.at += 1
        elif line.startswith("#"):
            self.at += 1
            level, title = line.split(" ", 1)
            self.out.append(f".{'SH' if level == '#' else 'SS'} {inline(title)}")
        elif line.startswith("```"):
            self.at += 1
            self.out += code_block(self.take_while(lambda each: not each.startswith("```")))
            self.at += 1
        elif line.startswith("    "):
            self.out += code_block([each[4:] for each in self.take_while(lambda each: each.startswith("    "))])
        elif line.startswith("|"):
            self.out += table(self.take_while(lambda each: each.startswith("|")))
        elif line.startswith("- "):
            self.at += 1
            rest = self.take_while(lambda each: each.startswith("  "))
            self.out += [".IP \\(bu 2", inline(" ".join([line[2:], *(each.strip() for each in rest)]))]
        else:
            self.paragraph()

    def render(self):
        title = re.fullmatch(r"% ([A-Z.\-_a-z0-9]+)\((\d)\) \| (.+)", self.lines[0])
        if not title:
            raise SystemExit("the first line is not '% NAME(SECTION) | FOOTER'")
        name, section, footer = title.groups()
        self.out.append(f'.TH "{name}" "{section}" "" "{footer}" "{footer} manual"')
        self.at = 1
        while self.at < len(self.lines):
            self.block()
        return "\n".join(self.out) + "\n"


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(Page(source.read_text()).render().encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
