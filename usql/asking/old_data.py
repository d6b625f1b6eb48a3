"""Explaining an answer that a condition on ``$NOW`` leaves empty: when the data ends (LANGUAGE.md
§4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from usql.analysis.bound import Condition, FunnelQuery, RowQuery
from usql.analysis.conditions import bind_condition
from usql.analysis.scope import Scope
from usql.asking.prepare import PreparedQuery
from usql.catalog import Catalog
from usql.editor.rules.subject import bare
from usql.engine import Answer
from usql.language import syntax as s
from usql.result.texts.times import time_text
from usql.store.compute import filled, pc

Count = Callable[[Condition | None], int]
"""How many rows of the queried table, in the query's timeframe, fit a condition."""


def data_end(
    prepared: PreparedQuery,
    answer: Answer,
    catalog: Catalog,
    span: Callable[[], tuple[int, int]],
    count: Count,
) -> str | None:
    """A sentence if a condition on ``$NOW`` excludes all rows, or if the timeframe begins after the
    end of the data, which ``span`` returns. Only answers that look empty are examined; this costs a
    pass over the rows for each such condition."""
    query = prepared.parsed.query
    start = prepared.bound.timeframe.start
    reads_now = "$now" in prepared.parsed.text.lower()
    if query is None or not (reads_now or start is not None):
        return None
    if not _looks_empty(prepared, answer):
        return None
    covered = span()
    if covered == (0, 0):  # no session has a time
        return None
    last = covered[1] - 1
    if start is not None and start > last:
        return f"The timeframe begins at {time_text(start)}, but {_ends(last)}."
    if not reads_now:
        return None
    scope = Scope(catalog, catalog.table(prepared.bound.table), prepared.rules, prepared.clock)
    conditions = [bind_condition(scope, node) for node in _on_now(query)]
    if not any(count(condition) == 0 for condition in conditions) or count(None) == 0:
        return None
    now = time_text(prepared.clock.now)
    return (
        f"No row matches a condition on $NOW, which is {now}; {_ends(last)}. With now = data-end, $NOW "
        "is that time."
    )


def _ends(last: int) -> str:
    return f"the data ends at {time_text(last)} (UTC)"


def _looks_empty(prepared: PreparedQuery, answer: Answer) -> bool:
    """Whether there are no rows, or, for groups and funnel steps, a column of zeros only."""
    bound = prepared.bound
    if not isinstance(bound, FunnelQuery) and bound.limit == 0:
        return False
    if answer.rows == 0 or isinstance(bound, RowQuery):
        return answer.rows == 0
    return any(map(_is_nothing, answer.columns))


def _is_nothing(column: pa.Array | pa.ChunkedArray) -> bool:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return bool(pc.all(filled(pc.equal(column, 0), True)).as_py())
    return bool(column.null_count == len(column))


def _on_now(query: s.Query) -> Iterator[s.Condition]:
    """The conditions that read ``$NOW``, in WHERE, CONDITION and the steps of FUNNEL; of conditions
    joined by AND only the parts that read it."""
    if query.where is not None:
        yield from _parts(query.where)
    for item in query.items:
        for node in s.walk(item):
            if isinstance(node, s.Where | s.Step):
                yield from _parts(node.condition)


def _parts(node: s.Condition) -> Iterator[s.Condition]:
    inner = bare(node)
    if isinstance(inner, s.And):
        for part in inner.parts:
            yield from _parts(part)
    elif any(isinstance(x, s.Variable) and x.name == "NOW" for x in s.walk(node)):
        yield node
