"""What the process pool costs: ``python -m benchmarks.pool``.

The same shards are asked by one process and by a pool, in turns, after their answers were compared: wall
milliseconds of a warm question, and the processor's milliseconds of this process and of the workers
(where the system tells them, as Linux does).
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import usql
from benchmarks.cluster.data import TOGETHER, Files
from benchmarks.compare import difference
from benchmarks.data import SESSIONS, data
from benchmarks.options import names
from benchmarks.ours import ask, load
from benchmarks.parameters import choose
from benchmarks.queries import queries
from benchmarks.report import aligned
from benchmarks.timing import Run, uncollected

TIMES, PLUS = 1.5, 50.0
"""The goal: so many times what one process takes, and so many milliseconds."""

ONE, POOL = "one process", "pool"


@dataclass(frozen=True)
class Turn:
    """Milliseconds of one call: on the wall, of this process, and of its workers."""

    wall: float
    here: float
    workers: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 1 when the answers differ."""
    options = _options().parse_args(arguments)
    files = Files(options.sessions, options.per_shard, options.folder)
    parameters = choose(data(min(0.1, files.sessions / SESSIONS), options.folder).flat())
    chosen = [q for q in queries(parameters) if not options.only or q.key in options.only]
    one = load(files.shards(), indexes=options.indexes)
    lines = [["", ONE, POOL, "of the goal", "least", "processor here", "workers", "one process"]]
    wrong = 0
    with usql.processes.open(files.shards(), workers=options.workers) as pool:
        for query in chosen:
            runs: dict[str, Run] = {
                ONE: partial(ask, one, query.text),
                POOL: partial(ask, pool, query.text),
            }
            if different := difference(*(run() for run in runs.values())):
                wrong = 1
                print(f"{query.key} DISAGREES: {different[:500]}", file=sys.stderr)
            turns = alternate(runs, options.repeat)
            lines.append([query.key, *map(_number, figures(turns[ONE], turns[POOL]))])
            print(" ".join(lines[-1]), file=sys.stderr, flush=True)
    print(aligned(lines, text_columns={0}))
    return wrong


def figures(one: Sequence[Turn], pool: Sequence[Turn]) -> list[float]:
    """The columns of the table: medians, and the share of the goal also by the least of all turns, of
    which other work on the machine took the least."""
    single, several = (median(turn.wall for turn in turns) for turns in (one, pool))
    alone, least = (min(turn.wall for turn in turns) for turns in (one, pool))
    return [
        single,
        several,
        several / (TIMES * single + PLUS),
        least / (TIMES * alone + PLUS),
        median(turn.here for turn in pool),
        median(turn.workers for turn in pool),
        median(turn.here for turn in one),
    ]


def alternate(runs: dict[str, Run], rounds: int) -> dict[str, list[Turn]]:
    """Turns of each run, one after the other in each round, after one that does not count."""
    turns: dict[str, list[Turn]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    with uncollected():
        for number in range(rounds):
            for name in sorted(runs, reverse=number % 2 == 1):
                turns[name].append(_turn(runs[name]))
            gc.collect()
    return turns


def _turn(run: Run) -> Turn:
    theirs, here, wall = _workers(), time.process_time(), time.perf_counter()
    run()
    spent = time.perf_counter() - wall, time.process_time() - here, _workers() - theirs
    return Turn(*(1e3 * seconds for seconds in spent))


def _workers() -> float:
    """The processor's seconds of all worker processes so far; not a number where none are told."""
    seconds = 0.0
    for process in multiprocessing.active_children():
        tasks = Path(f"/proc/{process.pid}/task")
        if not tasks.exists():
            return float("nan")
        for task in tasks.iterdir():
            seconds += int((task / "schedstat").read_text().split()[0]) / 1e9
    return seconds


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pool",
        description="Times a pool of processes beside one process, over the same shards.",
    )
    add: Any = parser.add_argument
    add("--sessions", type=int, default=200_000, help="how many (default 200,000)")
    add("--per-shard", type=int, default=25_000, help="sessions of a shard (default 25,000)")
    add("--workers", type=int, default=2, help="processes of the pool (default 2)")
    add("--indexes", action="store_true", help="let the one process keep indexes between queries")
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--repeat", type=int, default=15, help="rounds of which the median counts (default 15)")
    add("--folder", type=Path, default=TOGETHER, help="where the data is kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
