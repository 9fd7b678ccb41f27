# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Networks: containers that are reached from the host and reach each other, and nothing of it that stays."""
import json
import os
import pathlib
import re
import socket
import subprocess
import urllib.request

import pytest

from node_under_test import DEADLINE, count, eventually, free_port, own_node
from shared_node import Daemon

IMAGES = ["busybox", "nginx"]
pytestmark = pytest.mark.skipif(not os.path.exists("/usr/lib/cni/bridge"), reason="containernetworking-plugins is not installed")
HELLO = "hello from a micro-VM\n"


@pytest.fixture
def outside():
    """Another machine, which knows this host's addresses and no container's. Runs commands there."""
    with subprocess.Popen(["unshare", "--net", "sleep", "1000000"]) as machine:
        ours = os.readlink("/proc/self/ns/net")
        eventually(lambda: os.readlink(f"/proc/{machine.pid}/ns/net") != ours, "another network namespace")
        enter = ["nsenter", "--net", "--target", str(machine.pid)]
        for command in (f"link add out0 type veth peer name eth0 netns {machine.pid}", "addr add 192.0.2.2/24 dev out0",
                        "addr add 2001:db8::2/64 dev out0 nodad", "link set out0 up"):
            subprocess.run(["ip", *command.split()], check=True)
        for command in ("addr add 192.0.2.1/24 dev eth0", "addr add 2001:db8::1/64 dev eth0 nodad", "link set eth0 up"):
            subprocess.run([*enter, "ip", *command.split()], check=True)
        yield lambda *command: subprocess.run([*enter, *command], capture_output=True, text=True, check=False).stdout
        subprocess.run(["ip", "link", "delete", "out0"], check=True)
        machine.kill()


def addresses(ctl, container):
    """The container's addresses without their prefix: IPv4, IPv6."""
    interface = ctl.inspect(container)["sandbox"]["interfaces"][0]
    return [address.split("/")[0] for address in interface["addresses"]]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    except OSError:
        return None


def links():
    lines = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split(":")[1].strip().split("@")[0] for line in lines}


def all_leases():
    return {p.name for p in pathlib.Path("/var/lib/cni/networks").glob("*/*") if re.match(r"\d+\.|[0-9a-f]+:", p.name)}


# The folder is the machine's: a node that was killed, state and all, may have left some.
LEASES_BEFORE = all_leases()


def leases():
    return all_leases() - LEASES_BEFORE


def expect_nothing_left(besides=()):
    eventually(lambda: links() == {"lo", *besides}, "only the interfaces that were there before are left")
    assert subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout == ""
    assert not list(pathlib.Path(os.environ["REDOUBT_NODE_RUNTIME"]).glob("netns/*"))
    assert not leases()


def test_a_container_has_addresses_routes_names_and_a_resolver(ctl, busybox):
    shown = ctl.ok("run", "--rm", "--hostname", "keep", busybox, "sh", "-c",
                   "ip addr show dev eth0; ip route; ip -6 route; cat /sys/class/net/eth0/mtu /etc/hosts /etc/resolv.conf; hostname")
    assert re.search(r"inet 10\.87\.\d+\.\d+/16", shown) and re.search(r"inet6 fd52:6564:6f75::\w+/64", shown), shown
    assert "default via 10.87.0.1 dev eth0" in shown and "default via fd52:6564:6f75::1 dev eth0" in shown
    assert "\n1500\n" in shown and shown.endswith("\nkeep\n") and re.search(r"^127\.0\.\d\.1\s.*keep", shown, re.M), shown
    assert "\nnameserver 10.87.0.1\n" in shown, "the network's own server, which knows the names of who is on it"
    expect_nothing_left()


def test_a_container_without_network_has_only_its_loopback(ctl, busybox):
    assert ctl.ok("run", "--rm", "--network", "none", busybox, "ls", "/sys/class/net").split() == ["lo"]


