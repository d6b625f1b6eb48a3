"""Masks, with one flag per row: the positions that are set, their number, filling the others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from usql.engine.arrays.buffers import counting, scratch
from usql.engine.arrays.types import Array, Bools, Ints
from usql.store.compute import pc


def places_of(mask: Bools, matches: int, few: int) -> Ints:
    """The positions where the mask is set, ascending; ``matches`` is their number. 0.5 ns per row
    if many are set and in cache, 0.1 if few are; for more than ``few`` rows Arrow's filter is best
    if few to some are set."""
    if matches * 10 > len(mask) or len(mask) < few:
        return np.flatnonzero(mask)
    bits = pa.py_buffer(np.packbits(mask, bitorder="little"))
    fits = pa.Array.from_buffers(pa.bool_(), len(mask), [None, bits])
    places = pc.array_filter(counting(len(mask)), fits)
    return places.to_numpy().astype(np.int64)


def few_places(mask: Bools) -> Ints | None:
    """The positions where a mask is set, ascending, if these are few: found by testing eight rows
    at a time, 0.15 ns per row in cache. ``None`` if they are many."""
    words = mask[: len(mask) & ~7].view(np.uint64)
    filled = np.not_equal(words, 0, out=scratch("filled", np.bool_, len(words)))
    if int(np.count_nonzero(filled)) * 512 > len(mask):
        return None
    eights = np.flatnonzero(filled)
    inside = np.flatnonzero(words[eights].view(np.bool_))
    places = (eights[inside >> 3] << 3) + (inside & 7)
    rest = np.flatnonzero(mask[len(words) * 8 :])
    return np.concatenate((places, rest + len(words) * 8)) if len(rest) else places


def fill_where_not(ids: Array, mask: Bools, value: int) -> None:
    """Set unsigned ``ids`` to ``value`` where the mask is not set: by arithmetic, since a masked
    copy is slowed down by every change in the mask (0.5 instead of 5 ns per row)."""
    np.multiply(ids, mask, out=ids)
    others = np.logical_not(mask).view(np.uint8).astype(ids.dtype)
    others *= ids.dtype.type(value)
    ids += others


def flags_in_rows(table: Bools) -> Ints:
    """The number of flags set in each row of a table whose width is a multiple of 64: 0.05 ns per
    flag."""
    words = np.packbits(table.reshape(-1)).view(np.uint64)
    per_row = np.bitwise_count(words).reshape(len(table), table.shape[1] // 64)
    return per_row.sum(axis=1, dtype=np.int64)
