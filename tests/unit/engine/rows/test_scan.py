"""Morsels, what a source notes of them, and how far a limit reads."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import pieces as small
from tests.unit.engine.columns import numbers
from tests.unit.engine.rows.test_conditions import source_of
from usql.analysis.bound import Timeframe
from usql.engine import Engine
from usql.engine.rows.conditions import All, OfRow, OfSession
from usql.engine.rows.predicates import Decided, NumberRange
from usql.engine.rows.scan import (
    Source,
    _joined,
    _span,
    count_selected,
    first_selected,
    narrowed,
    selected,
    source,
)
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.errors import InternalError, TimeLimit
from usql.planner.plan import Limit
from usql.planner.plan import Scan as ScanNode

ROWS = 64
BLOCK = 2
START = 1_000
SIZES: small.Sizes = {"zone_rows": BLOCK, "most_uncut_rows": 0, "most_rows_swept_alone": 0}


@pytest.fixture(scope="module")
def ordered() -> Engine:
    """A session a millisecond, each with one action."""
    return small.engine_of(rows_in(range(ROWS)), SIZES, index_memory=0)


@pytest.fixture(scope="module")
def mixed() -> Engine:
    """The same, but for two that stand in each other's place, so that no column ascends."""
    order = [*range(ROWS)]
    order[3], order[4] = 4, 3
    return small.engine_of(rows_in(order), SIZES, index_memory=0)


def rows_in(order: Any) -> list[dict[str, Any]]:
    return [
        {
            "startTime": START + number,
            "endTime": START + number,
            "duration": number,
            "city": "even" if number % 2 == 0 else "odd",
            "userActions": [{"startTime": START + number, "duration": number}],
        }
        for number in order
    ]


def sized(found: Source, **sizes: int) -> Source:
    """The source with other sizes."""
    own = found.access.control.threads
    return dataclasses.replace(found, access=small.retuned(found.access, SIZES | sizes, own))


def ranges(found: list[tuple[slice, bool]]) -> list[tuple[int, int, bool]]:
    return [(rows.start, rows.stop, every) for rows, every in found]


# --- morsels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "weight", "least", "threads", "step"),
    [
        (16, 1, 1, 1, 16),
        (16, 0, 1, 1, 16),
        (16, 2, 1, 1, 8),
        (16, 2, 12, 1, 11),  # six of at most twelve rows
        (16, 99, 1, 1, 1),
        (1000, 1, 1, 1, 64),
        (1000, 1, 1, 4, 64),
        (40, 1, 1, 2, 32),  # one for each thread
        (20, 1, 1, 2, 16),  # two for each
        (15, 1, 1, 2, 11),  # three for each
        (30, 1, 1, 3, 22),
    ],
)
def test_the_sizes_of_morsels(
    ordered: Engine, size: int, weight: int, least: int, threads: int, step: int
) -> None:
    """As many for each thread, of so many rows of the largest table or at least of the queried."""
    found = sized(
        source_of(ordered, "usersession", "duration >= 0 AND duration < 99", threads=threads),
        morsel_rows=size,
    )
    found.weight = weight
    assert ranges(found.morsels(least)) == [
        (first, min(first + step, ROWS), False) for first in range(0, ROWS, step)
    ]
    assert (found.remaining, found.is_read) == (ROWS, True)


def test_few_rows_are_not_cut(ordered: Engine) -> None:
    """Neither for threads that would take as long to wake, nor for a sweep."""
    found = source_of(ordered, "usersession", "duration >= 0 AND duration < 99", threads=2)
    for limit, count in ((ROWS - 1, 4), (ROWS, 4)):
        own = sized(found, most_uncut_rows=limit, morsel_rows=20)
        sizes = [rows.stop - rows.start for rows, _ in own.morsels()]
        assert sizes == ([16] * 4 if limit < ROWS else [20, 20, 20, 4])
        assert len(sizes) == count
    for weight, limit, cut in (
        (1, ROWS, False),
        (1, ROWS - 1, True),
        (2, 127, True),
        (0, 64, False),
    ):
        found.weight = weight
        own = sized(found, sweep_rows=32, most_rows_swept_alone=limit, morsel_rows=31)
        assert (len(own.morsels(sweeps=True)) > 1) == cut
        assert len(own.morsels()) > 1


