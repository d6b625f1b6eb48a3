"""Explaining an empty answer: which of the query's tests excludes all rows on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from usql.analysis.bound import AllOf, Condition, FunnelQuery, GroupQuery
from usql.analysis.conditions import bind_condition
from usql.analysis.scope import Scope
from usql.asking.prepare import PreparedQuery
from usql.catalog import Catalog
from usql.editor.rules.subject import bare, shown
from usql.engine import Answer
from usql.language import syntax as s

Count = Callable[[Condition | None], int]
"""How many rows of the queried table, in the query's timeframe, fit a condition."""

_MOST_TESTS = 20
"""Tests that are tried alone: a pass over the rows each."""


def which_test(
    prepared: PreparedQuery, answer: Answer, catalog: Catalog, count: Count
) -> str | None:
    """A sentence that explains why a query finds no rows in a table that has some; ``None`` if it
    finds rows, and for LIMIT 0. Costs a pass over the rows for each test of WHERE."""
    query, bound = prepared.parsed.query, prepared.bound
    if query is None or not _is_nothing(prepared, answer):
        return None
    is_framed = bound.timeframe.start is not None or bound.timeframe.end is not None
    within = " in the timeframe" if is_framed else ""
    if count(None) == 0:
        return "There are no rows in the timeframe." if is_framed else None
    scope = Scope(catalog, catalog.table(bound.table), prepared.rules, prepared.clock)
    tests = list(_tests(query))
    conditions = [bind_condition(scope, test) for test in tests]
    if not tests or count(AllOf(tuple(conditions))) > 0:
        is_filtered = isinstance(bound, GroupQuery) and bool(bound.filters)
        return "Rows match, but no group meets every FILTER." if is_filtered else None
    if len(tests) > _MOST_TESTS:
        return None
    pairs = zip(tests, conditions, strict=True)
    alone = [
        f"`{shown(prepared.parsed.text, test.span)}`"
        for test, condition in pairs
        if len(tests) == 1 or count(condition) == 0
    ]
    if not alone:
        return f"Each test alone finds rows{within}, but no row matches all of them."
    if len(tests) == 1:
        return f"No row{within} matches {alone[0]}."
    if len(alone) == 1:
        return f"{alone[0]} alone finds no rows{within}."
    return f"{', '.join(alone[:-1])} and {alone[-1]} each find no rows{within} alone."


def _is_nothing(prepared: PreparedQuery, answer: Answer) -> bool:
    """Whether the answer has no rows, or, for a query that always has one, only empty values."""
    bound = prepared.bound
    if isinstance(bound, FunnelQuery):
        return _holds_nothing(answer, columns=1)
    if bound.limit == 0:
        return False
    if isinstance(bound, GroupQuery) and not bound.keys and answer.rows == 1:
        return _holds_nothing(answer, len(answer.columns))
    return answer.rows == 0


def _holds_nothing(answer: Answer, columns: int) -> bool:
    """Whether the first columns of the only row are 0, empty or missing."""
    return not any(column[0].as_py() for column in answer.columns[:columns])


def _tests(query: s.Query) -> Iterator[s.Condition]:
    """The tests that a row must meet: those of WHERE, and those of the first step of a FUNNEL."""
    if query.where is not None:
        yield from _parts(query.where)
    for item in query.items:
        if isinstance(item.expression, s.Funnel):
            yield from _parts(item.expression.steps[0].condition)


def _parts(node: s.Condition) -> Iterator[s.Condition]:
    inner = bare(node)
    if isinstance(inner, s.And):
        for part in inner.parts:
            yield from _parts(part)
    else:
        yield cast(s.Condition, inner)  # brackets hold a single condition
