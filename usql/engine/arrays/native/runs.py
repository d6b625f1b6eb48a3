"""Runs of an array of entries, cut by ascending offsets, as the children of each session."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import (
    CODES,
    LIMITS,
    TYPES,
    address,
    check_flags,
    check_lengths,
    inside,
    plain,
)
from usql.engine.arrays.types import Array, Bools, Ints
from usql.native import native

_NUMBERS = frozenset(map(np.dtype, "? u1 u2 u4 u8 i1 i2 i4 i8 f4 f8".split()))
"""The types of values that the library repeats."""


def any_in_run(mask: Bools, offsets: Ints, first: int = 0) -> Bools:
    """Per run, whether the mask marks some entry: run i has the entries ``offsets[i]`` up to
    ``offsets[i + 1]``, and the mask begins at entry ``first``."""
    check_flags(len(mask), [mask])
    runs, low, high = len(offsets) - 1, int(offsets[0]), int(offsets[-1])
    if not 0 <= first <= low <= high <= first + len(mask):
        raise ValueError("offsets that ascend within the mask")
    library = native().library
    if library is None or offsets.dtype != np.int64:
        inside(-1 if (offsets[1:] < offsets[:-1]).any() else 0)
        until = np.zeros(len(mask) + 1, dtype=np.int64)
        np.cumsum(mask, out=until[1:])
        marks = until[offsets - first]
        return marks[1:] != marks[:-1]
    mask, offsets = plain(mask), plain(offsets)
    any_marked = np.empty(runs, dtype=np.bool_)
    inside(
        library.usql_any_in_run(
            *(address(mask), len(mask), first, address(offsets), runs, address(any_marked))
        )
    )
    return any_marked


def _check_runs(offsets: Ints, entries: int) -> None:
    """``ValueError`` unless the first and the last offset are those of so many entries."""
    low, high = int(offsets[0]), int(offsets[-1])
    if not 0 <= low <= high or high - low != entries:
        raise ValueError(f"offsets of {entries} entries")


def distinct_in_runs(
    codes: Array, offsets: Ints, missing: int, keeps_empty: bool = True
) -> tuple[Array, Array]:
    """The distinct codes of each run, in the order in which they first occur: ``(runs, codes)``. The
    entries begin with those of the first run, their codes are at most ``missing``, which does not
    count, but is that of a run without any other code if ``keeps_empty``."""
    runs = len(offsets) - 1
    _check_runs(offsets, len(codes))
    check_lengths(len(codes), [codes])
    if runs >= 1 << 31:
        raise OverflowError("numbers of runs have 32 bits")
    most = LIMITS.get(codes.dtype, (0, missing))[1]
    if missing < 0 or (keeps_empty and missing > most):
        raise OverflowError("a missing code of the type of the codes")
    library = native().library
    if library is None or codes.dtype not in CODES or offsets.dtype != np.int64:
        return _distinct_in_runs(codes, offsets, missing, keeps_empty)
    codes, offsets = plain(codes), plain(offsets)
    room = len(codes) + runs + 1
    rows, distinct = np.empty(room, dtype=np.int32), np.empty(room, dtype=codes.dtype)
    stamps = np.zeros(missing + 1, dtype=np.uint32)
    count = inside(
        library.usql_distinct_in_runs(
            *(address(codes), TYPES[codes.dtype], address(offsets), runs, missing, keeps_empty),
            *(address(stamps), len(stamps), address(rows), address(distinct)),
        )
    )
    for array in (rows, distinct):
        array.resize(count, refcheck=False)  # in its place
    return rows, distinct


def _distinct_in_runs(
    codes: Array, offsets: Ints, missing: int, keeps_empty: bool
) -> tuple[Array, Array]:
    inside(-1 if len(codes) and int(codes.max()) > missing else 0)
    every = np.arange(len(offsets) - 1, dtype=np.int32)
    rows, has = expand(every, offsets), codes != missing
    rows, codes = rows[has], codes[has]
    pairs = rows.astype(np.int64) * (missing + 1) + codes.astype(np.int64)
    first = np.sort(np.unique(pairs, return_index=True)[1])
    rows, codes = rows[first], codes[first]
    if keeps_empty:
        empty = np.setdiff1d(every, rows)
        places = rows.searchsorted(empty)
        rows, codes = np.insert(rows, places, empty), np.insert(codes, places, missing)
    return rows, codes


def expand(values: Array, offsets: Ints) -> Array:
    """The value of its run for each entry."""
    check_lengths(len(offsets) - 1, [values])
    low, high = int(offsets[0]), int(offsets[-1])
    _check_runs(offsets, high - low)
    library = native().library
    if library is None or values.dtype not in _NUMBERS or offsets.dtype != np.int64:
        inside(-1 if (offsets[1:] < offsets[:-1]).any() else 0)
        return np.repeat(values, np.diff(offsets))
    values, offsets = plain(values), plain(offsets)
    expanded = np.empty(high - low, dtype=values.dtype)
    inside(
        library.usql_expand(
            *(address(values), values.dtype.itemsize, address(offsets), len(values)),
            address(expanded),
        )
    )
    return expanded
