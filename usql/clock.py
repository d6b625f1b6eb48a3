"""Points in time as people give them, and what the time variables mean over loaded data."""

from __future__ import annotations

import datetime
import time

from usql.analysis import Clock, Timeframe
from usql.language.literals import parse_date

Instant = int | str | datetime.datetime
"""A point in time: UTC milliseconds, a date as queries write it, or a ``datetime`` (without a zone
it is UTC)."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def milliseconds(instant: Instant, utc_offset: int = 0) -> int:
    """An instant as UTC milliseconds; ``ValueError`` when a string is no date."""
    if isinstance(instant, datetime.datetime):
        aware = instant if instant.tzinfo else instant.replace(tzinfo=datetime.UTC)
        return (aware - _EPOCH) // datetime.timedelta(milliseconds=1)
    if isinstance(instant, str):
        text = instant.strip()
        return int(text) if text.lstrip("-").isdigit() else parse_date(text, utc_offset)
    return instant


def clock_over(span: tuple[int, int], chosen: Timeframe, now: int | None, utc_offset: int) -> Clock:
    """What the variables mean: the limits of the chosen timeframe, where it has none those of the
    data's ``span``; ``now`` in UTC milliseconds, ``None`` for the present."""
    first, last = span
    return Clock(
        time.time_ns() // 1_000_000 if now is None else now,
        first if chosen.start is None else chosen.start,
        last if chosen.end is None else chosen.end,
        utc_offset,
    )
