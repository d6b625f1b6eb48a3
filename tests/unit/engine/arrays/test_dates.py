"""Dates of whole columns against Python's own calendar and against dates one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.engine.arrays.dates import bins, date_part, floor_to, rounded, texts, unit_of
from usql.engine.arrays.types import Ints
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit, TimeLimit
from usql.language.functions import DATE_PARTS, part_of_date
from usql.language.literals import parse_date_format, parse_interval

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000

PARTS: dict[str, Callable[[datetime], int]] = {
    "YEAR": lambda moment: moment.year,
    "MONTH": lambda moment: moment.month,
    "DAY": lambda moment: moment.day,
    "HOUR": lambda moment: moment.hour,
    "MINUTE": lambda moment: moment.minute,
}
INTERVALS = [
    "1s",
    "5m",
    "7h",
    "1d",
    "3d",
    "week",
    "2 weeks",
    "month",
    "5 months",
    "year",
    "3 years",
]
FORMATS = [
    "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "MMM yyyy", "yyyy", "E", "HH", "mm", "ss", "hh:mm",
    "d. MMMM", "EEEE 'at' H", "HH 'of' dd", "'always'", "yy", "ss HH", "M/d H:m:s", "y", "e c", "d H",
]  # fmt: skip


@pytest.fixture(scope="module")
def instants() -> Ints:
    """Instants around the turns of minutes, days, weeks, months and years, before 1970 as well."""
    turns = [
        datetime(year, month, day, hour, tzinfo=UTC)
        for year in (1899, 1900, 1968, 1969, 1970, 1971, 1999, 2000, 2024, 2026)
        for month in (1, 2, 3, 12)
        for day in (1, 4, 28, 29)
        for hour in (0, 12)
        if not (month == 2 and day == 29 and (year % 4 or year == 1900))
    ]
    steps = [-60_001, -60_000, -1001, -1000, -1, 0, 1, 999, 1000, 59_999, 60_000, 3_599_999]
    whole = [(turn - EPOCH) // timedelta(milliseconds=1) for turn in turns]
    return np.array([start + step for start in whole for step in steps], dtype=np.int64)


@pytest.mark.parametrize("part", PARTS)
def test_parts(part: str, instants: Ints) -> None:
    expected = [PARTS[part](EPOCH + timedelta(milliseconds=ms)) for ms in instants.tolist()]
    assert date_part(part, instants).tolist() == expected


def test_every_declared_part_is_computed_and_no_other(instants: Ints) -> None:
    assert set(PARTS) == set(DATE_PARTS)
    for name in ("DATETIME", "day", "SUM"):
        with pytest.raises(KeyError, match=name):
            date_part(name, instants)


@pytest.mark.parametrize("part", DATE_PARTS)
def test_parts_are_what_is_declared_of_them(part: str, instants: Ints) -> None:
    """Charts and keys of groups rely on it: the values, and how long one lasts."""
    declared = part_of_date(part)
    found = date_part(part, instants)
    if declared.values is not None:
        assert set(found.tolist()) <= set(declared.values)
    for end in (0, declared.unit - 1):
        assert (date_part(part, instants // declared.unit * declared.unit + end) == found).all()
    assert (date_part(part, instants - declared.unit) != found).any()


@pytest.mark.parametrize("text", INTERVALS)
def test_intervals(text: str, instants: Ints) -> None:
    interval = parse_interval(text)
    assert floor_to(interval, instants).tolist() == [interval.floor(ms) for ms in instants.tolist()]
    assert bins(parse_date_format("yyyy"), interval, instants).tolist() == (
        rounded(parse_date_format("yyyy"), interval, instants).tolist()
    )


@pytest.mark.parametrize("text", ["1s", "5m", "7h", "1d", "week", "2 weeks"])
def test_bins_of_equal_length(text: str, instants: Ints) -> None:
    """A bin begins at the instant, and every length before and behind it."""
    interval = parse_interval(text)
    length, origin = unit_of(parse_date_format("HH"), interval)
    assert length == interval.milliseconds
    assert ((floor_to(interval, instants) - origin) % length == 0).all()


@pytest.mark.parametrize("text", FORMATS)
def test_texts(text: str, instants: Ints) -> None:
    form = parse_date_format(text)
    expected = [form.format(ms) for ms in instants.tolist()]
    for chosen in (slice(None), slice(0, 1), slice(0, 0), slice(None, None, 7)):
        found, numbers = texts(Control(), form, instants[chosen])
        assert found.take(numbers).to_pylist() == expected[chosen]
        assert found.to_pylist() == sorted(set(expected[chosen]))


@pytest.mark.parametrize("text", FORMATS)
def test_bins_hold_what_is_formatted_alike(text: str, instants: Ints) -> None:
    """All instants of a bin have one text; the bin's start, the rounded time, is not after them."""
    form = parse_date_format(text)
    starts = bins(form, None, instants)
    assert (starts <= instants).all()
    shown = [form.format(ms) for ms in instants.tolist()]
    assert [form.format(ms) for ms in starts.tolist()] == shown
    length, origin = unit_of(form, None)
    assert ((starts - origin) % length == 0).all()
    assert (instants - starts < length).all()


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("yyyy", datetime(2026, 1, 1)),
        ("MMM", datetime(2026, 4, 1)),
        ("E", datetime(2026, 4, 5)),
        ("dd HH", datetime(2026, 4, 5, 17)),
        ("mm", datetime(2026, 4, 5, 17, 42)),
        ("HH:mm:ss", datetime(2026, 4, 5, 17, 42, 9)),
        ("'always'", datetime(1970, 1, 1)),
    ],
)
def test_the_rounded_time_is_the_start_of_the_finest_unit(text: str, start: datetime) -> None:
    moment = datetime(2026, 4, 5, 17, 42, 9, 123000, tzinfo=UTC)
    instant = np.array([(moment - EPOCH) // timedelta(milliseconds=1)], dtype=np.int64)
    expected = (start.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
    found = rounded(parse_date_format(text), None, instant)
    assert found.tolist() == [expected]
    assert found.dtype == np.int64


def test_many_days_and_times() -> None:
    """So many, or so far apart, that they are told apart by sorting."""
    form = parse_date_format("yyyy-MM-dd")
    for days in (np.arange(-60_000, 60_000, 37), np.array([-(10**9), 10**9])):
        found, numbers = texts(Control(), form, days * DAY)
        assert found.take(numbers).to_pylist() == [form.format(d * DAY) for d in days.tolist()]
    seconds = np.arange(0, 2 * DAY, 61_000, dtype=np.int64)
    form = parse_date_format("HH:mm:ss")
    found, numbers = texts(Control(), form, seconds)
    assert found.take(numbers).to_pylist() == [form.format(ms) for ms in seconds.tolist()]


@pytest.mark.parametrize("step", [1, 3, 50])
@pytest.mark.parametrize("text", FORMATS)
def test_texts_of_pieces_are_those_of_all(text: str, step: int, instants: Ints) -> None:
    form = parse_date_format(text)
    instants = instants[:: 1931 // step // 20]
    expected, numbers = texts(Control(), form, instants)
    found = texts(Control(tuning=Tuning(instants_written_at_once=step)), form, instants)
    assert found[0].to_pylist() == expected.to_pylist()
    assert found[1].tolist() == numbers.tolist()


def test_limits_are_looked_at_while_texts_are_made(instants: Ints) -> None:
    form = parse_date_format("EEEE MMMM ss HH d")
    with pytest.raises(TimeLimit):
        texts(Control(deadline=0.0), form, instants)
    with pytest.raises(MemoryLimit, match="of texts of dates"):
        texts(Control(budget=Budget(20 * len(instants))), form, instants)
    control = Control(budget=Budget(200 * len(instants)))
    found, numbers = texts(control, form, instants)
    assert control.used == found.nbytes + numbers.nbytes  # what is worked on is given back


def test_texts_have_offsets_of_31_bits() -> None:
    """More than that is refused before any text is put together."""
    form = parse_date_format("yyyy'" + "x" * (1 << 20) + "'")
    assert texts(Control(), form, np.zeros(2, dtype=np.int64))[0][0].as_py().startswith("1970xx")
    with pytest.raises(MemoryLimit, match="of texts of one DATETIME, more than the"):
        texts(Control(), form, np.zeros(2048, dtype=np.int64))


@given(
    st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=8),
    st.sampled_from(["week", "2 weeks", "5 months", "year", "7 years", "6h", "5m", "2d"]),
)
def test_dates_of_columns_are_those_of_single_values(values: list[int], text: str) -> None:
    interval = parse_interval(text)
    local = np.array(values, dtype=np.int64)
    assert floor_to(interval, local).tolist() == [interval.floor(v) for v in values]
