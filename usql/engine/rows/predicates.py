"""Predicates on the values of one column, evaluated on its dictionary or narrowed to its width.

A bound predicate is compiled once for a column. Per row there remains only a comparison of narrow
codes, a look-up in a table of flags, or a comparison of numbers (LANGUAGE.md §5, §6).
"""

from __future__ import annotations

import bisect
import string
from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Matches, OneOf, Predicate, Prefix, Present, Range, Value
from usql.catalog.model import FieldType
from usql.engine.arrays.buffers import scratch
from usql.engine.arrays.gather import gather
from usql.engine.arrays.native.masks import in_range, marked
from usql.engine.arrays.native.runs import any_in_run
from usql.engine.arrays.texts import Texts
from usql.engine.arrays.types import Array, Bools, Ints
from usql.engine.runtime.limits import Control
from usql.errors import InternalError
from usql.frozen import dataclass
from usql.language.literals import parse_address
from usql.language.literals.like import LikePattern, Wildcard
from usql.store.columns import (
    AnyColumn,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.compute import MatchSubstringOptions, pc
from usql.store.views import expand_runs

Rows = slice | Ints
"""Rows of a table: a range, or ascending row numbers."""


def row_count(rows: Rows) -> int:
    """The number of rows."""
    return int(rows.stop - rows.start) if isinstance(rows, slice) else len(rows)


def at(values: Array, rows: Rows) -> Array:
    """The values of an array in these rows: a view for a range, else gathered."""
    return values[rows] if isinstance(rows, slice) else gather(values, rows)


class Compiled:
    """A predicate on a column."""

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        """Per row of the column, whether some value matches; written to ``out`` if that is given
        and saves work."""
        raise NotImplementedError

    @property
    def width(self) -> int:
        """The bytes that have to be read per row."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Decided(Compiled):
    """Every row matches, or none does."""

    fits: bool
    width: int = 0

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        return np.full(row_count(rows), self.fits)


@dataclass(frozen=True, eq=False)
class CodeRange(Compiled):
    """The code lies in ``low`` … ``high`` - 1."""

    codes: Array
    low: int
    high: int

    @property
    def width(self) -> int:
        return int(self.codes.itemsize)

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        return in_range(at(self.codes, rows), self.low, self.high - 1, out=out)


@dataclass(frozen=True, eq=False)
class CodeSet(Compiled):
    """The code is one of those marked in ``fits`` (a flag per code, that of null last)."""

    codes: Array
    fits: Bools

    @property
    def width(self) -> int:
        return int(self.codes.itemsize)

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        return marked(at(self.codes, rows), self.fits)


@dataclass(frozen=True, eq=False)
class NumberRange(Compiled):
    """The number lies between limits of the column's own type; ``None`` is no limit."""

    column: NumberColumn
    low: int | float | None
    high: int | float | None
    low_closed: bool = True
    high_closed: bool = True

    @property
    def width(self) -> int:
        return int(self.column.values.itemsize) + (self.column.valid is not None)

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        values, valid = self.column.values, self.column.valid
        return in_range(
            at(values, rows),
            *(self.low, self.high, self.low_closed, self.high_closed),
            None if valid is None else at(valid, rows),
            out,
        )


@dataclass(frozen=True, eq=False)
class NumberSet(Compiled):
    """The number is one of several numbers of the column's own type."""

    column: NumberColumn
    values: Array

    @property
    def width(self) -> int:
        return int(self.column.values.itemsize) + (self.column.valid is not None)

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        matches = np.isin(at(self.column.values, rows), self.values)
        return matches if self.column.valid is None else matches & at(self.column.valid, rows)


@dataclass(frozen=True, eq=False)
class SomeEntry(Compiled):
    """Some entry of the row's list matches."""

    offsets: Ints
    entries: Compiled

    @property
    def width(self) -> int:
        return 8 + self.entries.width

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        return some_entry(self.offsets, rows, self.entries.mask)


@dataclass(frozen=True, eq=False)
class NotEmpty(Compiled):
    """The row has at least one pair in its property list."""

    offsets: Ints
    width: int = 8

    def mask(self, rows: Rows, out: Bools | None = None) -> Bools:
        if isinstance(rows, slice):
            row_offsets = self.offsets[rows.start : rows.stop + 1]
            return row_offsets[1:] > row_offsets[:-1]
        return self.offsets[rows + 1] > self.offsets[rows]


def sessions_of(parent: Array, offsets: Ints, rows: slice) -> tuple[slice, Ints]:
    """The sessions of a range of rows of a secondary table, and where in the table the rows of each
    begin, cut to the range; ``parent`` is the session of each row, ``offsets`` are those of each
    session's rows."""
    if rows.stop == rows.start:
        return slice(0, 0), np.array([rows.start], dtype=np.int64)
    sessions = slice(int(parent[rows.start]), int(parent[rows.stop - 1]) + 1)
    return sessions, offsets[sessions.start : sessions.stop + 1].clip(rows.start, rows.stop)


def some_entry(offsets: Ints, rows: Rows, mask: Callable[[Rows, Bools], Bools]) -> Bools:
    """Per row, whether ``mask`` holds for some of its entries."""
    if isinstance(rows, slice):
        row_offsets = offsets[rows.start : rows.stop + 1]
        entries = slice(int(row_offsets[0]), int(row_offsets[-1]))
        matches = mask(entries, scratch("entries", np.bool_, row_count(entries)))
        return any_in_run(matches, row_offsets, entries.start)
    numbers, entry_offsets = expand_runs(offsets, rows)
    return any_in_run(mask(numbers, scratch("entries", np.bool_, len(numbers))), entry_offsets)


# --- compiling ------------------------------------------------------------------------------------


def compile_predicate(column: AnyColumn, predicate: Predicate, control: Control) -> Compiled:
    """The predicate on this column; a missing value never matches. The limits of the run are
    checked between pieces of its dictionary."""
    match column:
        case ListColumn():
            return SomeEntry(column.offsets, compile_predicate(column.entries, predicate, control))
        case PropertiesColumn():
            return NotEmpty(column.offsets)
        case DictionaryColumn():
            return _on_dictionary(column, predicate, control)
        case NumberColumn():
            return _on_numbers(column, predicate)


def _on_numbers(column: NumberColumn, predicate: Predicate) -> Compiled:
    match predicate:
        case Present():
            if column.valid is None:
                return Decided(True)
            return NumberRange(column, None, None)
        case OneOf(values=constants):
            fitting = [v for v in constants if _can_equal(v, column.values)]
            if len(fitting) == 1:
                return NumberRange(column, fitting[0], fitting[0])
            if not fitting:
                return Decided(False)
            return NumberSet(column, np.array(fitting).astype(column.values.dtype))
        case Range():
            return _number_range(column, predicate)
    raise InternalError(f"{type(predicate).__name__} is no test of numbers")


def _number_range(column: NumberColumn, limits: Range) -> Compiled:
    low, high = limits.low, limits.high
    if isinstance(low, str | tuple) or isinstance(high, str | tuple):
        raise InternalError("numbers are compared with numbers")
    if column.values.dtype.kind == "f":
        return NumberRange(column, low, high, limits.low_closed, limits.high_closed)
    # Limits of integers are closed. A limit beyond the column's width holds for all or for none.
    width = np.iinfo(column.values.dtype)
    if (low is not None and low > width.max) or (high is not None and high < width.min):
        return Decided(False)
    return NumberRange(
        column,
        None if low is None or low <= width.min else low,
        None if high is None or high >= width.max else high,
    )


def _can_equal(value: Value, values: Array) -> TypeGuard[int | float]:
    """Whether a number can equal any value of the array's type."""
    assert not isinstance(value, str | tuple)
    if values.dtype.kind == "f":
        return True
    width = np.iinfo(values.dtype)
    return bool(value == int(value) and width.min <= value <= width.max)


def _on_dictionary(column: DictionaryColumn, predicate: Predicate, control: Control) -> Compiled:
    fits = np.zeros(column.null_code + 1, dtype=np.bool_)
    match predicate:
        case Present():
            fits[:-1] = True
        case OneOf(values=constants):
            find = _finder(column)
            for value in constants:
                control.check()
                low, high = find(value, value)
                fits[low:high] = True
        case Range(low=low_limit, high=high_limit):
            find = _finder(column)
            low, high = find(low_limit, high_limit, predicate.low_closed, predicate.high_closed)
            fits[low:high] = True
        case Prefix(prefix=prefix) if column.type is not FieldType.IP:
            values = Texts(column.dictionary)
            size = len(prefix)
            low = bisect.bisect_left(values, prefix)
            fits[low : bisect.bisect_right(values, prefix, lo=low, key=lambda v: v[:size])] = True
        case Prefix(prefix=prefix):
            fits[:-1] = pc.starts_with(column.dictionary, options=MatchSubstringOptions(prefix))
        case Matches(pattern=pattern):
            fits[:-1] = _matching(column.dictionary, pattern, control)
    return _by_code(column.codes, fits)


def _by_code(codes: Array, fits: Bools) -> Compiled:
    """The cheapest test of codes: a constant, one range of codes, or a table of flags."""
    fitting = np.flatnonzero(fits)
    if not len(fitting):
        return Decided(False)
    low, high = int(fitting[0]), int(fitting[-1]) + 1
    return CodeRange(codes, low, high) if high - low == len(fitting) else CodeSet(codes, fits)


def _matching(texts: pa.Array, pattern: LikePattern, control: Control) -> Bools:
    """Per text, whether it matches; computed in pieces limited by the number of texts and bytes."""
    tuning = control.tuning
    match = _matcher(pattern)
    flags = np.zeros(len(texts), dtype=np.bool_)
    width = max(texts.nbytes // max(len(texts), 1), 1)
    at_once = max(tuning.text_bytes_matched_at_once // width, 1)
    size = sum(len(part) if isinstance(part, str) else 1 for part in pattern.parts)
    most = min(at_once, tuning.texts_matched_at_once)
    step = max(most // (1 + size // tuning.long_pattern), 1)
    for first in range(0, len(texts), step):
        control.check()
        flags[first : first + step] = match(texts[first : first + step])
    return flags


def _matcher(pattern: LikePattern) -> Callable[[pa.Array], Any]:
    """A function that says which texts match; Arrow's search and RE2 take time linear in the
    text."""
    match pattern.parts:
        case (Wildcard.ANY,):
            return lambda texts: True
        case (Wildcard.ANY, str() as infix, Wildcard.ANY):
            return _search("match_substring", infix)
        case (str() as prefix, Wildcard.ANY):
            return _search("starts_with", prefix)
        case (Wildcard.ANY, str() as suffix):
            return _search("ends_with", suffix)
    regex = r"(?s)\A" + "".join(map(_regex, pattern.parts)) + r"\z"
    if len(regex) > _LONGEST_REGEX:
        matches = pattern.matcher()
        return lambda texts: [matches(text) for text in texts.to_pylist()]
    return _search("match_substring_regex", regex)


def _search(function: str, pattern: str) -> Callable[[pa.Array], Any]:
    search, options = getattr(pc, function), MatchSubstringOptions(pattern)
    return lambda texts: search(texts, options=options)


_LONGEST_REGEX = 1000
"""The longest pattern that RE2 is sure to accept; it rejects very long ones."""

_PUNCTUATION = frozenset(string.punctuation) - {"_"}


def _regex(part: str | Wildcard) -> str:
    if part is Wildcard.ANY:
        return ".*"
    if part is Wildcard.ONE:
        return "."
    return "".join("\\" + c if c in _PUNCTUATION else c for c in part)


class _Addresses:
    """The valid addresses of a dictionary, which come before the invalid ones, as a sequence that
    parses only those that a search visits."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values
        self.size = bisect.bisect_left(range(len(values)), True, key=self._unreadable)

    def _unreadable(self, index: int) -> bool:
        try:
            self[index]
        except ValueError:
            return True
        return False

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[int, int]:
        return parse_address(self.values[index].as_py())


Finder = Callable[..., tuple[int, int]]


def _finder(column: DictionaryColumn) -> Finder:
    """A search for the range of codes between two limits, in the order of the column's values."""
    is_ip = column.type is FieldType.IP
    values: Any = _Addresses(column.dictionary) if is_ip else Texts(column.dictionary)
    size = len(values)

    def find(
        low: Value | None, high: Value | None, low_closed: bool = True, high_closed: bool = True
    ) -> tuple[int, int]:
        left, right = bisect.bisect_left, bisect.bisect_right
        first = 0 if low is None else (left if low_closed else right)(values, low)
        last = size if high is None else (right if high_closed else left)(values, high)
        return first, max(first, last)

    return find
