# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
"""What a run of the benchmark leaves: a table for the terminal, and in a folder results.json, results.md and plots in SVG."""
import dataclasses
import html
import json
import statistics

FORMAT = "redoubt-bench-1"
# Of the project's palette; they are readable on light and dark grounds.
INK, GRID, OURS, THEIRS = "#6b7280", "#6b728055", "#2f6f8f", "#b08968"
LINE_HEIGHT = 14


def print_rows(rows):
    print(f"{'':52} {'found':>16}  {'target':>18}  {'verdict':12}")
    for row in rows:
        print(f"{row.what:52} {row.value():>16}  {row.aim():>18}  {row.verdict():12}  {row.beside}")


def print_steps(steps):
    """Where the time of our starts goes, in medians."""
    for kind, found in steps.items():
        words = ", ".join(f"{name} {statistics.median(values):.0f}" for name, values in found.items())
        print(f"steps of {kind}, ms: {words}")


def cell(text):
    return str(text).replace("|", "\\|")


def markdown(facts, rows, results, options):
    lines = ["# Results", "", "Made by `./sdk bench`; [README.md](README.md) says what they mean. Medians; ratios first, what they are made of beside them.",
             "", "| What | Found | Target | Verdict | Of |", "|---|---:|---:|---|---|"]
    lines += [f"| {cell(row.what)} | {row.value()} | {row.aim()} | {row.verdict()} | {cell(row.beside)} |" for row in rows]
    if steps := results.get("starts", {}).get("steps_ms"):
        names = list(dict.fromkeys(name for found in steps.values() for name in found))
        lines += ["", "## Steps of a start, ms", ""]
        lines += ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
        for kind, found in steps.items():
            cells = [f"{statistics.median(found[name]):.0f}" if name in found else "" for name in names]
            lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    lines += ["", "## Machine", "", "| | |", "|---|---|"]
    flat = {**{name: value for name, value in facts.items() if name not in ("versions", "of_other_runs")}, **facts["versions"], "options": options}
    flat |= {f"{part}: of another run": when for part, when in facts.get("of_other_runs", {}).items()}
    lines += [f"| {cell(name).replace('_', ' ')} | {cell(value)} |" for name, value in flat.items()]
    lines += ["", "![times to first output](starts.svg)", ""]
    if "crowd" in results:
        lines += ["![memory a pod](memory.svg)", ""]
    if "bursts" in results:
        lines += ["![starts a second](bursts.svg)", ""]
    return "\n".join(lines)


def svg(width, height, title, body):
    text = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'font-family="sans-serif" font-size="12">', f"<title>{html.escape(title)}</title>",
            f'<text x="12" y="22" fill="{INK}" font-size="14" font-weight="bold">{html.escape(title)}</text>', *body, "</svg>", ""]
    return "\n".join(text)


def bars(title, unit, values):
    """Horizontal bars of (name, number, whether it is ours)."""
    row, left, width = 26, 150, 640
    longest = max([value for _, value, _ in values] or [1]) or 1
    body = []
    for number, (name, value, is_ours) in enumerate(values):
        y = 40 + number * row
        length = (width - left - 110) * value / longest
        body += [f'<text x="{left - 8}" y="{y + 13}" fill="{INK}" text-anchor="end">{html.escape(name)}</text>',
                 f'<rect x="{left}" y="{y}" width="{max(length, 1):.1f}" height="{row - 8}" rx="2" fill="{OURS if is_ours else THEIRS}"/>',
                 f'<text x="{left + length + 6:.1f}" y="{y + 13}" fill="{INK}">{value:,.4g} {html.escape(unit)}</text>']
    return svg(width, 52 + row * len(values), title, body)


def names_beside(ends):
    """Where the names of lines with these ends (name, y) stand: beside them, and none on another."""
    found, last = {}, -LINE_HEIGHT
    for name, y in sorted(ends, key=lambda end: end[1]):
        last = found[name] = max(y, last + LINE_HEIGHT)
    return found


