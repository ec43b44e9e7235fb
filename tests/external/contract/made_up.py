"""A made-up API of shelves and books, as the table, the SDK and the OpenAPI document would have it.
All three say the same; `test_contract.py` changes one of them and looks what is found."""

from __future__ import annotations

import copy
import json
from pathlib import Path

MODELS = '''
from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Literal, TypeAlias, Union


class Genre(str, Enum):
    """Known values."""
    NOVEL = "novel"
    POETRY = "poetry"


@dataclass(slots=True)
class Spine:
    width: int
    lettering: str | None = None


@dataclass(slots=True)
class Book:
    object: Literal["book"]
    id: str
    genre: Genre
    spine: Spine
    read_at: datetime | None
    isbn_13: str | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Book:
        return cls(object=data.get("object"), id=data["id"], genre=Genre(data["genre"]),
                   spine=Spine.from_dict(data["spine"]), read_at=data["read_at"],
                   isbn_13=data.get("isbn13"))


@dataclass(slots=True)
class OpenShelf:
    kind: Literal["open"]
    id: str
    books: list[Book]


@dataclass(slots=True)
class LockedShelf:
    kind: Literal["locked"]
    id: str
    key: str


@dataclass(slots=True)
class ShelfUnknown:
    raw_data: dict[str, Any]


ShelfVariant = Union[OpenShelf, LockedShelf, ShelfUnknown]


class Shelf:
    _DISPATCH: ClassVar[dict[str, type]] = {"open": OpenShelf, "locked": LockedShelf}


Rack: TypeAlias = Spine
'''

RESOURCE = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Any, Literal
from .._pagination import SyncPage
from .._types import NOT_GIVEN, NotGiven
from .models import Book, Genre, Rack, ShelfVariant


@dataclass
class BySlug:
    slug: str


@dataclass
class ByNumber:
    number: int
    wing: str | None = None


class Shelves:
    def list_books(
        self, shelf_id: str, *, genres: list[Genre | str] | None = None, limit: int | None = None,
        request_options: RequestOptions | None = None,
    ) -> SyncPage[Book]:
        params = {
            k: v
            for k, v in {
                "genres": ",".join(str(v) for v in genres) if genres is not None else None,
                "limit": limit,
            }.items()
            if v is not None
        }
        return self._client.request_page(
            method="get", path=("shelves", str(shelf_id), "books"), model=Book, params=params,
            request_options=request_options,
        )

    def create_shelf(
        self, *, name: str, rack: Rack, place: BySlug | ByNumber, genre: Genre | str | None = None,
        idempotency_key: str | None = None, request_options: RequestOptions | None = None,
    ) -> ShelfVariant:
        body: dict[str, Any] = {
            k: v
            for k, v in {
                "name": name,
                "rack": rack.to_dict(),
                "genre": enum_value(genre) if genre is not None else None,
            }.items()
            if v is not None
        }
        body["kind"] = "open"
        if self._client.client_id is not None:
            body["client_id"] = self._client.client_id
        if isinstance(place, BySlug):
            body["slug"] = place.slug
        elif isinstance(place, ByNumber):
            body["number"] = place.number
            if place.wing is not None:
                body["wing"] = place.wing
        return self._client.request(
            method="post", path=("shelves",), body=body, model=Shelf,
            idempotency_key=idempotency_key, request_options=request_options,
        )

    def update_shelf(
        self, id: str, *, name: str | None = None, note: str | None | NotGiven = NOT_GIVEN,
        request_options: RequestOptions | None = None,
    ) -> ShelfVariant:
        body: dict[str, Any] = {k: v for k, v in {"name": name}.items() if v is not None}
        if not isinstance(note, NotGiven):
            body["note"] = note
        return self._client.request(
            method="put", path=("shelves", str(id)), body=body, model=Shelf,
            request_options=request_options,
        )

    def delete_shelf(self, id: str, *, request_options: RequestOptions | None = None) -> None:
        self._client.request(method="delete", path=("shelves", str(id)), request_options=request_options)

    def get_reader(self, *, access_token: str, request_options: RequestOptions | None = None) -> Book:
        request_options = {
            **request_options,
            "extra_headers": {"Authorization": f"Bearer {access_token}"},
        }
        return self._client.request(
            method="get", path=("reader",), model=Book, request_options=request_options
        )

    def get_visit_url(self, *, reader: str, page: int | None = None) -> str:
        params = {k: v for k, v in {"reader": reader, "page": page}.items() if v is not None}
        params["response_type"] = "code"
        return self._client.build_url(("visit",), params)


