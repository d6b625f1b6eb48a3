"""Text to words. Every text has words; the ones that are wrong get terminals of their own."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lark import Lark, Token

from usql.language.builder import TreeBuilder
from usql.language.diagnostics import Span

ERROR_TERMINALS = (
    "DOUBLE_EQUALS",
    "CURLY_STRING",
    "BACKTICK",
    "DURATION_WORD",
    "OPEN_COMMENT",
    "OPEN_STRING",
    "BAD_WORD",
    "BAD",
)
"""Terminals that no rule takes: the slips module repairs or removes their tokens."""


class _KeepAll:
    """Tells Lark to keep the terminals that stand in no rule."""

    always_accept = (*ERROR_TERMINALS, "COMMENT", "SEMICOLON")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@functools.cache
def grammar() -> Lark:
    """The grammar's lexer and parser tables, made once per process (some 50 ms)."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="basic",
        maybe_placeholders=True,
        transformer=TreeBuilder(),
        postlex=_KeepAll(),
    )


def grammar_text() -> str:
    """The grammar file's text: inside an installed package, or at the top of a checkout."""
    installed = Path(__file__).with_name("usql.lark")
    checkout = Path(__file__).parents[2] / "grammar" / "usql.lark"
    return (installed if installed.exists() else checkout).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks, and where it stands."""

    text: str
    span: Span


def lex(text: str) -> tuple[list[Token], list[Comment]]:
    """All words of the text in order, comments apart."""
    words: list[Token] = []
    comments: list[Comment] = []
    for token in grammar().lex(text):
        if token.type == "COMMENT":
            comments.append(Comment(str(token), span_of(token)))
        else:
            words.append(token)
    return words, comments


def span_of(token: Token) -> Span:
    """Where a token stands."""
    start: Any = token.start_pos
    end: Any = token.end_pos
    return Span(start, end)


def make(kind: str, text: str, span: Span) -> Token:
    """A token that stands for something in the text: a repaired slip or a filled gap."""
    return Token(kind, text, start_pos=span.start, end_pos=span.end)