def test_nginx_is_served_through_a_published_port(ctl, nginx, outside):
    port = free_port()
    ctl.ok("run", "-d", "--name", "web", "-p", f"{port}:80", nginx)
    v4, v6 = addresses(ctl, "web")
    for url in (f"http://127.0.0.1:{port}/", f"http://{v4}/", f"http://[{v6}]/"):
        assert eventually(lambda url=url: fetch(url), f"nginx answers at {url}") == HELLO
    for host in ("192.0.2.2", "[2001:db8::2]"):
        url = f"http://{host}:{port}/"
        assert eventually(lambda url=url: outside("curl", "-s", "--max-time", "20", url), f"nginx answers at {url}") == HELLO
    taken = ctl("run", "-p", f"{port}:80", nginx)
    assert taken.returncode == 125 and f"port {port}/tcp of this host belongs to container 'web'" in taken.stderr
    ctl.remove_all()
    assert fetch(f"http://127.0.0.1:{port}/") is None
    expect_nothing_left({"out0"})


def test_a_port_that_a_program_listens_on_is_not_taken_from_it(ctl, nginx):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = ctl("run", "--rm", "-p", f"{port}:80", nginx)
        assert run.returncode == 125 and f"port {port}/tcp of this host is in use by another program" in run.stderr, run.stderr
    expect_nothing_left()


def test_containers_reach_each_other_and_the_world(ctl, busybox, outside):
    """Also with large segments, whose checksums are left to whoever sends them at last."""
    # What listens goes on while its own input is open, and ends with the sender's.
    ctl.ok("run", "-d", "--name", "peer", busybox, "sh", "-c", "sleep 1000000 | nc -l -p 9000 | sha256sum")
    v4, v6 = addresses(ctl, "peer")
    pings = " && ".join(f"ping -c 1 -W 60 {address} >/dev/null" for address in (v4, v6, "192.0.2.1", "2001:db8::1"))
    ctl.ok("run", "--rm", busybox, "sh", "-c", f"{pings} && seq 1 400000 | nc {v4} 9000")
    wanted = subprocess.run("seq 1 400000 | sha256sum", shell=True, capture_output=True, text=True, check=True).stdout
    assert eventually(lambda: ctl.ok("logs", "peer"), "all has arrived") == wanted
    ctl.remove_all()
    expect_nothing_left({"out0"})


def test_what_cannot_be_is_said(ctl, busybox):
    cases = {("--network", "wan"): "no network 'wan': this node has redoubt",
             ("--network", "none", "-p", "80:80"): "ports cannot be mapped without a network",
             ("-p", "80"): "not [IP:]HOSTPORT:CONTAINERPORT[/PROTOCOL]",
             ("-p", "0:80"): "'0' is not a port from 1 to 65535"}
    for flags, message in cases.items():
        run = ctl("run", "--rm", *flags, busybox, "true")
        assert run.returncode == 125 and message in run.stderr, (flags, run.stderr)
    assert ctl.names("--all") == []


def test_a_killed_daemon_leaves_the_network_to_the_next_one(ctl, nginx):
    port = free_port()
    ctl.ok("run", "-d", "--name", "web", "-p", f"{port}:80", nginx)
    url = f"http://127.0.0.1:{port}/"
    eventually(lambda: fetch(url), "nginx answers")
    daemon = Daemon(ctl)
    daemon.kill()
    eventually(lambda: fetch(url), "the VM goes on, and so does its network")
    daemon.start()
    eventually(lambda: fetch(url), "nginx answers")
    assert ctl.inspect("web")["sandbox"]["interfaces"][0]["network"] == "redoubt"
    ctl.remove_all()
    expect_nothing_left()


