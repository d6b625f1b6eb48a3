"""A query inside a file, and the strings of a file that may hold one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

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
            after = self.places[start - 1][1]  # insert after the word, not past a fold
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

    def part(self, start: int, stop: int) -> Embedded:
        """The characters from ``start`` to ``stop`` alone; at least one."""
        end = self.places[stop][0] if stop < len(self.places) else self.end
        fixed = frozenset(i - start for i in self.fixed if start <= i < stop)
        return Embedded(self.text[start:stop], self.places[start:stop], end, self.encode, fixed)

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


def hole(raw: str, start: int) -> Iterator[tuple[str, int, int]]:
    """An interpolation such as ``${f("x")}`` that begins at ``start``, as a placeholder of as many
    characters."""
    inside = _NO_PLACEHOLDER.sub("_", raw[2:-1])
    for index, char in enumerate("${" + inside + "}"):
        yield char, start + index, start + index + 1


_NO_PLACEHOLDER = re.compile(r"[\"'{}\n]")

TILE_KIND = "DTAQL"
"""The type of a dashboard's tile whose ``query`` is USQL."""


@dataclass(frozen=True, slots=True)
class StringValue:
    """A string that is a value of a file, never a key.

    ``text`` is what it says, ``key`` the name that it stands under (empty in a list), ``in_tile``
    whether its object is a dashboard's USQL tile. ``place`` gives it with the places of its
    characters, ``None`` where they cannot be told.
    """

    text: str
    key: str
    in_tile: bool
    place: Callable[[], Embedded | None]

    @staticmethod
    def of(found: Embedded, key: str = "", in_tile: bool = False) -> StringValue:
        """A string whose places are known."""
        return StringValue(found.text, key, in_tile, lambda: found)
