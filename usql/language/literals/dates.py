"""Dates as queries write them (LANGUAGE.md §5)."""

from __future__ import annotations

import datetime
import re

from usql.language.literals.calendar import MS_PER_DAY, days_from_civil

_TIME = r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?"
_DATES = tuple(
    re.compile(rf"\s*{date}(?:\s+{_TIME})?\s*")
    for date in (
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})",
        r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})",
        r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    )
)
_ISO = re.compile(
    r"\s*(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<zone_hour>[0-9]{2}):?(?P<zone_minute>[0-9]{2}))?\s*"
)


def parse_date(text: str, utc_offset: int = 0) -> int:
    """A date of LANGUAGE.md §5 as UTC milliseconds. ``utc_offset`` (minutes) is that of the local
    clock and applies if the text names no zone. Fractions beyond milliseconds are truncated.

    >>> parse_date("2026-03-02")
    1772409600000
    >>> parse_date("8.8.2018 8:00", utc_offset=120) == parse_date("2018-08-08T06:00:00Z")
    True
    """
    for pattern in (_ISO, *_DATES):
        match = pattern.fullmatch(text)
        if match is not None:
            return _instant(text.strip()[:40], match.groupdict(), utc_offset)
    raise ValueError(
        f'"{text[:40]}" is not a date; write "2026-03-31", "2026-03-31 14:30" or "2026-03-31T14:30:00Z".'
    )


def _instant(text: str, parts: dict[str, str | None], utc_offset: int) -> int:
    year, month, day, hour, minute, second = (
        int(parts[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        datetime.datetime(max(year, 1), month, day, hour, minute, second)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date: {error}.') from None
    if year == 0:
        raise ValueError(f'"{text}" is not a date: there is no year 0.')
    if parts.get("zone"):
        utc_offset = 0
        if parts["sign"]:
            zone_hour, zone_minute = int(parts["zone_hour"] or 0), int(parts["zone_minute"] or 0)
            if zone_hour > 18 or zone_minute > 59:
                raise ValueError(f'"{text}" is not a date: the zone is out of range.')
            utc_offset = (zone_hour * 60 + zone_minute) * (-1 if parts["sign"] == "-" else 1)
    milliseconds = int(((parts.get("fraction") or "") + "000")[:3])
    seconds = (hour * 60 + minute - utc_offset) * 60 + second
    return days_from_civil(year, month, day) * MS_PER_DAY + seconds * 1000 + milliseconds
