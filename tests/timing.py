"""How time grows with what is given, measured so that a busy machine does not matter."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.timing import uncollected

_LEAST_ROUNDS, _MOST_ROUNDS = 2, 15
_NO_MATTER = 0.02
"""Seconds within which no growth is asked for: a few blocks of memory may double them."""

Work = Callable[[], object]


def grows_at_most(factor: float, short: Work, long: Work, no_matter: float = _NO_MATTER) -> bool:
    """Whether ``long`` takes less than ``factor`` times as long as ``short``.

    Both run one after the other, since the speed of a machine drifts over seconds, and the median
    over several such rounds decides, of an even number the higher one: after two rounds it is what
    no third one could change. Time is that of the processor, and no garbage is collected meanwhile.
    """
    ratios: list[float] = []
    with uncollected():
        for _ in range(_MOST_ROUNDS):
            once, twice = _seconds(short), _seconds(long)
            if twice < no_matter:
                return True
            ratios.append(twice / once)
            if len(ratios) >= _LEAST_ROUNDS and statistics.median_high(ratios) < factor:
                return True
    return False


def _seconds(work: Work) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
