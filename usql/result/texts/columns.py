"""Columns as text for people: the texts of all cells, column by column."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.result.columns import ResultColumn
from usql.result.options import Options, TimeForm
from usql.result.texts import functions as fn
from usql.result.texts import numbers
from usql.result.texts.cells import PLAIN_NULL, WriteTime, bracketed, cell, entry_texts
from usql.result.texts.lines import data_of
from usql.result.texts.times import time_text, time_texts
from usql.result.texts.widths import width
from usql.store.views import arrow_view


@dataclass(frozen=True, slots=True)
class Look:
    """The appearance of cells: ``null`` stands for a missing value in a list; the rest selects how
    times are written."""

    null: str = PLAIN_NULL
    time: TimeForm = "iso"
    utc_offset: int | None = None

    @property
    def write_time(self) -> WriteTime:
        """Formats milliseconds as a time."""
        return functools.partial(time_text, form=self.time, utc_offset=self.utc_offset)


def look_of(options: Options, null: str) -> Look:
    """The appearance of cells with these options, ``null`` being the default marker of a missing
    value."""
    shown = null if options.null is None else escape_controls(options.null)
    return Look(shown, options.time or "iso", options.utc_offset)


def cell_texts(
    values: pa.Array, column: ResultColumn, look: Look, most: int | None = None
) -> pa.Array:
    """The values of a column as single-line texts without control characters; nulls stay. Lists
    wider than ``most`` cells end with a whole entry and ``…]`` if one fits."""
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
        return each(values, escape_controls)
    texts: list[str | None] = []
    for value in values.to_pylist():
        if isinstance(value, list):
            texts.append(_list_text(value, column, look, most))
        else:
            texts.append(None if value is None else cell(value, column.is_timestamp, look.null))
    return pa.array(texts, pa.string())


def is_numeric(values: pa.DataType, column: ResultColumn, look: Look) -> bool:
    """Whether a column consists of numbers, which are aligned right."""
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
    """Whether every character of the texts is printable and one cell wide. Decided from their
    bytes, so it may be false for some texts that are."""
    data = np.frombuffer(data_of(texts), np.uint8)
    if not len(data) or (data.min() >= ord(" ") and data.max() < _DEL):
        return True
    places = range(0, len(data), _AT_ONCE)
    return all(_PLAIN[data[at : at + _AT_ONCE]].all() for at in places)


def each(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The texts after ``change``, which does not change plain ones: it is applied once per distinct
    text that is not plain."""
    return texts if is_plain(texts) else every(texts, change)


def every(texts: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """The texts after ``change``, applied once per distinct text; nulls stay."""
    distinct, places = fn.distinct(texts)
    return fn.taken(pa.array([change(text) for text in distinct], pa.string()), places)


def _mean_times(values: pa.Array, look: Look) -> pa.Array:
    """Mean times, to the millisecond; numbers outside the calendar are unchanged."""
    doubles = fn.in_numpy(values)
    is_time = np.abs(doubles) < 2.0**53
    ms = arrow_view(np.rint(np.where(is_time, doubles, 0)).astype(np.int64))
    texts = fn.with_nulls_of(time_texts(ms, look.time, look.utc_offset), values)
    return texts if is_time.all() else fn.chosen(is_time, texts, numbers.decimals(values))


def _list_text(values: Sequence[object], column: ResultColumn, look: Look, most: int | None) -> str:
    """A list in brackets, cut between entries; a list whose first entry is too long is not cut."""
    texts = entry_texts(list(values), column.is_timestamp, look.null, look.write_time)
    whole = bracketed(texts, len(values))
    if most is None or width(whole) <= most:
        return whole
    for count in range(len(texts) - 1, 0, -1):
        shown = bracketed(texts[:count], len(values))
        if width(shown) <= most:
            return shown
    return whole
