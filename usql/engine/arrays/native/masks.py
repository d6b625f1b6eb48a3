"""Tests of values as masks, with one flag per row, and the rows that a mask marks."""

from __future__ import annotations

import math

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    LIMITS,
    TYPES,
    address,
    check_flags,
    check_lengths,
    check_table,
    inside,
    plain,
)
from usql.engine.arrays.types import Array, Bools, Ints
from usql.native import native


def in_range(
    values: Array,
    low: float | None,
    high: float | None,
    low_closed: bool = True,
    high_closed: bool = True,
    valid: Bools | None = None,
    out: Bools | None = None,
) -> Bools:
    """Per row, whether the value lies between the limits, and is valid; ``None`` is no limit. The
    limits of whole numbers are of the type of the values. Written to ``out`` if that is given."""
    rows = len(values)
    mask = np.empty(rows, dtype=np.bool_) if out is None else out
    check_table(mask, rows, np.bool_)
    if valid is not None:
        check_flags(rows, [valid])
        valid = plain(valid)
    if values.dtype in LIMITS:
        least_of, most_of = LIMITS[values.dtype]
        for limit in (low, high):
            if limit is not None and not least_of <= limit <= most_of:
                raise OverflowError("limits of the type of the values")
    library = native().library
    if library is None or values.dtype not in TYPES:
        kind = values.dtype.type
        mask[:] = True if valid is None else valid
        if low is not None:
            mask &= values >= kind(low) if low_closed else values > kind(low)
        if high is not None:
            mask &= values <= kind(high) if high_closed else values < kind(high)
        return mask
    if low is None and high is None:
        mask[:] = True if valid is None else valid
        return mask
    values = plain(values)
    if values.dtype.kind == "f":
        least, most = _closed_reals(low, high, low_closed, high_closed)
        library.usql_in_range_real(
            address(values), rows, least, most, address(valid), address(mask)
        )
        return mask
    first = least_of if low is None else int(low) + (not low_closed)
    last = most_of if high is None else int(high) - (not high_closed)
    if first > last:
        mask[:] = False
        return mask
    library.usql_in_range(
        *(address(values), TYPES[values.dtype], rows, first, last),
        *(address(valid), address(mask)),
    )
    return mask


def _closed_reals(
    low: float | None, high: float | None, low_closed: bool, high_closed: bool
) -> tuple[float, float]:
    """The smallest and the largest double in a range; none is in that from inf to -inf."""
    least = -math.inf if low is None else low if low_closed else math.nextafter(low, math.inf)
    most = math.inf if high is None else high if high_closed else math.nextafter(high, -math.inf)
    is_beyond = (low == math.inf and not low_closed) or (high == -math.inf and not high_closed)
    return (math.inf, -math.inf) if is_beyond else (least, most)


def marked(codes: Array, table: Bools) -> Bools:
    """Per row, the flag of its code, an unsigned number, in the table."""
    check_flags(len(table), [table])
    check_lengths(len(codes), [codes])
    library = native().library
    if library is None or codes.dtype not in CODES:
        return table[codes]
    codes, table = plain(codes), plain(table)
    mask = np.empty(len(codes), dtype=np.bool_)
    inside(
        library.usql_marked(
            *(address(codes), TYPES[codes.dtype], len(codes)),
            *(address(table), len(table), address(mask)),
        )
    )
    return mask


def marked_rows(mask: Bools, first: int = 0) -> Ints:
    """The numbers of the rows that a mask marks, ascending; its first row is number ``first``."""
    check_flags(len(mask), [mask])
    library = native().library
    if library is None:
        return np.flatnonzero(mask) + first
    mask = plain(mask)
    room = int(np.count_nonzero(mask)) + 7
    rows = np.empty(room, dtype=np.int64)
    return rows[: inside(library.usql_rows(address(mask), len(mask), first, address(rows), room))]
