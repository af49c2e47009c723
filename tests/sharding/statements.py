"""Every statement of the service, as its sources have it, and the functions of the schema."""
import json
import re
import subprocess
from pathlib import Path

from pglast.parser import parse_plpgsql_json, parse_sql_json

PIECE = re.compile(r'R"sql\((.*?)\)sql"|"((?:[^"\\]|\\.)*)"', re.S)
STATEMENT = re.compile(r"\bServiceStatement\s+k\w+\s*\{")


def expanded(root):
    """The stores after the preprocessor, whose macros make parts of statements; without what they include."""
    folder = root / "server/storage/postgres"
    lines = []
    for path in [*sorted(folder.rglob("*.h")), *sorted(folder.rglob("*.cc"))]:
        text = path.read_text()
        if path.suffix == ".h":  # the macros alone
            text = "".join(m.group(0) for m in re.finditer(r"(?m)^#define SIGNET_\w+(?:.*\\\n)*.*\n", text))
        else:
            text = re.sub(r"(?m)^\s*#\s*(include|undef).*\n", "", text)
        lines.append(text)
    done = subprocess.run(["g++", "-E", "-P", "-w", "-x", "c++", "-std=c++20", "-"], input="\n".join(lines),
                          capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def service_statements(root):
    """name -> SQL; refuses to go on where one of kServiceStatements was not found."""
    text = expanded(root)
    found = {}
    for start in STATEMENT.finditer(text):
        at, parts, commas = start.end(), [[]], 0
        while True:
            at = re.compile(r"\s*").match(text, at).end()
            piece = PIECE.match(text, at)
            if piece:
                raw, quoted = piece.groups()
                parts[-1].append(raw if raw is not None else quoted.encode().decode("unicode_escape"))
                at = piece.end()
            elif text[at] == ",":
                parts.append([])
                at += 1
            else:
                break
        name, sql = ("".join(part) for part in parts[:2])
        found[name] = sql
    header = (root / "server/storage/postgres/service_statement.h").read_text()
    listed = set(re.findall(r'^    "(\w+)",$', header, re.M))
    if set(found) != listed:
        raise SystemExit(f"not found in the sources, or not listed: {sorted(set(found) ^ listed)}")
    return found


class Function:
    def __init__(self, name, parameters, language, body, text):
        self.name, self.parameters, self.language = name, parameters, language
        self.body, self.text = body, text

    def queries(self):
        """(query, variable that the loop around it fills or None) of every static statement; and whether there
        are dynamic ones."""
        if self.language == "sql":
            return [self.body], False
        queries, dynamic = [], False
        def walk(node):
            nonlocal dynamic
            if isinstance(node, list):
                for one in node:
                    walk(one)
            elif isinstance(node, dict):
                for key, value in node.items():
                    if key == "PLpgSQL_stmt_dynexecute" or key == "PLpgSQL_stmt_dynfors":
                        dynamic = True
                    if key == "PLpgSQL_stmt_return_query" and "dynquery" in value:
                        dynamic = True
                    if key == "PLpgSQL_expr":
                        queries.append(value["query"])
                    else:
                        walk(value)
        # The parser has no catalog and knows no fields of rows: what is assigned to one is looked at alone.
        text = re.sub(r"signet\.\w+%ROWTYPE", "record", self.text)
        text = re.sub(r"(?m)^(\s*)\w+\.\w+ := ", r"\1PERFORM ", text)
        text = re.sub(r"\bRETURN(?: NEXT)?;", "NULL;", text)
        walk(json.loads(parse_plpgsql_json(text)))
        return queries, dynamic


def schema_functions(root):
    """name -> every overload of it, from migrations/schema.sql."""
    functions = {}
    text = (root / "migrations/schema.sql").read_text()
    for one in re.finditer(r"(?ms)^CREATE FUNCTION .*?^\$(_?)\$;\n", text):
        create = json.loads(parse_sql_json(one.group(0)))["stmts"][0]["stmt"]["CreateFunctionStmt"]
        name = create["funcname"][-1]["String"]["sval"]
        parameters = [p["FunctionParameter"].get("name", "") for p in create.get("parameters", [])
                      if p["FunctionParameter"].get("mode") in (None, "FUNC_PARAM_IN", "FUNC_PARAM_DEFAULT")]
        options = {o["DefElem"]["defname"]: o["DefElem"]["arg"] for o in create["options"]}
        body = options["as"]["List"]["items"][0]["String"]["sval"]
        language = options["language"]["String"]["sval"]
        functions.setdefault(name, []).append(Function(name, parameters, language, body, one.group(0)))
    return functions


def source_root():
    return Path(__file__).resolve().parents[2]
