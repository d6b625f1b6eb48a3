"""A word of a query's text."""

from __future__ import annotations

from typing import Self

from usql.language.diagnostics import Span


class Token(str):
    """A word: its text, the name of its terminal, and its characters ``[start, end)``."""

    __slots__ = ("end", "start", "type")

    type: str
    start: int
    end: int

    def __new__(cls, kind: str, text: str, start: int, end: int) -> Self:
        """A word with the terminal ``kind``."""
        self = str.__new__(cls, text)
        self.type = kind
        self.start = start
        self.end = end
        return self

    @property
    def span(self) -> Span:
        """The span of the word."""
        return Span(self.start, self.end)


def make(kind: str, text: str, span: Span) -> Token:
    """A token in place of something in the text: a repaired mistake or a filled gap."""
    return Token(kind, text, span.start, span.end)
