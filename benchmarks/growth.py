"""How usql's times grow with the data."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks import report
from benchmarks.data import data
from benchmarks.ours import INDEXED, SCAN, ask, load
from benchmarks.parameters import Parameters
from benchmarks.queries import queries
from benchmarks.timing import Run, alternate

SCALES = (0.1, 1.0, 10.0)
FIELDS = frozenset(
    {
        *("userSessionId", "startTime", "endTime", "duration", "country", "city", "ip", "userId"),
        *("userType", "browserFamily", "userActionCount", "totalErrorCount", "bounce"),
        *("stringProperties", "doubleProperties"),
        *("userActions.name", "userActions.application", "userActions.duration"),
    }
)
"""What the queries read. The rest of ten million sessions would only take time and room to make."""


def growth(
    parameters: Parameters,
    only: Sequence[str],
    *,
    rounds: int,
    scales: Sequence[float] = SCALES,
    folder: Path | None = None,
) -> str:
    """The table of the queries' medians at each scale, with and without indexes."""
    times: dict[str, dict[str, list[float]]] = {SCAN: {}, INDEXED: {}}
    for scale in scales:
        store = data(scale, folder, FIELDS).store()
        both = {SCAN: load(store, indexes=False), INDEXED: load(store)}
        for query in queries(parameters):
            if only and query.key not in only:
                continue
            runs: dict[str, Run] = {n: partial(ask, s, query.text) for n, s in both.items()}
            for name, timing in alternate(runs, rounds).items():
                times[name].setdefault(query.key, []).append(timing.median)
    return report.growth(scales, times)
