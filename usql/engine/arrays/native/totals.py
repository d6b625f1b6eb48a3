"""Counts, sums and extremes by key."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    TYPES,
    address,
    check_flags,
    check_lengths,
    check_table,
    inside,
    plain,
    table_places,
)
from usql.engine.arrays.types import Array, Bools, Ints
from usql.native import native


def wide(values: Array) -> type[np.float64 | np.int64]:
    """The type of the tables that values are added to."""
    return np.float64 if values.dtype.kind == "f" else np.int64


def count_keys(keys: Array, counts: Ints) -> None:
    """Add to ``counts``, by key, how often each key occurs."""
    size = len(counts)
    check_table(counts, size, np.int64)
    library = native().library
    if library is None or keys.dtype not in CODES:
        counts += np.bincount(table_places(keys, size), minlength=size)
        return
    keys = plain(keys)
    inside(library.usql_count(address(keys), TYPES[keys.dtype], len(keys), address(counts), size))


def sum_by_key(
    keys: Array,
    values: Array,
    sums: Array,
    highs: Ints | None = None,
    counts: Ints | None = None,
) -> None:
    """Add to ``sums``, by key, the values of each: doubles to doubles in the order of the rows,
    whole numbers to whole numbers of 64 bits, which the caller ensures to be enough.

    Where ``highs`` are given, only the lower 32 bits of a whole number are added to ``sums``, and
    the number of 2**32 above them to ``highs``. Where ``counts`` are given, keys are counted too.
    """
    rows, size = len(keys), len(sums)
    check_lengths(rows, [values])
    check_table(sums, size, wide(values))
    for table in (highs, counts):
        if table is not None:
            check_table(table, size, np.int64)
    library = native().library
    if library is None or keys.dtype not in CODES or values.dtype not in TYPES:
        at = table_places(keys, size)
        if counts is not None:
            counts += np.bincount(at, minlength=size)
        if highs is None:
            np.add.at(sums, at, values)
        else:
            whole = values.astype(np.int64)
            np.add.at(sums, at, whole & 0xFFFFFFFF)
            np.add.at(highs, at, whole >> 32)
        return
    keys, values = plain(keys), plain(values)
    inside(
        library.usql_sum(
            address(keys),
            TYPES[keys.dtype],
            rows,
            address(values),
            TYPES[values.dtype],
            address(sums),
            address(highs),
            address(counts),
            size,
        )
    )


def extremes_by_key(
    keys: Array,
    values: Array,
    extremes: Array,
    has: Bools,
    largest: bool,
    valid: Bools | None = None,
) -> None:
    """Replace in ``extremes`` what is there of each key by the smallest, or the largest, of it and of
    the key's valid values: doubles among doubles, of which NaN remains, whole numbers among those
    of 64 bits. ``has`` says of which keys something is there, and is set for those of the
    values."""
    rows, size = len(keys), len(extremes)
    check_lengths(rows, [values])
    check_flags(rows, [valid])
    check_table(extremes, size, wide(values))
    check_table(has, size, np.bool_)
    library = native().library
    if library is None or keys.dtype not in CODES or values.dtype not in TYPES:
        at = table_places(keys, size)
        if valid is not None:
            at, values = at[valid], values[valid]
        is_first = ~has[at]
        extremes[at[is_first]] = values[is_first]
        has[at] = True
        (np.maximum if largest else np.minimum).at(extremes, at, values)
        return
    keys, values, valid = plain(keys), plain(values), None if valid is None else plain(valid)
    inside(
        library.usql_extremes(
            *(address(keys), TYPES[keys.dtype], rows, address(values), TYPES[values.dtype]),
            *(address(valid), largest, address(extremes), address(has), size),
        )
    )
