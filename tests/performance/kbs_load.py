#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""How many guests redoubt-kbs takes: full handshakes with SEV-SNP evidence, and reads with a token.

usage: ./sdk bench kbs [--seconds N] [--handshakes N] [--reads N] [--connections N] [--most]

A broker is started with a chip, certificates, policy and reference values made for it, and loaded by a client (kbs_load) that has the last
processor for itself. Operations are due at random moments at the rate that is asked for, whatever the broker does, and times are counted
from when they were due: who had to wait for a connection has waited. --most has them as fast as the connections can instead. Prints a line
of JSON for each of the two: rates, times in ms, errors, the processor time of one on both sides, the broker's memory in KiB at the start
and after each tenth."""
import argparse
import json
import os
import pathlib
import sys
import tempfile

KBS_TESTS = pathlib.Path(__file__).resolve().parents[1] / "integration" / "kbs"


def options_of(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", required=True, help="redoubt-kbs, a release build")
    parser.add_argument("--client", required=True, help="kbs_load, a release build")
    parser.add_argument("--seconds", type=int, default=20, help="of each of the two")
    parser.add_argument("--handshakes", type=int, default=420, help="a second")
    parser.add_argument("--reads", type=int, default=3150, help="a second")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--most", action="store_true", help="as fast as the connections can")
    return parser.parse_args(arguments)


def main():
    options = options_of(sys.argv[1:])
    # The tests' modules look for the broker when they are read.
    os.environ["REDOUBT_KBS"] = os.path.abspath(options.broker)
    os.environ.setdefault("REDOUBT_SHARED", "")
    sys.path.insert(0, str(KBS_TESTS))
    sys.dont_write_bytecode = True
    from load_client import loaded_broker, plan_for, run_load  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory() as folder, loaded_broker(pathlib.Path(folder) / "broker") as (broker, chip):
        for operation, rate in (("handshake", options.handshakes), ("read", options.reads)):
            plan = plan_for(broker, chip, operation, rate * options.seconds, 0 if options.most else rate, options.connections)
            print(json.dumps(run_load(options.client, plan, max(os.sched_getaffinity(0)))), flush=True)


if __name__ == "__main__":
    main()
