"""Dates, durations, addresses, numbers."""

from __future__ import annotations

import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.language.calendar import civil_from_days, days_from_civil, days_in_month
from usql.language.literals import (
    Duration,
    exact_number,
    parse_address,
    parse_date,
    parse_duration,
    shift,
)

DAY = 86_400_000
EPOCH = datetime.date(1970, 1, 1)


@given(st.dates())
def test_the_calendar_is_pythons(date: datetime.date) -> None:
    days = (date - EPOCH).days
    assert days_from_civil(date.year, date.month, date.day) == days
    assert civil_from_days(days) == (date.year, date.month, date.day)


@given(st.integers(-(10**11), 10**11))
def test_the_calendar_goes_far_beyond(days: int) -> None:
    assert days_from_civil(*civil_from_days(days)) == days


def test_days_in_month() -> None:
    assert [
        days_in_month(2024, 2),
        days_in_month(2100, 2),
        days_in_month(2000, 2),
        days_in_month(1, 12),
    ] == [29, 28, 29, 31]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-02", "2026-03-02T00:00"),
        ("2026-3-2 5", "2026-03-02T05:00"),
        ("2026/03/02 05:06", "2026-03-02T05:06"),
        ("03/02/2026 05:06:07", "2026-03-02T05:06:07"),
        ("8.8.2018 8:00", "2018-08-08T08:00"),
        (" 2026-03-02 ", "2026-03-02T00:00"),
        ("2026-03-02T05:06:07Z", "2026-03-02T05:06:07"),
        ("2026-03-02t05:06:07.1239z", "2026-03-02T05:06:07.123"),
        ("2026-03-02T05:06:07", "2026-03-02T05:06:07"),
        ("2026-03-02T05:06+01:00", "2026-03-02T04:06"),
        ("2026-03-02T05:06:07-0130", "2026-03-02T06:36:07"),
        ("0001-01-01", "0001-01-01T00:00"),
        ("29.02.2024", "2024-02-29T00:00"),
    ],
)
def test_dates(text: str, iso: str) -> None:
    moment = datetime.datetime.fromisoformat(iso).replace(tzinfo=datetime.UTC)
    expected = (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(
        milliseconds=1
    )
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-13-01", "2026-02-29", "2026-01-01 24", "2026-01-01 10:60", "32.1.2026", "13/13/2026", "26-01-01",
     "2026-01-01T10:00:00+19:00", "2026-01-01T10:00:00+01:60", "0000-01-01", "２０２６-01-01", "2026-01-01 10:00Z", "1.1.26"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        parse_date(text)


def test_the_offset_is_for_dates_without_a_zone() -> None:
    assert parse_date("2026-03-02", 60) == parse_date("2026-03-02") - 3_600_000
    assert parse_date("2026-03-02T00:00:00Z", 60) == parse_date("2026-03-02")


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
    with pytest.raises(ValueError, match="is no duration"):
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


def test_shifting_stops_at_64_bits() -> None:
    assert shift(0, Duration(10**18, "y"), 1) == 2**63 - 1
    assert shift(0, Duration(10**18, "w"), -1) == -(2**63)


def test_addresses() -> None:
    texts = ["0.0.0.0", "9.0.0.1", "10.0.0.1", "255.255.255.255", "::", "2a01::1", "ffff::"]
    keys = [parse_address(t) for t in texts]
    assert keys == sorted(keys)
    assert parse_address("::ffff:10.0.0.1") == parse_address("10.0.0.1") == (0, 10 * 2**24 + 1)
    for wrong in ("", "300.1.1.1", "10.0.0", "010.0.0.1", "fe80::1%eth0", "masked"):
        with pytest.raises(ValueError, match=r"no IPv4 or IPv6|network zone"):
            parse_address(wrong)


@given(st.fractions(max_denominator=10**6))
def test_numbers_are_exact(value: Fraction) -> None:
    text = f"{float(value):.12f}"
    assert exact_number(text) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), (" -3 ", -3), (".5", Fraction(1, 2)), ("1e3", 1000), ("+2.50", Fraction(5, 2))],
)
def test_numbers(text: str, value: Fraction) -> None:
    assert exact_number(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", ".", "abc", "1_000", "0x10", "1e9999", "1" * 2000, "inf", "nan", "1 2"]
)
def test_what_is_no_number(text: str) -> None:
    assert exact_number(text) is None
