"""Fields for rows of the queried table against plain lists, and what tests and indexes become."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import row_numbers
from tests.unit.engine.pieces import access_to
from usql.analysis.bound import FieldRef
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import Nested, flat, present, to_arrow
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import OfRow, SomeChild, compile_condition
from usql.engine.rows.predicates import Decided
from usql.engine.rows.row_indexes import RowFlags, RowIds
from usql.store.columns import ListColumn, NumberColumn

CASES = [(table, name) for table, names in few.FIELDS.items() for name in names]
SEVEN: list[Any] = [slice(0, 7), slice(0, 0), slice(2, 5), slice(4, 7), slice(3, 4), np.array([0, 4, 6]), np.array([5, 1, 1]), np.array([], dtype=np.int64)]  # fmt: skip


def indexed(fewest: int, rows: list[Any], table: str = "usersession", **options: Any) -> Access:
    """Rows of which there are indexes where they are no fewer."""
    return access_to(rows, table, {"fewest_indexed_rows": fewest}, **options)


@pytest.mark.parametrize(("table", "name"), CASES)
def test_values_of_rows(table: str, name: str) -> None:
    """A value per row; of a list, or of children, a list per row; of lists of children one for each."""
    access = few.access(table)
    field = few.field(access, name)
    is_nested = field.is_list and table == "usersession" and field.table != table
    values: list[Any] = few.lists_of(name) if is_nested else few.values_of(table, name)
    for rows in SEVEN:
        found: Any = access.values(field, rows)
        own = [values[row] for row in row_numbers(rows)]
        wanted = own if field.multi else [value for (value,) in own]
        assert to_arrow(found).to_pylist() == wanted
        assert isinstance(found, Nested) is is_nested
        assert isinstance(found, ListColumn) is (field.multi and not is_nested)
        every = flat(found)
        entries = every.entries if isinstance(every, ListColumn) else every
        if isinstance(entries, NumberColumn) and entries.valid is not None:
            assert not entries.values[~entries.valid].any()


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("usersession", "stringProperties"),
        ("useraction", "stringProperties"),
        ("useraction", "usersession.stringProperties"),
        ("usersession", "useraction.stringProperties"),
        ("usersession", "longProperties"),
        ("usersession", "useraction.longProperties"),
    ],
)
def test_property_lists_of_rows(table: str, name: str) -> None:
    access = few.access(table)
    name_of_list = name.rpartition(".")[2]
    field = FieldRef(
        name.rpartition(".")[0] or table, name_of_list, None, FieldType.PROPERTIES, False,
        name.startswith("useraction"), FieldType.STRING if "string" in name else FieldType.LONG,
    )  # fmt: skip
    every: list[Any] = []
    for session, action in few.rows_of(table):
        if name.startswith("useraction"):
            every.append([a.get(name_of_list, []) for a in session.get("userActions", [])])
        else:
            home = session if name.startswith("usersession") or action is None else action
            every.append(home.get(name_of_list, []))
    for rows in SEVEN:
        found = access.values(field, rows)
        assert to_arrow(found).to_pylist() == [every[row] for row in row_numbers(rows)]
        assert isinstance(found, Nested) is field.multi


def test_the_children_of_sessions() -> None:
    access = few.access("usersession")
    for rows in SEVEN:
        entries, offsets = access.entries("useraction", rows)
        counts = [len(few.SESSIONS[row].get("userActions", [])) for row in row_numbers(rows)]
        assert np.diff(offsets).tolist() == counts
        assert offsets[0] == 0
        found = row_numbers(entries)
        owners = few.access("useraction").parent[found].tolist()
        assert owners == [r for r, n in zip(row_numbers(rows), counts, strict=True) for _ in range(n)]  # fmt: skip


NOTHING = [
    ("endTime", FieldType.TIMESTAMP, [None] * 3),
    ("city", FieldType.STRING, [None] * 3),
    ("bounce", FieldType.BOOLEAN, [None] * 3),
    ("matchingConversionGoals", FieldType.STRING, [[], [], []]),
    ("longProperties.items", FieldType.LONG, [None] * 3),
    ("doubleProperties.tax", FieldType.DOUBLE, [None] * 3),
]


@pytest.mark.parametrize(("name", "kind", "values"), NOTHING)
def test_a_field_that_the_data_does_not_have_is_missing(
    name: str, kind: FieldType, values: list[Any]
) -> None:
    access = access_to([{"duration": 1}] * 3)
    name, _, key = name.partition(".")
    is_list = name == "matchingConversionGoals"
    field = FieldRef("usersession", name, key or None, kind, is_list, is_list)
    column = access.column(field)
    assert len(column) == 3
    assert to_arrow(column).to_pylist() == values
    assert not present(column).any()
    inner: Any = getattr(column, "entries", column)
    assert inner.type is kind


@pytest.mark.parametrize("kind", [FieldType.LONG, FieldType.STRING, FieldType.TIMESTAMP])
def test_a_property_list_that_the_data_does_not_have_is_empty(kind: FieldType) -> None:
    access = access_to([{"duration": 1}] * 3)
    field = FieldRef("usersession", "someProperties", None, FieldType.PROPERTIES, False, False, kind)  # fmt: skip
    column: Any = access.column(field)
    assert column.values.type is kind
    assert len(column.keys) == len(column.values) == 0
    assert column.offsets.tolist() == [0, 0, 0, 0]
    assert column.offsets.dtype == np.int64


def compiled(access: Access, condition: str) -> Any:
    test: Any = few.condition(access, condition)
    return access.test(test)


def test_tests_of_dates_have_minima_and_maxima() -> None:
    access = access_to([{"startTime": t, "endTime": 9 - t, "duration": t} for t in range(5)])
    test, zones, ascends = compiled(access, "startTime > 2")
    assert test.mask(slice(0, 5)).tolist() == [False, False, False, True, True]
    assert zones is not None
    assert ascends
    test, zones, ascends = compiled(access, "endTime > 6")
    assert zones is not None
    assert not ascends
    test, zones, ascends = compiled(access, "duration > 2")
    assert (zones, ascends) == (None, False)
    test, zones, ascends = compiled(access, "startTime > 1000000")
    assert isinstance(test, Decided)
    assert (zones, ascends) == (None, False)
    test, zones, ascends = compiled(access, "country = 'A'")
    assert isinstance(test, Decided)
    assert test.mask(slice(0, 5)).tolist() == [False] * 5
    assert (zones, ascends) == (None, False)


MANY = [
    {
        "city": f"{number % 4}",
        "userId": f"{number:04}",
        "country": "rare" if number % 97 == 5 else "often",
        "userActions": [{"name": "x" if number % 2 else "y"}] * (number % 3),
    }
    for number in range(300)
]


@pytest.fixture
def many() -> Access:
    return indexed(300, MANY)


@pytest.mark.parametrize(
    ("condition", "node", "name"),
    [
        ("city = '1'", OfRow, ""),  # narrow codes are read as fast as flags
        ("city IN ('1', '3')", RowFlags, "rows with usersession.city in "),
        ("country = 'rare'", RowIds, "rows with usersession.country in 1-1"),
        ("userId >= '0100'", RowFlags, "rows with usersession.userId in 100-299"),
        ("useraction.name = 'y'", RowFlags, "sessions with useraction.name in 1-1"),
        ("duration > 3", OfRow, ""),
        ("useraction.duration > 3", SomeChild, ""),
    ],
)
def test_tests_of_texts_become_indexes(many: Access, condition: str, node: Any, name: str) -> None:
    made: Any = compile_condition(many, few.condition(many, condition))
    assert isinstance(made, node)
    assert name in getattr(made, "name", "")
    assert list(many.used) == ([made.name] if name else [])
    every = slice(0, 300)
    plain = access_to(MANY, index_memory=0)
    wanted = compile_condition(plain, few.condition(plain, condition)).mask(every)
    assert made.mask(every).tolist() == wanted.tolist()
    fresh = indexed(301, MANY)  # too few
    made = compile_condition(fresh, few.condition(fresh, condition))
    assert isinstance(made, OfRow | SomeChild)


def test_rows_of_the_table_whose_rows_are_told_are_counted() -> None:
    """An index of sessions is worth it by their number, not by that of the children tested."""
    for rows, is_indexed in ((4, True), (5, False)):
        access = indexed(rows, [{"userActions": [{"name": "x"}]}] + [{"userActions": [{"name": "y"}] * 9}] * 3)  # fmt: skip
        node = compile_condition(access, few.condition(access, "useraction.name = 'x'"))
        assert isinstance(node, RowFlags) is is_indexed
    access = indexed(5, [{"userActions": [{"name": n} for n in "xyzxx"]}], "useraction")
    node = compile_condition(access, few.condition(access, "name IN ('x', 'z')"))
    assert node.mask(slice(0, 5)).tolist() == [True, False, True, True, True]
    assert isinstance(node, RowFlags)
    access = indexed(9, [{"city": "x"}] + [{"city": "y", "userActions": [{}] * 9}] * 3, "useraction")  # fmt: skip
    compile_condition(access, few.condition(access, "usersession.city IN ('x', 'z')"))
    assert not access.used


def test_indexes_are_built_and_named_once_they_serve() -> None:
    access = indexed(3, [{"city": c} for c in "abc"])
    assert access.has_indexes
    assert access.known_index("one") is None
    assert access.index("none", dict) == {}
    arrays = {"x": np.arange(3)}
    assert access.index("one", lambda: arrays) is arrays
    assert access.known_index("one") is arrays
    assert access.index("one", dict) is arrays
    assert list(access.used) == ["one"]
    other = Access(access.cache, "usersession", 0, access.control, builds=False)
    assert other.index("two", lambda: arrays) is None
    assert other.index("one", lambda: arrays) is arrays
    assert list(other.used) == ["one"]
    assert not indexed(3, [{"city": "x"}] * 3, index_memory=0).has_indexes
    assert indexed(3, [{"city": "x"}] * 3, index_memory=1).has_indexes
    assert not indexed(3, [{"city": "x"}] * 2).has_indexes


def test_the_bytes_of_fields_add_up() -> None:
    access = access_to([{"startTime": 1_700_000_000_000, "city": "Wien", "country": "Austria"}])
    fields = [few.field(access, name) for name in ("city", "country", "startTime")]
    assert access.bytes_of(fields) == 1 + 1 + 8
    assert access.bytes_of([]) == 0
