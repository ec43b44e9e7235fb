"""Reads WorkOS's OpenAPI document."""

from __future__ import annotations

from dataclasses import replace

import yaml

from notation import (
    ANY,
    ANY_OBJECT,
    EMPTY,
    Contract,
    Member,
    Operation,
    Shape,
    choice,
    list_of,
    map_of,
    object_of,
    one_of,
)

METHODS = ("get", "post", "put", "patch", "delete")
ALTERNATIVES = ("oneOf", "anyOf")
SIMPLE = ("string", "integer", "number", "boolean")


def read(path: str) -> Contract:
    """The document as a contract."""
    with open(path, encoding="utf-8") as file:
        document = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return _Reader(document).contract()


class _Reader:
    def __init__(self, document: dict) -> None:
        self.document = document
        # The references that are being followed: one that leads back to itself says nothing new.
        self.open: list = []

    def contract(self) -> Contract:
        contract = Contract()
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    contract.add(self.operation(method.upper(), path, item[method], shared))
        return contract

    def operation(self, method: str, path: str, declared: dict, shared: list) -> Operation:
        in_path: dict = {}
        arguments = {}
        for parameter in map(self.resolved, shared + declared.get("parameters", [])):
            name, place = parameter["name"], parameter["in"]
            shape = self.shape(parameter.get("schema", {}))
            if place == "path":
                in_path[name] = Member(shape, required=True)
            else:
                name = name.lower() if place == "header" else name
                arguments[name] = Member(shape, required=bool(parameter.get("required")), place=place)
        body = self.resolved(declared.get("requestBody", {}))
        for media in list(body.get("content", {}).values())[:1]:
            for name, member in self.shape(media.get("schema", {})).members.items():
                arguments[name] = replace(member, place="body")
        name = declared.get("operationId", f"{method} {path}")
        operation = Operation(method, path, name, arguments=arguments, answer=self.answer(declared))
        unknown = Member(ANY, required=True)
        operation.in_path = [in_path.get(name, unknown) for name in operation.placeholders]
        return operation

    def answer(self, declared: dict) -> Shape:
        found = []
        for status, response in declared.get("responses", {}).items():
            if str(status).startswith("2"):
                for kind, media in self.resolved(response).get("content", {}).items():
                    if "json" in kind:
                        found.append(self.shape(media.get("schema", {})))
        return one_of(found) if found else EMPTY

    def resolved(self, declared: dict) -> dict:
        while "$ref" in declared:
            declared = self.target(declared["$ref"])
        return declared

    def target(self, reference: str) -> dict:
        found = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def shape(self, schema: dict) -> Shape:
        if "$ref" in schema:
            reference = schema["$ref"]
            if reference in self.open:
                return ANY
            self.open.append(reference)
            try:
                return self.shape(self.target(reference))
            finally:
                self.open.pop()
        shape = self.present(schema)
        return replace(shape, nullable=True) if self.nullable(schema) else shape

    @staticmethod
    def nullable(schema: dict) -> bool:
        kind = schema.get("type")
        return bool(schema.get("nullable")) or (isinstance(kind, list) and "null" in kind)

    def present(self, schema: dict) -> Shape:
        if any(word in schema for word in ("allOf", *ALTERNATIVES)):
            return self.together(schema)
        if "const" in schema or "enum" in schema or "x-extensible-enum" in schema:
            return self.words(schema)
        kinds = schema.get("type", [])
        kinds = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
        if len(kinds) > 1:
            return one_of(self.present({**schema, "type": kind}) for kind in kinds)
        kind = kinds[0] if kinds else "object" if "properties" in schema else None
        if kind in SIMPLE:
            return Shape(kind, time=schema.get("format") == "date-time")
        if kind == "array":
            return list_of(self.shape(schema.get("items", {})))
        if kind == "object":
            return self.object(schema)
        # An alternative of null and nothing else.
        return EMPTY if schema.get("type") in ("null", ["null"]) else ANY

    @staticmethod
    def words(schema: dict) -> Shape:
        words = schema.get("enum", schema.get("x-extensible-enum", [schema.get("const")]))
        kinds = {
            "string" if isinstance(word, str) else "boolean" if isinstance(word, bool) else "integer"
            for word in words
            if word is not None
        }
        if kinds == {"string"}:
            shape = choice(word for word in words if word is not None)
        else:
            shape = one_of(Shape(kind) for kind in sorted(kinds))
        return replace(shape, nullable=None in words)

    def object(self, schema: dict) -> Shape:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        if properties:
            return object_of(
                {
                    name: Member(shape := self.shape(value), name in required, shape.nullable)
                    for name, value in properties.items()
                }
            )
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            return map_of(self.shape(values))
        patterns = schema.get("patternProperties")
        if patterns:
            return map_of(one_of(self.shape(value) for value in patterns.values()))
        # It says only what is not in it.
        return object_of({}) if "not" in schema else ANY_OBJECT

    def together(self, schema: dict) -> Shape:
        """All parts of a schema that is said in parts: `allOf`, one of several, and what stands beside
        them."""
        parts = [self.shape(part) for part in schema.get("allOf", [])]
        for word in ALTERNATIVES:
            if word in schema:
                parts.append(one_of(self.shape(alternative) for alternative in schema[word]))
        if "properties" in schema:
            parts.append(self.object(schema))
        if len(parts) == 1:
            return parts[0]
        members: dict = {}
        for part in parts:
            members.update(part.members)
        for name in schema.get("required", []):
            if name in members:
                members[name] = replace(members[name], required=True)
        return object_of(members)
