"""SQL that usql writes for DuckDB is compared with SQL by hand, and its answers are usql's."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.timing import Timing

pytest.importorskip("sqlglot")
translated = pytest.importorskip("benchmarks.translated", reason="needs duckdb")


def test_the_table_tells_how_many_times_faster() -> None:
    times = {
        "B1": {translated.BY_HAND: Timing((0.001,)), translated.TRANSLATED: Timing((0.002,))},
        "B2": {translated.BY_HAND: Timing((0.002,)), translated.TRANSLATED: Timing((0.001,))},
    }
    assert translated.table(times).splitlines() == [
        "      by hand  translated      ×translated",
        "B1          1           2             0.50",
        "B2          2           1             2.00",
        "mean                       1.00 (goal 0.7)",
    ]


def test_the_answers_of_all_queries_are_those_of_usql(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translated.main(["--scale", "0.0005", "--rounds", "1", "--folder", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    keys = [line.split()[0] for line in out.splitlines()[1:]]
    assert keys == [*(f"B{n}" for n in range(1, 18) if n not in (11, 13)), "mean"]
