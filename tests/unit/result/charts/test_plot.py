"""What of a result is drawn, and how its values are called."""

from __future__ import annotations

from tests.unit.result.made import result
from usql.result.charts.plot import clock_name, plot_of


def test_rows_with_other_values_have_other_labels() -> None:
    made = result({"k": ["∅", None, "a", "a", None]}, keys=["k"])
    assert plot_of(made).row_labels([0]) == ["∅", "∅ (2)", "a", "a", "∅ (2)"]


def test_labels_of_several_columns() -> None:
    made = result({"a": ["x · y", "x"], "b": ["z", "y · z"]}, keys=["a", "b"])
    assert plot_of(made).row_labels([0, 1]) == ["x · y · z", "x · y · z (2)"]


def test_what_columns_are() -> None:
    made = result(
        {"k": [1, 2], "t": [0, 1], "n": [1.5, 2.5], "list": [[1], [2]], "text": ["a", "b"]},
        keys=["k"], times=["t"],
    )  # fmt: skip
    plot = plot_of(made)
    assert plot.axis is not None
    assert (plot.axis.column, plot.keys, plot.labels) == (1, (0,), (0,))
    assert (plot.numbers, plot.figures, plot.series) == ((2,), (1, 2), (0,))
    assert plot_of(result({"n": [1], "text": ["a"]})).labels == (1,)


def test_numbers_that_are_not_finite_are_missing() -> None:
    made = result({"n": [1.0, float("nan"), float("inf")]})
    assert plot_of(made).values(0) == [1.0, None, None]


def test_times_are_on_the_clock_of_the_result() -> None:
    made = result({"t": [0, 1]}, times=["t"], utc_offset=120)
    plot = plot_of(made)
    assert plot.text(0, 0) == "1970-01-01 02:00:00.000+02:00"
    assert plot.title(0) == "t in UTC+02:00"
    assert plot.axis is not None
    assert plot.axis.moments == {0: 7_200_000, 1: 7_200_001}
    assert clock_name(330) == "UTC+05:30"


def test_a_part_of_a_result_keeps_its_clock() -> None:
    assert result({"t": [0, 1]}, utc_offset=120)[:1].utc_offset == 120
