"""Counts, sums and extremes per cell, added up morsel by morsel with partial results per thread.

A *cell* is a number for a combination of key values; groups are the cells that occur. Flags (the
conditions of metrics, and which rows have a value) are further bits of the cell number, so that one
count answers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
    narrowest,
    run_extremes,
    run_sums,
    scratch,
)
from usql.engine.arrays.sorting import merged_extremes
from usql.engine.arrays.vectors import flat, present
from usql.engine.groups.aggregates.totals import (
    ADDING_INFINITIES,
    LOW,
    Accumulated,
    Flag,
    Totals,
    flags_of,
)
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node, compile_condition
from usql.engine.rows.predicates import Rows
from usql.engine.runtime.index_cache import Arrays
from usql.store.columns import AnyColumn, ListColumn, NumberColumn

_MOST_FLAGGED = 1 << 16
"""Cells with flags that one count should have; above it metrics are counted apart."""

_FEW_CALLS = 1 << 17
"""Rows that a call should take at least where threads take turns: each costs a handover."""

_ROWS_PER_CELL = 16
"""Rows per cell from which on taking sums and counts apart costs less than a second pass."""


def is_additive(metric: Metric) -> bool:
    """Whether a metric can be added up morsel by morsel."""
    return metric.function not in ("DISTINCT", "PERCENTILE")


def rides(access: Access, metric: Metric, slots: int) -> bool:
    """Whether a metric costs hardly more than the count of rows, with which it is added up: a sum
    or an average of whole numbers of the rows themselves, of which enough are packed together."""
    name = metric.field
    if metric.function not in ("SUM", "AVG") or metric.where is not None or name is None:
        return False
    if name.multi or name.table != access.table:
        return False
    column = access.column(name)
    if not isinstance(column, NumberColumn) or not _is_narrow(column.values):
        return False
    size = slots << (metric.function == "AVG" and column.valid is not None)
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


class Accumulator:
    """Metrics that share a pass and a count. ``slots`` is one more than the largest cell number,
    those of rows that are not to count among them."""

    def __init__(self, access: Access, metrics: Sequence[Metric], slots: int) -> None:
        self.access = access
        self.metrics = tuple(dict.fromkeys(metrics))
        self.slots = slots
        every = dict.fromkeys(f for m in self.metrics for f in flags_of(m))
        self._flags = {f: bit for bit, f in enumerate(f for f in every if self._can_differ(f))}
        self._nodes: dict[Condition, Node] = {
            m.where: compile_condition(access, m.where) for m in self.metrics if m.where is not None
        }
        summed = (m.field for m in self.metrics if m.function in ("SUM", "AVG"))
        self._summed = list(dict.fromkeys(f for f in summed if f is not None))
        self._running: dict[FieldRef, Ints] = {}
        self._extremes = [m for m in self.metrics if m.function in ("MIN", "MAX")]
        self._lanes = lane_bits(slots << len(self._flags), access.data.rows)
        self._shift = len(self._flags) + self._lanes
        self.size = slots << self._shift
        threads = max(access.control.threads, 1)
        arrays = 2 + 2 * len(self._summed) + 2 * len(self._extremes)
        access.control.reserve(8 * self.size * arrays * threads, "group totals")
        self._totals: list[Totals | None] = [None] * threads

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
        totals = self._totals_of(worker)
        wanted = [f for f in self._flags if isinstance(f, FieldRef)] + self._summed
        wanted += [m.field for m in self._extremes if m.field is not None]
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
            counted |= self._sum(totals, name, values[name], places, wide, counted)
        if not counted:
            totals.counts += np.bincount(wide, minlength=self.size)
        for metric in self._extremes:
            self.access.control.check()
            assert metric.field is not None
            fits = None if metric.where is None else masks[metric.where]
            self._extreme(totals, metric, values[metric.field], places, ids, fits)

    def _mask(self, flag: Flag, values: dict[FieldRef, AnyColumn], rows: Rows) -> Bools:
        return present(values[flag]) if isinstance(flag, FieldRef) else self._nodes[flag].mask(rows)

    @property
    def takes_runs(self) -> bool:
        """Whether :meth:`add_runs` can add all that is wanted."""
        own = all(f.table == self.access.table and not f.multi for f in self._summed)
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
        totals = self._totals_of(worker)
        places = cells << self._shift
        totals.counts[places] += np.diff(starts, append=rows.stop - rows.start)
        for name in self._summed:
            if name in self._running:
                until = self._running[name]
                ends = np.append(starts[1:], rows.stop - rows.start) + rows.start
                self._add_at(totals.sums, name, until[ends] - until[starts + rows.start], places)
                continue
            found = self.access.values(name, rows)
            assert isinstance(found, NumberColumn)
            values = found.values
            if values.dtype == np.int64:
                self._add_at(totals.sums, name, np.add.reduceat(values & LOW, starts), places)
                self._add_at(totals.highs, name, np.add.reduceat(values >> 32, starts), places)
                continue
            if _is_narrow(values):  # reduceat makes 64-bit numbers itself, but under the lock
                wide = scratch("runs", np.int64, len(values))
                np.copyto(wide, values)
                values = wide
            self._add_at(totals.sums, name, np.add.reduceat(values, starts), places)

    def _add_at(self, into: dict[FieldRef, Any], name: FieldRef, sums: Array, at: Ints) -> None:
        if name not in into:
            into[name] = np.zeros(self.size, dtype=sums.dtype)
        into[name][at] += sums

    def _totals_of(self, worker: int) -> Totals:
        totals = self._totals[worker]
        if totals is None:
            totals = Totals(np.zeros(self.size, dtype=np.int64))
            self._totals[worker] = totals
        return totals

    def _keys(self, ids: Array, masks: dict[Flag, Bools]) -> Array:
        """Cell numbers with their flags and lanes."""
        if not self._shift:
            return ids
        kind = narrowest(self.size - 1)
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
        totals: Totals,
        name: FieldRef,
        found: AnyColumn,
        places: Ints | None,
        wide: Ints,
        counted: bool,
    ) -> bool:
        """Add a field's sums; says whether that counted the members, too."""
        if isinstance(found, ListColumn):
            entries, offsets = found.entries, found.offsets
            assert isinstance(entries, NumberColumn)
            sizes = np.diff(offsets)
            if entries.valid is not None:
                sizes = run_sums(entries.valid.view(np.int8), offsets)
            self._add(totals.sizes, name, _placed(sizes, places), wide)
            if entries.values.dtype == np.int64:
                low = run_sums(entries.values & LOW, offsets)
                high = run_sums(entries.values >> 32, offsets)
                self._add(totals.sums, name, _placed(low & LOW, places), wide)
                self._add(totals.highs, name, _placed(high + (low >> 32), places), wide)
            else:
                sums = run_sums(entries.values, offsets)
                self._add(totals.sums, name, _placed(sums, places), wide)
            return False
        assert isinstance(found, NumberColumn)
        values = _placed(found.values, places)
        if values.dtype == np.int64:
            self._add(totals.sums, name, values & LOW, wide)
            self._add(totals.highs, name, values >> 32, wide)
            return False
        if _is_narrow(values) and not counted:
            return self._count_and_sum(totals, name, values, wide)
        self._add(totals.sums, name, values, wide)
        return False

    def _add(self, into: dict[FieldRef, Any], name: FieldRef, values: Array, wide: Ints) -> None:
        """Add numbers to their cells; integers exactly, also where doubles would round."""
        whole = values.dtype.kind == "i"
        if name not in into:
            into[name] = np.zeros(self.size, dtype=np.int64 if whole else np.float64)
        if whole and values.dtype.itemsize == 8 and len(values):
            largest = max(-int(values.min()), int(values.max()))
            if largest * len(values) >= EXACT:
                np.add.at(into[name], wide, values)
                return
        weights = scratch("weights", np.float64, len(values))
        np.copyto(weights, values)
        added = np.bincount(wide, weights, minlength=self.size)
        into[name] += added.astype(np.int64) if whole else added

    def _count_and_sum(self, totals: Totals, name: FieldRef, values: Array, wide: Ints) -> bool:
        """Counts and sums in one scatter: every row adds its value and, above all sums of a block,
        one unit. A double holds both exactly while they share 52 bits."""
        column = self.access.column(name)
        assert isinstance(column, NumberColumn)
        low, reach, room = _packing(self.access, column)
        block = 1 << room
        alone = self.access.control.threads == 1
        least = 4 * self.size if alone else max(4 * self.size, min(_FEW_CALLS, len(values)))
        if block < least or len(values) < 4 * self.size:
            self._add(totals.sums, name, values, wide)
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
        totals.counts += counts
        sums = totals.sums.setdefault(name, np.zeros(self.size, dtype=np.int64))
        sums += whole.sum(axis=0) + counts * low
        return True

    def _extreme(
        self,
        totals: Totals,
        metric: Metric,
        found: AnyColumn,
        places: Ints | None,
        ids: Array,
        fits: Bools | None,
    ) -> None:
        largest = metric.function == "MAX"
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
        made, made_has = group_extremes(ids[has].astype(np.int64), values[has], self.slots, largest)
        known = totals.extremes.get(metric)
        totals.extremes[metric] = (
            (made, made_has) if known is None else merged_extremes(known, (made, made_has), largest)
        )

    # --- the end ----------------------------------------------------------------------------------

    @ADDING_INFINITIES
    def finish(self) -> Accumulated:
        """Join the threads' partial results."""
        totals = Totals(np.zeros(self.size, dtype=np.int64))
        for part in self._totals:
            if part is None:
                continue
            totals.counts += part.counts
            for name in ("sums", "highs", "sizes"):
                joined, own = getattr(totals, name), getattr(part, name)
                for wanted, values in own.items():
                    joined[wanted] = values + joined[wanted] if wanted in joined else values
            for metric, found in part.extremes.items():
                known = totals.extremes.get(metric)
                largest = metric.function == "MAX"
                totals.extremes[metric] = (
                    found if known is None else merged_extremes(known, found, largest)
                )
        return Accumulated(totals, self._flags, self.slots)


def _running_sums(column: NumberColumn) -> Callable[[], Arrays]:
    """The sums of all rows before each row, and of all."""

    def make() -> Arrays:
        until = np.zeros(len(column) + 1, dtype=np.int64)
        np.cumsum(column.values, dtype=np.int64, out=until[1:])
        return {"until": until}

    return make


def _placed(values: Array, places: Ints | None) -> Array:
    return values if places is None else gather(values, places)


def accumulators(access: Access, metrics: Sequence[Metric], slots: int) -> list[Accumulator]:
    """As few accumulators as keep the cells with flags of each few; one where there are no
    metrics, for the counts."""
    made: list[list[Metric]] = [[]]
    flags: set[Flag] = set()
    for metric in metrics:
        own = flags | set(flags_of(metric))
        if made[-1] and slots << len(own) > _MOST_FLAGGED and own != flags:
            made.append([])
            own = set(flags_of(metric))
        made[-1].append(metric)
        flags = own
    return [Accumulator(access, part, slots) for part in made]
