# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What a container is, field by field of the OCI runtime specification: ours, in a VM, beside runc's on the same bundle.

The quick tier takes every fifth case. REDOUBT_SEMANTICS=socket takes the agent in REDOUBT_AGENT beside us in place of the VM;
REDOUBT_SEMANTICS_TOLD=FILE writes down what both did with each case."""
import concurrent.futures
import os
import pathlib
import re
import shutil

import pytest

from bundle import load_cases
from sides import Guest, Runc, new_folder

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/formats/oci-semantics.md"
CASES = load_cases()
CHOSEN = CASES[::5] if os.environ.get("REDOUBT_TIER") == "quick" else CASES
SYS_RESOURCE = 24  # linux/capability.h


@pytest.fixture(scope="session", name="outcomes")
def fixture_outcomes(request):
    """Futures of what we and what runc do with each case: both work at once, and the VM at several, as most of a case is waiting."""
    chosen = [item.callspec.params["case"] for item in request.session.items if hasattr(item, "callspec")]
    folder = new_folder()
    runc, guest = Runc(folder), None
    with concurrent.futures.ThreadPoolExecutor(1) as theirs, concurrent.futures.ThreadPoolExecutor(4) as ours:
        try:
            beside = {case["id"]: theirs.submit(runc.run, case) for case in chosen}
            guest = Guest()
            yield {case["id"]: (ours.submit(guest.run, case), beside[case["id"]]) for case in chosen}
        finally:
            theirs.shutdown(cancel_futures=True)
            ours.shutdown(cancel_futures=True)
            if guest:
                guest.close()
            runc.close()
            shutil.rmtree(folder, ignore_errors=True)


def host_has(what):
    """What some of runc's answers depend on."""
    if what == "CAP_SYS_RESOURCE":
        effective = re.search(r"CapEff:\s*(\w+)", pathlib.Path("/proc/self/status").read_text())[1]
        return bool(int(effective, 16) >> SYS_RESOURCE & 1)
    is_v2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
    return {"cgroup v1": not is_v2, "cgroup v2": is_v2}.get(what, True)


def write_down(case, ours, theirs):
    if path := os.environ.get("REDOUBT_SEMANTICS_TOLD"):
        with open(path, "a", encoding="utf8") as file:
            file.write(f"=== {case['id']} [{case['field']}]\n--- ours: {ours.told()}\n--- runc: {theirs.told()}\n")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CHOSEN])
def test_it_is_as_with_runc_or_listed(case, outcomes):
    ours, theirs = (future.result() for future in outcomes[case["id"]])
    write_down(case, ours, theirs)
    shown = f"ours: {ours.told()}\nrunc: {theirs.told()}"
    if "ours" in case:
        assert (ours.refusal, ours.out.strip("\n")) == ("", case["ours"].strip("\n")), shown
    words = case.get("refused") or case.get("ours_refused")
    assert bool(ours.refusal) == bool(words) and (words or "") in ours.refusal, shown
    if not host_has(case.get("host")):
        return
    assert ours.same_as(theirs) != ("differs" in case), shown


def test_the_page_lists_every_difference_and_no_other():
    listed, heading = [], ""
    for line in PAGE.read_text(encoding="utf8").splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif found := re.match(r"- `(.+: .+)`$", line):
            listed.append((heading, found[1]))
    assert sorted(listed) == sorted((case["differs"], case["id"]) for case in CASES if "differs" in case)


def test_there_are_cases_of_every_field_that_applies():
    fields = {case["field"] for case in CASES}
    wanted = """process.args process.env process.cwd process.terminal process.user process.user.additionalGids process.user.umask
        process.capabilities.bounding process.capabilities.effective process.capabilities.inheritable process.capabilities.ambient
        process.rlimits process.oomScoreAdj process.noNewPrivileges process.apparmorProfile process.selinuxLabel process.scheduler
        process.ioPriority root root.readonly hostname domainname mounts.destination mounts.source mounts.type mounts.options
        linux.namespaces linux.uidMappings linux.timeOffsets linux.devices linux.cgroupsPath linux.resources.devices
        linux.resources.memory.limit linux.resources.cpu.quota linux.resources.cpu.shares linux.resources.cpu.cpus
        linux.resources.pids.limit linux.resources.blockIO.weight linux.resources.hugepageLimits linux.resources.unified
        linux.intelRdt linux.sysctl linux.seccomp linux.seccomp.flags linux.rootfsPropagation linux.maskedPaths linux.readonlyPaths
        linux.mountLabel linux.personality hooks.prestart hooks.createRuntime hooks.createContainer hooks.startContainer hooks.poststart
        hooks.poststop annotations ociVersion""".split()
    assert not set(wanted) - fields and len(CASES) >= 150
