"""States of groups: their columns, and how states are merged.

A state is one of two kinds of relation. A *total* has one row per group. *Value pairs* have one row
per group and value in it, ascending by both. Either way its columns say what they hold
(:class:`Kind`), and that alone decides how two states merge: threads, which share the numbers of
groups, and parts of the data, whose groups have keys in common but no numbers, do it alike.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from usql.analysis.bound import Condition, FieldRef
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Array, Ints
from usql.frozen import dataclass
from usql.store.columns import Column

LOW = 0xFFFFFFFF
"""The lower half of a 64-bit sum; the upper one is summed apart."""

ADDING_INFINITIES = np.errstate(over="ignore", invalid="ignore")
"""Data may hold infinities and numbers near them; their sums are nothing to warn of."""


class Merge(enum.Enum):
    """How two values of a state's column become one."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"

    @property
    def ufunc(self) -> np.ufunc:
        """The operation on arrays."""
        return _UFUNCS[self]


_UFUNCS = {Merge.SUM: np.add, Merge.MIN: np.minimum, Merge.MAX: np.maximum}


class Kind(enum.Enum):
    """What a column of a state holds, of the rows of a group that fit a condition."""

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
class StateColumn:
    """A column of a state: a kind of number of a field's values, in the rows that fit ``where``."""

    kind: Kind
    field: FieldRef | None = None
    where: Condition | None = None

    def __hash__(self) -> int:
        return hash((id(self.kind), self.field))  # enough to tell most apart, and fast

    @property
    def type(self) -> type[np.generic]:
        """The type of its numbers."""
        kind, field = self.kind, self.field
        if kind is Kind.HAS:
            return np.bool_
        is_real = field is not None and field.type is FieldType.DOUBLE
        return np.float64 if is_real and kind in _OF_VALUES else np.int64

    def empty(self, count: int) -> Array:
        """The column of ``count`` groups to which no row was added."""
        kind, merge = self.type, self.kind.merge
        if merge is Merge.SUM:
            return np.zeros(count, dtype=kind)
        return np.full(count, _nothing(merge, kind), dtype=kind)


ROWS = StateColumn(Kind.ROWS)


def _nothing(merge: Merge, kind: type[np.generic]) -> int | float | bool:
    """What changes no value with which it is compared."""
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
    """The state of ``count`` groups. A total has in each column one number per group; value pairs
    have one per pair, which is of the group ``groups[i]`` and has the value ``values[i]``."""

    count: int
    find: Find
    groups: Ints | None = None
    values: Column | None = None

    def read(self, column: StateColumn) -> Array:
        """A column."""
        found = self.find(column)
        return column.empty(self.count) if found is None else found

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
    """Columns of parts as those of all, each by its own rule."""
    made = {column: column.empty(count) for column in columns}
    for places, find in parts:
        for column, into in made.items():
            found, merged = find(column), column.kind.merge.ufunc
            if found is None:
                continue
            if isinstance(places, slice):
                into[places] = merged(into[places], found)
            else:
                merged.at(into, places, found)
    return made
