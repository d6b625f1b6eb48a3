"""Suppression of consequential errors: only the first cause of several problems is reported.

After a misplaced word the parser continues with a guess. Further problems in the same clause are
more likely caused by the guess than by the query, so they are held back until the first one is
fixed; other clauses are checked as usual.
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
"""Mistakes that are certain, wherever they occur."""
_NAMES_OF_ITEMS = {"unknown-field", "order-key", "group-key"}
"""What the select list's aliases are missed as."""


def first_causes(diagnostics: Sequence[Diagnostic], tokens: Sequence[Token]) -> list[Diagnostic]:
    """The diagnostics of one query without those that an earlier one explains."""
    doubtful = [d for d in diagnostics if d.code.startswith("USQL1") and d.name not in _SURE]
    if not doubtful:
        return list(diagnostics)
    if any(d.name == "unterminated-string" for d in doubtful):
        return _with_odd_quotes(diagnostics, tokens)
    # A missing FROM is reported at SELECT; if there is another error, FROM may well be present.
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
    remaining = []
    for problem in diagnostics:
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
            remaining.append(problem)
    return remaining


def _with_odd_quotes(
    diagnostics: Sequence[Diagnostic], tokens: Sequence[Token]
) -> list[Diagnostic]:
    """The quotes are unbalanced from the first string on, or even before it: from there, which
    words are text is a guess. The first word that does not fit shows where to look."""
    strings = (t.start for t in tokens if t.type in ("STRING", "OPEN_STRING"))
    begin = min(strings, default=0)
    unclosed = next(d for d in diagnostics if d.name == "unterminated-string")
    misfits = (d for d in diagnostics if d.name == "syntax" and begin < d.span.start)
    misfit = next((d for d in misfits if d.span.start < unclosed.span.start), None)

    def keep(problem: Diagnostic) -> bool:
        if not problem.is_error or problem in (unclosed, misfit):
            return True
        return problem.span.start < begin and not problem.code.startswith("USQL1")

    return [d for d in diagnostics if keep(d)]


def _clause_starts(tokens: Sequence[Token]) -> list[int]:
    """The offsets at which clauses begin; a WHERE after a comma is an argument of CONDITION."""
    return [
        token.start
        for index, token in enumerate(tokens)
        if token.type in _CLAUSES and index and tokens[index - 1].type != "COMMA"
    ]
