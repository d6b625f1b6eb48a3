"""A query inside a file, and the strings of a file that may contain one."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span

Place = tuple[int, int]
"""Where one character stands in the file: an escape takes several, a folded blank none."""


Encode = Callable[[str, Span], str | None]
"""Writes a text as it must stand in the file in place of these characters of the query, or beside
them; ``None`` if it cannot."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A query: its ``text``, and for each character its place in the file.

    ``end`` is the end of the query in the file. ``encode`` converts a text to the form in which it
    is written there. ``fixed`` are characters that corrections must not change: those of
    interpolations.
    """

    text: str
    places: tuple[Place, ...]
    end: int
    encode: Encode
    fixed: frozenset[int] = frozenset()

    def span(self, span: Span) -> Span:
        """The span in the file of a span in the query."""
        start = self.places[span.start][0] if span.start < len(self.places) else self.end
        if span.start == span.end:
            return Span(start, start)
        return Span(start, max(start, self.places[span.end - 1][1]))

    def index(self, offset: int) -> int | None:
        """The index in the query of the character at a place in the file, or of the next one; at
        the end, one past the last. ``None`` outside of the query."""
        if not (self.places[0][0] <= offset <= self.end):
            return None
        return bisect_left(self.places, offset, 0, len(self.text), key=lambda place: place[0])

    def edit(self, edit: Edit) -> Edit | None:
        """An edit of the query as an edit of the file; ``None`` if it cannot be written there."""
        start, end = edit.span.start, edit.span.end
        if not self.fixed.isdisjoint(range(start, end)) or self._cuts(start) or self._cuts(end):
            return None
        span, beside = self.span(edit.span), edit.span
        if start == end and start and not self.text[start - 1].isspace():
            after = self.places[start - 1][1]  # insert after the word, not past a fold
            span, beside = Span(after, after), Span(start - 1, start)
        elif start == end:
            beside = Span(start, min(start + 1, len(self.text)))
        written = self.encode(edit.text, beside)
        return None if written is None else Edit(span, written)

    def _cuts(self, index: int) -> bool:
        """Whether the characters before and after an index have the same place in the file, such as
        that of an interpolation or an entity."""
        if not 0 < index < len(self.text):
            return False
        start, stop = self.places[index]
        return start < stop and self.places[index - 1] == (start, stop)

    def carried_over(self, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Diagnostics of the query as diagnostics of the file."""
        for problem in diagnostics:
            fixes = []
            for fix in problem.fixes:
                edits = [self.edit(e) for e in fix.edits]
                known = tuple(e for e in edits if e is not None)
                if len(known) == len(edits):
                    fixes.append(Fix(fix.title, known))
            yield replace(problem, span=self.span(problem.span), fixes=tuple(fixes))

    def part(self, start: int, stop: int) -> Embedded:
        """The characters from ``start`` to ``stop``; at least one."""

        def encode(text: str, at: Span) -> str | None:
            return self.encode(text, Span(at.start + start, at.end + start))

        end = self.places[stop][0] if stop < len(self.places) else self.end
        fixed = frozenset(i - start for i in self.fixed if start <= i < stop)
        return Embedded(self.text[start:stop], self.places[start:stop], end, encode, fixed)

    def within(self, outer: Embedded) -> Embedded:
        """A query found in the text of another string, placed in the file of that string."""

        def encode(text: str, at: Span) -> str | None:
            inner = self.encode(text, at)
            return None if inner is None else outer.encode(inner, self.span(at))

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
    """A file that consists of queries only."""
    places = tuple((i, i + 1) for i in range(len(text)))
    return [Embedded(text, places or ((0, 0),), len(text), lambda written, _: written)]


class Unit(NamedTuple):
    """A piece of the file's source and the text that it stands for: usually one character, for an
    interpolation a placeholder."""

    text: str
    start: int
    stop: int
    is_hole: bool = False


def placed(units: Iterable[Unit], end: int, encode: Encode) -> Embedded:
    """A string made of units. All characters of a unit have its place."""
    texts: list[str] = []
    places: list[Place] = []
    fixed: set[int] = set()
    for text, start, stop, is_hole in units:
        if is_hole:
            fixed.update(range(len(places), len(places) + len(text)))
        texts.append(text)
        places += [(start, stop)] * len(text)
    return Embedded("".join(texts), tuple(places) or ((end, end),), end, encode, frozenset(fixed))


def joined(parts: Sequence[Embedded]) -> Embedded:
    """Strings that the file concatenates. No correction extends over the end of one, since it would
    delete the quotes between them."""
    known = [part for part in parts if part.text] or list(parts[:1])
    if len(known) == 1:
        return known[0]
    begins: list[int] = []
    places: list[Place] = []
    fixed: set[int] = set()
    for part in known:
        begins.append(len(places))
        fixed.update(i + len(places) for i in part.fixed)
        places += part.places

    def encode(text: str, at: Span) -> str | None:
        index = bisect_right(begins, at.start) - 1
        if bisect_right(begins, max(at.start, at.end - 1)) - 1 != index:
            return None
        begin = begins[index]
        return known[index].encode(text, Span(at.start - begin, at.end - begin))

    text = "".join(part.text for part in known)
    return Embedded(text, tuple(places), known[-1].end, encode, frozenset(fixed))


def hole(inside: str, start: int, stop: int) -> Unit:
    """An interpolation of the file, such as ``${f("x")}``, as a placeholder; ``inside`` is the text
    between its markers."""
    name = _NO_PLACEHOLDER.sub("_", inside).strip()
    return Unit(f"${{{name or '_'}}}", start, stop, is_hole=True)


def character(digits: str, base: int = 16) -> str:
    """The character with this number; U+FFFD if there is none."""
    code = int(digits, base)
    return chr(code) if code < 0x110000 else "\ufffd"


def unwritable(_text: str, _at: Span) -> None:
    """An ``encode`` for places where no correction can be written."""


_NO_PLACEHOLDER = re.compile(r"[\"'`{}\r\n]")

TILE_KIND = "DTAQL"
"""The type of a dashboard's tile whose ``query`` is USQL."""


@dataclass(frozen=True, slots=True)
class StringValue:
    """A string that is a value in a file, not a key.

    ``text`` is its content, ``key`` the name of the value (empty in a list), ``in_tile`` whether
    its object is a dashboard's USQL tile. ``place`` returns it with the places of its characters,
    or ``None`` if they are not known.
    """

    text: str
    key: str
    in_tile: bool
    place: Callable[[], Embedded | None]

    @staticmethod
    def of(embedded: Embedded, key: str = "", in_tile: bool = False) -> StringValue:
        """A string whose places are known."""
        return StringValue(embedded.text, key, in_tile, lambda: embedded)
