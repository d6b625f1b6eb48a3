"""Recovery from a token that cannot occur where it is: report it and find a way to go on.

The legal next tokens come from the grammar's tables. Ways to go on are tried in order, the smallest
change first: a misspelled keyword, a missing word, a superfluous word, a gap filled by a hole, and
finally skipping the rest of the clause.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import replace as _replace

from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic, replace
from usql.language.tables import Stack
from usql.language.tables import keywords as grammar_keywords
from usql.language.token import Token, make

_CACHED = 256
"""How many misspelled keywords are cached: queries in a file repeat their misspellings."""

_INSERTABLE = (
    ("RPAR", ")"),
    ("COMMA", ","),
    ("BY", "BY"),
    ("LPAR", "("),
    ("AND", "AND"),
    ("FROM", "FROM"),
)
_FILLERS = (
    (("HOLE", ""),),
    (("NAME", ""),),
    (("NUMBER", "0"),),
    (("AND", "AND"), ("HOLE", "")),
)
"""What is inserted for something missing: a hole, a name, a number, the end of a BETWEEN."""
_SYNC = {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "$END"}
_JOINED = {"GROUPBY": ("GROUP", "BY"), "ORDERBY": ("ORDER", "BY")}

_CLAUSES = ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "FILTER", "AS")
_EXPECTED_AFTER = {
    "WHERE": "a condition",
    "AND": "a condition",
    "OR": "a condition",
    "NOT": "a condition",
    "SELECT": "a field or a function",
    "DISTINCT": "a field or a function",
    "FROM": "a table",
    "LIMIT": "a number",
    "AS": "a name",
    "BY": "a field",
    "EQ": "a value",
    "NE": "a value",
    "LT": "a value",
    "GT": "a value",
    "LE": "a value",
    "GE": "a value",
    "IS": "a value",
    "LIKE": "a pattern",
    "STARTSWITH": "a string",
    "BETWEEN": "a value",
    "IN": "a list of values in brackets",
    "GROUP": "BY",
    "ORDER": "BY",
    "FUNNEL": "conditions in brackets",
}
_SIGNS = {
    "RPAR": ")",
    "LPAR": "(",
    "COMMA": ",",
    "EQ": "=",
    "$END": "the end",
    "AND": "AND",
    "OR": "OR",
    "BY": "BY",
    "DOT": ".",
}


@dataclass(frozen=True, slots=True)
class Way:
    """The diagnostic, and how to go on: feed ``tokens`` in place of the next ``skip`` tokens of the
    text. Without ``tokens`` and ``skip`` there is no way to go on."""

    tokens: tuple[Token, ...]
    skip: int
    diagnostic: Diagnostic


def _fits(stack: Stack, tokens: list[Token]) -> bool:
    return stack.takes(token.type for token in tokens)


def find_way(stack: Stack, tokens: list[Token], at: int, depth: int) -> Way:
    """How to go on from ``tokens[at]``, which the stack refuses. ``tokens`` end with ``$END``;
    ``depth`` is the number of open brackets."""
    token = tokens[at]
    following = tokens[at : at + 2]
    before = tokens[at - 1] if at else None
    legal = stack.accepted()
    report = _unexpected(legal, token, before)
    return (
        _misspelled(stack, tokens, at, legal)
        or _comma_for_and(stack, following, legal)
        or _insertion(stack, token, following, before, report)
        or _deletion(stack, tokens, at, report)
        or _filling(stack, following, before, report)
        or _skipping(stack, tokens, at, depth, before, report)
        or Way((), 0, report)
    )


def _unexpected(legal: set[str], token: Token, before: Token | None) -> Diagnostic:
    if before is None:
        return diagnostic("syntax", "A query begins with SELECT.", token.span)
    expected = _EXPECTED_AFTER.get(before.type)
    if expected is None:
        if before.type == "COMMA" or "NUMBER" in legal:
            expected = "a field or a value"
        else:
            words = [w for w in _CLAUSES if w in legal] + [_SIGNS[t] for t in _SIGNS if t in legal]
            shown = words[:5]
            expected = (
                ", ".join(shown[:-1]) + f" or {shown[-1]}"
                if len(shown) > 1
                else (shown[0] if shown else "something else")
            )
    if token.type == "$END":
        message = f"The query ends where {expected} should follow."
        return diagnostic("syntax", message, before.span)
    return diagnostic(
        "syntax", f"`{shorten(token)}` cannot be used here; expected {expected}.", token.span
    )


def _misspelled(stack: Stack, tokens: list[Token], at: int, legal: set[str]) -> Way | None:
    token = tokens[at]
    if token.type != "NAME" or len(token) > 24:
        return None
    word, span = token.upper(), token.span
    after = tokens[at + 1 : at + 2]
    joined = _JOINED.get(word)
    if joined is not None and joined[0] in legal:
        meant = tuple(make(w, w, span) for w in joined)
        return Way(meant, 1, _typo(token, " ".join(joined)))
    keywords = [t for t in legal if t in grammar_keywords()]
    for keyword in sorted(keywords, key=len, reverse=True):
        if word.startswith(keyword) and len(keyword) > 3 and word != keyword:
            split = (
                Span(span.start, span.start + len(keyword)),
                Span(span.start + len(keyword), span.end),
            )
            pair = (
                make(keyword, token[: len(keyword)], split[0]),
                make(
                    "NUMBER" if token[len(keyword) :].isdecimal() else "NAME",
                    token[len(keyword) :],
                    split[1],
                ),
            )
            if _fits(stack, [*pair, *after]):
                return Way(pair, 1, _typo(token, f"{pair[0]} {pair[1]}"))
    is_last = at > 0 and after[0].type == "$END"
    turned = [k for k in keywords if sorted(k) == sorted(word)]
    begun = [k for k in keywords if is_last and len(word) > 1 and k.startswith(word)]
    for near in (*turned, *begun, *_close(word, tuple(keywords))):
        meant = (make(near, near, span),)
        if _fits(stack, [*meant] if is_last else [*meant, *after]):
            return Way(meant, 1, _typo(token, near))
    return None


@functools.lru_cache(_CACHED)
def _close(word: str, keywords: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(word, keywords, n=3, cutoff=0.7))


def _comma_for_and(stack: Stack, following: list[Token], legal: set[str]) -> Way | None:
    """A comma in place of AND: ``BETWEEN 1, 5`` and ``WHERE a = 1, b = 2``."""
    token = following[0]
    if token.type != "COMMA" or "AND" not in legal:
        return None
    meant = make("AND", "AND", token.span)
    if not _fits(stack, [meant, *following[1:]]):
        return None
    fix = replace("write AND", token.span, " AND")
    return Way(
        (meant,), 1, diagnostic("syntax", "AND is needed here, not a comma.", token.span, [fix])
    )


def _typo(token: Token, meant: str) -> Diagnostic:
    span = token.span
    return diagnostic(
        "syntax",
        f"`{token}` is not a keyword; did you mean {meant}?",
        span,
        [replace(f"write {meant}", span, meant)],
    )


def _insertion(
    stack: Stack, token: Token, following: list[Token], before: Token | None, report: Diagnostic
) -> Way | None:
    place = before.end if before is not None else 0
    gap = Span(place, place)
    for kind, text in _INSERTABLE:
        missing = make(kind, text, gap)
        if _fits(stack, [missing, *following]):
            written = text if kind in ("RPAR", "COMMA", "LPAR") else f" {text}"
            message = (
                f"{text} is missing before `{shorten(token)}`."
                if token.type != "$END"
                else (f"The query ends, but {text} is missing.")
            )
            problem = _replace(
                report, message=message, fixes=(Fix(f"insert {text}", (Edit(gap, written),)),)
            )
            return Way((missing,), 0, problem)
    return None


def _deletion(stack: Stack, tokens: list[Token], at: int, report: Diagnostic) -> Way | None:
    if tokens[at].type in _SYNC or not _fits(stack, tokens[at + 1 : at + 3]):
        return None
    span = tokens[at].span
    return Way((), 1, _replace(report, fixes=(replace(f"remove {shorten(tokens[at])}", span, ""),)))


def _filling(
    stack: Stack, following: list[Token], before: Token | None, report: Diagnostic
) -> Way | None:
    place = before.end if before is not None else 0
    for filler in _FILLERS:
        fed = [make(kind, text, Span(place, place)) for kind, text in filler]
        if _fits(stack, [*fed, *following[:1]]):
            return Way(tuple(fed), 0, report)
    return None


def _skipping(
    stack: Stack, tokens: list[Token], at: int, depth: int, before: Token | None, report: Diagnostic
) -> Way | None:
    """Go on at the next clause, with open brackets closed and a hole where a value is expected."""
    place = before.end if before is not None else 0
    gap = Span(place, place)
    refused = set()
    for index in range(at, len(tokens)):
        kind = tokens[index].type
        if kind not in _SYNC or kind in refused:
            continue
        for filler in ((), *_FILLERS):
            for closing in range(depth + 1):
                fed = [make(k, t, gap) for k, t in filler] + [make("RPAR", ")", gap)] * closing
                if _fits(stack, [*fed, tokens[index]]):
                    return Way(tuple(fed), index - at, report)
        refused.add(kind)
    return None


def shorten(text: str) -> str:
    """A word for messages, shortened if it is long."""
    return text if len(text) <= 40 else text[:39] + "…"
