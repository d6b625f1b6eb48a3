"""``python -m benchmarks.cluster``: Spark SQL written by hand beside usql on the same local Spark."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import usql
from benchmarks.cluster.data import TOGETHER, Files
from benchmarks.cluster.spark_sql import SAID_ELSEWHERE, statements
from benchmarks.compare import difference
from benchmarks.data import SESSIONS, data
from benchmarks.options import names
from benchmarks.outcome import geometric_mean
from benchmarks.parameters import Parameters, choose
from benchmarks.peers.base import THREADS
from benchmarks.queries import Query, queries
from benchmarks.report import aligned, markdown
from benchmarks.timing import Run, Timing, alternate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BY_HAND = "by hand"
GOALS = {"shards": 1.8, "files": 1.3, "frames": 0.8, "translated": 0.7}
"""Wanted of the geometric mean at 200,000 sessions, by hand over each."""

MANY, GOAL_OF_MANY = 4_000_000, 3.0
"""From that many sessions on, more is wanted of shards."""

VIEW = "sessions"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 1 when an answer differs from usql's in one process."""
    options = _options().parse_args(arguments)
    files = Files(options.sessions, options.per_shard, options.folder)
    files.shards()
    if options.make:
        return 0
    spark = started(options.memory)
    parameters = choose(data(min(0.1, files.sessions / SESSIONS), options.folder).flat())
    chosen = [q for q in queries(parameters) if q.key not in SAID_ELSEWHERE]
    chosen = [q for q in chosen if not options.only or q.key in options.only]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Spark {spark.version}, {files.sessions:,} sessions"
    )
    timings, wrong = measured(spark, files, parameters, chosen, options.forms, options.repeat)
    print(table(timings, options.forms, files.sessions, markdown if options.markdown else aligned))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    if options.json:
        times = {
            key: {name: t.turns for name, t in by_form.items()} for key, by_form in timings.items()
        }
        options.json.write_text(json.dumps(times, indent=1))
    spark.stop()
    return 1 if wrong else 0


def started(memory: str) -> SparkSession:
    """A local Spark with as many tasks at once as the benchmark gives every engine threads."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(THREADS),
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.memory": memory,
        "spark.log.level": "FATAL",
    }
    builder = SparkSession.builder.master(f"local[{THREADS}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def measured(
    spark: SparkSession,
    files: Files,
    parameters: Parameters,
    chosen: Sequence[Query],
    forms: Sequence[str],
    rounds: int,
) -> tuple[dict[str, dict[str, Timing]], list[str]]:
    """The times of each query and form, and a sentence for each answer that is not that of usql in
    one process."""
    frame = spark.read.parquet(str(files.parquet()))
    frame.createOrReplaceTempView(VIEW)
    by_hand = statements(parameters, VIEW)
    forms_of: Mapping[str, Callable[[Query], Run]] = {
        BY_HAND: lambda query: partial(_by_hand, spark, by_hand[query.key]),
        "shards": _queried(usql.spark.open(str(files.shards()), spark)),
        "files": _queried(usql.spark.open(str(files.parquet()), spark)),
        "frames": _queried(usql.spark.open(frame)),
        "translated": lambda query: partial(_by_hand, spark, _translated(query.text)),
    }
    here = usql.processes.open(files.shards(), workers=1)
    timings: dict[str, dict[str, Timing]] = {}
    wrong: list[str] = []
    for query in chosen:
        right = here.query(query.text, profile="offline").to_arrow()
        runs = {name: forms_of[name](query) for name in (BY_HAND, *forms)}
        for name, run in runs.items():
            answer = run()
            assert isinstance(answer, pa.Table)
            if different := difference(right, answer):
                wrong.append(f"{query.key}: {name} DISAGREES: {different[:500]}")
        timings[query.key] = alternate(runs, rounds)
        medians = {name: round(t.median, 3) for name, t in timings[query.key].items()}
        print(f"{query.key}: {medians}", file=sys.stderr, flush=True)
    here.close()
    return timings, wrong


def _by_hand(spark: SparkSession, statement: str) -> pa.Table:
    return spark.sql(statement).toArrow()


def _translated(text: str) -> str:
    return usql.translate(text, to="spark", source=VIEW, profile="offline").sql


def _queried(sessions: usql.spark.SparkSessions) -> Callable[[Query], Run]:
    def run(query: Query) -> Run:
        return lambda: sessions.query(query.text, profile="offline").to_arrow()

    return run


def table(
    timings: Mapping[str, Mapping[str, Timing]],
    forms: Sequence[str],
    sessions: int,
    written: Callable[[Sequence[Sequence[str]], set[int]], str] = aligned,
) -> str:
    """Wall seconds, medians, and how many times faster than by hand each form is."""
    lines = [["", BY_HAND, *forms, *(f"×{form}" for form in forms)]]
    for key, times in timings.items():
        base = times[BY_HAND].median
        seconds = [f"{times[name].median:.3f}" for name in (BY_HAND, *forms)]
        lines.append([key, *seconds, *(f"{base / times[form].median:.2f}" for form in forms)])
    means = [
        geometric_mean(
            by_form[BY_HAND].median / by_form[form].median for by_form in timings.values()
        )
        for form in forms
    ]
    wanted = {**GOALS, "shards": GOAL_OF_MANY} if sessions >= MANY else GOALS
    goals = [f"{mean:.2f} (goal {wanted[form]})" for form, mean in zip(forms, means, strict=True)]
    lines.append(["mean", *[""] * (1 + len(forms)), *goals])
    return written(lines, {0})


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster",
        description="Times usql on Spark beside Spark SQL written by hand, over the same sessions.",
    )
    add: Any = parser.add_argument
    add("--sessions", type=int, default=200_000, help="how many (default 200,000)")
    add("--per-shard", type=int, default=25_000, help="sessions of a shard (default 25,000)")
    add("--forms", type=names, default=tuple(GOALS), help=f"of {', '.join(GOALS)} (default all)")
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--repeat", type=int, default=5, help="rounds of which the median counts (default 5)")
    add("--memory", default="4g", help="of Spark's JVM (default 4g)")
    add("--folder", type=Path, default=TOGETHER, help="where the data is kept")
    add("--markdown", action="store_true", help="print the table as one of Markdown, for a page")
    add("--json", type=Path, metavar="FILE", help="write all times there too")
    add("--make", action="store_true", help="only make the data")
    return parser


if __name__ == "__main__":
    sys.exit(main())
