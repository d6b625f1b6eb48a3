"""Date functions over whole columns: parts, rounding and formatting. Input is milliseconds on the
local clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from usql.engine.arrays.sorting import numbered_first, numbered_texts
from usql.engine.arrays.types import Array, Ints
from usql.engine.runtime.limits import Control
from usql.errors import MemoryLimit
from usql.language.literals import DateFormat, Interval
from usql.sizes import readable_bytes
from usql.store.compute import pc, taken
from usql.store.views import arrow_view

_MS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_WEEKS = 3 * _MS["day"]
"""The time from the start of a week to the epoch, which was a Thursday."""


def _months(local: Ints) -> Ints:
    """Months since January 1970 of each instant."""
    return _days(local).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _days(local: Ints) -> Ints:
    return local // _MS["day"]


def _from_months(months: Ints) -> Ints:
    """The first instant of each month."""
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days * _MS["day"]


def _days_of_months(local: Ints) -> Ints:
    return (local - _from_months(_months(local))) // _MS["day"] + 1


_PARTS: Mapping[str, Callable[[Ints], Ints]] = {
    "YEAR": lambda local: _months(local) // 12 + 1970,
    "MONTH": lambda local: _months(local) % 12 + 1,
    "DAY": _days_of_months,
    "HOUR": lambda local: local // _MS["hour"] % 24,
    "MINUTE": lambda local: local // _MS["minute"] % 60,
}
"""How each date part of ``usql.language.functions`` is computed."""


def date_part(part: str, local: Ints) -> Ints:
    """A part of each instant, by the name of its function; ``KeyError`` for an unknown name."""
    return _PARTS[part](local)


def floor_to(interval: Interval, local: Ints) -> Ints:
    """Each instant rounded down to the interval (LANGUAGE.md §8)."""
    if interval.kind in ("month", "year"):
        step = interval.amount * (12 if interval.kind == "year" else 1)
        return _from_months(_months(local) // step * step)
    shift = _WEEKS if interval.kind == "week" else 0
    step = interval.milliseconds
    return (local + shift) // step * step - shift


def bins(form: DateFormat, interval: Interval | None, local: Ints) -> Ints:
    """For each instant the start of its bin, in which all instants are formatted alike: of its
    interval, or of the finest unit that the format shows."""
    if interval is not None:
        return floor_to(interval, local)
    step, _ = unit_of(form, None)
    return local // step * step


def rounded(form: DateFormat, interval: Interval | None, local: Ints) -> Ints:
    """Sort keys of formatted instants: the start of the interval, or of the finest unit that the
    format shows; all are equal if it shows none (LANGUAGE.md §8)."""
    if interval is None and form.finest in ("year", "month"):
        step = 12 if form.finest == "year" else 1
        return _from_months(_months(local) // step * step)
    if interval is None and form.finest == "none":
        return np.zeros(len(local), dtype=np.int64)
    return bins(form, interval, local)


def unit_of(form: DateFormat, interval: Interval | None) -> tuple[int, int]:
    """The length in milliseconds of bins of equal length, and an instant at which one begins.
    Without an interval this is the finest unit that the format shows; for formats of months and
    years it is the day, and equal texts are merged later."""
    if interval is None:
        return _MS.get(form.finest, _MS["day"]), 0
    return interval.milliseconds, -_WEEKS if interval.kind == "week" else 0


_UNIT_OF = {"H": "hour", "h": "hour", "m": "minute", "s": "second"}
"""The letters that depend on the time of day, by what they show; the others depend on the day."""

_MOST_BYTES = 2**31 - 1
"""The most bytes of the distinct texts of one DATETIME, since their offsets have 31 bits."""


def texts(control: Control, form: DateFormat, starts: Ints) -> tuple[pa.Array, Ints]:
    """The distinct texts of instants, ascending, and for each instant the number of its text. The
    part of the format that depends on the day, the hour, the minute or the second is formatted once
    for each of these, and the parts are then concatenated."""
    if not len(starts):
        return pa.array([], pa.string()), starts
    words = _words(control, form, starts)
    width = sum(int(pc.max(pc.binary_length(table)).as_py()) for _, table in words)
    if width * len(starts) > _MOST_BYTES:
        raise MemoryLimit(
            f"The query would build {readable_bytes(width * len(starts))} of texts of one DATETIME, more "
            f"than the {readable_bytes(_MOST_BYTES)} that fit; narrow the condition, or shorten the format"
        )
    with control.working((_WORK + width) * len(starts), "texts of dates"):
        joined = []
        step = control.tuning.instants_written_at_once
        for first in range(0, len(starts), step):
            control.check()
            joined.append(_side_by_side([(c[first : first + step], t) for c, t in words]))
        distinct, numbers = numbered_texts(control, joined)
    control.reserve(distinct.nbytes + numbers.nbytes, "texts of dates")
    return distinct, numbers


_WORK = 32
"""Bytes per instant that concatenating its text takes in addition to the text."""


def _words(control: Control, form: DateFormat, starts: Ints) -> list[tuple[Array, pa.Array]]:
    """The parts of a format, with adjacent parts of one unit combined: for each instant a code, and
    the texts by code."""
    units: dict[str, tuple[Array, list[int]]] = {}
    written: dict[tuple[tuple[str, int | str], ...], pa.Array] = {}
    words = []
    for unit, parts in _kinds(form):
        if unit not in units:
            codes, first = numbered_first(control, _unit(unit, starts))
            units[unit] = codes.astype(np.int32), starts[first].tolist()
        codes, instants = units[unit]
        if parts not in written:
            part_format = DateFormat(parts)
            texts: list[str] = []
            for place, instant in enumerate(instants):
                if place % control.tuning.days_written_at_once == 0:
                    control.check()
                texts.append(part_format.format(instant))
            written[parts] = pa.array(texts, pa.string())
        words.append((codes, written[parts]))
    return words


def _unit(unit: str, local: Ints) -> Ints:
    """The number of the day of each instant, or of its hour, minute or second on the clock."""
    if unit == "day":
        return _days(local)
    clock = {"hour": (_MS["hour"], 24), "minute": (_MS["minute"], 60), "second": (1000, 60)}
    step, count = clock[unit]
    return local // step % count


def _kinds(form: DateFormat) -> list[tuple[str, tuple[tuple[str, int | str], ...]]]:
    """The parts of a format with the unit on which they depend, adjacent parts of one unit
    combined; literal text is combined with the part before it, at the beginning with the part after
    it."""
    runs: list[tuple[str | None, list[tuple[str, int | str]]]] = [(None, [])]
    for part in form.parts:
        unit = _UNIT_OF.get(part[0], "day") if part[0] else None
        known, parts = runs[-1]
        if unit is None or known in (unit, None):
            runs[-1] = known or unit, [*parts, part]
        else:
            runs.append((unit, [part]))
    return [(unit or "day", tuple(parts)) for unit, parts in runs]


def _side_by_side(words: list[tuple[Array, pa.Array]]) -> pa.Array:
    """The texts of each row concatenated; if each column has texts of one width, by copying bytes
    in columns."""
    widths = [pc.min_max(pc.binary_length(table)).as_py() for _, table in words]
    if len(words) == 1 or any(width["min"] != width["max"] for width in widths):
        columns = [taken(table, arrow_view(codes)) for codes, table in words]
        return columns[0] if len(words) == 1 else pc.binary_join_element_wise(*columns, "")
    parts = []
    for (codes, table), width in zip(words, widths, strict=True):
        whole = np.frombuffer("".join(table.to_pylist()).encode(), dtype=np.uint8)
        parts.append(whole.reshape(-1, width["min"])[codes])
    rows = np.concatenate(parts, axis=1)
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(rows)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)
