"""Dates of queries."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.reference.literals import date, to_ms
from usql.language.literals import (
    parse_date,
)


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
