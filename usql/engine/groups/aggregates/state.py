"""States of groups: their columns, and how states are merged.

A state is one of two kinds of relation. A *total* has one row per group. *Value pairs* have one row
per group and value in it, ascending by both. In both cases the columns say what they hold
(:class:`Kind`), and this alone determines how two states merge: in the same way for threads, which
share the numbers of groups, and for parts of the data, whose groups have common keys but no common
numbers.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from usql.analysis.bound import Condition, FieldRef
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array, Ints
from usql.frozen import Keyed, dataclass
from usql.store.columns import Column

LOW = 0xFFFFFFFF
"""The lower half of a 64-bit sum; the upper one is summed apart."""

ADDING_INFINITIES = np.errstate(over="ignore", invalid="ignore")
"""Data may hold infinities and numbers near them; their sums are nothing to warn of."""


class Merge(enum.Enum):
    """How two values of a state's column are merged."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"

    __hash__ = object.__hash__  # members are single; Enum's own hash is slower

    @property
    def ufunc(self) -> np.ufunc:
        """The operation on arrays."""
        return _UFUNCS[self]


_UFUNCS = {Merge.SUM: np.add, Merge.MIN: np.minimum, Merge.MAX: np.maximum}


class Kind(enum.Enum):
    """What a column of a state holds about the rows of a group that meet a condition."""

    ROWS = "rows"
    """How many they are; with a field, how many have a value of it."""
    VALUES = "values"
    """How many values of the field they have."""
    SUM = "sum"
    """The sum of these values; of whole numbers without what stands in HIGH."""
    HIGH = "high"
    """The rest of a sum of whole numbers, in units of 2**32: only a total may leave 64 bits."""
    HAS = "has"
    """Whether they have a value."""
    LEAST = "least"
    GREATEST = "greatest"
    """The smallest and the largest value, where there is one."""
    WEIGHT = "weight"
    """Of a value pair: how often the value occurs."""
    EARLIEST = "earliest"
    """Of a value pair: the earliest rounded time behind a text, in milliseconds."""

    __hash__ = object.__hash__  # members are single; Enum's own hash is slower

    @property
    def merge(self) -> Merge:
        """How two states merge."""
        return _MERGES.get(self, Merge.SUM)


_MERGES = {
    Kind.LEAST: Merge.MIN,
    Kind.EARLIEST: Merge.MIN,
    Kind.GREATEST: Merge.MAX,
    Kind.HAS: Merge.MAX,
}


_OF_VALUES = frozenset({Kind.SUM, Kind.LEAST, Kind.GREATEST})
"""Kinds that are of the type of the values."""


@dataclass(frozen=True, slots=True)
class StateColumn(Keyed):
    """A column of a state: a kind of number about a field's values in the rows that match
    ``where``."""

    kind: Kind
    field: FieldRef | None = None
    where: Condition | None = None

    @property
    def type(self) -> type[np.generic]:
        """The type of its numbers."""
        kind, field = self.kind, self.field
        if kind is Kind.HAS:
            return np.bool_
        is_real = field is not None and field.type is FieldType.DOUBLE
        return np.float64 if is_real and kind in _OF_VALUES else np.int64

    def empty(self, count: int) -> Array:
        """The column for ``count`` groups to which no row was added."""
        kind, merge = self.type, _MERGES.get(self.kind)
        if merge is None:  # a sum
            return np.zeros(count, dtype=kind)
        return np.full(count, _nothing(merge, kind), dtype=kind)


@functools.lru_cache(1024)
def state_column(
    kind: Kind, field: FieldRef | None = None, where: Condition | None = None
) -> StateColumn:
    """A column of a state; always the same object, whose hash is cached."""
    return StateColumn(kind, field, where)


ROWS = state_column(Kind.ROWS, None, None)  # as aggregates ask for it


def _nothing(merge: Merge, kind: type[np.generic]) -> int | float | bool:
    """The neutral element of a merge."""
    if issubclass(kind, np.bool_):
        return merge is Merge.MIN
    if issubclass(kind, np.floating):
        return np.inf if merge is Merge.MIN else -np.inf
    limits = np.iinfo(np.int64)
    return limits.max if merge is Merge.MIN else limits.min


Find = Callable[[StateColumn], Array | None]
"""Gives a column of a state, ``None`` where no row adds anything to it."""


@dataclass(frozen=True, eq=False)
class State:
    """The state of ``count`` groups. The columns of a total have one number per group; those of
    value pairs have one per pair, which belongs to group ``groups[i]`` and has the value
    ``values[i]``."""

    count: int
    find: Find
    groups: Ints | None = None
    values: Column | None = None

    def read(self, column: StateColumn) -> Array:
        """A column."""
        values = self.find(column)
        return column.empty(self.count) if values is None else values

    @property
    def pairs(self) -> tuple[Ints, Column]:
        """The groups and values of value pairs."""
        assert self.groups is not None
        assert self.values is not None
        return self.groups, self.values


Places = Ints | slice
"""Where the rows of a state stand among those of the merged one."""


@ADDING_INFINITIES
def fold(
    columns: Iterable[StateColumn], parts: Sequence[tuple[Places, Find]], count: int
) -> dict[StateColumn, Array]:
    """Columns of parts merged to those of the whole, each by its own rule."""
    totals = {column: column.empty(count) for column in columns}
    for places, find in parts:
        for column, into in totals.items():
            values, merged = find(column), column.kind.merge.ufunc
            if values is None:
                continue
            if isinstance(places, slice):
                into[places] = merged(into[places], values)
            else:
                merged.at(into, places, values)
    return totals


@ADDING_INFINITIES
def fold_runs(
    columns: Iterable[StateColumn], states: Sequence[State], order: Ints, first: Ints
) -> dict[StateColumn, Array]:
    """Columns of the value pairs of states as those of all, each by its own rule. In ``order`` the
    pairs that become one stand next to each other; ``first`` are the places where others begin."""
    merged = {}
    for column in columns:
        values = np.concatenate([state.read(column) for state in states])[order]
        values = values.astype(column.type, copy=False)
        merged[column] = column.kind.merge.ufunc.reduceat(values, first) if len(first) else values
    return merged
