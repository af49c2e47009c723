"""R-601: the dashboards are those of dashboards.yaml, and a Grafana can show them.
usage: dashboards.py SOURCE_DIR"""
import json
import subprocess
import sys

import catalog

OF_NO_JOB = "signet:slo_budget:ratio"
LEAD_TO_TRACES = {"grpc_server_handling_seconds_bucket", "signet_http_request_seconds_bucket"}
KINDS = {"row", "timeseries", "stat", "table", "heatmap"}
problems = []


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and
            a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


def look_at(name, dashboard):
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    panels = dashboard["panels"]
    if len({panel["id"] for panel in panels}) != len(panels):
        problems.append(f"{name}: two panels have one id")
    titles = [panel["title"] for panel in panels]
    for number, panel in enumerate(panels):
        where = f"{name}, {panel['title']}"
        place = panel["gridPos"]
        if panel["type"] not in KINDS:
            problems.append(f"{where}: of an unknown type")
        if place["x"] + place["w"] > 24 or any(overlap(place, other["gridPos"]) for other in panels[:number]):
            problems.append(f"{where}: lies beyond the edge, or over another panel")
        if titles.count(panel["title"]) > 1:
            problems.append(f"{where}: two panels have this title")
        if panel["type"] != "row" and not panel["targets"]:
            problems.append(f"{where}: asks for nothing")
        for target in panel.get("targets", []):
            for series, labels, text in catalog.selectors(target["expr"]):
                if "job" not in labels and series != OF_NO_JOB:
                    problems.append(f"{where}: is not of the chosen job: {text}")
            series = {name for name, _, _ in catalog.selectors(target["expr"])}
            leads = bool(series & LEAD_TO_TRACES) and panel["type"] in ("timeseries", "heatmap")
            if target.get("exemplar", False) != leads:
                problems.append(f"{where}: exemplars are {'not ' if leads else ''}asked for")
            if "$method" in target["expr"] and "method" not in variables:
                problems.append(f"{where}: there is no $method to choose")


def main():
    root = catalog.root_of(sys.argv)
    folder = root / "deploy/observability"
    current = subprocess.run(["/usr/bin/python3", "-B", folder / "make-dashboards", "--check"], capture_output=True, text=True)
    if current.returncode != 0:
        problems.append((current.stdout + current.stderr).strip())
    files = sorted((folder / "grafana").glob("*.json"))
    dashboards = [json.loads(path.read_text()) for path in files]
    for path, dashboard in zip(files, dashboards):
        look_at(path.stem, dashboard)
    if len({each["title"] for each in dashboards}) != len(files) or len(files) < 8:
        problems.append(f"only {len(files)} dashboards, or two of one title")
    for problem in problems:
        print(problem)
    print(f"dashboards: {len(files)} files, {sum(1 for _ in catalog.panels(root))} queries, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
