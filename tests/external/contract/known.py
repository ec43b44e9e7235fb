"""The list of differences that are known, each with the reason why it is so.

    # A comment.
    new create_user argument.locale
    new update_user argument.loc*
        Why these are so.
    openapi gone create_user argument.name
        Why that one is so.

A line is the key of a difference, in which `*` stands for anything. It speaks of the SDK, and of the
OpenAPI document where that says the same; `openapi` in front speaks of the document alone. Reasons
are indented and hold for the lines above them."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import Optional

SDK, DOCUMENT = "sdk", "openapi"


@dataclass
class Entry:
    """One line of the list."""

    line: int
    pattern: str
    # It speaks of the OpenAPI document alone.
    of_document: bool
    why: str = ""
    matches: int = 0
    expression: re.Pattern = field(init=False)

    def __post_init__(self) -> None:
        self.expression = re.compile(fnmatch.translate(self.pattern))

    def __str__(self) -> str:
        return f"{DOCUMENT} {self.pattern}" if self.of_document else self.pattern


class Known:
    """The list."""

    def __init__(self, text: str) -> None:
        self.entries: list = []
        # Entries that no reason has followed yet.
        waiting: list = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                waiting = self._explained(line.strip(), waiting)
                continue
            if waiting and waiting[-1].why:
                waiting = []
            first, _, rest = line.strip().partition(" ")
            of_document = first == DOCUMENT
            waiting.append(Entry(number, rest if of_document else line.strip(), of_document))
            self.entries.append(waiting[-1])

    @staticmethod
    def _explained(why: str, waiting: list) -> list:
        for entry in waiting:
            entry.why = f"{entry.why} {why}".strip()
        return waiting

    def entry_for(self, key: str, sources: set) -> Optional[Entry]:
        """The entry that explains this difference, which these sources show. All that do are
        counted."""
        alone = sources == {DOCUMENT}
        found = [e for e in self.entries if e.of_document == alone and e.expression.fullmatch(key)]
        for entry in found:
            entry.matches += 1
        return found[0] if found else None

    def unexplained(self) -> list:
        return [entry for entry in self.entries if not entry.why]

    def matching_nothing(self, sources: set) -> list:
        """What stands in the list although it is no longer so, as far as these sources say."""
        unused = [entry for entry in self.entries if not entry.matches]
        return [entry for entry in unused if (DOCUMENT if entry.of_document else SDK) in sources]
