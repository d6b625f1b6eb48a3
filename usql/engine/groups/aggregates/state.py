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
from usql.engine.arrays.sorting import numbered
from usql.engine.arrays.vectors import Factors, decode, every_value, present
from usql.engine.rows.piecewise import factorize
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import BOOLEANS, Column, DictionaryColumn, NumberColumn
from usql.store.forms.dictionaries import merged as merged_dictionaries

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


def held(columns: Sequence[StateColumn], state: State) -> State:
    """The state with its columns as arrays of their own, sums of whole numbers cut into halves: in
    this form any number of states can be merged."""
    arrays = {column: state.read(column).astype(column.type) for column in columns}
    for column in columns:
        if column.kind is Kind.HIGH:
            low = StateColumn(Kind.SUM, column.field, column.where)
            arrays[column] += arrays[low] >> 32
            arrays[low] &= LOW
    return State(state.count, arrays.__getitem__, state.groups, state.values)


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


def merge(
    control: Control,
    columns: Sequence[StateColumn],
    parts: Sequence[tuple[Ints, State]],
    count: int,
) -> State:
    """The state of ``count`` groups from those of parts: ``numbers[g]`` is what group ``g`` of a
    part is among all (:func:`numbered_keys`)."""
    if not any(state.values is not None for _, state in parts):
        made = fold(columns, [(numbers, state.find) for numbers, state in parts], count)
        return State(count, made.__getitem__)
    factors, codes = numbered_values(control, [state.pairs[1] for _, state in parts])
    span = factors.null + 1
    found = [
        numbers[state.pairs[0]] * span + code
        for (numbers, state), code in zip(parts, codes, strict=True)
    ]
    pairs, places = numbered(control, np.concatenate(found))
    cut = np.split(places, np.cumsum([len(part) for part in found])[:-1])
    finds = [(at, state.find) for at, (_, state) in zip(cut, parts, strict=True)]
    made = fold(columns, finds, len(pairs))
    return State(count, made.__getitem__, pairs // span, decode(factors, pairs % span))


def numbered_keys(
    control: Control, parts: Sequence[Sequence[Column]]
) -> tuple[list[Column], list[Ints]]:
    """The distinct keys of the groups of all parts, ascending, and per part the number of each
    group among them. Each key is a column of every part; a null is one value more."""
    if not parts[0]:  # without keys there is one group, in every part
        return [], [np.zeros(1, dtype=np.int64)] * len(parts)
    numbers = np.zeros(sum(len(part[0]) for part in parts), dtype=np.int64)
    found: list[Factors] = []
    for columns in zip(*parts, strict=True):
        factors, codes = numbered_values(control, columns)
        found.append(Factors(np.concatenate(codes), factors.values))
        _, numbers = numbered(control, numbers * (factors.null + 1) + found[-1].codes)
    first = np.empty(int(numbers.max(initial=-1)) + 1, dtype=np.int64)
    first[numbers] = np.arange(len(numbers))
    keys = [decode(factors, factors.codes[first]) for factors in found]
    return keys, np.split(numbers, np.cumsum([len(part[0]) for part in parts])[:-1])


def numbered_values(control: Control, columns: Sequence[Column]) -> tuple[Factors, list[Ints]]:
    """The values of columns of one type, whose dictionaries may differ: the distinct ones, and per
    column the code of each of its values."""
    first = columns[0]
    if isinstance(first, NumberColumn):
        held = [c for c in columns if isinstance(c, NumberColumn)]
        values = np.concatenate([c.values for c in held])
        valid = np.concatenate([present(c) for c in held])
        made = factorize(control, NumberColumn(first.type, values, valid))
        return made, np.split(made.codes, np.cumsum([len(c) for c in held])[:-1])
    coded = [c for c in columns if isinstance(c, DictionaryColumn)]
    if first.type is FieldType.BOOLEAN:
        dictionary, tables = BOOLEANS, [np.arange(3)] * len(coded)
    else:
        dictionary, tables = merged_dictionaries(first.type, [c.dictionary for c in coded])
    codes = [
        table[c.codes].astype(np.int64, copy=False) for table, c in zip(tables, coded, strict=True)
    ]
    return every_value(DictionaryColumn(first.type, first.codes[:0], dictionary)), codes
