"""Parts of a set of data, loaded with the catalog of the whole."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from usql.catalog import Catalog
from usql.errors import DataError
from usql.store import Store, load
from usql.store.views import to_arrow

Row = dict[str, Any]


def whole(*rows: Row) -> Catalog:
    return load([{"city": "Linz", **row} for row in rows]).catalog


def part(catalog: Catalog, *rows: Row, **options: Any) -> Store:
    return load([{"city": "Linz", **row} for row in rows], catalog=catalog, **options)


def values(store: Store, name: str) -> list[Any]:
    return to_arrow(store.tables["usersession"].columns[name]).to_pylist()


@pytest.mark.parametrize(
    ("rows", "own", "found"),
    [
        ([{"x": 1.5}, {"x": 2}], {"x": 2}, 2.0),
        ([{"x": "a"}, {"x": 2}], {"x": 2}, "2"),
        ([{"x": {"a": 1}}, {"x": 2}], {"x": 2}, "2"),
        ([{"x": [1.5]}, {"x": [2]}], {"x": [2]}, [2.0]),
        ([{"x": 1}], {"x": 2}, 2),
    ],
)
def test_further_fields_have_the_types_of_the_whole(rows: list[Row], own: Row, found: Any) -> None:
    catalog = whole(*rows)
    store = part(catalog, own)
    assert values(store, "x") == [found]
    assert type(values(store, "x")[0]) is type(found)
    assert store.catalog == catalog


def test_a_part_need_not_have_all_fields() -> None:
    catalog = whole({"x": 1, "stringProperties": [{"key": "k", "value": "v"}]})
    store = part(catalog, {"country": "Spain"})
    assert store.catalog.table("usersession").get("x") is not None
    assert "x" not in store.tables["usersession"].columns
    assert store.catalog.property_keys["usersession", "stringProperties"] == ("k",)


def test_what_is_not_of_the_whole_is_told() -> None:
    with pytest.raises(DataError, match="y: this field is new"):
        part(whole({"x": 1}), {"y": 1})
    with pytest.raises(DataError, match="x: expected values of type int64, found string"):
        part(whole({"x": 1}), {"x": "a"})


def test_some_fields_of_a_part() -> None:
    catalog = whole({"x": 1.5, "y": 1})
    store = part(catalog, {"x": 2, "y": "not looked at"}, fields=["x"])
    assert values(store, "x") == [2.0]
    loaded = store.catalog.loaded
    assert loaded is not None
    assert loaded.has("usersession", "x")
    assert not loaded.has("usersession", "y")


def test_a_column_without_values_has_the_type_of_the_whole() -> None:
    table = pa.table({"city": ["Linz"], "x": pa.nulls(1, pa.string())})
    store = load(table, catalog=whole({"x": 1}))
    assert values(store, "x") == [None]
    with pytest.raises(DataError, match="x: expected values of type int64, found string"):
        load(pa.table({"city": ["Linz"], "x": ["a"]}), catalog=whole({"x": 1}))
