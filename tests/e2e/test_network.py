# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Networks: containers that are reached from the host and reach each other, and nothing of it that stays."""
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import urllib.request

import pytest

from node_under_test import DEADLINE, eventually, free_port, own_node

pytestmark = pytest.mark.skipif(not os.path.exists("/usr/lib/cni/bridge"), reason="containernetworking-plugins is not installed")


def addresses(ctl, container):
    """The container's addresses without their prefix: IPv4, IPv6."""
    interface = ctl.inspect(container)["sandbox"]["interfaces"][0]
    return [address.split("/")[0] for address in interface["addresses"]]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


def links():
    lines = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split(":")[1].strip().split("@")[0] for line in lines}


def expect_nothing_left():
    eventually(lambda: links() == {"lo"}, f"only the loopback interface is left, not {links()}", 30)
    assert subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout == ""
    assert not list(pathlib.Path(os.environ["REDOUBT_NODE_RUNTIME"]).glob("netns/*"))


def test_a_container_has_an_address_and_a_route(ctl, busybox):
    shown = ctl.ok("run", "--rm", busybox, "sh", "-c", "ip -4 -o addr show dev eth0; ip route; cat /sys/class/net/eth0/mtu")
    assert re.search(r"inet 10\.87\.\d+\.\d+/16", shown), shown
    assert "default via 10.87.0.1 dev eth0" in shown
    assert shown.strip().endswith("1500")
    expect_nothing_left()


def test_a_container_without_network_has_only_its_loopback(ctl, busybox):
    assert ctl.ok("run", "--rm", "--network", "none", busybox, "ls", "/sys/class/net").split() == ["lo"]


def test_nginx_is_served_through_a_published_port(ctl, nginx):
    port = free_port()
    ctl.ok("run", "-d", "--name", "web", "-p", f"{port}:80", nginx)
    # By the host's own address and by the bridge's, which is how another machine's packets look.
    for host in ("127.0.0.1", "10.87.0.1"):
        assert eventually(lambda host=host: fetch(f"http://{host}:{port}/"), f"nginx answers on {host}") == "hello from a micro-VM\n"
    v4, v6 = addresses(ctl, "web")
    assert fetch(f"http://{v4}/") == "hello from a micro-VM\n"
    assert subprocess.run(["curl", "-fs", f"http://[{v6}]/"], capture_output=True, check=False).returncode in (0, 7)  # nginx listens on IPv4
    taken = ctl("run", "-p", f"{port}:80", nginx)
    assert taken.returncode == 125 and f"port {port}/tcp of this host belongs to container 'web'" in taken.stderr
    ctl.remove_all()
    assert fetch(f"http://127.0.0.1:{port}/") is None
    expect_nothing_left()


def test_containers_reach_each_other_by_address(ctl, busybox):
    ctl.ok("run", "-d", "--name", "peer", busybox, "sleep", "1000")
    v4, v6 = addresses(ctl, "peer")
    script = f"ping -c 3 -W 5 {v4} && ping -6 -c 3 -W 5 {v6}"
    run = ctl("run", "--rm", busybox, "sh", "-c", script)
    assert run.returncode == 0, run.stdout + run.stderr
    assert subprocess.run(["curl", "-s", "--connect-timeout", "2", f"http://{v4}:9/"], check=False).returncode == 7  # refused: it is there
    ctl.remove_all()
    expect_nothing_left()


def test_a_large_transfer_passes_unharmed(ctl, busybox):
    """Segments and checksums that the host left to the guest, and the other way round."""
    ctl.ok("run", "-d", "--name", "source", busybox, "sh", "-c", "while :; do seq 1 400000 | nc -l -p 9000; done")
    v4 = addresses(ctl, "source")[0]
    wanted = subprocess.run("seq 1 400000 | sha256sum", shell=True, capture_output=True, text=True, check=True).stdout.split()[0]
    script = f"for i in 1 2 3 4 5; do nc -w 20 {v4} 9000 </dev/null >/tmp/x && [ -s /tmp/x ] && break; sleep 1; done; sha256sum </tmp/x"
    assert ctl.ok("run", "--rm", busybox, "sh", "-c", script).split()[0] == wanted


