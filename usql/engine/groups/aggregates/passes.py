"""The one pass that adds up the totals of all additive metrics, morsel by morsel, with a state of
its own per thread.

A *cell* is a number for a combination of key values; groups are the cells that occur. Flags (the
conditions of metrics, and which rows have a value) are further bits of the cell number, so that one
count answers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from usql.analysis.bound import Condition, FieldRef, Metric
from usql.engine.arrays.kernels import (
    EXACT,
    Array,
    Bools,
    Ints,
    gather,
    group_extremes,
    lane_bits,
    lane_numbers,
    run_extremes,
    run_sums,
    scratch,
)
from usql.engine.arrays.vectors import flat, present
from usql.engine.groups.aggregates.registry import columns_of, columns_of_metric, has_columns_of
from usql.engine.groups.aggregates.state import (
    ADDING_INFINITIES,
    LOW,
    ROWS,
    Kind,
    StateColumn,
    fold,
)
from usql.engine.groups.aggregates.totals import Accumulated, Flag, flags_of
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node, compile_condition
from usql.engine.rows.predicates import Rows
from usql.engine.runtime.index_cache import Arrays
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import AnyColumn, ListColumn, NumberColumn
from usql.store.widths import unsigned

_MOST_FLAGGED = 1 << 16
"""Cells with flags that one count should have; above it metrics are counted apart."""

_FEW_CALLS = 1 << 17
"""Rows that a call should take at least where threads take turns: each costs a handover."""

_ROWS_PER_CELL = 16
"""Rows per cell from which on taking sums and counts apart costs less than a second pass."""


_SUMMED = frozenset({Kind.SUM, Kind.HIGH, Kind.VALUES})


def rides(access: Access, metric: Metric, slots: int) -> bool:
    """Whether a metric costs hardly more than the count of rows, with which it is added up: made of
    the sum and the number of whole numbers of the rows themselves, of which enough are packed
    together."""
    name = metric.field
    if name is None or metric.where is not None or not has_columns_of(metric, _SUMMED):
        return False
    if name.multi or name.table != access.table:
        return False
    column = access.column(name)
    if not isinstance(column, NumberColumn) or not _is_narrow(column.values):
        return False
    counts_values = StateColumn(Kind.VALUES, name) in columns_of_metric(metric)
    size = slots << (counts_values and column.valid is not None)
    _, _, room = _packing(access, column)
    return 4 * size <= 1 << room and _ROWS_PER_CELL * size <= access.data.rows


def _is_narrow(values: Array) -> bool:
    return values.dtype.kind == "i" and values.dtype.itemsize < 8


def _packing(access: Access, column: NumberColumn) -> tuple[int, int, int]:
    """How a value and a unit of count share a double: the smallest value, the bits of all between
    it and the largest, and those of how many rows a block may have."""
    low, high = access.derived.whole_span(column)
    low, high = min(low, 0), max(high, 0)  # a missing value is 0
    reach = (high - low).bit_length()
    return low, reach, (52 - reach) // 2


_BY_CELL = frozenset({Kind.LEAST, Kind.GREATEST, Kind.HAS})


class _Added(dict[StateColumn, Array]):
    """What a thread adds up: columns by cell number with flags and lanes, of which there are
    ``size``, and extremes by cell, of which there are ``slots``; each is made when it is first
    asked for."""

    def __init__(self, size: int, slots: int) -> None:
        super().__init__()
        self._size, self._slots = size, slots

    def __missing__(self, column: StateColumn) -> Array:
        made = self[column] = column.empty(self._slots if column.kind in _BY_CELL else self._size)
        return made


class Accumulator:
    """Totals that share a pass and a count. ``columns`` are asked for, and the count of all rows;
    ``slots`` is one more than the largest cell number, those of rows that are not to count among
    them."""

    def __init__(self, access: Access, columns: Sequence[StateColumn], slots: int) -> None:
        self.access = access
        self.columns = tuple(dict.fromkeys(columns))
        self.slots = slots
        every = dict.fromkeys(flag for column in self.columns for flag in flags_of(column))
        self._flags = {f: bit for bit, f in enumerate(f for f in every if self._can_differ(f))}
        self._nodes: dict[Condition, Node] = {
            c.where: compile_condition(access, c.where) for c in self.columns if c.where is not None
        }
        summed: dict[FieldRef, None] = {}
        sized: dict[FieldRef, None] = {}
        self._extremes: list[StateColumn] = []
        for column in self.columns:
            if column.field is None:
                continue
            if column.kind is Kind.SUM:
                summed[column.field] = None
            elif column.kind is Kind.VALUES and column.field.multi:
                sized[column.field] = None
            elif column.kind is Kind.LEAST or column.kind is Kind.GREATEST:
                self._extremes.append(column)
        self._summed, self._sized = tuple(summed), tuple(sized)
        self._running: dict[FieldRef, Ints] = {}
        self._lanes = lane_bits(slots << len(self._flags), access.data.rows)
        self._shift = len(self._flags) + self._lanes
        self.size = slots << self._shift
        threads = max(access.control.threads, 1)
        arrays = 2 + 2 * len(self._summed) + 2 * len(self._extremes)
        access.control.reserve(8 * self.size * arrays * threads, "group totals")
        self._states: list[_Added | None] = [None] * threads

    def _can_differ(self, flag: Flag) -> bool:
        """Whether rows can differ in a flag: not where a column has a value in every row."""
        if not isinstance(flag, FieldRef) or flag.multi:
            return True
        column = self.access.column(flag)
        return not (isinstance(column, NumberColumn) and column.valid is None)

    # --- a morsel ---------------------------------------------------------------------------------

    @ADDING_INFINITIES
    def add(self, worker: int, rows: Rows, places: Ints | None, ids: Array) -> None:
        """Add the members of a morsel: member i is row ``places[i]`` of ``rows`` (row i without
        places) and counts in cell ``ids[i]`` (unsigned)."""
        added = self._added_by(worker)
        wanted = [f for f in self._flags if isinstance(f, FieldRef)]
        wanted += [*self._summed, *self._sized]
        wanted += [c.field for c in self._extremes if c.field is not None]
        values = {f: flat(self.access.values(f, rows)) for f in dict.fromkeys(wanted)}
        masks: dict[Flag, Bools] = {}
        for flag in dict.fromkeys([*self._flags, *self._nodes]):
            self.access.control.check()
            mask = self._mask(flag, values, rows)
            masks[flag] = _placed(mask, places)
        wide = scratch("wide", np.intp, len(ids))
        np.copyto(wide, self._keys(ids, masks), casting="unsafe")
        counted = False
        for name in self._summed:
            self.access.control.check()
            counted |= self._sum(added, name, values[name], places, wide, counted)
        for name in self._sized:
            self._add(added[StateColumn(Kind.VALUES, name)], _sizes(values[name], places), wide)
        if not counted:
            added[ROWS] += np.bincount(wide, minlength=self.size)
        for column in self._extremes:
            self.access.control.check()
            assert column.field is not None
            fits = None if column.where is None else masks[column.where]
            self._extreme(added, column, values[column.field], places, ids, fits)

    def _mask(self, flag: Flag, values: dict[FieldRef, AnyColumn], rows: Rows) -> Bools:
        return present(values[flag]) if isinstance(flag, FieldRef) else self._nodes[flag].mask(rows)

    @property
    def takes_runs(self) -> bool:
        """Whether :meth:`add_runs` can add all that is wanted."""
        fields = [*self._summed, *self._sized]
        own = all(f.table == self.access.table and not f.multi for f in fields)
        return own and not self._flags and not self._extremes

    @property
    def knows_runs(self) -> bool:
        """Whether :meth:`add_runs` reads no row."""
        return all(name in self._running for name in self._summed)

    def use_running_sums(self) -> None:
        """Have sums up to each row at hand for :meth:`add_runs`, where an index holds them."""
        if not self.access.has_indexes:
            return
        for name in self._summed:
            column = self.access.column(name)
            assert isinstance(column, NumberColumn)
            if _is_narrow(column.values):
                sums = self.access.index(f"running sums of {name.text}", _running_sums(column))
                if sums:
                    self._running[name] = sums["until"]

    @ADDING_INFINITIES
    def add_runs(self, worker: int, rows: slice, cells: Ints, starts: Ints) -> None:
        """Add a range of rows that are runs of one cell each, every cell once. Reads them in order
        and scatters nothing: 0.3 ns a row and field."""
        added = self._added_by(worker)
        places = cells << self._shift
        added[ROWS][places] += np.diff(starts, append=rows.stop - rows.start)
        for name in self._summed:
            sums = added[StateColumn(Kind.SUM, name)]
            if name in self._running:
                until = self._running[name]
                ends = np.append(starts[1:], rows.stop - rows.start) + rows.start
                sums[places] += until[ends] - until[starts + rows.start]
                continue
            found = self.access.values(name, rows)
            assert isinstance(found, NumberColumn)
            values = found.values
            if values.dtype == np.int64:
                sums[places] += np.add.reduceat(values & LOW, starts)
                highs = added[StateColumn(Kind.HIGH, name)]
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
            added = self._states[worker] = _Added(self.size, self.slots)
        return added

    def _keys(self, ids: Array, masks: dict[Flag, Bools]) -> Array:
        """Cell numbers with their flags and lanes."""
        if not self._shift:
            return ids
        kind = unsigned(self.size - 1)
        keys = scratch("flagged", kind, len(ids))
        np.left_shift(ids, self._shift, out=keys, dtype=kind, casting="unsafe")
        bit = scratch("flag", kind, len(ids))
        for flag, number in self._flags.items():
            shift = number + self._lanes
            np.left_shift(masks[flag].view(np.uint8), shift, out=bit, dtype=kind, casting="unsafe")
            np.bitwise_or(keys, bit, out=keys)
        if self._lanes:
            np.bitwise_or(keys, lane_numbers(len(ids), self._lanes), out=keys)
        return keys

    def _sum(
        self,
        added: _Added,
        name: FieldRef,
        found: AnyColumn,
        places: Ints | None,
        wide: Ints,
        counted: bool,
    ) -> bool:
        """Add a field's sums; says whether that counted the members, too."""
        into = added[StateColumn(Kind.SUM, name)]
        if isinstance(found, ListColumn):
            entries, offsets = found.entries, found.offsets
            assert isinstance(entries, NumberColumn)
            if entries.values.dtype == np.int64:
                lows = run_sums(entries.values & LOW, offsets)
                highs = run_sums(entries.values >> 32, offsets) + (lows >> 32)
                self._add(into, _placed(lows & LOW, places), wide)
                self._add(added[StateColumn(Kind.HIGH, name)], _placed(highs, places), wide)
            else:
                self._add(into, _placed(run_sums(entries.values, offsets), places), wide)
            return False
        assert isinstance(found, NumberColumn)
        values = _placed(found.values, places)
        if values.dtype == np.int64:
            self._add(into, values & LOW, wide)
            self._add(added[StateColumn(Kind.HIGH, name)], values >> 32, wide)
            return False
        if _is_narrow(values) and not counted:
            return self._count_and_sum(added[ROWS], into, name, values, wide)
        self._add(into, values, wide)
        return False

    def _add(self, into: Array, values: Array, wide: Ints) -> None:
        """Add numbers to their cells; integers exactly, also where doubles would round."""
        whole = values.dtype.kind == "i"
        if whole and values.dtype.itemsize == 8 and len(values):
            largest = max(-int(values.min()), int(values.max()))
            if largest * len(values) >= EXACT:
                np.add.at(into, wide, values)
                return
        weights = scratch("weights", np.float64, len(values))
        np.copyto(weights, values)
        sums = np.bincount(wide, weights, minlength=self.size)
        into += sums.astype(np.int64) if whole else sums

    def _count_and_sum(
        self, rows: Ints, sums: Ints, name: FieldRef, values: Array, wide: Ints
    ) -> bool:
        """Counts and sums in one scatter: every row adds its value and, above all sums of a block,
        one unit. A double holds both exactly while they share 52 bits."""
        column = self.access.column(name)
        assert isinstance(column, NumberColumn)
        low, reach, room = _packing(self.access, column)
        block = 1 << room
        alone = self.access.control.threads == 1
        least = 4 * self.size if alone else max(4 * self.size, min(_FEW_CALLS, len(values)))
        if block < least or len(values) < 4 * self.size:
            self._add(sums, values, wide)
            return False
        unit = 1 << (reach + room)
        weights = scratch("weights", np.float64, min(block, len(values)))
        packed: Array = np.empty((-(-len(values) // block), self.size), dtype=np.float64)
        for number, first in enumerate(range(0, len(values), block)):
            part = values[first : first + block]
            own = weights[: len(part)]
            np.add(part, float(unit - low), out=own)
            packed[number] = np.bincount(wide[first : first + block], own, minlength=self.size)
        whole = packed.astype(np.int64)
        counts = (whole >> (reach + room)).sum(axis=0)
        whole &= unit - 1
        rows += counts
        sums += whole.sum(axis=0) + counts * low
        return True

    def _extreme(
        self,
        added: _Added,
        column: StateColumn,
        found: AnyColumn,
        places: Ints | None,
        ids: Array,
        fits: Bools | None,
    ) -> None:
        largest = column.kind is Kind.GREATEST
        if isinstance(found, ListColumn):
            entries, offsets = found.entries, found.offsets
            assert isinstance(entries, NumberColumn)
            values = entries.values
            if entries.valid is not None:
                kept = np.concatenate(([0], np.cumsum(entries.valid)))
                offsets, values = kept[offsets], values[entries.valid]
            values, has = run_extremes(values, offsets, largest)
        else:
            assert isinstance(found, NumberColumn)
            values, has = found.values, present(found)
        values, has = _placed(values, places), _placed(has, places)
        if fits is not None:
            has = has & fits
        made, known = group_extremes(ids[has].astype(np.int64), values[has], self.slots, largest)
        into = added[column]
        into[known] = column.kind.merge.ufunc(into[known], made[known])
        added[_has(column)] |= known

    # --- the end ----------------------------------------------------------------------------------

    def finish(self) -> Accumulated:
        """Merge the threads' states."""
        states = [state for state in self._states if state]
        merged: Mapping[StateColumn, Array] = states[0] if states else {}
        if len(states) > 1:
            parts = [(slice(None), state.get) for state in states]
            every = {column for state in states for column in state}
            by_cell = {column for column in every if column.kind in _BY_CELL}
            merged = fold(every - by_cell, parts, self.size) | fold(by_cell, parts, self.slots)
        return Accumulated(frozenset((ROWS, *self.columns)), merged, self._flags, self.slots)


def _has(column: StateColumn) -> StateColumn:
    return StateColumn(Kind.HAS, column.field, column.where)


def _sizes(found: AnyColumn, places: Ints | None) -> Ints:
    """How many values each member has."""
    assert isinstance(found, ListColumn)
    sizes = np.diff(found.offsets)
    if isinstance(found.entries, NumberColumn) and found.entries.valid is not None:
        sizes = run_sums(found.entries.valid.view(np.int8), found.offsets)
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


def accumulators(access: Access, columns: Sequence[StateColumn], slots: int) -> list[Accumulator]:
    """As few accumulators as keep the cells with flags of each few; one where there are no
    columns, for the counts."""
    made: list[list[StateColumn]] = [[]]
    flags: set[Flag] = set()
    for column in columns:
        own = flags | set(flags_of(column))
        if made[-1] and slots << len(own) > _MOST_FLAGGED and own != flags:
            made.append([])
            own = set(flags_of(column))
        made[-1].append(column)
        flags = own
    return [Accumulator(access, part, slots) for part in made]


def run_totals(
    access: Access, chunks: Sequence[Chunk], metrics: Sequence[Metric], slots: int
) -> tuple[Accumulated, ...]:
    """The totals of metrics over members, by their cells."""
    parts = accumulators(access, columns_of(metrics), slots)

    def work(worker: int, chunk: Chunk) -> None:
        for part in parts:
            part.add(worker, chunk.rows, chunk.places, chunk.ids)

    map_morsels(work, chunks, access.control)
    return tuple(part.finish() for part in parts)