@pytest.mark.parametrize(
    ("weight", "few", "threads"), [(1, 64, 1), (1, 63, 3), (2, 127, 3), (2, 128, 1), (0, 64, 1)]
)
def test_few_rows_are_worth_one_thread(
    ordered: Engine, weight: int, few: int, threads: int
) -> None:
    found = source_of(ordered, "usersession", "city = 'odd'", threads=3)
    found.weight = weight
    found = sized(found, most_rows_grouped_alone=few)
    found.morsels()
    assert found.threads == threads


def test_of_no_rows_there_are_no_morsels() -> None:
    data = small.engine_of([])
    for condition in ("", "duration > 3"):
        found = source_of(data, "usersession", condition)
        assert found.morsels() == []
        assert found.morsels(sweeps=True) == []
        assert (found.remaining, found.share, found.is_read) == (0, 0.0, True)
        assert found.notes() == {}
        assert selected(found).tolist() == first_selected(found, 3)[0].tolist() == []
        assert selected(found).dtype == first_selected(found, 3)[0].dtype == np.int64


@pytest.mark.parametrize("table", ["usersession", "useraction"])
@pytest.mark.parametrize(
    ("condition", "within"),
    [
        ("startTime >= 1010", (10, 64)),
        ("startTime > 1010", (11, 64)),
        ("startTime <= 1010", (0, 11)),
        ("startTime < 1010", (0, 10)),
        ("startTime BETWEEN 1010 AND 1019", (10, 20)),
        ("startTime > 1010 AND startTime < 1019", (11, 19)),
        ("startTime < 1010 AND startTime > 1019", None),
        ("startTime = 1063", (63, 64)),
        ("startTime >= 1000", (0, 64)),
        ("startTime > 5000", None),
    ],
)
def test_rows_in_order_of_time_are_found_at_once(
    ordered: Engine, table: str, condition: str, within: tuple[int, int] | None
) -> None:
    """All of a range fit, so that none is looked at."""
    found = source_of(ordered, table, condition)
    assert ranges(found.morsels()) == ([] if within is None else [(*within, True)])
    assert selected(found).tolist() == list(range(*(within or (0, 0))))
    assert found.seconds == []


@pytest.mark.parametrize("table", ["usersession", "useraction"])
def test_a_range_with_more_conditions_is_looked_at_within(ordered: Engine, table: str) -> None:
    text = "startTime >= 1010 AND startTime < 1030 AND duration > 3"
    found = source_of(ordered, table, text)
    assert ranges(found.morsels()) == [(10, 30, False)]
    assert selected(found).tolist() == list(range(10, 30))
    small_ones = sized(found, morsel_rows=8)
    assert ranges(small_ones.morsels()) == [(10, 17, False), (17, 24, False), (24, 30, False)]
    crossed = source_of(ordered, table, "startTime > 1030 AND startTime < 1010 AND duration > 3")
    assert crossed.morsels() == []


OFFSETS = np.array([0, 2, 2, 5, 6], dtype=np.int64)
OWNERS = np.array([0, 0, 2, 2, 2, 3], dtype=np.int32)
TIMES = numbers([1, 4, 4, 9], np.int8)


def between(low: int | None, high: int | None, *closed: bool) -> OfRow:
    return OfRow(NumberRange(TIMES, low, high, *closed), ascends=True)


@pytest.mark.parametrize(
    ("low", "high", "closed", "rows", "children"),
    [
        (4, None, (True, True), (1, 4), (2, 6)),
        (4, None, (False, True), (3, 4), (5, 6)),
        (None, 4, (True, True), (0, 3), (0, 5)),
        (None, 4, (True, False), (0, 1), (0, 2)),
        (4, 4, (True, True), (1, 3), (2, 5)),
        (9, 1, (True, True), (3, 3), (5, 5)),
        (None, None, (True, True), (0, 4), (0, 6)),
    ],
)
def test_where_the_rows_of_a_range_lie(
    low: int | None, high: int | None, closed: tuple[bool, bool], rows: tuple[int, int],
    children: tuple[int, int],
) -> None:  # fmt: skip
    node = between(low, high, *closed)
    assert _span(node) == (slice(*rows), True)
    assert _span(OfSession(node, OWNERS, OFFSETS)) == (slice(*children), True)


