"""Columns of several parts merged into one, the rows of each part after those of the one before.

A part that lacks a column gets nulls, or empty lists, in its rows. The work is done in pieces,
between which whoever waits for the column may end it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from usql.catalog import Field, FieldType
from usql.frozen import dataclass
from usql.store.columns import (
    BOOLEANS,
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
)
from usql.store.forms.dictionaries import merged_dictionaries
from usql.store.lazy import Watch
from usql.store.widths import unsigned

Ints = npt.NDArray[np.int64]

Held = tuple[AnyColumn | None, int]
"""The column of a part, ``None`` where the part lacks it, and the part's rows."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Who waits for a column, if anybody does, and after how many rows that is asked about."""

    watch: Watch | None
    rows: int

    def check(self) -> None:
        """Raise where nobody waits any more."""
        if self.watch is not None:
            self.watch.check()

    def pieces(self, rows: int) -> Iterator[slice]:
        """So many rows, a few at a time."""
        for begin in range(0, rows, self.rows):
            self.check()
            yield slice(begin, min(begin + self.rows, rows))


_PER_VALUE = 24
"""Bytes that merging takes for each value of the dictionaries, beside its text."""


def merge(field: Field, parts: Sequence[Held], pace: Pace) -> AnyColumn:
    """The column of a field over all parts, in the form that loading all of them would give it."""
    if field.type is FieldType.PROPERTIES:
        assert field.value_type is not None
        return _properties(field.value_type, parts, pace)
    if not field.is_list:
        return _values(field.type, parts, pace)
    lists = [c for c, _ in parts if isinstance(c, ListColumn)]
    entries: list[Held] = [(c.entries, len(c.entries)) for c in lists]
    return ListColumn(_offsets(parts, pace), _values(field.type, entries, pace))


def merge_offsets(parts: Sequence[Array]) -> Ints:
    """Where the children of each session begin, given the same for each part."""
    offsets = np.zeros(sum(len(part) - 1 for part in parts) + 1, dtype=np.int64)
    at = 0
    for part in parts:
        np.add(part[1:], offsets[at], out=offsets[at + 1 : at + len(part)])
        at += len(part) - 1
    return offsets


def column_bytes(column: AnyColumn) -> int:
    """Bytes of a column with its dictionaries."""
    match column:
        case DictionaryColumn():
            return int(column.codes.nbytes + column.dictionary.nbytes)
        case NumberColumn():
            return int(column.values.nbytes) + (0 if column.valid is None else len(column))
        case ListColumn():
            return int(column.offsets.nbytes) + column_bytes(column.entries)
        case PropertiesColumn():
            inner = [column.keys, column.values, *([column.more] if column.more else [])]
            return int(column.offsets.nbytes) + sum(map(column_bytes, inner))


def most_of(parts: Sequence[Held]) -> int:
    """The most bytes that the merged column can take."""
    columns = [c for c, _ in parts if c is not None]
    rows = sum(count for _, count in parts)
    first = columns[0]
    if isinstance(first, ListColumn):
        lists = [c.entries for c in columns if isinstance(c, ListColumn)]
        return 8 * (rows + 1) + most_of([(c, len(c)) for c in lists])
    if isinstance(first, PropertiesColumn):
        properties = [c for c in columns if isinstance(c, PropertiesColumn)]
        members: list[list[Held]] = [[(c.keys, len(c.keys)) for c in properties]]
        members.append([(c.values, len(c.values)) for c in properties])
        if any(c.more is not None for c in properties):
            members.append([(c.more, len(c.keys)) for c in properties])
        return 8 * (rows + 1) + sum(map(most_of, members))
    if isinstance(first, DictionaryColumn):
        texts = [c.dictionary for c in columns if isinstance(c, DictionaryColumn)]
        width = np.dtype(unsigned(sum(map(len, texts)))).itemsize
        return rows * width + sum(int(t.nbytes) for t in texts)
    return rows * (_type_of(columns).itemsize + 1)


