"""Targets that read the bytes as what stands inside the strings of a query: patterns, dates and
addresses, against the slow readings of ``tests/oracle/reference``. Fields are parted by ``SEPARATOR``."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import numpy as np

from tests.oracle.reference import literals as slow
from tests.robust.fuzz.of_text import text_of
from tests.unit.engine.columns import texts as column_of
from usql.analysis.bound import Matches, OneOf, Predicate, Range
from usql.catalog import FieldType
from usql.engine.arrays import dates as of_columns
from usql.engine.rows.predicates import compile_predicate
from usql.engine.runtime.limits import Control
from usql.language.literals import (
    parse_address,
    parse_date,
    parse_date_format,
    parse_duration,
    parse_interval,
    parse_like,
    shift,
)
from usql.language.literals.calendar import civil_from_days, days_from_civil, days_in_month
from usql.language.literals.dateformat import DateFormat, Interval

T = TypeVar("T")

SEPARATOR = "\x1f"
_LONGEST_LIKE = 300
"""The reference takes time by pattern times text."""

_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999
"""The instants that the reference knows: the years 1 to 9999."""


def like(data: bytes) -> None:
    """A pattern and texts: the matcher, the regex and the engine's test of a column match what
    the table of prefixes matches."""
    pattern, *texts = text_of(data).split(SEPARATOR)
    parsed = parse_like(pattern)
    matches, regex = parsed.matcher(), re.compile(parsed.regex())
    found = [matches(text) for text in texts]
    assert found == [regex.fullmatch(text) is not None for text in texts]
    if len(pattern) <= _LONGEST_LIKE and all(len(text) <= _LONGEST_LIKE for text in texts):
        assert found == [slow.like(pattern, text) for text in texts]
    if all(_is_whole(text) for text in (pattern, *texts)):
        assert _in_column(Matches(parsed), texts) == found


def dates(data: bytes) -> None:
    """``date, duration, interval, format, instant, offset``: each is read, or refused with a
    sentence; what is read means the same for one instant and for a column of them."""
    parts = text_of(data).split(SEPARATOR)
    date, length, step, form, moment, zone = [*parts, "", "", "", "", ""][:6]
    offset = max(-1080, min(1080, _number(zone)))
    ms = max(-(2**63), min(2**63 - 1, _number(moment)))
    read = _tried(lambda: parse_date(date, offset))
    if read is not None:
        assert read == slow.date(date, offset)
        ms = read
    duration = _tried(lambda: parse_duration(length))
    if duration is not None:
        for sign in (1, -1):
            moved = shift(ms, duration, sign, offset)
            assert -(2**63) <= moved <= 2**63 - 1
            assert (moved - ms) * sign * duration.amount >= 0
    days = ms // 86_400_000
    assert days_from_civil(*civil_from_days(days)) == days
    assert 1 <= civil_from_days(days)[2] <= days_in_month(*civil_from_days(days)[:2])
    interval = _tried(lambda: parse_interval(step))
    written = _tried(lambda: parse_date_format(form))
    _check_interval(step, interval, ms)
    if written is not None:
        _check_format(form, written, interval, ms)


def addresses(data: bytes) -> None:
    """Texts: those that are addresses are what the system reads; equality and ranges of a column
    go by address."""
    texts = [text for text in text_of(data).split(SEPARATOR) if _is_whole(text)]
    read = [_tried(partial(parse_address, text)) for text in texts]
    assert read == [_by_system(text.strip()) for text in texts]
    known = [one for one in read if one is not None][:8]
    for low in known:
        equal = _in_column(OneOf((low,)), texts, FieldType.IP)
        assert equal == [one == low for one in read]
        for high in known:
            inside = _in_column(Range(low, high, True, False), texts, FieldType.IP)
            assert inside == [one is not None and low <= one < high for one in read]


def _check_interval(text: str, interval: Interval | None, ms: int) -> None:
    if interval is None or not _FIRST <= ms <= _LAST:
        return
    start = interval.floor(ms)
    assert start <= ms
    assert interval.floor(start) == start
    assert of_columns.floor_to(interval, np.array([ms, start])).tolist() == [start, start]
    if start >= _FIRST:
        assert start == slow.rounded(text, ms)


def _check_format(text: str, form: DateFormat, interval: Interval | None, ms: int) -> None:
    if not _FIRST <= ms <= _LAST or not _is_whole(text):
        return
    assert form.format(ms) == slow.date_text(text, ms)
    moments = np.array([ms, ms - 1, ms + 1000, ms])
    starts = of_columns.bins(form, interval, moments)
    written, places = of_columns.texts(Control(), form, starts)
    found = [written[int(i)].as_py() for i in places]
    assert found == [form.format(int(start)) for start in starts]
    assert written.to_pylist() == sorted(set(found))


def _in_column(
    predicate: Predicate, values: list[str], kind: FieldType = FieldType.STRING
) -> list[bool]:
    compiled = compile_predicate(column_of(values, kind), predicate, Control())
    found: list[bool] = compiled.mask(slice(0, len(values))).tolist()
    return found


def _by_system(text: str) -> tuple[int, int] | None:
    """An address as the C library reads it; an IPv4-mapped one is its IPv4 address."""
    with suppress(OSError, ValueError):  # a text with a null character is no C string
        return 0, int.from_bytes(socket.inet_pton(socket.AF_INET, text))
    with suppress(OSError, ValueError):
        packed = socket.inet_pton(socket.AF_INET6, text)
        if packed[:12] == bytes(10) + b"\xff\xff":
            return 0, int.from_bytes(packed[12:])
        return 1, int.from_bytes(packed)
    return None


def _is_whole(text: str) -> bool:
    """Whether a text has no half characters, which no data holds."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _number(text: str) -> int:
    try:
        return int(text[:25])
    except ValueError:
        return 0


def _tried(read: Callable[[], T]) -> T | None:
    """What is read, or nothing where it is refused with a sentence."""
    try:
        return read()
    except ValueError as error:
        assert str(error)
        return None
