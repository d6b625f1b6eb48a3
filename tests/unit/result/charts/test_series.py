"""The largest series, and what becomes of the rest."""

from __future__ import annotations

from usql.result.charts.series import largest_series

NAMES = [f"n{i}" for i in range(13)]


def test_others_that_add_up_become_one() -> None:
    found = largest_series(NAMES, list(range(13)), True)
    assert found.names == tuple(f"n{i}" for i in range(12, 2, -1))
    assert (found.rest, found.note) == ("3 others", None)
    assert (found.of("n12"), found.of("n1")) == ("n12", "3 others")


def test_others_that_do_not_are_left_out_and_counted() -> None:
    found = largest_series(NAMES, list(range(13)), False)
    assert found.rest is None
    assert found.note is not None
    assert "3 are left out, since their values do not add up" in found.note
    assert found.of("n1") is None


def test_ten_are_all_drawn() -> None:
    found = largest_series(NAMES[:10], [None] * 10, False)
    assert (len(found.names), found.rest, found.note) == (10, None, None)


def test_the_rest_is_not_mistaken_for_a_series() -> None:
    names = ["3 others", *NAMES[:12]]
    found = largest_series(names, [99, *range(12)], True)
    assert found.names[0] == "3 others"
    assert found.rest == "3 others (2)"
