"""Totals by cell, read by group."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from usql.analysis.bound import Condition, FieldRef
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.groups.aggregates.state import (
    ADDING_INFINITIES,
    ROWS,
    Kind,
    State,
    StateColumn,
    fold,
)
from usql.frozen import dataclass


class Totals(Protocol):
    """What is known of each cell."""

    @property
    def columns(self) -> Collection[StateColumn]:
        """What can be read."""

    def read(self, column: StateColumn) -> Array:
        """A column by cell."""


def state_of_groups(totals: Sequence[Totals], cells: Ints, groups: Ints, count: int) -> State:
    """The state of ``count`` groups, of what some totals know; cell ``cells[i]`` is of group
    ``groups[i]``."""

    @ADDING_INFINITIES
    def read(column: StateColumn) -> Array:
        own = next(t for t in totals if column in t.columns).read(column)[cells]
        if len(own) != count:
            return fold([column], [(groups, lambda _: own)], count)[column]
        made = np.empty(count, dtype=own.dtype)
        made[groups] = own
        return made

    return State(count, read)


Flag = Condition | FieldRef
"""What a bit of the cell number says: a condition holds, or the row has a value of the field."""


def flags_of(column: StateColumn) -> list[Flag]:
    """The flags of the rows that a column counts or adds up; extremes leave others out before."""
    if column.kind in (Kind.LEAST, Kind.GREATEST, Kind.HAS):
        return []
    flags: list[Flag] = [] if column.where is None else [column.where]
    field = column.field
    if field is not None and (
        column.kind is Kind.ROWS or (column.kind is Kind.VALUES and not field.multi)
    ):
        flags.append(field)
    return flags


@dataclass(frozen=True, eq=False)
class Accumulated:
    """The totals of a pass (:class:`Totals`). It added up the count of rows, and sums and numbers of
    values, without their conditions, by cell number with flags and lanes; extremes by cell."""

    columns: frozenset[StateColumn]
    _added: Mapping[StateColumn, Array]
    _flags: Mapping[Flag, int]
    _slots: int

    @staticmethod
    def of_counts(counts: Ints) -> Accumulated:
        """Nothing but members per cell."""
        return Accumulated(frozenset((ROWS,)), {ROWS: counts}, {}, len(counts))

    @property
    def counts(self) -> Ints:
        """Members per cell."""
        return self.read(ROWS)

    @ADDING_INFINITIES
    def read(self, column: StateColumn) -> Array:
        """See :class:`Totals`."""
        known = self._added.get(column)
        if known is not None and len(known) == self._slots:
            return known
        bare = _as_added(column)
        if column.kind is Kind.HIGH and bare not in self._added:  # the sum was added up in one part
            return np.zeros(self._slots, dtype=np.int64)
        return self._with(self._added[bare], flags_of(column))

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


def _as_added(column: StateColumn) -> StateColumn:
    """What a pass adds up for a column that it counts or sums."""
    is_count = column.kind is Kind.ROWS or (
        column.kind is Kind.VALUES and column.field is not None and not column.field.multi
    )
    return ROWS if is_count else StateColumn(column.kind, column.field)


@functools.lru_cache(256)
def _having(wanted: int, flags: int, lanes: int) -> Ints:
    """1 for the numbers of so many flags and lanes that have all the wanted bits, else 0."""
    having = np.array([number & wanted == wanted for number in range(1 << flags)], dtype=np.int64)
    return np.repeat(having, lanes)