def _values(kind: FieldType, parts: Sequence[Held], pace: Pace) -> Column:
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP, FieldType.BOOLEAN):
        return _codes(kind, parts, pace)
    return _numbers(kind, parts, pace)


def _codes(kind: FieldType, parts: Sequence[Held], pace: Pace) -> DictionaryColumn:
    held = [c for c, _ in parts if isinstance(c, DictionaryColumn)]
    if kind is FieldType.BOOLEAN:
        dictionary, lookups = BOOLEANS, [np.arange(3, dtype=np.uint8)] * len(held)
    elif pace.watch is None:
        dictionary, lookups = merged_dictionaries(kind, [c.dictionary for c in held])
    else:
        texts = [c.dictionary for c in held]
        size = sum(int(t.nbytes) + _PER_VALUE * len(t) for t in texts)
        with pace.watch.working(2 * size, JOINED):
            dictionary, lookups = merged_dictionaries(kind, texts)
    count = len(dictionary)
    codes = np.empty(sum(rows for _, rows in parts), dtype=unsigned(count))
    iterator = iter(lookups)
    for place, column in _places(parts):
        if isinstance(column, DictionaryColumn):
            lookup = next(iterator)
            for piece in pace.pieces(len(column)):
                np.take(lookup, column.codes[piece], out=codes[place][piece], mode="clip")
        else:
            codes[place] = count
    return DictionaryColumn(kind, codes, dictionary)


JOINED = "columns of several sources"
"""What joined columns are called where memory is announced for them."""
"""What joined columns are called where memory is announced for them."""


def _numbers(kind: FieldType, parts: Sequence[Held], pace: Pace) -> NumberColumn:
    held = [c for c, _ in parts if isinstance(c, NumberColumn)]
    rows = sum(count for _, count in parts)
    values = np.zeros(rows, dtype=_type_of(held) if held else _narrowest(kind))
    is_missing = any(c.valid is not None for c in held) or sum(map(len, held)) < rows
    valid = np.zeros(rows, dtype=np.bool_) if is_missing else None
    for place, column in _places(parts):
        if isinstance(column, NumberColumn):
            for piece in pace.pieces(len(column)):
                values[place][piece] = column.values[piece]
                if valid is not None:
                    valid[place][piece] = True if column.valid is None else column.valid[piece]
    return NumberColumn(kind, values, valid)


def _narrowest(kind: FieldType) -> np.dtype[np.generic]:
    return np.dtype(np.float64 if kind is FieldType.DOUBLE else np.int8)


def _type_of(columns: Sequence[AnyColumn]) -> np.dtype[np.generic]:
    """The type that holds the numbers of all columns."""
    return np.result_type(*(c.values.dtype for c in columns if isinstance(c, NumberColumn)))


def _properties(kind: FieldType, parts: Sequence[Held], pace: Pace) -> PropertiesColumn:
    held = [c for c, _ in parts if isinstance(c, PropertiesColumn)]
    keys = _codes(FieldType.STRING, [(c.keys, len(c.keys)) for c in held], pace)
    values = _values(kind, [(c.values, len(c.values)) for c in held], pace)
    more = None
    if any(c.more is not None for c in held):
        more = _codes(FieldType.STRING, [(c.more, len(c.keys)) for c in held], pace)
    return PropertiesColumn(_offsets(parts, pace), keys, values, more)


def _offsets(parts: Sequence[Held], pace: Pace) -> Ints:
    """Where the entries of each row begin; a part without the column has none."""
    pace.check()
    return merge_offsets(
        [
            c.offsets if isinstance(c, ListColumn | PropertiesColumn) else np.zeros(rows + 1, int)
            for c, rows in parts
        ]
    )


def _places(parts: Sequence[Held]) -> Iterator[tuple[slice, AnyColumn | None]]:
    """The rows of each part among all rows, with the part's column."""
    at = 0
    for column, rows in parts:
        yield slice(at, at + rows), column
        at += rows
