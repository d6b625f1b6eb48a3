"""Semantic tokens: what each word of a text is, for colours that know the language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise

from usql.catalog import default_catalog
from usql.editor.ranges import statements
from usql.frozen import dataclass
from usql.language.diagnostics import Span
from usql.language.functions import FUNCTIONS
from usql.language.tables import keywords
from usql.language.token import Token


class TokenKind(Enum):
    """What a word is, in the terms of the Language Server Protocol where it has one."""

    KEYWORD = "keyword"
    FUNCTION = "function"
    TABLE = "class"
    FIELD = "property"
    ALIAS = "variable"
    VARIABLE = "parameter"
    STRING = "string"
    NUMBER = "number"
    OPERATOR = "operator"
    COMMENT = "comment"
    PLACEHOLDER = "macro"


@dataclass(frozen=True, slots=True)
class SemanticToken:
    """A word and what it is; ``is_declaration`` where an alias is given."""

    span: Span
    kind: TokenKind
    is_declaration: bool = False


_K = TokenKind

_KINDS = {
    "STRING": _K.STRING,
    "OPEN_STRING": _K.STRING,
    "CURLY_STRING": _K.STRING,
    "BACKTICK": _K.STRING,
    "BRACKETED": _K.ALIAS,
    "NUMBER": _K.NUMBER,
    "DURATION_WORD": _K.NUMBER,
    "VARIABLE": _K.VARIABLE,
    "HOLE": _K.PLACEHOLDER,
    "PROPERTY": _K.FIELD,
    "OPEN_COMMENT": _K.COMMENT,
    "DOUBLE_EQUALS": _K.OPERATOR,
    **dict.fromkeys(("EQ", "NE", "LT", "LE", "GT", "GE"), _K.OPERATOR),
    **dict.fromkeys(("PLUS", "MINUS", "STAR", "SLASH", "PERCENT"), _K.OPERATOR),
}


def tokens(text: str) -> list[SemanticToken]:
    """The words of a text in order, without brackets, commas and dots; comments too.

    >>> [t.kind.value for t in tokens("SELECT COUNT(*) AS n FROM usersession -- all")]
    ['keyword', 'function', 'operator', 'keyword', 'variable', 'keyword', 'class', 'comment']
    """
    semantic: list[SemanticToken] = []
    for statement in statements(text):
        semantic += (SemanticToken(c.span, _K.COMMENT) for c in statement.comments)
        semantic += _words(statement.tokens)
    return sorted(semantic, key=lambda t: t.span)


def _words(words: Sequence[Token]) -> Iterator[SemanticToken]:
    aliases = {_plain(word) for before, word in pairwise(words) if before.type == "AS"}
    for index, word in enumerate(words):
        before = words[index - 1].type if index else ""
        after = words[index + 1].type if index + 1 < len(words) else ""
        kind = _kind(word, before, after, aliases)
        if kind is not None:
            yield SemanticToken(word.span, kind, before == "AS")


def _kind(word: Token, before: str, after: str, aliases: set[str]) -> TokenKind | None:
    if before == "AS":
        return _K.ALIAS
    if word.type == "STRING" and before == "DOT":
        return _K.FIELD
    is_name = word.type == "NAME" or (word.type in keywords() and before == "DOT")
    if word.type in keywords() and not is_name:
        return _K.FUNCTION if word.type in FUNCTIONS and after == "LPAR" else _K.KEYWORD
    if not is_name:
        return _KINDS.get(word.type)
    if after == "LPAR" and word.upper() in FUNCTIONS:
        return _K.FUNCTION
    if before == "FROM" or (after == "DOT" and default_catalog().get(word) is not None):
        return _K.TABLE
    return _K.ALIAS if before != "DOT" and _plain(word) in aliases else _K.FIELD


def _plain(word: Token) -> str:
    text = word[1:-1] if word.type in ("STRING", "BRACKETED") else word
    return text.lower()
