"""Buckets of values, about equally wide on a logarithmic scale: by the bits of a 32-bit float."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import CODES, TYPES, address, check_lengths, plain
from usql.engine.arrays.types import Array, Ints
from usql.native import native

_VALUES = frozenset(map(np.dtype, ("?", "u1", "i1", "i2", "i4", "i8", "f8")))
"""The types of values that the library takes."""


def ordered_bits(values: Array, base: int | None) -> Ints:
    """Values as integers in the same order, equal for nearly equal values: the bits of a 32-bit
    float of each, counted from ``base`` if there is one."""
    distances = values if base is None else values.astype(np.int64) - base
    with np.errstate(over="ignore"):
        bits = distances.astype(np.float32).view(np.int32)
    return bits ^ ((bits >> 31) & 0x7FFFFFFF)


def bucket_keys(
    groups: Array, values: Array, base: int | None, most: int, least: int, shift: int, buckets: int
) -> Array:
    """Per value, of which whole ones are ``most`` at most, the number of its bucket among those of
    all groups, ``buckets`` each: its :func:`ordered_bits` less ``least``, without the lowest
    ``shift`` bits."""
    rows = len(values)
    check_lengths(rows, [values, groups])
    if not 0 <= shift < 32:
        raise ValueError("a shift of 32-bit numbers")
    library = native().library
    if library is None or groups.dtype not in CODES or values.dtype not in _VALUES:
        above = np.maximum(ordered_bits(values, base), least).view(np.uint32)
        above -= np.uint32(least & 0xFFFFFFFF)
        return groups.astype(np.uint32) * np.uint32(buckets) + (above >> np.uint32(shift))
    is_near = base is not None and most - base < 1 << 31
    groups, values, keys = plain(groups), plain(values), np.empty(rows, dtype=np.uint32)
    library.usql_buckets(
        *(address(groups), TYPES[groups.dtype], address(values), TYPES[values.dtype], rows),
        *(base or 0, is_near, least, shift, buckets, address(keys)),
    )
    return keys
