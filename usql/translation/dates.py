"""Date functions in whole-number arithmetic, independent of a dialect's formats, calendars and time
zones (LANGUAGE.md §8). Times are milliseconds on the local clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from usql.analysis.bound import DateText
from usql.language.functions import Undeclared
from usql.language.literals.calendar import MS_PER_DAY
from usql.language.literals.dateformat import DAY_NAMES, MONTH_NAMES, DateFormat, Interval
from usql.translation.dialects.dialect import Dialect
from usql.translation.nodes import (
    Node,
    add,
    call,
    case,
    cast,
    joined,
    multiply,
    present,
    quotient,
    remainder,
    subtract,
    text,
    whole,
)

_MS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": MS_PER_DAY}
YEARS = "times lie in the years 1000 to 9999"
"""The assumption that the text of a year requires."""

_MONDAY = 3 * MS_PER_DAY
"""Weeks begin so much before 1970, which began on a Thursday."""


def rounded_down(dialect: Dialect, value: Node, step: int) -> Node:
    """The largest multiple of a step that is not above a whole number, also below 0."""
    return subtract(value, dialect.modulo(value, step))


def date_part(dialect: Dialect, name: str, local: Node) -> Node:
    """A part of a date, by the name of its function; ``Undeclared`` for another name."""
    part = PARTS.get(name)
    if part is None:
        raise Undeclared(f"the date part {name!r} has no translation")
    return part(dialect, local)


def _of_date(name: str) -> Callable[[Dialect, Node], Node]:
    return lambda dialect, local: cast(call(name, dialect.date(local)), "bigint")


PARTS: Mapping[str, Callable[[Dialect, Node], Node]] = {
    "YEAR": _of_date("year"),
    "MONTH": _of_date("month"),
    "DAY": _of_date("day"),
    "HOUR": lambda dialect, local: quotient(_within_day(dialect, local), whole(_MS["hour"])),
    "MINUTE": lambda dialect, local: remainder(
        quotient(_within_day(dialect, local), whole(_MS["minute"])), whole(60)
    ),
}
"""How each date part of ``usql.language.functions`` is computed."""


def _within_day(dialect: Dialect, local: Node) -> Node:
    return dialect.modulo(local, MS_PER_DAY)


def start_of(dialect: Dialect, interval: Interval, local: Node) -> Node:
    """A time rounded down to an interval."""
    match interval.kind:
        case "month":
            return _start_of_months(dialect, interval.amount, local)
        case "year":
            return _start_of_months(dialect, 12 * interval.amount, local)
        case "week":
            shifted = add(local, whole(_MONDAY))
            return subtract(rounded_down(dialect, shifted, interval.milliseconds), whole(_MONDAY))
    return rounded_down(dialect, local, interval.milliseconds)


def _start_of_months(dialect: Dialect, step: int, local: Node) -> Node:
    """The first instant of the months, counted in steps from January 1970."""

    def of_date(date: Node) -> Node:
        years = multiply(subtract(call("year", date), whole(1970)), whole(12))
        months = add(years, subtract(call("month", date), whole(1)))
        return dialect.let(rounded_down(dialect, months, step), first_day, "months")

    def first_day(months: Node) -> Node:
        years = rounded_down(dialect, months, 12)
        year = add(quotient(years, whole(12)), whole(1970))
        month = add(dialect.modulo(months, 12), whole(1))
        date = call("make_date", cast(year, "int"), cast(month, "int"), whole(1))
        return multiply(cast(dialect.days_of(date), "bigint"), whole(MS_PER_DAY))

    return dialect.let(dialect.date(local), of_date, "date")


def start(dialect: Dialect, node: DateText, local: Node) -> Node:
    """The sort key of a DATETIME: the start of its interval, or of the finest unit that the format
    shows; a constant if it shows none."""
    if node.interval is not None:
        return start_of(dialect, node.interval, local)
    match node.format.finest:
        case "year":
            return _start_of_months(dialect, 12, local)
        case "month":
            return _start_of_months(dialect, 1, local)
        case "none":
            return multiply(local, whole(0))
        case unit:
            return rounded_down(dialect, local, _MS[unit])


_DIGITS: Mapping[str, tuple[str, int]] = {
    "year": ("yu", 4),
    "month": ("M", 2),
    "day": ("d", 2),
    "hour": ("H", 2),
    "minute": ("m", 2),
    "second": ("s", 2),
}
"""The letters that show a unit as digits, and how often they must stand for always as many of them.
From the coarsest unit to the finest."""


def tells_start(node: DateText) -> bool:
    """Whether the texts of two starts always differ: a year and all that follows it, down to the
    finest unit in which starts differ, are shown with a fixed number of digits."""
    finest = node.format.finest if node.interval is None else _unit_of(node.interval)
    if finest not in _DIGITS:
        return False
    units = [*_DIGITS]
    needed = units[: units.index(finest) + 1]
    shown = node.format.parts
    return all(
        any(
            letter and letter in _DIGITS[u][0] and width == _DIGITS[u][1] for letter, width in shown
        )
        for u in needed
    ) and all(_is_fixed(letter, width) for letter, width in shown)


def _is_fixed(letter: str, width: int | str) -> bool:
    """Whether a part of a format is as long for every time."""
    return not letter or any(
        letter in letters and width == count for letters, count in _DIGITS.values()
    )


def _unit_of(interval: Interval) -> str:
    """The coarsest unit of which every start of the interval is a whole number."""
    if interval.kind in ("month", "year"):
        return interval.kind
    return next((u for u in reversed(_MS) if interval.milliseconds % _MS[u] == 0), "none")


def date_text(dialect: Dialect, node: DateText, local: Node) -> Node:
    """The text of a DATETIME; null of a missing time."""
    if node.interval is not None:
        local = start_of(dialect, node.interval, local)
    return text_of_start(dialect, node, local)


def text_of_start(dialect: Dialect, node: DateText, local: Node) -> Node:
    """The text of a DATETIME, given its start or any time that has the same."""
    if not node.format.parts:
        return case((present(local), text("")))
    return dialect.let(local, lambda time: _written(dialect, node.format, time), "time")


def _written(dialect: Dialect, form: DateFormat, time: Node) -> Node:
    parts = [
        _shown(dialect, letter, int(width), time) if letter else text(str(width))
        for letter, width in form.parts
    ]
    result = joined(parts)
    has_time = any(letter for letter, _ in form.parts)
    return result if has_time else case((present(time), result))


def _shown(dialect: Dialect, letter: str, width: int, time: Node) -> Node:
    """One letter of a format, repeated ``width`` times."""
    second = quotient(_within_day(dialect, time), whole(1000))
    hour = quotient(second, whole(3600))
    match letter:
        case "y" | "u":
            year = call("year", dialect.date(time))
            if width == 2:
                return _padded(remainder(year, whole(100)), width)
            return _padded(year, width if width > 4 else 1)  # it has four digits: YEARS
        case "M":
            month = call("month", dialect.date(time))
            if width > 2:
                return _name(dialect, MONTH_NAMES, subtract(month, whole(1)), width)
            return _padded(month, width)
        case "d":
            return _padded(call("day", dialect.date(time)), width)
        case "H":
            return _padded(hour, width)
        case "h":
            return _padded(add(remainder(add(hour, whole(11)), whole(12)), whole(1)), width)
        case "m":
            return _padded(remainder(quotient(second, whole(60)), whole(60)), width)
        case "s":
            return _padded(remainder(second, whole(60)), width)
    weekday = dialect.weekday(dialect.date(time))
    if letter == "E" or width > 2:
        return _name(dialect, DAY_NAMES, weekday, width)
    return _padded(add(weekday, whole(1)), width)


def _padded(number: Node, width: int) -> Node:
    digits = cast(number, "text")
    return call("lpad", digits, whole(width), text("0")) if width > 1 else digits


def _name(dialect: Dialect, names: tuple[str, ...], place: Node, width: int) -> Node:
    """Up to three letters the short name, four the full one, five its first letter."""
    length = {4: None, 5: 1}.get(width, 3)
    return dialect.at(dialect.array(*(text(n[:length]) for n in names)), cast(place, "int"))
