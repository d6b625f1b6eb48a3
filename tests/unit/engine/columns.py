"""Columns made by hand, as a store would hold them, and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from usql.catalog import PRIMARY, FieldType, default_catalog
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.runtime.limits import Control
from usql.store.columns import (
    AnyColumn,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    Store,
    TableData,
)
from usql.store.forms.dictionaries import encode_strings

INT_TYPES: list[Any] = [np.int8, np.int16, np.int32, np.int64]


def texts(values: Sequence[str | None], kind: FieldType = FieldType.STRING) -> DictionaryColumn:
    """A column of texts or addresses."""
    return encode_strings(kind, [pa.array(values, pa.string()).dictionary_encode()])


def numbers(values: Sequence[float | int | None], kind: Any) -> NumberColumn:
    """A column of numbers in an array of this type; where none is missing, without flags."""
    held = np.array([0 if v is None else v for v in values], dtype=kind)
    has = np.array([v is not None for v in values], dtype=np.bool_)
    of = FieldType.DOUBLE if held.dtype.kind == "f" else FieldType.LONG
    return NumberColumn(of, held, None if has.all() else has)


def lists(entries: Any, lengths: Sequence[int]) -> ListColumn:
    """A column of lists of so many entries each."""
    return ListColumn(np.concatenate(([0], np.cumsum(lengths))).astype(np.int64), entries)


def access_to(
    columns: Mapping[str, AnyColumn],
    offset: int = 0,
    index_memory: int = 0,
    control: Control | None = None,
) -> Access:
    """Sessions with these columns, as a query reads them whose clock is so many minutes ahead."""
    data = TableData(PRIMARY, len(next(iter(columns.values()))), columns)
    store = Store({PRIMARY: data}, default_catalog())
    control = control or Control()
    return Access(Cache(store, index_memory, control.tuning), PRIMARY, offset, control)


def some_rows(count: int) -> st.SearchStrategy[Any]:
    """A range of rows of a table, or ascending numbers of some."""
    ranges = st.tuples(st.integers(0, count), st.integers(0, count)).map(
        lambda ends: slice(min(ends), max(ends))
    )
    chosen = st.sets(st.integers(0, count - 1)) if count else st.just(set())
    return st.one_of(ranges, chosen.map(lambda rows: np.array(sorted(rows), dtype=np.int64)))


def row_numbers(rows: Any) -> list[int]:
    """The numbers of rows that may be a range."""
    return list(range(rows.start, rows.stop)) if isinstance(rows, slice) else rows.tolist()
