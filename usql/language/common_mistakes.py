"""Common mistakes that are recognised in the words alone, before the grammar is consulted.

Each is reported under its own name, with a correction if there is one, and repaired in the list of
tokens, so that the parser sees the query that was meant (LANGUAGE.md §1).
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable
from itertools import pairwise

from usql.language.declarations import Form
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic, replace
from usql.language.functions import FUNCTIONS
from usql.language.tables import keywords
from usql.language.token import Token, make

VARIABLES = ("NOW", "TIME_FRAME_START", "TIME_FRAME_END")
"""The variables of the language, without their ``$``."""

_CLAUSES = ("WHERE", "GROUP", "ORDER", "LIMIT", "HAVING")
_AFTER_LIST = {*_CLAUSES, "FROM", "RPAR", "$END"}
_AFTER_BRACKETED_LIST = {"RPAR", "FROM", "$END"}
"""Inside brackets WHERE may follow a comma: CONDITION(metric, WHERE …)."""
_AFTER_ITEM = _AFTER_LIST | {"COMMA", "AS", "FILTER", "ASC", "DESC"}

_OPENED = {"LPAR": 1, "RPAR": -1}


class _Cursor:
    """The tokens to read, those already repaired, and the diagnostics."""

    def __init__(self, tokens: list[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.at = 0
        self.depth = 0
        self.out: list[Token] = []
        self.diagnostics: list[Diagnostic] = []

    @functools.cached_property
    def table(self) -> str:
        """The word after FROM."""
        tables = (t for before, t in pairwise(self.tokens) if before.type == "FROM")
        return next(tables, "usersession")

    def kind(self, ahead: int) -> str:
        index = self.at + ahead
        return self.tokens[index].type if index < len(self.tokens) else "$END"

    def report(self, name: str, message: str, span: Span, *fixes: Fix) -> None:
        self.diagnostics.append(diagnostic(name, message, span, fixes))

    def accept(self, count: int, *tokens: Token) -> None:
        """Take ``count`` tokens from the text and pass on ``tokens`` in their place."""
        for token in tokens:
            self.depth += _OPENED.get(token.type, 0)
            self.out.append(token)
        self.at += count


def repair(tokens: list[Token], text: str) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens without common mistakes, and a diagnostic for each mistake."""
    cursor = _Cursor(tokens, text)
    while cursor.at < len(tokens):
        token = tokens[cursor.at]
        fix_file = _SLIPS.get(token.type)
        if fix_file is None or not fix_file(cursor, token):
            cursor.accept(1, token)
    return cursor.out, cursor.diagnostics


def _double_equals(c: _Cursor, token: Token) -> bool:
    span = token.span
    c.report(
        "double-equals",
        "Equality is written with a single `=`.",
        span,
        replace("write =", span, "="),
    )
    c.accept(1, make("EQ", "=", span))
    return True


def _quoted(content: str) -> str:
    return '"' + content.replace('"', '""') + '"'


def _curly(c: _Cursor, token: Token) -> bool:
    span = token.span
    content = str(token)[1:]
    if (
        content
        and content[-1]
        in "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\"'"
    ):
        content = content[:-1]
    straight = _quoted(content)
    c.report(
        "curly-quote",
        "Strings are written in straight quotes, not in typographic ones.",
        span,
        replace(f"write {straight}", span, straight),
    )
    c.accept(1, make("STRING", straight, span))
    return True


def _backtick(c: _Cursor, token: Token) -> bool:
    span = token.span
    straight = _quoted(str(token)[1:-1])
    c.report(
        "backtick-alias",
        "Names are written in double quotes, not in backticks.",
        span,
        replace(f"write {straight}", span, straight),
    )
    c.accept(1, make("STRING", straight, span))
    return True


def _open_string(c: _Cursor, token: Token) -> bool:
    text = str(token).rstrip()
    span = Span(token.start, token.start + len(text))
    quote = text[0]
    content = text[1:]
    word = c.out[-1] if c.out else token
    if not content and word.type == "NAME" and word.end == token.start:
        return _unopened_string(c, token, word)
    c.report(
        "unterminated-string",
        f"The string has no closing {quote} quote.",
        span,
        *(
            Fix(f"close it with {quote}", (Edit(Span(end, end), quote),))
            for end in dict.fromkeys((span.start + 1 + _likely_end(content), span.end))
        ),
    )
    c.accept(1, make("STRING", _quoted(content), span))
    return True


_AFTER_STRING = re.compile(
    r"\s*(?:[),]|\b(?:FROM|WHERE|GROUP\s+BY|ORDER\s+BY|LIMIT|AND|OR|AS)\b)", re.IGNORECASE
)


