"""Running a plan: each node turns the rows or groups of its input into its own."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from usql.analysis.bound import GroupQuery
from usql.catalog.model import PRIMARY
from usql.engine.arrays.gather import gather
from usql.engine.arrays.sorting import ordered
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import present
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.grouping import group
from usql.engine.groups.ordering import keys_of_groups, timed
from usql.engine.output import ArrowColumn, columns_of_groups, columns_of_rows
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import compile_condition
from usql.engine.rows.ordering import keys_of_rows
from usql.engine.rows.predicates import row_count
from usql.engine.rows.row_indexes import in_order, rows_of
from usql.engine.rows.scan import Source, first_selected, narrowed, selected, source
from usql.engine.runtime.trace import Trace
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
    """Rows of the queried table by number, in order; ``total`` is their number before a limit,
    ``None`` if reading ended with it. ``name``: the name of an index that holds exactly these rows,
    if there is one."""

    numbers: Ints
    total: int | None
    name: str | None = None

    @property
    def rows(self) -> int:
        """How many they are."""
        return len(self.numbers)


@dataclass(eq=False)
class _Grouped:
    """Groups by number, in order; ``total`` is their number before a limit. ``is_all``: all groups,
    in the order of their numbers."""

    numbers: Ints
    total: int
    evaluator: GroupEvaluator
    is_all: bool = False

    @property
    def rows(self) -> int:
        """How many they are."""
        return len(self.numbers)

    def shown(self) -> GroupEvaluator:
        """The evaluator for only these groups."""
        return self.evaluator if self.is_all else self.evaluator.only(self.numbers)


P = TypeVar("P", bound=Plan)
R = TypeVar("R", "_Rows", "_Grouped", Answer)


@dataclass(eq=False)
class _Run:
    """A run of a plan. ``evaluator``: of the groups, if they are not those of the access's rows."""

    access: Access
    weight: int
    trace: Trace | None
    evaluator: GroupEvaluator | None = None
    notes: list[str] = field(default_factory=list)
    limit_note: str | None = None

    def source(self, plan: Plan, builds: bool = True) -> Source:
        """The source of a Scan, or of a Filter over one; indexes are not built if only a part of it
        will be read."""
        access = self.access if builds else replace(self.access, builds=False)
        return source(access, plan, self.weight)

    def measured(self, plan: P, run: Callable[[_Run, P], R]) -> R:
        """What a node gives; a trace is told its rows and its time."""
        if self.trace is None:
            return run(self, plan)
        with self.trace.timed(plan) as figures:
            result = run(self, plan)
            figures.rows = result.rows
        return result


def run_plan(
    access: Access,
    prepared: Prepared,
    trace: Trace | None = None,
    evaluator: GroupEvaluator | None = None,
) -> Answer:
    """Run a query's plan, recording in ``trace`` what its nodes did. ``evaluator``: the result
    of its Group node, if it is already known; then only the nodes above it run.

    Raises a :class:`usql.errors.QueryStopped` of the kind that ended the run.
    """
    plan = prepared.plan
    state = _Run(access, weight_of(access, prepared), trace, evaluator)
    match plan:
        case Funnel():
            return state.measured(plan, _funnel)
        case Project():
            is_of_groups = isinstance(prepared.bound, GroupQuery)
            return state.measured(plan, _project_groups if is_of_groups else _project_rows)
    raise InternalError(f"a plan ends in Project or Funnel, not {type(plan).__name__}")


def chosen_rows(access: Access, prepared: Prepared) -> tuple[Ints, int | None]:
    """The numbers of the rows that a query without groups shows, in order, and their number before
    its limit, ``None`` if reading ended with it."""
    assert isinstance(prepared.plan, Project)
    rows = _rows_of(_Run(access, weight_of(access, prepared), None), prepared.plan.input)
    return rows.numbers, rows.total


def weight_of(access: Access, prepared: Prepared) -> int:
    """The number of rows of the largest table that the plan reads, per row of the queried table."""
    if access.table != PRIMARY or not access.data.rows:
        return 1
    rows = [access.store.tables[table].rows for table in prepared.tables]
    return max(rows, default=0) // access.data.rows


