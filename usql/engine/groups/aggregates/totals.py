"""Totals per cell of a pass, read as columns of groups."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import field

import numpy as np

from usql.analysis.bound import Condition, FieldRef, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Bools, Ints, group_extremes, group_sums_exact
from usql.frozen import dataclass
from usql.store.columns import NumberColumn

LOW = 0xFFFFFFFF
"""The lower half of a 64-bit sum; the upper one is summed apart."""

ADDING_INFINITIES = np.errstate(over="ignore", invalid="ignore")
"""Data may hold infinities and numbers near them; their sums are nothing to warn of."""


class SumOverflow(Exception):
    """A SUM left 64 bits (LANGUAGE.md §8)."""


Flag = Condition | FieldRef
"""What a bit of the cell number says: a condition holds, or the row has a value of the field."""


def flags_of(metric: Metric) -> list[Flag]:
    """The flags that a row needs to count in a metric."""
    flags: list[Flag] = [] if metric.where is None else [metric.where]
    if metric.field is not None and (
        metric.function == "COUNT" or (metric.function == "AVG" and not metric.field.multi)
    ):
        flags.append(metric.field)
    return flags


@dataclass(eq=False)
class Totals:
    """Partial results by cell number with flags and lanes; ``highs`` are sums in units of 2**32,
    ``sizes`` count the values of several-valued fields. Extremes go by cell alone."""

    counts: Ints
    sums: dict[FieldRef, Array] = field(default_factory=dict)
    highs: dict[FieldRef, Ints] = field(default_factory=dict)
    sizes: dict[FieldRef, Ints] = field(default_factory=dict)
    extremes: dict[Metric, tuple[Array, Bools]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Accumulated:
    """The totals of a pass, ready to be read as columns."""

    _totals: Totals
    _flags: dict[Flag, int]
    _slots: int

    @staticmethod
    def of_counts(counts: Ints) -> Accumulated:
        """Nothing but members per cell."""
        return Accumulated(Totals(counts), {}, len(counts))

    @property
    def counts(self) -> Ints:
        """Members per cell."""
        return self._with(self._totals.counts, ())

    def values(self, field: FieldRef) -> Ints | None:
        """The values that a field with several a row has per cell; ``None`` of others, that have as
        many as rows with one."""
        sizes = self._totals.sizes.get(field)
        return None if sizes is None else self._with(sizes, ())

    def column(self, metric: Metric, cells: Ints, groups: Ints, count: int) -> NumberColumn:
        """A metric of ``count`` groups; cell ``cells[i]`` is of group ``groups[i]``.

        Raises :class:`SumOverflow`.
        """
        name = metric.field
        if name is None or metric.function == "COUNT":
            counts = self._with(self._totals.counts, flags_of(metric))
            return NumberColumn(FieldType.LONG, by_group(counts[cells], groups, count), None)
        if metric.function in ("MIN", "MAX"):
            return self._extreme(metric, cells, groups, count)
        return self._sum(metric, name, cells, groups, count)

    @ADDING_INFINITIES
    def _sum(
        self, metric: Metric, name: FieldRef, cells: Ints, groups: Ints, count: int
    ) -> NumberColumn:
        """A sum or an average."""

        def read(array: Array, flags: Sequence[Flag]) -> Array:
            return by_group(self._with(array, flags)[cells], groups, count)

        where = [] if metric.where is None else [metric.where]
        kind = np.float64 if name.type is FieldType.DOUBLE else np.int64
        nothing = np.zeros(self._totals.counts.shape, dtype=kind)
        sums = read(self._totals.sums.get(name, nothing), where)
        highs = read(self._totals.highs[name], where) if name in self._totals.highs else None
        if metric.function == "SUM":
            return _total(name, sums, highs)
        sizes = self._totals.sizes.get(name)
        sizes = read(self._totals.counts, flags_of(metric)) if sizes is None else read(sizes, where)
        if highs is not None:  # doubles hold both halves exactly when the lower one is small
            highs, sums = highs + (sums >> 32), sums & LOW
        total = sums.astype(np.float64)
        if highs is not None:
            total += highs.astype(np.float64) * 2.0**32
        averages = np.divide(total, sizes, out=np.zeros(count), where=sizes > 0)
        return NumberColumn(FieldType.DOUBLE, averages, sizes > 0)

    def _with(self, array: Array, flags: Sequence[Flag]) -> Array:
        """Totals per cell over the rows that have all the flags."""
        if len(array) == self._slots:
            return array
        wanted = sum(1 << self._flags[f] for f in flags if f in self._flags)
        by_flags = array.reshape(self._slots, -1)
        chosen = _having(wanted, len(self._flags), by_flags.shape[1] >> len(self._flags))
        if array.dtype.kind == "f":  # infinities of other flags are no part of a product
            return by_flags.compress(chosen, axis=1).sum(axis=1)
        return by_flags @ chosen

    def _extreme(self, metric: Metric, cells: Ints, groups: Ints, count: int) -> NumberColumn:
        assert metric.field is not None
        kind = np.float64 if metric.field.type is FieldType.DOUBLE else np.int64
        known = self._totals.extremes.get(metric)
        if known is None:
            return NumberColumn(metric.field.type, np.zeros(count, kind), np.zeros(count, np.bool_))
        values, has = (array[cells] for array in known)
        made, found = group_extremes(groups[has], values[has], count, metric.function == "MAX")
        return NumberColumn(metric.field.type, made, found)


@functools.lru_cache(256)
def _having(wanted: int, flags: int, lanes: int) -> Ints:
    """1 for the numbers of so many flags and lanes that have all the wanted bits, else 0."""
    having = np.array([number & wanted == wanted for number in range(1 << flags)], dtype=np.int64)
    return np.repeat(having, lanes)


def by_group(own: Array, groups: Ints, count: int) -> Array:
    """Totals of cells, of which ``groups`` tells the group, as totals of groups."""
    if len(own) == count:
        made = np.empty(count, dtype=own.dtype)
        made[groups] = own
        return made
    if own.dtype.kind == "i":
        return group_sums_exact(groups, own, count)
    return np.bincount(groups, own, minlength=count)


def _total(name: FieldRef, sums: Array, highs: Ints | None) -> NumberColumn:
    if sums.dtype.kind == "f":
        return NumberColumn(FieldType.DOUBLE, sums, None)
    if highs is not None:
        highs = highs + (sums >> 32)
        if len(highs) and not (highs.min() >= -(2**31) and highs.max() < 2**31):
            raise SumOverflow(f"SUM({name.text}) is larger than 64 bits hold")
        sums = (highs << 32) + (sums & LOW)
    return NumberColumn(FieldType.LONG, sums, None)
