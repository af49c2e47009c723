"""R-601: no panel is empty, and every rule finds what it looks for.

A real server with some traffic, a real Prometheus that scrapes it by deploy/observability/prometheus.yaml
with its rules. Every query of the dashboards has to find a number; of every rule each series that it
reads has to be there, and each recorded one to have come about.
Every panel that leads to traces leads to those that callers recorded; and /metrics is what another parser
than Prometheus's takes for OpenMetrics.
usage: live.py SOURCE_DIR SIGNETD"""
import json
import pathlib
import re
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

import catalog
import exposition
from programs import PATIENCE, Program, certificate, start_server
from traffic import Traffic


def start_prometheus(root, scratch, target, authority):
    """The shipped configuration with another target, and everything each second."""
    config = yaml.safe_load((root / "deploy/observability/prometheus.yaml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    job = config["scrape_configs"][0]
    job["static_configs"] = [{"targets": [target]}]
    job |= {"scheme": "https", "tls_config": {"ca_file": str(authority)}}
    (scratch / "rules").mkdir()
    for path in (root / "deploy/observability/rules").glob("*.yaml"):
        (scratch / "rules" / path.name).write_text(re.sub(r"interval: \d+s", "interval: 1s", path.read_text()))
    (scratch / "prometheus.yaml").write_text(yaml.safe_dump(config))
    log = scratch / "prometheus.log"
    prometheus = Program(["prometheus", "--config.file", scratch / "prometheus.yaml", "--storage.tsdb.path",
                          scratch / "tsdb", "--web.listen-address", "127.0.0.1:0",
                          "--enable-feature=exemplar-storage"], log)
    found = prometheus.await_("Prometheus does not listen", lambda: re.search(
        r'msg="Listening on" address=(\S+)', log.read_text(errors="replace")))
    # It listens before it answers: 503 until its storage is there.
    prometheus.await_("Prometheus is not ready", lambda: is_ready(f"http://{found[1]}/-/ready"))
    return prometheus, f"http://{found[1]}/api/v1/"


def is_ready(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


class Asked:
    def __init__(self, url):
        self.url = url

    def get(self, path, **parameters):
        with urllib.request.urlopen(self.url + path + "?" + urllib.parse.urlencode(parameters), timeout=20) as answer:
            return json.load(answer)["data"]

    def numbers(self, query):
        try:
            result = self.get("query", query=query)["result"]
        except urllib.error.HTTPError as refusal:
            sys.exit(f"{query}\n{refusal.read().decode()}")
        values = [sample["value"][1] for sample in result]
        return [value for value in values if value != "NaN"]


    def traces(self, query):
        now = time.time()
        found = self.get("query_exemplars", query=query, start=now - 3600, end=now + 60)
        return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}


def one_by_one(selector):
    """reason=~"a|b" asks for either: once more with each, so that a name of old is noticed."""
    found = re.search(r'(\w+)=~"(\w+(?:\|\w+)+)"', selector)
    if not found:
        return [selector]
    return [one for value in found[2].split("|")
            for one in one_by_one(selector.replace(found[0], f'{found[1]}="{value}"'))]


def chosen(where, query):
    """With values in place of the dashboard's variables."""
    for name, value in {"$job": "signet", "$instance": ".*", "$method": ".*", "$__rate_interval": "1m",
                        "$__range": "1m"}.items():
        query = query.replace(name, value)
    if "$" in query:
        sys.exit(f"{where}: a variable that the test does not know: {query}")
    return query


def leading_to_traces(root):
    return [(f"{dashboard}, {panel['title']}", chosen(dashboard, target["expr"]))
            for dashboard, panel, target in catalog.targets(root) if target.get("exemplar")]


def questions(root):
    """What has to have an answer: (where, query)."""
    for dashboard, panel, query in catalog.panels(root):
        query = chosen(f"{dashboard}, {panel}", query)
        yield f"{dashboard}, {panel}", query
        for _, _, selector in catalog.selectors(query):
            for one in one_by_one(selector):
                yield f"{dashboard}, {panel}", one
    for file, rule in catalog.rules(root):
        if "record" in rule:
            yield f"{file}", rule["record"]
        # Whether an alert fires promtool has tried; here, that what it reads is there.
        for _, _, selector in catalog.selectors(rule["expr"]):
            for one in one_by_one(selector):
                yield f"{file}, {rule.get('alert') or rule['record']}", one


def main():
    root, signetd = catalog.root_of(sys.argv), sys.argv[2]
    programs = []
    with tempfile.TemporaryDirectory(prefix="signet-seen-") as folder:
        scratch = pathlib.Path(folder)
        scratch.chmod(0o711)  # PostgreSQL runs as another user, where this is root
        try:
            files = certificate(scratch)
            server, address = start_server(signetd, scratch, files)
            programs.append(server)
            prometheus, url = start_prometheus(root, scratch, address["http"], files[0])
            programs.append(prometheus)
            problems = look(root, Asked(url), Traffic(address["http"], address["grpc"], files[0], scratch), programs)
        finally:
            codes = [program.end() for program in reversed(programs)]
        if codes[-1] != 0:
            problems.append(f"signetd ended with {codes[-1]}")
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


def look(root, asked, traffic, programs):
    programs.append(Program(traffic.watch(), traffic.scratch / "watch.log"))
    # A rate needs a value before: of what is counted for the first time there would be none.
    programs[1].await_("nothing is scraped", lambda: asked.numbers('count_over_time(up{job="signet"}[1m]) > 1'))
    for number in range(3):
        traffic.round(number)
    waiting = list(dict.fromkeys(questions(root)))
    count = len(waiting)
    ends = time.monotonic() + PATIENCE / 2
    while waiting and time.monotonic() < ends:
        waiting = [question for question in waiting if not asked.numbers(question[1])]
        time.sleep(0.5)
    problems = [f"{where}: nothing is found by {query}" for where, query in waiting]
    leading = leading_to_traces(root)
    for where, query in leading:
        found = asked.traces(query)
        if not found or not found <= traffic.recorded:
            problems.append(f"{where}: leads to {found - traffic.recorded or 'no trace'}: {query}")
    problems += exposition.problems(traffic)
    for group in asked.get("rules")["groups"]:
        problems += [f"{rule['name']}: {rule['lastError']}" for rule in group["rules"] if rule.get("lastError")]
    firing = {alert["labels"]["alertname"] for alert in asked.get("alerts")["alerts"] if alert["state"] == "firing"}
    # Somebody did use a refresh token twice. What fires after a time only may be this machine's slowness.
    at_once = {name for name, rule in catalog.alerts(root).items() if "for" not in rule}
    if firing & at_once != {"SignetTokenReplay"}:
        problems.append(f"these alerts fire: {sorted(firing)}")
    print(f"live: {count} queries, {len(leading)} lead to traces, {len(problems)} problems")
    return problems


main()
