"""Proves that the comparison finds what is planted: a made-up API is changed in one place, in one
contract, and exactly that must be reported."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import contract
from made_up import DOCUMENT, MODELS, RESOURCE, TABLE, changed, write

SHELF_BODY = "paths>/shelves>post>requestBody>content>application/json>schema>allOf>0"
BOOK = "components>schemas>Book"


class Planted(unittest.TestCase):
    """What `contract.py` says of the made-up API."""

    def run_contract(self, known: str = "", with_document: bool = True, options=(), **changes) -> tuple:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            write(directory, **changes)
            (directory / "known.txt").write_text(known, encoding="utf-8")
            arguments = ["contract.py", "--table", str(directory / "table.json")]
            arguments += ["--sdk", str(directory / "workos"), "--known", str(directory / "known.txt")]
            arguments += ["--openapi", str(directory / "openapi.yaml")] if with_document else []
            printed = io.StringIO()
            argv = mock.patch.object(sys, "argv", [*arguments, *options])
            with argv, contextlib.redirect_stdout(printed):
                status = contract.main()
        lines = printed.getvalue().splitlines()
        return status, [line.removeprefix("FAIL ") for line in lines if line.startswith("FAIL ")], lines

    def assert_found(self, *expected: str, **changes) -> None:
        status, failures, _ = self.run_contract(**changes)
        self.assertEqual(list(expected), failures)
        self.assertEqual(1 if expected else 0, status)

    def assert_found_in_models(self, old: str, new: str, *expected: str) -> None:
        self.assert_found(*expected, models=self.replaced(MODELS, old, new))

    def assert_found_in_resource(self, old: str, new: str, *expected: str) -> None:
        self.assert_found(*expected, resource=self.replaced(RESOURCE, old, new))

    def assert_found_in_document(self, path: str, value, *expected: str) -> None:
        self.assert_found(*expected, document=changed(DOCUMENT, path, value))

    def replaced(self, text: str, old: str, new: str) -> str:
        self.assertEqual(1, text.count(old), f"{old} stands there once")
        return text.replace(old, new)

    def test_nothing_is_found_where_all_say_the_same(self) -> None:
        self.assert_found()

    # Operations

    def test_operation_that_only_the_sdk_has(self) -> None:
        added = "class Fires:\n    def light(self, id: str) -> None:\n"
        added += '        self._client.request(method="post", path=("fire", str(id), "light"))\n'
        self.assert_found("new POST /fire/{}/light: Fires.light (SDK)", resource=RESOURCE + added)

    def test_operation_that_only_the_document_has(self) -> None:
        self.assert_found_in_document(
            "paths>/fire/{id}",
            {"delete": {"operationId": "Fires_burn", "responses": {}}},
            "new DELETE /fire/{}: Fires_burn (OpenAPI)",
        )

    def test_operation_that_is_gone(self) -> None:
        self.assert_found_in_resource(
            'path=("reader",)',
            'path=("readers",)',
            "new GET /readers: Shelves.get_reader (SDK)",
            "gone get_reader: GET /reader (SDK)",
        )

    def test_what_the_older_document_lacks_is_not_gone(self) -> None:
        self.assert_found_in_document("paths>/reader", ...)
        self.assert_found_in_document(f"{BOOK}>properties>isbn13", ...)

    # Arguments

    def test_new_argument(self) -> None:
        self.assert_found_in_resource(
            '"name": name,\n                "rack"',
            '"name": name,\n                "colour": name,\n                "rack"',
            "new create_shelf argument.colour: required string (SDK)",
        )
        self.assert_found_in_document(
            f"{SHELF_BODY}>properties>colour",
            {"type": "boolean"},
            "new create_shelf argument.colour: optional boolean (OpenAPI)",
        )

    def test_new_argument_that_is_added_by_a_condition(self) -> None:
        self.assert_found_in_resource(
            'body["note"] = note',
            'body["note"] = note\n        if name is not None:\n            body["title"] = name',
            "new update_shelf argument.title: optional string (SDK)",
        )

    def test_new_argument_in_an_object(self) -> None:
        self.assert_found_in_models(
            "    lettering: str | None = None",
            "    lettering: str | None = None\n    colour: str | None = None",
            "new list_books answer.data.spine.colour: optional string (SDK)",
            "new create_shelf argument.rack.colour: optional string (SDK)",
            "new create_shelf answer.books.spine.colour: optional string (SDK)",
            "new update_shelf answer.books.spine.colour: optional string (SDK)",
            "new get_reader answer.spine.colour: optional string (SDK)",
        )

    def test_argument_that_is_gone(self) -> None:
        self.assert_found_in_resource(
            '"limit": limit,', "", "gone list_books argument.limit: optional integer (SDK)"
        )

    def test_argument_that_we_lack(self) -> None:
        self.assert_found(
            "new list_books argument.genres: optional list of choice (SDK, OpenAPI)",
            table=changed(TABLE, "operations>0>arguments>1"),
        )

    def test_argument_that_is_required_now(self) -> None:
        self.assert_found_in_resource(
            "limit: int | None = None",
            "limit: int",
            "different list_books argument.limit required: required there, optional here (SDK)",
        )
        self.assert_found_in_document(
            f"{SHELF_BODY}>required>2",
            "genre",
            "different create_shelf argument.genre required: required there, optional here (OpenAPI)",
        )

    def test_argument_that_is_optional_now(self) -> None:
        self.assert_found_in_resource(
            "*, name: str, rack",
            "*, name: str | None = None, rack",
            "different create_shelf argument.name required: optional there, required here (SDK)",
        )

    def test_argument_of_one_variant_that_all_have_now(self) -> None:
        self.assert_found_in_resource(
            'body["slug"] = place.slug',
            'body["number"] = place.slug',
            "gone create_shelf argument.slug: optional string (SDK)",
            "different create_shelf argument.number required: required there, optional here (SDK)",
            "different create_shelf argument.number shape: scalar there, integer here (SDK)",
        )

    def test_argument_that_goes_elsewhere(self) -> None:
        self.assert_found_in_resource(
            'path=("shelves", str(id)), body=body',
            'path=("shelves", str(id)), params=body',
            "different update_shelf argument.name place: query there, body here (SDK)",
            "different update_shelf argument.note place: query there, body here (SDK)",
        )

    def test_header_and_token(self) -> None:
        self.assert_found_in_resource(
            "            idempotency_key=idempotency_key, request_options",
            "            request_options",
            "gone create_shelf argument.idempotency-key: optional string (SDK)",
        )
        self.assert_found(
            "new get_reader argument.access_token: required string (SDK)",
            table=changed(TABLE, "operations>4>arguments>0"),
        )

    def test_argument_that_can_be_cleared_now(self) -> None:
        self.assert_found_in_resource(
            "self, id: str, *, name: str | None = None,",
            "self, id: str, *, name: str | None | NotGiven = NOT_GIVEN,",
            "different update_shelf argument.name clearable: "
            "null clears it there, it cannot be cleared here (SDK)",
        )
        self.assert_found_in_document(
            "paths>/shelves/{id}>put>requestBody>content>application/json>schema>properties>note",
            {"type": "string"},
            "different update_shelf argument.note clearable: "
            "it cannot be cleared there, null clears it here (OpenAPI)",
        )

    def test_argument_that_is_a_time(self) -> None:
        self.assert_found_in_resource(
            "self, id: str, *, name: str | None",
            "self, id: str, *, name: datetime | str | None",
            "different update_shelf argument.name time: a point in time there, any text here (SDK)",
        )
        self.assert_found(
            "different create_shelf argument.name time: any text there, a point in time here (SDK, OpenAPI)",
            table=changed(TABLE, "operations>1>arguments>0>time", True),
        )

    def test_value_that_is_always_sent(self) -> None:
        self.assert_found_in_resource(
            'params["response_type"] = "code"',
            'params["response_type"] = "token"',
            "new get_visit_url argument.response_type=token (SDK)",
            "gone get_visit_url argument.response_type=code (SDK)",
        )

    # Words

    def test_new_word(self) -> None:
        self.assert_found_in_models(
            '    POETRY = "poetry"',
            '    POETRY = "poetry"\n    ESSAY = "essay"',
            "new list_books argument.genres=essay (SDK)",
            "new list_books answer.data.genre=essay (SDK)",
            "new create_shelf argument.genre=essay (SDK)",
            "new create_shelf answer.books.genre=essay (SDK)",
            "new update_shelf answer.books.genre=essay (SDK)",
            "new get_reader answer.genre=essay (SDK)",
        )

    def test_word_that_is_gone(self) -> None:
        self.assert_found_in_models(
            'kind: Literal["locked"]',
            'kind: Literal["open"]',
            "gone create_shelf answer.kind=locked (SDK)",
            "gone update_shelf answer.kind=locked (SDK)",
        )

    def test_word_that_we_lack(self) -> None:
        self.assert_found(
            "new create_shelf argument.genre=poetry (SDK, OpenAPI)",
            table=changed(TABLE, "operations>1>arguments>2>shape", {"choice": ["novel"]}),
        )

    def test_text_that_has_words_now(self) -> None:
        self.assert_found_in_models(
            "    lettering: str | None",
            "    lettering: Genre | str | None",
            *(
                f"different {place}.lettering shape: choice there, string here (SDK)"
                for place in (
                    "list_books answer.data.spine",
                    "create_shelf argument.rack",
                    "create_shelf answer.books.spine",
                    "update_shelf answer.books.spine",
                    "get_reader answer.spine",
                )
            ),
        )

    # Answers

    def test_new_field(self) -> None:
        self.assert_found_in_document(
            "components>schemas>Shelf>allOf>0>properties>height",
            {"type": "number"},
            "new create_shelf answer.height: optional number (OpenAPI)",
            "new update_shelf answer.height: optional number (OpenAPI)",
        )

    def test_field_that_is_gone(self) -> None:
        self.assert_found_in_models(
            "    id: str\n    key: str",
            "    id: str",
            "gone create_shelf answer.key: optional string (SDK)",
            "gone update_shelf answer.key: optional string (SDK)",
        )

    def test_field_that_has_another_name_in_python(self) -> None:
        self.assert_found_in_models(
            'data.get("isbn13")',
            'data.get("isbn")',
            *(f"new {place}.isbn: optional string (SDK)" for place in BOOKS),
            *(f"gone {place}.isbn13: optional string (SDK)" for place in BOOKS),
        )

    def test_field_that_may_be_missing_now(self) -> None:
        self.assert_found_in_document(
            f"{BOOK}>required",
            ["object", "genre", "spine", "read_at"],
            *(f"different {place}.id required: optional there, always here (OpenAPI)" for place in BOOKS),
        )

    def test_field_that_may_be_null_now(self) -> None:
        self.assert_found_in_models(
            "    spine: Spine",
            "    spine: Spine | None",
            *(f"different {place}.spine required: optional there, always here (SDK)" for place in BOOKS),
        )

    def test_field_that_is_always_there_now(self) -> None:
        self.assert_found_in_models(
            "read_at: datetime | None",
            "read_at: datetime",
            *(f"different {place}.read_at required: always there, optional here (SDK)" for place in BOOKS),
        )

    def test_field_of_another_kind(self) -> None:
        self.assert_found_in_document(
            f"{BOOK}>properties>spine",
            {"type": "string"},
            *(f"different {place}.spine shape: string there, object here (OpenAPI)" for place in BOOKS),
        )

    def test_answer_that_is_none_now(self) -> None:
        self.assert_found_in_resource(
            'path=("reader",), model=Book,',
            'path=("reader",),',
            "different get_reader answer shape: empty there, object here (SDK)",
        )

    # What is known

    def test_known_differences_are_no_failure(self) -> None:
        known = "openapi new create_shelf argument.colour\n    Shelves are white.\n"
        known += "new * argument.genre\n    All genres are welcome.\n"
        table = changed(TABLE, "operations>1>arguments>2")
        document = changed(DOCUMENT, f"{SHELF_BODY}>properties>colour", {"type": "boolean"})
        status, failures, lines = self.run_contract(known, table=table, document=document, options=["--all"])
        self.assertEqual((0, []), (status, failures))
        self.assertIn("known new create_shelf argument.colour: optional boolean (OpenAPI)", lines)
        self.assertIn("      Shelves are white.", lines)
        self.assertTrue(lines[-1].endswith(": 0 new, 0 gone, 0 different, 2 known and explained"), lines[-1])

    def test_what_is_known_of_the_document_says_nothing_of_the_sdk(self) -> None:
        table = changed(TABLE, "operations>1>arguments>2")
        status, failures, _ = self.run_contract("openapi new * argument.genre\n    Why.\n", table=table)
        self.assertEqual(1, status)
        self.assertEqual(
            [
                "new create_shelf argument.genre: optional choice (SDK, OpenAPI)",
                "no longer different, remove it: line 1, openapi new * argument.genre",
            ],
            failures,
        )

    def test_what_is_known_and_no_longer_so_is_a_failure(self) -> None:
        known = "# Colours\n\nnew create_shelf argument.colour\n    Shelves are white.\n"
        status, failures, _ = self.run_contract(known)
        self.assertEqual(1, status)
        self.assertEqual(
            ["no longer different, remove it: line 3, new create_shelf argument.colour"], failures
        )

    def test_what_is_known_of_the_document_is_not_asked_without_it(self) -> None:
        known = "openapi new create_shelf argument.colour\n    Shelves are white.\n"
        self.assertEqual(1, self.run_contract(known)[0])
        self.assertEqual((0, []), self.run_contract(known, with_document=False)[:2])

    def test_what_is_known_has_a_reason(self) -> None:
        table = changed(TABLE, "operations>1>arguments>2")
        status, failures, _ = self.run_contract("new create_shelf argument.genre\n", table=table)
        self.assertEqual(1, status)
        self.assertEqual(["no reason is given: line 1, new create_shelf argument.genre"], failures)

    def test_sdk_that_cannot_be_read_is_a_failure(self) -> None:
        self.assert_found("nothing was found in SDK: it is not as it was", resource="", models="")


BOOKS = (
    "list_books answer.data",
    "create_shelf answer.books",
    "update_shelf answer.books",
    "get_reader answer",
)

if __name__ == "__main__":
    unittest.main()
