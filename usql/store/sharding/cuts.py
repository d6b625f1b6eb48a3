"""Where shards begin and end, in sorted runs that are to be one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from usql.frozen import dataclass
from usql.store.sharding.runs import Run

Places = tuple[int, ...]
"""Per run the number of a session: all before it stand before a place in the order of all."""


@dataclass(frozen=True)
class Most:
    """What a shard holds at most: sessions, rows of child tables, and bytes of memory. A single
    session may have more."""

    sessions: int
    children: int
    size: int


def cuts(runs: Sequence[Run], most: Most) -> Iterator[tuple[Places, Places]]:
    """Begin and end of each shard. Sessions stand in the order of their starts, those of one start
    in the order of the runs and of their rows."""
    sessions = sum(map(len, runs))
    first, begin = 0, (0,) * len(runs)
    while first < sessions:
        count, end = _largest(runs, first, begin, min(most.sessions, sessions - first), most)
        yield begin, end
        first, begin = first + count, end


def _largest(
    runs: Sequence[Run], first: int, begin: Places, at_most: int, most: Most
) -> tuple[int, Places]:
    """How many sessions from the place ``begin`` on, which is number ``first`` of all, are a shard,
    and where it ends."""
    low, high = 1, at_most  # the first session is in any case
    while low < high:
        middle = (low + high + 1) // 2
        if _fits(runs, begin, _place(runs, first + middle), most):
            low = middle
        else:
            high = middle - 1
    return low, _place(runs, first + low)


def _fits(runs: Sequence[Run], begin: Places, end: Places, most: Most) -> bool:
    held = list(zip(runs, begin, end, strict=True))
    children = sum(int(run.children[e]) - int(run.children[b]) for run, b, e in held)
    size = sum(int(run.sizes[e]) - int(run.sizes[b]) for run, b, e in held)
    return children <= most.children and size <= most.size


def _place(runs: Sequence[Run], count: int) -> Places:
    """After the first ``count`` sessions of all, of which there is one at least."""
    low = min(int(run.starts[0]) for run in runs if len(run))
    high = max(int(run.starts[-1]) for run in runs if len(run))
    while low < high:  # the start of the last one: the least up to which there are so many
        middle = (low + high) // 2
        if sum(_up_to(run, middle) for run in runs) >= count:
            high = middle
        else:
            low = middle + 1
    places = [int(np.searchsorted(run.starts, low, side="left")) for run in runs]
    remaining = count - sum(places)
    for number, run in enumerate(runs):
        step = min(remaining, _up_to(run, low) - places[number])
        places[number] += step
        remaining -= step
    return tuple(places)


def _up_to(run: Run, start: int) -> int:
    return int(np.searchsorted(run.starts, start, side="right"))
