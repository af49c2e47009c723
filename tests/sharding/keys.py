"""Which rows a statement can reach: a union of everything that a statement says is equal, from which follows
whether all its tables of persons are bound to one value that it was given."""
import json

from pglast.parser import parse_sql_json


def names(column):
    return [f["String"]["sval"] if "String" in f else "*" for f in column["fields"]]


class Keys:
    """One statement, functions that it calls included. Nodes are tuples; equal ones share a root."""

    def __init__(self, schema, functions):
        self.schema, self.functions = schema, functions
        self.parent, self.touched, self.dynamic, self.scopes = {}, [], [], 0

    def find(self, node):
        while self.parent.get(node, node) != node:
            node = self.parent[node]
        return node

    def bind(self, column, value):
        """The column, new and bound to nothing, is this value."""
        if column is not None and value is not None:
            self.parent[column] = self.find(value)

    def equal(self, a, b, own):
        """Two values that are equal in each row that a query finds among `own`, its relations. That binds those,
        and nothing outside: a subquery below a NOT, or the ON of an outer join, restricts no other rows."""
        if a is None or b is None:
            return
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        if a in own and a[0] in ("column", "derived"):
            self.parent[a] = b
        elif b in own and b[0] in ("column", "derived"):
            self.parent[b] = a

    # --- statements ---

    def statement(self, sql, outer=None, variables=None):
        for one in json.loads(parse_sql_json(sql))["stmts"]:
            self.query(one["stmt"], Scope(self, outer, variables))

    def query(self, node, scope):
        """Output columns: name -> node."""
        (kind, body), = node.items()
        before = self.scopes
        columns = self.parts(kind, body, scope)
        return {name: self.seen_outside(column, before) for name, column in columns.items()}

    def seen_outside(self, column, before):
        """A column of a query's answer as others know it. What it was bound to inside it is outside; where it was
        bound to nothing, whoever binds it outside chooses among rows that were read already."""
        if column is None:
            return None
        root = self.find(column)
        if root[0] not in ("column", "derived") or root[1] <= before:
            return root
        self.scopes += 1
        return ("derived", self.scopes, root)

    def parts(self, kind, body, scope):
        for cte in body.get("withClause", {}).get("ctes", []):
            cte = cte["CommonTableExpr"]
            columns = self.query(cte["ctequery"], Scope(self, scope))
            aliases = [a["String"]["sval"] for a in cte.get("aliascolnames", [])]
            if aliases:
                columns = dict(zip(aliases, columns.values()))
            scope.ctes[cte["ctename"]] = columns
        return getattr(self, kind)(body, scope)

    def SelectStmt(self, body, scope):
        if body.get("op", "SETOP_NONE") != "SETOP_NONE":
            left = self.query({"SelectStmt": body["larg"]}, Scope(self, scope))
            right = self.query({"SelectStmt": body["rarg"]}, Scope(self, scope))
            # Of a union only what both branches are bound to is bound.
            both = zip(left, left.values(), right.values())
            return {name: a if a and b and self.find(a) == self.find(b) else None for name, a, b in both}
        for values in body.get("valuesLists", []):
            return {f"column{i}": self.value(v, scope) for i, v in enumerate(values["List"]["items"])}
        for item in body.get("fromClause", []):
            self.source(item, scope)
        self.condition(body.get("whereClause"), scope)
        for part in ("groupClause", "havingClause", "sortClause", "limitCount"):
            self.inside(body.get(part), scope)
        return self.targets(body.get("targetList", []), scope)

    def InsertStmt(self, body, scope):
        table = body["relation"]["relname"]
        alias = body["relation"].get("alias", {}).get("aliasname", table)
        columns = [c["ResTarget"]["name"] for c in body.get("cols", [])] or self.schema.columns(table)
        rows = self.query(body["selectStmt"], Scope(self, scope)) if "selectStmt" in body else {}
        values = list(rows.values())
        if list(rows) == ["*"]:  # of a row that was given whole
            values = [("field", rows["*"], c) if rows["*"] else None for c in columns]
        scope.relation(alias, table, "INSERT")
        for column, value in zip(columns, values):
            self.bind(scope.column(alias, column), value)
        conflict = body.get("onConflictClause", {})
        scope.copy("excluded", alias)
        self.inside(conflict.get("targetList"), scope)
        self.condition(conflict.get("whereClause"), scope)
        return self.targets(body.get("returningList", []), scope)

    def UpdateStmt(self, body, scope):
        alias = body["relation"].get("alias", {}).get("aliasname", body["relation"]["relname"])
        scope.relation(alias, body["relation"]["relname"], "UPDATE")
        for item in body.get("fromClause", []):
            self.source(item, scope)
        self.inside(body.get("targetList"), scope)
        self.condition(body.get("whereClause"), scope)
        return self.targets(body.get("returningList", []), scope)

    def DeleteStmt(self, body, scope):
        alias = body["relation"].get("alias", {}).get("aliasname", body["relation"]["relname"])
        scope.relation(alias, body["relation"]["relname"], "DELETE")
        for item in body.get("usingClause", []):
            self.source(item, scope)
        self.condition(body.get("whereClause"), scope)
        return self.targets(body.get("returningList", []), scope)

    # --- parts ---

    def source(self, item, scope):
        (kind, body), = item.items()
        if kind == "RangeVar":
            name = body["relname"]
            alias = body.get("alias", {}).get("aliasname", name)
            cte = scope.cte(name) if "schemaname" not in body else None
            if cte is not None:
                scope.derived(alias, cte)
            elif self.schema.knows(name):
                scope.relation(alias, name, "SELECT")
        elif kind == "RangeSubselect":
            columns = self.query(body["subquery"], Scope(self, scope))
            names_of = [c["String"]["sval"] for c in body.get("alias", {}).get("colnames", [])]
            if names_of:
                columns = dict(zip(names_of, columns.values()))
            scope.derived(body.get("alias", {}).get("aliasname", ""), columns)
        elif kind == "RangeFunction":
            self.inside(body["functions"], scope)
            scope.derived(*self.elements(body, scope))
        elif kind == "JoinExpr":
            before = set(scope.columns)
            self.source(body["larg"], scope)
            left = set(scope.columns) - before
            self.source(body["rarg"], scope)
            right = set(scope.columns) - before - left
            # Of an outer join ON chooses among the rows of the side that may be missing.
            chosen = {"JOIN_INNER": left | right, "JOIN_LEFT": right, "JOIN_RIGHT": left}.get(body["jointype"], set())
            own = {c for alias in chosen for c in scope.columns[alias].values()}
            for column in (c["String"]["sval"] for c in body.get("usingClause", [])):
                for a in left:
                    for b in right:
                        self.equal(scope.column(a, column), scope.column(b, column), own)
            self.condition(body.get("quals"), scope, own)
        else:
            self.inside(body, scope)

    def elements(self, body, scope):
        """Alias and columns of unnest($1, $2, …) AS a (x, y, …): in each row an element of each array."""
        alias = body.get("alias", {})
        columns = {c["String"]["sval"]: None for c in alias.get("colnames", [])}
        call = body["functions"][0]["List"]["items"][0].get("FuncCall", {})
        if call and call["funcname"][-1]["String"]["sval"] == "unnest":
            for name, argument in zip(columns, call["args"]):
                array = self.value(argument, scope)
                columns[name] = ("element", array) if array else None
        return alias.get("aliasname", ""), columns

    def condition(self, node, scope, own=None):
        """What has to hold: a conjunction. Equalities below an OR or a NOT bind nothing."""
        if node is None:
            return
        if own is None:
            own = {c for columns in scope.columns.values() for c in columns.values()}
        (kind, body), = node.items()
        if kind == "BoolExpr" and body["boolop"] == "AND_EXPR":
            for one in body["args"]:
                self.condition(one, scope, own)
        elif kind == "A_Expr" and body["kind"] == "AEXPR_OP" and body["name"][-1]["String"]["sval"] == "=":
            self.inside(body, scope)
            self.equal(self.value(body["lexpr"], scope), self.value(body["rexpr"], scope), own)
        else:
            self.inside(node, scope)

    def inside(self, node, scope):
        """Subqueries and calls anywhere in an expression."""
        if isinstance(node, list):
            for one in node:
                self.inside(one, scope)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "SubLink":
                    self.inside(value.get("testexpr"), scope)
                    self.query(value["subselect"], Scope(self, scope))  # x IN (SELECT …) binds nothing
                elif key == "FuncCall":
                    self.call(value, scope)
                elif isinstance(value, (dict, list)):
                    self.inside(value, scope)

    def call(self, body, scope):
        arguments = [self.value(a, scope) for a in body.get("args", [])]
        self.inside(body.get("args"), scope)
        name = body["funcname"][-1]["String"]["sval"]
        schema = body["funcname"][0]["String"]["sval"]
        if schema == "signet":
            self.run(name, arguments)

    def run(self, name, arguments):
        fits = [f for f in self.functions[name] if len(f.parameters) == len(arguments)]
        if len(fits) != 1:
            raise SystemExit(f"{name}: {len(fits)} overloads take {len(arguments)} arguments")
        function = fits[0]
        self.scopes += 1
        variables = {p: ("var", self.scopes, p) for p in function.parameters}
        for parameter, argument in zip(variables.values(), arguments):
            self.bind(parameter, argument)
        queries, dynamic = function.queries()
        if dynamic:
            self.dynamic.append(name)
        for query in queries:
            text = query.strip()
            text = assignment(text)
            self.statement(text, None, variables)

    def targets(self, targets, scope):
        columns = {}
        for i, target in enumerate(targets):
            target = target["ResTarget"]
            value = target["val"]
            self.inside(value, scope)
            if "ColumnRef" in value and names(value["ColumnRef"])[-1] == "*":
                path = names(value["ColumnRef"])[:-1]
                if path and path[0] not in scope.columns and path[0] in scope.variables:
                    columns["*"] = scope.variables[path[0]]
                else:
                    columns.update(scope.star(path))
            elif "A_Indirection" in value and "A_Star" in value["A_Indirection"]["indirection"][-1]:
                columns["*"] = self.value(value["A_Indirection"]["arg"], scope)
            else:
                default = names(value["ColumnRef"])[-1] if "ColumnRef" in value else f"?{i}"
                columns[target.get("name", default)] = self.value(value, scope)
        return columns

    def value(self, node, scope):
        (kind, body), = node.items()
        if kind == "TypeCast":
            return self.value(body["arg"], scope)
        if kind == "ParamRef":
            return ("param", body["number"])
        if kind == "ColumnRef":
            path = names(body)
            if path[-1] == "*":  # p_row.*
                return scope.lookup(path[:-1])
            return scope.lookup(path)
        if kind == "A_Indirection" and "String" in body["indirection"][-1]:
            inner = self.value(body["arg"], scope)
            return ("field", inner, body["indirection"][-1]["String"]["sval"]) if inner else None
        return None

    # --- what follows ---

    def bindings(self):
        """(table, what is done, the value that its key is bound to or None) of every table of persons."""
        for table, does, column in self.touched:
            root = self.find(column)
            yield table, does, root if self.given(root) else None

    def given(self, node):
        return node[0] == "param" or (node[0] in ("field", "element") and self.given(self.find(node[1])))


