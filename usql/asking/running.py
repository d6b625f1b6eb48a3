"""Running a prepared query: reporting what stops it, and explaining an answer without rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from usql.analysis.bound import Column, Condition, GroupQuery, Metric, RowQuery
from usql.asking.no_rows import which_test
from usql.asking.old_data import data_end
from usql.asking.prepare import PreparedQuery, problems
from usql.asking.question import QueryOptions
from usql.catalog import Catalog
from usql.engine import Answer
from usql.engine.backend import Backend
from usql.errors import Cancelled, MemoryLimit, QueryStopped, SumOverflow, TimeLimit
from usql.language.diagnostics import UsqlError, diagnostic
from usql.language.functions import ROWS
from usql.planner import prepare
from usql.store.known import Known

_STOPPED = {
    SumOverflow: "sum-overflow",
    TimeLimit: "timeout",
    MemoryLimit: "memory-limit",
    Cancelled: "cancelled",
}


def run(backend: Backend, query: PreparedQuery, options: QueryOptions, began: float) -> Answer:
    """The answer of a query that began at ``began`` on the monotonic clock. :class:`UsqlError` if
    it is stopped."""
    try:
        return backend.run(
            query.prepared, remaining_seconds(options.timeout, began), options.cancelled
        )
    except QueryStopped as error:
        raise refusal(query, error) from None


def is_enough(backend: Backend, query: PreparedQuery, known: Known, options: QueryOptions) -> bool:
    """Whether no further sessions could change the answer to a query of rows: there are more rows
    than its LIMIT, and all texts in its conditions occur, so that no warning says that they do
    not."""
    bound = query.bound
    if not isinstance(bound, RowQuery) or bound.limit is None:
        return False
    more = replace(bound, limit=bound.limit + 1, columns=bound.columns[:1])
    try:
        probe = replace(query, prepared=prepare(more, query.clock.utc_offset))
        answer = run(backend, probe, options, time.monotonic())
    except UsqlError:  # the query itself will report it
        return True
    if answer.rows <= bound.limit:
        return False
    warned = {problem.name for problem in problems(query, known)}
    return not known.has_unknown_text and "unknown-enum-value" not in warned


def explain(
    backend: Backend, query: PreparedQuery, options: QueryOptions, analyze: bool, began: float
) -> str:
    """The plan of a query as a tree; with ``analyze`` that of an actual run, which may be
    stopped."""
    try:
        return backend.explain(
            query.prepared, analyze, remaining_seconds(options.timeout, began), options.cancelled
        )
    except QueryStopped as error:
        raise refusal(query, error) from None


def about_nothing(
    backend: Backend,
    query: PreparedQuery,
    answer: Answer,
    catalog: Catalog,
    span: Callable[[], tuple[int, int]],
    options: QueryOptions,
    began: float,
) -> tuple[str, ...]:
    """Sentences that explain why an answer has no rows, over data that covers the time that ``span``
    returns, as far as this can be found within the limits of the query."""

    def count(where: Condition | None) -> int:
        bound = query.bound
        rows = Column("rows", Metric(ROWS.name))
        counting = GroupQuery(bound.table, bound.timeframe, where, (), (rows,), (), (), None, False)
        counted = replace(query, prepared=prepare(counting, query.clock.utc_offset))
        return int(run(backend, counted, options, began).columns[0][0].as_py())

    try:
        reason = data_end(query, answer, catalog, span, count)
        reason = reason or which_test(query, answer, catalog, count)
    except UsqlError:
        return ()
    return () if reason is None else (reason,)


def refusal(query: PreparedQuery, error: QueryStopped) -> UsqlError:
    """What stopped a run as a diagnostic of the whole query."""
    stopped = diagnostic(_STOPPED[type(error)], f"{error}.", query.parsed.span)
    return UsqlError(query.parsed.text, [stopped])


def remaining_seconds(timeout: float | None, began: float) -> float | None:
    """The seconds that remain of a timeout."""
    if timeout is None:
        return None
    return max(0.0, timeout - (time.monotonic() - began))
