"""The benchmark of a cluster runs, and every answer is that of one process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.cluster.__main__ import BY_HAND, GOALS, main, table
from benchmarks.cluster.spark_sql import SAID_ELSEWHERE, statements
from benchmarks.parameters import Parameters
from benchmarks.queries import queries
from benchmarks.report import markdown
from benchmarks.timing import Timing

PARAMETERS = Parameters("a", "b'c", "d", ("e", "f", "g"), "h", 0, 1)


def test_every_query_is_said_by_hand_or_told_why_not() -> None:
    keys = {query.key for query in queries(PARAMETERS)}
    said = statements(PARAMETERS, "sessions")
    assert said.keys() | SAID_ELSEWHERE.keys() == keys
    assert not said.keys() & SAID_ELSEWHERE.keys()
    assert "'b''c'" in said["B2"]


def test_the_table_tells_how_many_times_faster() -> None:
    times = {"B1": {BY_HAND: Timing((1.0,)), "shards": Timing((0.25,))}}
    assert table(times, ["shards"], 200_000).splitlines() == [
        "      by hand  shards          ×shards",
        "B1      1.000   0.250             4.00",
        "mean                   4.00 (goal 1.8)",
    ]
    assert table(times, ["shards"], 4_000_000, markdown).splitlines() == [
        "|  | by hand | shards | ×shards |",
        "| --- | ---: | ---: | ---: |",
        "| B1 | 1.000 | 0.250 | 4.00 |",
        "| mean |  |  | 4.00 (goal 3.0) |",
    ]


@pytest.mark.spark
@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of pyspark itself, of pandas and of sockets
def test_the_answers_are_those_of_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--sessions", "2000", "--per-shard", "500", "--repeat", "1", "--memory", "1g"]
    times = tmp_path / "times.json"
    assert main([*sizes, "--folder", str(tmp_path), "--json", str(times)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("mean")
    found = json.loads(times.read_text())
    assert len(found) == 13
    assert all(own.keys() == {BY_HAND, *GOALS} for own in found.values())