def test_where_the_rows_of_several_ranges_lie() -> None:
    """All of them there fit only if each part says so."""
    other = OfRow(Decided(True))
    assert _span(other) is None
    assert _span(OfSession(other, OWNERS, OFFSETS)) is None
    assert _span(OfRow(NumberRange(TIMES, 4, None))) is None  # not in order
    assert _span(All((other, other))) is None
    low, high = between(4, None), between(None, 4)
    assert _span(All((low, high))) == (slice(1, 3), True)
    assert _span(All((low, other, high))) == (slice(1, 3), False)
    assert _span(All((low, All((high, other))))) == (slice(1, 3), False)
    assert _span(OfSession(All((low, other)), OWNERS, OFFSETS)) == (slice(2, 6), False)
    assert _span(All((between(9, None), between(None, 1)))) == (slice(3, 3), True)


def test_minima_cut_what_is_not_in_order(mixed: Engine) -> None:
    """Blocks of two rows; of the third in the middle some fit."""
    found = source_of(mixed, "usersession", "startTime >= 1009 AND startTime < 1020")
    assert ranges(found.morsels()) == [(8, 12, False), (12, 20, True)]
    assert found.remaining == 12
    assert selected(found).tolist() == list(range(9, 20))


def test_neighbours_of_one_verdict_are_joined() -> None:
    a, b, c, d = slice(0, 2), slice(2, 4), slice(4, 6), slice(7, 9)
    assert _joined([]) == []
    assert _joined([(a, True), (b, True), (c, False), (d, False)]) == [
        (slice(0, 4), True), (c, False), (d, False),
    ]  # fmt: skip
    assert _joined([(a, False), (b, False), (c, False)]) == [(slice(0, 6), False)]


def test_a_timeframe_takes_the_sessions_that_overlap(ordered: Engine) -> None:
    for table in ("usersession", "useraction"):
        found = source_of(ordered, table, "", (START + 10, START + 12))
        assert selected(found).tolist() == [10, 11]
        found = source_of(ordered, table, "duration > 10", (START + 10, None))
        assert selected(found).tolist() == list(range(11, 64))
        found = source_of(ordered, table, "", (None, START + 2))
        assert selected(found).tolist() == [0, 1]
    bare = small.engine_of([{"city": "x"}, {"duration": 1}])
    assert selected(source_of(bare, "usersession", "", (None, 5))).tolist() == []


LONG = [
    {
        "startTime": START + 10 * number,
        "endTime": START + 10 * number + 25,
        "userActions": [{"duration": 3 * number + i} for i in range(number % 3)],
    }
    for number in range(8)
]
"""Three lie over each other at any time; they have no, one and two actions in turn."""


@pytest.mark.parametrize(
    ("frame", "sessions"),
    [((START + 30, START + 40), [1, 2, 3]), ((START + 26, None), range(1, 8)), ((None, 1011), [0, 1])],
)  # fmt: skip
def test_sessions_overlap_a_timeframe_from_start_to_end(
    frame: tuple[int | None, int | None], sessions: Any
) -> None:
    """And all of their children with them."""
    data = small.engine_of(LONG)
    assert selected(source_of(data, "usersession", "", frame)).tolist() == [*sessions]
    owners = [number for number, row in enumerate(LONG) for _ in row["userActions"]]  # type: ignore[attr-defined]
    children = [place for place, owner in enumerate(owners) if owner in sessions]
    for condition in ("", "duration >= 0"):
        assert selected(source_of(data, "useraction", condition, frame)).tolist() == children


def test_minima_of_starts_and_ends_tell_what_overlaps() -> None:
    data = small.engine_of(LONG, SIZES)
    node = source_of(data, "usersession", "", (START + 30, START + 60)).node
    assert node is not None
    pairs = [node.verdict(slice(first, first + 2)) for first in range(0, 8, 2)]
    assert pairs == [None, True, True, False]
    starts = small.engine_of([{"startTime": row["startTime"]} for row in LONG])
    found = source_of(starts, "usersession", "", (START + 30, START + 60))
    assert selected(found).tolist() == [3, 4, 5]


# --- what a source notes --------------------------------------------------------------------------


