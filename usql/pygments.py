"""A lexer for Pygments: documentation, notebooks and the shell show queries in colour.

``usql.editor.semantic`` classifies each word; here it gets Pygments' name for its class.

>>> from pygments import highlight
>>> from pygments.formatters import NullFormatter
>>> highlight("SELECT city FROM usersession", UsqlLexer(), NullFormatter())
'SELECT city FROM usersession\\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    _TokenType,
)

from usql.editor.semantic import TokenKind, tokens
from usql.language.holes import placeholder

__all__ = ["UsqlLexer"]

Piece = tuple[int, _TokenType, str]


class UsqlLexer(Lexer):
    """User Session Query Language."""

    name = "USQL"
    aliases: ClassVar[list[str]] = ["usql"]
    filenames: ClassVar[list[str]] = ["*.usql"]
    mimetypes: ClassVar[list[str]] = ["text/x-usql"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[Piece]:
        """Every character of the text in order, as (offset, token type, piece)."""
        end = 0
        for token in tokens(text):
            yield from _between(end, text[end : token.span.start])
            word = text[token.span.start : token.span.end]
            yield from _word(token.span.start, token.kind, word)
            end = token.span.end
        yield from _between(end, text[end:])


_OPERATOR_WORDS = frozenset(
    ("AND", "BETWEEN", "IN", "IS", "LIKE", "MOD", "NOT", "OR", "STARTSWITH")
)
_CONSTANTS = frozenset(("FALSE", "NULL", "TRUE"))

_TYPES = {
    TokenKind.KEYWORD: Keyword,
    TokenKind.FUNCTION: Name.Function,
    TokenKind.TABLE: Name.Class,
    TokenKind.FIELD: Name,
    TokenKind.ALIAS: Name.Label,
    TokenKind.VARIABLE: Name.Variable.Magic,
    TokenKind.STRING: String,
    TokenKind.NUMBER: Number,
    TokenKind.OPERATOR: Operator,
    TokenKind.COMMENT: Comment,
    TokenKind.PLACEHOLDER: String.Interpol,
}

_GAP = re.compile(r"(?P<blank>[\s\u200b\ufeff]+)|(?P<sign>[().,;]+)|[^\s\u200b\ufeff().,;]+")


def _between(start: int, text: str) -> Iterator[Piece]:
    """The text between words: blanks, signs, and anything that is not a word."""
    for match in _GAP.finditer(text):
        kind = {"blank": Text.Whitespace, "sign": Punctuation}.get(match.lastgroup or "", Error)
        yield start + match.start(), kind, match[0]


def _word(start: int, kind: TokenKind, text: str) -> Iterator[Piece]:
    if kind is TokenKind.KEYWORD:
        folded = text.upper()
        if folded in _OPERATOR_WORDS:
            yield start, Operator.Word, text
            return
        if folded in _CONSTANTS:
            yield start, Keyword.Constant, text
            return
    if kind is not TokenKind.STRING:
        yield start, _TYPES[kind], text
        return
    end = 0
    for hole in placeholder().finditer(text):
        if hole.start() > end:
            yield start + end, String, text[end : hole.start()]
        yield start + hole.start(), String.Interpol, hole[0]
        end = hole.end()
    if end < len(text):
        yield start + end, String, text[end:]
