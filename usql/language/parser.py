"""Text to tree. Never fails: a text that is no query gives diagnostics and what could be read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.builder import Clause, RawQuery
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.formatter import expression_text
from usql.language.holes import NO_HOLES, Holes, placeholders
from usql.language.lexer import Comment, lex
from usql.language.literals import number_value
from usql.language.slips import repair
from usql.language.tables import END, Stack
from usql.language.token import Token

MOST_NESTING = 100
"""Brackets, NOTs, signs and operators that may lie inside each other."""

MOST_ERRORS = 20
"""Syntax errors of one query after which the rest of it is not read."""

_ORDER = ("WHERE", "GROUP BY", "ORDER BY", "LIMIT")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One query of a text.

    ``query`` is ``None`` when nothing sensible could be read. ``diagnostics`` are the problems of
    the text in its order; ``span`` is where the query stands, without its ``;``. ``holes`` are its
    placeholders: a node with one of them among its characters is not known. With an error among
    the diagnostics the tree may have holes with the text ``""``.
    """

    text: str
    span: Span
    query: s.Query | None
    diagnostics: tuple[Diagnostic, ...]
    comments: tuple[Comment, ...]
    has_semicolon: bool = False
    holes: Holes = NO_HOLES


def parse(text: str, holes: tuple[Span, ...] | None = None) -> Parsed:
    """Read the one query of a text. A second query is the error ``one-query``. ``holes`` are the
    placeholders of a text that was filled: whatever else looks like one is a value's text."""
    first, *others = parse_script(text, holes)
    if others:
        extra = diagnostic(
            "one-query", "Only one query can run at a time; this is a second one.", others[0].span
        )
        return replace(first, diagnostics=(*first.diagnostics, extra), has_semicolon=True)
    return first


def parse_script(text: str, holes: tuple[Span, ...] | None = None) -> tuple[Parsed, ...]:
    """Read all queries of a text, separated by ``;``. At least one, even if it is empty."""
    tokens, comments = lex(text)
    if holes is None:
        holes = tuple(placeholders(tokens, text)) if "{" in text else ()
    statements: list[tuple[list[Token], bool]] = []
    current: list[Token] = []
    for token in tokens:
        if token.type == "SEMICOLON":
            statements.append((current, True))
            current = []
        else:
            current.append(token)
    if current or not statements:
        statements.append((current, False))
    filled = [x for x in statements if x[0]] or statements[:1]
    parsed = []
    begin = 0
    for index, (words, closed) in enumerate(filled):
        last = index == len(filled) - 1
        end = len(text) if last else words[-1].end
        own = tuple(c for c in comments if begin <= c.span.start and (last or c.span.start < end))
        parsed.append(_parse_one(text, words, own, closed, holes))
        begin = end
    return tuple(parsed)


def _parse_one(
    text: str,
    words: list[Token],
    comments: tuple[Comment, ...],
    closed: bool,
    placeholders: tuple[Span, ...],
) -> Parsed:
    if not words:
        empty = diagnostic(
            "syntax", "There is no query: a query begins with SELECT.", Span(0, len(text))
        )
        return Parsed(text, Span(0, len(text)), None, (empty,), comments, closed)
    span = Span(words[0].start, words[-1].end)
    tokens, found = repair(words, text)
    if _SURROGATE.search(text, span.start, span.end):
        found += _half_characters(tokens, text)
    holes = _of_query(placeholders, span) if placeholders else NO_HOLES
    found += _placeholders(holes, text)
    if "{" in text:
        found += _values_outside_quotes(tokens, holes)
    deep = _too_deep(tokens) if len(tokens) > MOST_NESTING else None
    query = None
    if deep is not None:
        found.append(deep)
    else:
        raw = _run(tokens, span, found)
        if raw is not None:
            query = _assemble(raw, span, text, found)
    found.sort(key=lambda d: d.span)
    return Parsed(text, span, query, tuple(found), comments, closed, holes)


_START = attrgetter("start")


def _of_query(placeholders: tuple[Span, ...], span: Span) -> Holes:
    """The placeholders of a query: of many queries in one text, each takes its own without a look
    at all."""
    first = bisect_left(placeholders, span.start, key=_START)
    return Holes(placeholders[first : bisect_left(placeholders, span.end, first, key=_START)])


def _run(words: list[Token], span: Span, found: list[Diagnostic]) -> RawQuery | None:
    """Feed the words to the parser, with a way around each that it refuses."""
    stack = Stack()
    tokens = [*words, Token(END, "", span.end, span.end)]
    at = depth = errors = 0
    while (refused := stack.feed(tokens, at)) < len(tokens):
        errors += 1
        if errors > MOST_ERRORS:
            place = tokens[refused].span
            found.append(diagnostic("syntax", "The query cannot be read from here on.", place))
            return None
        depth += _opened(tokens[at:refused])
        from usql.language.recovery import find_way  # most queries need no way around anything

        way = find_way(stack, tokens, refused, depth)
        found.append(way.diagnostic)
        if not way.tokens and not way.skip:
            return None
        stack.feed(way.tokens)  # all of them: they were tried
        depth += _opened(way.tokens)
        at = refused + way.skip
    value = stack.value
    return value if isinstance(value, RawQuery) else None


def _opened(tokens: Sequence[Token]) -> int:
    """How many more brackets open than close."""
    return sum((t.type == "LPAR") - (t.type == "RPAR") for t in tokens)


