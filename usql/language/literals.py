"""What stands inside the strings of a query: dates, durations, addresses, numbers.

All readers raise ``ValueError`` with a sentence for the user. LIKE patterns and date formats have
files of their own and are re-exported here.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from fractions import Fraction

from usql.errors import DateFormatError
from usql.frozen import dataclass
from usql.language.calendar import MS_PER_DAY, civil_from_days, days_from_civil, days_in_month
from usql.language.dateformat import (
    LONGEST_FORMAT,
    DateFormat,
    Interval,
    parse_date_format,
    parse_interval,
)
from usql.language.like import LikePattern, parse_like

__all__ = [
    "LONGEST_FORMAT", "DateFormat", "DateFormatError", "Duration", "Interval", "LikePattern", "exact_number",
    "parse_address", "parse_date", "parse_date_format", "parse_duration", "parse_interval",
    "parse_like", "shift",
]  # fmt: skip

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1

# --- dates ----------------------------------------------------------------------------------------

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
    """A date of LANGUAGE.md §5 as UTC milliseconds. ``utc_offset`` (minutes) is the local clock's
    and applies when the text names no zone. Fractions beyond milliseconds are cut off.

    >>> parse_date("2026-03-02")
    1772409600000
    >>> parse_date("8.8.2018 8:00", utc_offset=120) == parse_date("2018-08-08T06:00:00Z")
    True
    """
    for pattern in (_ISO, *_DATES):
        found = pattern.fullmatch(text)
        if found is not None:
            return _instant(text.strip()[:40], found.groupdict(), utc_offset)
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


# --- durations ------------------------------------------------------------------------------------

_DURATION = re.compile(r"\s*([0-9]{1,18})\s*([yqMwdhms])\s*")
_FIXED = {"w": 7 * MS_PER_DAY, "d": MS_PER_DAY, "h": 3_600_000, "m": 60_000, "s": 1000}
_MONTHS = {"y": 12, "q": 3, "M": 1}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: ``amount`` of ``unit``, one of ``y q M w d h m s``."""

    amount: int
    unit: str


def parse_duration(text: str) -> Duration:
    """Read ``2h``, ``1 M`` and so on; ``m`` is minute, ``M`` month."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(
            f'"{text[:40]}" is not a duration; write a number and a unit, as in "2h". The units are '
            "y q M w d h m s."
        )
    return Duration(int(found[1]), found[2])


def shift(ms: int, duration: Duration, sign: int, utc_offset: int = 0) -> int:
    """The instant ``duration`` later (sign 1) or earlier (sign -1), in UTC milliseconds.

    Years, quarters and months are steps of the local calendar that keep the time of day; a day
    that the month does not have becomes its last. Instants beyond 64 bits become the last one.
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


# --- addresses and numbers ------------------------------------------------------------------------


def parse_address(text: str) -> tuple[int, int]:
    """An address as ``(0, number)`` for IPv4 and ``(1, number)`` for IPv6, so that tuples compare
    as addresses do: all IPv4 before all IPv6. An IPv4-mapped IPv6 address is its IPv4 address.

    >>> parse_address("::ffff:10.0.0.1") == parse_address("10.0.0.1")
    True
    """
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        raise ValueError(f'"{text[:60]}" is not an IPv4 or IPv6 address.') from None
    if isinstance(address, ipaddress.IPv4Address):
        return 0, int(address)
    if address.scope_id is not None:
        raise ValueError(f'"{text[:60]}" names a network zone, which no address of a session has.')
    mapped = address.ipv4_mapped
    return (1, int(address)) if mapped is None else (0, int(mapped))


_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?")
_MOST_DIGITS, _MOST_EXPONENT = 1000, 400


def number_value(text: str) -> int | float:
    """The value of a number of a query, which has no sign; one without a point is whole where its
    exponent leaves it so."""
    digits, _, exponent = text.lower().partition("e")
    if "." in digits or exponent.startswith("-"):
        return float(text)
    places = int(exponent[:_LONGEST_WHOLE] or 0)
    if len(digits) + places > _LONGEST_WHOLE:
        return int(10**_LONGEST_WHOLE) if digits.strip("0") else 0
    return int(digits + "0" * places)


_LONGEST_WHOLE = 400
"""Whole numbers of more digits are all beyond every value that data or arithmetic can hold."""


def exact_number(text: str) -> Fraction | None:
    """The number that a string spells, exactly; ``None`` if it is none, or one with so many
    digits or so large an exponent that no data holds its like."""
    # Blanks go first: two optional runs of them in the pattern would take quadratic time.
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    sign, whole, fraction, exponent = found[1], found[2], found[3] or "", int(found[4] or 0)
    digits = whole + fraction
    if not digits or len(digits) > _MOST_DIGITS or abs(exponent) > _MOST_EXPONENT:
        return None
    value = Fraction(int(digits)) * Fraction(10) ** (exponent - len(fraction))
    return -value if sign == "-" else value
