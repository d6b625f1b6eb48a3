"""Running a plan: each node turns its input's rows or groups into its own."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from usql.catalog.model import PRIMARY
from usql.engine.arrays.kernels import Ints, gather
from usql.engine.arrays.sorting import ordered
from usql.engine.arrays.vectors import present
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.grouping import group
from usql.engine.groups.ordering import keys_of_groups, timed
from usql.engine.output import ArrowColumn, columns_of_groups, columns_of_rows
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import compile_condition
from usql.engine.rows.ordering import keys_of_rows
from usql.engine.rows.predicates import size_of
from usql.engine.rows.row_indexes import in_order, rows_of
from usql.engine.rows.scan import SWEEP, Source, first_selected, narrowed, selected, source
from usql.engine.runtime.trace import Figures, Trace
from usql.engine.runtime.workers import map_morsels
from usql.errors import InternalError
from usql.frozen import dataclass
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
    metric_fields,
)
from usql.planner.prepared import Prepared
from usql.planner.rewrite import walk
from usql.store.columns import NumberColumn
from usql.store.widths import unsigned

_MANY_TO_SORT = 1 << 12
"""Rows whose order is worth keeping."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a plan gives: the columns in order, how many rows they have, the session of each row
    for queries without groups, and sentences about what shaped the result. ``total``: the rows
    before the limit, ``None`` where reading ended because the limit was full; ``limit_note``: that
    of the sentences which tells that the default limit cut."""

    columns: tuple[ArrowColumn, ...]
    rows: int
    sessions: Ints | None
    notes: tuple[str, ...]
    total: int | None
    limit_note: str | None = None


@dataclass(eq=False)
class _Rows:
    """Rows of the queried table by number, in order; ``total`` of them before a limit, ``None`` where
    reading ended with it. ``name``: of what holds just these rows, if it has one."""

    numbers: Ints
    total: int | None
    name: str | None = None


@dataclass(eq=False)
class _Grouped:
    """Groups by number, in order; ``total`` of them before a limit. ``is_all``: all groups, in the
    order of their numbers."""

    numbers: Ints
    total: int
    evaluator: GroupEvaluator
    is_all: bool = False

    def shown(self) -> GroupEvaluator:
        """The evaluator of these groups alone."""
        return self.evaluator if self.is_all else self.evaluator.only(self.numbers)


@dataclass(eq=False)
class _Run:
    access: Access
    weight: int
    trace: Trace
    notes: list[str] = field(default_factory=list)
    limit_note: str | None = None

    def source(self, plan: Plan, builds: bool = True) -> Source:
        """The source of a Scan, or of a Filter over one; without building indexes where only a
        part will be read."""
        access = self.access if builds else replace(self.access, builds=False)
        return source(access, plan, self.weight)


def run_plan(access: Access, prepared: Prepared, trace: Trace) -> Answer:
    """Run a query's plan, noting in ``trace`` what its nodes did.

    Raises a :class:`usql.errors.QueryStopped` of the kind that ended the run.
    """
    plan = prepared.plan
    state = _Run(access, weight_of(access, prepared), trace)
    with trace.timed(plan) as figures:
        match plan:
            case Funnel():
                answer = _funnel(state, plan)
            case Project():
                answer = _project(state, plan)
            case _:
                raise InternalError(f"a plan ends in Project or Funnel, not {type(plan).__name__}")
        figures.rows = answer.rows
    return answer


def weight_of(access: Access, prepared: Prepared) -> int:
    """Rows of the largest table that the plan reads, per row of the queried one."""
    if access.table != PRIMARY or not access.data.rows:
        return 1
    rows = (access.store.tables[table].rows for table in prepared.tables)
    return max(rows, default=0) // access.data.rows


def _rows(state: _Run, plan: Plan) -> _Rows:
    with state.trace.timed(plan) as figures:
        found = _rows_of(state, plan)
        figures.rows = len(found.numbers)
    return found


def _rows_of(state: _Run, plan: Plan) -> _Rows:
    access = state.access
    match plan:
        case Scan() | Filter():
            found = state.source(plan)
            numbers = selected(found)
            _note_source(state, plan, found)
            return _Rows(numbers, len(numbers), rows_of(found.node, access.table))
        case Sort():
            rows = _rows(state, plan.input)
            return _Rows(_in_order(state, plan, rows), rows.total)
        case Limit(count=count, is_default=False, input=Scan() | Filter()):
            with state.trace.timed(plan.input) as figures:
                found = state.source(plan.input, builds=False)
                numbers, total = first_selected(found, count)
                _note_source(state, plan.input, found)
                figures.notes.pop("morsels", None)  # the limit left the others out
                figures.rows = len(numbers)
            _note_limit(state, total, count, is_default=False)
            return _Rows(numbers, total)
        case Limit(count=count, is_default=is_default):
            rows = _rows(state, plan.input)
            _note_limit(state, rows.total, count, is_default)
            return _Rows(rows.numbers[:count], rows.total)
        case TopRows(count=count, is_default=is_default):
            rows = _rows(state, plan.input)
            _note_limit(state, rows.total, count, is_default)
            return _Rows(_in_order(state, plan, rows, count), rows.total)
    raise InternalError(f"{type(plan).__name__} gives no rows")


def _in_order(state: _Run, plan: Sort | TopRows, rows: _Rows, most: int | None = None) -> Ints:
    """The rows in order; only the first ``most`` if given. An order of all is kept, if it is one of
    the data alone, and found again by plans that want a part of it."""
    if most is not None and most >= len(rows.numbers):
        most = None
    access = state.access

    def sort() -> Ints:
        keys = [k for one in plan.order for k in keys_of_rows(access, rows.numbers, one)]
        return gather(rows.numbers, ordered(access.control, keys, most))

    name = None
    if rows.name is not None and len(rows.numbers) >= _MANY_TO_SORT:
        name = in_order(rows.name, access.table, plan.order)
    if name is None:
        return sort()
    if most is None:
        kind = unsigned(access.data.rows)
        kept = access.index(name, lambda: {"rows": sort().astype(kind)})
    else:
        kept = access.known_index(name)
    if kept is None:
        return sort()
    state.trace.figures(plan).notes["indexes"] = name
    return kept["rows"][:most].astype(np.int64)


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
    with state.trace.timed(plan) as figures:
        found = _groups_of(state, plan, figures)
        figures.rows = len(found.numbers)
    return found


def _groups_of(state: _Run, plan: Plan, figures: Figures) -> _Grouped:
    match plan:
        case Group(keys=keys, needs=needs):
            source = state.source(plan.input)
            groups = group(source, keys, needs)
            _note_source(state, plan.input, source)
            if state.trace.detailed:
                state.trace.move(source.elapsed, plan, plan.input)
                fields = {*plan.fields(), *(f for m in needs.metrics for f in metric_fields(m))}
                figures.read = int(source.share * state.access.bytes_of(fields))
            for key, cut in zip(keys, groups.cut, strict=True):
                if cut:
                    others = "1 more group was" if cut == 1 else f"{cut} more groups were"
                    state.notes.append(
                        f"TOP kept the {key.top} most frequent values of "
                        f"{expression_text(key.expression, ())}; {others} left out."
                    )
            evaluator = GroupEvaluator(state.access, groups, needs.metrics)
            return _Grouped(np.arange(groups.count), groups.count, evaluator, is_all=True)
        case GroupSelect(filters=filters):
            found = _grouped(state, plan.input)
            kept = np.ones(found.evaluator.size, dtype=np.bool_)
            for chosen in filters:
                column = found.evaluator.evaluate(chosen.expression)
                assert isinstance(column, NumberColumn)
                kept &= present(column) & _COMPARE[chosen.op](column.values, chosen.value)
            numbers = found.numbers[kept[found.numbers]]
            return _Grouped(numbers, len(numbers), found.evaluator)
        case Sort():
            return _sorted_groups(state, plan, None)
        case Limit(input=Sort() as inner, count=count, is_default=is_default):
            with state.trace.timed(inner) as own:
                found = _sorted_groups(state, inner, count)
                own.rows = found.total
            _note_limit(state, found.total, count, is_default)
            return _Grouped(found.numbers[:count], found.total, found.evaluator)
    raise InternalError(f"{type(plan).__name__} gives no groups")


def _sorted_groups(state: _Run, plan: Sort, most: int | None) -> _Grouped:
    """Groups in order, ties in their default order; only the first ``most`` if given."""
    found = _grouped(state, plan.input)
    found.evaluator.groups = timed(state.access.control, found.evaluator.groups, plan.times)
    evaluator = found.shown()
    if most is not None:
        evaluator.check_sums()
    columns = [k for o in plan.order for k in keys_of_groups(evaluator, o)]
    columns += evaluator.groups.order
    if not columns:
        return found
    order = ordered(state.access.control, columns, most)
    return _Grouped(found.numbers[order], found.total, found.evaluator)


def _note_source(state: _Run, plan: Plan, found: Source) -> None:
    """What a Scan and its Filter read."""
    if not state.trace.detailed:
        return
    figures = state.trace.figures(plan)
    figures.notes.update(found.notes())
    if found.fitted:
        figures.rows = sum(found.fitted)
    share = found.share
    for node in walk(plan):
        state.trace.figures(node).read = int(share * state.access.bytes_of(set(node.fields())))


def _note_limit(state: _Run, total: int | None, count: int, is_default: bool) -> None:
    """Tell that a limit cut; nothing of LIMIT 0, which asks for no rows (LANGUAGE.md §10)."""
    if count == 0:
        return
    if is_default and state.access.store.ended_early:
        state.limit_note = f"The first {count} rows are shown, because the query has no LIMIT."
        state.notes.append(state.limit_note)
    elif total is None or state.access.store.ended_early:
        state.notes.append(f"Reading ended at LIMIT {count}; there may be more rows.")
    elif total > count:
        reason = "because the query has no LIMIT" if is_default else f"because of LIMIT {count}"
        note = f"The first {count} of {total} rows are shown, {reason}."
        state.notes.append(note)
        if is_default:
            state.limit_note = note


# --- results --------------------------------------------------------------------------------------


def _project(state: _Run, plan: Project) -> Answer:
    grouped = any(isinstance(node, Group) for node in walk(plan))
    if grouped:
        return _project_groups(state, plan)
    found = _rows(state, plan.input)
    rows = found.numbers
    access = state.access
    columns = columns_of_rows(access, rows, plan.columns)
    sessions = rows if access.table == PRIMARY else access.parent[rows]
    notes = tuple(state.notes)
    return Answer(tuple(columns), len(rows), sessions, notes, found.total, state.limit_note)


def _project_groups(state: _Run, plan: Project) -> Answer:
    found = _grouped(state, plan.input)
    shown = found.shown()
    columns = tuple(columns_of_groups(state.access, shown, plan.columns))
    for key, factors, codes in zip(
        plan.keys, shown.groups.factors, shown.groups.codes, strict=True
    ):
        if (codes == factors.null).any():
            name = expression_text(key.expression, ())
            state.notes.append(f"Rows without a value of {name} form a group of their own.")
    notes = tuple(state.notes)
    return Answer(columns, len(found.numbers), None, notes, found.total, state.limit_note)


def _funnel(state: _Run, plan: Funnel) -> Answer:
    found = state.source(plan.input)
    steps = [compile_condition(state.access, step.condition) for step in plan.steps]

    def work(_: int, morsel: tuple[slice, bool]) -> Ints:
        counts = np.zeros(len(steps), dtype=np.int64)
        numbers = found.listed(*morsel)
        rows = morsel[0] if numbers is None else numbers
        mask = found.fits(*morsel) if numbers is None else None
        for number, step in enumerate(steps):
            state.access.control.check()
            rows, mask = narrowed(rows, mask)
            if not size_of(rows):
                break
            fits = step.mask(rows)
            mask = fits if mask is None else mask & fits
            counts[number] = np.count_nonzero(mask)
        return counts

    counts = map_morsels(work, found.morsels(size=SWEEP), state.access.control)
    totals = np.sum(counts, axis=0) if counts else np.zeros(len(steps), dtype=np.int64)
    _note_source(state, plan.input, found)
    state.trace.move(found.elapsed, plan, plan.input)
    return Answer(tuple(pa.array([int(n)], pa.int64()) for n in totals), 1, None, (), 1)
