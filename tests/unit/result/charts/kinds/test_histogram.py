"""Histograms: bins with round bounds, in which every value is."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.result.charts.drawn import data, notes, panels, spec_of
from tests.unit.result.made import result
from usql.result.charts.kinds.histogram import bins

WHOLE = st.lists(st.integers(-(2**53), 2**53), min_size=1)
DOUBLES = st.lists(
    st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-9), min_size=1
)


@given(WHOLE | DOUBLES)
def test_every_value_is_in_a_bin(values: list[float]) -> None:
    found = bins(values)
    assert sum(b.count for b in found) == len(values)
    assert len(found) <= 32
    assert found[0].count > 0 < found[-1].count
    assert all(b.start < b.end for b in found)
    assert all(left.end == right.start for left, right in pairwise(found))


def test_bounds_are_round() -> None:
    assert [b.start for b in bins([0.1, 0.2, 0.35])] == [
        0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.21, 0.22, 0.23,
        0.24, 0.25, 0.26, 0.27, 0.28, 0.29, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35,
    ]  # fmt: skip
    assert {b.end - b.start for b in bins([0, 590_000])} == {20_000}
    assert [(b.start, b.end) for b in bins([7, 7])] == [(7, 8)]


def test_rows_without_a_value_are_counted() -> None:
    spec = spec_of(result({"n": [1, 1, 3, None]}))
    assert [(r["c0"], r["c0_end"], r["rows"]) for r in data(spec)] == [
        (1, 2, 2),
        (2, 3, 0),
        (3, 4, 1),
    ]
    assert notes(spec) == "1 row has no n."


def test_each_number_has_a_histogram() -> None:
    spec = spec_of(result({"n": [1, 2], "m": [1.5, 2.5]}))
    assert [p["encoding"]["x"]["title"] for p in panels(spec)] == ["n", "m"]
    assert "title" in spec
