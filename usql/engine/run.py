"""Running a plan: each node turns its input's rows or groups into its own."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from usql.analysis.bound import OrderBy, RowJson
from usql.engine.access import Access
from usql.engine.conditions import evaluate, rows_in_timeframe
from usql.engine.evaluate import Evaluator, RowEvaluator
from usql.engine.groups import Groups, group
from usql.engine.kernels import (
    Array,
    Ints,
    descending,
    group_extremes,
    run_ids,
    stable_order,
)
from usql.engine.metrics import GroupEvaluator
from usql.engine.vectors import present, sort_keys, to_arrow
from usql.planner.describe import expression_text
from usql.planner.plan import (
    Filter,
    Funnel,
    Group,
    GroupSelect,
    Limit,
    Plan,
    Project,
    Scan,
    Sort,
    TopRows,
)
from usql.planner.rewrite import walk
from usql.store.columns import ListColumn, NumberColumn, Store
from usql.store.nested import json_lines, nested


@dataclass(frozen=True, eq=False)
class Answer:
    """What a plan gives: the columns in order, how many rows they have, the session of each row
    for queries without groups, and sentences about what shaped the result."""

    columns: tuple[pa.Array, ...]
    rows: int
    sessions: Ints | None
    notes: tuple[str, ...]


@dataclass(eq=False)
class _Rows:
    """Rows of the queried table by number, in order."""

    numbers: Ints
    total: int


@dataclass(eq=False)
class _Grouped:
    """Groups by number, in order."""

    numbers: Ints
    total: int
    evaluator: GroupEvaluator
    groups: Groups


@dataclass(eq=False)
class _Run:
    access: Access
    notes: list[str] = field(default_factory=list)


def run(plan: Plan, store: Store, table: str, utc_offset: int) -> Answer:
    """Run a plan over a store. ``utc_offset`` in minutes moves the local clock.

    Raises :class:`usql.engine.SumOverflow` when a SUM leaves 64 bits.
    """
    state = _Run(Access(store, table, utc_offset))
    match plan:
        case Funnel():
            return _funnel(state, plan)
        case Project():
            return _project(state, plan)
    raise TypeError(f"a plan ends in Project or Funnel, not {type(plan).__name__}")


def _rows(state: _Run, plan: Plan) -> _Rows:
    access = state.access
    match plan:
        case Scan(timeframe=timeframe):
            mask = rows_in_timeframe(access, timeframe)
            numbers = np.arange(access.data.rows) if mask is None else np.flatnonzero(mask)
            return _Rows(numbers, len(numbers))
        case Filter(input=Scan(timeframe=timeframe), condition=condition):
            mask = evaluate(access, condition)
            framed = rows_in_timeframe(access, timeframe)
            numbers = np.flatnonzero(mask if framed is None else mask & framed)
            return _Rows(numbers, len(numbers))
        case Sort(order=order):
            rows = _rows(state, plan.input)
            evaluator = RowEvaluator(access, rows.numbers)
            keys = [k for o in order for k in _order_keys(evaluator, o)]
            return _Rows(rows.numbers[stable_order(keys)], rows.total)
        case Limit(count=count, is_default=is_default):
            rows = _rows(state, plan.input)
            _note_limit(state, rows.total, count, is_default)
            return _Rows(rows.numbers[:count], rows.total)
        case TopRows():
            return _top_rows(state, plan)
    raise TypeError(f"{type(plan).__name__} gives no rows")


def _top_rows(state: _Run, plan: TopRows) -> _Rows:
    """Find the last row that is shown by its first order column, then sort what is not after it."""
    rows = _rows(state, plan.input)
    _note_limit(state, rows.total, plan.count, plan.is_default)
    numbers = rows.numbers
    if 0 < plan.count < len(numbers) // 4:
        first = _order_keys(RowEvaluator(state.access, numbers), plan.order[0])
        candidates = np.flatnonzero(_candidates(first, plan.count))
        numbers = numbers[candidates]
    evaluator = RowEvaluator(state.access, numbers)
    keys = [k for o in plan.order for k in _order_keys(evaluator, o)]
    return _Rows(numbers[stable_order(keys)[: plan.count]], rows.total)


def _candidates(keys: list[Array], count: int) -> Array:
    """The rows that can be among the first ``count`` by a null flag and a key."""
    nulls, key = keys
    filled = np.flatnonzero(~nulls)
    if len(filled) < count:
        return np.ones(len(nulls), dtype=np.bool_)
    threshold = np.partition(key[filled], count - 1)[count - 1]
    return ~nulls & (key <= threshold)


def _order_keys(evaluator: Evaluator, order: OrderBy) -> list[Array]:
    """The null flag and the key of an order column; a list counts as its smallest value
    ascending, its largest descending."""
    column = evaluator.order_column(order.expression)
    if isinstance(column, ListColumn):
        nulls, keys = _extremes(column, order.descending)
    else:
        nulls, keys = sort_keys(column)  # type: ignore[arg-type]  # property lists are refused
    if order.descending:
        keys = descending(keys)
    return [nulls, np.where(nulls, keys.dtype.type(0), keys)]


def _extremes(column: ListColumn, largest: bool) -> tuple[Array, Array]:
    nulls, keys = sort_keys(column.entries)
    ids = run_ids(column.offsets)[~nulls]
    found, any_value = group_extremes(ids, keys[~nulls], len(column), largest)
    return ~any_value, found


# --- groups ---------------------------------------------------------------------------------------

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _grouped(state: _Run, plan: Plan) -> _Grouped:
    match plan:
        case Group(keys=keys):
            rows = _rows(state, plan.input).numbers
            groups = group(RowEvaluator(state.access, rows), keys)
            for key, cut in zip(keys, groups.cut, strict=True):
                if cut:
                    state.notes.append(
                        f"TOP kept the {key.top} most frequent values of "
                        f"{expression_text(key.expression, ())}; {cut} more groups were left out."
                    )
            evaluator = GroupEvaluator(state.access, rows, groups)
            return _Grouped(np.arange(groups.count), groups.count, evaluator, groups)
        case GroupSelect(filters=filters):
            found = _grouped(state, plan.input)
            kept = np.ones(found.groups.count, dtype=np.bool_)
            for chosen in filters:
                column = found.evaluator.evaluate(chosen.expression)
                assert isinstance(column, NumberColumn)
                kept &= present(column) & _COMPARE[chosen.op](column.values, chosen.value)
            numbers = found.numbers[kept[found.numbers]]
            return _Grouped(numbers, len(numbers), found.evaluator, found.groups)
        case Sort(order=order):
            found = _grouped(state, plan.input)
            keys_of = [k for o in order for k in _order_keys(found.evaluator, o)]
            ranked = stable_order([*keys_of, found.groups.rank])
            kept = np.zeros(found.groups.count, dtype=np.bool_)
            kept[found.numbers] = True
            return _Grouped(ranked[kept[ranked]], found.total, found.evaluator, found.groups)
        case Limit(count=count, is_default=is_default):
            found = _grouped(state, plan.input)
            _note_limit(state, found.total, count, is_default)
            return _Grouped(found.numbers[:count], found.total, found.evaluator, found.groups)
    raise TypeError(f"{type(plan).__name__} gives no groups")


def _note_limit(state: _Run, total: int, count: int, is_default: bool) -> None:
    if is_default and total > count:
        state.notes.append(
            f"The first {count} of {total} rows are shown, because the query has no LIMIT."
        )


# --- results --------------------------------------------------------------------------------------


def _project(state: _Run, plan: Project) -> Answer:
    grouped = any(isinstance(node, Group) for node in walk(plan))
    if grouped:
        return _project_groups(state, plan)
    rows = _rows(state, plan.input).numbers
    access, store = state.access, state.access.store
    evaluator = RowEvaluator(access, rows)
    columns = tuple(
        pa.array(json_lines(nested(store, access.table, rows)), pa.string())
        if isinstance(c.expression, RowJson)
        else to_arrow(evaluator.evaluate(c.expression))
        for c in plan.columns
    )
    sessions = rows if state.access.data.parent is None else state.access.parent[rows]
    return Answer(columns, len(rows), sessions, tuple(state.notes))


def _project_groups(state: _Run, plan: Project) -> Answer:
    found = _grouped(state, plan.input)
    shown = pa.array(found.numbers)
    columns = tuple(
        to_arrow(found.evaluator.evaluate(c.expression)).take(shown) for c in plan.columns
    )
    for index, key in enumerate(plan.keys):
        factors, codes = found.groups.factors[index], found.groups.codes[index]
        if (codes[found.numbers] == factors.null).any():
            name = expression_text(key.expression, ())
            state.notes.append(f"Rows without a value of {name} are a group of their own.")
    return Answer(columns, len(found.numbers), None, tuple(state.notes))


def _funnel(state: _Run, plan: Funnel) -> Answer:
    access = state.access
    mask = np.zeros(access.data.rows, dtype=np.bool_)
    mask[_rows(state, plan.input).numbers] = True
    counts = []
    for step in plan.steps:
        if mask.any():
            mask &= evaluate(access, step.condition)
        counts.append(pa.array([int(mask.sum())], pa.int64()))
    return Answer(tuple(counts), 1, None, ())
