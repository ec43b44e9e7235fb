"""Reads types of the vendor's Python SDK without running it: models, enumerations, unions, aliases,
from the module that declares them."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Optional

from notation import (
    ANY,
    ANY_OBJECT,
    BOOLEAN,
    EMPTY,
    INTEGER,
    NUMBER,
    STRING,
    TIME,
    Member,
    Shape,
    choice,
    list_of,
    map_of,
    object_of,
    one_of,
)

SIMPLE = {
    "str": STRING,
    "bytes": STRING,
    "datetime": TIME,
    "int": INTEGER,
    "float": NUMBER,
    "bool": BOOLEAN,
    "None": EMPTY,
    "NotGiven": EMPTY,
    "Any": ANY,
    "object": ANY,
}
LISTS = {"list", "List", "Sequence", "Iterable", "tuple", "Tuple"}
MAPS = {"dict", "Dict", "Mapping"}
PAGES = {"SyncPage", "AsyncPage"}
PAGE_CURSORS = Member(
    object_of({name: Member(replace(STRING, nullable=True), True) for name in ("before", "after")}), True
)


class Module:
    """A file of the SDK: what it declares, and what it takes from others."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        self.package = path.parent
        self.declared: dict = {}
        self.imported: dict = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                self._import(node, root)
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                self.declared[node.name] = node
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.declared[node.target.id] = node.value
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.declared[node.targets[0].id] = node.value

    def _import(self, node: ast.ImportFrom, root: Path) -> None:
        parts = (node.module or "").split(".") if node.module else []
        if node.level:
            base = self.package
            for _ in range(node.level - 1):
                base = base.parent
        elif parts and parts[0] == root.name:
            base, parts = root, parts[1:]
        else:
            return
        place = base.joinpath(*parts)
        for alias in node.names:
            self.imported[alias.asname or alias.name] = (place, alias.name)


class Types:
    """All modules of the SDK."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.modules: dict = {}
        # The models that are being read: one that holds itself says nothing new.
        self.open: list = []
        self.known: dict = {}

    def module(self, place: Path) -> Optional[Module]:
        """The module at this place, a file or a package."""
        for path in (place.with_suffix(".py"), place / "__init__.py", place):
            if path.is_file():
                if path not in self.modules:
                    self.modules[path] = Module(path, self.root)
                return self.modules[path]
        return None

    def declaration(self, module: Module, name: str):
        """The module and the node that declare this name."""
        seen = set()
        while module and name not in module.declared and name in module.imported:
            if (module.path, name) in seen:
                break
            seen.add((module.path, name))
            place, name = module.imported[name]
            module = self.module(place)
        if module and name in module.declared:
            return module, module.declared[name]
        return None

    def shape(self, module: Module, node: Optional[ast.expr]) -> Shape:
        """What this annotation says."""
        if node is None:
            return ANY
        if isinstance(node, ast.Constant):
            if node.value is None:
                return EMPTY
            if isinstance(node.value, str):
                return self.shape(module, ast.parse(node.value, mode="eval").body)
        if isinstance(node, ast.Attribute):
            return self.named(module, node.attr)
        if isinstance(node, ast.Name):
            return self.named(module, node.id)
        if isinstance(node, ast.BinOp):
            return self.union(module, _alternatives(node))
        if isinstance(node, ast.Subscript):
            return self.generic(module, node)
        return ANY

    def union(self, module: Module, nodes: list) -> Shape:
        # What holds an object of a kind that the SDK does not know has no fields of WorkOS's.
        known = [node for node in nodes if not getattr(node, "id", "").endswith("Unknown")]
        shapes = [self.shape(module, node) for node in known]
        # Enumerations are open in the SDK, which says so with `| str`; models may be given as a dict.
        kinds = {shape.kind for shape in shapes}
        if "choice" in kinds:
            shapes = [shape for shape in shapes if shape.kind != "string"]
        if "object" in kinds:
            shapes = [shape for shape in shapes if not (shape.kind == "map" and shape.inner == ANY)]
        return one_of(shapes)

    def generic(self, module: Module, node: ast.Subscript) -> Shape:
        name = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name in LISTS:
            return list_of(self.shape(module, inner[0]))
        if name in MAPS:
            return map_of(self.shape(module, inner[-1]))
        if name == "Optional":
            return self.union(module, [*inner, ast.Constant(None)])
        if name == "Union":
            return self.union(module, inner)
        if name == "Literal":
            return literal([constant.value for constant in inner if isinstance(constant, ast.Constant)])
        if name in PAGES:
            data = list_of(self.shape(module, inner[0]))
            return object_of({"data": Member(data, True), "list_metadata": PAGE_CURSORS})
        return ANY

    def named(self, module: Module, name: str) -> Shape:
        if name in SIMPLE:
            return SIMPLE[name]
        if name in LISTS:
            return list_of(ANY)
        if name in MAPS:
            return ANY_OBJECT
        found = self.declaration(module, name)
        if found is None:
            return ANY
        home, declared = found
        key = (home.path, name)
        if key in self.open:
            return ANY
        if key not in self.known:
            self.open.append(key)
            try:
                is_class = isinstance(declared, ast.ClassDef)
                shape = self.of_class(home, declared) if is_class else self.shape(home, declared)
            finally:
                self.open.pop()
            # What was read within itself is not whole.
            if self.open:
                return shape
            self.known[key] = shape
        return self.known[key]

    def of_class(self, module: Module, declared: ast.ClassDef) -> Shape:
        if any(getattr(base, "id", "") == "Enum" for base in declared.bases):
            return literal(
                [
                    node.value.value
                    for node in declared.body
                    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
                ]
            )
        for node in declared.body:
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_DISPATCH":
                # The discriminator chooses one of these models.
                return one_of(self.shape(module, value) for value in node.value.values)
        members = self.fields(module, declared)
        return object_of(dict(members.values()))

    def fields(self, module: Module, declared: ast.ClassDef) -> dict:
        """The fields of a model by their name in Python: the name at WorkOS, and the Member."""
        wire_names = _wire_names(declared)
        fields = {}
        for node in declared.body:
            if not isinstance(node, ast.AnnAssign) or "ClassVar" in ast.unparse(node.annotation):
                continue
            name = node.target.id
            if name.startswith("_"):
                continue
            shape = self.shape(module, node.annotation)
            fields[name] = (wire_names.get(name, name), Member(shape, node.value is None, None))
        return fields


def literal(values: list) -> Shape:
    """One of these values."""
    words = [value for value in values if isinstance(value, str)]
    if words:
        return choice(words)
    return BOOLEAN if values and isinstance(values[0], bool) else INTEGER


def _alternatives(node: ast.expr) -> list:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left) + _alternatives(node.right)
    return [node]


def _wire_names(declared: ast.ClassDef) -> dict:
    """The name at WorkOS of each field, from `from_dict`: `cls(field=…data["name"]…)`."""
    names: dict = {}
    for method in declared.body:
        if not isinstance(method, ast.FunctionDef) or method.name != "from_dict":
            continue
        for call in ast.walk(method):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "cls":
                for keyword in call.keywords:
                    key = _data_key(keyword.value)
                    if keyword.arg and key:
                        names[keyword.arg] = key
    return names


def _data_key(node: ast.expr) -> Optional[str]:
    """The key of the first `data["key"]` or `data.get("key")` in this."""
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript) and getattr(part.value, "id", "") == "data":
            return getattr(part.slice, "value", None)
        if isinstance(part, ast.Call) and ast.unparse(part.func) == "data.get":
            return getattr(part.args[0], "value", None)
    return None