def assignment(text):
    """An expression or assignment of PL/pgSQL as a SELECT."""
    head = text.split(None, 1)[0].upper() if text else ""
    if head in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"):
        return text
    name, sign, rest = text.partition(":=")
    return "SELECT " + (rest if sign and name.strip().replace(".", "").isidentifier() else text)


class Scope:
    def __init__(self, keys, outer, variables=None):
        self.keys, self.outer, self.ctes, self.columns = keys, outer, {}, {}
        self.variables = variables if variables is not None else (outer.variables if outer else {})

    def cte(self, name):
        if name in self.ctes:
            return self.ctes[name]
        return self.outer.cte(name) if self.outer else None

    def relation(self, alias, table, does):
        self.keys.scopes += 1
        made = {c: ("column", self.keys.scopes, table, c) for c in self.keys.schema.columns(table)}
        self.columns[alias] = made
        key = self.keys.schema.key(table)
        self.keys.schema.note(table)
        if key:
            self.keys.touched.append((table, does, made[key]))

    def derived(self, alias, columns):
        self.columns[alias] = dict(columns)

    def copy(self, alias, of):
        self.columns[alias] = self.columns[of]

    def column(self, alias, name):
        return self.columns.get(alias, {}).get(name)

    def star(self, path):
        if path:
            return dict(self.columns.get(path[0], {}))
        merged = {}
        for columns in self.columns.values():
            merged.update(columns)
        return merged

    def lookup(self, path):
        if len(path) >= 2:
            if path[0] in self.columns:
                return self.column(path[0], path[1])
            if path[0] in self.variables:
                return ("field", self.keys.find(self.variables[path[0]]), path[1])
        else:
            for columns in self.columns.values():
                if path[0] in columns:
                    return columns[path[0]]
            if path[0] in self.variables:
                return self.variables[path[0]]
        return self.outer.lookup(path) if self.outer else None
