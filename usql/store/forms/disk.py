"""A column as the Arrow array stored on disk, and back without copying its values.

Every reader of Arrow understands the array (``docs/STORE.md`` says which column becomes what), laid
out so that its buffers are the arrays of ``columns.py``: the null code of a dictionary column
stands in the index buffer, under a validity bitmap that hides it from other readers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.catalog import FieldType
from usql.store.columns import (
    BOOLEANS,
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.compute import index_of
from usql.store.forms.pairs import MORE
from usql.store.views import arrow_view, bits

_INSTANT = pa.timestamp("ms", "UTC")
_FILLER = "(missing)"


def to_disk(column: AnyColumn) -> pa.Array:
    """The array to write: a value, a list or a list of key-value structs per row."""
    match column:
        case DictionaryColumn(type=FieldType.BOOLEAN):
            return _booleans(column)
        case DictionaryColumn():
            return _dictionary(column)
        case NumberColumn():
            wide_date = column.type is FieldType.TIMESTAMP and column.values.dtype == np.int64
            return arrow_view(column.values, _INSTANT if wide_date else None, column.valid)
        case ListColumn():
            return _list(column.offsets, to_disk(column.entries))
        case PropertiesColumn():
            pairs = {"key": to_disk(column.keys), "value": to_disk(column.values)}
            if column.more is not None:
                pairs[MORE] = to_disk(column.more)
            entries = pa.StructArray.from_arrays([*pairs.values()], [*pairs])
            return _list(column.offsets, entries)


def from_disk(kind: FieldType, array: pa.Array) -> AnyColumn:
    """The column of an array that ``to_disk`` made; ``kind`` is ``value_type`` it. Values are views
    of the array's buffers; only booleans and validity bitmaps are unpacked."""
    if not pa.types.is_large_list(array.type):
        return _single(kind, array)
    offsets = view(array.offsets)
    if pa.types.is_struct(array.type.value_type):
        keys = _single(FieldType.STRING, array.values.field(0))
        values = _single(kind, array.values.field(1))
        has_more = array.type.value_type.num_fields > 2
        more = _single(FieldType.STRING, array.values.field(2)) if has_more else None
        assert isinstance(keys, DictionaryColumn)
        assert isinstance(more, DictionaryColumn | None)
        return PropertiesColumn(offsets, keys, values, more)
    return ListColumn(offsets, _single(kind, array.values))


def value_type(column: AnyColumn) -> FieldType:
    """The type of one value, which ``from_disk`` needs to know."""
    match column:
        case ListColumn():
            return column.entries.type
        case PropertiesColumn():
            return column.values.type
        case _:
            return column.type


def view(array: pa.Array) -> Array:
    """The values buffer of an array of numbers as a read-only numpy array over the same memory;
    times as int64 milliseconds. It includes the values under nulls."""
    # Arrow's own conversion imports pandas where it is installed.
    kind = array.type
    letter = (
        "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    )
    dtype = np.dtype(f"{letter}{kind.bit_width // 8}")
    if not len(array):
        return np.frombuffer(bytes(8), dtype, 0)
    return np.frombuffer(array.buffers()[1], dtype, array.offset + len(array))[array.offset :]


def _single(kind: FieldType, array: pa.Array) -> Column:
    if pa.types.is_dictionary(array.type):
        dictionary = array.dictionary
        if array.null_count:
            dictionary = dictionary.slice(0, len(dictionary) - 1)
        return DictionaryColumn(kind, view(array.indices), dictionary)
    if pa.types.is_boolean(array.type):
        codes = _flags(array, 1).view(np.uint8)
        if array.null_count:
            codes[~_flags(array, 0)] = 2
        return DictionaryColumn(kind, codes, BOOLEANS)
    return NumberColumn(kind, view(array), _flags(array, 0) if array.null_count else None)


def _dictionary(column: DictionaryColumn) -> pa.Array:
    """Some readers, such as Polars, require the index under a null to be inside the dictionary, so
    a text that no row has is added. It is distinct, as pandas requires of categories."""
    valid = column.codes != column.null_code
    if valid.all():
        return pa.DictionaryArray.from_arrays(
            arrow_view(column.codes), column.dictionary, safe=False
        )
    filler = _FILLER
    while index_of(column.dictionary, filler) >= 0:
        filler += "_"
    dictionary = pa.concat_arrays([column.dictionary, pa.array([filler], column.dictionary.type)])
    codes = arrow_view(column.codes, valid=valid)
    return pa.DictionaryArray.from_arrays(codes, dictionary, safe=False)


def _booleans(column: DictionaryColumn) -> pa.Array:
    valid = column.codes != column.null_code
    validity = None if valid.all() else bits(valid)
    return pa.Array.from_buffers(pa.bool_(), len(column), [validity, bits(column.codes == 1)])


def _list(offsets: Array, entries: pa.Array) -> pa.Array:
    buffers: list[Any] = [None, pa.py_buffer(np.ascontiguousarray(offsets))]
    kind = pa.large_list(entries.type)
    return pa.Array.from_buffers(kind, len(offsets) - 1, buffers, children=[entries])


def _flags(array: pa.Array, buffer: int) -> npt.NDArray[np.bool_]:
    """A buffer of bits as a bool per value."""
    bits = np.frombuffer(array.buffers()[buffer], np.uint8)
    return np.unpackbits(bits, count=len(array), bitorder="little").view(np.bool_)
