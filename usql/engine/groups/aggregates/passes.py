"""The one pass that adds up the totals of all additive metrics, morsel by morsel, with a state of
its own per thread.

A *slot* is a number for a combination of key values; groups are the slots that occur. Flags (the
conditions of metrics, and which rows have a value) are further bits of the slot number, so that one
count answers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from usql.analysis.bound import FieldRef, Metric
from usql.engine.arrays.buffers import scratch
from usql.engine.arrays.gather import gather
from usql.engine.arrays.native.keys import combined
from usql.engine.arrays.native.totals import count_keys, extremes_by_key, sum_by_key
from usql.engine.arrays.runs import run_extremes, run_sums
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.arrays.vectors import flat, present
from usql.engine.groups.aggregates.registry import columns_of, columns_of_metric, has_columns_of
from usql.engine.groups.aggregates.slot_states import Accumulated, Flag, Reads, flags_of, reads_of
from usql.engine.groups.aggregates.state import (
    ADDING_INFINITIES,
    LOW,
    ROWS,
    Kind,
    StateColumn,
    fold,
    state_column,
)
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import compile_condition
from usql.engine.rows.predicates import Rows
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.workers import map_morsels
from usql.frozen import dataclass
from usql.store.columns import AnyColumn, ListColumn, NumberColumn
from usql.store.widths import unsigned

_SUMMED = frozenset({Kind.SUM, Kind.HIGH, Kind.VALUES})


def shares_count_pass(access: Access, metric: Metric, capacity: int) -> bool:
    """Whether a metric costs hardly more than the count of rows, with which it is added up: made of
    the sum and the number of whole numbers of the rows themselves, of which there are enough for
    each slot."""
    name = metric.field
    if name is None or metric.where is not None or not has_columns_of(metric, _SUMMED):
        return False
    if name.multi or name.table != access.table:
        return False
    column = access.column(name)
    if not isinstance(column, NumberColumn) or not _is_narrow(column.values):
        return False
    counts_values = state_column(Kind.VALUES, name) in columns_of_metric(metric)
    size = capacity << (counts_values and column.valid is not None)
    return access.tuning.rows_per_shared_slot * size <= access.data.rows


def _is_narrow(values: Array) -> bool:
    return values.dtype.kind == "i" and values.dtype.itemsize < 8


_BY_SLOT = frozenset({Kind.LEAST, Kind.GREATEST, Kind.HAS})


class _Added(dict[StateColumn, Array]):
    """What a thread adds up: columns by slot number with flags, of which there are ``size``, and
    extremes by slot, of which there are ``capacity``; each is made when it is first asked for."""

    def __init__(self, size: int, capacity: int) -> None:
        super().__init__()
        self._size, self._capacity = size, capacity

    def __missing__(self, column: StateColumn) -> Array:
        array = self[column] = column.empty(
            self._capacity if column.kind in _BY_SLOT else self._size
        )
        return array


@dataclass(frozen=True, eq=False)
class Layout:
    """What a pass over a table needs to add up ``columns``, each of them once, and the count of all
    rows: the ``flags`` of a row, of which the first ``bits`` are bits of the slot number, that of
    the first flag the lowest; the ``fields`` whose values are read, those among them that are
    ``summed``, and those of which only the values are counted (``sized``); and how the columns are
    read afterwards."""

    columns: tuple[StateColumn, ...]
    flags: tuple[Flag, ...]
    bits: int
    fields: tuple[FieldRef, ...]
    summed: tuple[FieldRef, ...]
    sized: tuple[FieldRef, ...]
    extremes: tuple[StateColumn, ...]
    reads: Reads


def layout(access: Access, columns: Sequence[StateColumn]) -> Layout:
    """What a pass needs to add up columns: the same for all runs over the same data."""
    each = tuple(dict.fromkeys(columns))
    of_fields = [(c, c.field) for c in each if c.field is not None]
    summed = dict.fromkeys(f for c, f in of_fields if c.kind is Kind.SUM)
    sized = dict.fromkeys(f for c, f in of_fields if c.kind is Kind.VALUES and f.multi)
    extremes = {c: f for c, f in of_fields if c.kind in (Kind.LEAST, Kind.GREATEST)}
    every = dict.fromkeys(flag for c in each for flag in flags_of(c))
    flags = [flag for flag in every if _can_differ(access, flag)]
    conditions = [c.where for c in each if c.where is not None]
    fields = [*(f for f in flags if isinstance(f, FieldRef)), *summed, *sized, *extremes.values()]
    return Layout(
        each,
        tuple(dict.fromkeys([*flags, *conditions])),
        len(flags),
        tuple(dict.fromkeys(fields)),
        tuple(summed),
        tuple(sized),
        tuple(extremes),
        reads_of((ROWS, *each), {flag: bit for bit, flag in enumerate(flags)}),
    )


def _can_differ(access: Access, flag: Flag) -> bool:
    """Whether rows can differ in a flag: not where a column has a value in every row."""
    if not isinstance(flag, FieldRef) or flag.multi:
        return True
    column = access.column(flag)
    return not (isinstance(column, NumberColumn) and column.valid is None)


class Accumulator:
    """Totals that share a pass and a count. ``capacity`` is one more than the largest slot number,
    those of rows that are not to count among them."""

    def __init__(self, access: Access, layout: Layout, capacity: int) -> None:
        self.access = access
        self.layout = layout
        self.capacity = capacity
        self._tests = [
            None if isinstance(flag, FieldRef) else compile_condition(access, flag)
            for flag in layout.flags
        ]
        self._running: dict[FieldRef, Ints] = {}
        self.size = capacity << layout.bits
        threads = max(access.control.threads, 1)
        arrays = 2 + 2 * len(layout.summed) + 2 * len(layout.extremes)
        access.control.reserve(8 * self.size * arrays * threads, "group totals")
        self._states: list[_Added | None] = [None] * threads

    # --- a morsel ---------------------------------------------------------------------------------

    def add(self, worker: int, rows: Rows, places: Ints | None, ids: Array) -> None:
        """Add the pairs of a morsel: pair i is row ``places[i]`` of ``rows`` (row i without
        places) and counts in slot ``ids[i]`` (unsigned)."""
        added, layout = self._added_by(worker), self.layout
        values = {f: flat(self.access.values(f, rows)) for f in layout.fields}
        masks: list[Bools] = []
        for flag, test in zip(layout.flags, self._tests, strict=True):
            self.access.control.check()
            if test is None:
                assert isinstance(flag, FieldRef)
                mask = present(values[flag])
            else:
                mask = test.mask(rows)
            masks.append(_placed(mask, places))
        keys = self._keys(ids, masks)
        counts: Ints | None = added[ROWS]
        for name in layout.summed:
            self.access.control.check()
            self._sum(added, name, values[name], places, keys, counts)
            counts = None  # each pair is counted once
        for name in layout.sized:
            sum_by_key(keys, _sizes(values[name], places), added[state_column(Kind.VALUES, name)])
        if counts is not None:
            count_keys(keys, counts)
        for column in layout.extremes:
            self.access.control.check()
            assert column.field is not None
            fits = None if column.where is None else masks[layout.flags.index(column.where)]
            self._extreme(added, column, values[column.field], places, ids, fits)

    @property
    def takes_runs(self) -> bool:
        """Whether :meth:`add_runs` can add all that is wanted."""
        layout = self.layout
        if layout.bits or layout.extremes:
            return False
        fields = (*layout.summed, *layout.sized)
        return all(f.table == self.access.table and not f.multi for f in fields)

    @property
    def knows_runs(self) -> bool:
        """Whether :meth:`add_runs` reads no row."""
        return all(name in self._running for name in self.layout.summed)

    def use_running_sums(self) -> None:
        """Have sums up to each row at hand for :meth:`add_runs`, where an index holds them."""
        if not self.access.has_indexes:
            return
        for name in self.layout.summed:
            column = self.access.column(name)
            assert isinstance(column, NumberColumn)
            if _is_narrow(column.values):
                sums = self.access.index(f"running sums of {name.text}", _running_sums(column))
                if sums:
                    self._running[name] = sums["until"]

    @ADDING_INFINITIES
    def add_runs(self, worker: int, rows: slice, slots: Ints, starts: Ints) -> None:
        """Add a range of rows that are runs of one slot each, every slot once. Reads them in order
        and scatters nothing: 0.3 ns a row and field."""
        added = self._added_by(worker)
        places = slots << self.layout.bits
        added[ROWS][places] += np.diff(starts, append=rows.stop - rows.start)
        for name in self.layout.summed:
            sums = added[state_column(Kind.SUM, name)]
            if name in self._running:
                until = self._running[name]
                ends = np.append(starts[1:], rows.stop - rows.start) + rows.start
                sums[places] += until[ends] - until[starts + rows.start]
                continue
            column = self.access.values(name, rows)
            assert isinstance(column, NumberColumn)
            values = column.values
            if values.dtype == np.int64:
                sums[places] += np.add.reduceat(values & LOW, starts)
                highs = added[state_column(Kind.HIGH, name)]
                highs[places] += np.add.reduceat(values >> 32, starts)
                continue
            if _is_narrow(values):  # reduceat makes 64-bit numbers itself, but under the lock
                wide = scratch("runs", np.int64, len(values))
                np.copyto(wide, values)
                values = wide
            sums[places] += np.add.reduceat(values, starts)

    def _added_by(self, worker: int) -> _Added:
        """What a worker added up so far."""
        added = self._states[worker]
        if added is None:
            added = self._states[worker] = _Added(self.size, self.capacity)
        return added

    def _keys(self, ids: Array, masks: Sequence[Bools]) -> Array:
        """Slot numbers with their flags."""
        bits = self.layout.bits
        if not bits:
            return ids
        strides = [1 << bits, *[1 << bit for bit in range(bits)]]
        return combined([ids, *masks[:bits]], strides, unsigned(self.size - 1))

    @ADDING_INFINITIES
    def _sum(
        self,
        added: _Added,
        name: FieldRef,
        vector: AnyColumn,
        places: Ints | None,
        keys: Array,
        counts: Ints | None,
    ) -> None:
        """Add a field's sums, and the pairs to ``counts`` if these are given."""
        into = added[state_column(Kind.SUM, name)]
        if isinstance(vector, ListColumn):
            entries, offsets = vector.entries, vector.offsets
            assert isinstance(entries, NumberColumn)
            highs: Ints | None = None
            if entries.values.dtype == np.int64:
                highs = np.zeros(len(offsets) - 1, dtype=np.int64)
            sums = run_sums(entries.values, offsets, highs)
            if highs is not None:
                highs += sums >> 32
                sums &= LOW
                sum_by_key(keys, _placed(highs, places), added[state_column(Kind.HIGH, name)])
            sum_by_key(keys, _placed(sums, places), into, counts=counts)
            return
        assert isinstance(vector, NumberColumn)
        values = _placed(vector.values, places)
        is_wide = values.dtype == np.int64
        highs_of = added[state_column(Kind.HIGH, name)] if is_wide else None
        sum_by_key(keys, values, into, highs_of, counts)

    def _extreme(
        self,
        added: _Added,
        column: StateColumn,
        vector: AnyColumn,
        places: Ints | None,
        ids: Array,
        fits: Bools | None,
    ) -> None:
        has: Bools | None
        largest = column.kind is Kind.GREATEST
        if isinstance(vector, ListColumn):
            entries, offsets = vector.entries, vector.offsets
            assert isinstance(entries, NumberColumn)
            values, has = run_extremes(entries.values, offsets, largest, entries.valid)
        else:
            assert isinstance(vector, NumberColumn)
            values, has = vector.values, vector.valid
        if has is not None:
            has = _placed(has, places)
            fits = has if fits is None else has & fits
        values, into = _placed(values, places), added[column]
        extremes_by_key(ids, values, into, added[_has(column)], largest, fits)

    # --- the end ----------------------------------------------------------------------------------

    def finish(self) -> Accumulated:
        """Merge the threads' states."""
        states = [state for state in self._states if state]
        merged: Mapping[StateColumn, Array] = states[0] if states else {}
        if len(states) > 1:
            parts = [(slice(None), state.get) for state in states]
            every = {column for state in states for column in state}
            by_slot = {column for column in every if column.kind in _BY_SLOT}
            merged = fold(every - by_slot, parts, self.size) | fold(by_slot, parts, self.capacity)
        return Accumulated(self.layout.reads, merged, self.capacity)


