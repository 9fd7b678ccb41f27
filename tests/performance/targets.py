# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""The project's targets, and what a run of the benchmark says to each."""
import dataclasses
import statistics

POD_ROW, MANY_PODS, MEMORY_GIB, CYCLES = 10, 200, 24, 1000
SLOPE_MOST, GROWTH_MOST_MIB = 1.15, 2.0


@dataclasses.dataclass
class Row:
    """One line of the table. `found` is in the target's unit; without one there is no verdict."""
    what: str
    found: float | None = None
    unit: str = ""
    target: float | None = None
    is_least: bool = False  # else the target is the most it may be
    beside: str = ""  # the times behind a ratio, or why it was not measured

    def verdict(self):
        if self.found is None:
            return "not measured"
        if self.target is None:
            return ""
        return "met" if (self.found >= self.target if self.is_least else self.found <= self.target) else "MISSED"

    def aim(self):
        if self.target is None:
            return ""
        return f"{'>=' if self.is_least else '<='} {self.target:g} {self.unit}".strip()

    def value(self):
        if self.found is None:
            return "-"
        digits = 2 if self.unit.startswith("x") else 1 if self.unit not in ("", "yes") else 0
        return f"{self.found:.{digits}f} {self.unit}".strip()


def medians(measured):
    return {what: statistics.median(values) for what, values in measured["seconds"].items() if values}


def milliseconds(seconds):
    return f"{seconds * 1000:.0f} ms"


def missing(what, why, **more):
    return Row(what, beside=why, **more)


def start_rows(results):
    """Ratios first: what they are made of stands beside them."""
    why = results["skipped"].get("starts", "")
    found = medians(results["starts"]) if "starts" in results else {}
    absent = results.get("starts", {}).get("missing", {})

    def ratio(what, kind, anchor, target):
        unit = f"x {anchor}"
        if kind not in found or anchor not in found:
            return missing(what, absent.get(anchor) or absent.get(kind) or why or "the node has no such VMs", unit=unit, target=target)
        beside = f"{milliseconds(found[kind])} / {milliseconds(found[anchor])}"
        return Row(what, found[kind] / found[anchor], unit, target, beside=beside)

    return [ratio("first output, a VM that boots", "cold", "floor", 1.25), ratio("first output, a clone", "clone", "floor", 0.25),
            ratio("first output, a VM that waited", "pool", "runc", 2.5), ratio("first output, a VM that waited", "pool", "gvisor", 1.0),
            ratio("first output, a clone", "clone", "runc", None), ratio("first output, a VM that waited", "pool", "crun", None)]


def call_rows(results):
    why = results["skipped"].get("calls", "")
    found = medians(results["calls"]) if "calls" in results else {}
    rows = []
    for what, kind, target in (("exec of true", "exec", 30), ("stop of who ends at once", "stop", 100),
                               ("first output of another container in a pod", "second", None)):
        rows.append(Row(what, found[kind] * 1000, "ms", target) if kind in found else missing(what, why, unit="ms", target=target))
    return rows


def step_of(results, containers):
    steps = results.get("crowd", {}).get("steps", [])
    return next((step for step in steps if step["containers"] == containers), None)


def crowd_rows(results):
    why = results["skipped"].get("crowd", "")
    steps = results.get("crowd", {}).get("steps", [])
    if not steps:
        return [missing("private memory of an idle pod", why, unit="MiB", target=40), missing("redoubtd with that many", why, unit="MiB")]
    last = steps[-1]
    count = last["containers"]
    return [Row(f"private memory of each of {count} idle pods", last["private_mib"], "MiB", 40,
                beside=f"{last['translated_mib']:.1f} of them translated code, of emulation alone; {last['pss_mib']:.1f} MiB PSS"),
            Row(f"redoubtd with {count} pods", last["redoubtd_mib"], "MiB", 30 + 0.3 * count, beside=f"{results['crowd']['alone_mib']:.1f} MiB without, {last['redoubtd_pss_mib']:.1f} MiB PSS")]


def many_rows(results):
    what = (f"{MANY_PODS} idle pods: memory of all", f"the {MANY_PODS}th start to the first")
    crowd, last = results.get("crowd", {}), step_of(results, MANY_PODS)
    if last is None:
        stopped = crowd.get("stopped_at")
        why = f"no memory was left after {stopped}" if stopped is not None else results["skipped"].get("many", "")
        return [missing(what[0], why, unit="GiB", target=MEMORY_GIB), missing(what[1], why, unit="x the first", target=1.5)]
    return [Row(what[0], crowd["all_mib"] / 1024, "GiB", MEMORY_GIB, beside="by MemAvailable"),
            Row(what[1], last["last_start_s"] / crowd["first_start_s"], "x the first", 1.5,
                beside=f"{milliseconds(last['last_start_s'])} / {milliseconds(crowd['first_start_s'])}")]


