"""Dates, durations, addresses, patterns and formats, read the slow way."""

from __future__ import annotations

import datetime
import functools
import ipaddress
import re
from fractions import Fraction
from typing import Any

UTC = datetime.UTC
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = (
    "January February March April May June July August September October November December".split()
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_remembered = functools.lru_cache(maxsize=1 << 14)
"""Rows have few values, which are read again for every row and question."""


def to_ms(moment: datetime.datetime) -> int:
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime.datetime:
    return EPOCH + datetime.timedelta(milliseconds=ms)


@_remembered
def date(text: str, offset: int) -> int:
    """A date literal; ``offset`` minutes where it has no zone."""
    text = text.strip()
    iso = re.fullmatch(
        r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|z|[+-]\d\d:?\d\d)?", text
    )
    if iso:
        day, clock, seconds, fraction, zone = iso.groups()
        moment = datetime.datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}")
        ms = to_ms(moment.replace(tzinfo=UTC)) + int(((fraction or ".")[1:] + "000")[:3])
        minutes = offset
        if zone and zone not in "Zz":
            minutes = int(zone[1:3]) * 60 + int(zone[-2:])
            minutes = -minutes if zone[0] == "-" else minutes
        elif zone:
            minutes = 0
        return ms - minutes * 60_000
    day, clock = [*text.split(maxsplit=1), "", ""][:2]
    for sign, order in (("-", "ymd"), ("/", "ymd"), ("/", "mdy"), (".", "dmy")):
        parts = day.split(sign)
        if len(parts) == 3 and len(parts[order.index("y")]) == 4:
            year, month, number = (int(parts[order.index(c)]) for c in "ymd")
            hours = [int(p) for p in clock.strip().split(":")] if clock.strip() else []
            hour, minute, second = [*hours, 0, 0, 0][:3]
            moment = datetime.datetime(year, month, number, hour, minute, second, tzinfo=UTC)
            return to_ms(moment) - offset * 60_000
    raise ValueError(text)


@_remembered
def shifted(ms: int, amount: int, unit: str, offset: int) -> int:
    """An instant moved by a duration; calendar units on the local clock."""
    fixed = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
    if unit in fixed:
        return ms + amount * fixed[unit]
    local = from_ms(ms + offset * 60_000)
    months = local.year * 12 + local.month - 1 + amount * {"y": 12, "q": 3, "M": 1}[unit]
    year, month = divmod(months, 12)
    day = local.day
    while True:
        try:
            moved = local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
            continue
        return to_ms(moved) - offset * 60_000


@_remembered
def address(text: str) -> tuple[int, int]:
    found: Any = ipaddress.ip_address(text.strip())
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return (0 if found.version == 4 else 1), int(found)


@_remembered
def like(pattern: str, text: str) -> bool:
    """A pattern against a whole text, by the table of prefixes that match."""
    symbols: list[str] = []
    i = 0
    while i < len(pattern):
        ch = pattern[i]
        if ch == "\\" and i + 1 < len(pattern) and pattern[i + 1] in "%*?\\":
            symbols.append("=" + pattern[i + 1])
            i += 2
            continue
        symbols.append("any" if ch in "%*" else "one" if ch == "?" else "=" + ch)
        i += 1
    reach = [True] + [False] * len(text)
    for symbol in symbols:
        after = [False] * (len(text) + 1)
        for j in range(len(text) + 1):
            if symbol == "any":
                after[j] = reach[j] or (j > 0 and after[j - 1])
            elif j > 0 and reach[j - 1]:
                after[j] = symbol == "one" or symbol[1] == text[j - 1]
        reach = after
    return reach[-1]


@_remembered
def number(text: str) -> Fraction | None:
    try:
        return Fraction(text.strip().replace("_", "?"))
    except (ValueError, ZeroDivisionError):
        return None


@_remembered
def whole(value: Any) -> Fraction:
    """A whole number as a number or a text."""
    found = number(value) if isinstance(value, str) else Fraction(value)
    if found is None or found.denominator != 1:
        raise ValueError(value)
    return found


@_remembered
def date_text(form: str, local_ms: int) -> str:
    """A formatted date, letter run by letter run."""
    moment = from_ms(local_ms)
    out = ""
    i = 0
    while i < len(form):
        ch = form[i]
        if ch == "'":
            i += 1
            begin = len(out)
            while not (form[i] == "'" and form[i + 1 : i + 2] != "'"):
                out += form[i]
                i += 2 if form[i] == "'" else 1
            i += 1
            out += "'" if len(out) == begin else ""
            continue
        if not (ch.isascii() and ch.isalpha()):
            out += ch
            i += 1
            continue
        width = len(form[i:]) - len(form[i:].lstrip(ch))
        i += width
        weekday = moment.weekday()
        if ch in "yu":
            out += str(moment.year % 100 if width == 2 else moment.year).zfill(width)
        elif ch == "M" and width > 2:
            out += _name(MONTHS[moment.month - 1], width)
        elif ch == "E" or (ch in "ec" and width > 2):
            out += _name(DAYS[weekday], width)
        else:
            value = {
                "M": moment.month,
                "d": moment.day,
                "H": moment.hour,
                "m": moment.minute,
                "s": moment.second,
                "h": (moment.hour + 11) % 12 + 1,
                "e": weekday + 1,
                "c": weekday + 1,
            }[ch]
            out += str(value).zfill(width)
    return out


def _name(name: str, width: int) -> str:
    return {4: name, 5: name[0]}.get(width, name[:3])


@_remembered
def rounded_by_format(form: str, local_ms: int) -> int:
    """An instant rounded down to the finest unit whose letter a format has."""
    shown = set(re.sub(r"'[^']*'", "", form))
    for letters, step in (("s", 1000), ("m", 60_000), ("Hh", 3_600_000), ("dEec", 86_400_000)):
        if shown & set(letters):
            return local_ms // step * step
    moment = from_ms(local_ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if "M" in shown:
        return to_ms(moment)
    return to_ms(moment.replace(month=1)) if shown & set("yu") else 0


@_remembered
def rounded(interval: str, local_ms: int) -> int:
    """An instant rounded down to an interval of DATETIME."""
    found = re.fullmatch(r"\s*(\d*)\s*([A-Za-z]*)\s*", interval)
    assert found
    amount, word = int(found[1] or 1), found[2]
    unit = {"d": "day", "h": "hour", "m": "minute", "s": "second", "": "minute"}.get(
        word, word.lower()
    )
    unit = unit.rstrip("s")
    moment = from_ms(local_ms)
    if unit in ("month", "year"):
        months = (moment.year - 1970) * 12 + moment.month - 1
        months -= months % (amount * (12 if unit == "year" else 1))
        return to_ms(datetime.datetime(1970 + months // 12, months % 12 + 1, 1, tzinfo=UTC))
    step = amount * {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
                     "week": 604_800_000}[unit]  # fmt: skip
    origin = -3 * 86_400_000 if unit == "week" else 0
    return local_ms - (local_ms - origin) % step
