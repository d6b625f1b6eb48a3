"""``python -m benchmarks.ablation``: what each optimisation of the engine buys.

Each is switched off alone (``benchmarks.optimisations``). The benchmark's queries, and a few further
ones for what these do not need, are answered with it and without, in turns, with indexes and without,
after the answers were compared. What it buys is the ratio of the least times, with which other work on
the machine meddled least: of the processor's on one thread, of the clock's on several. On one thread
a query that calls the same functions equally often either way is not timed: it does not use it.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pyarrow as pa

import usql
from benchmarks import optimisations
from benchmarks.compare import difference
from benchmarks.data import data
from benchmarks.growth import FIELDS
from benchmarks.optimisations import OPTIMISATIONS, Optimisation, Switch, switched
from benchmarks.options import names
from benchmarks.ours import ask
from benchmarks.parameters import Parameters, choose
from benchmarks.queries import Query, queries
from benchmarks.report import aligned
from benchmarks.timing import Clock, Run, alternate
from benchmarks.versions.__main__ import REFERENCE
from benchmarks.versions.worker import WARM
from usql import frozen
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.store import Store, load

WORTH = 1.05
"""What an optimisation has to buy somewhere."""

NEAR, CLEAR = 1.03, 1.2
"""Between these it is measured again, in more rounds, so that noise decides less."""

AGAIN = 4
"""So many times more rounds."""

_ASIDE = {__file__, optimisations.__file__, contextlib.__file__, frozen.__file__}
"""Files whose functions run because something is switched, or compare what caches know."""


@dataclass(frozen=True)
class Bought:
    """What an optimisation buys of one query: how many times longer that takes without it, ``None``
    where it is not used. ``difference`` tells where the answers differ."""

    query: str
    indexes: bool
    ratio: float | None
    difference: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a line for each optimisation as it comes; 1 when an answer differed."""
    options = _options().parse_args(arguments)
    parameters = choose(data(min(options.scale, REFERENCE), options.folder).flat())
    asked = [*queries(parameters), *further(parameters)]
    chosen = [q for q in asked if not options.only or q.key in options.only]
    store = load(data(options.scale, options.folder, FIELDS).store())
    lines: list[list[str]] = []
    wrong: list[str] = []
    whole = {on: _opened(store, options.threads, on, DEFAULT) for on in (False, True)}
    for optimisation in OPTIMISATIONS:
        if options.of and optimisation.name not in options.of:
            continue
        if optimisation.only_threads and options.threads == 1:
            continue
        bought = list(measured(optimisation, store, whole, chosen, options.threads, options.rounds))
        lines += [_line(optimisation, [b for b in bought if b.indexes is on]) for on in whole]
        print(aligned(lines[-2:], set()), file=sys.stderr, flush=True)
        wrong += [f"{optimisation.name}: {b.query}: {b.difference}" for b in bought if b.difference]
    head = ["", "", *(query.key for query in chosen), "most"]
    print(aligned([head, *lines], text_columns={0, 1}))
    print("\n".join(f"DIFFERS: {one}" for one in wrong))
    return 1 if wrong else 0


def further(p: Parameters) -> list[Query]:
    """Questions of which the benchmark has none."""
    session = "usersession"
    ended = f"endTime BETWEEN {p.start} AND {p.end}"
    texts = {
        "F1": f"SELECT COUNT(*), AVG(duration) FROM {session} WHERE {ended}",
        "F2": f"SELECT HOUR(startTime), COUNT(*) FROM {session} GROUP BY HOUR(startTime)",
        "F3": 'SELECT DATETIME(startTime, "yyyy-MM", "month") AS t, COUNT(*) '
        f"FROM {session} GROUP BY t",
        "F4": f"SELECT userId, startTime, duration FROM {session} ORDER BY duration DESC LIMIT 50",
        "F5": f"SELECT userActionCount, COUNT(*), MAX(duration) FROM {session} GROUP BY userActionCount",
        "F6": f"SELECT country, COUNT(DISTINCT city), browserFamily FROM {session} GROUP BY country",
    }
    return [Query(key, text, "", {}) for key, text in texts.items()]


def measured(
    optimisation: Optimisation,
    store: Store,
    whole: dict[bool, usql.Sessions],
    asked: Sequence[Query],
    threads: int,
    rounds: int,
) -> Iterator[Bought]:
    """What an optimisation buys of each query: of sessions that have all, the ``whole`` ones, without
    indexes and with them, and of the same without it."""
    switches = optimisation.switches()
    clock = time.process_time if threads == 1 else time.perf_counter
    for indexes, on in whole.items():
        off = _opened(store, threads, indexes, optimisation.tuning)
        for query in asked:
            runs: dict[str, Run] = {
                "on": partial(_ask, on, query.text, switches, True),
                "off": partial(_ask, off, query.text, switches, False),
            }
            ours, theirs = (_warm(run, WARM if indexes else 1) for run in runs.values())
            bought = None
            if threads > 1 or _calls(runs["on"]) != _calls(runs["off"]):
                bought = _ratio(runs, rounds, clock)
                if NEAR <= bought < CLEAR:
                    bought = _ratio(runs, AGAIN * rounds, clock)
            same = ours.equals(theirs)
            yield Bought(query.key, indexes, bought, None if same else difference(ours, theirs))


def _ratio(runs: dict[str, Run], rounds: int, clock: Clock) -> float:
    turns = alternate(runs, rounds, clock, turn_seconds=0)
    return turns["off"].least / turns["on"].least


def _calls(run: Run) -> Counter[Any]:
    """How often a run calls each function of other files than those aside."""
    counts: Counter[Any] = Counter()

    def note(frame: FrameType, event: str, called: Any) -> None:
        if event == "call" and frame.f_code.co_filename not in _ASIDE:
            counts[frame.f_code] += 1
        elif event == "c_call" and frame.f_code.co_filename not in _ASIDE:
            counts[called.__qualname__] += 1

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return counts


def _opened(store: Store, threads: int, indexes: bool, tuning: Tuning) -> usql.Sessions:
    """Sessions that share nothing with others but what is stored."""
    return usql.Sessions(store, threads=threads, index_memory=None if indexes else 0, tuning=tuning)


def _ask(sessions: usql.Sessions, text: str, switches: Sequence[Switch], on: bool) -> pa.Table:
    with switched(switches, on):
        return ask(sessions, text)


def _warm(run: Any, times: int) -> pa.Table:
    """The answer, asked for so many times that all indexes are built."""
    for _ in range(times):
        table = run()
    return table


def _line(optimisation: Optimisation, bought: Sequence[Bought]) -> list[str]:
    kind = "index" if bought[0].indexes else "scan"
    ratios = ["" if one.ratio is None else f"{one.ratio:.2f}" for one in bought]
    most = max(bought, key=lambda one: one.ratio or 0)
    is_worth = most.ratio is not None and most.ratio >= WORTH
    worth = f"{most.ratio:.2f} {most.query}" if is_worth else ""
    return [optimisation.name, kind, *ratios, worth]


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    add = parser.add_argument
    add("--scale", type=float, default=1.0, help="in millions of sessions (default 1)")
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--of", type=names, default=(), metavar="NAME[,NAME]", help="only these optimisations")
    add(
        "--rounds",
        type=int,
        default=15,
        help="single calls, of which the least counts (default 15)",
    )
    add("--threads", type=int, default=1, help="of the engine (default 1)")
    add("--folder", type=Path, help="where the data lie, or are made (default benchmarks/data)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
