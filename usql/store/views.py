"""Taking rows of columns by their numbers, and converting columns to Arrow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import FieldType
from usql.store.columns import (
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.compute import pc

Ints = npt.NDArray[np.int64]


def expand_runs(offsets: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """The entries of the given runs, one run after the other: ``(entries, new_offsets)``. The cost
    is proportional to the number of entries returned."""
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    new_offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(lengths, out=new_offsets[1:])
    entries = np.arange(new_offsets[-1], dtype=np.int64)
    entries += np.repeat(starts - new_offsets[:-1], lengths)
    return entries, new_offsets


def take(column: AnyColumn, rows: Ints) -> AnyColumn:
    """The column's values in these rows."""
    match column:
        case ListColumn():
            entries, offsets = expand_runs(column.offsets, rows)
            return ListColumn(offsets, take_values(column.entries, entries))
        case PropertiesColumn():
            entries, offsets = expand_runs(column.offsets, rows)
            keys, values = take_values(column.keys, entries), take_values(column.values, entries)
            more = None if column.more is None else take_values(column.more, entries)
            assert isinstance(keys, DictionaryColumn)
            assert isinstance(more, DictionaryColumn | None)
            return PropertiesColumn(offsets, keys, values, more)
        case _:
            return take_values(column, rows)


def between(column: AnyColumn, rows: slice) -> AnyColumn:
    """The column's values in consecutive rows, over the same memory."""
    if not isinstance(column, ListColumn | PropertiesColumn):
        return _between(column, rows)
    offsets = column.offsets[rows.start : rows.stop + 1]
    entries = slice(int(offsets[0]), int(offsets[-1]))
    offsets = offsets - offsets[0]
    if isinstance(column, ListColumn):
        return ListColumn(offsets, _between(column.entries, entries))
    keys, values = _between(column.keys, entries), _between(column.values, entries)
    more = None if column.more is None else _between(column.more, entries)
    assert isinstance(keys, DictionaryColumn)
    assert isinstance(more, DictionaryColumn | None)
    return PropertiesColumn(offsets, keys, values, more)


def _between(column: Column, rows: slice) -> Column:
    if isinstance(column, DictionaryColumn):
        return DictionaryColumn(column.type, column.codes[rows], column.dictionary)
    valid = None if column.valid is None else column.valid[rows]
    return NumberColumn(column.type, column.values[rows], valid)


def take_values(column: Column, rows: Ints) -> Column:
    """``take`` of a column with one value per row."""
    if isinstance(column, DictionaryColumn):
        return DictionaryColumn(column.type, column.codes[rows], column.dictionary)
    valid = None if column.valid is None else column.valid[rows]
    return NumberColumn(column.type, column.values[rows], valid)


def to_arrow(column: AnyColumn) -> pa.Array:
    """The column as a plain Arrow array: strings, int64, double, bool, or lists of these; dates as
    int64 milliseconds; property lists as ``list<struct<key, value>>``, without anything else they
    have.
    """
    match column:
        case DictionaryColumn():
            nulls = column.codes == len(column.dictionary)
            codes = arrow_view(column.codes, valid=~nulls if nulls.any() else None)
            return pc.array_take(column.dictionary, codes)
        case NumberColumn():
            wide = np.float64 if column.type is FieldType.DOUBLE else np.int64
            return arrow_view(column.values.astype(wide, copy=False), valid=column.valid)
        case ListColumn():
            return lists(column.offsets, to_arrow(column.entries))
        case PropertiesColumn():
            names = ["key", "value"]
            pairs = [to_arrow(column.keys), to_arrow(column.values)]
            return lists(column.offsets, pa.StructArray.from_arrays(pairs, names))


def arrow_view(
    values: Array, kind: pa.DataType | None = None, valid: Array | None = None
) -> pa.Array:
    """A numpy array of numbers as an Arrow array of ``kind`` (by its dtype without one) over the
    same memory, or one of bools, which are packed; ``valid`` is a bool per value. Unlike
    ``pa.array`` it does not import numpy's masked arrays to see whether this is one."""
    kind = pa.from_numpy_dtype(values.dtype) if kind is None else kind
    validity = None if valid is None else bits(valid)
    is_packed = values.dtype == np.bool_
    buffer = bits(values) if is_packed else pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [validity, buffer])


def bits(flags: Array) -> pa.Buffer:
    """Bools packed into bits, as Arrow does."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def lists(offsets: Ints, entries: pa.Array) -> pa.Array:
    """A list array; a large one only where 32-bit offsets do not suffice."""
    if offsets[-1] < 2**31:
        return pa.ListArray.from_arrays(arrow_view(offsets.astype(np.int32)), entries)
    return pa.LargeListArray.from_arrays(arrow_view(offsets), entries)