def _has(column: StateColumn) -> StateColumn:
    return state_column(Kind.HAS, column.field, column.where)


def _sizes(vector: AnyColumn, places: Ints | None) -> Ints:
    """How many values each pair has."""
    assert isinstance(vector, ListColumn)
    sizes = np.diff(vector.offsets)
    if isinstance(vector.entries, NumberColumn) and vector.entries.valid is not None:
        sizes = run_sums(vector.entries.valid.view(np.int8), vector.offsets)
    return _placed(sizes, places)


def _running_sums(column: NumberColumn) -> Callable[[], Arrays]:
    """The sums of all rows before each row, and of all."""

    def make() -> Arrays:
        until = np.zeros(len(column) + 1, dtype=np.int64)
        np.cumsum(column.values, dtype=np.int64, out=until[1:])
        return {"until": until}

    return make


def _placed(values: Array, places: Ints | None) -> Array:
    return values if places is None else gather(values, places)


def layouts(access: Access, columns: Sequence[StateColumn], capacity: int) -> tuple[Layout, ...]:
    """Columns in as few parts as keep the number of slots with flags small in each; one where there
    are no columns, for the counts."""
    parts = _sharing(columns, access.tuning.most_flagged_slots // capacity)
    return tuple(layout(access, part) for part in parts)


def _sharing(columns: Sequence[StateColumn], most: int) -> list[list[StateColumn]]:
    """The columns in parts that share a count: each with as many flags as tell ``most`` kinds of
    rows apart."""
    parts: list[list[StateColumn]] = [[]]
    flags: set[Flag] = set()
    for column in columns:
        combined = flags | set(flags_of(column))
        if parts[-1] and 1 << len(combined) > most and combined != flags:
            parts.append([])
            combined = set(flags_of(column))
        parts[-1].append(column)
        flags = combined
    return parts


def accumulators(
    access: Access, columns: Sequence[StateColumn], capacity: int
) -> list[Accumulator]:
    """What adds columns up, in as many parts as :func:`layouts`."""
    return [Accumulator(access, part, capacity) for part in layouts(access, columns, capacity)]


def accumulate(
    access: Access, chunks: Sequence[Chunk], metrics: Sequence[Metric], capacity: int
) -> tuple[Accumulated, ...]:
    """The totals of metrics over pairs, by their slots."""
    parts = accumulators(access, columns_of(metrics), capacity)

    def work(worker: int, chunk: Chunk) -> None:
        for part in parts:
            part.add(worker, chunk.rows, chunk.places, chunk.ids)

    map_morsels(work, chunks, access.control)
    return tuple(part.finish() for part in parts)