def _likely_end(content: str) -> int:
    """Where an unclosed string was likely to end: before a word that continues the query."""
    match = _AFTER_STRING.search(content, 1)
    return match.start() if match else len(content)


def _unopened_string(c: _Cursor, token: Token, word: Token) -> bool:
    """``Spain"``: there is a closing quote, but no opening one."""
    quote = str(token)[0]
    span = Span(word.start, token.start + 1)
    c.report(
        "unterminated-string",
        f"The string has no opening {quote} quote.",
        span,
        Fix(f"open it with {quote}", (Edit(Span(word.start, word.start), quote),)),
    )
    c.out[-1] = make("STRING", f"{quote}{word}{quote}", span)
    c.accept(1)
    return True


def _open_comment(c: _Cursor, token: Token) -> bool:
    span = token.span
    c.report(
        "unterminated-comment",
        "The comment has no closing */.",
        Span(span.start, span.start + 2),
        Fix("close it", (Edit(Span(span.end, span.end), " */"),)),
    )
    c.accept(1)
    return True


def _duration_word(c: _Cursor, token: Token) -> bool:
    span = token.span
    written = f'DURATION("{token}")'
    c.report(
        "duration",
        f"A length of time is written {written}.",
        span,
        replace(f"write {written}", span, written),
    )
    c.accept(
        1,
        make("NAME", "DURATION", span),
        make("LPAR", "(", span),
        make("STRING", f'"{token}"', span),
        make("RPAR", ")", span),
    )
    return True


def _bad_word(c: _Cursor, token: Token) -> bool:
    c.report("syntax", f"`{_short(token)}` is neither a number nor a name.", token.span)
    c.accept(1, make("NUMBER", "0", token.span))
    return True


_WORDS = {"&": "AND", "&&": "AND", "|": "OR", "||": "OR", "!": "NOT"}
"""Operators of other languages and their words in this one."""


def _bad(c: _Cursor, token: Token) -> bool:
    run = 1
    while c.kind(run) == "BAD":
        run += 1
    last = c.tokens[c.at + run - 1]
    span = Span(token.start, last.end)
    meant = _WORDS.get(c.text[span.start : span.end])
    if meant is not None:
        c.report(
            "syntax",
            f"`{c.text[span.start : span.end]}` is written {meant}.",
            span,
            replace(f"write {meant}", span, meant if meant != "NOT" else "NOT "),
        )
        c.accept(run, make(meant, meant, span))
        return True
    if token == "@" and run == 1 and c.kind(1) == "NAME" and c.tokens[c.at + 1].start == span.end:
        return _at_name(c, token, c.tokens[c.at + 1])
    shown = token if token.isprintable() else f"U+{ord(token[0]):04X}"
    c.report("syntax", f"`{shown}` means nothing in a query.", span, replace("remove it", span, ""))
    c.accept(run)
    return True


def _at_name(c: _Cursor, token: Token, word: Token) -> bool:
    """``@timestamp``: names that are not words are quoted after their table."""
    span = Span(token.start, word.end)
    written = _quoted(f"@{word}")
    if not c.out or c.out[-1].type != "DOT":
        written = f"{c.table}.{written}"
    message = f"`@{_short(word)}` is not a word; a name with other characters is written in quotes after its table."
    c.report("syntax", message, span, replace(f"write {_short(written)}", span, written))
    c.accept(2, make("NAME", f"@{word}", span))
    return True


def _variable(c: _Cursor, token: Token) -> bool:
    name = token[1:].upper()
    if name in VARIABLES:
        return False
    span = token.span
    near = [v for v in VARIABLES if v.startswith(name)]
    near += difflib.get_close_matches(name, VARIABLES, n=len(VARIABLES))
    hole = f"${{{token[1:]}}}"
    c.report(
        "unknown-variable",
        f"There is no variable {_short(token)}, only {', '.join(f'${v}' for v in VARIABLES[:-1])} "
        f"and ${VARIABLES[-1]}; a dashboard's placeholder is written {_short(hole)}.",
        span,
        *(replace(f"write ${v}", span, f"${v}") for v in dict.fromkeys(near)),
        replace(f"write {hole}", span, hole),
    )
    c.accept(1, make("HOLE", "", span))
    return True


def _comma(c: _Cursor, token: Token) -> bool:
    run = 1
    while c.kind(run) == "COMMA":
        run += 1
    trailing = c.kind(run) in (_AFTER_BRACKETED_LIST if c.depth > 0 else _AFTER_LIST)
    if run == 1 and not trailing:
        return False
    if c.depth > 0 and c.kind(run) in ("FROM", "$END"):
        return _unfinished(c, run)
    first = token if trailing else c.tokens[c.at + 1]
    span = Span(first.start, c.tokens[c.at + run - 1].end)
    message = "Nothing follows this comma." if trailing and run == 1 else "One comma is enough."
    c.report("doubled-comma", message, span, replace("remove it", span, ""))
    c.accept(run, *([] if trailing else [token]))
    return True


