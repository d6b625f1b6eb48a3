"""Points in time as users give them, and the values of the time variables over loaded data."""

from __future__ import annotations

import datetime
import re
import time

from usql.analysis import Clock, Timeframe
from usql.language.literals import Duration, parse_date, parse_duration, shift

Instant = int | str | datetime.date
"""A point in time: UTC milliseconds; ``"now"``, the value of ``$NOW``; ``"data-end"``, one
millisecond past the last ``endTime`` of the data; a date as in queries; a signed duration such as
``"-2h"`` before or after ``$NOW``; a ``date``, which is its midnight on the query's clock; or a
``datetime`` (UTC unless it has a time zone)."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MILLISECONDS = re.compile("[+-]?[0-9]{1,19}")
_EVERY = Timeframe()
_OTHERS = "A time can also be now, data-end, milliseconds, or a duration from $NOW such as -2h."


def times_of(
    span: tuple[int, int],
    start: Instant | None,
    end: Instant | None,
    now: Instant | None,
    utc_offset: int,
) -> tuple[Timeframe, int]:
    """The timeframe and ``$NOW``, in UTC milliseconds, of a query over data that covers ``span``.
    Without ``now`` it is the current time, to which a duration given as ``now`` is relative, too.

    ``ValueError``, naming the option and its value, for a text that is not a time.

    >>> times_of((0, 7_200_001), "-2h", None, "data-end", 0)
    (Timeframe(start=1, end=None), 7200001)
    """
    present = time.time_ns() // 1_000_000
    if start is None and end is None and now is None:
        return _EVERY, present

    def read(option: str, instant: Instant | None, base: int) -> int | None:
        if instant is None:
            return None
        try:
            return _milliseconds(instant, base, span[1], utc_offset)
        except ValueError as error:
            raise ValueError(f"{option}: {error}") from None

    chosen = read("now", now, present)
    current = present if chosen is None else chosen
    return Timeframe(read("start", start, current), read("end", end, current)), current


def _milliseconds(instant: Instant, now: int, data_end: int, utc_offset: int) -> int:
    """An instant in UTC milliseconds; ``ValueError`` if it is not one."""
    if isinstance(instant, datetime.datetime):
        return _of_datetime(instant)
    if isinstance(instant, datetime.date):
        midnight = datetime.datetime.combine(instant, datetime.time(), datetime.UTC)
        return _of_datetime(midnight) - utc_offset * 60_000
    if isinstance(instant, int):
        return instant
    text = instant.strip()
    if text.lower() in ("now", "data-end"):
        return now if text.lower() == "now" else data_end
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    if text.startswith(("+", "-")):
        return shift(now, _duration(text), -1 if text.startswith("-") else 1, utc_offset)
    try:
        return parse_date(text, utc_offset)
    except ValueError as error:
        raise ValueError(f"{error} {_OTHERS}") from None


def _of_datetime(moment: datetime.datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    elapsed = aware - _EPOCH
    if not isinstance(elapsed, datetime.timedelta):  # pandas.NaT is a datetime, but not a time
        raise ValueError(f"{moment} is not a time. {_OTHERS}")
    return elapsed // datetime.timedelta(milliseconds=1)


def _duration(text: str) -> Duration:
    try:
        return parse_duration(text[1:])
    except ValueError:
        raise ValueError(
            f'"{text[:40]}" is not a duration; write a sign, a number and a unit, as in "-2h". The '
            "units are y q M w d h m s."
        ) from None


def clock_over(span: tuple[int, int], chosen: Timeframe, now: int | None, utc_offset: int) -> Clock:
    """The values of the time variables: the limits of the chosen timeframe, or where it has none
    those of the data's ``span``; ``now`` in UTC milliseconds, ``None`` for the current time."""
    first, last = span
    return Clock(
        time.time_ns() // 1_000_000 if now is None else now,
        first if chosen.start is None else chosen.start,
        last if chosen.end is None else chosen.end,
        utc_offset,
    )
