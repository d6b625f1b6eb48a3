"""``python -m benchmarks.start``: what the command costs before it does anything of size.

Whole processes, in turns. What counts is the processor time as a multiple of the yardstick's: the
same interpreter that imports numpy and pyarrow and does nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.data import data
from benchmarks.files.processes import Cost, alternate, median, ratio
from usql.samples import batches
from usql.store.export.write import write_batches

_QUERY = "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city"
_FEW = 1000
_REFUSED = "import sys; from usql.cli import run; sys.exit(run(sys.argv[1:]) != 1)"


class Started(NamedTuple):
    """A process to start: the interpreter's arguments, and the most that it should take, in
    yardsticks (0 where nothing is asked of it)."""

    arguments: tuple[str, ...]
    goal: float = 0


def commands(folder: Path, store: Path) -> dict[str, Started]:
    """What is started, by what is printed of it; the yardstick first. Small files are made in the
    folder."""
    query, lines = folder / "query.usql", folder / "sessions.ndjson"
    query.write_text("SELECT city, COUNT(*)\nFROM usersession\nWHERE duration > 5\nGROUP BY city\n")
    write_batches(lines, batches(_FEW, 1))
    usql = ("-m", "usql")
    return {
        "yardstick": Started(("-c", "import numpy, pyarrow")),
        "usql --version": Started((*usql, "--version"), 0.75),
        "usql fields": Started((*usql, "fields"), 0.75),
        "usql check, a small file": Started((*usql, "check", str(query)), 1.2),
        "usql fmt, a small file": Started((*usql, "fmt", str(query)), 1.2),
        "usql query, misspelt": Started(("-c", _REFUSED, "query", "SELEC city", str(store)), 1.2),
        "usql query, a saved store": Started((*usql, "query", _QUERY, str(store)), 2.6),
        f"usql query, {_FEW:,} lines": Started((*usql, "query", _QUERY, str(lines))),
    }


def measured(started: Mapping[str, Started], rounds: int) -> dict[str, list[Cost]]:
    """The costs of all, each round. Compiled modules lie in a folder of this run, as they lie beside
    the installed package: the start before the first round writes them."""
    with tempfile.TemporaryDirectory() as compiled:
        before = dict(os.environ)
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        try:
            return alternate(
                {n: (sys.executable, *s.arguments) for n, s in started.items()}, rounds
            )
        finally:
            os.environ.clear()
            os.environ.update(before)


def table(started: Mapping[str, Started], costs: Mapping[str, Sequence[Cost]]) -> str:
    """A line for each: the median in milliseconds, the median ratio to the yardstick of the same
    round, and the goal."""
    yardstick = next(iter(costs.values()))
    lines = ["| | ms | yardsticks | goal |", "| --- | ---: | ---: | ---: |"]
    for name, one in started.items():
        spent = median(costs[name]).processor * 1000
        goal = f"{one.goal:g}" if one.goal else ""
        lines.append(f"| {name} | {spent:.0f} | {ratio(costs[name], yardstick):.2f} | {goal} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.start", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=21, help="of which the median counts (default 21)")
    add("--store", type=Path, help="a saved store (default: one of a million sessions)")
    options = parser.parse_args(arguments)
    store = options.store or data(1.0).store()
    with tempfile.TemporaryDirectory() as folder:
        started = commands(Path(folder), store)
        print(table(started, measured(started, options.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