def test_the_resolver_is_the_hosts(ctl, busybox):
    servers = [line for line in pathlib.Path("/etc/resolv.conf").read_text().splitlines()
               if line.startswith("nameserver ") and " 127." not in line and "::1" not in line]
    if not servers:
        pytest.skip("the host has no resolver that a guest could use")
    assert servers[0] in ctl.ok("run", "--rm", busybox, "cat", "/etc/resolv.conf")


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
    pidfile = pathlib.Path(os.environ["REDOUBT_NODE_PIDFILE"])
    os.kill(int(pidfile.read_text()), signal.SIGKILL)
    assert fetch(url), "the VM goes on, and so does its network"
    with open(os.environ["REDOUBT_NODE_LOG"], "ab") as log:
        daemon = subprocess.Popen(shlex.split(os.environ["REDOUBT_NODE_COMMAND"]), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                  start_new_session=True)
    pidfile.write_text(str(daemon.pid))
    eventually(lambda: ctl("ps").returncode == 0, "redoubtd answers")
    assert fetch(url)
    assert ctl.inspect("web")["sandbox"]["interfaces"][0]["network"] == "redoubt"
    ctl.remove_all()
    expect_nothing_left()


def test_a_network_of_the_operators_may_be_named(registry, busybox):
    folder = pathlib.Path(os.environ["REDOUBT_NODE_STATE"]).parent / "conflists"
    folder.mkdir()
    (folder / "50-lan.conflist").write_text(json.dumps({
        "cniVersion": "0.4.0", "name": "lan", "plugins": [
            {"type": "bridge", "bridge": "lan0", "isGateway": True, "mtu": 1400,
             "ipam": {"type": "host-local", "subnet": "10.77.0.0/24", "routes": [{"dst": "192.0.2.0/24"}]},
             "dns": {"nameservers": ["10.77.0.1"]}}]}))
    (folder / "60-half.conflist").write_text("{")
    with own_node(f'[network]\nconflist_dir = "{folder}"\n') as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
        shown = node.ctl.ok("run", "--rm", "--network", "lan", "--network", "redoubt", busybox, "sh", "-c",
                            "ip -4 -o addr; ip route; cat /sys/class/net/eth0/mtu /etc/resolv.conf")
        assert re.search(r"eth0\s+inet 10\.77\.0\.\d+/24", shown) and re.search(r"eth1\s+inet 10\.87\.\d+\.\d+/16", shown), shown
        assert "192.0.2.0/24 via 10.77.0.1 dev eth0" in shown and "default via 10.87.0.1 dev eth1" in shown
        assert "\n1400\n" in shown and "nameserver 10.77.0.1" in shown
        unknown = node.ctl("run", "--rm", "--network", "half", busybox, "true")
        assert unknown.returncode == 125 and "this node has redoubt, lan" in unknown.stderr
    subprocess.run(["ip", "link", "delete", "lan0"], check=True)  # an operator's bridge is the operator's
    expect_nothing_left()


def test_where_no_plugins_are_the_default_is_none(registry, busybox):
    with own_node('[network]\nplugin_dirs = ["/nonexistent"]\n') as node:
        node.ctl.ok("image", "pull", "--tls-verify=false", busybox, timeout=300)
        assert node.ctl.ok("run", "--rm", busybox, "ls", "/sys/class/net").split() == ["lo"]
        assert "install the packages containernetworking-plugins and iptables" in (node.folder / "log").read_text()
        run = node.ctl("run", "--rm", "-p", "8080:80", busybox, "true")
        assert run.returncode == 125 and "no network can be used" in run.stderr


def test_many_at_once_get_addresses_of_their_own(ctl, busybox):
    names = [f"n{i}" for i in range(4)]
    starts = [ctl.start("run", "-d", "--name", name, busybox, "sleep", "1000") for name in names]
    for start in starts:
        out, err = start.communicate(timeout=2 * DEADLINE)
        assert start.returncode == 0, out + err
    assert len({addresses(ctl, name)[0] for name in names}) == len(names)
    ctl.remove_all()
    expect_nothing_left()
