"""Holes: where the text of a query is unknown until a placeholder has its value (LANGUAGE.md §1).

A placeholder is a complete ``${name}`` or ``{{name}}`` on one line. ``${`` or ``{{`` alone is
ordinary text, and so is the value of a parameter: it is never searched for further placeholders.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from usql.frozen import dataclass
from usql.language.diagnostics import Span
from usql.language.lexer import lex
from usql.language.tables import tables
from usql.language.token import Token

_HOLDERS = (
    *("HOLE", "STRING", "PROPERTY", "BRACKETED"),
    *("OPEN_STRING", "CURLY_STRING", "BACKTICK"),
)
"""The terminals of words that may contain a placeholder."""


@functools.cache
def placeholder() -> re.Pattern[str]:
    """The grammar's pattern of a placeholder."""
    return re.compile(tables().terminals["PLACEHOLDER"])


def placeholders(tokens: Sequence[Token], text: str) -> Iterator[Span]:
    """The spans of placeholders in the words of a text."""
    pattern = placeholder()
    for token in tokens:
        if token.type in _HOLDERS and token:
            # Search the text itself: a repaired string has more quotes than the text had.
            yield from (Span(*m.span()) for m in pattern.finditer(text, token.start, token.end))


@dataclass(frozen=True, slots=True)
class Holes:
    """The placeholders of one query, in order."""

    spans: tuple[Span, ...] = ()

    def within(self, span: Span) -> bool:
        """Whether one of them is within these characters."""
        if not self.spans:
            return False
        index = bisect_left(self.spans, span.start, key=lambda s: s.start)
        return index < len(self.spans) and self.spans[index].end <= span.end

    def __bool__(self) -> bool:
        return bool(self.spans)


NO_HOLES = Holes()
"""The holes of a query that is completely known."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A text whose placeholders have been replaced by their values; ``holes`` are those without a
    value."""

    text: str
    holes: tuple[Span, ...]


def fill(text: str, parameters: Mapping[str, str]) -> Filled:
    """The text with its placeholders replaced: ``${name}`` and ``{{ .name }}`` by
    ``parameters[name]``; inside quotes the value's quotes are doubled. Unknown placeholders
    stay."""
    parts: list[str] = []
    holes: list[Span] = []
    begin = length = 0
    for token in lex(text)[0]:
        for hole in placeholders((token,), text):
            name = placeholder_name(text[hole.start : hole.end])
            value = parameters.get(name)
            length += hole.start - begin
            parts.append(text[begin : hole.start])
            begin = hole.end
            if value is None:
                value = text[hole.start : hole.end]
                holes.append(Span(length, length + len(value)))
            else:
                quote = _quote_around(token, hole)
                value = value.replace(quote, quote * 2) if quote else value
            parts.append(value)
            length += len(value)
    return Filled("".join((*parts, text[begin:])), tuple(holes))


def _quote_around(token: Token, hole: Span) -> str:
    """The quote of the string that contains the placeholder; empty outside strings."""
    if token.type == "STRING":
        return token[0]
    if token.type == "PROPERTY" and token[-1] in "\"'":
        return token[-1]
    return ""


def placeholder_name(placeholder: str) -> str:
    """The name in ``${name}`` or ``{{ .name }}``."""
    return placeholder.strip("${} \t").lstrip(".")
