"""Runs of an array of entries: what some entry of a run has."""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.edge import address, check_lengths, inside, plain
from usql.engine.arrays.types import Bools, Ints
from usql.native import native


def any_in_run(mask: Bools, offsets: Ints, first: int = 0) -> Bools:
    """Per run, whether the mask marks some entry: run i has the entries ``offsets[i]`` up to
    ``offsets[i + 1]``, and the mask begins at entry ``first``."""
    check_lengths(len(mask), [mask])
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