class AsyncShelves:
    async def burn(self, id: str) -> None:
        await self._client.request(method="delete", path=("fire", str(id)))
"""

SPINE = {"type": "object", "properties": {"width": {"type": "integer"}, "lettering": {"type": "string"}}}
SPINE["required"] = ["width"]
BOOK = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "const": "book"},
        "id": {"type": "string"},
        "genre": {"$ref": "#/components/schemas/Genre"},
        "spine": {"$ref": "#/components/schemas/Spine"},
        "read_at": {"type": ["string", "null"], "format": "date-time"},
        "isbn13": {"type": "string"},
    },
    "required": ["object", "id", "genre", "spine", "read_at"],
}
SHELF = {
    "allOf": [
        {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
        {
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "kind": {"const": "open"},
                        "books": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
                    },
                    "required": ["kind", "books"],
                },
                {
                    "type": "object",
                    "properties": {"kind": {"const": "locked"}, "key": {"type": "string"}},
                    "required": ["kind", "key"],
                },
            ]
        },
    ]
}


def _json(schema: dict) -> dict:
    return {"content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> dict:
    return _json({"$ref": f"#/components/schemas/{name}"})


def _in(place: str, name: str, schema: dict, required: bool = False) -> dict:
    return {"in": place, "name": name, "required": required, "schema": schema}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
GENRES = {"type": "array", "items": {"$ref": "#/components/schemas/Genre"}}
CURSORS = {name: {"type": ["string", "null"]} for name in ("before", "after")}
DOCUMENT = {
    "paths": {
        "/shelves/{shelfId}/books": {
            "get": {
                "parameters": [
                    _in("path", "shelfId", TEXT, True),
                    _in("query", "genres", GENRES),
                    _in("query", "limit", NUMBER),
                ],
                "responses": {
                    "200": _json(
                        {
                            "type": "object",
                            "properties": {
                                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
                                "list_metadata": {
                                    "type": "object",
                                    "properties": CURSORS,
                                    "required": ["before", "after"],
                                },
                            },
                            "required": ["data", "list_metadata"],
                        }
                    )
                },
            }
        },
        "/shelves": {
            "post": {
                "parameters": [_in("header", "Idempotency-Key", TEXT)],
                "requestBody": _json(
                    {
                        "allOf": [
                            {
                                "type": "object",
                                "properties": {
                                    "name": TEXT,
                                    "rack": {"$ref": "#/components/schemas/Spine"},
                                    "genre": {"$ref": "#/components/schemas/Genre"},
                                    "kind": {"const": "open"},
                                    "client_id": TEXT,
                                },
                                "required": ["name", "rack"],
                            },
                            {
                                "oneOf": [
                                    {"type": "object", "properties": {"slug": TEXT}, "required": ["slug"]},
                                    {
                                        "type": "object",
                                        "properties": {"number": NUMBER, "wing": TEXT},
                                        "required": ["number"],
                                    },
                                ]
                            },
                        ]
                    }
                ),
                "responses": {"201": _reference("Shelf"), "400": _json(TEXT)},
            }
        },
        "/shelves/{id}": {
            "parameters": [_in("path", "id", TEXT, True)],
            "put": {
                "requestBody": _json(
                    {"type": "object", "properties": {"name": TEXT, "note": {"type": ["string", "null"]}}}
                ),
                "responses": {"200": _reference("Shelf")},
            },
            "delete": {"responses": {"204": {}}},
        },
        "/reader": {
            "get": {"parameters": [], "responses": {"200": _reference("Book")}},
        },
        "/visit": {
            "get": {
                "parameters": [
                    _in("query", "reader", TEXT, True),
                    _in("query", "page", NUMBER),
                    _in("query", "response_type", {"const": "code"}, True),
                ],
                "responses": {"302": {}},
            }
        },
    },
    "components": {
        "schemas": {
            "Book": BOOK,
            "Genre": {"type": "string", "enum": ["novel", "poetry"]},
            "Shelf": SHELF,
            "Spine": SPINE,
        }
    },
}


def _field(name: str, shape, presence: str = "optional", place: str = "", setting: bool = False) -> dict:
    field = {"name": name, "presence": presence, "time": False, "shape": shape}
    return {**field, "in": place, "setting": setting} if place else field


_GENRE = {"choice": ["novel", "poetry"]}
_SPINE = {"object": [_field("width", "integer", "required"), _field("lettering", "string")]}
_BOOK = {
    "object": [
        _field("object", {"choice": ["book"]}, "required"),
        _field("id", "string", "required"),
        _field("genre", _GENRE, "required"),
        _field("spine", _SPINE, "required"),
        _field("read_at", "string"),
        _field("isbn13", "string"),
    ]
}
_SHELF = {
    "object": [
        _field("kind", {"choice": ["open", "locked"]}, "required"),
        _field("id", "string", "required"),
        _field("books", {"list": _BOOK}),
        _field("key", "string"),
    ]
}
_CURSORS = {"object": [_field("before", "string"), _field("after", "string")]}
_BOOKS = {
    "object": [_field("data", {"list": _BOOK}, "required"), _field("list_metadata", _CURSORS, "required")]
}


def _operation(name: str, request: str, arguments: list, answer, sends: dict) -> dict:
    method, path = request.split()
    return {
        "name": name,
        "toolset": "shelves",
        "method": method,
        "path": path,
        "arguments": arguments,
        "sends": sends,
        "answer": answer,
    }


TABLE = {
    "operations": [
        _operation(
            "list_books",
            "GET /shelves/{id}/books",
            [
                _field("id", "string", "required", "path"),
                _field("genres", {"list": _GENRE}, place="query"),
                _field("limit", "integer", place="query"),
            ],
            _BOOKS,
            {},
        ),
        _operation(
            "create_shelf",
            "POST /shelves",
            [
                _field("name", "string", "required", "body"),
                _field("rack", _SPINE, "required", "body"),
                _field("genre", _GENRE, place="body"),
                _field("client_id", "string", place="body", setting=True),
                _field("slug", "string", place="body"),
                _field("number", "integer", place="body"),
                _field("wing", "string", place="body"),
                _field("Idempotency-Key", "string", place="header"),
            ],
            _SHELF,
            {"kind": ["open"]},
        ),
        _operation(
            "update_shelf",
            "PUT /shelves/{id}",
            [
                _field("id", "string", "required", "path"),
                _field("name", "string", place="body"),
                _field("note", "string", "clearable", "body"),
            ],
            _SHELF,
            {},
        ),
        _operation(
            "delete_shelf", "DELETE /shelves/{id}", [_field("id", "string", "required", "path")], "empty", {}
        ),
        _operation(
            "get_reader", "GET /reader", [_field("access_token", "string", "required", "bearer")], _BOOK, {}
        ),
        _operation(
            "get_visit_url",
            "LINK /visit",
            [_field("reader", "string", "required", "query"), _field("page", "integer", place="query")],
            {"object": [_field("url", "string", "required")]},
            {"response_type": ["code"]},
        ),
    ]
}


def write(directory: Path, models: str = MODELS, resource: str = RESOURCE, document=None, table=None) -> None:
    """Writes the three contracts to files: `workos/`, `openapi.yaml`, `table.json`."""
    package = directory / "workos" / "shelves"
    package.mkdir(parents=True)
    (package / "models").mkdir()
    (package / "models" / "__init__.py").write_text(_exports(), encoding="utf-8")
    (package / "models" / "all.py").write_text(models, encoding="utf-8")
    (package / "_resource.py").write_text(resource, encoding="utf-8")
    # JSON is YAML.
    (directory / "openapi.yaml").write_text(json.dumps(document or DOCUMENT), encoding="utf-8")
    (directory / "table.json").write_text(json.dumps(table or TABLE), encoding="utf-8")


def _exports() -> str:
    names = ("Book", "Genre", "OpenShelf", "LockedShelf", "Rack", "Shelf", "ShelfVariant", "Spine")
    return "".join(f"from .all import {name} as {name}\n" for name in names)


def changed(contract: dict, path: str, value=...) -> dict:
    """The contract with this value in one place, or without what stands there. The path is that of
    keys and numbers, with `>` between them."""
    contract = copy.deepcopy(contract)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(">")]
    place = contract
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return contract
