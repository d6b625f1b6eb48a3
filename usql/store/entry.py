"""The first and the last action of each session (LANGUAGE.md §3)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from usql.store.columns import Array, NumberColumn

Bools = npt.NDArray[np.bool_]


def entry_and_exit(start: NumberColumn | None, parent: Array, rows: int) -> tuple[Bools, Bools]:
    """Per action, whether it is its session's first and last by start time, ties by position.
    Actions without a start time come last among the first and first among the last, so that they
    are chosen only where no action has one."""
    position = np.arange(rows)
    times = np.zeros(rows, dtype=np.int64) if start is None else start.values.astype(np.int64)
    missing = np.zeros(rows, dtype=np.bool_)
    if start is not None and start.valid is not None:
        missing = ~start.valid
    first = np.zeros(rows, dtype=np.bool_)
    last = np.zeros(rows, dtype=np.bool_)
    order = np.lexsort((position, times, missing, parent))
    owners = parent[order]
    first[order[np.concatenate(([True], owners[1:] != owners[:-1]))]] = True
    order = np.lexsort((position, times, ~missing, parent))
    owners = parent[order]
    last[order[np.concatenate((owners[1:] != owners[:-1], [True]))]] = True
    return first, last
