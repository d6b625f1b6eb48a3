"""Codes of several columns combined to keys."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_int32, c_uint32, c_void_p

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    LIMITS,
    TYPES,
    address,
    check_flags,
    check_lengths,
    check_table,
    plain,
)
from usql.engine.arrays.types import Array, Bools
from usql.native import native


def combined(columns: Sequence[Array], strides: Sequence[int], kind: type) -> Array:
    """A key of this unsigned type for each row: the sum of the columns' codes, unsigned or flags,
    each times its stride. There is a column at least; the caller ensures that keys fit their
    type."""
    rows = len(columns[0])
    check_lengths(rows, columns)
    library, dtype, count = native().library, np.dtype(kind), len(columns)
    if len(strides) != count:
        raise ValueError("a stride for each column")
    kinds = [column.dtype for column in columns]
    if library is None or not CODES.issuperset((dtype, *kinds)):
        keys: Array = np.zeros(rows, dtype=kind)
        for column, stride in zip(columns, strides, strict=True):
            keys += column.astype(kind) * kind(stride)
        return keys
    columns = [*map(plain, columns)]  # which keeps them while they are read
    keys = np.empty(rows, dtype=kind)
    library.usql_combine(
        (c_void_p * count)(*map(address, columns)),
        (c_int32 * count)(*map(TYPES.__getitem__, kinds)),
        (c_uint32 * count)(*strides),
        count,
        rows,
        address(keys),
        TYPES[dtype],
    )
    return keys


def fill_where_not(keys: Array, mask: Bools, value: int) -> None:
    """Set unsigned keys to ``value``, which fits their type, in the rows that the mask does not
    mark."""
    check_flags(len(keys), [mask])
    check_table(keys, len(keys), keys.dtype.type)
    library = native().library
    if library is None or keys.dtype not in CODES:
        keys[~mask] = value
        return
    if not 0 <= value <= LIMITS[keys.dtype][1]:
        raise OverflowError("a key of the type of the others")
    mask = plain(mask)
    library.usql_fill(address(keys), TYPES[keys.dtype], address(mask), len(keys), value)