def test_the_share_that_is_read(ordered: Engine) -> None:
    found = source_of(ordered, "usersession", "startTime >= 1048")
    assert not found.is_read
    assert (found.share, found.notes()) == (0.0, {})
    found.morsels()
    assert found.share == 0.25
    assert found.notes() == {"morsels": "4 of 16, the others lie outside"}
    whole = source_of(ordered, "usersession", "duration > 3")
    whole.morsels()
    assert (whole.share, whole.notes()) == (1.0, {})
    some = source_of(ordered, "usersession", "startTime >= 1059")
    some.morsels()
    assert some.notes() == {"morsels": "2 of 16, the others lie outside"}  # five rows
    some.access.used.update({"a": None, "b": None})
    assert some.notes()["indexes"] == "a; b"


def test_the_rows_that_fit_are_counted(ordered: Engine) -> None:
    found = source_of(ordered, "usersession", "duration >= 8 AND duration < 99")
    assert found.fits(slice(0, 4), True) is None
    assert found.fits(slice(8, 13), False) is None  # all of them
    mask = found.fits(slice(5, 10), False)
    assert mask is not None
    assert mask.tolist() == [False, False, False, True, True]
    assert found.matches == [4, 5, 2]
    assert len(found.seconds) == 2
    assert found.row_ids(slice(0, 4), True) is None
    assert found.row_ids(slice(0, 4), False) is None
    assert found.matches == [4, 5, 2]
    every = source_of(ordered, "usersession", "")
    assert every.fits(slice(3, 10), False) is None
    assert every.row_ids(slice(3, 10), False) is None
    assert every.matches == [7]
    assert every.seconds == []


def test_rows_of_an_index_are_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_in(range(ROWS))
    rows[40]["city"] = rows[7]["city"] = "rare"
    data = small.engine_of(rows, {**SIZES, **small.INDEXED, "morsel_rows": 8})
    found = source_of(data, "usersession", "city = 'rare'", threads=2)
    assert ranges(found.morsels()) == [(0, 64, False)]
    assert found.threads == 1
    readings = iter([3.0, 5.0])
    with monkeypatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: next(readings))
        numbers = found.row_ids(slice(0, 64), False)
    assert numbers is not None
    assert numbers.tolist() == [7, 40]
    assert found.matches == [2]
    assert found.seconds == [2.0]
    found.matches.clear()
    assert count_selected(found) == 2
    assert selected(found).tolist() == [7, 40]


@pytest.mark.parametrize(
    ("seconds", "threads", "elapsed"),
    [([], 2, 0.0), ([3.0], 2, 3.0), ([3.0, 1.0], 2, 2.0), ([3.0, 1.0, 2.0], 2, 3.0), ([4.0, 1.0], 1, 5.0)],
)  # fmt: skip
def test_threads_share_the_time(
    ordered: Engine, seconds: list[float], threads: int, elapsed: float
) -> None:
    found = source_of(ordered, "usersession", "duration > 3", threads=threads)
    found.seconds += seconds
    assert found.elapsed == elapsed


def test_the_time_of_a_condition_is_measured(
    ordered: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter([1.0, 3.0, 10.0, 14.0])
    found = source_of(ordered, "useraction", "usersession.duration > 3")
    monkeypatch.setattr(time, "perf_counter", lambda: next(readings))
    assert found.fits(slice(2, 6), False) is not None
    assert found.fitting_sessions(slice(2, 6)).tolist() == [False, False, True, True]
    assert found.seconds == [2.0, 4.0]


def test_only_rows_are_read() -> None:
    plan: Any = Limit(ScanNode("usersession", Timeframe()), 3, is_default=False)
    with pytest.raises(InternalError, match="Limit gives no rows"):
        source(None, plan)  # type: ignore[arg-type]  # it is not looked at


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1, 3, 1024, 1025, 4000])
@pytest.mark.parametrize("condition", ["", "duration >= 0", "duration >= 2000", "city = 'odd'"])
def test_a_limit_reads_no_further_than_it_needs(most: int, condition: str, large: Engine) -> None:
    """Pieces of twice as many rows each."""
    found = source_of(large, "usersession", condition)
    numbers = selected(source_of(large, "usersession", condition)).tolist()
    assert first_selected(found, most)[0].tolist() == numbers[:most]
    read, at, step = 0, 0, 1024
    while at < 4000 and sum(number < at for number in numbers) < most:
        read += min(step, 4000 - at)
        at += min(step, 4000 - at)
        step *= 2
    assert (found.remaining, found.is_read) == (read, True)