def _rows_of(state: _Run, plan: Plan) -> _Rows:
    access = state.access
    match plan:
        case Scan() | Filter():
            source = state.source(plan)
            numbers = selected(source)
            _note_source(state, plan, source)
            return _Rows(numbers, len(numbers), rows_of(source.node, access.table))
        case Sort():
            rows = state.measured(plan.input, _rows_of)
            return _Rows(_in_order(state, plan, rows), rows.total)
        case Limit(count=count, is_default=False, input=Scan() | Filter() as inner):

            def first(state: _Run, plan: Scan | Filter) -> _Rows:
                source = state.source(plan, builds=False)
                numbers, total = first_selected(source, count)
                _note_source(state, plan, source)
                if state.trace is not None:  # the limit excluded the other morsels
                    state.trace.figures(plan).notes.pop("morsels", None)
                return _Rows(numbers, total)

            rows = state.measured(inner, first)
            _note_limit(state, rows.total, count, is_default=False)
            return rows
        case Limit(count=count, is_default=is_default):
            rows = state.measured(plan.input, _rows_of)
            _note_limit(state, rows.total, count, is_default)
            return _Rows(rows.numbers[:count], rows.total)
        case TopRows(count=count, is_default=is_default):
            rows = state.measured(plan.input, _rows_of)
            _note_limit(state, rows.total, count, is_default)
            return _Rows(_in_order(state, plan, rows, count), rows.total)
    raise InternalError(f"{type(plan).__name__} gives no rows")


def _in_order(state: _Run, plan: Sort | TopRows, rows: _Rows, most: int | None = None) -> Ints:
    """The rows in order; only the first ``most`` if given. The order of all rows is kept if it
    depends only on the data, and used again by plans that need a part of it."""
    if most is not None and most >= len(rows.numbers):
        most = None
    access = state.access

    def sort() -> Ints:
        keys = [k for one in plan.order for k in keys_of_rows(access, rows.numbers, one)]
        return gather(rows.numbers, ordered(access.control, keys, most))

    name = None
    if rows.name is not None and len(rows.numbers) >= access.tuning.fewest_ordered_rows:
        name = in_order(rows.name, access.table, plan.order)
    if name is None:
        return sort()
    if most is None:
        kind = unsigned(access.data.rows)
        index = access.index(name, lambda: {"rows": sort().astype(kind)})
    else:
        index = access.known_index(name)
    if index is None:
        return sort()
    if state.trace is not None:
        state.trace.figures(plan).notes["indexes"] = name
    return index["rows"][:most].astype(np.int64)


# --- groups ---------------------------------------------------------------------------------------

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _groups_of(state: _Run, plan: Plan) -> _Grouped:
    match plan:
        case Group(keys=keys):
            evaluator = state.evaluator or _of_rows(state, plan)
            groups = evaluator.groups
            for key, cut in zip(keys, groups.cut, strict=True):
                if cut:
                    others = "1 more group was" if cut == 1 else f"{cut} more groups were"
                    state.notes.append(
                        f"TOP kept the {key.top} most frequent values of "
                        f"{expression_text(key.expression, ())}; {others} left out."
                    )
            return _Grouped(np.arange(groups.count), groups.count, evaluator, is_all=True)
        case GroupSelect(filters=filters):
            grouped = state.measured(plan.input, _groups_of)
            mask = np.ones(grouped.evaluator.size, dtype=np.bool_)
            for chosen in filters:
                column = grouped.evaluator.evaluate(chosen.expression)
                assert isinstance(column, NumberColumn)
                mask &= present(column) & _COMPARE[chosen.op](column.values, chosen.value)
            numbers = grouped.numbers[mask[grouped.numbers]]
            return _Grouped(numbers, len(numbers), grouped.evaluator)
        case Sort():
            return _sorted_groups(state, plan)
        case Limit(input=Sort() as inner, count=count, is_default=is_default):
            grouped = state.measured(inner, functools.partial(_sorted_groups, most=count))
            if state.trace is not None:  # the sort would give all
                state.trace.figures(inner).rows = grouped.total
            _note_limit(state, grouped.total, count, is_default)
            if grouped.rows <= count:
                return grouped
            return _Grouped(grouped.numbers[:count], grouped.total, grouped.evaluator)
    raise InternalError(f"{type(plan).__name__} gives no groups")


def _of_rows(state: _Run, plan: Group) -> GroupEvaluator:
    """The groups of the input's rows."""
    source = state.source(plan.input)
    groups = group(source, plan.keys, plan.needs)
    _note_source(state, plan.input, source)
    metrics = plan.needs.metrics
    if state.trace is not None:
        state.trace.move(source.elapsed, plan, plan.input)
        fields = {*plan.fields(), *(f for m in metrics for f in metric_fields(m))}
        state.trace.figures(plan).read = int(source.share * state.access.bytes_of(fields))
    return GroupEvaluator(state.access, groups, metrics)


