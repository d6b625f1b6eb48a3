"""From text to words. Every text has words; wrong ones get terminals of their own.

The words are those of the grammar's terminals, in the order of their priorities. Lark's own lexer
gives the same result (a test compares them) but takes several times as long.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from usql.frozen import dataclass
from usql.language.diagnostics import Span
from usql.language.tables import tables
from usql.language.token import Token


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks, and its span."""

    text: str
    span: Span


def lex(text: str) -> tuple[list[Token], list[Comment]]:
    """All words of the text in order, and its comments separately."""
    words: list[Token] = []
    comments: list[Comment] = []
    scanner = _scanner("{" in text)
    keywords = scanner.keywords
    for match in scanner.pattern.finditer(text):
        kind = match.lastgroup
        if kind == "BLANK":
            continue
        start, end = match.span()
        word = match[0]
        if kind == "NAME":
            # Letters that fold to ASCII ones, such as the Kelvin sign, are left to the patterns.
            kind = keywords.get(word.lower(), kind) if word.isascii() else scanner.keyword_of(word)
        elif kind == "COMMENT":
            comments.append(Comment(word, Span(start, end)))
            continue
        assert kind is not None  # every alternative is a named group
        words.append(Token(kind, word, start, end))
    return words, comments


def without_semicolon(text: str) -> str:
    """The text without its closing ``;``; everything else stays, including comments.

    >>> without_semicolon("SELECT city FROM usersession; -- all")
    'SELECT city FROM usersession -- all'
    """
    if ";" not in text:
        return text
    for word in reversed(lex(text)[0]):
        if word.type != "SEMICOLON":
            break
        text = text[: word.start] + text[word.end :]
    return text


@dataclass(frozen=True)
class _Scanner:
    """``pattern`` has a group per terminal, except the ``keywords`` (by their letters), which match
    as NAME."""

    pattern: re.Pattern[str]
    keywords: Mapping[str, str]

    def keyword_of(self, word: str) -> str:
        """The terminal of a word that matched as NAME."""
        match = self._odd_keywords.fullmatch(word)
        return (match and match.lastgroup) or "NAME"

    @functools.cached_property
    def _odd_keywords(self) -> re.Pattern[str]:
        return _groups(lambda name: name in self.keywords.values())


_WITH_BRACES = ("HOLE", "PLACEHOLDER")
"""Terminals that would be tried at each word, but cannot occur in a text without braces."""


@functools.cache
def _scanner(braces: bool) -> _Scanner:
    """One pattern of all terminals. Keywords are found by looking up each NAME: trying 27
    case-folding patterns at each word would take more time than all others together."""
    keywords = {name.lower(): name for name in tables().keywords}
    left_out = {*keywords.values(), *(() if braces else _WITH_BRACES)}
    return _Scanner(_groups(lambda name: name not in left_out), keywords)


def _groups(accepts: Callable[[str], bool]) -> re.Pattern[str]:
    """One pattern with a group for each of the wanted terminals."""
    chosen = ((name, pattern) for name, pattern in tables().terminals.items() if accepts(name))
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in chosen))
