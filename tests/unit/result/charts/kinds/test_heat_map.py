"""Heat maps: a cell for each pair of keys."""

from __future__ import annotations

import pytest

import usql
from tests.unit.result.charts.drawn import data, notes, spec_of
from tests.unit.result.made import result
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.periods import Part


def test_a_cell_for_each_pair() -> None:
    made = result(
        {"a": ["x", "x", None], "b": ["p", "q", "p"], "n": [1.5, None, 3.0]}, keys=["a", "b"]
    )
    spec = spec_of(made)
    assert spec["encoding"]["x"]["scale"]["domain"] == ["x", "∅"]
    assert spec["encoding"]["y"]["scale"]["domain"] == ["p", "q"]
    assert data(spec) == [{"c0": "x", "c1": "p", "c2": 1.5}, {"c0": "∅", "c1": "p", "c2": 3.0}]


def test_time_goes_from_left_to_right_with_the_whole_clock() -> None:
    made = result({"k": ["a", "b"], "h": [20, 3], "n": [1, 2]}, keys=["k", "h"])
    hour = ResultColumn("h", ColumnRole.KEY, False, periods=Part("HOUR"))
    clocked = Result(made.table, [made.schema[0], hour, made.schema[2]])
    assert clocked.chart().kind == "line"
    spec = spec_of(clocked, "heat-map")
    assert spec["encoding"]["x"]["scale"]["domain"] == [str(h) for h in range(24)]
    assert spec["encoding"]["y"]["scale"]["domain"] == ["a", "b"]
    assert [row["c1"] for row in data(spec)] == ["20", "3"]


def test_two_clocks() -> None:
    found = usql.sample(sessions=200, seed=3).query(
        "SELECT DATETIME(startTime, 'E') AS d, HOUR(startTime) AS h, COUNT(*) FROM usersession GROUP BY d, h LIMIT 500"
    )
    spec = spec_of(found, "heat-map")
    assert spec["encoding"]["x"]["scale"]["domain"] == "Mon Tue Wed Thu Fri Sat Sun".split()
    assert spec["encoding"]["y"]["scale"]["domain"] == [str(h) for h in range(24)]


def test_keys_for_which_there_is_no_room_are_counted() -> None:
    made = result(
        {"a": [f"a{i}" for i in range(60)], "b": ["x"] * 60, "n": [1] * 60}, keys=["a", "b"]
    )
    spec = spec_of(made)
    assert len(data(spec)) == 50
    assert notes(spec) == "The first 50 of 60 values of a are drawn."


def test_pairs_that_occur_twice_would_hide_each_other() -> None:
    made = result({"a": ["x", "x"], "b": ["p", "p"], "n": [1, 2]}, keys=["a", "b"])
    with pytest.raises(usql.UsqlError, match="each pair of values once"):
        made.chart("heat-map")
    assert made.chart().kind == "bar"