def _unfinished(c: _Cursor, commas: int) -> bool:
    """``TOP(country, FROM``: the comma is right, but what should follow it is missing."""
    span = Span(c.tokens[c.at].start, c.tokens[c.at + commas - 1].end)
    opened = []
    for index, token in enumerate(c.out):
        if token.type == "LPAR":
            opened.append(index)
        elif token.type == "RPAR" and opened:
            opened.pop()
    before = c.out[opened[-1] - 1] if opened and opened[-1] else None
    has_name = before is not None and before.type in ("NAME", "IN", "FUNNEL")
    what = _short(str(before).upper()) if has_name else "The list in brackets"
    closing = ")" * c.depth
    c.report(
        "syntax",
        f"{what} is not finished: something is missing after the comma, and `{closing}` after that.",
        span,
        replace(f"write {closing}", span, closing),
    )
    c.accept(commas, *(make("RPAR", ")", span) for _ in closing))
    return True


def _name(c: _Cursor, token: Token) -> bool:
    function = FUNCTIONS.get(token.upper())
    counts = function is not None and function.form is Form.COUNT
    if counts and c.kind(1) == "STAR" and c.kind(2) in _AFTER_ITEM:
        star = c.tokens[c.at + 1]
        span = Span(token.start, star.end)
        c.report(
            "count-star",
            f"The star of {token.upper()} is written in brackets.",
            span,
            replace(f"write {token.upper()}(*)", span, f"{token}(*)"),
        )
        c.accept(2, token, make("LPAR", "(", star.span), star, make("RPAR", ")", star.span))
        return True
    if token.lower() == "now" and c.kind(1) == "LPAR" and c.kind(2) == "RPAR":
        span = Span(token.start, c.tokens[c.at + 2].end)
        c.report(
            "now-function",
            "The current time is the variable $NOW.",
            span,
            replace("write $NOW", span, "$NOW"),
        )
        c.accept(3, make("VARIABLE", "$NOW", span))
        return True
    return False


def _dot(c: _Cursor, token: Token) -> bool:
    """``useraction. FROM t``: after a dot FROM could be a name, but two names never follow each
    other."""
    keyword = c.kind(1)
    goes_on = c.kind(2) == "NAME" or (keyword in ("GROUP", "ORDER") and c.kind(2) == "BY")
    if keyword not in keywords() or not goes_on:
        return False
    c.report("syntax", "A field follows the dot.", token.span)
    c.accept(1, token, make("NAME", "", Span(token.end, token.end)))
    return True


def _as(c: _Cursor, token: Token) -> bool:
    """``city AS FROM t``: FROM could be the alias, but then another FROM would follow."""
    if c.kind(1) != "FROM" or c.kind(2) != "NAME" or c.kind(3) not in (*_CLAUSES, "$END"):
        return False
    c.report("syntax", "A name follows AS.", token.span, replace("remove AS", token.span, ""))
    c.accept(1)
    return True


def _in(c: _Cursor, token: Token) -> bool:
    value = c.kind(1)
    if value in ("STRING", "NUMBER"):
        entry = c.tokens[c.at + 1]
        c.report(
            "syntax",
            "The values of IN are written in brackets.",
            entry.span,
            replace(f"write ({_short(entry)})", entry.span, f"({entry})"),
        )
        around = [make(kind, sign, entry.span) for kind, sign in (("LPAR", "("), ("RPAR", ")"))]
        c.accept(2, token, around[0], entry, around[1])
        return True
    if c.kind(1) != "LPAR" or c.kind(2) != "RPAR":
        return False
    opening, closing = c.tokens[c.at + 1], c.tokens[c.at + 2]
    span = Span(opening.start, closing.end)
    c.report("empty-list", "IN needs at least one value.", span)
    c.accept(3, token, opening, make("HOLE", "", Span(span.start + 1, span.start + 1)), closing)
    return True


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


_SLIPS: dict[str, Callable[[_Cursor, Token], bool]] = {
    "DOUBLE_EQUALS": _double_equals,
    "CURLY_STRING": _curly,
    "BACKTICK": _backtick,
    "OPEN_STRING": _open_string,
    "OPEN_COMMENT": _open_comment,
    "DURATION_WORD": _duration_word,
    "BAD_WORD": _bad_word,
    "BAD": _bad,
    "VARIABLE": _variable,
    "COMMA": _comma,
    "NAME": _name,
    "IN": _in,
    "DOT": _dot,
    "AS": _as,
}
