"""Columns as people read them: a text per cell, made column by column."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from usql.frozen import dataclass
from usql.harmless import harmless
from usql.result import functions as fn
from usql.result import numbers
from usql.result.cells import PLAIN_NULL, WriteTime, bracketed, cell, entries
from usql.result.columns import ResultColumn
from usql.result.lines import data_of
from usql.result.options import Options, TimeForm
from usql.result.times import time_text, time_texts
from usql.result.widths import width
from usql.store.views import plain


@dataclass(frozen=True, slots=True)
class Look:
    """What cells look like: ``null`` for a missing value in a list, and how times are written."""

    null: str = PLAIN_NULL
    time: TimeForm = "iso"
    utc_offset: int | None = None

    @property
    def write_time(self) -> WriteTime:
        """Writes milliseconds as a time."""
        return functools.partial(time_text, form=self.time, utc_offset=self.utc_offset)


def look_of(options: Options, null: str) -> Look:
    """How cells look with these options, where ``null`` is the usual mark."""
    shown = null if options.null is None else harmless(options.null)
    return Look(shown, options.time or "iso", options.utc_offset)


def cell_texts(
    values: pa.Array, column: ResultColumn, look: Look, most: int | None = None
) -> pa.Array:
    """The values of a column as texts of one line without control characters; nulls stay. Lists
    that are wider than ``most`` cells end with a whole entry and ``…]`` where one fits."""
    kind = values.type
    if pa.types.is_integer(kind):
        if column.is_timestamp:
            return time_texts(values, look.time, look.utc_offset)
        return fn.as_type(values, pa.string())
    if pa.types.is_floating(kind):
        if column.is_mean_time and look.time != "ms":
            return _mean_times(values, look)
        return numbers.decimals(values)
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return fn.as_type(values, pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return each(values, harmless)
    made: list[str | None] = []
    for value in values.to_pylist():
        if isinstance(value, list):
            made.append(_list_text(value, column, look, most))
        else:
            made.append(None if value is None else cell(value, column.is_timestamp, look.null))
    return pa.array(made, pa.string())


def is_numeric(values: pa.DataType, column: ResultColumn, look: Look) -> bool:
    """Whether a column is one of numbers, which stand at the right."""
    if column.is_timestamp or column.is_mean_time:
        return look.time == "ms" and not pa.types.is_nested(values)
    return pa.types.is_integer(values) or pa.types.is_floating(values)


_PLAIN = np.zeros(256, np.bool_)
"""The bytes of texts whose characters are all printable and take a cell each: ASCII, letters of
Latin and Cyrillic scripts. (Their parts are from 0x80 to 0xBF.)"""
for _begin, _end in ((0x20, 0x7F), (0x80, 0xC0), (0xC3, 0xCC), (0xD0, 0xD2)):
    _PLAIN[_begin:_end] = True
_AT_ONCE = 1 << 20
_DEL = 0x7F


def is_plain(texts: pa.Array) -> bool:
    """Whether every character of the texts is printable and takes one cell, as a look at their bytes
    tells; some that are so do not count."""
    data = np.frombuffer(data_of(texts), np.uint8)
    if not len(data) or (data.min() >= ord(" ") and data.max() < _DEL):
        return True
    places = range(0, len(data), _AT_ONCE)
    return all(_PLAIN[data[at : at + _AT_ONCE]].all() for at in places)


def each(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The texts after ``change``, which leaves plain ones as they are: others once per text."""
    return texts if is_plain(texts) else every(texts, change)


def every(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The texts after ``change``, each of them made once; nulls stay."""
    found, places = fn.distinct(texts)
    return fn.taken(pa.array([change(text) for text in found], pa.string()), places)


def _mean_times(values: pa.Array, look: Look) -> pa.Array:
    """Means of times to the millisecond; numbers that are none as they are."""
    found = fn.in_numpy(values)
    is_time = np.abs(found) < 2.0**53
    ms = plain(np.rint(np.where(is_time, found, 0)).astype(np.int64))
    texts = fn.with_nulls_of(time_texts(ms, look.time, look.utc_offset), values)
    return texts if is_time.all() else fn.chosen(is_time, texts, numbers.decimals(values))


def _list_text(values: Sequence[object], column: ResultColumn, look: Look, most: int | None) -> str:
    """A list in brackets, cut between entries; one whose first entry is too long is whole."""
    texts = entries(list(values), column.is_timestamp, look.null, look.write_time)
    whole = bracketed(texts, len(values))
    if most is None or width(whole) <= most:
        return whole
    for count in range(len(texts) - 1, 0, -1):
        shown = bracketed(texts[:count], len(values))
        if width(shown) <= most:
            return shown
    return whole
