"""What a run prints."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks import measure, report
from benchmarks.measure import Measure
from benchmarks.outcome import Outcome, geometric_mean
from benchmarks.timing import Timing


def outcome(key: str = "B1", **milliseconds: float) -> Outcome:
    names = {"index": "usql+index"}
    timings = {names.get(n, n): Timing((ms / 1000,)) for n, ms in milliseconds.items()}
    return Outcome(key, "dense keys", 7, 1_000_000, timings, first=0.5)


def test_ratio_is_to_the_fastest_peer() -> None:
    found = outcome(usql=2.0, index=0.5, duckdb=10.0, polars=4.0)
    assert found.fastest_peer() == ("polars", 0.004)
    assert found.ratio("usql") == pytest.approx(2.0)
    assert found.ratio("usql+index") == pytest.approx(8.0)


def test_no_peer_no_ratio() -> None:
    found = outcome(usql=2.0)
    assert found.fastest_peer() is None
    assert found.ratio("usql") is None
    assert outcome(duckdb=1.0).ratio("usql") is None


def test_geometric_mean() -> None:
    assert geometric_mean([2.0, 8.0]) == pytest.approx(4.0)
    assert math.isnan(geometric_mean([]))


def test_table_of_times() -> None:
    found = outcome(usql=2.0, index=0.5, duckdb=10.0, polars=4.0)
    wrong = Outcome(
        "B2", "patterns", 1, 0, {"usql": Timing((0.1,)), "usql+index": Timing((1e-6,))},
        absent={"duckdb": "no exact form"}, disagrees={"polars": "1: 2 rows against 3"},
    )  # fmt: skip
    engines = ["usql", "usql+index", "duckdb", "polars"]
    assert report.times([found, wrong], engines, bandwidth=1e9) == (
        "    rows  usql  usql+index  duckdb  polars  first  ×usql  ×usql+index  peer    bandwidth  stresses\n"
        "B1     7     2         0.5    10.0       4    500      2            8  polars        50%  dense keys\n"
        "B2     1   100       0.001       –   wrong      –      –            –  –               –  patterns"
    )


def test_summary_tells_goals_and_what_is_missing() -> None:
    good = outcome(usql=1.0, index=0.1, duckdb=4.0)
    bad = Outcome(
        "B2", "", 1, 0, {"usql": Timing((0.002,)), "duckdb": Timing((0.001,))},
        absent={"chdb": "no exact form"}, disagrees={"polars": "1: 2 rows against 3"},
    )  # fmt: skip
    text = report.summary([good, bad], ["usql", "usql+index", "duckdb"])
    assert text.splitlines() == [
        "usql: geometric mean ×1.41 of 2 queries (goal 3.5), lowest ×0.50 (B2; goal 1), below the goal: B2",
        "usql+index: geometric mean ×40.00 of 1 queries (goal 8), lowest ×40.00 (B1; goal 2)",
        "usql against duckdb: ×1.41",
        "usql+index against duckdb: ×40.00",
        "B2: chdb left out: no exact form",
        "B2: polars DISAGREES: 1: 2 rows against 3",
    ]


def test_growth_marks_what_grows_too_fast() -> None:
    text = report.growth(
        [0.1, 1, 10], {"usql": {"B1": [0.001, 0.01, 0.11], "B2": [0.001, 0.02, 0.2]}}
    )
    lines = text.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["usql", "B1", "1", "10.0", "110", "10.0", "11.0"],
        ["usql", "B2", "1", "20.0", "200", "20.0", "10.0", "more", "than", "in", "proportion"],
    ]


def test_json_holds_every_turn() -> None:
    found = json.loads(json.dumps(report.as_json([outcome(usql=2.0, duckdb=10.0)])))
    assert found[0]["ms"] == {"usql": [2.0], "duckdb": [10.0]}
    assert found[0]["ratio"] == {"usql": 5.0}
    assert found[0]["first_ms"] == 500


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.2345, "1234"), (0.01234, "12.3"), (0.00123, "1.23"), (0.000002, "0.002"), (None, "–")],
)
def test_milliseconds(seconds: float | None, text: str) -> None:
    assert report.milliseconds(seconds) == text


def test_measures() -> None:
    measures = [
        Measure("import usql", "ms", {"usql": 45.678}, "under 100"),
        Measure("x", "MB/s", {"a": 1234.5, "b": 2}),
    ]
    assert measure.text(measures) == (
        "import usql [ms]: usql 45.7   (goal: under 100)\nx [MB/s]: a 1,234, b 2"
    )
    assert measure.as_json(measures)[1]["values"] == {"a": 1234.5, "b": 2}
