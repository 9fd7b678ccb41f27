# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""Many containers: what each costs in memory and time, how many start in a second, and what thousands of them leave behind."""
import concurrent.futures
import os
import pathlib
import statistics
import time

from beside import memory_kib, translated_kib
from starts import CLONE, IMAGE

AT_ONCE = (1, 4, 16)
SPARE_MIB = 1500  # a machine without memory measures nothing any more


def daemon_pid():
    return int(pathlib.Path(os.environ["REDOUBT_NODE_PIDFILE"]).read_text())


def daemon_mib(pid=None):
    return memory_kib(pid or daemon_pid())["rss"] / 1024


def available_mib():
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1024


def start(ctl, name, flags):
    begin = time.monotonic()
    ctl.ok("run", "-d", "--name", name, *flags, IMAGE, "sleep", "1000000", timeout=300)
    return time.monotonic() - begin


def look(ctl, names, last):
    pids = [ctl.inspect(name)["sandbox"]["vmm_pid"] for name in names]
    vms = [memory_kib(pid) | {"translated": translated_kib(pid)} for pid in pids]
    mean = {what: statistics.mean(vm[what] for vm in vms) / 1024 for what in ("pss", "private", "translated")}
    return {"containers": len(names), "last_start_s": last, "pss_mib": mean["pss"], "private_mib": mean["private"], "translated_mib": mean["translated"],
            "redoubtd_mib": daemon_mib(), "redoubtd_pss_mib": memory_kib(daemon_pid())["pss"] / 1024}


def fill(ctl, steps, flags):
    """Starts idle containers up to each step and looks at them: {"alone_mib", "first_start_s", "steps", "all_mib", "stopped_at"}."""
    found, names, taken = {"alone_mib": daemon_mib(), "steps": [], "stopped_at": None}, [], []
    before = available_mib()
    for step in steps:
        while len(names) < step and found["stopped_at"] is None:
            if available_mib() < SPARE_MIB:
                found["stopped_at"] = len(names)
                break
            names.append(f"idle-{len(names)}")
            taken.append(start(ctl, names[-1], flags))
        if found["stopped_at"] is not None:
            break
        # One start may be disturbed; the next few are as good.
        found["steps"].append(look(ctl, names, statistics.median(taken[-3:])))
    found |= {"first_start_s": statistics.median(taken[:3]), "all_mib": before - available_mib()}
    ctl.ok("rm", "-f", *names, timeout=600)
    return found


def starts_a_second(ctl, at_once, count, flags):
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        names = [f"burst-{number}" for number in range(count)]
        list(pool.map(lambda name: start(ctl, name, flags), names))
    taken = time.monotonic() - begin
    ctl.ok("rm", "-f", *names, timeout=600)
    return count / taken


def bursts(ctl, count):
    ctl.ok("run", "--rm", *CLONE, IMAGE, "true")  # so that the template is there
    return {str(at_once): starts_a_second(ctl, at_once, count, CLONE) for at_once in AT_ONCE}


def host_state():
    """What a start may leave behind on the host, counted."""
    descriptors = len(os.listdir(f"/proc/{daemon_pid()}/fd"))
    links, namespaces = os.listdir("/sys/class/net"), os.listdir("/run/netns")
    groups = [path for path in pathlib.Path("/sys/fs/cgroup").glob("**/redoubt-vm-*") if path.is_dir()]
    return {"descriptors": descriptors, "links": len(links), "namespaces": len(namespaces), "groups": len(groups)}


def cycles(ctl, count):
    """Starts and removes one container after the other. Slope: the median of the last fifth to that of the first. Growth: what the daemon
    has more after the last than after a tenth of them, when its caches are filled."""
    fifth, taken, sizes = max(count // 5, 1), [], []
    ctl.ok("run", "--rm", *CLONE, IMAGE, "true")
    before = host_state()
    for number in range(count):
        begin = time.monotonic()
        ctl.ok("run", "--rm", *CLONE, IMAGE, "true")
        taken.append(time.monotonic() - begin)
        if number % max(count // 50, 1) == 0 or number == count - 1:
            sizes.append((number, daemon_mib()))
    time.sleep(2)
    after = host_state()
    settled = next(size for number, size in sizes if number >= count // 10)
    return {"count": count, "slope": statistics.median(taken[-fifth:]) / statistics.median(taken[:fifth]), "growth_mib": sizes[-1][1] - settled,
            "settled_mib": settled, "seconds": taken, "redoubtd_mib": sizes, "left": {what: after[what] - before[what] for what in before}}


def small_node(node):
    """What a node with one pod has in all, of a guest of 64 MiB: {"runs", "total_mib", ...} in MiB."""
    ctl = node.ctl
    ctl.ok("run", "-d", "--name", "small", IMAGE, "sleep", "1000000")
    vmm = ctl.inspect("small")["sandbox"]["vmm_pid"]
    told = ctl.ok("exec", "small", "sh", "-c", "grep MemTotal /proc/meminfo; echo runs")
    time.sleep(1)
    daemon, vm = memory_kib(node.process.pid)["pss"] / 1024, memory_kib(vmm)["pss"] / 1024
    ctl.ok("rm", "-f", "small")
    return {"runs": told.strip().endswith("runs"), "guest_mib": int(told.split()[1]) / 1024, "redoubtd_mib": daemon, "vm_mib": vm, "total_mib": daemon + vm}