def write_networks(folder):
    """One that works, and every way in which one does not."""
    folder.mkdir()
    bridge = {"type": "bridge", "bridge": "lan0", "isGateway": True, "mtu": 1400, "dns": {"nameservers": ["10.77.0.1"]},
              "ipam": {"type": "host-local", "subnet": "10.77.0.0/24", "routes": [{"dst": "192.0.2.0/24"}]}}
    for number, (name, more) in enumerate({"lan": [], "failing": [{"type": "failing"}], "hanging": [{"type": "hanging"}],
                                           "missing": [{"type": "no-such-plugin"}]}.items()):
        (folder / f"{number}.conflist").write_text(json.dumps({"cniVersion": "0.4.0", "name": name, "plugins": [bridge, *more]}))
    (folder / "half.conflist").write_text("{")
    answer = '{"cniVersion": "0.4.0", "code": 100, "msg": "not today"}'
    for name, command in (("failing", f"echo '{answer}'; exit 1"), ("hanging", "sleep 100000")):
        plugin = folder / name
        plugin.write_text(f'#!/bin/sh\n[ "$CNI_COMMAND" = ADD ] || exit 0\n{command}\n')
        plugin.chmod(0o755)


def test_networks_of_the_operators_may_be_named(registry, busybox, tmp_path):
    folder = tmp_path / "conflists"
    write_networks(folder)
    config = f'[network]\nconflist_dir = "{folder}"\nplugin_dirs = ["/usr/lib/cni", "{folder}"]\nplugin_timeout = "5s"\n'
    with own_node(config) as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
        shown = node.ctl.ok("run", "--rm", "--network", "lan", "--network", "redoubt", busybox, "sh", "-c",
                            "ip -4 -o addr; ip route; cat /sys/class/net/eth0/mtu /etc/resolv.conf")
        assert re.search(r"eth0\s+inet 10\.77\.0\.\d+/24", shown) and re.search(r"eth1\s+inet 10\.87\.\d+\.\d+/16", shown), shown
        assert "192.0.2.0/24 via 10.77.0.1 dev eth0" in shown and "default via 10.87.0.1 dev eth1" in shown
        assert "\n1400\n" in shown and "nameserver 10.77.0.1" in shown
        for network, message in {"failing": "network failing: plugin failing: ADD: not today",
                                 "hanging": "network hanging: plugin hanging: ADD: ",
                                 "missing": "no-such-plugin",
                                 "half": f"cannot be used: {folder}/half.conflist"}.items():
            run = node.ctl("run", "--rm", "--network", network, busybox, "true")
            assert run.returncode == 125 and message in run.stderr, (network, run.stderr)
            assert not leases()
        unmapped = node.ctl("run", "--rm", "--network", "lan", "-p", "8080:80", busybox, "true")
        assert unmapped.returncode == 125 and "network lan: ports cannot be mapped" in unmapped.stderr, unmapped.stderr
        assert f"{folder}/half.conflist" in node.ctl("node", "check").stdout
    assert "lan0" in links(), "an operator's bridge is the operator's"
    subprocess.run(["ip", "link", "delete", "lan0"], check=True)
    expect_nothing_left()


def test_where_no_plugins_are_the_default_is_none(registry, busybox):
    with own_node('[network]\nplugin_dirs = ["/nonexistent"]\n') as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
        assert node.ctl.ok("run", "--rm", busybox, "ls", "/sys/class/net").split() == ["lo"]
        assert "install the packages containernetworking-plugins and iptables" in (node.folder / "log").read_text()
        run = node.ctl("run", "--rm", "-p", "8080:80", busybox, "true")
        assert run.returncode == 125 and "no network can be used" in run.stderr


@pytest.mark.skipif(not count(False, True), reason="in the full tier: the tests above run two at once")
def test_many_at_once_get_addresses_of_their_own(ctl, busybox):
    names = [f"n{i}" for i in range(8)]
    starts = [ctl.start("run", "-d", "--name", name, busybox, "sleep", "1000") for name in names]
    for start in starts:
        out, err = start.communicate(timeout=len(names) * DEADLINE)
        assert start.returncode == 0, out + err
    assert len({addresses(ctl, name)[0] for name in names}) == len(names)
    ctl.remove_all()
    expect_nothing_left()
