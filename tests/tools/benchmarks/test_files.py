"""Whole processes over small files: every peer gives usql's answer to each question."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.files import __main__ as files
from benchmarks.files.peer import ENGINES
from benchmarks.files.processes import Cost, alternate, median, ratio, run
from benchmarks.files.questions import QUESTIONS
from tests.tools.benchmarks.test_run import needed


def test_what_a_process_costs() -> None:
    written, cost = run((sys.executable, "-c", "print(len(b'x' * 300_000_000))"))
    assert written == b"300000000\n"
    assert cost.processor > 0
    assert cost.wall > 0
    assert cost.memory > 300_000_000
    with pytest.raises(RuntimeError, match="exit code 3"):
        run((sys.executable, "-c", "raise SystemExit(3)"))


def test_each_round_runs_all(tmp_path: Path) -> None:
    """Once to begin with, then once a round, each time another one first."""
    log = tmp_path / "log"
    words = f"open({str(log)!r}, 'a').write"
    commands = {name: (sys.executable, "-c", f"{words}({name!r})") for name in "abc"}
    costs = alternate(commands, 2)
    assert {name: len(of) for name, of in costs.items()} == {"a": 2, "b": 2, "c": 2}
    assert log.read_text() == "abc" + "abc" + "bca"


def test_medians() -> None:
    some = [Cost(1.0, 9.0, 10), Cost(3.0, 7.0, 30), Cost(2.0, 8.0, 20)]
    assert median(some) == Cost(2.0, 8.0, 20)
    assert ratio(some, [Cost(1.0, 1.0, 1), Cost(1.0, 1.0, 1), Cost(4.0, 1.0, 1)]) == 1.0


@pytest.mark.long
def test_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("duckdb", "polars", "chdb"):
        needed(name)
    assert files.main(["--megabytes", "1", "--rounds", "1", "--folder", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "1.ndjson", "1.parquet", "1.usqlstore",
    ]  # fmt: skip
    assert (tmp_path / "1.ndjson").stat().st_size == pytest.approx(1e6, rel=0.2)
    counts = {name: shown.count(f"  {name} ") for name in ("usql", *ENGINES)}
    of = len(QUESTIONS)
    assert counts == {
        "usql": 3 * of, "DuckDB, types given": 2 * of, "DuckDB, automatic": of, "Polars": 2 * of, "chDB": 2 * of,
    }  # fmt: skip


@pytest.mark.long
def test_another_answer_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = files._commands

    def wrong(*given: Any) -> dict[str, Sequence[str]]:
        found = commands(*given)
        return found | {"Polars": (sys.executable, "-c", "print('[1, 2, 3]')")}

    monkeypatch.setattr(files, "_commands", wrong)
    options = ["--rounds", "1", "--kinds", "parquet", "--peers", "polars"]
    assert files.main(["--megabytes", "1", "--folder", str(tmp_path), *options]) == 1
    assert capsys.readouterr().err.count("Polars gives another answer") == len(QUESTIONS)
