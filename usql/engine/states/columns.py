"""Columns of states as Arrow arrays that keep their dictionaries and widths."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.arrays.codes import narrow_unsigned
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import compact
from usql.store.columns import BOOLEANS, Column, DictionaryColumn, NumberColumn
from usql.store.compute import as_type, filled, is_missing
from usql.store.views import arrow_view
from usql.store.widths import signed, unsigned


def encoded(column: Column) -> pa.Array:
    """A column as an Arrow array: texts as a dictionary of those that occur, in the order of their
    type."""
    if isinstance(column, NumberColumn):
        return arrow_view(column.values, valid=column.valid)
    nulls = column.codes == column.null_code
    valid = ~nulls if nulls.any() else None
    if column.type is FieldType.BOOLEAN:
        return arrow_view(column.codes == 1, valid=valid)
    compacted = compact(column)
    codes = arrow_view(
        np.where(nulls, 0, compacted.codes).astype(compacted.codes.dtype), valid=valid
    )
    return pa.DictionaryArray.from_arrays(codes, compacted.dictionary, safe=False)


def decoded(kind: FieldType, array: pa.Array) -> Column:
    """The column of this type from an array made by :func:`encoded`."""
    if kind is FieldType.BOOLEAN:
        codes = filled(as_type(array, pa.uint8()), len(BOOLEANS)).to_numpy()
        return DictionaryColumn(kind, codes, BOOLEANS)
    if isinstance(array, pa.DictionaryArray):
        count = len(array.dictionary)
        indices = as_type(array.indices, pa.from_numpy_dtype(unsigned(count)))
        return DictionaryColumn(kind, filled(indices, count).to_numpy(), array.dictionary)
    valid = ~is_missing(array) if array.null_count else None
    return NumberColumn(kind, filled(array, 0).to_numpy(), valid)


def of_numbers(values: Array) -> pa.Array:
    """An array without nulls; whole numbers in the narrowest type that holds them."""
    if values.dtype.kind == "i" and len(values):
        values = values.astype(signed(int(values.min()), int(values.max())), copy=False)
    return arrow_view(values)


def numbers_of(array: pa.Array, kind: type[np.generic] = np.int64) -> Array:
    """The values of an array made by :func:`of_numbers`, in their original type."""
    return array.to_numpy(zero_copy_only=False).astype(kind, copy=False)


def places(numbers: Ints, count: int) -> pa.Array:
    """Numbers below ``count``, in the narrowest type."""
    return arrow_view(narrow_unsigned(numbers, count))
