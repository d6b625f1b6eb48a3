"""Dates of whole columns: parts, rounding and text. Milliseconds in, on the local clock."""

from __future__ import annotations

import functools

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


def rounded(form: DateFormat, interval: Interval | None, local: Ints) -> Ints:
    """What orders instants that are formatted: the start of the interval, or of the finest unit
    that the format shows; all are alike if it shows none (LANGUAGE.md §8)."""
    if interval is None and form.finest in ("year", "month"):
        step = 12 if form.finest == "year" else 1
        return _from_months(_months(local) // step * step)
    if interval is None and form.finest == "none":
        return np.zeros(len(local), dtype=np.int64)
    return bins(form, interval, local)


def unit_of(form: DateFormat, interval: Interval | None) -> tuple[int, int]:
    """The length of the bins of equal length and an instant at which one begins. Without an
    interval it is the finest unit that the format shows; formats of months and years bin by the
    day: their texts merge later."""
    if interval is None:
        return _MS.get(form.finest, _MS["day"]), 0
    return interval.milliseconds, -_WEEKS if interval.kind == "week" else 0


_CLOCK = "Hhms"
"""The letters that depend on the time of day; the others depend on the day."""

_MOST_KINDS = 100_000
"""Days, or times of day, that lie near enough to be written into a table."""


def texts(form: DateFormat, starts: Ints) -> tuple[pa.Array, Ints]:
    """The distinct texts of instants, ascending, and for each instant the number of its text. The
    parts of the format that depend on the day are written once per distinct day, those that depend
    on the time of day once per distinct time, then they are joined."""
    columns = [_written(parts, starts) for parts in _kinds(form)]
    joined = columns[0].dictionary_decode() if len(columns) == 1 else _side_by_side(columns)
    if pc.all(pc.less(joined[:-1], joined[1:])).as_py() is not False:
        return joined, np.arange(len(starts), dtype=np.int64)
    encoded = joined.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), places[encoded.indices.to_numpy()]


@functools.lru_cache(32)
def even_texts(form: DateFormat, first: int, step: int, count: int) -> tuple[pa.Array, Ints]:
    """:func:`texts` of ``count`` instants from ``first`` on, ``step`` apart; those of the last calls
    are kept. Not to be written."""
    return texts(form, first + step * np.arange(count, dtype=np.int64))


def _side_by_side(columns: list[pa.Array]) -> pa.Array:
    """The texts of each row joined: bytes in columns where every column has texts of one width."""
    widths = [set(pc.binary_length(column.dictionary).to_pylist()) for column in columns]
    if any(len(own) != 1 for own in widths):
        return pc.binary_join_element_wise(*(c.dictionary_decode() for c in columns), "")
    parts = []
    for column, (width,) in zip(columns, widths, strict=True):
        whole = np.frombuffer("".join(column.dictionary.to_pylist()).encode(), dtype=np.uint8)
        parts.append(whole.reshape(-1, width)[column.indices.to_numpy()])
    rows = np.concatenate(parts, axis=1)
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(rows)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)


def _kinds(form: DateFormat) -> list[tuple[tuple[str, int | str], ...]]:
    """The parts of a format, neighbours of one kind together; plain text goes with what is before
    it."""
    found: list[list[tuple[str, int | str]]] = [[]]
    for part in form.parts:
        letters = [letter for letter, _ in found[-1] if letter]
        if part[0] and letters and (part[0] in _CLOCK) != (letters[0] in _CLOCK):
            found.append([])
        found[-1].append(part)
    return [tuple(parts) for parts in found]


def _written(parts: tuple[tuple[str, int | str], ...], local: Ints) -> pa.Array:
    """Parts of one kind, per instant, as a dictionary array."""
    days = _days(local)
    of_clock = any(letter and letter in _CLOCK for letter, _ in parts)
    kinds = days
    if of_clock:
        unit = "second" if any(letter == "s" for letter, _ in parts) else "minute"
        kinds = (local - days * _MS["day"]) // _MS[unit]
    if not len(kinds):
        return pa.array([], pa.string()).dictionary_encode()
    low, high = int(kinds.min()), int(kinds.max())
    if high - low > _MOST_KINDS:
        _, first, numbers = np.unique(kinds, return_index=True, return_inverse=True)
    else:
        places = np.full(high - low + 1, -1, dtype=np.int64)
        places[kinds - low] = np.arange(len(kinds))
        first = places[places >= 0]
        numbers = (np.cumsum(places >= 0) - 1)[kinds - low]
    form, known = _formatted(parts)
    written = []
    for kind, instant in zip(kinds[first].tolist(), local[first].tolist(), strict=True):
        text = known.get(kind)
        if text is None:
            text = known[kind] = form.format(instant)
        written.append(text)
    if len(known) > _MOST_KINDS:
        known.clear()
    indices = pa.array(numbers.astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(written, pa.string()))


@functools.lru_cache(64)
def _formatted(parts: tuple[tuple[str, int | str], ...]) -> tuple[DateFormat, dict[int, str]]:
    """Parts of one kind as a format, and what they were written as so far, by day or unit of the clock."""
    return DateFormat(parts), {}
