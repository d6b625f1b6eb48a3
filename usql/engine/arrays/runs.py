"""Runs of an array of entries, and results per run.

``offsets`` is int64 of length n + 1 and cuts an array of entries into n runs.
"""

from __future__ import annotations

import numpy as np

from usql.engine.arrays.native.runs import expand
from usql.engine.arrays.native.totals import extremes_by_key, sum_by_key, wide
from usql.engine.arrays.types import Array, Bools, Ints
from usql.store.widths import unsigned


def run_ids(offsets: Ints) -> Ints:
    """The number of the run of every entry."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def offsets_of(ids: Ints, count: int) -> Ints:
    """The offsets of runs whose entries carry ascending ``ids``: counted, or looked up if runs are
    long."""
    if _LONG * count < len(ids):
        return ids.searchsorted(np.arange(count + 1, dtype=ids.dtype))
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ids, minlength=count), out=offsets[1:])
    return offsets


_LONG = 32
"""Entries of a run that take as long to count as it takes to look up where the run begins."""


def run_sums(values: Array, offsets: Ints, highs: Ints | None = None) -> Array:
    """The sum of the entries of each run, of doubles one by one, of whole numbers in halves if
    ``highs`` are given (:func:`usql.engine.arrays.native.totals.sum_by_key`)."""
    sums = np.zeros(len(offsets) - 1, dtype=wide(values))
    sum_by_key(_keys(offsets), values, sums, highs)
    return sums


def run_extremes(
    values: Array, offsets: Ints, largest: bool, valid: Bools | None = None
) -> tuple[Array, Bools]:
    """The smallest or largest valid entry of each run, 0 if there is none, and a flag per run that
    says whether there is one."""
    extremes = np.zeros(len(offsets) - 1, dtype=wide(values))
    has = np.zeros(len(extremes), dtype=np.bool_)
    extremes_by_key(_keys(offsets), values, extremes, has, largest, valid)
    return extremes.astype(values.dtype, copy=False), has


def _keys(offsets: Ints) -> Array:
    """The number of the run of every entry, as a key."""
    runs = len(offsets) - 1
    return expand(np.arange(runs, dtype=unsigned(runs)), offsets)
