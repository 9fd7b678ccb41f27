#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""boot: installs a payload on a disk, where there is none yet, and boots it in an emulated machine until it is turned off."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from emulated_machine import Machine

ANSWERS = 'answers = 1\n\n[disk]\nwhere = "only"\n'


def install(options, disk):
    answers = options.folder / "answers.toml"
    answers.write_text(ANSWERS)
    subprocess.run([options.installer, "--payload", options.payload, "--key", options.keys / "manifest.pub", "--answers", answers,
                    "--image", disk, "--size", "16G"], check=True)


def follow(machine):
    """What the machine says, until it is off."""
    told = 0
    while True:
        off = machine.vm.poll() is not None
        said = machine.serial[told:]
        sys.stdout.write(said)
        sys.stdout.flush()
        told += len(said)
        if off:
            return
        time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser()
    for name in ("payload", "keys", "installer", "folder"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--new", action="store_true")
    parser.add_argument("--port", type=int, default=7443, help="of this host, where the machine is managed")
    options = parser.parse_args()
    if options.new:
        shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True, exist_ok=True)
    disk = options.folder / "disk.raw"
    if not disk.exists():
        install(options, disk)
    with Machine(options.folder) as machine:
        machine.serial_log.unlink(missing_ok=True)
        machine.start(disks=[disk], forward=[(options.port, 7443)], outward=True)
        try:
            follow(machine)
        except KeyboardInterrupt:
            print("\nboot: turned off", file=sys.stderr)


main()
