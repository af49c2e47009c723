"""R-601: what others build on does not go away unnoticed.

metrics.txt lists every metric that was ever promised, with type and labels. What stands there is in the
code's catalog and in docs/metrics.md, and both have nothing else. Rules and dashboards ask for nothing
beyond it, and every metric is to be seen in one of them.
usage: metric_names.py SOURCE_DIR"""
import sys

import catalog

problems = []


def wrong(text):
    problems.append(text)


def lines_of(metrics):
    return {f"{name} {metric.kind} {','.join(sorted(metric.labels)) or '-'}" for name, metric in metrics.items()}


def promises_are_kept(root, code, docs):
    text = (root / "tests/observability/metrics.txt").read_text()
    promised = {line for line in text.splitlines() if line and not line.startswith("#")}
    for line in sorted(promised - lines_of(code)):
        wrong(f"promised in metrics.txt, and not in metric_catalog.cc as it stands there: {line}")
    for line in sorted(lines_of(code) - promised):
        wrong(f"in metric_catalog.cc, and not promised in metrics.txt: {line}")
    for line in sorted(lines_of(code) ^ lines_of(docs)):
        wrong(f"in one alone of metric_catalog.cc and docs/metrics.md: {line}")


def recorded_labels(root, series):
    """Adds what rules record; a rule's labels are those that it groups by, and its own."""
    for _, rule in catalog.rules(root):
        if "record" in rule:
            labels = set(rule.get("labels", {})) | catalog.grouped_by(rule["expr"])
            for name, _, _ in catalog.selectors(rule["expr"]):
                if name.startswith("signet:"):
                    labels |= series.get(name, set())
            series[rule["record"]] = series.get(rule["record"], set()) | labels


def query_is_answerable(where, query, series):
    read = list(catalog.selectors(query))
    if not read and "vector(" not in query:
        wrong(f"{where}: nothing of Signet is read by: {query}")
    known = set(catalog.OF_EVERY_TARGET)
    for name, labels, text in read:
        if name not in series:
            wrong(f"{where}: there is no {name}")
            continue
        known |= series[name]
        for label in labels - series[name] - catalog.OF_EVERY_TARGET:
            wrong(f"{where}: {name} has no label {label}: {text}")
    for label in catalog.grouped_by(query) - known:
        wrong(f"{where}: groups by {label}, which nothing that it reads has")
    return {name for name, _, _ in read}


def main():
    root = catalog.root_of(sys.argv)
    code, docs = catalog.in_code(root), catalog.documented(root)
    promises_are_kept(root, code, docs)
    series = catalog.of_series(code)
    recorded_labels(root, series)
    used = set()
    queries = 0
    for file, rule in catalog.rules(root):
        used |= query_is_answerable(f"{file}, {rule.get('alert') or rule['record']}", rule["expr"], series)
        queries += 1
    for dashboard, panel, query in catalog.panels(root):
        used |= query_is_answerable(f"{dashboard}, {panel}", query, series)
        queries += 1
    for name, metric in code.items():
        parts = {name, name + "_bucket", name + "_count", name + "_sum"}
        if not parts & used:
            wrong(f"no rule and no dashboard shows {name}")
    if len(code) < 60 or queries < 100:
        wrong(f"only {len(code)} metrics and {queries} queries were found")
    for problem in problems:
        print(problem)
    print(f"metric_names: {len(code)} metrics, {queries} queries, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
