"""Aggregate states by group slot, read by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def flags_of(column: StateColumn) -> tuple[Flag, ...]:
    """The flags of the rows that a column counts or adds up; for extremes, other rows are excluded
    earlier."""
    kind, field = column.kind, column.field
    if kind in _EXTREMES:
        return ()
    of_field = kind is Kind.ROWS or (kind is Kind.VALUES and field is not None and not field.multi)
    return tuple(f for f in (column.where, field if of_field else None) if f is not None)


_EXTREMES = frozenset({Kind.LEAST, Kind.GREATEST, Kind.HAS})


Reads = Mapping[StateColumn, tuple[StateColumn, Ints | None]]
"""For each column that can be read, the one that is added up for it, and which numbers of flags count,
each as 1 or 0; ``None`` for one that is by slot."""


def reads_of(columns: Iterable[StateColumn], flags: Mapping[Flag, int]) -> Reads:
    """How columns are read from what a pass adds up, where each flag is this bit of the slot
    number."""

    def counting(column: StateColumn) -> Ints | None:
        if not flags or column.kind in _EXTREMES:
            return None
        mask = sum(1 << flags[flag] for flag in flags_of(column) if flag in flags)
        return np.array([n & mask == mask for n in range(1 << len(flags))], dtype=np.int64)

    return {column: (_as_added(column), counting(column)) for column in columns}


_ONLY_ROWS: Reads = {ROWS: (ROWS, None)}


@dataclass(frozen=True, eq=False)
class Accumulated:
    """The totals of a pass (:class:`SlotStates`): counts of rows, and sums and numbers of values
    without their conditions, by slot number with flags; extremes by slot."""

    _reads: Reads
    _added: Mapping[StateColumn, Array]
    _capacity: int

    @staticmethod
    def of_counts(counts: Ints) -> Accumulated:
        """Only the number of pairs per slot."""
        return Accumulated(_ONLY_ROWS, {ROWS: counts}, len(counts))

    @property
    def columns(self) -> frozenset[StateColumn]:
        """The columns that can be read."""
        return frozenset(self._reads)

    @property
    def counts(self) -> Ints:
        """The number of pairs per slot."""
        counts = self.read(ROWS)
        return ROWS.empty(self._capacity) if counts is None else counts

    def read(self, column: StateColumn) -> Array | None:
        """A column of the state, ``None`` if nothing was added to it; ``KeyError`` for other
        columns."""
        of, counting = self._reads[column]
        added = self._added.get(of)
        if added is None or counting is None:
            return added
        by_flags = added.reshape(self._capacity, -1)
        if added.dtype.kind != "f":
            return by_flags @ counting
        with np.errstate(invalid="ignore", over="ignore"):
            # Infinities of rows with other flags must not be multiplied.
            return by_flags.compress(counting, axis=1).sum(axis=1)


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
