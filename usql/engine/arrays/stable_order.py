"""The order of rows by key columns, in one call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.engine.arrays.types import Array, Ints


def descending(keys: Array) -> Array:
    """Keys whose ascending order is the descending order of ``keys``, without overflow."""
    return -keys if keys.dtype.kind == "f" else ~keys


def stable_order(columns: Sequence[Array], few: int, most: int | None = None) -> Ints:
    """The row numbers in the order of the first column, ties by the next, then by row; only the
    first ``most`` if given. Columns of integers and flags that fit into 63 bits together with the
    row number are sorted as one packed key (5 to 10 ns per row, 3 for only a few first rows);
    others, and up to ``few`` rows, by ``lexsort``."""
    size = len(columns[0])
    if size <= few:
        return np.lexsort(columns[::-1])[:most]
    if most is not None and 0 < most < size // 4:
        candidates = _first_candidates(columns, most)
        if len(candidates) < size:
            return candidates[stable_order([c[candidates] for c in columns], few)[:most]]
    bits = max(size - 1, 0).bit_length()
    packed = _packed(columns, bits)
    if packed is None:
        return np.lexsort(columns[::-1])[:most]
    packed <<= np.int64(bits)
    packed |= np.arange(size, dtype=np.int64)
    packed.sort()
    packed &= (np.int64(1) << np.int64(bits)) - np.int64(1)
    return packed[:most]


def _first_candidates(columns: Sequence[Array], most: int) -> Ints:
    """Rows that include the first ``most``, ascending: chosen by the first column in which not all
    of them tie."""
    for column in columns:
        threshold = np.partition(column, most - 1)[most - 1]
        if threshold != column.max():
            return np.flatnonzero(column <= threshold)
        if threshold != column.min():
            break  # some are certain to come before the ties
    return np.arange(len(columns[0]), dtype=np.int64)


def _packed(columns: Sequence[Array], room: int) -> Array | None:
    """Columns as one int64 key that leaves ``room`` bits free; ``None`` where they do not fit."""
    packed: Array | None = None
    used = room
    for column in columns:
        if column.dtype.kind == "f":
            return None
        low, high = int(column.min()), int(column.max())
        bits = (high - low).bit_length()
        used += bits
        if used > 63:
            return None
        if bits:
            shifted = column.astype(np.int64)
            shifted -= low
            if packed is None:
                packed = shifted
            else:
                packed <<= np.int64(bits)
                packed |= shifted
    return np.zeros(len(columns[0]), dtype=np.int64) if packed is None else packed
