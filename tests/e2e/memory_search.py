# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Where on a host bytes stand: in files, in processes' command lines, environments and memory, in swap. Of a QEMU, guest memory is told from
the rest: under dump-guest-core=off QEMU marks what is the guest's, and nothing else, as not to be dumped."""
import array
import base64
import contextlib
import os
import pathlib
import re

PAGE = os.sysconf("SC_PAGE_SIZE")
PIECE = 4 << 20
# What a sanitizer reserves for its notes, and never fills.
LARGEST_MAPPING = 64 << 30
PRESENT, SWAPPED = 1 << 63, 1 << 62


def forms_of(secret):
    """The bytes and how they are usually written down."""
    return {secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret).rstrip(b"="),
            base64.urlsafe_b64encode(secret).rstrip(b"=")}


class Search:
    """For several secrets by name, each in all of its forms, in one go."""

    def __init__(self, secrets):
        self.names = {form: name for name, secret in secrets.items() for form in forms_of(secret)}
        self.overlap = max(map(len, self.names)) - 1
        self.pattern = re.compile(b"|".join(re.escape(form) for form in sorted(self.names, key=len, reverse=True)))

    def in_bytes(self, data):
        return {self.names[found] for found in self.pattern.findall(data)}

    def in_pieces(self, pieces):
        """Of what follows without a gap."""
        found, tail = set(), b""
        for piece in pieces:
            data = tail + piece
            found |= self.in_bytes(data)
            tail = data[-self.overlap:]
        return found

    def in_file(self, path):
        """Holes are passed over."""
        found = set()
        with open(path, "rb", buffering=0) as file:
            for begin, end in extents(file):
                file.seek(begin)
                found |= self.in_pieces(pieces_of(file, end - begin))
        return found

    def in_folder(self, folder):
        """{path: names} of what is found, and how many files were read. Files that go away meanwhile are passed over."""
        found, count = {}, 0
        for root, _, files in os.walk(folder):
            for path in (pathlib.Path(root, name) for name in files):
                with contextlib.suppress(FileNotFoundError):
                    if path.is_file() and not path.is_symlink():
                        count += 1
                        found |= {str(path): names for names in [self.in_file(path)] if names}
        return found, count

    def in_words_of(self, pid):
        """Command line and environment."""
        return {f"{name} of {pid}": found for name in ("cmdline", "environ")
                if (found := self.in_bytes(pathlib.Path(f"/proc/{pid}/{name}").read_bytes()))}

    def in_memory_of(self, pid, of_guest=False):
        """{mapping: names} of what is found in a process: in all of it but the guest's memory, or in that alone. And how many bytes were read."""
        found, count = {}, 0
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pages:
            for begin, end, name, is_guests in mappings(pid):
                if is_guests != of_guest or end - begin > LARGEST_MAPPING:
                    continue
                for first, last in present(pages, begin, end):
                    with contextlib.suppress(OSError):
                        memory.seek(first)
                        names = self.in_pieces(counted := list(pieces_of(memory, last - first)))
                        count += sum(map(len, counted))
                        if names:
                            found.setdefault(f"{name or 'memory'} of {pid} at {first:x}", set()).update(names)
        return found, count


def pieces_of(file, size):
    while size > 0 and (data := file.read(min(PIECE, size))):
        size -= len(data)
        yield data


def extents(file):
    """Where a file has data, as pairs."""
    size, place = os.fstat(file.fileno()).st_size, 0
    if size == 0:  # a pipe of the kernel's, or grows
        yield 0, 1 << 62
    while place < size:
        try:
            begin = os.lseek(file.fileno(), place, os.SEEK_DATA)
        except OSError:  # nothing but a hole
            return
        place = os.lseek(file.fileno(), begin, os.SEEK_HOLE)
        yield begin, place


def mappings(pid):
    """(begin, end, name, whether it is a guest's memory) of those that may be read."""
    text = pathlib.Path(f"/proc/{pid}/smaps").read_text(errors="replace")
    for entry in re.finditer(r"^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)\n((?:\w+:.*\n)+)", text, re.M):
        begin, end, rights, name, lines = entry.groups()
        flags = re.search(r"^VmFlags: (.*)$", lines, re.M)[1].split()
        if rights[0] == "r" and "io" not in flags and name != "[vvar]":
            yield int(begin, 16), int(end, 16), name, "dd" in flags


def present(pages, begin, end):
    """Runs of pages that are in memory or in swap."""
    run = None
    for first in range(begin, end, PAGE << 16):
        count = min(end - first, PAGE << 16) // PAGE
        pages.seek(first // PAGE * 8)
        for index, entry in enumerate(array.array("Q", pages.read(count * 8))):
            place = first + index * PAGE
            if entry & (PRESENT | SWAPPED):
                run = run if run is not None else place
            elif run is not None:
                yield run, place
                run = None
    if run is not None:
        yield run, end


def guest_memory_of(pid):
    """Bytes of its mappings."""
    return sum(end - begin for begin, end, _, is_guests in mappings(pid) if is_guests)


def swap_areas():
    return [line.split()[0] for line in pathlib.Path("/proc/swaps").read_text().splitlines()[1:]]


def swapped_bytes(pid):
    return int(re.search(r"VmSwap:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) << 10
