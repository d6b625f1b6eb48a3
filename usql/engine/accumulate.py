"""Counts, sums and extremes per cell, added up morsel by morsel with partial results per thread.

A *cell* is a number for a combination of key values; groups are the cells that occur. Flags (the
conditions of metrics, and which rows have a value) are further bits of the cell number, so that one
count answers for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from usql.analysis.bound import Condition, FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.access import Access
from usql.engine.conditions import Node, compile_condition
from usql.engine.indexes import Arrays
from usql.engine.kernels import (
    Array,
    Bools,
    Ints,
    any_in_run,
    gather,
    group_extremes,
    lane_bits,
    lane_numbers,
    narrowest,
    run_extremes,
    run_sums,
    scratch,
)
from usql.engine.predicates import Rows
from usql.engine.vectors import NestedProperties, Vector, present
from usql.store.columns import ListColumn, NumberColumn

_MOST_FLAGGED = 1 << 16
"""Cells with flags that one count should have; above it metrics are counted apart."""

_LOW = 0xFFFFFFFF
_EXACT = 2**53
"""Doubles hold every integer below it."""


class SumOverflow(Exception):
    """A SUM left 64 bits (LANGUAGE.md §8)."""


def is_additive(metric: Metric) -> bool:
    """Whether a metric can be added up morsel by morsel."""
    return metric.function not in ("DISTINCT", "PERCENTILE")


Flag = Condition | FieldRef
"""What a bit of the cell number says: a condition holds, or the row has a value of the field."""


def _flags(metric: Metric) -> list[Flag]:
    flags: list[Flag] = [] if metric.where is None else [metric.where]
    if metric.field is not None and (
        metric.function == "COUNT" or (metric.function == "AVG" and not metric.field.multi)
    ):
        flags.append(metric.field)
    return flags


@dataclass(eq=False)
class _Totals:
    """Partial results by cell number with flags and lanes; ``highs`` are sums in units of 2**32,
    ``sizes`` count the values of several-valued fields. Extremes go by cell alone."""

    counts: Ints
    sums: dict[FieldRef, Array] = field(default_factory=dict)
    highs: dict[FieldRef, Ints] = field(default_factory=dict)
    sizes: dict[FieldRef, Ints] = field(default_factory=dict)
    extremes: dict[Metric, tuple[Array, Bools]] = field(default_factory=dict)


class Accumulator:
    """Metrics that share a pass and a count. ``slots`` is one more than the largest cell number,
    those of rows that are not to count among them."""

    def __init__(self, access: Access, metrics: Sequence[Metric], slots: int) -> None:
        self.access = access
        self.metrics = tuple(dict.fromkeys(metrics))
        self.slots = slots
        every = dict.fromkeys(f for m in self.metrics for f in _flags(m))
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
        self._totals: list[_Totals | None] = [None] * threads

    def _can_differ(self, flag: Flag) -> bool:
        """Whether rows can differ in a flag: not where a column has a value in every row."""
        if not isinstance(flag, FieldRef) or flag.multi:
            return True
        column = self.access.column(flag)
        return not (isinstance(column, NumberColumn) and column.valid is None)

    # --- a morsel ---------------------------------------------------------------------------------

    def add(self, worker: int, rows: Rows, places: Ints | None, ids: Array) -> None:
        """Add the members of a morsel: member i is row ``places[i]`` of ``rows`` (row i without
        places) and counts in cell ``ids[i]`` (unsigned)."""
        totals = self._totals_of(worker)
        wanted = [f for f in self._flags if isinstance(f, FieldRef)] + self._summed
        wanted += [m.field for m in self._extremes if m.field is not None]
        values = {f: self.access.values(f, rows) for f in dict.fromkeys(wanted)}
        masks: dict[Flag, Bools] = {}
        for flag in dict.fromkeys([*self._flags, *self._nodes]):
            mask = self._mask(flag, values, rows)
            masks[flag] = _placed(mask, places)
        wide = scratch("wide", np.intp, len(ids))
        np.copyto(wide, self._keys(ids, masks), casting="unsafe")
        counted = False
        for name in self._summed:
            counted |= self._sum(totals, name, values[name], places, wide, counted)
        if not counted:
            totals.counts += np.bincount(wide, minlength=self.size)
        for metric in self._extremes:
            assert metric.field is not None
            fits = None if metric.where is None else masks[metric.where]
            self._extreme(totals, metric, values[metric.field], places, ids, fits)

    def _mask(self, flag: Flag, values: dict[FieldRef, Vector], rows: Rows) -> Bools:
        return row_has(values[flag]) if isinstance(flag, FieldRef) else self._nodes[flag].mask(rows)

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
            if column.values.dtype.kind == "i" and column.values.dtype.itemsize < 8:
                sums = self.access.index(f"running sums of {name.text}", _running_sums(column))
                if sums:
                    self._running[name] = sums["until"]

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
            if found.values.dtype == np.int64:
                self._add_at(
                    totals.sums, name, np.add.reduceat(found.values & _LOW, starts), places
                )
                self._add_at(
                    totals.highs, name, np.add.reduceat(found.values >> 32, starts), places
                )
            else:
                self._add_at(totals.sums, name, np.add.reduceat(found.values, starts), places)

    def _add_at(self, into: dict[FieldRef, Any], name: FieldRef, sums: Array, at: Ints) -> None:
        if name not in into:
            into[name] = np.zeros(self.size, dtype=sums.dtype)
        into[name][at] += sums

    def _totals_of(self, worker: int) -> _Totals:
        totals = self._totals[worker]
        if totals is None:
            totals = _Totals(np.zeros(self.size, dtype=np.int64))
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
        totals: _Totals,
        name: FieldRef,
        found: Vector,
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
                low = run_sums(entries.values & _LOW, offsets)
                high = run_sums(entries.values >> 32, offsets)
                self._add(totals.sums, name, _placed(low & _LOW, places), wide)
                self._add(totals.highs, name, _placed(high + (low >> 32), places), wide)
            else:
                sums = run_sums(entries.values, offsets)
                self._add(totals.sums, name, _placed(sums, places), wide)
            return False
        assert isinstance(found, NumberColumn)
        values = _placed(found.values, places)
        if values.dtype == np.int64:
            self._add(totals.sums, name, values & _LOW, wide)
            self._add(totals.highs, name, values >> 32, wide)
            return False
        if values.dtype.kind == "i" and not counted:
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
            if largest * len(values) >= _EXACT:
                np.add.at(into[name], wide, values)
                return
        weights = scratch("weights", np.float64, len(values))
        np.copyto(weights, values)
        added = np.bincount(wide, weights, minlength=self.size)
        into[name] += added.astype(np.int64) if whole else added

    def _count_and_sum(self, totals: _Totals, name: FieldRef, values: Array, wide: Ints) -> bool:
        """Counts and sums in one scatter: every row adds its value and, above all sums of a block,
        one unit. A double holds both exactly while they share 52 bits."""
        column = self.access.column(name)
        assert isinstance(column, NumberColumn)
        low, high = self.access.derived.whole_span(column)
        low, high = min(low, 0), max(high, 0)  # a missing value is 0
        reach = (high - low).bit_length()
        room = (52 - reach) // 2
        block = 1 << room
        if block < 4 * self.size or len(values) < 4 * self.size:
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
        totals: _Totals,
        metric: Metric,
        found: Vector,
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

    def finish(self) -> Accumulated:
        """Join the threads' partial results."""
        totals = _Totals(np.zeros(self.size, dtype=np.int64))
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