def cycle_rows(results):
    found = results.get("cycles")
    why = results["skipped"].get("cycles", "")
    names = (f"{CYCLES} starts and stops: time of the last to the first", f"{CYCLES} starts and stops: growth of redoubtd",
             f"{CYCLES} starts and stops: things left on the host")
    if not found or found["count"] < CYCLES:
        if found:
            why = f"{found['count']} were made: {found['slope']:.2f} x, {found['growth_mib']:+.1f} MiB, {sum(found['left'].values())} left"
        return [missing(names[0], why, unit="x", target=SLOPE_MOST), missing(names[1], why, unit="MiB", target=GROWTH_MOST_MIB),
                missing(names[2], why, target=0)]
    left = {what: count for what, count in found["left"].items() if count}
    return [Row(names[0], found["slope"], "x", SLOPE_MOST),
            Row(names[1], found["growth_mib"], "MiB", GROWTH_MOST_MIB, beside=f"of {found['settled_mib']:.1f} MiB"),
            Row(names[2], sum(map(abs, left.values())), "", 0, beside=", ".join(f"{what} {count:+}" for what, count in left.items()))]


def burst_rows(results):
    found, why = results.get("bursts"), results["skipped"].get("bursts", "")
    if not found:
        return [missing("starts a second, 16 at once to one by one", why, unit="x", target=1.6, is_least=True)]
    beside = ", ".join(f"{at_once} at once {rate:.2f}/s" for at_once, rate in found.items())
    return [Row("starts a second, 16 at once to one by one", found["16"] / found["1"], "x", 1.6, True, beside)]


def conversion_rows(results):
    what = "conversion of a layer to mkfs.erofs alone"
    if "conversion" not in results:
        return [missing(what, results["skipped"].get("conversion", ""), unit="x", target=0.8, is_least=True)]
    size, taken = results["conversion"]["mebibytes"], medians(results["conversion"])
    beside = f"import {size / taken['import']:.0f} MiB/s, mkfs.erofs {size / taken['mkfs']:.0f} MiB/s"
    return [Row(what, taken["mkfs"] / taken["import"], "x", 0.8, True, beside)]


def small_rows(results):
    names = ("busybox runs in a guest of 64 MiB", "redoubtd and a pod of 64 MiB")
    if "small" not in results:
        why = results["skipped"].get("small", "")
        return [missing(names[0], why, unit="yes", target=1, is_least=True), missing(names[1], why, unit="MiB", target=160)]
    found = results["small"]
    return [Row(names[0], float(found["runs"]), "yes", 1, True, f"{found['guest_mib']:.0f} MiB for its programs"),
            Row(names[1], found["total_mib"], "MiB", 160, beside=f"redoubtd {found['redoubtd_mib']:.1f}, VM {found['vm_mib']:.1f} MiB PSS")]


def data_rows(results):
    """Inside to outside: of disks and networks there is no target."""
    rows = []
    for name, base in (("disk", "host"), ("network", "runc")):
        found = results.get(name)
        if not found:
            rows.append(missing(f"{name}: throughput", results["skipped"].get(name, "")))
            continue
        for what, cells in found.items():
            if isinstance(cells, dict) and cells.get(base):
                beside = ", ".join(f"{who} {value:.0f}" for who, value in cells.items())
                rows.append(Row(f"{name}: {what}", cells["redoubt"] / cells[base], f"x {base}", beside=beside))
    return rows


def rows_of(results):
    makers = (start_rows, call_rows, crowd_rows, many_rows, cycle_rows, burst_rows, conversion_rows, small_rows, data_rows)
    return [row for make in makers for row in make(results)]


# What must hold on any machine, busy or with sanitizers: (of which rows, the most it may be). Ratios, not times.
def guard(results):
    """Sentences about what has become much worse than it is."""
    found, calls = medians(results["starts"]), medians(results["calls"])
    bounds = [("a VM that boots, to the bare boot", found["cold"] / found["floor"], 4.0), ("a clone, to a VM that boots", found["clone"] / found["cold"], 0.9),
              ("exec, to a VM that boots", calls["exec"] / found["cold"], 0.5), ("stop, to a VM that boots", calls["stop"] / found["cold"], 0.7),
              ("another container in a pod, to a VM that boots", calls["second"] / found["cold"], 0.9)]
    if "pool" in found:
        bounds.append(("a VM that waited, to a VM that boots", found["pool"] / found["cold"], 0.8))
    if "bursts" in results:
        bounds.append(("one by one, to 16 at once", results["bursts"]["1"] / results["bursts"]["16"], 1.5))
    if "conversion" in results:
        taken = medians(results["conversion"])
        bounds.append(("import of an image, to mkfs.erofs alone", taken["import"] / taken["mkfs"], 30.0))
    for step in results.get("crowd", {}).get("steps", [])[-1:]:
        bounds.append(("private memory of a clone, to that of a VM that booted", step["private_mib"] / (results["booted_vm_kib"]["private"] / 1024), 0.9))
    return [f"{what}: {ratio:.2f}, which may be {most:g}" for what, ratio, most in bounds if ratio > most], bounds
