"""``python -m benchmarks.versions CHECKOUT``: whether usql has become slower since another checkout.

Two processes, one of each checkout, answer the benchmark's queries in turns, on one thread each, with
indexes and without. What counts is the ratio of their processor times.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.data import data
from benchmarks.growth import FIELDS
from benchmarks.options import names
from benchmarks.parameters import choose
from benchmarks.queries import queries
from benchmarks.versions.checkout import Checkout
from benchmarks.versions.compared import Compared, compared, table

HERE = Path(__file__).parent.parent.parent
REFERENCE = 0.1
"""The scale whose data the queries' parameters are chosen from, for all larger ones."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table for each; 1 when the checkouts give different answers."""
    options = _options().parse_args(arguments)
    parameters = choose(data(min(options.scale, REFERENCE), options.folder).flat())
    chosen = [q for q in queries(parameters) if not options.only or q.key in options.only]
    source = data(options.scale, options.folder, FIELDS).parquet()
    comparisons: list[Compared] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Checkout(options.checkout, source, Path(folder, "old")) as old,
        Checkout(HERE, source, Path(folder, "new")) as new,
    ):
        for indexes in (False, True):
            of_kind = list(compared(old, new, chosen, indexes, options.rounds, Path(folder)))
            print(f"{'with' if indexes else 'without'} indexes, ms\n{table(of_kind)}\n", flush=True)
            comparisons += of_kind
    return 1 if any(one.difference for one in comparisons) else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versions", description=__doc__)
    add = parser.add_argument
    add("checkout", type=Path, help="the other one, for example of git worktree add ../old TAG")
    add(
        "--scale",
        type=float,
        default=1.0,
        help="in millions of sessions (default 1); 0.0001 tells what each query costs before it reads anything",
    )
    add("--only", type=names, default=(), metavar="B3[,B4]", help="only these queries")
    add("--rounds", type=int, default=7, help="of which the median counts (default 7)")
    add("--folder", type=Path, help="where the data lie, or are made (default benchmarks/data)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
