"""Holds our table against a contract of the vendor's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator

from notation import Contract, Member, Operation, Shape

NEW, GONE, DIFFERENT = "new", "gone", "different"
CLEARS = "null clears it"


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same.

    `new` is theirs alone, `gone` ours alone, `different` what both have. `key` says which thing it
    is, in words without details, so that the list of known ones can name it."""

    kind: str
    operation: str
    place: str
    detail: str = ""

    @property
    def key(self) -> str:
        return " ".join(part for part in (self.kind, self.operation, self.place) if part)


def compare(ours: Contract, theirs: Contract) -> list:
    """All that is not the same, operation by operation in the order of the table."""
    found: list = []
    for key, operation in ours.operations.items():
        other = theirs.operations.get(key)
        if other is None:
            found.append(Difference(GONE, operation.name, "", key))
        else:
            found += _operation(operation, other)
    for key, other in theirs.operations.items():
        if key not in ours.operations:
            found.append(Difference(NEW, key, "", other.name))
    return found


def _operation(ours: Operation, theirs: Operation) -> Iterator[Difference]:
    for name, member, other in zip(ours.placeholders, ours.in_path, theirs.in_path):
        for kind, place, detail in _shapes(f"argument.{name}", member.shape, other.shape, answer=False):
            yield Difference(kind, ours.name, place, detail)
    for kind, place, detail in _members("argument", ours.arguments, theirs.arguments, answer=False):
        # What creates has nothing to clear: null is as good as nothing there.
        if not (place.endswith(" clearable") and theirs.method == "POST" and detail.startswith(CLEARS)):
            yield Difference(kind, ours.name, place, detail)
    for kind, place, detail in _shapes("answer", ours.answer, theirs.answer, answer=True):
        yield Difference(kind, ours.name, place, detail)


def _members(place: str, ours: dict, theirs: dict, answer: bool) -> Iterator[tuple]:
    for name, member in ours.items():
        if name not in theirs:
            yield GONE, f"{place}.{name}", _described(member)
        else:
            yield from _member(f"{place}.{name}", member, theirs[name], answer)
    for name, member in theirs.items():
        if name not in ours:
            yield NEW, f"{place}.{name}", _described(member)


def _member(place: str, ours: Member, theirs: Member, answer: bool) -> Iterator[tuple]:
    if answer:
        # What may be null may as well be left out: both are read the same.
        ours, theirs = _without_null(ours), _without_null(theirs)
    words = {True: "always" if answer else "required", False: "optional"}
    yield from _aspect(f"{place} required", ours.required, theirs.required, words)
    if not answer:
        words = {True: CLEARS, False: "it cannot be cleared"}
        yield from _aspect(f"{place} clearable", ours.clearable, theirs.clearable, words)
        yield from _aspect(f"{place} place", ours.place, theirs.place, {})
    yield from _shapes(place, ours.shape, theirs.shape, answer)


def _aspect(place: str, ours, theirs, words: dict) -> Iterator[tuple]:
    """Something that both may say of themselves, and the words for it."""
    if None not in (ours, theirs) and ours != theirs:
        yield DIFFERENT, place, f"{words.get(theirs, theirs)} there, {words.get(ours, ours)} here"


def _without_null(member: Member) -> Member:
    return replace(member, required=False) if member.shape.nullable else member


def _shapes(place: str, ours: Shape, theirs: Shape, answer: bool) -> Iterator[tuple]:
    """Lists and maps stand for what is in them: their place is that of their items."""
    kinds = {ours.kind, theirs.kind}
    if kinds & {"any", "mixed"}:
        return
    if len(kinds) > 1:
        # An object of which nothing is known can be any map.
        if kinds != {"map", "any_object"}:
            yield from _aspect(f"{place} shape", str(ours), str(theirs), {})
    elif ours.kind == "string" and not answer:
        words = {True: "a point in time", False: "any text"}
        yield from _aspect(f"{place} time", ours.time, theirs.time, words)
    elif ours.kind == "choice":
        for word in sorted(theirs.words - ours.words):
            yield NEW, f"{place}={word}", ""
        for word in sorted(ours.words - theirs.words):
            yield GONE, f"{place}={word}", ""
    elif ours.inner and theirs.inner:
        yield from _shapes(place, ours.inner, theirs.inner, answer)
    elif ours.kind == "object":
        yield from _members(place, ours.members, theirs.members, answer)


def _described(member: Member) -> str:
    presence = {True: "required", False: "optional", None: ""}[member.required]
    return " ".join(part for part in (presence, str(member.shape)) if part)
