"""Texts and their queries, parsed once for all services that need the same text."""

from __future__ import annotations

import functools

from usql.frozen import dataclass
from usql.language.diagnostics import Span
from usql.language.lexer import Comment, lex
from usql.language.parser import Parsed, parse_script
from usql.language.token import Token

_TEXTS = 8
"""Texts kept: an editor asks several things about one text, and few texts change at once."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The words of one query, or of the place where one may be written.

    ``span`` extends from after the preceding ``;`` to the ``;`` that ends it, so that every offset
    of the text lies in a statement.
    """

    span: Span
    tokens: tuple[Token, ...]
    comments: tuple[Comment, ...]


@functools.lru_cache(_TEXTS)
def words(text: str) -> tuple[tuple[Token, ...], tuple[Comment, ...]]:
    """All words of a text, and its comments."""
    tokens, comments = lex(text)
    return tuple(tokens), tuple(comments)


@functools.lru_cache(_TEXTS)
def queries(text: str) -> tuple[Parsed, ...]:
    """The queries of a text as trees; at least one, which may be empty."""
    return parse_script(text)


@functools.lru_cache(_TEXTS)
def statements(text: str) -> tuple[Statement, ...]:
    """The text split at each ``;``; the last statement may be empty."""
    tokens, comments = words(text)
    parts: list[Statement] = []
    begin, pending = 0, list[Token]()

    def close(end: int) -> None:
        inside = tuple(c for c in comments if begin <= c.span.start < end)
        parts.append(Statement(Span(begin, end), tuple(pending), inside))

    for token in tokens:
        if token.type != "SEMICOLON":
            pending.append(token)
            continue
        close(token.start)
        begin, pending = token.end, []
    close(len(text))
    return tuple(parts)


def statement_at(text: str, offset: int) -> Statement:
    """The statement in which the offset lies; after a ``;`` it is the next one's."""
    return next(s for s in statements(text) if offset <= s.span.end)


def comment_at(text: str, offset: int) -> Comment | None:
    """The comment to which a character typed at the offset would belong."""
    for comment in words(text)[1]:
        inside = comment.span.start < offset < comment.span.end
        if inside or (comment.text.startswith("--") and offset == comment.span.end):
            return comment
    return None


def query_at(text: str, offset: int) -> Parsed | None:
    """The parsed query that the offset touches."""
    return next((p for p in queries(text) if p.span.start <= offset <= p.span.end), None)
