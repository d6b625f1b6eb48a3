"""Statistics of a store's columns: the number of values and of distinct values, and the smallest,
the largest and the most frequent values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from usql.catalog import Field, FieldType, Table
from usql.frozen import dataclass
from usql.language import syntax
from usql.language.diagnostics import Span
from usql.language.formatter import field_text
from usql.store.columns import (
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
)
from usql.store.views import Ints, take_values

_MOST_FREQUENT = 3

_NOWHERE = Span(0, 0)

_SPAN = 4
"""Whole numbers are counted by value where their range is at most this many times their number."""


@dataclass(frozen=True, slots=True)
class Content:
    """A field of a table, or a key of its properties, as the data has it.

    ``filled`` counts the rows with a value, for lists those with an entry. The rest is about the
    values, for lists about all entries: the number of ``distinct`` values, the ``smallest`` and
    ``largest`` (``None`` if there are none; dates in UTC milliseconds), and the most ``frequent``,
    at most three, each with its count.
    """

    table: str
    name: str
    type: FieldType
    is_list: bool
    rows: int
    filled: int
    distinct: int
    smallest: Any
    largest: Any
    frequent: tuple[tuple[Any, int], ...]


@dataclass(frozen=True, slots=True)
class TableContent:
    """A table: its number of rows, and the fields that the data has, in the catalog's order; each
    property key counts as a field, sorted by name."""

    table: Table
    rows: int
    fields: tuple[Content, ...]


def contents(store: Store) -> Iterator[TableContent]:
    """The contents of each table. Columns of a saved store are read one after the other."""
    step = store.tuning.codes_counted_at_once
    for table in store.catalog:
        data = store.tables[table.name]
        columns = ((field, data.columns.get(field.name)) for field in table.fields)
        parts = [
            _of_field(table.name, f, column, step) for f, column in columns if column is not None
        ]
        yield TableContent(table, data.rows, tuple(chain.from_iterable(parts)))


def _of_field(table: str, field: Field, column: AnyColumn, step: int) -> Iterator[Content]:
    rows = len(column)
    if isinstance(column, PropertiesColumn):
        yield from _of_keys(table, field, column, step)
    elif isinstance(column, ListColumn):
        filled = int(np.count_nonzero(np.diff(column.offsets)))
        yield _content(table, field.name, True, rows, filled, column.entries, step)
    else:
        yield _content(table, field.name, False, rows, None, column, step)


def _of_keys(table: str, field: Field, column: PropertiesColumn, step: int) -> Iterator[Content]:
    owners = np.repeat(np.arange(len(column)), np.diff(column.offsets))
    order = np.argsort(column.keys.codes, kind="stable")
    ends = np.cumsum(_counts(column.keys.codes, column.keys.null_code, step))
    for code, key in enumerate(column.keys.dictionary.to_pylist()):
        places = order[ends[code - 1] if code else 0 : ends[code]]
        places = places[np.diff(owners[places], prepend=-1) != 0]  # the first value of a row counts
        name = field_text(syntax.Field(None, field.name, key, span=_NOWHERE))
        yield _content(
            table, name, False, len(column), None, take_values(column.values, places), step
        )


def _content(
    table: str,
    name: str,
    is_list: bool,
    rows: int,
    filled: int | None,
    column: Column,
    step: int,
) -> Content:
    values, counts = _by_value(column, step)
    present = np.flatnonzero(counts)
    top = present[np.argsort(-counts[present], kind="stable")[:_MOST_FREQUENT]]

    def value(place: int) -> Any:
        entry = values[place]
        return entry.as_py() if isinstance(column, DictionaryColumn) else entry.item()

    return Content(
        table,
        name,
        column.type,
        is_list,
        rows,
        int(counts.sum()) if filled is None else filled,
        len(present),
        value(present[0]) if len(present) else None,
        value(present[-1]) if len(present) else None,
        tuple((value(place), int(counts[place])) for place in top),
    )


def _by_value(column: Column, step: int) -> tuple[Any, Ints]:
    """Values in ascending order, and how often each occurs, which may be 0."""
    if isinstance(column, DictionaryColumn):
        return column.dictionary, _counts(column.codes, column.null_code, step)[:-1]
    return _of_numbers(column, step)


def _of_numbers(column: NumberColumn, step: int) -> tuple[Array, Ints]:
    values = column.values if column.valid is None else column.values[column.valid]
    if len(values) and values.dtype.kind == "i":
        least, most = int(values.min()), int(values.max())
        if most - least < max(_SPAN * len(values), 1 << 16):
            counts = _counts(values, most - least, step, least)
            return np.arange(least, most + 1), counts
    return np.unique(values, return_counts=True)


def _counts(codes: Array, most: int, step: int, least: int = 0) -> Ints:
    """How often each of ``least`` … ``least + most`` occurs, of so many codes at a time; each time
    costs a pass over the counts."""
    counts = np.zeros(most + 1, dtype=np.int64)
    step = max(step, most)
    for begin in range(0, len(codes), step):
        part = codes[begin : begin + step].astype(np.int64) - least
        counts += np.bincount(part, minlength=most + 1)
    return counts
