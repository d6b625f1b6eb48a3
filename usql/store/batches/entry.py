"""The first and the last action of each session (LANGUAGE.md §3)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from usql.store.columns import Array, NumberColumn

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def entry_and_exit(start: NumberColumn | None, offsets: Ints, parent: Array) -> tuple[Bools, Bools]:
    """Per action, whether it is its session's first, and whether it is its last, by start time,
    ties by position. Actions without a start time are chosen only where no action of the session
    has one. There must be at least one action; ``offsets`` and ``parent`` are as in
    ``TableData``."""
    lengths = np.diff(offsets)
    begins, lengths = offsets[:-1][lengths > 0], lengths[lengths > 0]
    times: Array = np.zeros(len(parent), dtype=np.int8) if start is None else start.values
    if start is None or start.valid is None:
        is_first = times == np.repeat(np.minimum.reduceat(times, begins), lengths)
        is_last = times == np.repeat(np.maximum.reduceat(times, begins), lengths)
    else:
        # A missing time is a candidate only where its session has no other.
        some = np.repeat(np.logical_or.reduceat(start.valid, begins), lengths)
        candidates = start.valid | ~some
        ends = np.iinfo(times.dtype)
        earliest = np.minimum.reduceat(np.where(candidates, times, ends.max), begins)
        latest = np.maximum.reduceat(np.where(candidates, times, ends.min), begins)
        is_first = candidates & (times == np.repeat(earliest, lengths))
        is_last = candidates & (times == np.repeat(latest, lengths))
    first, last = np.zeros_like(is_first), np.zeros_like(is_last)
    ties = np.flatnonzero(is_first)
    first[ties[np.diff(parent[ties], prepend=-1) != 0]] = True
    ties = np.flatnonzero(is_last)
    last[ties[np.diff(parent[ties], append=-1) != 0]] = True
    return first, last
