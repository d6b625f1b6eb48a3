"""A query inside a file, and which strings of a file are queries."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from usql.catalog import default_catalog
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span

Place = tuple[int, int]
"""Where one character stands in the file: an escape takes several, a folded blank none."""


class UnreadableError(Exception):
    """The file is not of its language, or what reads it is not installed."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A query: its ``text``, and for each character its place in the file.

    ``end`` is where the query ends in the file. ``encode`` writes a text as it must stand in the
    file there, ``None`` if it can not. ``fixed`` are characters that no correction may touch.
    """

    text: str
    places: tuple[Place, ...]
    end: int
    encode: Callable[[str], str | None]
    fixed: frozenset[int] = frozenset()

    def span(self, span: Span) -> Span:
        """Characters of the query as characters of the file."""
        start = self.places[span.start][0] if span.start < len(self.places) else self.end
        if span.start == span.end:
            return Span(start, start)
        return Span(start, max(start, self.places[span.end - 1][1]))

    def edit(self, edit: Edit) -> Edit | None:
        """An edit of the query as one of the file."""
        written = self.encode(edit.text)
        if written is None or not self.fixed.isdisjoint(range(edit.span.start, edit.span.end)):
            return None
        span = self.span(edit.span)
        start = edit.span.start
        if start == edit.span.end and start and not self.text[start - 1].isspace():
            after = self.places[start - 1][1]  # insert behind the word, not past a fold
            span = Span(after, after)
        return Edit(span, written)

    def carried_over(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Diagnostics of the query as diagnostics of the file."""
        for problem in found:
            fixes = []
            for fix in problem.fixes:
                edits = [self.edit(e) for e in fix.edits]
                known = tuple(e for e in edits if e is not None)
                if len(known) == len(edits):
                    fixes.append(Fix(fix.title, known))
            yield replace(problem, span=self.span(problem.span), fixes=tuple(fixes))

    def within(self, outer: Embedded) -> Embedded:
        """A query found in the text of another string, as one of the file."""

        def encode(text: str) -> str | None:
            inner = self.encode(text)
            return None if inner is None else outer.encode(inner)

        spans = [outer.span(Span(*place)) for place in self.places]
        fixed = frozenset(
            i
            for i, (start, end) in enumerate(self.places)
            if i in self.fixed or not outer.fixed.isdisjoint(range(start, end))
        )
        places = tuple((x.start, x.end) for x in spans)
        end = outer.span(Span(self.end, self.end)).start
        return Embedded(self.text, places, end, encode, fixed)


def whole(text: str) -> list[Embedded]:
    """A file that is nothing but queries."""
    places = tuple((i, i + 1) for i in range(len(text)))
    return [Embedded(text, places or ((0, 0),), len(text), lambda written: written)]


def placed(
    units: Sequence[tuple[str, int, int]],
    end: int,
    encode: Callable[[str], str | None],
    fixed: frozenset[int] = frozenset(),
) -> Embedded:
    """A string of characters and their places."""
    text = "".join(char for char, _, _ in units)
    places = tuple((start, stop) for char, start, stop in units for _ in char)
    return Embedded(text, places or ((end, end),), end, encode, fixed)


TILE_KIND = "DTAQL"
"""The type of a dashboard's tile whose ``query`` is USQL."""

_SELECT = re.compile(
    r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*SELECT\b.*?\bFROM\s+(\w+)", re.IGNORECASE | re.DOTALL
)
_LEAST = 0.85
"""How near a word is to a table's name to be a slip of it. ``users`` is a table of other SQL."""


def is_query(text: str, key: str, in_tile: bool = False) -> bool:
    """Whether a string is USQL: it is the ``query`` of a USQL tile, its key says so, or it selects
    from a table of USQL."""
    if in_tile and key == "query":
        return True
    if "usql" in key.lower() and text.strip():
        return True
    found = _SELECT.match(text)
    if found is None:
        return False
    tables = [t.name for t in default_catalog()]
    return bool(difflib.get_close_matches(found[1].lower(), tables, n=1, cutoff=_LEAST))


def holds_dashboard(text: str) -> bool:
    """Whether a string is a dashboard's JSON."""
    return f'"{TILE_KIND}"' in text and text.lstrip().startswith("{")
