"""table.py [--json] ROWS MISSING: the rows of bench/peers, each beside its limit.
table.py --check NAME…: checks JSON from standard input for the rows of these names ("peer case"). One
that begins with `!` has to have ended with a wrong answer, all others have to have a rate. Judges no
figure.
"""

import json
import platform
import re
import statistics
import sys

TITLES = {
    "library": "Verifications per second of one core, and times OpenSSL's bare call of the same run",
    "server": "Answers per second of one core, and as a part of those that cost no work, in the same run",
}


def read(path):
    """Yields (kind, row, limit), where a limit stands before its rows."""
    limit = None
    with open(path, encoding="utf-8") as opened:
        for line in opened:
            kind, text = line.rstrip("\n").split("\t", 1)
            row = json.loads(text)
            if kind == "limit":
                limit = row
            yield kind, row, limit


def of_runs(runs):
    """One result of all runs of one row."""
    first = runs[0][0]
    result = {"peer": first["peer"], "version": first["version"], "case": first["case"]}
    wrong = [row["wrong"] for row, _ in runs if "wrong" in row]
    if wrong:
        return {**result, "wrong": wrong[0]}
    ratios = [row["rate"] / limit["rate"] for row, limit in runs]
    result["rate"] = statistics.median(row["rate"] for row, _ in runs)
    for key in ("p50_us", "p99_us", "busy"):
        if key in first:
            result[key] = statistics.median(row[key] for row, _ in runs)
    return {**result, "limit": runs[0][1]["case"], "ratio": statistics.median(ratios),
            "ratio_low": min(ratios), "ratio_high": max(ratios)}


def results_of(path):
    runs = {}
    for kind, row, limit in read(path):
        group = "library" if kind == "limit" and row["peer"] == "openssl" else kind
        group = "server" if group == "limit" else group
        runs.setdefault((group, row["peer"], row["case"]), []).append((row, limit))
    results = [{"kind": kind, **of_runs(those)} for (kind, _, _), those in runs.items()]
    return sorted(results, key=order)


def order(result):
    """Libraries by algorithm, servers by way of asking; the limit first, then the fastest."""
    group = result["case"].split("/")[0] if result["kind"] == "library" else ""
    return (result["kind"], group, -result.get("rate", 0), result["peer"])


def machine():
    found = {"system": f"{platform.system()} {platform.release()}", "processor": platform.machine()}
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as opened:
            found["processor"] = re.search(r"model name\s*: (.*)", opened.read()).group(1)
    except (OSError, AttributeError):
        pass
    return found


def number(value):
    return f"{value:,.0f}"


def columns(result):
    name = f"{result['peer']} {result['version']}".strip()
    if "wrong" in result:
        return name, result["case"], "-", "-", "", f"WRONG: {result['wrong']}"
    spread = f"{result['ratio_low']:.3g}-{result['ratio_high']:.3g}"
    return (name, result["case"], number(result["rate"]), f"{result['ratio']:.3g}",
            f"{result['busy']:.2f}" if "busy" in result else "",
            "" if result["ratio_low"] == result["ratio_high"] else spread)


def print_table(results, missing):
    for kind, title in TITLES.items():
        lines = [columns(result) for result in results if result["kind"] == kind]
        if not lines:
            continue
        print(f"{title}\n")
        busy = "core" if kind == "server" else ""
        lines.insert(0, ("what", "case", "per second", "ratio", busy, "of all runs"))
        widths = [max(len(line[i]) for line in lines) for i in range(5)]
        for name, case, *figures, rest in lines:
            right = "  ".join(f"{figure:>{width}}" for figure, width in zip(figures, widths[2:]))
            print(f"{name:{widths[0]}}  {case:{widths[1]}}  {right}  {rest}".rstrip())
        print()
    for name, reason in missing:
        print(f"not tried: {name}: {reason}")
    print("on {processor}, {system}".format(**machine()))


def print_json(results, missing):
    print(json.dumps({"machine": machine(), "results": results,
                      "untried": [{"peer": name, "reason": reason} for name, reason in missing]}, indent=1))


def check(names):
    results = {f"{result['peer']} {result['case']}": result for result in json.load(sys.stdin)["results"]}
    for name in names:
        result = results.pop(name.lstrip("!"), None)
        if result is None:
            sys.exit(f"no row for {name}")
        if name.startswith("!") != ("wrong" in result):
            sys.exit(f"{name}: {result}")
        if not name.startswith("!") and not result["rate"] > 0:
            sys.exit(f"no rate: {result}")
    wrong = [name for name, result in results.items() if "wrong" in result]
    if wrong:
        sys.exit(f"wrong answers of {', '.join(wrong)}")


def main():
    if sys.argv[1] == "--check":
        return check(sys.argv[2:])
    rows, missing_path = sys.argv[-2:]
    with open(missing_path, encoding="utf-8") as opened:
        missing = [line.rstrip("\n").split("\t", 1) for line in opened]
    results = results_of(rows)
    return print_json(results, missing) if sys.argv[1] == "--json" else print_table(results, missing)


main()