@dataclass(frozen=True, eq=False)
class Accumulated:
    """The totals of a pass, ready to be read as columns."""

    _totals: _Totals
    _flags: dict[Flag, int]
    _slots: int

    @staticmethod
    def of_counts(counts: Ints) -> Accumulated:
        """Nothing but members per cell."""
        return Accumulated(_Totals(counts), {}, len(counts))

    @property
    def counts(self) -> Ints:
        """Members per cell."""
        return self._with(self._totals.counts, ())

    def column(self, metric: Metric, cells: Ints, groups: Ints, count: int) -> NumberColumn:
        """A metric of ``count`` groups; cell ``cells[i]`` is of group ``groups[i]``.

        Raises :class:`SumOverflow`.
        """

        def read(array: Array, flags: Sequence[Flag]) -> Array:
            own = self._with(array, flags)[cells]
            if len(cells) == count:
                made = np.empty(count, dtype=own.dtype)
                made[groups] = own
                return made
            joined = np.zeros(count, dtype=own.dtype)
            np.add.at(joined, groups, own)
            return joined

        flags = _flags(metric)
        name = metric.field
        if name is None or metric.function == "COUNT":
            return NumberColumn(FieldType.LONG, read(self._totals.counts, flags), None)
        if metric.function in ("MIN", "MAX"):
            return self._extreme(metric, cells, groups, count)
        where = [] if metric.where is None else [metric.where]
        kind = np.float64 if name.type is FieldType.DOUBLE else np.int64
        nothing = np.zeros(self._totals.counts.shape, dtype=kind)
        sums = read(self._totals.sums.get(name, nothing), where)
        highs = read(self._totals.highs[name], where) if name in self._totals.highs else None
        if metric.function == "SUM":
            return _total(name, sums, highs)
        sizes = self._totals.sizes.get(name)
        sizes = read(self._totals.counts, flags) if sizes is None else read(sizes, where)
        total = sums.astype(np.float64)
        if highs is not None:
            total += highs.astype(np.float64) * 2.0**32
        averages = np.divide(total, sizes, out=np.zeros(count), where=sizes > 0)
        return NumberColumn(FieldType.DOUBLE, averages, sizes > 0)

    def _with(self, array: Array, flags: Sequence[Flag]) -> Array:
        """Totals per cell over the rows that have all the flags."""
        if len(array) == self._slots:
            return array
        bits = [1 << self._flags[f] for f in flags if f in self._flags]
        by_flags = array.reshape(self._slots, -1)
        lanes = by_flags.shape[1] >> len(self._flags)
        numbers = range(1 << len(self._flags))
        chosen = np.repeat([all(c & b for b in bits) for c in numbers], lanes)
        if array.dtype.kind == "f":  # infinities of other flags are no part of a product
            return by_flags.compress(chosen, axis=1).sum(axis=1)
        return by_flags @ chosen.astype(np.int64)

    def _extreme(self, metric: Metric, cells: Ints, groups: Ints, count: int) -> NumberColumn:
        assert metric.field is not None
        kind = np.float64 if metric.field.type is FieldType.DOUBLE else np.int64
        known = self._totals.extremes.get(metric)
        if known is None:
            return NumberColumn(metric.field.type, np.zeros(count, kind), np.zeros(count, np.bool_))
        values, has = (array[cells] for array in known)
        made, found = group_extremes(groups[has], values[has], count, metric.function == "MAX")
        return NumberColumn(metric.field.type, made, found)