def _too_deep(tokens: list[Token]) -> Diagnostic | None:
    """Trees are walked by recursion; a bound on nesting bounds the walks (LANGUAGE.md §1)."""
    frames = [0]
    total = 0
    for token in tokens:
        kind = token.type
        if kind == "LPAR":
            frames.append(1)
            total += 1
        elif kind == "RPAR" and len(frames) > 1:
            total -= frames.pop()
        elif kind in ("NOT", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "MOD"):
            frames[-1] += 1
            total += 1
        elif kind in ("COMMA", "AND", "OR", "FROM", "WHERE"):
            total -= frames[-1] - (len(frames) > 1)
            frames[-1] = int(len(frames) > 1)
        if total > MOST_NESTING:
            return diagnostic(
                "too-deep", f"The query nests deeper than {MOST_NESTING} levels.", token.span
            )
    return None


_SURROGATE = re.compile("[\ud800-\udfff]")


def _half_characters(tokens: list[Token], text: str) -> list[Diagnostic]:
    """Half of a surrogate pair can be typed into a Python string, but no data can hold it."""
    message = "An unpaired surrogate is not a character."
    return [
        diagnostic("syntax", message, Span(*at.span()))
        for t in tokens
        if (at := _SURROGATE.search(text, t.start, t.end))
    ]


def _placeholders(holes: Holes, text: str) -> Iterator[Diagnostic]:
    for span in holes.spans:
        message = (
            f"The placeholder {text[span.start : span.end]} needs a value before the query can run."
        )
        yield diagnostic("placeholder", message, span)


def _values_outside_quotes(tokens: Sequence[Token], holes: Holes) -> Iterator[Diagnostic]:
    """A parameter's value that looks like a placeholder is text, which only a string can hold."""
    for token in tokens:
        if token.type == "HOLE" and token and not holes.within(token.span):
            yield diagnostic("syntax", f"`{token}` means nothing in a query.", token.span)


def _assemble(raw: RawQuery, span: Span, text: str, found: list[Diagnostic]) -> s.Query | None:
    """Put the clauses in their places; report doubled, disordered and foreign ones."""
    clauses: dict[str, Clause] = {}
    for clause in raw.clauses:
        length = len(clause.kind.split()[0])  # the word may be misspelt, and shorter
        word = Span(clause.span.start, min(clause.span.start + length, clause.span.end, len(text)))
        if clause.kind == "HAVING":
            found.append(_having(clause, raw))
        elif clause.kind in clauses:
            found.append(diagnostic("clause-order", f"{clause.kind} appears twice.", word))
        else:
            later = next((k for k in clauses if _ORDER.index(k) > _ORDER.index(clause.kind)), None)
            if later is not None:
                moved = Fix(
                    f"move it before {later}",
                    (
                        Edit(clause.span, ""),
                        Edit(
                            Span(clauses[later].span.start, clauses[later].span.start),
                            text[clause.span.start : clause.span.end] + " ",
                        ),
                    ),
                )
                found.append(
                    diagnostic(
                        "clause-order", f"{clause.kind} comes before {later}.", word, [moved]
                    )
                )
            clauses[clause.kind] = clause
    if raw.table is None:
        place = raw.items[-1].span.end if raw.items else raw.select_span.end
        found.append(
            diagnostic(
                "syntax",
                "FROM is missing: a query names its table.",
                raw.select_span,
                [Fix("insert FROM usersession", (Edit(Span(place, place), " FROM usersession"),))],
            )
        )
    table = raw.table or s.TableName("", span=Span(span.end, span.end))
    limit = clauses.get("LIMIT")
    return s.Query(
        raw.distinct,
        raw.items,
        table,
        clauses["WHERE"].value if "WHERE" in clauses else None,
        clauses["GROUP BY"].value if "GROUP BY" in clauses else (),
        clauses["ORDER BY"].value if "ORDER BY" in clauses else (),
        None if limit is None else _limit(limit.value, found),
        None if limit is None else limit.value.span,
        span=span,
    )


def _limit(token: Token, found: list[Diagnostic]) -> int | s.Hole:
    if token.type == "HOLE":
        return s.Hole(str(token), span=token.span)
    value = number_value(token)
    if isinstance(value, float):
        found.append(diagnostic("syntax", "LIMIT takes a whole number.", token.span))
        return 0
    return min(value, 10**18)


def _having(clause: Clause, raw: RawQuery) -> Diagnostic:
    """HAVING metric op number is what a FILTER behind the selected metric says."""
    condition = clause.value
    fixes: list[Fix] = []
    if isinstance(condition, s.Comparison) and isinstance(condition.right, s.Number):
        meant = expression_text(condition.left)
        for item in raw.items:
            if (
                item.filter is None
                and isinstance(item.expression, s.Call)
                and (
                    expression_text(item.expression) == meant
                    or (
                        isinstance(condition.left, s.Field)
                        and item.alias is not None
                        and item.alias.text == condition.left.name
                    )
                )
            ):
                place = item.expression.span.end
                written = f" FILTER {condition.op} {condition.right.text}"
                fixes.append(
                    Fix(
                        f"write{written} after the metric",
                        (Edit(clause.span, ""), Edit(Span(place, place), written)),
                    )
                )
                break
    return diagnostic(
        "having",
        "USQL has no HAVING; write FILTER after the metric, as in COUNT(*) FILTER > 10.",
        Span(clause.span.start, clause.span.start + 6),
        fixes,
    )
