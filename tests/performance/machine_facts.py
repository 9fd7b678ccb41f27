# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What a number is of: the machine, its kernel, and the programs. No names of hosts, no addresses."""
import os
import pathlib
import re
import shutil
import subprocess
import time


def first_line(*command):
    if not shutil.which(command[0]):
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0] if done.returncode == 0 else None


def field_of(path, name):
    found = re.search(rf"^{name}\s*:\s*(.+)$", pathlib.Path(path).read_text(), re.M)
    return found[1] if found else ""


def machine_facts(ctl, sandbox):
    """`sandbox`: of `inspect`, of a VM of this node."""
    programs = {"qemu": "qemu-system-x86_64", "runc": "runc", "crun": "crun", "gvisor": "runsc", "mkfs.erofs": "mkfs.erofs", "redoubt": "redoubtctl"}
    versions = {name: first_line(program, "--version") for name, program in programs.items()}
    flags = field_of("/proc/cpuinfo", "flags").split()
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "processor": field_of("/proc/cpuinfo", "model name"), "processors": os.cpu_count(),
            "memory_gib": round(int(field_of("/proc/meminfo", "MemTotal").split()[0]) / (1 << 20), 1), "kernel": os.uname().release,
            "is_a_guest_itself": "hypervisor" in flags, "accelerator": sandbox["accelerator"], "guest_kernel": sandbox.get("guest_kernel", ""),
            "guest_memory_mib": sandbox["memory_bytes"] >> 20, "guest_vcpus": sandbox["vcpus"], "load_before": os.getloadavg()[0],
            "daemon": ctl.json("node", "info").get("version", ""), "versions": {name: text for name, text in versions.items() if text}}
