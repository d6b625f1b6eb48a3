"""What generated cases reach: ``python -m tests.tools.reach [QUERIES]``.

Asks at least as many questions, engine against reference, and prints which parts of the language
the first of them used, and which lines and branches of ``usql/engine`` they ran. Exits with 1 where
that is less than 95 % of the kinds of bound nodes or of the engine's branches, and with a traceback
and the smallest such case where an answer is wrong.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

import coverage

if TYPE_CHECKING:
    from tests.oracle.agreement import Way
    from tests.oracle.strategies import Case
    from usql.queryable import Queryable

ENOUGH = 95.0
"""Percent of node kinds and of branches."""

MEASURED = 8_000
"""Questions that are measured; further ones, which take half the time, are only asked."""

TRIES = 3000
"""Cases that are looked at for a smallest wrong one."""


OUTSIDE = (
    "tests.oracle.agreement.load",
    "tests.oracle.agreement.reference",
    "tests.oracle.agreement.save",
    "tests.oracle.strategies.case",
    "usql.asking.prepare.Preparer.__call__",
    "usql.sessions.save",
)
"""What takes time and runs nothing of the engine. Tracing would slow it down all the same."""


def main(queries: int) -> int:
    """Run and print; the exit code. What is measured is asked first."""
    with tempfile.TemporaryDirectory() as folder:
        lines = coverage.Coverage(
            data_file=os.path.join(folder, "data"),
            branch=True,
            source=["usql.engine"],
        )
        lines.start()  # before the engine is imported, so that its definitions count
        from tests.tools.reached import Reached

        reached = Reached()
        with _only_the_engine_traced():
            asked = run(min(queries, MEASURED), 0, _untraced(reached.add))
        lines.stop()
        asked += run_further(queries - asked)
        report = Path(folder, "report.json")
        lines.json_report(outfile=str(report))
        engine = json.loads(report.read_text())
    nodes, branches = reached.percent("node"), _percent(engine["totals"], "branches")
    print(reached.table())
    print(_engine_table(engine))
    print(f"\n{asked} queries, {reached.questions} of them measured: "
          f"{nodes:.1f} % of the kinds of nodes, {branches:.1f} % of the engine's branches")  # fmt: skip
    return 0 if min(nodes, branches) >= ENOUGH else 1


@contextmanager
def _only_the_engine_traced() -> Iterator[None]:
    """Within the block what is ``OUTSIDE`` of the engine is not traced."""
    with ExitStack() as stack:
        for name in OUTSIDE:
            stack.enter_context(mock.patch(name, _untraced(resolve_name(name))))
        yield


def _untraced(work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def untraced(*given: Any, **named: Any) -> Any:
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            return work(*given, **named)
        finally:
            sys.settrace(tracer)

    return untraced


def run(queries: int, first: int, told: Callable[[Case, Way, Queryable], None]) -> int:
    """Ask at least so many questions, most of the cases in pieces or in parts, and tell of each case;
    how many were asked. Other cases each time, but for CI, where seeds count from ``first``."""
    from tests.oracle.agreement import check, in_parts, in_pieces, in_states, whole
    from tests.oracle.strategies import Choices, case, smallest

    def drawn(choices: Choices) -> tuple[Case, Way]:
        made = (whole, *[in_pieces] * 5, in_states, in_parts)[choices(0, 7)](choices)
        return case(choices), made

    def fails(given: Sequence[int]) -> bool:
        try:
            check(*drawn(Choices(None, given)))
        except Exception:
            return True
        return False

    asked, number = 0, first
    while asked < queries:
        choices = Choices(Random(number if os.environ.get("CI") else None))
        found, way = drawn(choices)
        try:
            told(found, way, check(found, way))
        except Exception as error:
            least = drawn(Choices(None, smallest(choices.made, fails, TRIES)))
            error.add_note(f"smallest case with an error: {least}")
            raise
        asked += len(found.questions)
        number += 1
    return asked


def run_further(queries: int) -> int:
    """Ask at least so many questions that are not measured; how many were asked."""
    return run(queries, 1 << 20, lambda case, way, data: None)


def _percent(summary: dict[str, int], what: str) -> float:
    names = {
        "branches": ("covered_branches", "num_branches"),
        "lines": ("covered_lines", "num_statements"),
    }
    covered, every = (summary[name] for name in names[what])
    return 100 * covered / every if every else 100.0


def _engine_table(measured: dict[str, Any]) -> str:
    rows = [("", "lines", "branches", "lines never run; branches never taken")]
    for name, file in sorted(measured["files"].items()):
        missing = " ".join(str(line) for line in file["missing_lines"])
        untaken = " ".join(f"{a}→{'end' if b < 0 else b}" for a, b in file["missing_branches"])
        rows.append((name, *_percents(file["summary"]), f"{missing}; {untaken}".strip("; ")))
    rows.append(("all", *_percents(measured["totals"]), ""))
    return "\n".join(f"{a:36} {b:>8} {c:>9}  {d}".rstrip() for a, b, c, d in rows)


def _percents(summary: dict[str, int]) -> tuple[str, str]:
    return f"{_percent(summary, 'lines'):.1f} %", f"{_percent(summary, 'branches'):.1f} %"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))
