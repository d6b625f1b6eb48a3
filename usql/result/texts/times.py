"""Times as texts, a whole column at a time."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from usql.result.options import TimeForm
from usql.result.texts import functions as fn
from usql.store.views import arrow_view

_EPOCH = datetime.datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=datetime.UTC)
_FIRST = -62_135_596_800_000
_LAST = 253_402_300_799_999
"""The milliseconds of the years 1 to 9999."""


def time_text(ms: int, form: TimeForm = "iso", utc_offset: int | None = None) -> str:
    """Milliseconds as a time (see ``options``); as a number outside the calendar.

    >>> time_text(886), time_text(886, utc_offset=-90)
    ('1970-01-01 00:00:00.886', '1969-12-31 22:30:00.886-01:30')
    """
    if form == "ms":
        return str(ms)
    try:
        if form == "local" and utc_offset is None:
            moment = (_UTC_EPOCH + datetime.timedelta(milliseconds=ms)).astimezone()
            return moment.isoformat(sep=" ", timespec="milliseconds")
        moment = _EPOCH + datetime.timedelta(milliseconds=ms + 60_000 * (utc_offset or 0))
    except (OverflowError, OSError, ValueError):
        return str(ms)
    return moment.isoformat(sep=" ", timespec="milliseconds") + _suffix(utc_offset)


def time_texts(values: pa.Array, form: TimeForm = "iso", utc_offset: int | None = None) -> pa.Array:
    """The texts of :func:`time_text` for whole numbers; nulls stay.

    >>> time_texts(pa.array([0, None, 2**60])).to_pylist()
    ['1970-01-01 00:00:00.000', None, '1152921504606846976']
    """
    if form == "ms":
        return fn.as_type(values, pa.string())
    shift = 60_000 * (utc_offset or 0)
    ms = fn.in_numpy(values).astype(np.int64)
    is_inside = (ms >= _FIRST - min(shift, 0)) & (ms <= _LAST - max(shift, 0))
    if form == "local" and utc_offset is None:
        is_inside[:] = False
    inside = arrow_view(np.where(is_inside, ms + shift, 0), pa.timestamp("ms"))
    texts = fn.joined(fn.as_type(inside, pa.string()), _suffix(utc_offset))
    if not is_inside.all():
        written = [time_text(v, form, utc_offset) for v in ms[~is_inside].tolist()]
        texts = fn.put(texts, ~is_inside, pa.array(written, pa.string()))
    return fn.with_nulls_of(texts, values)


def _suffix(utc_offset: int | None) -> str:
    if utc_offset is None:
        return ""
    hours, minutes = divmod(abs(utc_offset), 60)
    return f"{'-' if utc_offset < 0 else '+'}{hours:02}:{minutes:02}"
