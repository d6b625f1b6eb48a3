"""What generated cases reach: ``python -m tests.reach [QUERIES]``.

Runs as many questions as asked for (at least), engine against reference, and prints which parts of
the language they used and which lines and branches of ``usql/engine`` they ran. Exits with 1 below
95 % of the kinds of bound nodes or of the engine's branches.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import coverage

if TYPE_CHECKING:
    from tests.reached import Reached

ENOUGH = 95.0
"""Percent of node kinds and of branches."""

PER_CASE = 4
"""Questions that a case has on average, and a little less."""

BATCH = 25
"""Cases of one seed: of those that follow each other many are variations."""


def main(queries: int) -> int:
    """Run and print; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        lines = coverage.Coverage(
            data_file=os.path.join(folder, "data"), branch=True, source=["usql.engine"]
        )
        lines.start()  # before the engine is imported, so that its definitions count
        reached = run(queries)
        lines.stop()
        report = Path(folder, "report.json")
        lines.json_report(outfile=str(report), pretty_print=False)
        measured = json.loads(report.read_text())
    print(reached.table())
    print(_engine_table(measured))
    nodes = reached.percent("node")
    branches = _percent(measured["totals"], "branches")
    print(f"\n{reached.questions} queries in {reached.cases} cases: {nodes:.1f} % of the kinds of nodes, "
          f"{branches:.1f} % of the engine's branches")  # fmt: skip
    return 0 if min(nodes, branches) >= ENOUGH and reached.questions >= queries else 1


def run(queries: int) -> Reached:
    """Ask about as many questions, half of them in pieces; raises where an answer is wrong. The
    questions are other ones each time, but for CI."""
    from hypothesis import HealthCheck, given, seed, settings

    from tests.agreement import IN_PIECES, WHOLE, Way, check
    from tests.reached import Reached
    from tests.strategies import Case, cases

    reached = Reached()

    def asked(case: Case, way: Way) -> None:
        reached.add(case, way, check(case, way))

    rules = settings(
        max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    for number in range(-(-queries // (PER_CASE * BATCH))):
        start = number if os.environ.get("CI") else random.randrange(1 << 32)
        whole = number % 2 == 0
        given_cases = given(cases(repeats=whole), WHOLE if whole else IN_PIECES)
        seed(start)(rules(given_cases(asked)))()
    return reached


def _percent(summary: dict[str, int], what: str) -> float:
    covered, every = (
        ("covered_branches", "num_branches")
        if what == "branches"
        else ("covered_lines", "num_statements")
    )
    return 100 * summary[covered] / summary[every] if summary[every] else 100.0


def _engine_table(measured: dict[str, object]) -> str:
    files = measured["files"]
    assert isinstance(files, dict)
    rows = [("", "lines", "branches", "lines never run; branches never taken")]
    for name, file in [*sorted(files.items()), ("all", measured)]:
        summary = file.get("summary") or file["totals"]
        lines, branches = _percent(summary, "lines"), _percent(summary, "branches")
        missing = [str(n) for n in file.get("missing_lines", [])]
        untaken = [f"{a}→{'end' if b < 0 else b}" for a, b in file.get("missing_branches", [])]
        left = f"{' '.join(missing)}; {' '.join(untaken)}" if missing or untaken else ""
        rows.append((name, f"{lines:.1f} %", f"{branches:.1f} %", left))
    return "\n".join(f"{a:36} {b:>8} {c:>9}  {d}".rstrip() for a, b, c, d in rows)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
