"""Timing engines fairly on a machine whose speed wobbles: in turns, medians, ratios of one run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

Run = Callable[[], object]
Clock = Callable[[], float]

TURN_SECONDS = 0.01
"""How long a turn takes at least: a query of microseconds is run many times in a row."""

MOST_CALLS = 50

REST_SECONDS = 0.005
"""Before each turn: idle threads of the engine before spin for a moment before they sleep."""


@dataclass(frozen=True)
class Timing:
    """Seconds a call, one number for each turn."""

    turns: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.turns)

    @property
    def least(self) -> float:
        return min(self.turns)


def alternate(
    runs: Mapping[str, Run],
    rounds: int,
    clock: Clock = time.perf_counter,
    turn_seconds: float = TURN_SECONDS,
) -> dict[str, Timing]:
    """Time all runs, one after the other in each round, beginning with another one each time.

    Each run is called once before the clock starts. As in ``timeit``, garbage is not collected
    meanwhile. ``time.process_time`` as the clock counts what the threads of this process work.
    A turn takes at least ``turn_seconds``; with 0 it is a single call.
    """
    names = list(runs)
    calls = {name: _calls(run, turn_seconds) for name, run in runs.items()}
    turns: dict[str, list[float]] = {name: [] for name in names}
    with uncollected():
        for number in range(rounds):
            for place in range(len(names)):
                name = names[(number + place) % len(names)]
                time.sleep(REST_SECONDS)
                turns[name].append(_seconds(runs[name], calls[name], clock))
    return {name: Timing(tuple(seconds)) for name, seconds in turns.items()}


def once(run: Run) -> float:
    """Seconds of a single call."""
    return _seconds(run, 1)


def fastest(runs: Mapping[str, Run], tries: int = 3, enough: float = 1.0) -> str:
    """The name of the run with the least time of a few tries. One that has used up ``enough``
    seconds is not tried again."""

    def least(run: Run) -> float:
        spent: list[float] = []
        while len(spent) < tries and sum(spent) < enough:
            spent.append(_seconds(run, 1))
        return min(spent)

    times = {name: least(run) for name, run in runs.items()}
    return min(times, key=times.__getitem__)


def bandwidth(threads: int, megabytes: int = 128, rounds: int = 7) -> float:
    """Bytes a second that ``threads`` threads read from memory, each ``megabytes`` of its own: the
    most of several rounds."""
    blocks = [np.ones(megabytes << 18, dtype=np.int32) for _ in range(threads)]
    total = sum(block.nbytes for block in blocks)
    with ThreadPoolExecutor(threads) as pool:
        return total / min(
            once(lambda: list(pool.map(np.maximum.reduce, blocks))) for _ in range(rounds)
        )


def _calls(run: Run, turn_seconds: float) -> int:
    seconds = _seconds(run, 1)
    return max(1, min(MOST_CALLS, round(turn_seconds / max(seconds, 1e-9))))


def _seconds(run: Run, calls: int, clock: Clock = time.perf_counter) -> float:
    begin = clock()
    for _ in range(calls):
        run()
    return (clock() - begin) / calls


@contextmanager
def uncollected() -> Iterator[None]:
    """Within the block no garbage is collected: a full collection takes as long as all that the
    process holds demands."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
