"""What minima and maxima say of a range: never wrong, and said wherever they suffice."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.columns import numbers
from usql.analysis.bound import Timeframe
from usql.engine.arrays.types import Bools
from usql.engine.rows.conditions import (
    All,
    Never,
    Node,
    Not,
    OfRow,
    OfSession,
    Overlaps,
    Some,
    SomeChild,
)
from usql.engine.rows.predicates import Decided, NumberRange, Rows, row_count
from usql.engine.rows.zones import zones_of
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning

LIMITS = [None, 1, 2, 3, 4, 5]
RANGES = list(itertools.product(LIMITS, LIMITS, [True, False], [True, False]))


@dataclass(frozen=True, eq=False)
class Known(Node):
    """A node that knows its verdict."""

    known: bool | None
    zoned: bool = False

    def mask(self, rows: Rows) -> Bools:
        return np.full(row_count(rows), self.known is True)

    def row_ids(self, rows: slice) -> None:
        return None

    def verdict(self, rows: slice) -> bool | None:
        return self.known


def beyond(low: int | None, high: int | None, low_closed: bool, high_closed: bool) -> bool:
    """Whether a range lies beside 2 … 4, as far as its limits tell."""
    return (high is not None and high < 2) or (low is not None and low > 4)


@pytest.mark.parametrize("kind", [np.int8, np.float64])
def test_of_one_column(kind: Any) -> None:
    column = numbers([3, 2, 4], kind)
    rows = slice(0, 3)
    for limits in RANGES:
        node = OfRow(NumberRange(column, *limits), zones_of(column, 4096))
        fits = node.mask(rows)
        expected = True if fits.all() else False if beyond(*limits) else None
        assert node.verdict(rows) is expected, limits
        assert not (expected is False and fits.any())


def test_of_a_column_with_nothing_in_places() -> None:
    """A missing value lies in no range, wherever the minima and maxima are."""
    column = numbers([3, None, 4], np.int16)
    rows = slice(0, 3)
    for limits in RANGES:
        node = OfRow(NumberRange(column, *limits), zones_of(column, 4096))
        verdict = node.verdict(rows)
        assert verdict is not True
        assert not (verdict is False and node.mask(rows).any()), limits
    assert OfRow(NumberRange(column, 5, None), zones_of(column, 4096)).verdict(rows) is False


def test_without_zones_only_what_is_decided_is_known() -> None:
    column = numbers([3, 2, 4], np.int8)
    assert OfRow(NumberRange(column, 5, None)).verdict(slice(0, 3)) is None
    assert not OfRow(NumberRange(column, 5, None)).zoned
    assert OfRow(NumberRange(column, 5, None), zones_of(column, 4096)).zoned
    for fits in (True, False):
        assert OfRow(Decided(fits)).verdict(slice(0, 3)) is fits


OFFSETS = np.array([0, 2, 2, 3], dtype=np.int64)
OWNERS = np.array([0, 0, 2], dtype=np.int32)


def test_of_some_child() -> None:
    """No child, no fitting session; that all children fit says nothing of sessions without."""
    column = numbers([3, 2, 4], np.int8)
    for limits in RANGES:
        node = SomeChild(NumberRange(column, *limits), OFFSETS, zones_of(column, 4096))
        assert node.verdict(slice(0, 3)) is (False if beyond(*limits) else None)
        assert node.verdict(slice(1, 2)) is False
    assert node.zoned
    assert not SomeChild(NumberRange(column, 1, 2), OFFSETS).zoned


def test_of_the_session() -> None:
    """The last row of a range may be the only one of its session."""
    column = numbers([1, 9, 5], np.int8)
    node = OfSession(OfRow(NumberRange(column, 5, None), zones_of(column, 4096)), OWNERS, OFFSETS)
    assert node.mask(slice(0, 3)).tolist() == [False, False, True]
    assert node.mask(slice(2, 3)).tolist() == [True]
    assert node.mask(slice(1, 1)).tolist() == []
    assert node.mask(np.array([1, 2])).tolist() == [False, True]
    assert node.zoned
    low = OfSession(OfRow(NumberRange(column, 10, None), zones_of(column, 4096)), OWNERS, OFFSETS)
    assert low.verdict(slice(0, 3)) is False
    assert node.verdict(slice(0, 3)) is None


@pytest.mark.parametrize(("first", "last"), list(itertools.combinations(range(13), 2)))
def test_the_rows_of_few_sessions_are_listed(first: int, last: int) -> None:
    lengths = [1, 3, 0, 2, 1, 4, 0, 1]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    parent = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    column = numbers([0, 9, 0, 0, 9, 9, 0, 0], np.int8)
    node = OfSession(OfRow(NumberRange(column, 9, 9)), parent, offsets)
    fits = np.flatnonzero(node.mask(slice(first, last))) + first
    row_ids = node.row_ids(slice(first, last))
    if row_ids is not None:
        assert row_ids.tolist() == fits.tolist()
        assert row_ids.dtype == np.int64
    sessions = parent[last - 1] - parent[first] + 1
    if sessions >= 8 or not len(fits):
        assert row_ids is not None, "few sessions fit"


@pytest.mark.parametrize("few", [0, 10, 1 << 62])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_conjunction_lists_rows_by_its_part_that_can(few: int, place: int) -> None:
    """The other parts are asked about the listed rows, one after the other."""
    offsets = np.arange(0, 33, 4, dtype=np.int64)
    parent = np.repeat(np.arange(8, dtype=np.int32), 4)
    sessions = numbers([0, 9, 0, 0, 9, 0, 0, 0], np.int8)
    ones, twos = numbers([0, 1, 1, 1] * 8, np.int8), numbers([1, 1, 0, 1] * 8, np.int16)
    parts: list[Node] = [OfRow(NumberRange(ones, 1, 1)), OfRow(NumberRange(twos, 1, 1))]
    parts.insert(place, OfSession(OfRow(NumberRange(sessions, 9, 9)), parent, offsets))
    control = Control(tuning=Tuning(few_remaining_one_in=few))
    node = All(tuple(parts), control)
    row_ids = node.row_ids(slice(0, 32))
    assert row_ids is not None
    assert row_ids.tolist() == [5, 7, 17, 19]
    assert np.flatnonzero(node.mask(slice(0, 32))).tolist() == [5, 7, 17, 19]
    assert (
        All(tuple(p for p in parts if isinstance(p, OfRow)), control).row_ids(slice(0, 32)) is None
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_of_all_some_and_not(count: int) -> None:
    rows = slice(0, 1)
    for verdicts in itertools.product([True, False, None], repeat=count):
        parts: tuple[Node, ...] = tuple(Known(v) for v in verdicts)
        every = False if False in verdicts else None if None in verdicts else True
        some = True if True in verdicts else None if None in verdicts else False
        assert All(parts).verdict(rows) is every, verdicts
        assert Some(parts).verdict(rows) is some, verdicts
    assert [Not(Known(v)).verdict(rows) for v in (True, False, None)] == [False, True, None]
    assert Never().verdict(rows) is False


def test_a_node_is_zoned_if_a_part_is() -> None:
    zoned, plain = Known(None, True), Known(None)
    for kind in (All, Some):
        assert kind((plain, zoned)).zoned
        assert not kind((plain, plain)).zoned
    assert Not(zoned).zoned
    assert not Not(plain).zoned
    assert not Never().zoned


@pytest.mark.parametrize("gap", ["none", "ends", "an end", "a start"])
def test_of_a_timeframe(gap: str) -> None:
    """Sessions 10 … 15 and 20 … 40; without an end, a session ends where it starts."""
    begun = [None if gap == "a start" else 10, 20]
    ended = [None, None] if gap == "ends" else [15, None if gap == "an end" else 40]
    starts = numbers(begun, np.int16)
    ends = None if gap == "ends" else numbers(ended, np.int16)
    rows = slice(0, 2)
    moments = [None, 0, 9, 10, 11, 14, 15, 16, 19, 20, 21, 39, 40, 41]
    complete = gap in ("none", "ends")
    for start, end in itertools.product(moments, moments):
        frame = Timeframe(start, end)
        zones = zones_of(starts, 4096), None if ends is None else zones_of(ends, 4096)
        node = Overlaps(starts, ends, frame, *zones)
        fits, verdict = node.mask(rows), node.verdict(rows)
        assert fits.tolist() == [
            b is not None
            and (end is None or b < end)
            and (start is None or (b if e is None else e) >= start)
            for b, e in zip(begun, ended, strict=True)
        ]
        assert not (verdict is True and not fits.all()), (start, end)
        assert not (verdict is False and fits.any()), (start, end)
        latest = 20 if ends is None else 40
        if complete and ((end is not None and end <= 10) or (start is not None and start > latest)):
            assert verdict is False
        if complete and (end is None or end > 20) and (start is None or start <= 10):
            assert verdict is True
        assert node.zoned
