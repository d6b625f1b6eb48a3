"""Lengths of time, and shifting instants by them."""

from __future__ import annotations

import re

from usql.frozen import dataclass
from usql.language.literals.calendar import (
    MS_PER_DAY,
    civil_from_days,
    days_from_civil,
    days_in_month,
)

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

_DURATION = re.compile(r"\s*([0-9]{1,18})\s*([yqMwdhms])\s*")
_FIXED = {"w": 7 * MS_PER_DAY, "d": MS_PER_DAY, "h": 3_600_000, "m": 60_000, "s": 1000}
_MONTHS = {"y": 12, "q": 3, "M": 1}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: ``amount`` of ``unit``, one of ``y q M w d h m s``."""

    amount: int
    unit: str


def parse_duration(text: str) -> Duration:
    """Parse ``2h``, ``1 M`` and so on; ``m`` is minutes, ``M`` months."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(
            f'"{text[:40]}" is not a duration; write a number and a unit, as in "2h". The units are '
            "y q M w d h m s."
        )
    return Duration(int(match[1]), match[2])


def shift(ms: int, duration: Duration, sign: int, utc_offset: int = 0) -> int:
    """The instant ``duration`` later (sign 1) or earlier (sign -1), in UTC milliseconds.

    Years, quarters and months are steps of the local calendar that keep the time of day; a day that
    the month does not have becomes its last day. Instants beyond 64 bits become the last one.
    """
    amount = sign * duration.amount
    if duration.unit in _FIXED:
        moved = ms + amount * _FIXED[duration.unit]
    else:
        local = ms + utc_offset * 60_000
        days, time = divmod(local, MS_PER_DAY)
        year, month, day = civil_from_days(days)
        year, month = divmod(year * 12 + month - 1 + amount * _MONTHS[duration.unit], 12)
        month += 1
        day = min(day, days_in_month(year, month))
        moved = days_from_civil(year, month, day) * MS_PER_DAY + time - utc_offset * 60_000
    return min(max(moved, _INT64_MIN), _INT64_MAX)
