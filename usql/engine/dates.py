"""Dates of whole columns: parts, rounding and text. Milliseconds in, on the local clock."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usql.engine.kernels import Ints
from usql.language.literals import DateFormat, Interval

_MS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_WEEKS = 3 * _MS["day"]
"""Weeks start so much before the epoch, which was a Thursday."""


def _months(local: Ints) -> Ints:
    """Months since January 1970 of each instant."""
    return _days(local).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _days(local: Ints) -> Ints:
    return local // _MS["day"]


def _from_months(months: Ints) -> Ints:
    """The first instant of each month."""
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days * _MS["day"]


def date_part(part: str, local: Ints) -> Ints:
    """``YEAR`` … ``MINUTE`` of each instant."""
    if part == "MINUTE":
        return local // _MS["minute"] % 60
    if part == "HOUR":
        return local // _MS["hour"] % 24
    months = _months(local)
    if part == "YEAR":
        return months // 12 + 1970
    if part == "MONTH":
        return months % 12 + 1
    return (local - _from_months(months)) // _MS["day"] + 1


def floor_to(interval: Interval, local: Ints) -> Ints:
    """Each instant rounded down to the interval (LANGUAGE.md §8)."""
    if interval.kind in ("month", "year"):
        step = interval.amount * (12 if interval.kind == "year" else 1)
        return _from_months(_months(local) // step * step)
    shift = _WEEKS if interval.kind == "week" else 0
    step = interval.milliseconds
    return (local + shift) // step * step - shift


def bins(form: DateFormat, interval: Interval | None, local: Ints) -> Ints:
    """Instants that are formatted alike, as the start of what they have in common: the interval,
    or the finest unit that the format shows."""
    if interval is not None:
        return floor_to(interval, local)
    step, _ = unit_of(form, None)
    return local // step * step


def unit_of(form: DateFormat, interval: Interval | None) -> tuple[int, int]:
    """The length of the bins of equal length and an instant at which one begins. Without an
    interval it is the finest unit that the format shows; formats of months and years bin by the
    day: their texts merge later."""
    if interval is None:
        return _MS.get(form.finest, _MS["day"]), 0
    return interval.milliseconds, -_WEEKS if interval.kind == "week" else 0


_DEPENDS = {
    "y": "YEAR", "u": "YEAR", "M": "MONTH", "d": "DAY", "E": "WEEKDAY", "e": "WEEKDAY",
    "c": "WEEKDAY", "H": "HOUR", "h": "HOUR", "m": "MINUTE", "s": "SECOND",
}  # fmt: skip
"""What the text of a letter depends on."""

_MOST_PARTS = 10_000
"""Years, months … that lie near enough to be written into a table."""


def texts(form: DateFormat, starts: Ints) -> tuple[pa.Array, Ints]:
    """The distinct texts of instants, ascending, and for each instant the number of its text.
    Every part of the format is written once per distinct year, month, hour …, then joined."""
    columns = [
        pa.scalar(str(width)) if not letter else _written(letter, int(width), starts)
        for letter, width in form.parts
    ]
    if any(isinstance(column, pa.Array) for column in columns):
        joined = pc.binary_join_element_wise(*columns, "")
    else:
        joined = pa.array(["".join(c.as_py() for c in columns)] * len(starts), pa.string())
    if pc.all(pc.less(joined[:-1], joined[1:])).as_py() is not False:
        return joined, np.arange(len(starts), dtype=np.int64)
    encoded = joined.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), places[encoded.indices.to_numpy()]


def _written(letter: str, width: int, local: Ints) -> pa.Array:
    part = _DEPENDS[letter]
    if part == "WEEKDAY":
        values = (_days(local) + 3) % 7
    elif part == "SECOND":
        values = local // 1000 % 60
    else:
        values = date_part(part, local)
    if not len(values):
        return pa.array([], pa.string())
    low, high = int(values.min()), int(values.max())
    if high - low > _MOST_PARTS:
        _, first, numbers = np.unique(values, return_index=True, return_inverse=True)
    else:
        numbers = values - low
        first = np.full(high - low + 1, -1, dtype=np.int64)
        first[numbers] = np.arange(len(numbers))
    form = DateFormat(((letter, width),))
    written = [form.format(int(local[at])) if at >= 0 else None for at in first]
    return pa.array(written, pa.string()).take(pa.array(numbers))
