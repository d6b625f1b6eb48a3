"""The formats and intervals of DATETIME (LANGUAGE.md §8)."""

from __future__ import annotations

import re

from usql.errors import DateFormatError
from usql.frozen import dataclass
from usql.language.literals.calendar import MS_PER_DAY, civil_from_days, days_from_civil

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

LETTERS = "yuMdHhmsEec"
"""The letters with a meaning in a format."""

_UNITS = ("year", "month", "day", "hour", "minute", "second")
_SHOWS = {"y": "year", "u": "year", "M": "month", "d": "day", "E": "day", "e": "day", "c": "day",
          "H": "hour", "h": "hour", "m": "minute", "s": "second"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A format as its parts: ``(letter, width)`` or ``("", text)``."""

    parts: tuple[tuple[str, int | str], ...]

    @property
    def finest(self) -> str:
        """The finest unit that the text shows: ``year`` … ``second``, or ``none``."""
        shown = [_UNITS.index(_SHOWS[letter]) for letter, _ in self.parts if letter]
        return _UNITS[max(shown)] if shown else "none"

    def format(self, local_ms: int) -> str:
        """The text of an instant in milliseconds on the local clock."""
        days, ms = divmod(local_ms, MS_PER_DAY)
        date = civil_from_days(days)
        weekday = (days + 3) % 7
        return "".join(
            str(width) if not letter else _show(letter, int(width), date, weekday, ms // 1000)
            for letter, width in self.parts
        )


def _show(letter: str, width: int, date: tuple[int, int, int], weekday: int, second: int) -> str:
    year, month, day = date
    match letter:
        case "y" | "u":
            if width == 2:
                return f"{abs(year) % 100:02}"
            return f"-{-year:0{width}}" if year < 0 else f"{year:0{width}}"
        case "M":
            return _name(MONTH_NAMES[month - 1], width) if width > 2 else f"{month:0{width}}"
        case "d":
            return f"{day:0{width}}"
        case "H":
            return f"{second // 3600:0{width}}"
        case "h":
            return f"{(second // 3600 + 11) % 12 + 1:0{width}}"
        case "m":
            return f"{second // 60 % 60:0{width}}"
        case "s":
            return f"{second % 60:0{width}}"
    if letter == "E" or width > 2:
        return _name(DAY_NAMES[weekday], width)
    return f"{weekday + 1:0{width}}"


def _name(name: str, width: int) -> str:
    """The short name for up to three letters, the full name for four, its first letter for five."""
    return name if width == 4 else name[0] if width == 5 else name[:3]


LONGEST_FORMAT = 200
"""The most characters that a format may have: each text of a date is about as long."""

_MOST_WIDTH = 20


def parse_date_format(text: str) -> DateFormat:
    """Parse a format. Raises :class:`DateFormatError` for letters without meaning, an unclosed
    quote, or a letter repeated more often than any width needs.

    >>> parse_date_format("yyyy-MM-dd").format(0)
    '1970-01-01'
    """
    parts: list[tuple[str, int | str]] = []
    unknown: list[str] = []
    for match in re.finditer(r"'((?:[^']|'')*)('?)|([A-Za-z])\3*|[^A-Za-z']+", text):
        quoted, closed, letter = match.groups()
        if quoted is not None:
            if not closed:
                raise DateFormatError("The quote ' in the format is not closed.")
            parts.append(("", quoted.replace("''", "'") or "'"))
        elif letter is None:
            parts.append(("", match[0]))
        elif letter not in LETTERS:
            unknown.append(letter)
        elif len(match[0]) > _MOST_WIDTH:
            raise DateFormatError(f"The letter {letter} is repeated too often in the format.")
        else:
            parts.append((letter, len(match[0])))
    if unknown:
        letters = "".join(dict.fromkeys(unknown))
        shown = ", ".join(letters)
        raise DateFormatError(
            f"The format has letters without meaning: {shown}. Those with one are "
            f"{', '.join(LETTERS)}; other text goes in single quotes.", letters)  # fmt: skip
    return DateFormat(tuple(parts))


_FIXED = {
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": MS_PER_DAY,
    "week": 7 * MS_PER_DAY,
}
_SHORT = {"d": "day", "h": "hour", "m": "minute", "s": "second"}
_INTERVAL = re.compile(r"([0-9]*)\s*([A-Za-z]*)")
_MOST_AMOUNT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval: ``kind`` is fixed, week, month or year; ``milliseconds`` is its length if it is
    fixed or in weeks, else 0."""

    kind: str
    amount: int
    milliseconds: int

    def floor(self, local_ms: int) -> int:
        """The start of the interval that contains the instant. Fixed intervals count from the local
        epoch, weeks from its Monday (1969-12-29), months and years from January 1970."""
        if self.kind in ("month", "year"):
            year, month, _ = civil_from_days(local_ms // MS_PER_DAY)
            step = self.amount * (12 if self.kind == "year" else 1)
            months = ((year - 1970) * 12 + month - 1) // step * step
            return days_from_civil(1970 + months // 12, months % 12 + 1, 1) * MS_PER_DAY
        shift = 3 * MS_PER_DAY if self.kind == "week" else 0
        return (local_ms + shift) // self.milliseconds * self.milliseconds - shift


def parse_interval(text: str) -> Interval:
    """Parse an interval: ``hour``, ``2 weeks``, ``10m``, or a bare number of minutes.
    ``ValueError`` with a sentence if it is invalid.

    >>> parse_interval("10m").milliseconds
    600000
    """
    # Blanks are removed first: adjacent optional runs of them in the pattern would take cubic time.
    match = _INTERVAL.fullmatch(text.strip())
    digits, word = match.groups() if match else ("", "")
    unit = _SHORT.get(word) if digits else None
    if unit is None:
        unit = word.lower().removesuffix("s")
    if digits and not word:
        unit = "minute"
    if not match or unit not in (*_FIXED, "month", "year"):
        raise ValueError(
            f'"{text[:40]}" is not an interval; write a number with d, h, m or s such as "5m", or one of '
            "year, month, week, day, hour, minute, second."
        )
    amount = int(digits[:12]) if digits else 1
    if not 0 < amount <= _MOST_AMOUNT:
        raise ValueError(
            f'"{text[:40]}" is not an interval; its number is from 1 to {_MOST_AMOUNT}.'
        )
    if unit in ("month", "year"):
        return Interval(unit, amount, 0)
    return Interval("week" if unit == "week" else "fixed", amount, _FIXED[unit] * amount)
