"""The benchmark of the process pool runs, and tells what is over its goal."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pool import Turn, figures, main


def test_figures_are_medians_and_a_share_of_the_goal() -> None:
    one = [Turn(20.0, 30.0, 0.0), Turn(1000.0, 40.0, 0.0), Turn(20.0, 50.0, 0.0)]
    pool = [Turn(160.0, 10.0, 70.0)] * 2 + [Turn(40.0, 10.0, 70.0)]
    assert figures(one, pool) == [20.0, 160.0, 2.0, 0.5, 10.0, 70.0, 40.0]


@pytest.mark.long
def test_the_answers_are_those_of_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--sessions", "2000", "--per-shard", "500", "--repeat", "1"]
    assert main([*sizes, "--folder", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [f"B{n}" for n in range(1, 18)]
