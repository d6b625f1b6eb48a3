"""Which pairs of a group and a value occur, as bits."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    TYPES,
    address,
    check_lengths,
    inside,
    plain,
    table_places,
)
from usql.engine.arrays.types import Array
from usql.native import native


def mark_pairs(ids: Array, codes: Array, bits: Array) -> None:
    """Set the bit of each row's code in the line of its group. ``bits`` are 64-bit words, a line for
    each group, the bit of code 0 the lowest of the first."""
    groups, words = bits.shape
    span = 64 * words
    check_lengths(len(ids), [ids, codes])
    flags = bits.flags
    if bits.dtype != np.uint64 or not (flags.c_contiguous and flags.aligned and flags.writeable):
        raise ValueError("a plain table of 64-bit words")
    library = native().library
    if library is None or not CODES.issuperset((ids.dtype, codes.dtype)):
        marks = np.zeros((groups, span), dtype=np.bool_)
        marks[table_places(ids, groups), table_places(codes, span)] = True
        bits |= np.packbits(marks, axis=1, bitorder="little").view(np.uint64)
        return
    ids, codes = plain(ids), plain(codes)
    inside(
        library.usql_mark_pairs(
            *(address(ids), TYPES[ids.dtype], address(codes), TYPES[codes.dtype]),
            *(len(ids), groups, span, address(bits)),
        )
    )
