"""Instants before 1970 and after 2262, on every local clock, against Python's ``datetime``."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import usql
from tests.oracle.numbers.doors import DOORS
from tests.unit.engine import pieces as small

UTC = datetime.UTC
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = datetime.timedelta(milliseconds=1)
HOUR = 3_600_000
DAY = 24 * HOUR
OFFSETS = [hours * 60 for hours in range(-14, 15)] + [-570, -210, 330, 345, 765, 839, -839, 1, -1]
"""Every whole hour, and those of some places that differ by less."""


def ms(*parts: int) -> int:
    """An instant of UTC: year, month, day, hour … second, milliseconds."""
    *date, last = (*parts, *[0] * (7 - len(parts)))
    return (datetime.datetime(*date, tzinfo=UTC) - EPOCH) // MILLISECOND + last  # type: ignore[arg-type,misc]


INSTANTS = [
    -1,
    0,
    1,
    -DAY,
    -DAY - 1,
    DAY - 1,
    -(2**31) * 1000,
    2**31 * 1000 - 1,
    *(
        ms(y, 1, 1) + step
        for y in (3, 1600, 1900, 1969, 2000, 2026, 2262, 2263, 9998)
        for step in (-1, 0, 1)
    ),
    ms(2262, 4, 11, 23, 47, 16, 854),
    ms(1677, 9, 21, 0, 12, 43, 145),
    *(
        ms(y, 2, 28, 23, 59, 59, 999) + step
        for y in (1900, 2000, 2023, 2024, 2100, 2400)
        for step in (0, 1, DAY, DAY + 1)
    ),
    ms(2026, 3, 29, 1, 30),
    ms(2024, 12, 30),
    ms(2027, 1, 3, 23, 59, 59),
]
"""Where 32 and 64 bits of seconds and nanoseconds end, years, leap days, months and weeks."""

PARTS: dict[str, Callable[[datetime.datetime], int]] = {
    "YEAR": lambda t: t.year,
    "MONTH": lambda t: t.month,
    "DAY": lambda t: t.day,
    "HOUR": lambda t: t.hour,
    "MINUTE": lambda t: t.minute,
}
FORMAT = "yyyy-MM-dd HH:mm:ss E EEEE MMM h e"


def text(local: datetime.datetime) -> str:
    """What ``FORMAT`` shows of a local time."""
    return (
        f"{local.year:04}{local:-%m-%d %H:%M:%S %a %A %b} {(local.hour + 11) % 12 + 1} "
        f"{local.isoweekday()}"
    )


def local(instant: int, offset: int) -> datetime.datetime:
    """The time that a clock ``offset`` minutes ahead of UTC shows."""
    return EPOCH + datetime.timedelta(milliseconds=instant, minutes=offset)


def opened(instants: list[int], **sizes: int) -> usql.Sessions:
    rows = [{"startTime": t, "userActions": [{"startTime": t}]} for t in instants]
    return small.opened(rows, sizes)


@pytest.fixture(scope="module")
def data() -> usql.Sessions:
    return opened(INSTANTS)


@pytest.mark.parametrize("offset", OFFSETS)
def test_parts_and_texts(data: usql.Sessions, offset: int) -> None:
    asked = ", ".join(f"{part}(startTime), {part}(useraction.startTime)" for part in PARTS)
    query = f"SELECT {asked}, DATETIME(startTime, '{FORMAT}'), DATETIME(useraction.startTime) FROM usersession"
    rows = data.query(query, profile="offline", utc_offset=offset).rows()
    for row, instant in zip(rows, INSTANTS, strict=True):
        time = local(instant, offset)
        wanted: list[Any] = []
        for part in PARTS.values():
            wanted += [part(time), [part(time)]]
        assert row == [*wanted, text(time), [f"{time.year:04}{time:-%m-%d %H:%M}"]], instant


def floor_fixed(width: int) -> Callable[[datetime.datetime], datetime.datetime]:
    """Rounds down to milliseconds that count from the local epoch."""

    def floor(time: datetime.datetime) -> datetime.datetime:
        return EPOCH + (time - EPOCH) // (width * MILLISECOND) * (width * MILLISECOND)

    return floor


def floor_weeks(count: int) -> Callable[[datetime.datetime], datetime.datetime]:
    """Rounds down to a Monday, every so many weeks from that before the epoch."""
    monday = datetime.datetime(1969, 12, 29, tzinfo=UTC)
    step = datetime.timedelta(weeks=count)
    return lambda time: monday + (time - monday) // step * step


def floor_months(count: int) -> Callable[[datetime.datetime], datetime.datetime]:
    """Rounds down to the first of a month, every so many months from January 1970."""

    def floor(time: datetime.datetime) -> datetime.datetime:
        months = ((time.year - 1970) * 12 + time.month - 1) // count * count
        return datetime.datetime(1970 + months // 12, months % 12 + 1, 1, tzinfo=UTC)

    return floor


INTERVALS: dict[str, Callable[[datetime.datetime], datetime.datetime]] = {
    "1s": floor_fixed(1000),
    "10m": floor_fixed(600_000),
    "90": floor_fixed(90 * 60_000),
    "7h": floor_fixed(7 * HOUR),
    "day": floor_fixed(DAY),
    "10 days": floor_fixed(10 * DAY),
    "week": floor_weeks(1),
    "2 weeks": floor_weeks(2),
    "month": floor_months(1),
    "3 months": floor_months(3),
    "year": floor_months(12),
    "5 years": floor_months(60),
}

NEAR = [t for t in INSTANTS if t > ms(30, 1, 1)]
"""No bin of these begins before the years of Python."""


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("order", ["given", "sorted"])
def test_intervals(interval: str, order: str) -> None:
    """The instants around the bounds of their own bins, too; by every offset in turn."""
    floor = INTERVALS[interval]
    for offset in OFFSETS[::7]:
        shift = offset * 60_000
        bounds = [(floor(local(t, offset)) - EPOCH) // MILLISECOND - shift for t in NEAR]
        instants = [*NEAR, *bounds, *(b - 1 for b in bounds if b > ms(32, 1, 1))]
        if order == "sorted":
            instants.sort()
        wanted: dict[str, int] = {}
        for instant in sorted(instants):
            shown = text(floor(local(instant, offset)))
            wanted[shown] = wanted.get(shown, 0) + 1
        query = f"SELECT DATETIME(startTime, '{FORMAT}', '{interval}') AS t, COUNT(*) FROM usersession GROUP BY t"
        rows = (
            opened(instants, **small.INDEXED)
            .query(query, profile="offline", utc_offset=offset)
            .rows()
        )
        assert rows == [list(pair) for pair in wanted.items()], offset


@pytest.mark.parametrize("door", DOORS)
def test_by_every_door(door: str, tmp_path: Path) -> None:
    rows = [{"startTime": t, "dateProperties": [{"key": "d", "value": t}]} for t in INSTANTS]
    data = DOORS[door](rows, tmp_path)
    query = f"SELECT startTime, dateProperties.d, DATETIME(startTime, '{FORMAT}'), YEAR(dateProperties.d) FROM usersession"
    for row, t in zip(data.query(query, profile="offline").rows(), INSTANTS, strict=True):
        assert row == [t, t, text(local(t, 0)), local(t, 0).year]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "+05:30"])
def test_arrow_timestamps(unit: str, zone: str | None) -> None:
    """Of every unit, rounded down to milliseconds; nanoseconds end in 2262."""
    per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    chosen = [t for t in INSTANTS if abs(t * per_second // 1000) < 2**63]
    counts = [t * per_second // 1000 for t in chosen]
    counts += [-(2**63), -(2**63) + 1, 2**63 - 1, -1] if unit in ("us", "ns") else [2**40, -(2**40)]
    times = pa.array(counts, pa.int64()).cast(pa.timestamp(unit, zone))
    query = "SELECT startTime FROM usersession"
    rows = usql.open(pa.table({"startTime": times})).query(query, profile="offline").rows()
    assert rows == [[c * 1000 // per_second] for c in counts]


@pytest.mark.parametrize("second", [2**62, -(2**62), 2**63 // 1000 + 1])
def test_arrow_seconds_beyond_64_bits_of_milliseconds(second: int) -> None:
    times = pa.array([0, second], pa.int64()).cast(pa.timestamp("s"))
    with pytest.raises(usql.DataError, match="years 1 to 9999"):
        usql.open(pa.table({"startTime": times}))


def test_arrow_times_beyond_python_beside_values_read_one_by_one() -> None:
    times = pa.array([2**40], pa.int64()).cast(pa.timestamp("s"))
    with pytest.raises(usql.DataError, match="years 1 to 9999"):
        usql.open(pa.table({"startTime": times, "duration": ["1"]}))


ZONES = [
    "Pacific/Kiritimati", "Pacific/Chatham", "Asia/Kathmandu", "Asia/Kolkata", "Europe/Berlin", "Europe/London",
    "America/St_Johns", "America/New_York", "America/Los_Angeles", "Pacific/Marquesas", "Pacific/Pago_Pago",
]  # fmt: skip


@pytest.mark.parametrize("name", ZONES)
def test_the_clocks_of_places(name: str) -> None:
    """With the offset that a place has at an instant, its clock is shown: around the hours in
    which it is put forward and back, too."""
    zone = zoneinfo.ZoneInfo(name)
    instants = list(range(ms(2026, 3, 1), ms(2026, 12, 1), 17 * HOUR))
    there = [(EPOCH + instant * MILLISECOND).astimezone(zone) for instant in instants]
    data = opened(instants)
    query = f"SELECT DATETIME(startTime, '{FORMAT}') FROM usersession"
    for offset in {time.utcoffset() for time in there}:
        assert offset is not None
        minutes = offset // datetime.timedelta(minutes=1)
        rows = data.query(query, profile="offline", utc_offset=minutes).rows()
        for time, row in zip(there, rows, strict=True):
            assert row == [text(time)] or time.utcoffset() != offset


LITERALS = [
    "{0:%Y-%m-%d %H:%M:%S}",
    "{0:%Y/%m/%d %H:%M:%S}",
    "{0:%m/%d/%Y %H:%M:%S}",
    "{0:%d.%m.%Y %H:%M:%S}",
    "{0:%Y-%m-%dT%H:%M:%S}",
]


@pytest.mark.parametrize("offset", OFFSETS[::3])
def test_dates_in_conditions(data: usql.Sessions, offset: int) -> None:
    """A date without a zone is on the local clock; ranges find what Python finds."""
    clock = itertools.cycle(LITERALS)
    for pivot in [t for t in INSTANTS if ms(1000, 1, 1) < t][::9]:
        whole = pivot // 1000 * 1000
        date = next(clock).format(local(whole, offset))
        zoned = f"{local(whole, offset):%Y-%m-%dT%H:%M:%S}" + zone_text(offset)
        for limit in (date, zoned, str(whole)):
            for sign in ("<", "<=", ">", ">=", "="):
                query = f"SELECT COUNT(*) FROM usersession WHERE startTime {sign} '{limit}'"
                [[found]] = data.query(query, utc_offset=offset).rows()
                holds = {
                    "<": int.__lt__,
                    "<=": int.__le__,
                    ">": int.__gt__,
                    ">=": int.__ge__,
                    "=": int.__eq__,
                }
                assert found == sum(holds[sign](t, whole) for t in INSTANTS), query


def zone_text(offset: int) -> str:
    """A zone as a date has it behind."""
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


@pytest.mark.parametrize(
    ("moved", "wanted"),
    [
        ("$NOW - DURATION('1M')", ms(2024, 2, 29, 12)),
        ("$NOW - DURATION('1y')", ms(2023, 3, 31, 12)),
        ("$NOW - DURATION('13M')", ms(2023, 2, 28, 12)),
        ("$NOW + DURATION('1q')", ms(2024, 6, 30, 12)),
        ("$NOW - DURATION('4y')", ms(2020, 3, 31, 12)),
        ("$NOW - DURATION('49q')", ms(2011, 12, 31, 12)),
        ("$NOW - DURATION('1w')", ms(2024, 3, 24, 12)),
        ("$NOW - DURATION('31d')", ms(2024, 2, 29, 12)),
        ("$NOW - DURATION('744h')", ms(2024, 2, 29, 12)),
        ("$NOW - DURATION('1000y')", ms(1024, 3, 31, 12)),
    ],
)
def test_calendar_steps(moved: str, wanted: int) -> None:
    """Days that a month does not have become its last."""
    now = ms(2024, 3, 31, 12)
    data = opened([wanted - 1, wanted, wanted + 1])
    query = f"SELECT startTime FROM usersession WHERE startTime = {moved}"
    assert data.query(query, now=now).rows() == [[wanted]]
