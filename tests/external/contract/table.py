"""Reads what `examples/contract.rs` prints: the table of this repository."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from notation import (
    ANY,
    ANY_OBJECT,
    EMPTY,
    Contract,
    Member,
    Operation,
    Shape,
    STRING,
    choice,
    list_of,
    map_of,
    object_of,
)


def read(path: str) -> Contract:
    """The table as a contract."""
    contract = Contract()
    with open(path, encoding="utf-8") as file:
        for declared in json.load(file)["operations"]:
            contract.add(_operation(declared))
    return contract


def _operation(declared: dict) -> Operation:
    in_path: dict = {}
    arguments = {}
    for field in declared["arguments"]:
        member = _member(field)
        if field["in"] == "path":
            in_path[field["name"]] = member
            continue
        name = field["name"].lower() if field["in"] == "header" else field["name"]
        # A setting stands in for it.
        required = None if field["setting"] else member.required
        arguments[name] = replace(member, required=required, place=field["in"])
    link = declared["method"] == "LINK"
    fixed_place = "query" if link else "body"
    for name, words in declared["sends"].items():
        shape = choice(words) if words else STRING
        arguments[name] = Member(shape, required=None, place=fixed_place)
    operation = Operation(
        method="GET" if link else declared["method"],
        path=declared["path"],
        name=declared["name"],
        arguments=arguments,
        # What a link leads to is for a browser.
        answer=ANY if link else _shape(declared["answer"]),
    )
    operation.in_path = [in_path[name] for name in operation.placeholders]
    return operation


def _member(field: dict) -> Member:
    presence = field["presence"]
    shape = replace(_shape(field["shape"]), time=field["time"])
    return Member(shape, required=presence == "required", clearable=presence == "clearable")


def _shape(declared) -> Shape:
    if isinstance(declared, str):
        return {"any": ANY, "any_object": ANY_OBJECT, "empty": EMPTY}.get(declared, Shape(declared))
    ((kind, inner),) = declared.items()
    if kind == "choice":
        return choice(inner)
    if kind == "list":
        return list_of(_shape(inner))
    if kind == "map":
        return map_of(_shape(inner))
    if kind == "nullable":
        return replace(_shape(inner), nullable=True)
    if kind == "object":
        return object_of({field["name"]: _member(field) for field in inner})
    sys.exit(f"the table has a shape that is not known here: {kind}")