def lines_plot(title, unit, series):
    """Lines of {name: [(x, y)]} from zero."""
    width, height, left, bottom = 640, 300, 60, 40
    points = [point for line in series.values() for point in line]
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points) * 1.1 or 1
    at = lambda x, y: (left + (width - left - 130) * x / most_x, height - bottom - (height - bottom - 40) * y / most_y)  # noqa: E731
    body = []
    for part in range(5):
        value = most_y * part / 4
        _, y = at(0, value)
        body += [f'<line x1="{left}" x2="{width - 130}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>',
                 f'<text x="{left - 6}" y="{y + 4:.1f}" fill="{INK}" text-anchor="end">{value:.3g}</text>']
    for x in sorted({x for x, _ in points}):
        body.append(f'<text x="{at(x, 0)[0]:.1f}" y="{height - bottom + 18}" fill="{INK}" text-anchor="middle">{x:g}</text>')
    body.append(f'<text x="{width - 130}" y="{height - 6}" fill="{INK}" text-anchor="end">pods; {html.escape(unit)}</text>')
    beside = names_beside([(name, at(*line[-1])[1]) for name, line in series.items()])
    for number, (name, line) in enumerate(series.items()):
        colour, places = (OURS, THEIRS, INK)[number % 3], [at(x, y) for x, y in line]
        body.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        body.append(f'<text x="{places[-1][0] + 8:.1f}" y="{beside[name] + 4:.1f}" fill="{colour}">{html.escape(name)}</text>')
    return svg(width, height, title, body)


def plots(results):
    out = {}
    if "starts" in results:
        names = {"floor": "bare boot", "runc": "runc", "crun": "crun", "gvisor": "gVisor", "cold": "VM that boots", "clone": "clone", "pool": "VM that waited"}
        taken = results["starts"]["seconds"]
        values = [(names[kind], statistics.median(found) * 1000, kind in ("cold", "clone", "pool")) for kind, found in taken.items()]
        out["starts.svg"] = bars("Time to first output (the bare boot: to off)", "ms", values)
    if steps := results.get("crowd", {}).get("steps"):
        fields = {"PSS a VM": "pss_mib", "private a VM": "private_mib", "redoubtd": "redoubtd_mib"}
        series = {what: [(step["containers"], step[field]) for step in steps] for what, field in fields.items()}
        out["memory.svg"] = lines_plot("Memory by the number of idle pods", "MiB", series)
    if "bursts" in results:
        out["bursts.svg"] = bars("Starts a second", "/s", [(f"{at_once} at once", rate, True) for at_once, rate in results["bursts"].items()])
    return out


def as_json(facts, rows, results, options):
    named = [dataclasses.asdict(row) | {"verdict": row.verdict()} for row in rows]
    return json.dumps({"format": FORMAT, "options": options, "machine": facts, "rows": named, "measured": results}, indent=2)


def add_parts(results, facts, file, parts):
    """What an earlier run measured of these parts, so that a full run need not be one of an hour."""
    earlier = json.loads(file.read_text())
    if earlier.get("format") != FORMAT:
        raise SystemExit(f"{file}: its format is not {FORMAT}")
    for what in ("processor", "processors", "kernel", "daemon", "guest_kernel"):
        if earlier["machine"][what] != facts[what]:
            raise SystemExit(f"{file}: {what} is {earlier['machine'][what]}, here {facts[what]}")
    for part in parts:
        if part in earlier["measured"] and part not in results:
            results[part] = earlier["measured"][part]
            results["skipped"].pop(part, None)
            its_run = f"{earlier['machine']['date']}, load before {earlier['machine']['load_before']:.2f}"
            # What it has of a third run stays that run's.
            facts.setdefault("of_other_runs", {})[part] = earlier["machine"].get("of_other_runs", {}).get(part, its_run)


def write_report(folder, facts, rows, results, options):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(as_json(facts, rows, results, options) + "\n")
    (folder / "results.md").write_text(markdown(facts, rows, results, options))
    for name, text in plots(results).items():
        (folder / name).write_text(text)
