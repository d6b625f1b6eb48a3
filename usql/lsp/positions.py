"""Offsets of a text as the protocol counts them: lines, and code units within a line."""

from __future__ import annotations

import bisect
import re

from lsprotocol import types

from usql.language.diagnostics import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
"""The line ends of the protocol; Python knows more of them."""


class Positions:
    """Converts between character offsets of a text and the protocol's positions, whose columns
    count code units of an encoding: UTF-16 unless client and server agree on another."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str) -> None:
        self.text = text
        self._encoding = types.PositionEncodingKind(encoding)
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        ends = [end.start() for end in _LINE_END.finditer(text)]
        self._ends = [*ends, len(text)]

    def position(self, offset: int) -> types.Position:
        """The position of an offset; inside a line end it is the end of the line."""
        line = bisect.bisect_right(self._starts, offset) - 1
        before = self.text[self._starts[line] : min(offset, self._ends[line])]
        return types.Position(line, sum(map(self._units, before)))

    def offset(self, position: types.Position) -> int:
        """The offset of a position; beyond the end of a line or the text it is that end."""
        if position.line >= len(self._starts):
            return len(self.text)
        at, end, units = self._starts[position.line], self._ends[position.line], 0
        while at < end and units < position.character:
            units += self._units(self.text[at])
            at += 1
        return at

    def range(self, span: Span) -> types.Range:
        """The protocol's range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def span(self, range_: types.Range) -> Span:
        """The span of a range."""
        start = self.offset(range_.start)
        return Span(start, max(start, self.offset(range_.end)))

    def lines(self, span: Span) -> list[Span]:
        """The parts of a span on each line; empty ones are left out."""
        first = bisect.bisect_right(self._starts, span.start) - 1
        parts = []
        for start, end in zip(self._starts[first:], self._ends[first:], strict=True):
            if start >= span.end:
                break
            part = Span(max(start, span.start), max(start, span.start, min(end, span.end)))
            if part.start < part.end:
                parts.append(part)
        return parts

    def units(self, span: Span) -> int:
        """The length in code units of a span within one line."""
        return sum(map(self._units, self.text[span.start : span.end]))

    def _units(self, character: str) -> int:
        if self._encoding is types.PositionEncodingKind.Utf16:
            return 1 + (character > "\uffff")
        if self._encoding is types.PositionEncodingKind.Utf8:
            return len(character.encode("utf-8", "surrogatepass"))
        return 1
