"""Text to words. Every text has words; the ones that are wrong get terminals of their own.

The words are those of the grammar's terminals, in the order of their priorities. Lark's own lexer
gives the same ones (a test compares them) but takes several times as long.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from usql.language.diagnostics import Span
from usql.language.tables import grammar, keywords
from usql.language.token import Token


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its marks, and where it stands."""

    text: str
    span: Span


def lex(text: str) -> tuple[list[Token], list[Comment]]:
    """All words of the text in order, comments apart."""
    words: list[Token] = []
    comments: list[Comment] = []
    scanner = _scanner("{" in text)
    keywords = scanner.keywords
    for found in scanner.pattern.finditer(text):
        kind = found.lastgroup
        if kind == "BLANK":
            continue
        start, end = found.span()
        word = found[0]
        if kind == "NAME":
            # Letters that fold to ASCII ones, such as the Kelvin sign, are left to the patterns.
            kind = keywords.get(word.lower(), kind) if word.isascii() else scanner.keyword_of(word)
        elif kind == "COMMENT":
            comments.append(Comment(word, Span(start, end)))
            continue
        assert kind is not None  # every alternative is a group
        words.append(Token(kind, word, start, end))
    return words, comments


def without_semicolon(text: str) -> str:
    """The text without the ``;`` that closes it; all else stays, comments too.

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


@dataclass(frozen=True, slots=True)
class _Scanner:
    """``pattern`` has a group per terminal, without the ``keywords`` (by their letters), which it
    reads as NAME; ``odd_keywords`` has a group for each of these."""

    pattern: re.Pattern[str]
    keywords: Mapping[str, str]
    odd_keywords: re.Pattern[str]

    def keyword_of(self, word: str) -> str:
        """The terminal of a word that is a name by its letters."""
        found = self.odd_keywords.fullmatch(word)
        return (found and found.lastgroup) or "NAME"


_WITH_BRACES = ("HOLE", "PLACEHOLDER")
"""Terminals that are tried at each word and that a text without braces has none of."""


@functools.cache
def _scanner(braces: bool) -> _Scanner:
    """One pattern of all terminals. A keyword is tried by looking a NAME up: 27 patterns that fold
    case, at each word, would take more time than all others."""
    terminals = sorted(
        (t for t in grammar().terminals if braces or t.name not in _WITH_BRACES),
        key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
    )

    def groups(wanted: bool) -> re.Pattern[str]:
        chosen = (t for t in terminals if (t.name in keywords()) == wanted)
        return re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in chosen))

    return _Scanner(groups(False), {name.lower(): name for name in keywords()}, groups(True))
