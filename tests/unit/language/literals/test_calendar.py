"""The proleptic Gregorian calendar against Python's."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from usql.language.literals.calendar import civil_from_days, days_from_civil, days_in_month

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
