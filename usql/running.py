"""A prepared query on its way through the engine: what stops it, and why it has no rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from usql.analysis.bound import Column, Condition, GroupQuery, Metric, RowQuery
from usql.asking import QueryOptions
from usql.catalog import Catalog
from usql.engine import Answer
from usql.engine.backend import Backend
from usql.errors import Cancelled, MemoryLimit, QueryStopped, SumOverflow, TimeLimit
from usql.language.diagnostics import UsqlError, diagnostic
from usql.language.functions import ROWS
from usql.no_rows import which_test
from usql.old_data import data_end
from usql.planner import prepare
from usql.prepare import PreparedQuery, problems
from usql.store.known import Known

_STOPPED = {
    SumOverflow: "sum-overflow",
    TimeLimit: "timeout",
    MemoryLimit: "memory-limit",
    Cancelled: "cancelled",
}


def run(backend: Backend, query: PreparedQuery, options: QueryOptions, began: float) -> Answer:
    """The answer of a query that began at this moment of the monotonic clock. ``UsqlError`` when it
    is stopped."""
    with refusing(query):
        return backend.run(query.prepared, left(options.timeout, began), options.cancelled)


def is_enough(backend: Backend, query: PreparedQuery, known: Known, options: QueryOptions) -> bool:
    """Whether the answer to a query of rows stays what it is, whatever sessions follow: there are
    more rows than its LIMIT, and all texts that it asks for occur, so that no warning says they do
    not."""
    bound = query.bound
    if not isinstance(bound, RowQuery) or bound.limit is None:
        return False
    more = replace(bound, limit=bound.limit + 1, columns=bound.columns[:1])
    try:
        asked = replace(query, prepared=prepare(more, query.clock.utc_offset))
        found = run(backend, asked, options, time.monotonic())
    except UsqlError:  # which the query itself will meet
        return True
    if found.rows <= bound.limit:
        return False
    warned = {problem.name for problem in problems(query, known)}
    return not known.asked_in_vain and "unknown-enum-value" not in warned


def explain(
    backend: Backend, query: PreparedQuery, options: QueryOptions, analyze: bool, began: float
) -> str:
    """The plan of a query as a tree; with ``analyze`` of a run of it, which may be stopped."""
    with refusing(query):
        return backend.explain(
            query.prepared, analyze, left(options.timeout, began), options.cancelled
        )


def about_nothing(
    backend: Backend,
    query: PreparedQuery,
    answer: Answer,
    catalog: Catalog,
    span: tuple[int, int],
    options: QueryOptions,
    began: float,
) -> Iterator[str]:
    """Why an answer over data that covers ``span`` has no row, as far as it is known; within the
    limits of the query."""

    def count(where: Condition | None) -> int:
        bound = query.bound
        rows = Column("rows", Metric(ROWS.name))
        asked = GroupQuery(bound.table, bound.timeframe, where, (), (rows,), (), (), None, False)
        counted = replace(query, prepared=prepare(asked, query.clock.utc_offset))
        return int(run(backend, counted, options, began).columns[0][0].as_py())

    told = None
    with suppress(UsqlError):
        if span != (0, 0):  # some session has a time
            told = data_end(query, answer, catalog, span[1] - 1, count)
        told = told or which_test(query, answer, catalog, count)
    if told is not None:
        yield told


@contextmanager
def refusing(query: PreparedQuery) -> Iterator[None]:
    """What stops a run, as diagnostics of the whole query."""
    try:
        yield
    except QueryStopped as error:
        stopped = diagnostic(_STOPPED[type(error)], f"{error}.", query.parsed.span)
        raise UsqlError(query.parsed.text, [stopped]) from None


def left(timeout: float | None, began: float) -> float | None:
    """What is left of a timeout."""
    if timeout is None:
        return None
    return max(0.0, timeout - (time.monotonic() - began))
