"""The data of one query: fields of the queried table's rows, whichever table they lie in."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import numpy as np

from usql.analysis.bound import FieldRef
from usql.catalog.model import PRIMARY, FieldType
from usql.engine.kernels import Ints
from usql.engine.vectors import (
    NestedProperties,
    Vector,
    missing,
    property_column,
)
from usql.store.columns import (
    AnyColumn,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
    TableData,
)
from usql.store.views import expand_runs, take, take_values

_PROPERTY_COLUMNS: weakref.WeakKeyDictionary[PropertiesColumn, dict[str, Column]]
_PROPERTY_COLUMNS = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def _property(column: PropertiesColumn, key: str) -> Column:
    """One property as a column, made on first use and kept as long as the store is."""
    with _LOCK:
        known = _PROPERTY_COLUMNS.setdefault(column, {})
        if key not in known:
            known[key] = property_column(column, key)
        return known[key]


@dataclass(frozen=True, slots=True)
class Access:
    """Reads fields for rows of the queried table."""

    store: Store
    table: str
    utc_offset: int

    @property
    def data(self) -> TableData:
        """The queried table."""
        return self.store.tables[self.table]

    def column(self, field: FieldRef) -> AnyColumn:
        """A field over all rows of its own table; nulls where the data does not have it."""
        table = self.store.tables[field.table]
        found = table.derived.get(field.name, table.columns.get(field.name))
        if isinstance(found, PropertiesColumn) and field.key is not None:
            return _property(found, field.key)
        if found is not None:
            return found
        kind = field.value_type or field.type if field.type is FieldType.PROPERTIES else field.type
        nothing = missing(
            kind, 0 if field.is_list or field.type is FieldType.PROPERTIES else table.rows
        )
        offsets = np.zeros(table.rows + 1, dtype=np.int64)
        if field.type is FieldType.PROPERTIES:
            keys = missing(FieldType.STRING, 0)
            return PropertiesColumn(offsets, keys, nothing)  # type: ignore[arg-type]  # a dictionary
        return ListColumn(offsets, nothing) if field.is_list else nothing

    def values(self, field: FieldRef, rows: Ints) -> Vector:
        """A field for rows of the queried table: a value or a list per row (LANGUAGE.md §3)."""
        column = self.column(field)
        if field.table == self.table:
            return take(column, rows)
        if self.table != PRIMARY:
            return take(column, self.parent[rows])
        entries, offsets = expand_runs(self.offsets(field.table), rows)
        found = take(column, entries)
        if isinstance(found, ListColumn):
            return _flatten(offsets, found)
        if isinstance(found, PropertiesColumn):
            return NestedProperties(offsets, found)
        return ListColumn(offsets, found)

    @property
    def parent(self) -> Ints:
        """The session of each row of a secondary table."""
        parent = self.data.parent
        assert parent is not None
        return parent

    def offsets(self, table: str) -> Ints:
        """Where each session's rows of a secondary table begin."""
        offsets = self.store.tables[table].offsets
        assert offsets is not None
        return offsets


def _flatten(outer: Ints, inner: ListColumn) -> ListColumn:
    """Lists of lists as one list per row: a child without entries gives one null."""
    lengths = np.diff(inner.offsets)
    padded = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(np.maximum(lengths, 1), out=padded[1:])
    places = np.repeat(padded[:-1] - inner.offsets[:-1], lengths) + np.arange(inner.offsets[-1])
    picks = np.full(padded[-1], len(inner.entries), dtype=np.int64)
    picks[places] = np.arange(inner.offsets[-1])
    return ListColumn(padded[outer], take_values(_with_null(inner.entries), picks))


def _with_null(column: Column) -> Column:
    """The column with a null behind its last value."""
    if isinstance(column, DictionaryColumn):
        codes = np.append(column.codes, column.codes.dtype.type(column.null_code))
        return DictionaryColumn(column.type, codes, column.dictionary)
    valid = np.ones(len(column), np.bool_) if column.valid is None else column.valid
    values = np.append(column.values, column.values.dtype.type(0))
    return NumberColumn(column.type, values, np.append(valid, False))
