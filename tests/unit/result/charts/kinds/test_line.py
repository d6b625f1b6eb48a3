"""Lines over time: where they break, what they leave out."""

from __future__ import annotations

from typing import Any

from tests.unit.result.charts.drawn import DAYS, data, notes, over, panels, spec_of
from tests.unit.result.made import result
from usql.result import Result
from usql.result.periods import Part


def runs(spec: dict[str, Any], x: str = "c0") -> list[list[Any]]:
    """The places of the points that each piece of a line joins."""
    found: dict[int, list[Any]] = {}
    for point in data(spec):
        found.setdefault(point["run"], []).append(point[x])
    return list(found.values())


def test_hours_stand_on_the_whole_clock_and_lines_break_between_them() -> None:
    spec = spec_of(over([14, 3, 2, 13, 4, 20], Part("HOUR"), n=[9, 2, 5, 8, 1, 3]))
    assert spec["encoding"]["x"]["scale"]["domain"] == [str(hour) for hour in range(24)]
    assert runs(spec) == [["2", "3", "4"], ["13", "14"], ["20"]]
    assert [p["c0"] for p in data(spec) if p["alone"]] == ["20"]


def test_missing_days_break_the_line() -> None:
    days = ["2026-03-01", "2026-03-02", "2026-03-04"]
    spec = spec_of(over(days, DAYS, n=[1, 2, 3]))
    day = 86_400_000
    first = 1_772_323_200_000
    assert spec["encoding"]["x"]["type"] == "temporal"
    assert spec["encoding"]["x"]["scale"] == {"type": "utc"}
    assert runs(spec) == [[first, first + day], [first + 3 * day]]


def test_missing_values_break_the_line() -> None:
    spec = spec_of(over([1, 2, 3, 4], Part("HOUR"), n=[1, 2, None, 4]))
    assert runs(spec) == [["1", "2"], ["4"]]


def test_the_lines_of_a_second_key_are_not_joined_with_each_other() -> None:
    spec = spec_of(
        over([1, 1, 2, 2, 3], Part("HOUR"), k=["a", None, "a", None, "a"], n=[1, 9, 1, 9, 1])
    )
    assert {p["series"] for p in data(spec)} == {"a", "∅"}
    assert spec["encoding"]["color"]["scale"]["domain"] == ["∅", "a"]
    assert runs(spec) == [["1", "2"], ["1", "2", "3"]]


def many(is_additive: bool) -> Result:
    hours = [hour for hour in (1, 2) for _ in range(12)]
    return over(
        hours, Part("HOUR"), is_additive, k=[f"k{i}" for i in range(12)] * 2, n=list(range(12)) * 2
    )


def test_the_others_are_added_up() -> None:
    spec = spec_of(many(True))
    assert [p["c2"] for p in data(spec) if p["series"] == "2 others"] == [1, 1]
    assert len({p["series"] for p in data(spec)}) == 11
    assert sum(p["c2"] for p in data(spec)) == 2 * sum(range(12))


def test_means_are_not_added_up() -> None:
    spec = spec_of(many(False))
    assert len({p["series"] for p in data(spec)}) == 10
    assert "2 are left out" in notes(spec)


def test_rows_without_a_time_are_counted() -> None:
    spec = spec_of(over([1, None, 2], Part("HOUR"), n=[1, 2, 3]))
    assert notes(spec) == "1 row without a time is left out."


def test_each_number_has_a_panel_and_the_fifth_is_named() -> None:
    numbers: dict[str, Any] = {f"n{i}": [i, i] for i in range(5)}
    spec = spec_of(over([1, 2], Part("HOUR"), **numbers))
    assert [p["encoding"]["y"]["title"] for p in panels(spec)] == ["n0", "n1", "n2", "n3"]
    assert notes(spec) == "1 more column of numbers left out: n4."


def test_years_are_dates_and_a_missing_one_breaks_the_line() -> None:
    spec = spec_of(over([2023, 2024, 2026], Part("YEAR"), n=[1, 2, 3]))
    assert [len(run) for run in runs(spec)] == [2, 1]
    assert runs(spec)[1] == [1_767_225_600_000]


def test_times_of_rows_are_joined_in_their_order() -> None:
    made = result({"t": [60_000, 0, None], "n": [1, 2, 3]}, times=["t"], utc_offset=60)
    assert runs(spec_of(made)) == [[3_600_000, 3_660_000]]


def test_values_that_are_all_zero_stand_at_the_bottom() -> None:
    spec = spec_of(over([1, 2], Part("HOUR"), n=[0, 0]))
    assert spec["encoding"]["y"]["scale"] == {"domain": [0, 1]}
    assert "scale" not in spec_of(over([1, 2], Part("HOUR"), n=[0, 3]))["encoding"]["y"]


def test_of_many_points_only_those_alone_are_marked() -> None:
    spec = spec_of(over([f"2026-03-{d:02}" for d in range(1, 32)], DAYS, n=[1] * 31))
    assert "transform" not in spec["layer"][1]
    many_times = result({"t": list(range(200)), "n": [1] * 200}, times=["t"])
    assert spec_of(many_times)["layer"][1]["transform"]
