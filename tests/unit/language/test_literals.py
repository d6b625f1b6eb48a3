"""Dates, durations, addresses, numbers."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.reference.literals import date, shifted, to_ms
from usql.language.calendar import civil_from_days, days_from_civil, days_in_month
from usql.language.literals import (
    Duration,
    exact_number,
    parse_address,
    parse_date,
    parse_duration,
    parse_interval,
    shift,
)

DAY = 86_400_000
EPOCH = datetime.date(1970, 1, 1)


@given(st.dates())
def test_the_calendar_is_pythons(day: datetime.date) -> None:
    days = (day - EPOCH).days
    assert days_from_civil(day.year, day.month, day.day) == days
    assert civil_from_days(days) == (day.year, day.month, day.day)


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


OFFSETS = st.integers(-18 * 60, 18 * 60)
PLAIN = [
    "{0.year:04}-{0.month:02}-{0.day:02} {0.hour:02}:{0.minute:02}:{0.second:02}",
    "{0.year:04}-{0.month}-{0.day} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.year:04}/{0.month}/{0.day} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.month}/{0.day}/{0.year:04} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.day}.{0.month}.{0.year:04} {0.hour}:{0.minute:02}:{0.second:02}",
    "{0.year:04}-{0.month:02}-{0.day:02}T{0.hour:02}:{0.minute:02}:{0.second:02}",
]


@given(st.datetimes(), OFFSETS, st.sampled_from(PLAIN))
def test_dates_without_a_zone_are_read_back(
    moment: datetime.datetime, offset: int, form: str
) -> None:
    local = to_ms(moment.replace(microsecond=0, tzinfo=datetime.UTC))
    text = form.format(moment)
    assert parse_date(text, offset) == local - offset * 60_000 == date(text, offset)


@given(st.datetimes(), OFFSETS, OFFSETS, st.sampled_from(["", ":"]))
def test_dates_with_a_zone_are_read_back(
    moment: datetime.datetime, zone: int, offset: int, colon: str
) -> None:
    """The text's zone decides, whatever the local clock; microseconds are cut to milliseconds."""
    hours, minutes = divmod(abs(zone), 60)
    sign = "-" if zone < 0 else "+"
    text = f"{moment.isoformat(timespec='microseconds')}{sign}{hours:02}{colon}{minutes:02}"
    assert parse_date(text, offset) == to_ms(moment.replace(tzinfo=datetime.UTC)) - zone * 60_000


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-13-01", "2026-02-29", "2026-01-01 24", "2026-01-01 10:60", "32.1.2026", "13/13/2026", "26-01-01",
     "2026-01-01T10:00:00+19:00", "2026-01-01T10:00:00+01:60", "0000-01-01", "２０２６-01-01", "2026-01-01 10:00Z", "1.1.26"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [("2026-13-01", "month"), ("30.2.2026", "day"), ("2026-01-01 24", "hour"), ("2026-01-01 10:60", "minute"),
     ("2026-01-01 10:00:60", "second"), ("2026-01-01T10:00:00+19:00", "zone"), ("0000-01-01", "year")],
)  # fmt: skip
def test_a_wrong_date_says_which_part(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=rf"is not a date: .*\b{named}\b"):
        parse_date(text)


def test_a_message_shows_the_beginning_of_a_long_date() -> None:
    with pytest.raises(ValueError, match="is not a date") as caught:
        parse_date("2026-13-01T00:00:00." + "1" * 10_000 + "Z")
    assert len(str(caught.value)) < 200


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


def test_addresses() -> None:
    texts = ["0.0.0.0", "9.0.0.1", "10.0.0.1", "255.255.255.255", "::", "2a01::1", "ffff::"]
    keys = [parse_address(t) for t in texts]
    assert keys == sorted(keys)
    assert parse_address("::ffff:10.0.0.1") == parse_address("10.0.0.1") == (0, 10 * 2**24 + 1)
    for wrong in ("", "300.1.1.1", "10.0.0", "010.0.0.1", "fe80::1%eth0", "masked"):
        with pytest.raises(ValueError, match=r"not an IPv4 or IPv6|network zone"):
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


@pytest.mark.parametrize(
    ("reader", "text"),
    [(parse_interval, " " * 1500 + "!"), (parse_interval, "5" + " " * 30_000 + "!"), (exact_number, " " * 30_000 + "!"),
     (exact_number, "1" * 30_000 + "!"), (parse_duration, " " * 30_000 + "!"), (parse_duration, "2" + " " * 30_000 + "!"),
     (parse_date, " " * 30_000 + "!"), (parse_date, "2026-03-02" + " " * 30_000 + "!")],
)  # fmt: skip
def test_long_nonsense_is_refused_at_once(reader: Callable[[str], object], text: str) -> None:
    """Backtracking over the blanks would take many seconds of the processor."""
    begin = time.process_time()
    try:
        result = reader(text)
    except ValueError:
        result = None
    assert result is None
    assert time.process_time() - begin < 1
