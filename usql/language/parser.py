"""From text to tree. Never fails: a text that is not a query gives diagnostics and a partial
tree."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from usql.frozen import dataclass
from usql.language import syntax as s
from usql.language.builder import Clause, RawQuery
from usql.language.common_mistakes import repair
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, diagnostic
from usql.language.formatter import expression_text
from usql.language.holes import NO_HOLES, Holes, placeholders
from usql.language.lexer import Comment, lex
from usql.language.literals import number_value
from usql.language.tables import END, Stack
from usql.language.token import Token

MOST_NESTING = 100
"""How deeply brackets, NOTs, signs and operators may be nested."""

MOST_ERRORS = 20
"""After this many syntax errors the rest of a query is not parsed."""

_ORDER = ("WHERE", "GROUP BY", "ORDER BY", "LIMIT")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One query in a text.

    ``query`` is ``None`` if nothing sensible could be parsed. ``diagnostics`` are the problems of
    the text in order; ``span`` is the query without its ``;``. ``holes`` are its placeholders: a
    node with one of them among its characters is not known. If there is an error among the
    diagnostics, the tree may have holes with the text ``""``.
    """

    text: str
    span: Span
    query: s.Query | None
    diagnostics: tuple[Diagnostic, ...]
    comments: tuple[Comment, ...]
    has_semicolon: bool = False
    holes: Holes = NO_HOLES


def parse(text: str, holes: tuple[Span, ...] | None = None) -> Parsed:
    """Parse a text with one query. A second query is the error ``one-query``. ``holes`` are the
    remaining placeholders of a text that was filled: anything else that looks like one belongs to a
    value."""
    first, *others = parse_script(text, holes)
    if others:
        extra = diagnostic(
            "one-query", "Only one query can run at a time; this is a second one.", others[0].span
        )
        return replace(first, diagnostics=(*first.diagnostics, extra), has_semicolon=True)
    return first


def parse_script(text: str, holes: tuple[Span, ...] | None = None) -> tuple[Parsed, ...]:
    """Parse all queries of a text, separated by ``;``. There is at least one, even if it is
    empty."""
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
        inside = tuple(
            c for c in comments if begin <= c.span.start and (last or c.span.start < end)
        )
        parsed.append(_parse_one(text, words, inside, closed, holes))
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
    tokens, diagnostics = repair(words, text)
    if _SURROGATE.search(text, span.start, span.end):
        diagnostics += _unpaired_surrogates(tokens, text)
    holes = _of_query(placeholders, span) if placeholders else NO_HOLES
    diagnostics += _placeholders(holes, text)
    if "{" in text:
        diagnostics += _values_outside_quotes(tokens, holes)
    deep = _too_deep(tokens) if len(tokens) > MOST_NESTING else None
    query = None
    if deep is not None:
        diagnostics.append(deep)
    else:
        raw = _run(tokens, span, diagnostics)
        if raw is not None:
            query = _assemble(raw, span, text, diagnostics)
    diagnostics.sort(key=lambda d: d.span)
    return Parsed(text, span, query, tuple(diagnostics), comments, closed, holes)


_START = attrgetter("start")


def _of_query(placeholders: tuple[Span, ...], span: Span) -> Holes:
    """The placeholders of one query among many, found without looking at all of them."""
    first = bisect_left(placeholders, span.start, key=_START)
    return Holes(placeholders[first : bisect_left(placeholders, span.end, first, key=_START)])


def _run(words: list[Token], span: Span, diagnostics: list[Diagnostic]) -> RawQuery | None:
    """Feed the words to the parser, recovering from each that it refuses."""
    stack = Stack()
    tokens = [*words, Token(END, "", span.end, span.end)]
    at = depth = errors = 0
    while (refused := stack.feed(tokens, at)) < len(tokens):
        errors += 1
        if errors > MOST_ERRORS:
            place = tokens[refused].span
            diagnostics.append(
                diagnostic("syntax", "The query cannot be read from here on.", place)
            )
            return None
        depth += _opened(tokens[at:refused])
        from usql.language.recovery import find_way  # most queries need no recovery

        way = find_way(stack, tokens, refused, depth)
        diagnostics.append(way.diagnostic)
        if not way.tokens and not way.skip:
            return None
        stack.feed(way.tokens)  # accepted completely, since they were tried before
        depth += _opened(way.tokens)
        at = refused + way.skip
    value = stack.value
    return value if isinstance(value, RawQuery) else None


def _opened(tokens: Sequence[Token]) -> int:
    """The number of open brackets."""
    return sum((t.type == "LPAR") - (t.type == "RPAR") for t in tokens)


def _too_deep(tokens: list[Token]) -> Diagnostic | None:
    """The error for nesting that is too deep: trees are walked recursively, so nesting is bounded
    (LANGUAGE.md §1)."""
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


def _unpaired_surrogates(tokens: list[Token], text: str) -> list[Diagnostic]:
    """Report unpaired surrogates, which a Python string can contain but no data can hold."""
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
    """Report values of parameters that look like a placeholder outside a string, where they have no
    meaning."""
    for token in tokens:
        if token.type == "HOLE" and token and not holes.within(token.span):
            yield diagnostic("syntax", f"`{token}` means nothing in a query.", token.span)


def _assemble(
    raw: RawQuery, span: Span, text: str, diagnostics: list[Diagnostic]
) -> s.Query | None:
    """Assemble the clauses into a query; report duplicate, misplaced and foreign ones."""
    clauses: dict[str, Clause] = {}
    for clause in raw.clauses:
        length = len(clause.kind.split()[0])  # the word may be misspelt and so shorter
        word = Span(clause.span.start, min(clause.span.start + length, clause.span.end, len(text)))
        if clause.kind == "HAVING":
            diagnostics.append(_having(clause, raw))
        elif clause.kind in clauses:
            diagnostics.append(diagnostic("clause-order", f"{clause.kind} appears twice.", word))
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
                diagnostics.append(
                    diagnostic(
                        "clause-order", f"{clause.kind} comes before {later}.", word, [moved]
                    )
                )
            clauses[clause.kind] = clause
    if raw.table is None:
        place = raw.items[-1].span.end if raw.items else raw.select_span.end
        diagnostics.append(
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
        None if limit is None else _limit(limit.value, diagnostics),
        None if limit is None else limit.value.span,
        span=span,
    )


def _limit(token: Token, diagnostics: list[Diagnostic]) -> int | s.Hole:
    if token.type == "HOLE":
        return s.Hole(str(token), span=token.span)
    value = number_value(token)
    if isinstance(value, float):
        diagnostics.append(diagnostic("syntax", "LIMIT takes a whole number.", token.span))
        return 0
    return min(value, 10**18)


def _having(clause: Clause, raw: RawQuery) -> Diagnostic:
    """Report HAVING; ``HAVING metric op number`` is corrected to a FILTER after the selected
    metric."""
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
