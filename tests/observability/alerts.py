"""R-509, R-601: every alert fires when it should and is silent when it should be, as promtool sees it.

The cases stand in alert_cases.yaml; what a rule says itself (severity, annotations) is taken from the
rule. An alert without a case of each kind fails.
usage: alerts.py SOURCE_DIR SCRATCH_DIR"""
import pathlib
import subprocess
import sys

import yaml

import catalog


def as_test(alert, case, rule):
    expected = [{"exp_labels": {**rule["labels"], **labels}, "exp_annotations": rule["annotations"]}
                for labels in case["fires"]]
    checks = [{"eval_time": case["at"], "alertname": alert, "exp_alerts": expected}]
    if early := case.get("not_yet"):
        checks.append({"eval_time": early, "alertname": alert, "exp_alerts": []})
    if other := case.get("silent_too"):
        checks.append({"eval_time": case["at"], "alertname": other, "exp_alerts": []})
    return {"name": f"{alert}: {case.get('why', 'fires' if case['fires'] else 'silent')}", "interval": case.get("every", "1m"),
            "input_series": [{"series": name, "values": str(values)} for name, values in case["series"].items()],
            "alert_rule_test": checks}


def main():
    root, scratch = catalog.root_of(sys.argv), pathlib.Path(sys.argv[2])
    scratch.mkdir(parents=True, exist_ok=True)
    cases = yaml.safe_load((root / "tests/observability/alert_cases.yaml").read_text())
    alerts = catalog.alerts(root)
    problems = [f"{name} is no alert" for name in cases if name not in alerts]
    for name, rule in alerts.items():
        kinds = {bool(case["fires"]) for case in cases.get(name, [])}
        if kinds != {True, False}:
            problems.append(f"{name} needs a case that fires it and one that does not")
        if "for" in rule and not any("not_yet" in case for case in cases.get(name, [])):
            problems.append(f"{name} waits ({rule['for']}): a case has to say when it does not fire yet")
        if rule["labels"]["severity"] not in ("critical", "warning"):
            problems.append(f"{name}: severity is critical or warning")
    tests = {}
    for file, rule in catalog.rules(root):
        if "alert" in rule:
            for case in cases.get(rule["alert"], []):
                tests.setdefault((file, case.get("every", "1m")), []).append(as_test(rule["alert"], case, rule))
    written = []
    for (file, every), groups in tests.items():
        rules = root / "deploy/observability/rules" / file
        test = {"rule_files": [str(rules)], "evaluation_interval": every, "tests": groups}
        written.append(scratch / f"every-{every}-{file}")
        written[-1].write_text(yaml.safe_dump(test, sort_keys=False, width=10000))
    files = sorted((root / "deploy/observability/rules").glob("*.yaml"))
    for command in (["promtool", "check", "rules", *files],
                    ["promtool", "check", "config", root / "deploy/observability/prometheus.yaml"],
                    ["promtool", "test", "rules", *written]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            problems.append(" ".join(map(str, command[:3])) + " failed:\n" + done.stdout + done.stderr)
    for problem in problems:
        print(problem)
    print(f"alerts: {len(alerts)} alerts, {sum(map(len, cases.values()))} cases, {len(problems)} problems")
    sys.exit(1 if problems or len(alerts) < 30 else 0)


main()
