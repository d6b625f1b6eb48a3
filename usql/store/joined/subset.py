"""Some of the sessions of a store: rows of a column are selected when it is first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from usql.catalog import PRIMARY, Catalog, FieldType, Origin, default_catalog
from usql.store.batches.duplicate_keys import (
    rows_with_duplicates,
    sentence,
    without_duplicate_notes,
)
from usql.store.columns import (
    AnyColumn,
    Array,
    Column,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
    TableData,
)
from usql.store.compact import narrowed_numbers
from usql.store.lazy import Lazy, Watch, Watched, uncached
from usql.store.views import Ints, expand_runs, take
from usql.store.widths import unsigned


def some_sessions(store: Store, rows: Ints) -> Store:
    """The sessions of these rows, which ascend, with their children. The only columns read now are
    those of fields that remain only if some remaining session has a value, and of property lists
    with a note on duplicate keys."""
    tables = {name: _table(data, rows) for name, data in store.tables.items()}
    gone = {
        (table, name)
        for table, name in _only_where_held(store)
        if not _has_values(tables[table].columns[name])
    }
    tables = {n: _without(data, {c for t, c in gone if t == n}) for n, data in tables.items()}
    catalog = _catalog(store.catalog, tables, gone)
    notes, duplicates = without_duplicate_notes(store.notes)
    for table, name in duplicates:
        column = tables[table].columns[name]
        assert isinstance(column, PropertiesColumn)
        count = rows_with_duplicates(column)
        notes += [sentence(count, table, name)] if count else []
    subset = Store(tables, catalog, tuple(notes))
    return replace(subset, known_span=subset.span)


def _table(data: TableData, rows: Ints) -> TableData:
    """A table of the sessions of these rows."""
    if data.name == PRIMARY:
        return TableData(data.name, len(rows), _columns(data.columns, rows))
    offsets = data.offsets
    assert offsets is not None
    entries, new = expand_runs(offsets, rows)
    kind = np.int32 if len(new) < 2**31 else np.int64
    links: dict[str, Callable[[], Array]] = {
        "offsets": lambda: new,
        "parent": lambda: np.repeat(np.arange(len(rows), dtype=kind), np.diff(new)),
    }
    derived = _columns(data.derived, entries) if len(entries) else {}
    return TableData(data.name, len(entries), _columns(data.columns, entries), Lazy(links), derived)


def _columns(columns: Mapping[str, AnyColumn], rows: Ints) -> Mapping[str, AnyColumn]:
    def load(name: str, watch: Watch | None) -> AnyColumn:
        return tight(take(uncached(columns, name, watch), rows))

    return Watched({name: partial(load, name) for name in columns})


def tight(column: AnyColumn) -> AnyColumn:
    """The column with a dictionary of only what occurs in it, and numbers as narrow as possible."""
    match column:
        case ListColumn():
            return ListColumn(column.offsets, _tight_values(column.entries))
        case PropertiesColumn():
            keys, values = _tight_values(column.keys), _tight_values(column.values)
            more = None if column.more is None else _tight_values(column.more)
            assert isinstance(keys, DictionaryColumn)
            assert isinstance(more, DictionaryColumn | None)
            has_more = more is not None and len(more.dictionary) > 0
            return PropertiesColumn(column.offsets, keys, values, more if has_more else None)
        case _:
            return _tight_values(column)


def _tight_values(column: Column) -> Column:
    if isinstance(column, NumberColumn):
        valid = None if column.valid is None or column.valid.all() else column.valid
        return NumberColumn(column.type, narrowed_numbers(column.values), valid)
    if column.type is FieldType.BOOLEAN:
        return column
    used = np.zeros(len(column.dictionary) + 1, dtype=np.bool_)
    used[column.codes] = True
    used = used[:-1]
    count = int(np.count_nonzero(used))
    if count == len(used):
        return column
    lookup = np.append(np.cumsum(used) - 1, count).astype(unsigned(count))
    return DictionaryColumn(
        column.type, lookup[column.codes], column.dictionary.take(np.flatnonzero(used))
    )


def _only_where_held(store: Store) -> Iterator[tuple[str, str]]:
    """The columns of fields that the catalog has only if the data has values for them."""
    for table in default_catalog():
        for field in table.fields:
            is_held = field.name in store.tables[table.name].columns
            if is_held and field.origin in (Origin.LEGACY, Origin.DERIVED):
                yield table.name, field.name


def _has_values(column: AnyColumn) -> bool:
    match column:
        case DictionaryColumn():
            return bool((column.codes != column.null_code).any())
        case NumberColumn():
            return column.valid is None or bool(column.valid.any())
        case _:
            return len(column) > 0


def _without(data: TableData, names: set[str]) -> TableData:
    columns: dict[str, Callable[[Watch | None], AnyColumn]] = {
        n: partial(uncached, data.columns, n) for n in data.columns if n not in names
    }
    return replace(data, columns=Watched(columns)) if names else data


def _catalog(
    catalog: Catalog, tables: Mapping[str, TableData], gone: set[tuple[str, str]]
) -> Catalog:
    """The catalog without the fields that no remaining session has, and with the remaining keys."""
    fields = {
        t.name: [f for f in t.fields if f.origin is Origin.DATA and (t.name, f.name) not in gone]
        for t in catalog
    }
    keys = {
        (table, name): partial(_keys, tables[table].columns, name)
        for table, name in catalog.property_keys
    }
    whole = default_catalog().with_data(fields, {})
    return replace(whole, property_keys=Lazy(keys), loaded=catalog.loaded)


def _keys(columns: Mapping[str, AnyColumn], name: str) -> tuple[str, ...]:
    column = columns[name]
    assert isinstance(column, PropertiesColumn)
    return tuple(column.keys.dictionary.to_pylist())
