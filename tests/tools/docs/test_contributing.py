"""The recipes name files that are there, but for those that their changes make."""

from __future__ import annotations

import re

from tests.places import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

MADE = {
    "usql/editor/rules/any_rows.py",
    "usql/engine/groups/aggregates/deviation.py",
    "usql/result/charts/kinds/scatter.py",
    "usql/result/formats/tsv.py",
    "tests/unit/engine/groups/aggregates/test_deviation.py",
    "tests/unit/result/charts/kinds/test_scatter.py",
}
"""The files that the changes of the recipes added."""


def test_the_files_of_the_recipes_are_there() -> None:
    listed = {
        line.split()[0]
        for block in re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
        if re.match(r"(usql|tests|docs|editors|benchmarks)/", line)
    }
    assert len(listed) > 30
    assert {path for path in listed if not (ROOT / path).exists()} == MADE


def test_the_files_of_the_table_are_there() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| a")]
    assert len(rows) == 7
    named = {path for row in rows for path in re.findall(r"`(usql/[\w./]+)`", row)}
    assert {path for path in named if not (ROOT / path).exists()} <= MADE
