"""Durations, and instants moved by them."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.reference.literals import shifted, to_ms
from usql.language.literals import (
    Duration,
    parse_date,
    parse_duration,
    shift,
)

DAY = 86_400_000
OFFSETS = st.integers(-18 * 60, 18 * 60)


@pytest.mark.parametrize(
    ("text", "duration"),
    [("2h", Duration(2, "h")), (" 15 M ", Duration(15, "M")), ("0s", Duration(0, "s"))],
)
def test_durations(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "h", "2", "2x", "-2h", "2.5h", "2 hours", "9" * 30 + "h", "2H"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("start", "duration", "sign", "offset", "end"),
    [
        ("2026-03-31", "1M", -1, 0, "2026-02-28"),
        ("2024-03-31 10:00", "1M", -1, 0, "2024-02-29 10:00"),
        ("2024-02-29", "1y", 1, 0, "2025-02-28"),
        ("2026-01-31", "1q", 1, 0, "2026-04-30"),
        ("2026-01-15", "1m", 1, 0, "2026-01-15 00:01"),
        ("2026-01-15", "1w", -1, 0, "2026-01-08"),
        ("2026-02-28 23:30", "1M", 1, 60, "2026-03-31 23:30"),
    ],
)
def test_shifting(start: str, duration: str, sign: int, offset: int, end: str) -> None:
    """The last one: on the local clock it is March 1 already, so a month later is April 1."""
    expected = parse_date(end)
    assert shift(parse_date(start), parse_duration(duration), sign, offset) == expected


@given(
    st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(9000, 1, 1)),
    st.integers(0, 900),
    st.sampled_from("yqMwdhms"),
    st.sampled_from([1, -1]),
    OFFSETS,
)
def test_shifting_is_that_of_datetime(
    moment: datetime.datetime, amount: int, unit: str, sign: int, offset: int
) -> None:
    start = to_ms(moment.replace(tzinfo=datetime.UTC))
    expected = shifted(start, sign * amount, unit, offset)
    assert shift(start, Duration(amount, unit), sign, offset) == expected


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 5000), st.sampled_from("yqM"), OFFSETS)
def test_calendar_steps_work_for_every_instant(
    ms: int, amount: int, unit: str, offset: int
) -> None:
    """400 years are a whole number of weeks, so adding them changes nothing but the year."""
    era = 146_097 * DAY
    near = ms % era
    moved = ms - near + shift(near, Duration(amount, unit), 1, offset)
    assert shift(ms, Duration(amount, unit), 1, offset) == min(moved, 2**63 - 1)


def test_shifting_stops_at_64_bits() -> None:
    assert shift(0, Duration(10**18, "y"), 1) == 2**63 - 1
    assert shift(0, Duration(10**18, "w"), -1) == -(2**63)
