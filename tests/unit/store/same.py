"""Whether two stores hold the same, column by column."""

from __future__ import annotations

import numpy as np

from usql.store.columns import (
    AnyColumn,
    DictionaryColumn,
    ListColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
)


def assert_same(a: Store, b: Store) -> None:
    assert a.catalog == b.catalog
    assert a.notes == b.notes
    assert a.span == b.span
    assert list(a.tables) == list(b.tables)
    for name, table in a.tables.items():
        other = b.tables[name]
        assert (table.name, table.rows) == (other.name, other.rows)
        assert_equal(table.offsets, other.offsets)
        assert_equal(table.parent, other.parent)
        for columns, others in ((table.columns, other.columns), (table.derived, other.derived)):
            assert list(columns) == list(others)
            for field, column in columns.items():
                assert_columns(column, others[field])


def assert_columns(a: AnyColumn, b: AnyColumn) -> None:
    assert type(a) is type(b)
    match a, b:
        case DictionaryColumn(), DictionaryColumn():
            assert a.type is b.type
            assert_equal(a.codes, b.codes)
            assert a.dictionary.equals(b.dictionary)
        case NumberColumn(), NumberColumn():
            assert a.type is b.type
            assert_equal(a.values, b.values)
            assert_equal(a.valid, b.valid)
        case ListColumn(), ListColumn():
            assert_equal(a.offsets, b.offsets)
            assert_columns(a.entries, b.entries)
        case PropertiesColumn(), PropertiesColumn():
            assert_equal(a.offsets, b.offsets)
            assert_columns(a.keys, b.keys)
            assert_columns(a.values, b.values)
            assert (a.more is None) == (b.more is None)
            if a.more is not None and b.more is not None:
                assert_columns(a.more, b.more)


def assert_equal(a: object, b: object) -> None:
    """Arrays of one type with the same values, or nothing on both sides."""
    if a is None or b is None:
        assert a is b
        return
    assert isinstance(a, np.ndarray)
    assert isinstance(b, np.ndarray)
    assert a.dtype == b.dtype
    np.testing.assert_array_equal(a, b)
