"""Bars: a bar per row, and bars in pieces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.unit.result.charts.drawn import data, notes, panels, spec_of
from tests.unit.result.made import result
from usql.result import Result


def counted(columns: dict[str, list[Any]], keys: list[str]) -> Result:
    """Groups whose numbers are counts."""
    made = result(columns, keys=keys)
    return Result(made.table, [replace(c, is_additive=True) for c in made.schema])


def test_a_bar_per_row_in_the_order_of_the_rows() -> None:
    spec = spec_of(result({"k": ["b", None, "a"], "n": [1, 3, 2]}, keys=["k"]))
    assert data(spec) == [{"c0": "b", "c1": 1}, {"c0": "∅", "c1": 3}, {"c0": "a", "c1": 2}]
    assert spec["encoding"]["y"]["sort"] is None


def test_rows_of_the_same_name_have_bars_of_their_own() -> None:
    spec = spec_of(result({"city": ["Linz", "Linz"], "n": [1, 2]}))
    assert [row["c0"] for row in data(spec)] == ["Linz", "Linz (2)"]


def test_several_keys_are_one_label() -> None:
    spec = spec_of(result({"a": ["x"], "b": ["y"], "c": ["z"], "n": [1]}, keys=["a", "b", "c"]))
    assert data(spec) == [{"label": "x · y · z", "c3": 1}]
    assert spec["encoding"]["y"]["title"] == "a · b · c"


def test_small_whole_numbers_have_no_ticks_between_them() -> None:
    spec = spec_of(result({"k": ["a", "b"], "n": [3, None]}, keys=["k"]))
    assert spec["encoding"]["x"]["axis"]["values"] == [0, 1, 2, 3]
    for numbers in ([3.0], [300], [-3]):
        spec = spec_of(result({"k": ["a"], "n": numbers}, keys=["k"]))
        assert "axis" not in spec["encoding"]["x"]
    stacked = counted({"a": ["x", "x"], "b": ["p", "q"], "n": [2, 3]}, keys=["a", "b"])
    spec = spec_of(stacked, "stacked-bar")
    assert spec["encoding"]["x"]["axis"]["values"] == [0, 1, 2, 3, 4, 5]


def test_numbers_stand_beside_each_other() -> None:
    spec = spec_of(result({"k": ["a"], "n": [1], "m": [2]}, keys=["k"]))
    assert [p["encoding"]["x"]["title"] for p in panels(spec)] == ["n", "m"]


def test_rows_for_which_there_is_no_room_are_counted() -> None:
    spec = spec_of(result({"k": [f"k{i}" for i in range(60)], "n": [1] * 60}, keys=["k"]))
    assert len(data(spec)) == 50
    assert notes(spec) == "The first 50 of 60 rows are drawn."


def test_pieces_of_a_second_key() -> None:
    made = counted({"k": ["a", "a", "b"], "s": ["x", "y", None], "n": [1, 5, 2]}, ["k", "s"])
    spec = spec_of(made)
    assert spec["encoding"]["color"]["scale"]["domain"] == ["y", "∅", "x"]
    assert spec["encoding"]["y"]["scale"]["domain"] == ["a", "b"]
    assert [(r["c0"], r["c1"], r["c2"], r["order"]) for r in data(spec)] == [
        ("a", "x", 1, 2), ("a", "y", 5, 0), ("b", "∅", 2, 1),
    ]  # fmt: skip


def test_of_many_pieces_the_smallest_are_added_up() -> None:
    made = counted(
        {"k": ["a"] * 12, "s": [f"s{i}" for i in range(12)], "n": list(range(12))}, ["k", "s"]
    )
    spec = spec_of(made, "stacked-bar")
    assert len(data(spec)) == 11
    assert [r["c2"] for r in data(spec) if r["c1"] == "2 others"] == [1]
    assert made.chart().kind == "heat-map"


def test_numbers_and_keys_that_are_not_drawn_are_named() -> None:
    keys = [f"k{i}" for i in range(60)]
    made = counted({"k": keys, "s": ["x"] * 60, "n": [1] * 60, "m": [1] * 60}, ["k", "s"])
    said = notes(spec_of(made, "stacked-bar"))
    assert said == "The first 50 of 60 values of k are drawn. Only n is drawn, not m."
