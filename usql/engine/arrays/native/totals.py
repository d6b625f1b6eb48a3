"""Counts and sums by key."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    TYPES,
    VALUES,
    address,
    check_lengths,
    check_table,
    inside,
    plain,
    table_places,
)
from usql.engine.arrays.types import Array, Ints
from usql.native import native


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
    check_table(sums, size, np.float64 if values.dtype.kind == "f" else np.int64)
    for table in (highs, counts):
        if table is not None:
            check_table(table, size, np.int64)
    library = native().library
    if library is None or keys.dtype not in CODES or values.dtype not in VALUES:
        at = table_places(keys, size)
        if counts is not None:
            counts += np.bincount(at, minlength=size)
        if highs is None:
            np.add.at(sums, at, values)
        else:
            wide = values.astype(np.int64)
            np.add.at(sums, at, wide & 0xFFFFFFFF)
            np.add.at(highs, at, wide >> 32)
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