def _total(name: FieldRef, sums: Array, highs: Ints | None) -> NumberColumn:
    if sums.dtype.kind == "f":
        return NumberColumn(FieldType.DOUBLE, sums, None)
    if highs is not None:
        highs = highs + (sums >> 32)
        if len(highs) and not (highs.min() >= -(2**31) and highs.max() < 2**31):
            raise SumOverflow(f"SUM({name.text}) is larger than 64 bits hold")
        sums = (highs << 32) + (sums & _LOW)
    return NumberColumn(FieldType.LONG, sums, None)


def merged_extremes(
    a: tuple[Array, Bools], b: tuple[Array, Bools], largest: bool
) -> tuple[Array, Bools]:
    """The extremes of two parts, each with which groups have one."""
    better = np.maximum(a[0], b[0]) if largest else np.minimum(a[0], b[0])
    values = np.where(a[1] & b[1], better, np.where(a[1], a[0], b[0]))
    return values, a[1] | b[1]


def _placed(values: Array, places: Ints | None) -> Array:
    return values if places is None else gather(values, places)


def row_has(found: Vector) -> Bools:
    """Per row, whether the field has a value in it."""
    if isinstance(found, NestedProperties):
        return any_in_run(present(found.lists), found.offsets)
    return present(found)


def accumulators(access: Access, metrics: Sequence[Metric], slots: int) -> list[Accumulator]:
    """As few accumulators as keep the cells with flags of each few; one where there are no
    metrics, for the counts."""
    made: list[list[Metric]] = [[]]
    flags: set[Flag] = set()
    for metric in metrics:
        own = flags | set(_flags(metric))
        if made[-1] and slots << len(own) > _MOST_FLAGGED and own != flags:
            made.append([])
            own = set(_flags(metric))
        made[-1].append(metric)
        flags = own
    return [Accumulator(access, part, slots) for part in made]
