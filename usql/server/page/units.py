"""Places in a text as the page counts them: JavaScript counts UTF-16 code units, of which a character
beyond U+FFFF, such as an emoji, has two."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from usql.language.diagnostics import Edit, Span

_WIDE = re.compile("[\U00010000-\U0010ffff]")


def units_in(text: str) -> int:
    """The length of a text in code units."""
    return len(text) + len(_WIDE.findall(text))


class Units:
    """Converts between the character offsets of a text and its code units."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._wide = [match.start() for match in _WIDE.finditer(text)]
        self._wide_units = [offset + number for number, offset in enumerate(self._wide)]

    @property
    def length(self) -> int:
        """The number of code units."""
        return self.unit(len(self.text))

    def unit(self, offset: int) -> int:
        """The code units before a character offset."""
        return offset + bisect_left(self._wide, offset)

    def offset(self, unit: int) -> int:
        """The character offset of a code unit: the character's own for the second unit of one, and
        the end of the text for anything beyond it."""
        unit = max(unit, 0)
        before = bisect_left(self._wide_units, unit)
        if before and self._wide_units[before - 1] == unit - 1:
            return self._wide[before - 1]
        return min(unit - before, len(self.text))

    def span(self, start: int, end: int) -> Span:
        """The characters from one code unit to another."""
        first = self.offset(start)
        return Span(first, max(first, self.offset(end)))

    def place(self, span: Span) -> dict[str, int]:
        """A span as the page has it."""
        return {"from": self.unit(span.start), "to": self.unit(span.end)}

    def edits(self, edits: Iterable[Edit]) -> list[dict[str, Any]]:
        """Edits as the page has them."""
        return [{**self.place(edit.span), "text": edit.text} for edit in edits]
