"""Columns of several parts as one, the rows of each part behind those of the one before.

A part that lacks a column has nulls, or empty lists, in its rows. Work is done in pieces, between
which whoever waits for the column may end it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from usql.catalog import Field, FieldType
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
from usql.store.forms.dictionaries import merged
from usql.store.lazy import Watch
from usql.store.widths import unsigned

Ints = npt.NDArray[np.int64]

Held = tuple[AnyColumn | None, int]
"""The column of a part, ``None`` where the part lacks it, and the part's rows."""

_STEP = 1 << 20
"""Rows between two looks at whoever waits."""

_PER_VALUE = 24
"""Bytes that merging takes for each value of the dictionaries, beside its text."""


def merge(field: Field, parts: Sequence[Held], watch: Watch | None) -> AnyColumn:
    """The column of a field over all parts, in the form that a load of all would give it."""
    if field.type is FieldType.PROPERTIES:
        assert field.value_type is not None
        return _properties(field.value_type, parts, watch)
    if not field.is_list:
        return _values(field.type, parts, watch)
    lists = [c for c, _ in parts if isinstance(c, ListColumn)]
    entries: list[Held] = [(c.entries, len(c.entries)) for c in lists]
    return ListColumn(_offsets(parts, watch), _values(field.type, entries, watch))


def merge_offsets(parts: Sequence[Array]) -> Ints:
    """Where the children of each session begin, of the same in each part."""
    made = np.zeros(sum(len(part) - 1 for part in parts) + 1, dtype=np.int64)
    at = 0
    for part in parts:
        np.add(part[1:], made[at], out=made[at + 1 : at + len(part)])
        at += len(part) - 1
    return made


def size_of(column: AnyColumn) -> int:
    """Bytes of a column with its dictionaries."""
    match column:
        case DictionaryColumn():
            return int(column.codes.nbytes + column.dictionary.nbytes)
        case NumberColumn():
            return int(column.values.nbytes) + (0 if column.valid is None else len(column))
        case ListColumn():
            return int(column.offsets.nbytes) + size_of(column.entries)
        case PropertiesColumn():
            inner = [column.keys, column.values, *([column.more] if column.more else [])]
            return int(column.offsets.nbytes) + sum(map(size_of, inner))


def most_of(parts: Sequence[Held]) -> int:
    """Bytes that the merged column takes at most."""
    columns = [c for c, _ in parts if c is not None]
    rows = sum(count for _, count in parts)
    first = columns[0]
    if isinstance(first, ListColumn):
        lists = [c.entries for c in columns if isinstance(c, ListColumn)]
        return 8 * (rows + 1) + most_of([(c, len(c)) for c in lists])
    if isinstance(first, PropertiesColumn):
        found = [c for c in columns if isinstance(c, PropertiesColumn)]
        members: list[list[Held]] = [[(c.keys, len(c.keys)) for c in found]]
        members.append([(c.values, len(c.values)) for c in found])
        if any(c.more is not None for c in found):
            members.append([(c.more, len(c.keys)) for c in found])
        return 8 * (rows + 1) + sum(map(most_of, members))
    if isinstance(first, DictionaryColumn):
        texts = [c.dictionary for c in columns if isinstance(c, DictionaryColumn)]
        width = np.dtype(unsigned(sum(map(len, texts)))).itemsize
        return rows * width + sum(int(t.nbytes) for t in texts)
    return rows * (_type_of(columns).itemsize + 1)


def _values(kind: FieldType, parts: Sequence[Held], watch: Watch | None) -> Column:
    if kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP, FieldType.BOOLEAN):
        return _codes(kind, parts, watch)
    return _numbers(kind, parts, watch)


def _codes(kind: FieldType, parts: Sequence[Held], watch: Watch | None) -> DictionaryColumn:
    held = [c for c, _ in parts if isinstance(c, DictionaryColumn)]
    if kind is FieldType.BOOLEAN:
        dictionary, lookups = BOOLEANS, [np.arange(3, dtype=np.uint8)] * len(held)
    elif watch is None:
        dictionary, lookups = merged(kind, [c.dictionary for c in held])
    else:
        texts = [c.dictionary for c in held]
        size = sum(int(t.nbytes) + _PER_VALUE * len(t) for t in texts)
        with watch.working(2 * size, _WHAT):
            dictionary, lookups = merged(kind, texts)
    count = len(dictionary)
    codes = np.empty(sum(rows for _, rows in parts), dtype=unsigned(count))
    found = iter(lookups)
    for place, column in _places(parts):
        if isinstance(column, DictionaryColumn):
            lookup = next(found)
            for piece in _pieces(len(column), watch):
                np.take(lookup, column.codes[piece], out=codes[place][piece], mode="clip")
        else:
            codes[place] = count
    return DictionaryColumn(kind, codes, dictionary)


_WHAT = "columns of several sources"


def _numbers(kind: FieldType, parts: Sequence[Held], watch: Watch | None) -> NumberColumn:
    held = [c for c, _ in parts if isinstance(c, NumberColumn)]
    rows = sum(count for _, count in parts)
    values = np.zeros(rows, dtype=_type_of(held) if held else _narrowest(kind))
    is_missing = any(c.valid is not None for c in held) or sum(map(len, held)) < rows
    valid = np.zeros(rows, dtype=np.bool_) if is_missing else None
    for place, column in _places(parts):
        if isinstance(column, NumberColumn):
            for piece in _pieces(len(column), watch):
                values[place][piece] = column.values[piece]
                if valid is not None:
                    valid[place][piece] = True if column.valid is None else column.valid[piece]
    return NumberColumn(kind, values, valid)


def _narrowest(kind: FieldType) -> np.dtype[np.generic]:
    return np.dtype(np.float64 if kind is FieldType.DOUBLE else np.int8)


def _type_of(columns: Sequence[AnyColumn]) -> np.dtype[np.generic]:
    """The type that holds the numbers of all columns."""
    return np.result_type(*(c.values.dtype for c in columns if isinstance(c, NumberColumn)))


def _properties(kind: FieldType, parts: Sequence[Held], watch: Watch | None) -> PropertiesColumn:
    held = [c for c, _ in parts if isinstance(c, PropertiesColumn)]
    keys = _codes(FieldType.STRING, [(c.keys, len(c.keys)) for c in held], watch)
    values = _values(kind, [(c.values, len(c.values)) for c in held], watch)
    more = None
    if any(c.more is not None for c in held):
        more = _codes(FieldType.STRING, [(c.more, len(c.keys)) for c in held], watch)
    return PropertiesColumn(_offsets(parts, watch), keys, values, more)


def _offsets(parts: Sequence[Held], watch: Watch | None) -> Ints:
    """Where the entries of each row begin; a part without the column has none."""
    if watch is not None:
        watch.check()
    return merge_offsets(
        [
            c.offsets if isinstance(c, ListColumn | PropertiesColumn) else np.zeros(rows + 1, int)
            for c, rows in parts
        ]
    )


def _places(parts: Sequence[Held]) -> Iterator[tuple[slice, AnyColumn | None]]:
    """The rows of each part among all."""
    at = 0
    for column, rows in parts:
        yield slice(at, at + rows), column
        at += rows


def _pieces(rows: int, watch: Watch | None) -> Iterator[slice]:
    for begin in range(0, rows, _STEP):
        if watch is not None:
            watch.check()
        yield slice(begin, min(begin + _STEP, rows))
