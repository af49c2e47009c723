"""R-605: every alert leads to a section that says what to do, and what the sections name is there.

Commands are tried with --help, subcommand by subcommand and option by option; keys of the configuration,
metrics, dashboards, panels, log lines, other sections and files are looked up.
usage: runbooks.py SOURCE_DIR SIGNET SIGNETD"""
import functools
import json
import re
import subprocess
import sys

import catalog

PARTS = ("**Means**", "**Look**", "**Do**", "**Over**")
problems = []


def wrong(text):
    problems.append(text)


def anchor(title):
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def sections(text):
    """title -> body, of every heading of a page."""
    pieces = re.split(r"^##? (.+)$", text, flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2]))


def headings(text):
    return re.findall(r"^#{1,6} (.+)$", text, flags=re.M)


def alerts_have_sections(root, pages):
    alerts = catalog.alerts(root)
    for name, rule in alerts.items():
        path, _, place = rule["annotations"].get("runbook_url", "").partition("#")
        page = pages.get(root / path)
        if page is None or name not in sections(page) or place != anchor(name):
            wrong(f"{name}: its runbook_url leads to no section of this name")
            continue
        body = sections(page)[name]
        for part in PARTS:
            if part not in body:
                wrong(f"{path}, {name}: no {part}")
    for path, text in pages.items():
        for title in sections(text):
            if title.startswith("Signet") and title not in alerts:
                wrong(f"{path.name}: there is no alert {title}")
    return len(alerts)


def links_lead_somewhere(path, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, place = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        if not page.exists():
            wrong(f"{path.name}: there is no {target}")
        elif place and place not in {anchor(title) for title in headings(page.read_text())}:
            wrong(f"{path.name}: {file or path.name} has no section #{place}")


@functools.cache
def help_of(words):
    """The help of a command, or nothing where there is no such command."""
    done = subprocess.run([*words, "--help"], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def commands(text):
    """Command lines of blocks, and those that stand within a sentence."""
    for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S):
        yield from block.replace("\\\n", " ").splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```\n.*?^```", "", text, flags=re.M | re.S))


def subcommands_of(text):
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    return set(re.findall(r"^  ([\w-]+)", listed[1], re.M)) if listed else set()


def command_is_there(page, line, programs):
    words = line.split("  #")[0].split()
    if len(words) < 2 or words[0] not in programs:  # its name alone is no command
        return False
    path = (programs[words[0]],)
    options = {"--help"}
    for word in words[1:]:
        known = help_of(path)
        options |= set(re.findall(r"(?<![\w-])--[\w-]+", known))
        if word.startswith("-"):
            if word not in options:
                wrong(f"{page}: {word} is no option of: {line}")
        elif word in subcommands_of(known):
            path += (word,)
        elif len(path) == 1 and subcommands_of(known) and not word.replace(".", "").replace(":", "").isalnum():
            wrong(f"{page}: no such command: {line}")
    last = help_of(path)
    if not last or (subcommands_of(last) and path[-1] not in ("sessions", "lineage")):
        wrong(f"{page}: no such command: {line}")
    return True


def names_are_there(root, page, text):
    keys = set()
    for section, body in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", (root / "docs/configuration.md").read_text(), re.M | re.S):
        keys |= {f"{section}.{key}" for key in re.findall(r"^\| `(\w+)` \|", body, re.M)}
    known_sections = {key.split(".")[0] for key in keys}
    for name in re.findall(r"`(\w+\.\w+)(?:: \w+)?`", text):
        if name.split(".")[0] in known_sections and name not in keys:
            wrong(f"{page}: there is no key {name}")
    series = catalog.of_series(catalog.documented(root))
    for name in re.findall(r"`((?:signet|grpc_server|process)_\w+)", text):
        if name not in series:
            wrong(f"{page}: there is no metric {name}")
    shown = {json.loads(path.read_text())["title"] for path in (root / "deploy/observability/grafana").glob("*.json")}
    for title in re.findall(r'"(Signet / [^"]+)"', text):
        if title not in shown:
            wrong(f"{page}: there is no dashboard {title}")


def log_lines_are_written(root, page, text):
    source = "\n".join(path.read_text() for path in (root / "server").rglob("*.cc") if not path.name.endswith("_test.cc"))
    for message in re.findall(r'"msg":"([^"]+)"', text):
        if f'"{message}"' not in source:
            wrong(f"{page}: nothing logs {message!r}")
    for code in re.findall(r'"code":"(\w+)"', text):
        if f'"{code}"' not in source:
            wrong(f"{page}: no line has the code {code!r}")


def reasons_are_known(root, page, text):
    known = set(re.findall(r"^\| `([A-Z_]+)`", (root / "docs/errors.md").read_text(), re.M))
    known |= set(re.findall(r"^\| `([A-Z_]+)`", (root / "docs/audit.md").read_text(), re.M))
    for action in re.findall(r"--action ([A-Z_]+)", text):
        if action not in known:
            wrong(f"{page}: there is no action {action}")


def main():
    root = catalog.root_of(sys.argv)
    programs = {"signet": sys.argv[2], "signetd": sys.argv[3]}
    pages = {path: path.read_text() for path in sorted((root / "docs/runbooks").glob("*.md"))}
    tried = 0
    count = alerts_have_sections(root, pages)
    for path, text in pages.items():
        links_lead_somewhere(path, text)
        names_are_there(root, path.name, text)
        log_lines_are_written(root, path.name, text)
        reasons_are_known(root, path.name, text)
        tried += sum(command_is_there(path.name, line, programs) for line in commands(text))
    if tried < 30:
        wrong(f"only {tried} commands were found")
    for problem in problems:
        print(problem)
    print(f"runbooks: {count} alerts, {len(pages)} pages, {tried} commands, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
