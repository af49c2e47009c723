"""What is documented of metrics, and what queries ask for."""
import pathlib
import re

import yaml

# What Prometheus itself adds: of every target, and of a histogram's buckets.
OF_EVERY_TARGET = {"job", "instance"}
OF_PROMETHEUS = {"up": set()}

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SELECTOR = re.compile(r"(?<![\w:$])((?:signet|grpc_server|process)_\w+|signet:[\w:]+|up)\b\s*(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")


class Metric:
    def __init__(self, kind, labels):
        self.kind = kind
        self.labels = labels


def documented(root):
    """The rows of docs/metrics.md: name -> Metric."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", (root / "docs/metrics.md").read_text(), re.M)
    return {name: Metric(kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def in_code(root):
    """The rows of server/observe/metric_catalog.cc."""
    source = (root / "server/observe/metric_catalog.cc").read_text()
    rows = re.findall(r'\{"(\w+)",\s*Type::(\w+),\s*"([\w,]*)",', source)
    return {name: Metric(kind.lower(), set(filter(None, labels.split(",")))) for name, kind, labels in rows}


def of_series(metrics):
    """name of a series -> its labels: a histogram is three, and its buckets have `le`."""
    series = dict(OF_PROMETHEUS)
    for name, metric in metrics.items():
        if metric.kind != "histogram":
            series[name] = metric.labels
            continue
        series[name + "_bucket"] = metric.labels | {"le"}
        series[name + "_sum"] = series[name + "_count"] = metric.labels
    return series


def rules(root):
    """(file, rule) of every rule."""
    for path in sorted((root / "deploy/observability/rules").glob("*.yaml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                yield path.name, rule


def alerts(root):
    return {rule["alert"]: rule for _, rule in rules(root) if "alert" in rule}


def targets(root):
    """(dashboard, panel, target), of what Grafana will ask: the JSON, not its source."""
    import json
    for path in sorted((root / "deploy/observability/grafana").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield path.stem, panel, target


def panels(root):
    """(dashboard, panel, query) of the same."""
    for dashboard, panel, target in targets(root):
        yield dashboard, panel["title"], target["expr"]


def selectors(query):
    """(series, {label, …}, text) of everything that a query reads."""
    for found in SELECTOR.finditer(without_groupings(query)):
        matchers = {m[1] for m in MATCHER.finditer(found[2] or "")}
        yield found[1], matchers, found[0]


def without_groupings(query):
    return GROUPING.sub(lambda m: " " * len(m[0]), query)


def grouped_by(query):
    """The labels that a query groups or joins by."""
    names = set()
    for found in GROUPING.finditer(STRING.sub('""', query)):
        names |= {name.strip() for name in found[1].split(",") if name.strip()}
    return names


def root_of(arguments):
    return pathlib.Path(arguments[1]).resolve()
