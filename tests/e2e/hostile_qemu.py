#!/usr/bin/python3 -I
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""A hypervisor as a hostile host would have it: changes what the word in the file `lie` beside it says, by one bit, and becomes QEMU. Files to
take another's place lie there as well, older than the process, or the simulator would notice that."""
import base64
import os
import pathlib
import re
import sys

QEMU = "/usr/bin/qemu-system-x86_64"
HERE = pathlib.Path(sys.argv[0]).resolve().parent


def value_of(words, option):
    return words.index(option) + 1


def put_in_place(file, number):
    """A file of ours as that descriptor of QEMU's."""
    fd = os.open(HERE / file, os.O_RDONLY)
    os.dup2(fd, number)
    os.set_inheritable(number, True)


def descriptor_of_kernel(words, option):
    return int(words[value_of(words, option)].rsplit("/", 1)[1])


def descriptor_of_initdata(words):
    node = next(word for word in words if '"node-name":"disk-initdata"' in word)
    number = re.search(r"/dev/fdset/(\d+)", node)[1]
    return int(next(re.match(r"fd=(\d+),", word)[1] for word in words if word.endswith(f",set={number}") and word.startswith("fd=")))


def change(words, lie):
    if lie in ("kernel", "initrd"):
        put_in_place(lie, descriptor_of_kernel(words, f"-{lie}"))
    elif lie == "initdata":
        put_in_place("initdata", descriptor_of_initdata(words))
    elif lie == "cmdline":
        at = value_of(words, "-append")
        words[at] = words[at].replace("panic=-1 ", "panic=-0 ")  # one bit, with which it boots all the same
    elif lie == "mark":
        at = value_of(words, "-append")
        words[at] = words[at].replace(" redoubt.confidential=1", " redoubt.confidential=0")
    elif lie == "host data":
        at = value_of(words, "-fw_cfg")
        name, _, text = words[at].partition(",string=")
        data = bytearray(base64.b64decode(text))
        data[0] ^= 1
        words[at] = f"{name},string={base64.b64encode(data).decode()}"
    elif lie == "vcpus":
        words[value_of(words, "-smp")] = "2"


def main():
    words = sys.argv[1:]
    if "-append" in words:  # a VM, and no question
        change(words, (HERE / "lie").read_text().strip())
    os.execv(QEMU, [QEMU, *words])


main()
