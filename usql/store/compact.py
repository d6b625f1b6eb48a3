"""Compact arrays: the form in which pieces of data are kept until they are all joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from usql.store.compute import as_type, decoded, filled, pc, taken
from usql.store.views import arrow_view
from usql.store.widths import signed


def compact(column: pa.Array) -> pa.Array:
    """The column with strings as dictionaries, and with codes and whole numbers in their narrowest
    width, at any depth, so that a batch takes little memory until all are joined. It shares no
    memory with the given column: what is read from an Arrow file is one block of memory, which any
    column that shares it would keep alive."""
    kind = column.type
    if pa.types.is_list(kind):
        return lists_of(lengths_of(column), compact(pc.list_flatten(column)))
    if pa.types.is_struct(kind):
        parts = [compact(part) for part in column.flatten()]
        return pa.StructArray.from_arrays(parts, [f.name for f in kind])
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _with_narrow_codes(pc.dictionary_encode(column))
    if pa.types.is_dictionary(kind):
        return _with_narrow_codes(_without_unused(column))
    return _narrowed(column) if pa.types.is_integer(kind) else _copied(column)


def _copied(column: pa.Array) -> pa.Array:
    """A copy of the column."""
    return pa.concat_arrays([column, column.slice(0, 0)])


def _without_unused(column: pa.DictionaryArray) -> pa.Array:
    """The column with a dictionary of only what occurs in it: a slice of a larger column has the
    dictionary of the whole."""
    if column.dictionary.null_count:
        return pc.dictionary_encode(decoded(column))
    used = np.zeros(len(column.dictionary), dtype=np.bool_)
    used[pc.drop_null(column.indices).to_numpy()] = True
    if used.all():
        return column
    codes = taken(arrow_view(np.cumsum(used, dtype=np.int32) - 1), column.indices)
    return pa.DictionaryArray.from_arrays(
        codes, taken(column.dictionary, arrow_view(np.flatnonzero(used)))
    )


def _with_narrow_codes(column: pa.DictionaryArray) -> pa.Array:
    most = len(column.dictionary) - 1
    codes = as_type(column.indices, pa.from_numpy_dtype(signed(0, most)), safe=False)
    return pa.DictionaryArray.from_arrays(codes, column.dictionary, safe=False)


def _narrowed(column: pa.Array) -> pa.Array:
    """The column with whole numbers in the narrowest width that holds them."""
    if not column.null_count and len(column):
        values = column.to_numpy()  # a third of Arrow's time for short columns
        return arrow_view(values.astype(signed(values.min(), values.max())))
    bounds = pc.min_max(column)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    kind = pa.from_numpy_dtype(signed(low or 0, high or 0))
    return _copied(column) if kind == column.type else as_type(column, kind, safe=False)


def narrowed_numbers(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The numbers in the narrowest width that holds them; doubles unchanged."""
    if values.dtype.kind == "f":
        return values
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    return values.astype(signed(low, high), copy=False)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that a compact array stands for."""
    if pa.types.is_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_dictionary(kind):
        return kind.value_type
    return pa.int64() if pa.types.is_integer(kind) else kind


def lengths_of(column: pa.Array) -> npt.NDArray[np.integer]:
    """The number of entries in each row of a list array; 0 for a missing list."""
    return filled(pc.list_value_length(column), 0).to_numpy()


def lists_of(lengths: npt.NDArray[np.integer], entries: pa.Array) -> pa.Array:
    """A list array from the number of entries per row and the entries of all rows."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.ListArray.from_arrays(arrow_view(offsets), entries)


def numpy_type(kind: pa.DataType) -> np.dtype[Any]:
    """The numpy type for numbers of an Arrow type. Some versions of Arrow need pandas for their own
    answer."""
    return pa.nulls(0, kind).to_numpy(zero_copy_only=False).dtype
