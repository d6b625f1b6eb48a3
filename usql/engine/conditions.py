"""Conditions over all rows of the queried table, as one mask (LANGUAGE.md §5)."""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Condition,
    Matches,
    Negation,
    OneOf,
    Predicate,
    Prefix,
    Present,
    Range,
    Test,
    Timeframe,
    Value,
)
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.access import Access
from usql.engine.kernels import Array, Bools, any_in_run
from usql.engine.vectors import present
from usql.language.literals import parse_address
from usql.store.columns import AnyColumn, DictionaryColumn, ListColumn, NumberColumn


def rows_in_timeframe(access: Access, timeframe: Timeframe) -> Bools | None:
    """The rows whose session overlaps the timeframe; ``None`` if all do (LANGUAGE.md §4)."""
    if timeframe.start is None and timeframe.end is None:
        return None
    sessions = access.store.tables[PRIMARY]
    begin = sessions.columns.get("startTime")
    if not isinstance(begin, NumberColumn):
        mask = np.zeros(sessions.rows, dtype=np.bool_)
    else:
        starts = begin.values.astype(np.int64, copy=False)
        mask = present(begin).copy()
        if timeframe.end is not None:
            mask &= starts < timeframe.end
        if timeframe.start is not None:
            ends = starts
            finish = sessions.columns.get("endTime")
            if isinstance(finish, NumberColumn):
                ends = np.where(present(finish), finish.values.astype(np.int64, copy=False), starts)
            mask &= ends >= timeframe.start
    return mask if access.table == PRIMARY else mask[access.parent]


def evaluate(access: Access, condition: Condition) -> Bools:
    """Per row of the queried table, whether the condition holds. Parts that can not change the
    answer any more are not evaluated."""
    rows = access.data.rows
    match condition:
        case Test():
            return _test(access, condition)
        case Negation(part=part):
            return ~evaluate(access, part)
        case AllOf(parts=parts):
            mask = np.ones(rows, dtype=np.bool_)
            for part in parts:
                if not mask.any():
                    break
                mask &= evaluate(access, part)
            return mask
        case AnyOf(parts=parts):
            mask = np.zeros(rows, dtype=np.bool_)
            for part in parts:
                if rows and mask.all():
                    break
                mask |= evaluate(access, part)
            return mask


def _test(access: Access, test: Test) -> Bools:
    field = test.field
    column = access.column(field)
    mask = _fits_any(column, test.predicate)
    if field.table == access.table:
        return mask
    if access.table == PRIMARY:
        return any_in_run(mask, access.offsets(field.table))
    return mask[access.parent]


def _fits_any(column: AnyColumn, predicate: Predicate) -> Bools:
    """Per row of the field's own table, whether some value fits."""
    if isinstance(column, ListColumn):
        return any_in_run(_fits_any(column.entries, predicate), column.offsets)
    if isinstance(predicate, Present):
        return present(column)
    if isinstance(column, DictionaryColumn):
        return _in_dictionary(column, predicate)
    assert isinstance(column, NumberColumn)
    mask = _in_numbers(column, predicate)
    return mask if column.valid is None else mask & column.valid


def _in_numbers(column: NumberColumn, predicate: Predicate) -> Bools:
    values = column.values
    match predicate:
        case OneOf(values=wanted):
            mask = np.zeros(len(values), dtype=np.bool_)
            for value in wanted:
                if _fits_width(values, value):
                    mask |= values == value
            return mask
        case Range():
            return _in_range(column, predicate)
    raise TypeError(f"{type(predicate).__name__} is no test of numbers")


def _in_range(column: NumberColumn, limits: Range) -> Bools:
    values = column.values
    mask = np.ones(len(values), dtype=np.bool_)
    if values.dtype.kind == "f":
        if limits.low is not None:
            mask &= values >= limits.low if limits.low_closed else values > limits.low
        if limits.high is not None:
            mask &= values <= limits.high if limits.high_closed else values < limits.high
        return mask
    # Limits of integers are closed. A limit beyond the column's width holds for all or for none.
    width = np.iinfo(values.dtype)
    if isinstance(limits.low, int):
        if limits.low > width.max:
            return np.zeros(len(values), dtype=np.bool_)
        if limits.low > width.min:
            mask &= values >= limits.low
    if isinstance(limits.high, int):
        if limits.high < width.min:
            return np.zeros(len(values), dtype=np.bool_)
        if limits.high < width.max:
            mask &= values <= limits.high
    return mask


def _fits_width(values: Array, value: Value) -> bool:
    """Whether a number can be equal to some value of the array's type at all."""
    if values.dtype.kind == "f" or not isinstance(value, int):
        return True
    width = np.iinfo(values.dtype)
    return bool(width.min <= value <= width.max)


# --- dictionaries: decided once per distinct value, then spread by code ---------------------------


def _in_dictionary(column: DictionaryColumn, predicate: Predicate) -> Bools:
    fits = np.zeros(column.null_code + 1, dtype=np.bool_)
    match predicate:
        case OneOf(values=wanted):
            find = _finder(column)
            for value in wanted:
                low, high = find(value, value)
                fits[low:high] = True
        case Range(low=low_limit, high=high_limit):
            find = _finder(column)
            low, high = find(low_limit, high_limit, predicate.low_closed, predicate.high_closed)
            fits[low:high] = True
        case Prefix(prefix=prefix) if column.type is not FieldType.IP:
            values = _Texts(column.dictionary)
            size = len(prefix)
            low = bisect.bisect_left(values, prefix)
            fits[low : bisect.bisect_right(values, prefix, lo=low, key=lambda v: v[:size])] = True
        case Prefix(prefix=prefix):
            fits[:-1] = [v.startswith(prefix) for v in column.dictionary.to_pylist()]
        case Matches(pattern=pattern):
            matches = pattern.matcher()
            fits[:-1] = [matches(v) for v in column.dictionary.to_pylist()]
    return fits[column.codes]


class _Texts:
    """A sorted Arrow dictionary as a sequence that decodes only what a search looks at."""

    def __init__(self, values: pa.Array) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> str:
        return self.values[index].as_py()


class _Addresses:
    """The readable addresses of a dictionary, which stand before the unreadable ones, as a
    sequence that reads only what a search looks at."""

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
    """A search for the run of codes between two limits, in the order of the column's values."""
    is_ip = column.type is FieldType.IP
    values: Any = _Addresses(column.dictionary) if is_ip else _Texts(column.dictionary)
    size = len(values)

    def find(
        low: Value | None, high: Value | None, low_closed: bool = True, high_closed: bool = True
    ) -> tuple[int, int]:
        left, right = bisect.bisect_left, bisect.bisect_right
        first = 0 if low is None else (left if low_closed else right)(values, low)
        last = size if high is None else (right if high_closed else left)(values, high)
        return first, max(first, last)

    return find
