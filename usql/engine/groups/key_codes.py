"""Group keys as small whole numbers, computed per morsel.

A coder gives every value of a column a code below ``size``, in the order of the values; the last
code is that of a missing value. Keys without a coder (arithmetic, doubles, numbers that are far
apart) are factorized as a whole instead, see ``usql.engine.groups.grouping``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from usql.analysis.bound import DatePart, DateText, Expression, FieldRef
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.arrays.buffers import scratch
from usql.engine.arrays.codes import narrow_unsigned
from usql.engine.arrays.dates import date_part, floor_to, unit_of
from usql.engine.arrays.gather import gather
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import Values
from usql.engine.rows.access import Access
from usql.engine.rows.predicates import Rows, at
from usql.engine.runtime.index_cache import Arrays
from usql.frozen import dataclass
from usql.language.functions import part_of_date
from usql.language.literals import Interval
from usql.store.columns import DictionaryColumn, ListColumn, NumberColumn


class Coder(Protocol):
    """Codes of one column."""

    @property
    def size(self) -> int:
        """The number of codes, including that of the missing value."""

    def codes(self, rows: Rows) -> Array:
        """The codes in rows of the column's own table, unsigned and narrow. Read-only."""

    def values(self) -> Values | None:
        """The values by code; ``None`` for codes of time bins, whose texts are made later."""


@dataclass(frozen=True, eq=False)
class DictionaryCoder:
    """A dictionary's own codes."""

    column: DictionaryColumn
    size: int

    def codes(self, rows: Rows) -> Array:
        """The dictionary's own codes."""
        return at(self.column.codes, rows)

    def values(self) -> Values:
        """The entries of the dictionary."""
        return Values(self.column, self.size - 1)


@dataclass(frozen=True, eq=False)
class NumberCoder:
    """Whole numbers close to each other, counted from the smallest."""

    column: NumberColumn
    low: int
    size: int

    def codes(self, rows: Rows) -> Array:
        """The difference of each number from the smallest."""
        values = at(self.column.values, rows)
        wide = scratch("number_codes", np.int64, len(values))
        np.subtract(values, self.low, out=wide, dtype=np.int64)
        return _with_missing(wide, self.column, rows, self.size)

    def values(self) -> Values:
        """All numbers from the smallest to the largest."""
        return _whole_numbers(self.column.type, self.low, self.size - 1)


