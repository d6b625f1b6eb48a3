"""Times as people give them: one meaning in every option, and an error that names option and value."""

from __future__ import annotations

import datetime
import re
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.analysis import Clock, Timeframe
from usql.asking.clock import clock_over, times_of

SPAN = (1000, 1_772_409_600_001)
NOW = 1_772_800_000_000
DAY = 86_400_000


def read(option: str, value: Any, now: Any = NOW, utc_offset: int = 0) -> Any:
    """What an option means beside what ``$NOW`` is."""
    options: dict[str, Any] = {"start": None, "end": None, "now": now} | {option: value}
    frame, current = times_of(SPAN, utc_offset=utc_offset, **options)
    return {"start": frame.start, "end": frame.end, "now": current}[option]


FORMS: list[tuple[Any, int]] = [
    (5, 5),
    (-5, -5),
    ("1772409600000", 1_772_409_600_000),
    ("-5", -5),
    (" +5 ", 5),
    ("data-end", SPAN[1]),
    ("Data-End", SPAN[1]),
    ("2026-03-02", 1_772_409_600_000),
    (" 2.3.2026 01:00", 1_772_413_200_000),
    ("2026-03-02T01:00:00+01:00", 1_772_409_600_000),
    (datetime.datetime(2026, 3, 2), 1_772_409_600_000),
    (datetime.datetime(2026, 3, 2, 0, 0, 0, 1999), 1_772_409_600_001),
    (datetime.datetime(2026, 3, 2, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), 1_772_409_600_000),
    (pd.Timestamp("2026-03-02"), 1_772_409_600_000),
    (datetime.date(2026, 3, 2), 1_772_409_600_000),
    (datetime.date(1, 1, 1), -62_135_596_800_000),
]  # fmt: skip


@pytest.mark.parametrize("option", ["start", "end", "now"])
@pytest.mark.parametrize(("value", "meant"), FORMS, ids=repr)
def test_every_option_takes_every_form(option: str, value: Any, meant: int) -> None:
    assert read(option, value) == meant


SHIFTS: list[tuple[str, int]] = [
    ("-2h", NOW - 7_200_000),
    ("+1d", NOW + DAY),
    ("-90s", NOW - 90_000),
    (" - 3 m ", NOW - 180_000),
    ("-1w", NOW - 7 * DAY),
    ("-0s", NOW),
    ("now", NOW),
    ("NOW", NOW),
]


@pytest.mark.parametrize("option", ["start", "end"])
@pytest.mark.parametrize(("value", "meant"), SHIFTS)
def test_durations_count_from_now(option: str, value: str, meant: int) -> None:
    assert read(option, value) == meant


def test_now_moves_what_counts_from_it() -> None:
    assert times_of(SPAN, "-2h", "now", "data-end", 0) == (
        Timeframe(SPAN[1] - 7_200_000, SPAN[1]),
        SPAN[1],
    )
    assert times_of(SPAN, "-1d", None, "2026-03-02", 0)[0].start == 1_772_409_600_000 - DAY


@pytest.mark.parametrize(("given", "moved"), [(None, 0), ("now", 0), ("-2h", -7_200_000), ("+1d", DAY)])  # fmt: skip
def test_without_now_it_is_the_present(given: str | None, moved: int) -> None:
    before = time.time_ns() // 1_000_000
    frame, current = times_of(SPAN, "-1s", None, given, 0)
    assert before <= current - moved <= time.time_ns() // 1_000_000
    assert frame == Timeframe(current - 1000, None)


def test_calendar_steps_and_dates_are_on_the_local_clock() -> None:
    """An hour before midnight UTC it is March already where clocks are an hour ahead."""
    late = 1_772_409_600_000 - DAY - 3_600_000
    assert read("start", "-1M", late) == late - 31 * DAY
    assert read("start", "-1M", late, utc_offset=60) == late - 28 * DAY
    assert read("start", "-1y", late, utc_offset=60) == late - 365 * DAY
    for day in ("2026-03-02", datetime.date(2026, 3, 2)):
        assert read("end", day, utc_offset=120) == 1_772_409_600_000 - 7_200_000
        assert read("end", day, utc_offset=-90) == 1_772_409_600_000 + 5_400_000
    assert read("end", datetime.datetime(2026, 3, 2), utc_offset=120) == 1_772_409_600_000


@pytest.mark.parametrize("option", ["start", "end", "now"])
@pytest.mark.parametrize(
    "value",
    ["someday", "", "2026-02-30", "-2x", "-2 hours", "2h", "data end", "now-2h", "1e3", "--5",
     "٣", "9" * 20, "-" + "9" * 5000, "2026-03-02T00:00:00+19:00"],
)  # fmt: skip
def test_what_is_no_time_names_the_option_and_the_value(option: str, value: str) -> None:
    with pytest.raises(
        ValueError, match=f'^{option}: "{re.escape(value[:40])}" is not a (date|duration)'
    ):
        read(option, value)


@pytest.mark.parametrize("option", ["start", "end", "now"])
def test_a_missing_time_of_pandas_is_none(option: str) -> None:
    with pytest.raises(ValueError, match=f"^{option}: NaT is not a time"):
        read(option, pd.NaT)


@given(st.integers(0, 10**18 - 1), st.sampled_from("yqMwdhms"), st.sampled_from("+-"))
def test_any_duration_is_a_time_within_64_bits(amount: int, unit: str, sign: str) -> None:
    moved = read("start", f"{sign}{amount}{unit}")
    assert -(2**63) <= moved < 2**63
    assert moved <= NOW if sign == "-" else moved >= NOW


def test_numbers_of_numpy_are_milliseconds() -> None:
    assert read("start", int(np.int64(7))) == 7


def test_the_clock_of_a_query() -> None:
    assert clock_over((1, 9), Timeframe(3, None), 5, 60) == Clock(5, 3, 9, 60)
    assert clock_over((1, 9), Timeframe(None, 4), 5, 0) == Clock(5, 1, 4, 0)
    assert abs(clock_over((1, 9), Timeframe(), None, 0).now - time.time_ns() // 1_000_000) < 60_000
