#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Where the owner of a workload trusts the machine: a key broker with a tenant that believes a simulation, and that simulation.
Runs a command beside them and stops them; the command's exit code is ours.

The command sees what `redoubtctl trust` needs (REDOUBT_KBS and its companions, tenant "demo"), REDOUBT_KBS_ADDRESS, REDOUBT_TRUST_SITE (the
folder with everybody's logs) and, for a throw-away node, REDOUBT_NODE_EXTRA_CONFIG, which leads its guests to both. With --apart the broker is on a
network of its own, REDOUBT_TRUST_NETWORK for `nsenter --net=`, which the command reaches by one pair of interfaces; the simulator is the node's."""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

START_DEADLINE = 120
TENANT = "demo"
FIRMWARE = "/usr/share/ovmf/OVMF.amdsev.fd"
TRUST_ADDRESS, NODE_ADDRESS = "192.0.2.1", "192.0.2.2"  # with --apart


def quietly(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"trust site: {' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done.stdout


def make_certificate(folder, name, *extra):
    quietly("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt", *extra)


def fingerprint(certificate):
    return quietly("openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256").split("=")[1].strip().replace(":", "")


class Service:
    """A program that says "ready" in its log."""

    def __init__(self, folder, program, config, enter=()):
        self.log = folder / f"{program}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*enter, program, "--config", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_DEADLINE
        while "ready" not in self.text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"trust site: {program} does not start:\n{self.text()}")
            time.sleep(0.05)

    def text(self):
        return self.log.read_text(errors="replace")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=START_DEADLINE)


def start_simulator(folder):
    chain = folder / "simtee"
    quietly("redoubt-simtee", "init", "--dir", chain)
    config = folder / "redoubt-simtee.toml"
    # Everybody may connect: it looks at what connects.
    config.write_text(f'listen = "{folder}/simtee.sock"\nstate_dir = "{chain}"\n[snp]\nfirmware = "{FIRMWARE}"\n')
    return Service(folder, "redoubt-simtee", config)


def start_broker(folder, address, enter):
    make_certificate(folder, "server", "-addext", f"subjectAltName=IP:{address}")
    make_certificate(folder, "owner")
    (folder / "passphrase").write_text("a passphrase for one run\n")
    config = folder / "redoubt-kbs.toml"
    config.write_text(f'''listen = "{address}:0"
state_dir = "{folder}/kbs"
[tls]
certificate = "{folder}/server.crt"
private_key = "{folder}/server.key"
client_authorities = "{folder}/owner.crt"
[unseal]
passphrase_file = "{folder}/passphrase"
memory = "1MiB"
passes = 1
[admin]
certificates = ["{fingerprint(folder / "owner.crt")}=admin"]
[collateral]
folder = "{folder}/collateral"
anchors = ["{folder}/simtee/public/anchors.pem"]
''')
    for part in ("snp", "tdx"):
        shutil.copytree(folder / "simtee" / "public" / part, folder / "collateral" / part)
    quietly("redoubt-kbs", "init", "--config", config)
    return Service(folder, "redoubt-kbs", config, enter)


@contextlib.contextmanager
def network(folder, is_own, is_apart):
    """Where the broker listens, the command to enter its network namespace with, and what the command sees of that."""
    if is_own or is_apart:
        os.unshare(os.CLONE_NEWNET)
        quietly("ip", "link", "set", "lo", "up")
    if not is_apart:
        yield "127.0.0.1", (), {}
        return
    place = folder / "network"
    place.touch()
    quietly("unshare", f"--net={place}", "ip", "link", "set", "lo", "up")
    try:
        enter = ("nsenter", f"--net={place}")
        quietly("ip", "link", "add", "to-trust", "type", "veth", "peer", "name", "to-node", "netns", str(place))
        for prefix, link, address in (((), "to-trust", NODE_ADDRESS), (enter, "to-node", TRUST_ADDRESS)):
            quietly(*prefix, "ip", "address", "add", f"{address}/24", "dev", link)
            quietly(*prefix, "ip", "link", "set", link, "up")
        yield TRUST_ADDRESS, enter, {"REDOUBT_TRUST_NETWORK": str(place), "REDOUBT_NODE_ADDRESS": NODE_ADDRESS}
    finally:
        quietly("umount", place)


def environment(folder, host, broker):
    address = f"{host}:" + re.search(r"PORT=(\d+)", broker.text())[1]
    node = f'[confidential]\nsimulator = "{folder}/simtee.sock"\nbroker = "{address}"\n'
    return os.environ | {
        "REDOUBT_KBS": f"https://{address}", "REDOUBT_KBS_CA": str(folder / "server.crt"), "REDOUBT_KBS_CERT": str(folder / "owner.crt"),
        "REDOUBT_KBS_KEY": str(folder / "owner.key"), "REDOUBT_KBS_TENANT": TENANT, "REDOUBT_KBS_ADDRESS": address,
        "REDOUBT_TRUST_SITE": str(folder), "REDOUBT_NODE_EXTRA_CONFIG": os.environ.get("REDOUBT_NODE_EXTRA_CONFIG", "") + "\n" + node}


def beside(folder, place, command):
    """The command's exit code."""
    host, enter, shown = place
    services = []
    try:
        services.append(start_simulator(folder))
        services.append(start_broker(folder, host, enter))
        env = environment(folder, host, services[-1]) | shown
        subprocess.run(["redoubtctl", "trust", "tenant", "create", TENANT], check=True, env=env, stdout=subprocess.DEVNULL)
        subprocess.run(["redoubtctl", "trust", "tenant", "anchor", "enable", TENANT, "simulation"], check=True, env=env, stdout=subprocess.DEVNULL)
        code = subprocess.run(command, check=False, env=env).returncode
        if code != 0:
            for service in services:
                print(f"--- end of {service.log.name}\n{service.text()[-4000:]}---", file=sys.stderr)
        return code
    finally:
        for service in reversed(services):
            service.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--own-network", action="store_true", help="in a network namespace of its own, with a loopback interface alone")
    parser.add_argument("--apart", action="store_true", help="the same, with the broker in another one")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    with tempfile.TemporaryDirectory(prefix="redoubt-trust-", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # the simulator's socket is for every QEMU; what is secret has modes of its own
        with network(folder, options.own_network, options.apart) as place:
            return beside(folder, place, command)


if __name__ == "__main__":
    sys.exit(main())
