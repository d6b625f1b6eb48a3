"""Vectors: columns of the store, or computed ones, over some rows.

A vector is a column of ``usql.store.columns``; this file makes, tests and factorizes them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.arrays.codes import narrow_unsigned
from usql.engine.arrays.native.runs import any_in_run
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.runtime.limits import Control
from usql.frozen import dataclass
from usql.store.columns import (
    BOOLEANS,
    AnyColumn,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.compute import index_of, taken
from usql.store.views import arrow_view, lists
from usql.store.views import to_arrow as column_to_arrow


@dataclass(frozen=True, eq=False)
class Nested:
    """A list per child of each row: row i has the lists ``offsets[i]:offsets[i+1]``."""

    offsets: Ints
    lists: ListColumn | PropertiesColumn

    def __len__(self) -> int:
        return len(self.offsets) - 1


Vector = AnyColumn | Nested
"""The values of an expression over some rows."""


def flat(vector: Vector) -> AnyColumn:
    """All values of each row: the lists of its children concatenated. A vector that is not nested
    is returned unchanged."""
    if not isinstance(vector, Nested):
        return vector
    return replace(vector.lists, offsets=vector.lists.offsets[vector.offsets])


def with_entries(shape: ListColumn | Nested, entries: Column) -> ListColumn | Nested:
    """Lists of the same lengths with other entries."""
    if isinstance(shape, ListColumn):
        return ListColumn(shape.offsets, entries)
    return Nested(shape.offsets, ListColumn(shape.lists.offsets, entries))


def missing(kind: FieldType, rows: int) -> Column:
    """A column of nulls."""
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP):
        return DictionaryColumn(kind, np.zeros(rows, dtype=np.uint8), pa.array([], pa.string()))
    if kind is FieldType.BOOLEAN:
        return DictionaryColumn(kind, np.full(rows, 2, dtype=np.uint8), BOOLEANS)
    width = np.float64 if kind is FieldType.DOUBLE else np.int8
    return NumberColumn(kind, np.zeros(rows, dtype=width), np.zeros(rows, dtype=np.bool_))


def present(column: AnyColumn) -> Bools:
    """Per row, whether there is a value."""
    match column:
        case DictionaryColumn():
            return column.codes != column.null_code
        case NumberColumn():
            return np.ones(len(column), np.bool_) if column.valid is None else column.valid
        case PropertiesColumn():
            return np.diff(column.offsets) > 0
        case ListColumn():
            return any_in_run(present(column.entries), column.offsets)


def integers(column: Column) -> Ints:
    """The values of a number column in 64 bits."""
    assert isinstance(column, NumberColumn)
    return column.values.astype(np.int64, copy=False)


def property_column(column: PropertiesColumn, key: str, control: Control) -> Column:
    """The values of one property key: for each row the value of its first pair with that key. The
    limits of the run are checked between pieces of the rows."""
    rows = len(column)
    position = index_of(column.keys.dictionary, key)
    if position < 0:
        return missing(column.values.type, rows)
    values = column.values
    picks = np.zeros(rows, dtype=np.int64)
    valid = np.zeros(rows, dtype=np.bool_)
    step = control.tuning.rows_evaluated_at_once
    for first in range(0, rows, step):
        control.check()
        offsets = column.offsets[first : first + step + 1]
        keys = column.keys.codes[int(offsets[0]) : int(offsets[-1])]
        pairs = np.flatnonzero(keys == position) + offsets[0]
        owners = np.searchsorted(offsets, pairs, side="right") - 1
        once = np.flatnonzero(np.diff(owners, prepend=-1))
        picks[owners[once] + first] = pairs[once]
        valid[owners[once] + first] = True
    if isinstance(values, DictionaryColumn):
        codes = np.full(rows, values.null_code, dtype=values.codes.dtype)
        codes[valid] = values.codes[picks[valid]]
        return compact(DictionaryColumn(values.type, codes, values.dictionary))
    numbers = np.zeros(rows, dtype=values.values.dtype)
    numbers[valid] = values.values[picks[valid]]
    if values.valid is not None:
        valid[valid] = values.valid[picks[valid]]
    return NumberColumn(values.type, numbers, valid)


def compact(column: DictionaryColumn) -> DictionaryColumn:
    """The column with only those dictionary values that occur; booleans keep both."""
    if column.type is FieldType.BOOLEAN:
        return column
    used = np.zeros(column.null_code + 1, dtype=np.bool_)
    used[column.codes] = True
    used[-1] = True
    if used.all():
        return column
    numbers = np.cumsum(used) - 1
    occurring = np.flatnonzero(used[:-1])
    codes = narrow_unsigned(numbers[column.codes], len(occurring))
    return DictionaryColumn(column.type, codes, taken(column.dictionary, arrow_view(occurring)))


class Domain(Protocol):
    """What codes stand for: numbers from 0 on, in the order of the values."""

    @property
    def values(self) -> Column:
        """A column whose dictionary, or whose numbers, are the values by code."""

    @property
    def null(self) -> int:
        """The code of a missing value, which is one more than all others."""


@dataclass(frozen=True, eq=False)
class Values:
    """A :class:`Domain` by itself."""

    values: Column
    null: int


@dataclass(frozen=True, eq=False)
class Factors:
    """Values as numbers, and their :class:`Domain`: ``codes`` (int64) ascend in the order of the
    values, and a missing value has the code ``len(values)``. ``values`` are the distinct values,
    ascending."""

    codes: Ints
    values: Column

    @property
    def null(self) -> int:
        """The code of a missing value."""
        return len(self.values)


def every_value(column: DictionaryColumn) -> Factors:
    """The dictionary's values with their codes unchanged."""
    codes = np.arange(column.null_code, dtype=np.int64)
    return Factors(
        codes, DictionaryColumn(column.type, codes.astype(column.codes.dtype), column.dictionary)
    )


def decode(domain: Domain, codes: Ints) -> Column:
    """The values of these codes; the null code gives null."""
    values, null = domain.values, domain.null
    if isinstance(values, DictionaryColumn):
        return DictionaryColumn(values.type, narrow_unsigned(codes, null), values.dictionary)
    valid = codes != null
    numbers = np.zeros(len(codes), dtype=values.values.dtype)
    numbers[valid] = values.values[codes[valid]]
    return NumberColumn(values.type, numbers, valid)


def sort_keys(column: Column) -> tuple[Bools, Array]:
    """Sort keys of a column: whether a row is null, and a key that ascends in value order."""
    keys: Array = column.codes if isinstance(column, DictionaryColumn) else column.values
    return ~present(column), keys


def to_arrow(vector: Vector) -> pa.Array:
    """A vector as a plain Arrow array (see ``usql.store.views.to_arrow``)."""
    if isinstance(vector, Nested):
        return lists(vector.offsets, column_to_arrow(vector.lists))
    return column_to_arrow(vector)


def nbytes(column: AnyColumn) -> int:
    """Bytes of a column without its dictionary."""
    match column:
        case DictionaryColumn():
            return int(column.codes.nbytes)
        case NumberColumn():
            return int(column.values.nbytes) + (0 if column.valid is None else column.valid.nbytes)
        case ListColumn():
            return int(column.offsets.nbytes) + nbytes(column.entries)
        case PropertiesColumn():
            more = 0 if column.more is None else nbytes(column.more)
            return int(column.offsets.nbytes) + nbytes(column.keys) + nbytes(column.values) + more
