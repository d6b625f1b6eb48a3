"""The periods that a date function can return, by which a chart knows their order and which are
missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from usql.frozen import dataclass
from usql.language.functions import part_of_date
from usql.language.literals.calendar import MS_PER_DAY, days_from_civil, days_in_month
from usql.language.literals.dateformat import DateFormat, Interval

_MOST = 100_000
"""Periods that are tried; a clock with more of them is not known."""


@dataclass(frozen=True, slots=True)
class Places:
    """The positions of values: each has a number from 0 to ``count - 1``, and these numbers stand
    for all periods in order. ``labels`` are texts for some of the numbers."""

    numbers: dict[Any, int]
    count: int
    labels: dict[int, str]


@dataclass(frozen=True, slots=True)
class Part:
    """The values of a date part, given the name of its function."""

    name: str

    def places(self, values: Sequence[Any]) -> Places | None:
        """The positions of these years, months …: years from the first to the last of them, other
        parts on a whole clock or calendar. ``None`` without values."""
        if not values:
            return None
        known = part_of_date(self.name).values
        if known is None:
            return _between({value: int(value) for value in values})
        return Places(
            {v: i for i, v in enumerate(known)}, len(known), dict(enumerate(map(str, known)))
        )

    def beginning(self, value: Any) -> int | None:
        """The local milliseconds at which a year begins; ``None`` for other parts, which recur."""
        if part_of_date(self.name).values is not None:
            return None
        return days_from_civil(int(value), 1, 1) * MS_PER_DAY


@dataclass(frozen=True, slots=True)
class Text:
    """The values of ``DATETIME``: texts in a format, of dates that are rounded down to an
    interval."""

    format: DateFormat
    interval: Interval | None

    def places(self, values: Sequence[str]) -> Places | None:
        """The positions of these texts: in a format with a year from the first to the last of them,
        in others on a whole clock, week or year. ``None`` without texts, and if the format does not
        determine the periods."""
        if not values or self.format.finest == "none":
            return None
        if _shown(self.format) & set("yu"):
            numbers = {value: self._number(value) for value in values}
            return None if None in numbers.values() else _between(numbers)  # type: ignore[arg-type]
        texts = list(dict.fromkeys(self._around()))
        numbered = {text: number for number, text in enumerate(texts)}
        if not set(values) <= set(texts):
            return None
        return Places(numbered, len(texts), dict(enumerate(texts)))

    def beginning(self, text: str) -> int | None:
        """The local milliseconds at which the period of this text begins; ``None`` if the text does
        not determine them."""
        if not _shown(self.format) & set("yu"):
            return None
        moment = _read(self.format, text)
        return None if moment is None else moment[2]

    def _around(self) -> Iterator[str]:
        """The texts of a whole clock, week or year in order; none if they are not known."""
        begin, cycle = _cycle(_shown(self.format))
        unit = _FIXED.get(self.format.finest, MS_PER_DAY)
        step = unit
        if self.interval is not None:
            if self.interval.kind == "month":
                fits = self.format.finest == "month" and 12 % self.interval.amount == 0
            else:
                length = self.interval.milliseconds
                fits = self.interval.kind == "fixed" and MS_PER_DAY % length == 0
                step = max(unit, length)
            if not fits:
                return
        if cycle // step > _MOST:
            return
        for moment in range(begin, begin + cycle, step):
            floor = moment if self.interval is None else self.interval.floor(moment)
            yield self.format.format(floor)

    def _number(self, text: str) -> int | None:
        """A number that counts the periods before that of this text; ``None`` if it is not
        known."""
        moment = _read(self.format, text)
        if moment is None:
            return None
        year, month, ms = moment
        months = (year - 1970) * 12 + month - 1
        unit, interval = self.format.finest, self.interval
        if interval is not None and interval.kind in ("month", "year"):
            amount = interval.amount * (12 if interval.kind == "year" else 1)
            if unit != "year" or amount % 12 == 0:
                return months // amount
            return year if amount < 12 else None
        length = 0 if interval is None else interval.milliseconds
        if unit in ("year", "month"):
            if length > _SHORTEST_MONTH:  # some periods may be skipped
                return None
            return year if unit == "year" else months
        step = _FIXED[unit]
        if length <= step:
            return ms // step
        shift = 3 * MS_PER_DAY if interval is not None and interval.kind == "week" else 0
        return None if length % step else (ms + shift) // length


Periods = Part | Text
"""The periods of a date function."""


def _between(numbers: dict[Any, int]) -> Places | None:
    """All positions from the smallest number to the largest."""
    least, most = min(numbers.values()), max(numbers.values())
    labels = {number - least: str(value) for value, number in numbers.items()}
    moved = {value: number - least for value, number in numbers.items()}
    return Places(moved, most - least + 1, labels)


_SHORTEST_MONTH = 28 * MS_PER_DAY
_FIXED = {"day": MS_PER_DAY, "hour": 3_600_000, "minute": 60_000, "second": 1000}


def _shown(form: DateFormat) -> set[str]:
    return {letter for letter, _ in form.parts if letter}


def _cycle(shown: set[str]) -> tuple[int, int]:
    """The start and the length of the cycle in which the values of these letters repeat; the length
    is 0 for weekdays with days of months, which repeat only after centuries."""
    has_weekday = bool(shown & set("Eec"))
    if "M" in shown:
        begin = days_from_civil(1972, 1, 1)  # a leap year
        return begin * MS_PER_DAY, 0 if has_weekday else 366 * MS_PER_DAY
    if "d" in shown:
        return 0, 0 if has_weekday else 31 * MS_PER_DAY
    monday = 4 * MS_PER_DAY
    return (monday, 7 * MS_PER_DAY) if has_weekday else (0, MS_PER_DAY)


# --- reading dates back --------------------------------------------------------------------------

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ORDER = "yMdHms"


def _read(form: DateFormat, text: str) -> tuple[int, int, int] | None:
    """The year, month and local milliseconds of the beginning of the period that the text shows;
    ``None`` if the text does not determine them: a two-digit year, hours of half a day, an hour
    without its day."""
    parts = [("y" if letter == "u" else letter, width) for letter, width in form.parts]
    letters = {letter for letter, _ in parts}
    if not _ORDER.startswith("".join(c for c in _ORDER if c in letters)):
        return None
    if any(width == 1 and after for (_, width), (after, _) in pairwise(parts)):
        return None
    patterns = [_pattern(letter, width) for letter, width in parts]
    match = None if None in patterns else re.fullmatch("".join(map(str, patterns)), text)
    if match is None:
        return None
    read = {"M": 1, "d": 1, "H": 0, "m": 0, "s": 0}
    captured = (letter for letter, _ in parts if letter and letter in _ORDER)
    for letter, value in zip(captured, match.groups(), strict=True):
        read[letter] = int(value) if value[-1].isdigit() else _MONTHS.index(value[:3]) + 1
    year, month, day = read["y"], read["M"], read["d"]
    if not (1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return None
    seconds = (read["H"] * 60 + read["m"]) * 60 + read["s"]
    return year, month, days_from_civil(year, month, day) * MS_PER_DAY + seconds * 1000


def _pattern(letter: str, width: int | str) -> str | None:
    """A pattern for what a part of a format writes; ``None`` if it is ambiguous."""
    if not letter:
        return re.escape(str(width))
    if letter in "Eec":
        return "(?:[A-Za-z]+|[0-9]+)"
    if letter == "h" or (letter == "y" and width == 2) or (letter == "M" and width == 5):
        return None
    if letter == "M" and int(width) > 2:
        return "([A-Za-z]+)"
    digits = f"{{{width}}}" if int(width) > 1 else "+"
    return f"(-?[0-9]{digits})" if letter == "y" else f"([0-9]{digits})"
