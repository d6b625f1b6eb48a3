"""Which periods there are between those that a result has."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.language.functions import Undeclared
from usql.language.literals.calendar import days_from_civil
from usql.language.literals.dateformat import parse_date_format, parse_interval
from usql.result.periods import Part, Text

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def text(form: str, interval: str | None = None) -> Text:
    return Text(parse_date_format(form), None if interval is None else parse_interval(interval))


def shown(periods: Text, moments: Sequence[int]) -> list[str]:
    """The texts of some moments, each once, in the order of time."""
    floor = (lambda ms: ms) if periods.interval is None else periods.interval.floor
    return list(dict.fromkeys(periods.format.format(floor(ms)) for ms in moments))


def names(periods: Text | Part, values: Sequence[object]) -> list[str]:
    """The labels of all places."""
    places = periods.places(values)  # type: ignore[arg-type]
    assert places is not None
    return [places.labels.get(i, "") for i in range(places.count)]


# --- whole clocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "value", "first", "count", "last"),
    [
        (text("E"), "Wed", ["Mon", "Tue", "Wed"], 7, "Sun"),
        (text("EEEE"), "Sunday", ["Monday"], 7, "Sunday"),
        (text("e"), "3", ["1", "2"], 7, "7"),
        (text("HH"), "09", ["00", "01"], 24, "23"),
        (text("H"), "9", ["0", "1"], 24, "23"),
        (text("hh"), "09", ["12", "01", "02"], 12, "11"),
        (text("HH:mm", "30m"), "09:30", ["00:00", "00:30", "01:00"], 48, "23:30"),
        (text("HH:mm"), "09:31", ["00:00", "00:01"], 1440, "23:59"),
        (text("mm"), "07", ["00", "01"], 60, "59"),
        (text("MMM"), "Mar", ["Jan", "Feb"], 12, "Dec"),
        (text("MMM", "3 months"), "Apr", ["Jan", "Apr", "Jul", "Oct"], 4, "Oct"),
        (text("MM-dd"), "02-29", ["01-01", "01-02"], 366, "12-31"),
        (text("dd"), "02", ["01", "02"], 31, "31"),
        (text("E HH"), "Tue 05", ["Mon 00", "Mon 01"], 168, "Sun 23"),
        (text("E HH:mm", "6h"), "Tue 06:00", ["Mon 00:00", "Mon 06:00"], 28, "Sun 18:00"),
        (text("'at' HH"), "at 05", ["at 00"], 24, "at 23"),
        (Part("HOUR"), 5, ["0", "1"], 24, "23"),
        (Part("MINUTE"), 5, ["0", "1"], 60, "59"),
        (Part("MONTH"), 5, ["1", "2"], 12, "12"),
        (Part("DAY"), 5, ["1", "2"], 31, "31"),
    ],
)
def test_a_whole_clock(
    periods: Text | Part, value: object, first: list[str], count: int, last: str
) -> None:
    found = names(periods, [value])
    assert (found[: len(first)], len(found), found[-1]) == (first, count, last)
    places = periods.places([value])  # type: ignore[list-item]
    assert places is not None
    assert found[places.numbers[value]] == str(value)


def test_a_part_that_is_not_declared_has_no_clock() -> None:
    with pytest.raises(Undeclared):
        Part("DATETIME").places([3])


# --- from the first to the last -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "values", "numbers"),
    [
        (Part("YEAR"), [2026, 2023], [3, 0]),
        (text("yyyy"), ["2023", "2026"], [0, 3]),
        (text("yyyy-MM"), ["2025-11", "2026-02"], [0, 3]),
        (text("MMM yyyy"), ["Nov 2025", "Feb 2026"], [0, 3]),
        (text("yyyy-MM-dd"), ["2024-02-28", "2024-03-01"], [0, 2]),
        (
            text("EEEE, d MMMM yyyy"),
            ["Wednesday, 28 February 2024", "Friday, 1 March 2024"],
            [0, 2],
        ),
        (text("yyyyMMdd"), ["20240228", "20240301"], [0, 2]),
        (text("yyyy-MM-dd HH:mm"), ["2024-02-28 23:59", "2024-02-29 00:02"], [0, 3]),
        (text("yyyy-MM-dd HH:mm", "10m"), ["2024-02-28 23:50", "2024-02-29 00:10"], [0, 2]),
        (text("yyyy-MM-dd", "week"), ["2024-02-26", "2024-03-11"], [0, 2]),
        (text("yyyy-MM", "3 months"), ["2024-01", "2024-10"], [0, 3]),
        (text("yyyy", "2 years"), ["2020", "2024"], [0, 2]),
        (text("yyyy-MM-dd", "7h"), ["2024-02-28", "2024-03-01"], [0, 2]),
    ],
)
def test_all_between(periods: Text | Part, values: list[object], numbers: list[int]) -> None:
    places = periods.places(values)  # type: ignore[arg-type]
    assert places is not None
    assert [places.numbers[v] for v in values] == numbers
    assert places.count == max(numbers) + 1
    assert places.labels == {n: str(v) for n, v in zip(numbers, values, strict=True)}


@pytest.mark.parametrize(
    ("periods", "value"),
    [
        (text("yy-MM-dd"), "24-02-28"),  # of which century
        (text("yyyy-MM-dd hh"), "2024-02-28 03"),  # of which half of the day
        (text("yyyy HH"), "2024 03"),  # of which day
        (text("yyyyMd"), "2024111"),  # of which month
        (text("MMMMM yyyy"), "J 2024"),  # January, June or July
        (text("yyyy-MM-dd", "36h"), "2024-02-28"),  # steps of one day and of two
        (text("yyyy", "18 months"), "2024"),  # some years are passed over
        (text("yyyy-MM", "5 weeks"), "2024-02"),
        (text("E d"), "Mon 5"),  # a cycle of centuries
        (text("MMM E"), "Mar Mon"),
        (text("HH", "7h"), "05"),  # other hours on other days
        (text("E", "week"), "Mon"),
        (text("MM-dd HH:mm"), "03-01 05:00"),  # too many
        (text("'x'"), "x"),
    ],
)
def test_what_a_format_does_not_tell(periods: Text, value: str) -> None:
    assert periods.places([value]) is None


@pytest.mark.parametrize("periods", [Part("YEAR"), Part("HOUR"), text("E"), text("yyyy")])
def test_no_values_have_no_places(periods: Text | Part) -> None:
    assert periods.places([]) is None


def test_texts_of_another_format() -> None:
    assert text("E").places(["Mond"]) is None
    assert text("yyyy-MM-dd").places(["2024-02-31"]) is None
    assert text("yyyy-MM-dd").places(["2024"]) is None


# --- against all moments one after the other --------------------------------------------------------

BEGIN = days_from_civil(2023, 12, 20) * DAY
LINEAR = (
    ("yyyy-MM-dd HH:mm", None), ("yyyy-MM-dd HH:mm", "10m"), ("yyyy-MM-dd HH", "7h"), ("d.M.yyyy H", "2h"),
    ("yyyy-MM-dd HH:mm", "day"), ("yyyy-MM-dd", "week"), ("yyyy-MM-dd", "7h"), ("yyyy-MM-dd", "month"),
    ("yyyy-MM", None), ("MMM yyyy", "week"), ("yyyy-MM", "5 months"), ("yyyy", "3 months"), ("yyyy", "18 months"),
    ("yyyy", None), ("yyyy-MM-dd", "3d"), ("yyyy-MM-dd", "36h"), ("yyyy-MM-dd", "25d"), ("yyyy-MM", "25d"),
)  # fmt: skip


@given(
    way=st.sampled_from(LINEAR),
    begin=st.integers(0, 900 * 24),
    length=st.integers(0, 900),
    unit=st.sampled_from([MINUTE, HOUR, DAY]),
)
def test_the_numbers_are_those_of_all_moments(
    way: tuple[str, str | None], begin: int, length: int, unit: int
) -> None:
    periods = text(*way)
    start = BEGIN + begin * HOUR
    step = min(unit, {"minute": MINUTE, "hour": HOUR}.get(periods.format.finest, HOUR))
    every = shown(periods, range(start, start + length * unit + 1, step)[:30_000])
    places = periods.places([every[0], every[-1]])
    whole = periods.places(every)
    if whole is not None:
        assert [whole.numbers[value] for value in every] == list(range(len(every)))
        assert places is not None
        assert places.count == whole.count == len(every)


CYCLIC = (
    ("E", None),
    ("HH", None),
    ("HH:mm", "30m"),
    ("E HH", "3h"),
    ("MMM", None),
    ("MM-dd", None),
    ("MMM", "2 months"),
)


@pytest.mark.parametrize("way", CYCLIC)
def test_a_clock_goes_on_in_time(way: tuple[str, str | None]) -> None:
    periods = text(*way)
    begin = days_from_civil(2024, 1, 1) * DAY  # a Monday, and a leap year
    year = shown(periods, range(begin, begin + 366 * DAY, HOUR // 2))
    assert names(periods, year[:1]) == year
