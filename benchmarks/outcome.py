"""What was found out about one query."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.ours import INDEXED, SCAN
from benchmarks.timing import Timing

GOALS = {SCAN: (3.5, 1.0), INDEXED: (8.0, 2.0)}
"""The ratio to the fastest peer wanted as geometric mean, and of every single query."""


@dataclass(frozen=True)
class Outcome:
    """One query: the times of each engine, in the order they are shown.

    ``first`` is the time of the query's first run on a store just opened with indexes on,
    ``forms`` says which form of a peer was fastest, ``absent`` why a peer was not timed.
    """

    key: str
    stresses: str
    rows: int
    bytes_read: int
    timings: dict[str, Timing]
    first: float | None = None
    forms: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    disagrees: dict[str, str] = field(default_factory=dict)

    def fastest_peer(self) -> tuple[str, float] | None:
        """The peer with the least median."""
        peers = {n: t.median for n, t in self.timings.items() if n not in (SCAN, INDEXED)}
        return min(peers.items(), key=lambda pair: pair[1]) if peers else None

    def ratio(self, ours: str) -> float | None:
        """How many times faster than the fastest peer, by medians."""
        peer = self.fastest_peer()
        return peer[1] / self.timings[ours].median if peer and ours in self.timings else None


def geometric_mean(ratios: Iterable[float]) -> float:
    """``nan`` of no ratios."""
    logs = [math.log(ratio) for ratio in ratios]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan
