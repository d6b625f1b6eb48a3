"""Totals by cell, read by group."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from usql.analysis.bound import Condition, FieldRef
from usql.engine.arrays.kernels import Array, Ints
from usql.engine.groups.aggregates.state import (
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
    def columns(self) -> frozenset[StateColumn]:
        """What can be read."""

    def read(self, column: StateColumn) -> Array | None:
        """A column by cell; ``None`` where no row adds anything to it."""


def know(totals: Sequence[Totals], columns: Sequence[StateColumn]) -> bool:
    """Whether some totals have these columns."""
    if len(totals) == 1:
        return totals[0].columns.issuperset(columns)
    return all(any(column in own.columns for own in totals) for column in columns)


def state_of_groups(totals: Sequence[Totals], cells: Ints, groups: Ints, count: int) -> State:
    """The state of ``count`` groups, of what some totals know; cell ``cells[i]`` is of group
    ``groups[i]``."""

    def find(column: StateColumn) -> Array | None:
        of = totals[0] if len(totals) == 1 else next(t for t in totals if column in t.columns)
        known = of.read(column)
        if known is None:
            return None
        own = known[cells]
        if len(own) != count:
            return fold([column], [(groups, lambda _: own)], count)[column]
        made = np.empty(count, dtype=own.dtype)
        made[groups] = own
        return made

    return State(count, find)


Flag = Condition | FieldRef
"""What a bit of the cell number says: a condition holds, or the row has a value of the field."""


def flags_of(column: StateColumn) -> list[Flag]:
    """The flags of the rows that a column counts or adds up; extremes leave others out before."""
    kind, field = column.kind, column.field
    if kind in _EXTREMES:
        return []
    flags: list[Flag] = [] if column.where is None else [column.where]
    if field is not None and (kind is Kind.ROWS or (kind is Kind.VALUES and not field.multi)):
        flags.append(field)
    return flags


_EXTREMES = frozenset({Kind.LEAST, Kind.GREATEST, Kind.HAS})


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
        added = self._added.get(ROWS)
        return ROWS.empty(self._slots) if added is None else self._with(added, ())

    def read(self, column: StateColumn) -> Array | None:
        """A column of the state, ``None`` where nothing was added to it; ``KeyError`` of others."""
        if column not in self.columns:
            raise KeyError(column)
        added = self._added.get(_as_added(column))
        return None if added is None else self._with(added, flags_of(column))

    def _with(self, array: Array, flags: Sequence[Flag]) -> Array:
        """Totals per cell over the rows that have all the flags."""
        if len(array) == self._slots:
            return array
        wanted = sum(1 << self._flags[f] for f in flags if f in self._flags)
        by_flags = array.reshape(self._slots, -1)
        chosen = _having(wanted, len(self._flags), by_flags.shape[1] >> len(self._flags))
        if array.dtype.kind != "f":
            return by_flags @ chosen
        with np.errstate(invalid="ignore", over="ignore"):
            # Infinities of other flags are no part of a product.
            return by_flags.compress(chosen, axis=1).sum(axis=1)


def _as_added(column: StateColumn) -> StateColumn:
    """What a pass adds up for a column: counts and sums without their condition."""
    match column.kind:
        case Kind.ROWS:
            return ROWS
        case Kind.VALUES if column.field is not None and not column.field.multi:
            return ROWS
        case Kind.LEAST | Kind.GREATEST | Kind.HAS:
            return column
    return column if column.where is None else StateColumn(column.kind, column.field)


@functools.lru_cache(256)
def _having(wanted: int, flags: int, lanes: int) -> Ints:
    """1 for the numbers of so many flags and lanes that have all the wanted bits, else 0."""
    having = np.array([number & wanted == wanted for number in range(1 << flags)], dtype=np.int64)
    return np.repeat(having, lanes)
