"""Loads that are done a second time with some fields only, and have to come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.store.same import assert_columns, assert_equal
from usql.catalog import PRIMARY, default_catalog
from usql.catalog.model import Projection
from usql.catalog.projection import projection_of
from usql.errors import DataError
from usql.store import Store
from usql.store import load as whole
from usql.store.columns import TableData

_ABOUT_FIELDS = ("Fields with names of older exports", "have a key of")
"""Parts of notes that tell of single fields: those that are read."""


def load(source: Any, **options: Any) -> Store:
    """What ``usql.store.loading`` gives, once it is sure that loads of some fields give just these."""
    if options.get("fields") is not None or _is_read_once(source):
        return whole(source, **options)
    again = {k: v for k, v in options.items() if k not in ("progress", "rejects", "fields")}
    try:
        store = whole(source, **options)
    except DataError as error:
        for fields in _meeting(error):
            _check_error(source, again, error, fields)
        raise
    for fields in _choices(store):
        check(store, whole(source, **again, fields=fields), fields)
    return store


def _is_read_once(source: Any) -> bool:
    if isinstance(source, list):
        return any(map(_is_read_once, source))
    is_input = hasattr(source, "read") or (isinstance(source, str) and source == "-")
    return is_input or isinstance(source, Iterator | pa.RecordBatchReader)


# --- stores ---------------------------------------------------------------------------------------


def _choices(store: Store) -> list[list[str]]:
    """Nothing, and the first and the last field of each table that the data has."""
    some = []
    for name, table in store.tables.items():
        held = [f'{name}."{column}"' for column in table.columns]
        some += [*held[:1], *held[-1:]]
    return [[], some]


def check(store: Store, some: Store, fields: list[str]) -> None:
    """``some`` has just these fields of what the store has."""
    loaded = projection_of(fields, store.catalog)
    assert loaded is not None
    assert some.catalog.loaded is not None
    assert some.catalog.loaded.tables == loaded.tables
    assert some.sessions == store.sessions
    assert some.span == store.span
    assert _notes(some) == _notes(store), fields
    for name in loaded.tables:
        _check_table(store.tables[name], some.tables[name], loaded)
        _check_fields(store, some, name, loaded)


def _check_table(table: TableData, some: TableData, loaded: Projection) -> None:
    name = table.name
    assert some.rows == table.rows
    assert_equal(some.offsets, table.offsets)
    assert_equal(some.parent, table.parent)
    for columns, others in ((table.columns, some.columns), (table.derived, some.derived)):
        assert [c for c in columns if loaded.has(name, c)] == list(others)
        for column in others:
            assert_columns(others[column], columns[column])


def _check_fields(store: Store, some: Store, name: str, loaded: Projection) -> None:
    table, other = store.catalog.table(name), some.catalog.table(name)
    assert [f for f in table.fields if loaded.has(name, f.name)] == [
        f for f in other.fields if loaded.has(name, f.name)
    ]
    for (owner, field), keys in store.catalog.property_keys.items():
        if owner == name and loaded.has(name, field):
            assert some.catalog.property_keys[owner, field] == keys


def _notes(store: Store) -> list[str]:
    return [n for n in store.notes if not any(part in n for part in _ABOUT_FIELDS)]


# --- errors ---------------------------------------------------------------------------------------


def _meeting(error: DataError) -> list[list[str]]:
    """Fields of which the error has to be met: almost all, none if it is about a row or a source as
    a whole, else the one that it is about."""
    children = default_catalog().table(PRIMARY).children
    almost = [f"{name}.*" for name in (PRIMARY, *children.values())][:-1]
    if not error.path:
        return [almost, []]
    own, _, inner = error.path.partition(".")
    own = own.partition("[")[0]
    if own not in children:
        return [almost, [f'{PRIMARY}."{own}"']]
    if children[own] in almost[-1]:
        return []
    return [almost, [f'{children[own]}."{inner.partition("[")[0]}"']]


def _check_error(source: Any, options: dict[str, Any], error: DataError, fields: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        whole(source, **options, fields=fields)
    assert str(caught.value) == str(error)
