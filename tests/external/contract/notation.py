"""What a contract says, in one notation: the table of this repository, the vendor's SDK and its
OpenAPI document are all read into it, so that they can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Iterable, Optional


@dataclass(frozen=True)
class Shape:
    """What a value looks like.

    `kind` is one of string, integer, number, boolean, scalar (one of those), choice, list, map,
    object, any_object, empty, mixed (lists or objects as well as others) and any (nothing is said)."""

    kind: str
    words: frozenset = frozenset()  # of a choice
    inner: Optional[Shape] = None  # of a list and a map
    members: dict = field(default_factory=dict)  # of an object: its Member by name
    nullable: bool = False
    time: bool = False  # of a string: it is a point in time

    def __str__(self) -> str:
        if self.inner:
            return f"{self.kind} of {self.inner}"
        return self.kind


STRING, TIME = Shape("string"), Shape("string", time=True)
INTEGER, NUMBER, BOOLEAN = Shape("integer"), Shape("number"), Shape("boolean")
ANY, ANY_OBJECT, EMPTY, MIXED = Shape("any"), Shape("any_object"), Shape("empty"), Shape("mixed")


@dataclass(frozen=True)
class Member:
    """A field of an object, or an argument."""

    shape: Shape
    # None: it is not said, or depends on what stands elsewhere.
    required: Optional[bool] = None
    # Whether what stands there can be cleared with null. None: it is not said.
    clearable: Optional[bool] = None
    # Of an argument: query, body, header or bearer.
    place: Optional[str] = None


@dataclass
class Operation:
    """One method of one path."""

    method: str
    path: str
    name: str
    # Those in the path, in their order: their names are nobody's but ours.
    in_path: list = field(default_factory=list)
    # All others, by the name that is sent; a header's in small letters.
    arguments: dict = field(default_factory=dict)
    answer: Shape = EMPTY

    @property
    def key(self) -> str:
        """What makes it the same operation in two contracts: names in the path do not count."""
        return f"{self.method} {re.sub(r'{[^}]*}', '{}', self.path)}"

    @property
    def placeholders(self) -> list:
        return re.findall(r"{([^}]*)}", self.path)


@dataclass
class Contract:
    """All operations, by their key."""

    operations: dict = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        """Adds it; one that is there already is another way to call the same."""
        there = self.operations.get(operation.key)
        if there is None:
            self.operations[operation.key] = operation
            return
        there.arguments = merged_members([there.arguments, operation.arguments])
        if there.answer.kind == "empty":
            there.answer = operation.answer
        elif operation.answer.kind != "empty":
            there.answer = one_of([there.answer, operation.answer])


def choice(words: Iterable[str]) -> Shape:
    return Shape("choice", words=frozenset(words))


def list_of(inner: Shape) -> Shape:
    return Shape("list", inner=inner)


def map_of(inner: Shape) -> Shape:
    return Shape("map", inner=inner)


def object_of(members: dict) -> Shape:
    return Shape("object", members=members)


def one_of(shapes: Iterable[Shape]) -> Shape:
    """A value that has one of these shapes."""
    shapes = list(shapes)
    nullable = any(shape.nullable or shape.kind == "empty" for shape in shapes)
    shapes = [replace(shape, nullable=False) for shape in shapes if shape.kind != "empty"]
    return replace(_one_of(shapes), nullable=nullable)


def _one_of(shapes: list) -> Shape:
    # One of which nothing is said adds nothing to the others.
    shapes = [shape for shape in shapes if shape.kind != "any"]
    if not shapes:
        return ANY
    kinds = {shape.kind for shape in shapes}
    if len(kinds) > 1:
        if kinds == {"integer", "number"}:
            return NUMBER
        if kinds == {"string", "choice"}:
            return STRING
        if kinds <= {"object", "map", "any_object"}:
            return ANY_OBJECT
        return Shape("scalar") if kinds <= {"string", "choice", "integer", "number", "boolean"} else MIXED
    first = shapes[0]
    if len(shapes) == 1:
        return first
    if first.kind == "choice":
        return choice(frozenset().union(*(shape.words for shape in shapes)))
    if first.inner:
        return replace(first, inner=one_of(shape.inner for shape in shapes))
    if first.kind == "object":
        return object_of(merged_members([shape.members for shape in shapes]))
    return replace(first, time=any(shape.time for shape in shapes))


def merged_members(alternatives: list) -> dict:
    """The members of an object that has those of one of these: what is not in all of them is not
    required."""
    merged = {}
    for name in dict.fromkeys(name for members in alternatives for name in members):
        found = [members[name] for members in alternatives if name in members]
        required = [member.required for member in found]
        if len(found) < len(alternatives) or False in required:
            is_required = False
        else:
            is_required = None if None in required else True
        clearable = {member.clearable for member in found}
        merged[name] = Member(
            shape=one_of(member.shape for member in found),
            required=is_required,
            clearable=True if True in clearable else None if None in clearable else False,
            place=found[0].place,
        )
    return merged
