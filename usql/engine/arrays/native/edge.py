"""What the kernels check, and how they pass arrays to the library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from usql.engine.arrays.types import Array, Ints

TYPES = {np.dtype(kind): number for number, kind in enumerate("u1 u2 u4 i1 i2 i4 i8 f8".split())}
"""The types of columns by their numbers in ``kernels.h``."""
TYPES[np.dtype(np.bool_)] = TYPES[np.dtype(np.uint8)]

CODES = frozenset(map(np.dtype, ("?", "u1", "u2", "u4")))
"""The types of codes and keys that the library takes."""

_WHOLE = {kind: np.iinfo(kind) for kind in TYPES if kind.kind in "ui"}
LIMITS = {kind: (int(info.min), int(info.max)) for kind, info in _WHOLE.items()}
LIMITS[np.dtype(np.bool_)] = (0, 1)
"""The smallest and the largest number of each type of whole numbers."""


def plain(array: Array) -> Array:
    """The array, or a copy of it, as the library reads arrays: one number after the other, each
    where its type may be."""
    flags = array.flags
    return array if flags.c_contiguous and flags.aligned else array.copy()


def address(array: Array | None) -> int | None:
    """Where a plain array begins in memory, which Arrow says in a quarter of the time of
    ``array.ctypes``. The caller keeps the array."""
    return None if array is None else pa.py_buffer(array).address


def check_table(table: Array, size: int, kind: type) -> None:
    """``ValueError`` unless the library can write so many numbers of a type to the table."""
    flags = table.flags
    is_plain = flags.c_contiguous and flags.aligned and flags.writeable
    if table.dtype != kind or table.shape != (size,) or not is_plain:
        raise ValueError(f"a plain table of {size} numbers of the type {np.dtype(kind)}")


def check_lengths(rows: int, arrays: Sequence[Array | None]) -> None:
    """``ValueError`` unless every array is one of so many rows."""
    for array in arrays:
        if array is not None and array.shape != (rows,):
            raise ValueError(f"arrays of {rows} rows")


def check_flags(rows: int, masks: Sequence[Array | None]) -> None:
    """``ValueError`` unless every mask has a flag for each of so many rows."""
    check_lengths(rows, masks)
    for mask in masks:
        if mask is not None and mask.dtype != np.bool_:
            raise ValueError("masks of flags")


def inside(result: int) -> int:
    """What a kernel returned, if that is not that a number chose a place outside its table."""
    if result < 0:
        raise IndexError("a number is not below the size of its table")
    return result


def table_places(numbers: Array, size: int) -> Ints:
    """Numbers as places of a table of this size."""
    inside(-1 if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < size else 0)
    return numbers.astype(np.intp, copy=False)