def _sorted_groups(state: _Run, plan: Sort, most: int | None = None) -> _Grouped:
    """Groups in order, ties in their default order; only the first ``most`` if given."""
    grouped = state.measured(plan.input, _groups_of)
    grouped.evaluator.groups = timed(state.access.control, grouped.evaluator.groups, plan.times)
    evaluator = grouped.shown()
    if most is not None:
        evaluator.check_sums()
    columns = [k for o in plan.order for k in keys_of_groups(evaluator, o)]
    columns += evaluator.groups.order
    if not columns:
        return grouped
    order = ordered(state.access.control, columns, most)
    return _Grouped(grouped.numbers[order], grouped.total, grouped.evaluator)


def _note_source(state: _Run, plan: Plan, source: Source) -> None:
    """Record what a Scan and its Filter read."""
    if state.trace is None:
        return
    figures = state.trace.figures(plan)
    figures.notes.update(source.notes())
    if source.matches:
        figures.rows = sum(source.matches)
    share = source.share
    for node in walk(plan):
        state.trace.figures(node).read = int(share * state.access.bytes_of(set(node.fields())))


def _note_limit(state: _Run, total: int | None, count: int, is_default: bool) -> None:
    """Add the note that a limit cut rows."""
    known = None if state.access.store.ended_early else total
    note = cut_note(known, count, is_default)
    if note is not None:
        state.notes.append(note)
        if is_default:
            state.limit_note = note


def cut_note(total: int | None, count: int, is_default: bool) -> str | None:
    """The note about a limit that cut ``total`` rows, ``None`` if there may be more than were read;
    no note for LIMIT 0, which asks for no rows (LANGUAGE.md §10)."""
    if count == 0 or (total is not None and total <= count):
        return None
    if total is not None:
        reason = "because the query has no LIMIT" if is_default else f"because of LIMIT {count}"
        return f"The first {count} of {total} rows are shown, {reason}."
    if is_default:
        return f"The first {count} rows are shown, because the query has no LIMIT."
    return f"Reading ended at LIMIT {count}; there may be more rows."


# --- results --------------------------------------------------------------------------------------


def _project_rows(state: _Run, plan: Project) -> Answer:
    rows = state.measured(plan.input, _rows_of)
    numbers = rows.numbers
    access = state.access
    columns = columns_of_rows(access, numbers, plan.columns)
    sessions = numbers if access.table == PRIMARY else access.parent[numbers]
    notes = tuple(state.notes)
    return Answer(tuple(columns), len(numbers), sessions, notes, rows.total, state.limit_note)


def _project_groups(state: _Run, plan: Project) -> Answer:
    grouped = state.measured(plan.input, _groups_of)
    shown = grouped.shown()
    columns = tuple(columns_of_groups(state.access, shown, plan.columns))
    for key, domain, codes in zip(plan.keys, shown.groups.domains, shown.groups.codes, strict=True):
        if (codes == domain.null).any():
            name = expression_text(key.expression, ())
            state.notes.append(f"Rows without a value of {name} form a group of their own.")
    notes = tuple(state.notes)
    return Answer(columns, len(grouped.numbers), None, notes, grouped.total, state.limit_note)


def _funnel(state: _Run, plan: Funnel) -> Answer:
    source = state.source(plan.input)
    steps = [compile_condition(state.access, step.condition) for step in plan.steps]

    def work(_: int, morsel: tuple[slice, bool]) -> Ints:
        counts = np.zeros(len(steps), dtype=np.int64)
        numbers = source.row_ids(*morsel)
        rows = morsel[0] if numbers is None else numbers
        mask = source.fits(*morsel) if numbers is None else None
        for number, step in enumerate(steps):
            state.access.control.check()
            rows, mask = narrowed(rows, mask, state.access.tuning)
            if not row_count(rows):
                break
            fits = step.mask(rows)
            mask = fits if mask is None else mask & fits
            counts[number] = np.count_nonzero(mask)
        return counts

    counts = map_morsels(work, source.morsels(sweeps=True), state.access.control)
    totals = np.sum(counts, axis=0) if counts else np.zeros(len(steps), dtype=np.int64)
    _note_source(state, plan.input, source)
    if state.trace is not None:
        state.trace.move(source.elapsed, plan, plan.input)
    return Answer(tuple(pa.array([int(n)], pa.int64()) for n in totals), 1, None, (), 1)
