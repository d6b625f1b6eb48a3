"""Single rows: funnels and values."""

from __future__ import annotations

from tests.unit.result.charts.drawn import data, notes, panels, spec_of
from tests.unit.result.made import funnel, result


def test_a_value_is_written_with_all_its_digits() -> None:
    spec = spec_of(result({"n": [9_007_199_254_740_993]}))
    assert data(spec) == [{"c0": "9,007,199,254,740,993", "title": "n"}]
    assert "title" not in spec


def test_times_and_missing_values() -> None:
    made = result({"t": [0], "n": [1]}, times=["t"], utc_offset=60)
    first, second = (panel["data"]["values"] for panel in panels(spec_of(made)))
    assert first == [{"c0": "1970-01-01 01:00:00.000+01:00", "title": "t in UTC+01:00"}]
    assert second == [{"c1": "1", "title": "n"}]
    nothing = result({"n": [1.5, None]})[1:]
    assert data(spec_of(nothing, "single-value"))[0]["c0"] == "∅"


def test_values_for_which_there_is_no_room_are_counted() -> None:
    spec = spec_of(result({f"n{i}": [i] for i in range(6)}))
    assert len(panels(spec)) == 4
    assert notes(spec) == "2 more values left out."


def test_the_steps_of_a_funnel() -> None:
    spec = spec_of(funnel({"seen": 1000, "put": 500, "paid": 100}))
    assert [row["text"] for row in data(spec)] == [
        "1,000",
        "500 · 50.0 % of first · 50.0 % of previous",
        "100 · 10.0 % of first · 20.0 % of previous",
    ]
    assert spec["encoding"]["y"]["sort"] is None
    assert "scale" not in spec["encoding"]["x"]


def test_a_funnel_that_nobody_entered() -> None:
    spec = spec_of(funnel({"seen": 0, "put": 0}))
    assert [row["text"] for row in data(spec)] == ["0", "0"]
    assert spec["encoding"]["x"]["scale"] == {"domain": [0, 1]}
