"""``python -m benchmarks.translated``: SQL that usql writes for DuckDB beside SQL written by hand.

Both run over the same flat tables of native DuckDB types, in turns; the fastest of the forms by hand
counts. For Spark, ``python -m benchmarks.cluster --forms translated`` does the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import usql
from benchmarks.compare import difference
from benchmarks.data import OWNER, Data, data
from benchmarks.options import names
from benchmarks.outcome import geometric_mean
from benchmarks.parameters import choose
from benchmarks.peers.duckdb import DuckDB
from benchmarks.queries import queries
from benchmarks.report import aligned, milliseconds
from benchmarks.timing import Run, Timing, alternate, fastest

BY_HAND, TRANSLATED = "by hand", "translated"
GOAL = 0.7
"""Wanted of the geometric mean, by hand over translated."""

NOT_COMPARED = {
    "B11": "the first rows in the order of the data, which SQL does not define",
    "B13": "by hand, addresses are numbers in a column of their own, which the export does not have",
}
"""The queries that are left out, and why."""

_LAYOUT = "texts"
"""The schema of ``DuckDB`` whose texts are VARCHARs."""

_PROPERTIES = ("stringProperties", "doubleProperties")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 1 when an answer differs from usql's."""
    options = _options().parse_args(arguments)
    source = data(options.scale, options.folder)
    tables = flat_tables(source)
    parameters = choose(tables)
    peer = DuckDB(tables)
    sessions = usql.open(source.store())
    timings: dict[str, dict[str, Timing]] = {}
    is_wrong = False
    for query in queries(parameters):
        if query.key in NOT_COMPARED or (options.only and query.key not in options.only):
            continue
        text = usql.translate(
            query.text, to="duckdb", layout="flat", source=f"{_LAYOUT}.", profile="offline"
        ).sql
        right = sessions.query(query.text, profile="offline").to_arrow()
        forms = {
            form.label: form.run
            for form in peer.forms(query.key, parameters)
            if form.label.startswith(_LAYOUT)
        }
        runs: dict[str, Run] = {
            BY_HAND: forms[fastest(forms)],
            TRANSLATED: partial(peer.answer, text),
        }
        for name, run in runs.items():
            answer = run()
            assert isinstance(answer, pa.Table)
            if different := difference(right, answer):
                print(f"{query.key}: {name} DISAGREES: {different[:500]}", file=sys.stderr)
                is_wrong = True
        timings[query.key] = alternate(runs, options.rounds, time.process_time)
    peer.close()
    print(table(timings))
    return 1 if is_wrong else 0


def flat_tables(source: Data) -> dict[str, pa.Table]:
    """The tables of the benchmark's peers, to which both kinds of SQL find what they name: by hand a
    column for each property, translated the lists of properties and ``sessionRow``."""
    tables = {
        name: flat.append_column("sessionRow", flat[OWNER]) for name, flat in source.flat().items()
    }
    lists = pq.read_table(source.parquet(), columns=list(_PROPERTIES))
    for name in _PROPERTIES:
        tables["usersession"] = tables["usersession"].append_column(name, lists[name])
    return tables


def table(timings: Mapping[str, Mapping[str, Timing]]) -> str:
    """Medians in milliseconds of the processor, and by hand over translated."""
    lines = [["", BY_HAND, TRANSLATED, f"×{TRANSLATED}"]]
    ratios = []
    for key, times in timings.items():
        by_hand, translated = (times[name].median for name in (BY_HAND, TRANSLATED))
        ratios.append(by_hand / translated)
        lines.append([key, milliseconds(by_hand), milliseconds(translated), f"{ratios[-1]:.2f}"])
    lines.append(["mean", "", "", f"{geometric_mean(ratios):.2f} (goal {GOAL})"])
    return aligned(lines, text_columns={0})


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.translated",
        description="Times SQL that usql writes for DuckDB beside SQL written by hand.",
    )
    add = parser.add_argument
    add("--scale", type=float, default=0.1, help="in millions of sessions (default 0.1)")
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--rounds", type=int, default=7, help="of which the median counts (default 7)")
    add("--folder", type=Path, help="where the data lie, or are made (default benchmarks/data)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
