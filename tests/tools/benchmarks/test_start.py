"""What the command costs to start: every process does its work, and is told beside the yardstick."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import usql
from benchmarks import start
from benchmarks.files.processes import Cost


def test_every_process_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that failed would raise."""
    store = tmp_path / "s.usqlstore"
    usql.sample(sessions=20).save(store)
    before = dict(os.environ)
    assert start.main(["--rounds", "1", "--store", str(store)]) == 0
    assert dict(os.environ) == before
    lines = capsys.readouterr().out.splitlines()
    named = [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]]
    assert named == [*start.commands(tmp_path, store)]
    assert named[0] == "yardstick"
    assert lines[2].split("|")[3].strip() == "1.00"


def test_ratios_are_those_of_the_same_round() -> None:
    started = {"a": start.Started(()), "b": start.Started((), 2.5)}
    costs = {
        "a": [Cost(0.1, 1, 1_000_000), Cost(0.3, 1, 1_000_000), Cost(0.2, 1, 1_000_000)],
        "b": [Cost(0.2, 1, 2_000_000), Cost(0.9, 1, 2_000_000), Cost(0.1, 1, 2_000_000)],
    }
    assert start.table(started, costs).splitlines()[2:] == [
        "| a | 200 | 1.00 |  |",
        "| b | 200 | 2.00 | 2.5 |",
    ]
