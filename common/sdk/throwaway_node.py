#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Starts redoubtd with fresh state, runs a command against it, stops it and fails if anything was left behind:
a process, mount, network namespace, tap, cgroup, file or socket. The command's exit code is ours when all is clean.

The command sees REDOUBT_HOST (the daemon's socket), REDOUBT_NODE_STATE, REDOUBT_NODE_RUNTIME, REDOUBT_NODE_LOG and
REDOUBT_NODE_CONFIG; a test that restarts the daemon does so through REDOUBT_NODE_PIDFILE and REDOUBT_NODE_COMMAND.

All happens in PID and mount namespaces of its own: what else runs meanwhile is not taken for this node's."""
import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

START_DEADLINE, STOP_DEADLINE = 60, 30
CGROUPS_OF_OTHERS = 10  # seconds in which those of tests that run meanwhile go away: they have no namespace here


def processes():
    """pid -> command line of every process of this PID namespace that is not ours or a zombie."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z" and line:
            found[int(entry.name)] = line
    return found


def names_below(folder, depth=6):
    top = pathlib.Path(folder)
    return {str(p) for p in top.rglob("*") if len(p.relative_to(top).parts) <= depth} if top.exists() else set()


def lines_of(*command):
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(run.stdout.splitlines())


def leases():
    """Addresses that host-local has given away; its lock and counters stay."""
    return {str(p) for p in pathlib.Path("/var/lib/cni/networks").rglob("*")
            if p.is_file() and p.name != "lock" and not p.name.startswith("last_reserved_ip")}


def mounts():
    return {line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()}


def observe(base):
    unix = {line.split()[7] for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:] if len(line.split()) > 7}
    cgroups = {c for c in names_below("/sys/fs/cgroup", 4) if "redoubt" in c and os.path.isdir(c)}
    links = {line.split(":")[1].strip().split("@")[0] for line in lines_of("ip", "-o", "link")}
    return {"process": processes(), "mount": mounts(), "network namespace": lines_of("ip", "netns", "list"),
            "network interface": links, "cgroup": cgroups,
            "packet filter table": lines_of("nft", "list", "tables"), "address lease": leases(),
            "loop device": {f for f in lines_of("losetup", "-ln", "-O", "BACK-FILE") if f.startswith(str(base))},
            "socket": {s for s in unix if s.startswith(str(base))}}


class Launcher:
    """redoubt-launcher as root, for a daemon that is not. Commands restart it by REDOUBT_LAUNCHER_PIDFILE and _COMMAND."""
    daemon, vms = "daemon", "nobody"  # users that every Debian has

    def __init__(self, base, config):
        self.state, self.runtime = base / "launcher-state", base / "launcher-run"
        self.socket, self.pidfile = base / "launcher.sock", base / "launcher.pid"
        self.command = ["redoubt-launcher", "--config", str(config)]
        self.settings = ["[launcher]", f'socket = "{self.socket}"', f'user = "{self.daemon}"', f'state_dir = "{self.state}"',
                         f'runtime_dir = "{self.runtime}"', "[hypervisor]", f'user = "{self.vms}"']

    def without_rights(self, base, folders, command):
        """What starts the daemon as its user, who gets these folders of base."""
        base.chmod(0o755)  # it was root's alone
        for folder in folders:
            shutil.chown(folder, self.daemon, self.daemon)
        return ["setpriv", f"--reuid={self.daemon}", f"--regid={self.daemon}", "--clear-groups", "--bounding-set=-all", "--no-new-privs", *command]

    def start(self, log_file):
        with open(log_file, "ab") as log:
            process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pidfile.write_text(str(process.pid))
        deadline = time.monotonic() + START_DEADLINE
        while not self.socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"node: redoubt-launcher does not start:\n{log_file.read_text()[-4000:]}")
            time.sleep(0.05)


class Node:
    def __init__(self, guest, base, with_launcher):
        self.base = base
        self.state, self.runtime = base / "state", base / "run"
        self.log, self.config, self.pidfile = base / "redoubtd.log", base / "redoubtd.toml", base / "redoubtd.pid"
        self.socket = self.runtime / "redoubtd.sock"
        for folder in (self.state, self.runtime):
            folder.mkdir(mode=0o700)
        lines = [f'state_dir = "{self.state}"', f'runtime_dir = "{self.runtime}"', "[guest]",
                 f'kernel = "{guest}/vmlinuz"', f'initramfs = "{guest}/initramfs.cpio"',
                 f'confidential_initramfs = "{guest}/initramfs-confidential.cpio"', f'manifest = "{guest}/guest-manifest.json"']
        if monitor := shutil.which("redoubt-monitor"):  # that of the build, beside the daemon
            lines += ["[runtime]", 'minimum_level = "runc"', f'monitor = "{monitor}"']
        self.launcher = Launcher(base, self.config) if with_launcher else None
        if self.launcher:
            lines += self.launcher.settings
        extra = os.environ.get("REDOUBT_NODE_EXTRA_CONFIG")
        self.config.write_text("\n".join(lines + ([extra] if extra else [])) + "\n")
        self.command = ["redoubtd", "--config", str(self.config)]
        if self.launcher:
            self.command = self.launcher.without_rights(base, (self.state, self.runtime), self.command)

    def environment(self):
        return os.environ | {
            "REDOUBT_HOST": f"unix://{self.socket}", "REDOUBT_NODE_STATE": str(self.state),
            "REDOUBT_NODE_RUNTIME": str(self.runtime), "REDOUBT_NODE_LOG": str(self.log),
            "REDOUBT_NODE_CONFIG": str(self.config), "REDOUBT_NODE_PIDFILE": str(self.pidfile),
            "REDOUBT_NODE_COMMAND": shlex.join(self.command)} | ({
                "REDOUBT_LAUNCHER_PIDFILE": str(self.launcher.pidfile), "REDOUBT_LAUNCHER_SOCKET": str(self.launcher.socket),
                "REDOUBT_LAUNCHER_COMMAND": shlex.join(self.launcher.command)} if self.launcher else {})

    def start(self):
        if self.launcher:
            self.launcher.start(self.log)
        with open(self.log, "ab") as log:
            daemon = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pidfile.write_text(str(daemon.pid))
        deadline = time.monotonic() + START_DEADLINE
        while time.monotonic() < deadline:
            if daemon.poll() is not None:
                raise SystemExit(f"node: redoubtd ended with {daemon.returncode} at start:\n{self.log.read_text()[-4000:]}")
            if subprocess.run(["redoubtctl", "-H", f"unix://{self.socket}", "node", "info", "--json"],
                              capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit(f"node: redoubtd does not answer after {START_DEADLINE} s:\n{self.log.read_text()[-4000:]}")

    def leftovers_in_api(self):
        run = subprocess.run(["redoubtctl", "-H", f"unix://{self.socket}", "ps", "--all", "--json"], capture_output=True,
                             text=True, check=False)
        if run.returncode != 0:
            return [f"redoubtctl ps failed: {run.stderr.strip()}"]
        return [f"container {c['id'][:12]} ({c['name']}) {c['state']}" for c in json.loads(run.stdout)]

    def stop(self):
        """Both may have been restarted by the command: their pids are in files."""
        problem = end("redoubtd", self.pidfile)
        if self.launcher:
            problem = end("redoubt-launcher", self.launcher.pidfile) or problem
            self.launcher.socket.unlink(missing_ok=True)
        return problem


def end(name, pidfile):
    pid = int(pidfile.read_text())
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return f"{name} was not running at the end"
    deadline = time.monotonic() + STOP_DEADLINE
    while time.monotonic() < deadline:
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        if pid not in processes():
            return None
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    return f"{name} did not stop within {STOP_DEADLINE} s"


def leftovers(node, before):
    found = []
    after = observe(node.base)
    deadline = time.monotonic() + CGROUPS_OF_OTHERS
    while after["cgroup"] - before["cgroup"] and time.monotonic() < deadline:
        time.sleep(0.2)
        after["cgroup"] &= observe(node.base)["cgroup"]
    for kind in before:
        for item in sorted(set(after[kind]) - set(before[kind]), key=str):
            text = after[kind][item] if isinstance(after[kind], dict) else item
            found.append(f"{kind}: {item} {text}" if text != item else f"{kind}: {item}")
    found += [f"file: {p}" for p in sorted(names_below(node.runtime))]
    if node.launcher:
        found += [f"file: {p}" for p in sorted(names_below(node.launcher.runtime) | names_below(node.launcher.state))
                  if not os.path.isdir(p)]
    # What a node keeps: its database, images and converted layers, and empty folders.
    kept = ("state.db", "state.db-wal", "state.db-shm", "redoubtd.lock", "access.db", "access.db-wal", "access.db-shm", "node-identity.json", "images", "layers", "blobs", "guest-blobs", "probe", "host")
    for path in sorted(names_below(node.state)):
        relative = pathlib.Path(path).relative_to(node.state)
        if relative.parts[0] not in kept and not os.path.isdir(path):
            found.append(f"file: {path}")
        if ".part" in relative.name or relative.name.startswith("tmp-"):
            found.append(f"file: {path}")
    return found


def enter_namespaces(own_network):
    """Starts this script once more, in namespaces that end with it. A shell is their first process: it reaps what daemons leave."""
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
                          *(["--net"] if own_network else []), "bash", "-c", 'trap : TERM INT HUP; status=0; "$@" || status=$?; exit "$status"',
                          "bash", sys.executable, os.path.abspath(__file__), "--inside", *sys.argv[1:]])


def furnish_namespaces(own_network):
    for folder in ("/run/netns", "/var/lib/cni"):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    if own_network:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", required=True)
    parser.add_argument("--own-network", action="store_true", help="in a network namespace of its own, with a loopback interface alone")
    parser.add_argument("--launcher", action="store_true", help="redoubtd as a user without rights, beside redoubt-launcher")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not options.inside:
        enter_namespaces(options.own_network)
    furnish_namespaces(options.own_network)
    base = pathlib.Path(tempfile.mkdtemp(prefix="redoubt-node-", dir="/var/tmp"))
    before = observe(base)
    node = Node(pathlib.Path(options.guest).resolve(), base, options.launcher)
    problems = []
    try:
        node.start()
        code = subprocess.run(command, env=node.environment(), check=False).returncode
        problems += node.leftovers_in_api()
        stop_problem = node.stop()
        problems += [stop_problem] if stop_problem else []
        problems += leftovers(node, before)
        if code != 0 or problems:
            sys.stderr.write(f"--- end of redoubtd's log\n{node.log.read_text()[-6000:]}---\n")
    finally:
        for pid in set(processes()) - set(before["process"]):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for place in sorted(mounts(), reverse=True):
            if place.startswith(f"{base}/"):
                subprocess.run(["umount", "--lazy", place], check=False)
        shutil.rmtree(base, ignore_errors=True)
    for problem in problems:
        print(f"node: left behind: {problem}", file=sys.stderr)
    if any(problem.startswith("packet filter") for problem in problems):
        subprocess.run(["nft", "list", "ruleset"], stdout=sys.stderr, check=False)
    sys.exit(code if code != 0 else (1 if problems else 0))


if __name__ == "__main__":
    main()