@pytest.fixture(scope="module")
def large() -> Engine:
    return small.engine_of(rows_in(range(4000)), SIZES, index_memory=0)


def test_what_minima_leave_out_is_not_read(large: Engine) -> None:
    found = source_of(large, "usersession", f"startTime >= {START + 3500}")
    assert first_selected(found, 2)[0].tolist() == [3500, 3501]
    assert found.remaining == 4000 - 1024 - 2048
    every = source_of(large, "usersession", f"startTime >= {START}")
    assert first_selected(every, 2)[0].tolist() == [0, 1]
    assert every.remaining == 1024


@pytest.mark.parametrize(
    ("condition", "most", "total"),
    [
        ("", 2, 4000),
        ("", 0, 4000),
        ("duration >= 0", 2, None),
        ("duration >= 0", 0, None),
        ("duration >= 0", 4000, 4000),
        ("duration >= 0", 5000, 4000),
        ("duration >= 3998", 1, 2),
        ("duration < 3", 3, None),
        ("duration < 3", 4, 3),
        ("duration < 0", 1, 0),
    ],
)
def test_a_limit_tells_how_many_rows_fit_where_it_read_all(
    large: Engine, condition: str, most: int, total: int | None
) -> None:
    assert first_selected(source_of(large, "usersession", condition), most)[1] == total


def test_a_limit_looks_at_the_time(large: Engine) -> None:
    found = source_of(large, "usersession", "duration > 3999")
    control = Control(1, deadline=0)
    late = Source(_with(found, control), found.condition, found.timeframe)
    with pytest.raises(TimeLimit):
        first_selected(late, 1)


def _with(found: Source, control: Control) -> Any:
    own = found.access
    return type(own)(own.cache, own.table, own.utc_offset, control)


@pytest.mark.parametrize("morsel", [1024, 1500])
def test_pieces_of_a_limit_are_no_larger_than_a_morsel(large: Engine, morsel: int) -> None:
    found = sized(source_of(large, "usersession", "duration >= 1100"), morsel_rows=morsel)
    assert first_selected(found, 1)[0].tolist() == [1100]
    assert found.remaining == 1024 + morsel


# --- the rows that are left -----------------------------------------------------------------------


def masked(size: int, *places: int) -> Any:
    mask = np.zeros(size, dtype=np.bool_)
    mask[list(places)] = True
    return mask


def test_rows_without_a_mask_stay() -> None:
    rows = slice(3, 9)
    assert narrowed(rows, None, DEFAULT) == (rows, None)


@pytest.mark.parametrize("few", [2, 10])
def test_few_rows_that_are_left_are_numbered(few: int) -> None:
    tuning = Tuning(few_remaining_one_in=few)
    size = 3 * few
    three, four = masked(size, 0, 2, 5), masked(size, 0, 2, 4, 5)
    numbers, mask = narrowed(slice(100, 100 + size), three, tuning)
    assert mask is None
    assert isinstance(numbers, np.ndarray)
    assert numbers.tolist() == [100, 102, 105]
    numbers, mask = narrowed(np.arange(0, 7 * size, 7), three, tuning)
    assert mask is None
    assert isinstance(numbers, np.ndarray)
    assert numbers.tolist() == [0, 14, 35]
    rows = slice(100, 100 + size)
    kept, mask = narrowed(rows, four, tuning)
    assert kept is rows
    assert mask is four
    every = np.ones(size, dtype=np.bool_)
    assert narrowed(rows, every, tuning) == (rows, None)
    none, mask = narrowed(rows, masked(size), tuning)
    assert isinstance(none, np.ndarray)
    assert (none.tolist(), mask) == ([], None)


def test_a_range_of_the_sessions_times_is_found_from_their_children() -> None:
    """Without a look at any row, as it is found among the sessions."""
    actions = [number % 3 for number in range(100)]
    data = small.engine_of(
        [{"startTime": 10 * n, "userActions": [{}] * own} for n, own in enumerate(actions)]
    )
    found = source_of(data, "useraction", "usersession.startTime BETWEEN 200 AND 299")
    rows = slice(sum(actions[:20]), sum(actions[:30]))
    assert found.morsels() == [(rows, True)]
    assert selected(found).tolist() == list(range(rows.start, rows.stop))
