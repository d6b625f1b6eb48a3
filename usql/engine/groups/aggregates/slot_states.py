"""Aggregate states by group slot, read by group."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from usql.analysis.bound import Condition, FieldRef
from usql.engine.arrays.types import Array, Ints
from usql.engine.groups.aggregates.state import (
    ROWS,
    Kind,
    State,
    StateColumn,
    fold,
    state_column,
)
from usql.frozen import dataclass


class SlotStates(Protocol):
    """The known states of each slot."""

    @property
    def columns(self) -> frozenset[StateColumn]:
        """The columns that can be read."""

    def read(self, column: StateColumn) -> Array | None:
        """A column by slot; ``None`` if no row adds anything to it."""


def know(slot_states: Sequence[SlotStates], columns: Sequence[StateColumn]) -> bool:
    """Whether one of the states has all of these columns."""
    if len(slot_states) == 1:
        return slot_states[0].columns.issuperset(columns)
    return all(any(column in states.columns for states in slot_states) for column in columns)


def state_of_groups(
    slot_states: Sequence[SlotStates], slots: Ints, groups: Ints, count: int
) -> State:
    """The state of ``count`` groups, from states by slot; slot ``slots[i]`` belongs to group
    ``groups[i]``."""
    is_one_each = len(slots) == count
    if is_one_each:
        slots = in_order_of(groups, slots)

    def find(column: StateColumn) -> Array | None:
        of = (
            slot_states[0]
            if len(slot_states) == 1
            else next(t for t in slot_states if column in t.columns)
        )
        by_slot = of.read(column)
        if by_slot is None:
            return None
        values = by_slot[slots]
        if is_one_each:
            return values
        return fold([column], [(groups, lambda _: values)], count)[column]

    return State(count, find)


def in_order_of(groups: Ints, slots: Ints) -> Ints:
    """The slot of each group, given that slot ``slots[i]`` is that of group ``groups[i]``."""
    ordered = np.empty(len(slots), dtype=np.int64)
    ordered[groups] = slots
    return ordered


Flag = Condition | FieldRef
"""The meaning of a bit of the slot number: a condition holds, or the row has a value of the field."""


_MOST_CACHED = 256
"""The number of columns for which results are cached."""


@functools.lru_cache(_MOST_CACHED)
def flags_of(column: StateColumn) -> tuple[Flag, ...]:
    """The flags of the rows that a column counts or adds up; for extremes, other rows are excluded
    earlier."""
    kind, field = column.kind, column.field
    if kind in _EXTREMES:
        return ()
    of_field = kind is Kind.ROWS or (kind is Kind.VALUES and field is not None and not field.multi)
    return tuple(f for f in (column.where, field if of_field else None) if f is not None)


_EXTREMES = frozenset({Kind.LEAST, Kind.GREATEST, Kind.HAS})


@dataclass(frozen=True, eq=False)
class Accumulated:
    """The totals of a pass (:class:`SlotStates`): counts of rows, and sums and numbers of values
    without their conditions, by slot number with flags; extremes by slot."""

    columns: frozenset[StateColumn]
    _added: Mapping[StateColumn, Array]
    _flags: Mapping[Flag, int]
    _capacity: int

    @staticmethod
    def of_counts(counts: Ints) -> Accumulated:
        """Only the number of pairs per slot."""
        return Accumulated(frozenset((ROWS,)), {ROWS: counts}, {}, len(counts))

    @property
    def counts(self) -> Ints:
        """The number of pairs per slot."""
        added = self._added.get(ROWS)
        return ROWS.empty(self._capacity) if added is None else self._with(added, ())

    def read(self, column: StateColumn) -> Array | None:
        """A column of the state, ``None`` if nothing was added to it; ``KeyError`` for other
        columns."""
        if column not in self.columns:
            raise KeyError(column)
        added = self._added.get(_as_added(column))
        return None if added is None else self._with(added, flags_of(column))

    def _with(self, array: Array, flags: Sequence[Flag]) -> Array:
        """Totals per slot over the rows that have all the flags."""
        if len(array) == self._capacity:
            return array
        mask = sum(1 << self._flags[f] for f in flags if f in self._flags)
        by_flags = array.reshape(self._capacity, -1)
        chosen = _having(mask, len(self._flags))
        if array.dtype.kind != "f":
            return by_flags @ chosen
        with np.errstate(invalid="ignore", over="ignore"):
            # Infinities of rows with other flags must not be multiplied.
            return by_flags.compress(chosen, axis=1).sum(axis=1)


@functools.lru_cache(_MOST_CACHED)
def _as_added(column: StateColumn) -> StateColumn:
    """The column that a pass adds up for a column: counts and sums without their condition."""
    match column.kind:
        case Kind.ROWS:
            return ROWS
        case Kind.VALUES if column.field is not None and not column.field.multi:
            return ROWS
        case Kind.LEAST | Kind.GREATEST | Kind.HAS:
            return column
    return column if column.where is None else state_column(column.kind, column.field)


@functools.lru_cache(256)
def _having(mask: int, flags: int) -> Ints:
    """1 for the numbers of ``flags`` flags that have all the mask's bits, else 0."""
    return np.array([number & mask == mask for number in range(1 << flags)], dtype=np.int64)
