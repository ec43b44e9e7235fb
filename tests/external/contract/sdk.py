"""Reads the vendor's Python SDK without running it. Each method that sends a request says path,
query, body and answer; most are generated, and some are written by hand."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Optional

from notation import ANY, EMPTY, STRING, Contract, Member, Operation, Shape, list_of, merged_members, one_of
from sdk_types import Module, Types, literal

SENDERS = {"request", "request_page", "request_list", "request_raw", "build_url"}
PLACES = {"params": "query", "body": "body"}


def read(path: str) -> Contract:
    """The SDK, unpacked here, as a contract."""
    root = Path(path)
    types = Types(root)
    contract = Contract()
    for file in sorted(root.rglob("*.py")):
        if "models" in file.parts or file.name in ("_base_client.py", "_http.py"):
            continue
        module = types.module(file)
        for declared in module.tree.body:
            # The asynchronous clients say the same again.
            if isinstance(declared, ast.ClassDef) and not declared.name.startswith("Async"):
                for function in declared.body:
                    if isinstance(function, ast.FunctionDef):
                        for operation in _Method(types, module, declared.name, function).operations():
                            contract.add(operation)
    return contract


class _Method:
    """A method of a client."""

    def __init__(self, types: Types, module: Module, owner: str, function: ast.FunctionDef) -> None:
        self.types = types
        self.module = module
        self.name = f"{owner}.{function.name}"
        self.function = function
        self.parameters: dict = {}
        self.bearer: Optional[Member] = None
        # What has been put into each variable that holds a dict: its Members by key.
        self.variables: dict = {}

    def operations(self) -> list:
        calls = [call for call in ast.walk(self.function) if _is_sender(call)]
        if not calls:
            return []
        self._read_parameters()
        self._read_block(self.function.body, sure=True)
        return [operation for call in calls if (operation := self._operation(call))]

    def _read_parameters(self) -> None:
        signature = self.function.args
        positional = signature.args
        defaults = [None] * (len(positional) - len(signature.defaults)) + signature.defaults
        pairs = list(zip(positional, defaults)) + list(zip(signature.kwonlyargs, signature.kw_defaults))
        for argument, default in pairs:
            shape = self.types.shape(self.module, argument.annotation)
            self.parameters[argument.arg] = (
                Member(
                    shape=replace(shape, nullable=False),
                    required=default is None and not shape.nullable,
                    clearable=getattr(default, "id", "") == "NOT_GIVEN",
                ),
                argument.annotation,
            )

    # Statements

    def _read_block(self, statements: list, sure: bool) -> None:
        """What these put into dicts; not `sure` if they may not run."""
        for statement in statements:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
                self._read_assignment(target, statement.value, sure)
            elif isinstance(statement, ast.If):
                self._read_branches(statement, sure)
            elif isinstance(statement, ast.Try):
                self._read_block(statement.body, sure)

    def _read_assignment(self, target: ast.expr, value: Optional[ast.expr], sure: bool) -> None:
        if isinstance(target, ast.Name) and value is not None:
            if target.id == "request_options":
                self._read_headers(value)
            elif (members := self._dict(value)) is not None:
                self.variables[target.id] = members
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            members = self.variables.setdefault(target.value.id, {})
            member = self._member(value)
            if not sure:
                member = replace(member, required=None if member.required is None else False)
            members[target.slice.value] = member

    def _read_branches(self, statement: ast.If, sure: bool) -> None:
        """`isinstance` asks which of a parameter's types it has: one branch runs. Any other
        condition may not hold."""
        if not _is_isinstance(statement.test):
            self._read_block(statement.body, sure=False)
            self._read_block(statement.orelse, sure=False)
            return
        before = {name: dict(members) for name, members in self.variables.items()}
        outcomes = []
        branch: list = [statement]
        while len(branch) == 1 and isinstance(branch[0], ast.If) and _is_isinstance(branch[0].test):
            self.variables = {name: dict(members) for name, members in before.items()}
            self._read_block(branch[0].body, sure)
            outcomes.append(self.variables)
            branch = branch[0].orelse
        self.variables = {
            name: merged_members([outcome.get(name, {}) for outcome in outcomes]) for name in outcomes[0]
        }

    def _read_headers(self, value: ast.expr) -> None:
        for node in ast.walk(value):
            if isinstance(node, ast.Dict):
                for key, header in zip(node.keys, node.values):
                    if getattr(key, "value", None) == "Authorization":
                        self.bearer = self._member(header)

    # Expressions

    def _dict(self, value: ast.expr) -> Optional[dict]:
        """The Members of a dict that is written out, or of a parameter that is one."""
        if isinstance(value, ast.DictComp):
            # {k: v for k, v in {…}.items() if v is not None}
            source = value.generators[0].iter
            return self._dict(source.func.value) if isinstance(source, ast.Call) else None
        if isinstance(value, ast.Dict):
            return {
                key.value: self._member(item)
                for key, item in zip(value.keys, value.values)
                if isinstance(key, ast.Constant)
            }
        if isinstance(value, ast.IfExp) and "to_dict" in ast.unparse(value):
            for node in ast.walk(value):
                if isinstance(node, ast.Name) and node.id in self.parameters:
                    shape = self.parameters[node.id][0].shape
                    return {name: replace(m, clearable=None) for name, m in shape.members.items()}
        return None

    def _member(self, value: Optional[ast.expr]) -> Member:
        if isinstance(value, ast.Constant):
            return Member(literal([value.value]), required=True, clearable=None)
        if isinstance(value, ast.IfExp):
            return self._member(value.body)
        if isinstance(value, ast.ListComp):
            return self._member(value.generators[0].iter)
        if isinstance(value, ast.JoinedStr):
            # f"Bearer {token}"
            return self._member(value.values[-1])
        if isinstance(value, ast.FormattedValue):
            return self._member(value.value)
        if isinstance(value, ast.Call):
            return self._called(value)
        if isinstance(value, ast.Attribute):
            return self._attribute(value)
        if isinstance(value, ast.Name) and value.id in self.parameters:
            return self.parameters[value.id][0]
        # A variable of the method, the settings of the client: it comes from elsewhere.
        return Member(ANY, required=None)

    def _called(self, call: ast.Call) -> Member:
        """`str(x)`, `enum_value(x)`, `x.to_dict()`, `",".join(str(v) for v in x)`."""
        if isinstance(call.func, ast.Attribute):
            if call.func.attr == "join" and isinstance(call.args[0], ast.GeneratorExp):
                return self._member(call.args[0].generators[0].iter)
            return self._member(call.func.value)
        return self._member(call.args[0]) if call.args else Member(ANY, required=None)

    def _attribute(self, value: ast.Attribute) -> Member:
        """A field of a parameter, which is one of several dataclasses."""
        name = getattr(value.value, "id", "")
        if name not in self.parameters:
            return Member(ANY, required=None)
        member, annotation = self.parameters[name]
        found = []
        for node in ast.walk(annotation):
            declared = self.types.declaration(self.module, node.id) if isinstance(node, ast.Name) else None
            if declared and isinstance(declared[1], ast.ClassDef):
                fields = self.types.fields(*declared)
                if value.attr in fields:
                    found.append(fields[value.attr][1])
        if not found:
            return Member(ANY, required=None)
        shape = one_of(field.shape for field in found)
        is_required = bool(member.required) and not shape.nullable
        return Member(replace(shape, nullable=False), required=is_required, clearable=None)

    # Calls

    def _operation(self, call: ast.Call) -> Optional[Operation]:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        is_url = call.func.attr == "build_url"
        parts = call.args[0] if is_url else keywords.get("path")
        method = "GET" if is_url else keywords["method"].value.upper()
        if not isinstance(parts, ast.Tuple):
            return None
        in_path = []
        arguments = {}
        path = ""
        for part in parts.elts:
            if isinstance(part, ast.Constant):
                path += f"/{part.value}"
                continue
            names = (node.id for node in ast.walk(part) if getattr(node, "id", "") in self.parameters)
            name = next(names, "value")
            path += f"/{{{name}}}"
            in_path.append(self._member(part))
        given = dict(keywords)
        if is_url and len(call.args) > 1:
            given["params"] = call.args[1]
        for keyword, place in PLACES.items():
            for name, member in self._given(given.get(keyword)).items():
                arguments[name] = replace(member, place=place)
        if "idempotency_key" in keywords:
            member = self._member(keywords["idempotency_key"])
            arguments["idempotency-key"] = replace(member, shape=STRING, place="header")
        if self.bearer:
            arguments["access_token"] = replace(self.bearer, place="bearer")
        return Operation(method, path, self.name, in_path, arguments, self._answer(call, keywords, is_url))

    def _given(self, value: Optional[ast.expr]) -> dict:
        if isinstance(value, ast.Name):
            return self.variables.get(value.id, {})
        return (self._dict(value) or {}) if value is not None else {}

    def _answer(self, call: ast.Call, keywords: dict, is_url: bool) -> Shape:
        if is_url or call.func.attr == "request_raw":
            return EMPTY
        returns = self.types.shape(self.module, self.function.returns)
        if call.func.attr == "request" and "model" not in keywords:
            return EMPTY
        if call.func.attr == "request_list" and returns.kind != "list":
            return list_of(returns)
        return returns


def _is_sender(node: ast.AST) -> bool:
    """`self._client.request(…)` and the like."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SENDERS
        and ast.unparse(node.func.value) == "self._client"
    )


def _is_isinstance(test: ast.expr) -> bool:
    return isinstance(test, ast.Call) and getattr(test.func, "id", "") == "isinstance"