@dataclass(frozen=True, eq=False)
class BinCoder:
    """Times rounded down on the local clock: bins of equal length, counted from that of the
    earliest time, which begins at ``first``. ``ascends``: the column is in order, without gaps;
    ``minutes``: an index of it, see :func:`_minutes`."""

    column: NumberColumn
    shift: int
    step: int
    first: int
    size: int
    ascends: bool = False
    minutes: Arrays | None = None

    def codes(self, rows: Rows) -> Array:
        """The number of each time's bin, counted from the first."""
        values = at(self.column.values, rows)
        wide = scratch("bin_codes", np.int64, len(values))
        np.add(values, self.shift - self.first, out=wide, dtype=np.int64)
        np.floor_divide(wide, self.step, out=wide)
        return _with_missing(wide, self.column, rows, self.size)

    def values(self) -> None:
        """``None``: the texts of bins are made later."""

    def starts(self, codes: Ints) -> Ints:
        """The first instant of each bin on the local clock."""
        return codes * self.step + self.first

    def runs(self, rows: slice) -> tuple[Ints, Ints] | None:
        """The rows as runs of one code each: ``(codes, starts)``, with starts relative to ``rows``;
        found by searching for the edges of the bins. ``None`` if runs are short or the rows are not
        in order."""
        if not self.ascends or rows.stop == rows.start:
            return None
        values = self.column.values[rows]
        low, high = ((int(v) + self.shift - self.first) // self.step for v in values[[0, -1]])
        if 16 * (high - low) > len(values):
            return None
        codes = np.arange(low, high + 1, dtype=np.int64)
        edges = self.starts(codes) - self.shift
        if self.minutes is None:
            starts = np.searchsorted(values, edges)
        else:
            minute = np.maximum((edges - self.minutes["first"][0]) // 60_000, 0)
            starts = np.clip(self.minutes["starts"][minute] - rows.start, 0, len(values))
        filled = np.diff(starts, append=len(values)) > 0
        return codes[filled], starts[filled]


@dataclass(frozen=True, eq=False)
class EdgeCoder:
    """Times rounded down to calendar steps: ``edges`` are the first instants of the bins."""

    column: NumberColumn
    shift: int
    edges: Ints

    @property
    def size(self) -> int:
        """One per bin, and one for the missing value."""
        return len(self.edges) + 1

    def codes(self, rows: Rows) -> Array:
        """The number of the bin of each time."""
        local = at(self.column.values, rows).astype(np.int64) + self.shift
        bins = np.searchsorted(self.edges, local, side="right") - 1
        return _with_missing(bins, self.column, rows, self.size)

    def values(self) -> None:
        """``None``: the texts of bins are made later."""

    def starts(self, codes: Ints) -> Ints:
        """The first instant of each bin on the local clock."""
        return self.edges[np.minimum(codes, len(self.edges) - 1)]


@dataclass(frozen=True, eq=False)
class PartCoder:
    """``YEAR`` … ``MINUTE``: a table gives the part for each bin of the clock."""

    bins: BinCoder
    part_of: Array
    low: int
    size: int

    def codes(self, rows: Rows) -> Array:
        """The part for the bin of each time."""
        return gather(self.part_of, self.bins.codes(rows))

    def values(self) -> Values:
        """All numbers from the smallest part to the largest."""
        return _whole_numbers(FieldType.INTEGER, self.low, self.size - 1)


def _whole_numbers(kind: FieldType, low: int, count: int) -> Values:
    numbers = np.arange(low, low + count, dtype=np.int64)
    return Values(NumberColumn(kind, numbers, None), count)


def _with_missing(wide: Ints, column: NumberColumn, rows: Rows, size: int) -> Array:
    if column.valid is not None:
        wide[~at(column.valid, rows)] = size - 1
    return narrow_unsigned(wide, size - 1)


# --- keys of the queried table's rows -------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class KeyCodes:
    """A key seen from the queried table's rows.

    For the rows' own values neither ``parent`` nor ``offsets`` is set; for values of their session
    ``parent`` is; for several values per row (children, or a list's entries) ``offsets`` are.
    ``field`` is the key itself, if it is a plain field.
    """

    coder: Coder
    field: FieldRef | None
    parent: Array | None = None
    offsets: Ints | None = None


def key_codes(access: Access, expression: Expression) -> KeyCodes | None:
    """The key's codes, or ``None`` if it has to be evaluated as a whole."""
    field = expression.operand if isinstance(expression, DatePart | DateText) else expression
    if not isinstance(field, FieldRef):
        return None
    if field is not expression or field.key is not None:
        return _key_codes(access, expression, field)  # may hold what is kept within limits
    return access.cache.of_part(field, access.table, lambda: _key_codes(access, field, field))


def _key_codes(access: Access, expression: Expression, field: FieldRef) -> KeyCodes | None:
    column = access.column(field)
    offsets = None
    if isinstance(column, ListColumn):
        if field.table != access.table or access.table != PRIMARY:
            return None  # lists of children, or of the parent: a value would have two owners
        offsets, column = column.offsets, column.entries
    elif field.table != access.table and access.table == PRIMARY:
        offsets = access.offsets(field.table)
    if not isinstance(column, DictionaryColumn | NumberColumn):
        return None
    if offsets is not None and isinstance(expression, DateText):
        return None  # a row's values are distinct by their texts
    coder = _coder(access, expression, field, column)
    if coder is None:
        return None
    is_parents = access.table not in (field.table, PRIMARY)
    parent = access.parent if is_parents else None
    plain = expression if isinstance(expression, FieldRef) else None
    return KeyCodes(coder, plain, parent, offsets)


def _coder(
    access: Access,
    expression: Expression,
    field: FieldRef,
    column: DictionaryColumn | NumberColumn,
) -> Coder | None:
    if isinstance(column, DictionaryColumn):
        is_plain = isinstance(expression, FieldRef)
        return DictionaryCoder(column, column.null_code + 1) if is_plain else None
    if column.values.dtype.kind == "f":
        return None
    low, high = access.cache.whole_span(column)
    if not isinstance(expression, DatePart | DateText):
        if high - low >= access.tuning.most_number_codes:
            return None
        return NumberCoder(column, low, high - low + 2)
    shift = access.utc_offset * 60_000
    if not -(2**60) < low + shift <= high + shift < 2**60:
        return None
    most = access.tuning.most_time_bins
    if isinstance(expression, DatePart):
        return _parts(expression.part, column, shift, low, high, most)
    interval = expression.interval
    if interval is not None and interval.kind in ("month", "year"):
        return _edges(interval, column, shift, low, high, most)
    step, origin = unit_of(expression.format, interval)
    bins = _bins(column, shift, step, origin, low, high, most)
    if bins is None or not access.cache.ascends(column):
        return bins
    by_minute = step % 60_000 == 0 and access.has_indexes
    return replace(
        bins, ascends=True, minutes=_minutes(access, field, column) if by_minute else None
    )


def _minutes(access: Access, field: FieldRef, column: NumberColumn) -> Arrays | None:
    """For a column in order, the ``starts`` of all minutes from that of its earliest time, which is
    ``first``, to one past its latest."""
    low, high = access.cache.whole_span(column)
    first = low // 60_000 * 60_000
    if (high - first) // 60_000 > max(len(column), access.tuning.most_indexed_minutes):
        return None

    def make() -> Arrays:
        edges = np.arange(first, high + 120_000, 60_000, dtype=np.int64)
        starts = np.searchsorted(column.values, edges)
        return {"first": np.array([first]), "starts": starts}

    return access.index(f"minutes of {field.text}", make)


def _bins(
    column: NumberColumn, shift: int, step: int, origin: int, low: int, high: int, most: int
) -> BinCoder | None:
    """Bins of ``step`` milliseconds, ``None`` if there would be more than ``most``."""
    first = (low + shift - origin) // step * step + origin
    count = (high + shift - first) // step + 1
    return BinCoder(column, shift, step, first, count + 1) if count <= most else None


def _edges(
    interval: Interval, column: NumberColumn, shift: int, low: int, high: int, most: int
) -> EdgeCoder | None:
    """Bins of calendar steps, ``None`` if they cover more than ``most`` days."""
    # Bins are at least 28 days long, so that steps of a day cannot skip one.
    days = np.arange(low + shift, high + shift + 86_400_000, 86_400_000, dtype=np.int64)
    if len(days) > most:
        return None
    return EdgeCoder(column, shift, np.unique(floor_to(interval, days)))


def _parts(
    part: str, column: NumberColumn, shift: int, low: int, high: int, most: int
) -> PartCoder | None:
    """The parts of dates, ``None`` if they cover more than ``most`` units."""
    bins = _bins(column, shift, part_of_date(part).unit, 0, low, high, most)
    if bins is None:
        return None
    parts = date_part(part, bins.starts(np.arange(bins.size - 1, dtype=np.int64)))
    first, last = int(parts.min()), int(parts.max())
    size = last - first + 2
    table = narrow_unsigned(np.append(parts - first, size - 1), size - 1)
    return PartCoder(bins, table, first, size)
