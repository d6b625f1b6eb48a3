"""A long run of generated questions, and what it reaches."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.places import ROOT
from tests.sampling import case_count
from tests.tools.reach import MEASURED, run_further
from tests.tools.reached import PARTS, Reached

QUERIES = case_count(MEASURED + 1_000, long=20_000)


@pytest.mark.long
def test_generated_questions_agree_and_reach_nearly_all() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.tools.reach", str(min(QUERIES, MEASURED))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"


@pytest.mark.long
def test_many_generated_questions_agree() -> None:
    further = max(QUERIES - MEASURED, 0)
    assert run_further(further) >= further


def test_what_is_not_reached_is_told() -> None:
    reached = Reached()
    reached.counts["clause"].update(PARTS["clause"] - {"DISTINCT"})
    assert reached.percent("clause") == 100 * (len(PARTS["clause"]) - 1) / len(PARTS["clause"])
    (line,) = (line for line in reached.table().splitlines() if line.startswith("clause"))
    assert line.endswith("  DISTINCT")
