"""One slip, few diagnostics: what a mistake in the text makes the rest of it look like is left out.

After a word that cannot stand where it stands, the parser goes on with a guess. What it then finds
amiss in the same clause is more likely the guess than the query, so it waits until the first slip
is mended; other clauses are judged on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from usql.language.diagnostics import Diagnostic, Span
from usql.language.token import Token

_CLAUSES = ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "HAVING")
_SURE = {
    "double-equals",
    "curly-quote",
    "backtick-alias",
    "count-star",
    "now-function",
    "unknown-variable",
}
"""Slips that are what they are, wherever they stand."""
_NAMES_OF_ITEMS = {"unknown-field", "order-key", "group-key"}
"""What the select list's aliases are missed as."""


def first_causes(found: Sequence[Diagnostic], tokens: Sequence[Token]) -> list[Diagnostic]:
    """The diagnostics of one query without those that an earlier one of them explains."""
    doubtful = [d for d in found if d.code.startswith("USQL1") and d.name not in _SURE]
    if not doubtful:
        return list(found)
    if any(d.name == "unterminated-string" for d in doubtful):
        return _with_odd_quotes(found, tokens)
    # FROM is missed at SELECT; if something else is amiss, FROM may well be there.
    start = Span(tokens[0].start, tokens[0].end) if tokens else None
    elsewhere = [d for d in doubtful if d.span != start and d.name != "clause-order"]
    causes = elsewhere or doubtful[:1]
    starts = _clause_starts(tokens)
    # Of a closing bracket too many the opening one is missing somewhere before, and the words
    # between were read as what they are not.
    closing = {t.span for t in tokens if t.type == "RPAR"}
    first: dict[int, Diagnostic] = {}
    for problem in sorted(causes, key=lambda d: d.span):
        first.setdefault(bisect_right(starts, problem.span.start), problem)
    kept = []
    for problem in found:
        clause = bisect_right(starts, problem.span.start)
        cause = first.get(clause)
        if problem.name in _SURE or not problem.is_error:
            keep = True
        elif problem.code.startswith("USQL1"):
            keep = problem is cause
        elif cause is None:
            keep = not (0 in first and problem.name in _NAMES_OF_ITEMS)
        else:
            keep = problem.span.start < cause.span.start and cause.span not in closing
        if keep:
            kept.append(problem)
    return kept


def _with_odd_quotes(found: Sequence[Diagnostic], tokens: Sequence[Token]) -> list[Diagnostic]:
    """Quotes are off from the first string on, at the latest: behind it, which words are text is a
    guess. The first word that does not fit shows where to look."""
    strings = (t.start for t in tokens if t.type in ("STRING", "OPEN_STRING"))
    begin = min(strings, default=0)
    unclosed = next(d for d in found if d.name == "unterminated-string")
    misfits = (d for d in found if d.name == "syntax" and begin < d.span.start)
    misfit = next((d for d in misfits if d.span.start < unclosed.span.start), None)

    def keep(problem: Diagnostic) -> bool:
        if not problem.is_error or problem in (unclosed, misfit):
            return True
        return problem.span.start < begin and not problem.code.startswith("USQL1")

    return [d for d in found if keep(d)]


def _clause_starts(tokens: Sequence[Token]) -> list[int]:
    """Where clauses begin; a WHERE behind a comma is an argument of CONDITION."""
    return [
        token.start
        for index, token in enumerate(tokens)
        if token.type in _CLAUSES and index and tokens[index - 1].type != "COMMA"
    ]
