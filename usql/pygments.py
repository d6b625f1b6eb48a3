"""A lexer for Pygments: documentation, notebooks and the shell show queries in colour.

The words are those of the language's own lexer, so a text is coloured as it is read.

>>> from pygments import highlight
>>> from pygments.formatters import NullFormatter
>>> highlight("SELECT city FROM usersession", UsqlLexer(), NullFormatter())
'SELECT city FROM usersession\\n'
"""

from __future__ import annotations

import functools
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

from usql.language.lexer import lex
from usql.language.tables import ERROR_TERMINALS, grammar, keywords
from usql.language.token import Token

__all__ = ["UsqlLexer"]


class UsqlLexer(Lexer):
    """User Session Query Language."""

    name = "USQL"
    aliases: ClassVar[list[str]] = ["usql"]
    filenames: ClassVar[list[str]] = ["*.usql"]
    mimetypes: ClassVar[list[str]] = ["text/x-usql"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Every character of the text in order, as (offset, token type, piece)."""
        words, comments = lex(text)
        around = zip([None, *words], words, [*words[1:], None], strict=False)
        pieces = [(w.start, w.end, _type(w, before, after)) for before, w, after in around]
        pieces += [
            (c.span.start, c.span.end, Comment.Single if c.text.startswith("--") else Comment)
            for c in comments
        ]
        end = 0
        for start, stop, kind in sorted(pieces):
            if start > end:
                yield end, Text.Whitespace, text[end:start]
            yield from _with_placeholders(start, kind, text[start:stop])
            end = stop
        if end < len(text):
            yield end, Text.Whitespace, text[end:]


_OPERATOR_WORDS = frozenset(
    ("AND", "BETWEEN", "IN", "IS", "LIKE", "MOD", "NOT", "OR", "STARTSWITH")
)
_CONSTANTS = frozenset(("FALSE", "NULL", "TRUE"))

_TYPES: dict[str, _TokenType] = {
    "BRACKETED": Name.Label,
    "HOLE": String.Interpol,
    "NUMBER": Number,
    "OPEN_COMMENT": Comment,
    "OPEN_STRING": String,
    "PROPERTY": Name.Attribute,
    "STRING": String,
    "VARIABLE": Name.Variable.Magic,
    **dict.fromkeys(("COMMA", "DOT", "LPAR", "RPAR", "SEMICOLON"), Punctuation),
}
"""Other terminals are operators."""


def _type(word: Token, before: Token | None, after: Token | None) -> _TokenType:
    kind = word.type
    preceding = before.type if before is not None else ""
    if kind == "NAME" or (kind in keywords() and preceding in ("AS", "DOT")):
        return _name(word, preceding, after.type if after is not None else "")
    if kind in keywords():
        if kind in _OPERATOR_WORDS:
            return Operator.Word
        return Keyword.Constant if kind in _CONSTANTS else Keyword
    if kind in _TYPES:
        return _TYPES[kind]
    return Error if kind in ERROR_TERMINALS else Operator


def _name(word: Token, preceding: str, following: str) -> _TokenType:
    from usql.analysis.expressions import FUNCTIONS
    from usql.catalog import default_catalog

    if preceding == "AS":
        return Name.Label
    if following == "LPAR" and word.upper() in FUNCTIONS:
        return Name.Function
    if (preceding == "FROM" or following == "DOT") and default_catalog().get(word) is not None:
        return Name.Class
    return Name


def _with_placeholders(
    start: int, kind: _TokenType, text: str
) -> Iterator[tuple[int, _TokenType, str]]:
    """A piece; a string in parts, its placeholders apart from its own text."""
    if kind is not String:
        yield start, kind, text
        return
    end = 0
    for hole in _hole().finditer(text):
        if hole.start() > end:
            yield start + end, kind, text[end : hole.start()]
        yield start + hole.start(), String.Interpol, hole[0]
        end = hole.end()
    if end < len(text):
        yield start + end, kind, text[end:]


@functools.cache
def _hole() -> re.Pattern[str]:
    """The grammar's pattern of a placeholder."""
    return re.compile(next(t.pattern.to_regexp() for t in grammar().terminals if t.name == "HOLE"))
