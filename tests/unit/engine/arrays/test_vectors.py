"""Vectors against plain lists: nulls, properties of one key, numbers for values and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.engine.columns import INT_TYPES, lists, numbers, texts
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import (
    Nested,
    compact,
    decode,
    every_value,
    flat,
    integers,
    missing,
    nbytes,
    present,
    property_column,
    sort_keys,
    to_arrow,
    with_entries,
)
from usql.engine.rows.piecewise import factorize
from usql.engine.runtime.limits import Control
from usql.store.columns import Column, DictionaryColumn, NumberColumn, PropertiesColumn

BOOLS = DictionaryColumn(FieldType.BOOLEAN, np.array([1, 2, 1], np.uint8), pa.array([False, True]))
COLUMNS: list[tuple[Column, list[Any]]] = [
    (texts(["b", None, "a", "b"]), ["b", None, "a", "b"]),
    (texts([]), []),
    (texts([None, None]), [None, None]),
    (BOOLS, [True, None, True]),
    (numbers([3, -1, 3], np.int8), [3, -1, 3]),
    (numbers([], np.int16), []),
    (numbers([None, 2**62 + 1, None, -5], np.int64), [None, 2**62 + 1, None, -5]),
    (numbers([None, None], np.int32), [None, None]),
    (numbers([0.5, None, -0.5, np.inf], np.float64), [0.5, None, -0.5, np.inf]),
]


def properties(rows: list[list[tuple[str, Any]]], values: Any) -> PropertiesColumn:
    """A column of these pairs; ``values`` makes the column of their values."""
    pairs = [pair for row in rows for pair in row]
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return PropertiesColumn(offsets, texts([k for k, _ in pairs]), values([v for _, v in pairs]))


@pytest.mark.parametrize("kind", [k for k in FieldType if k is not FieldType.PROPERTIES])
@pytest.mark.parametrize("rows", [0, 3])
def test_a_missing_column_is_one_of_its_type_without_values(kind: FieldType, rows: int) -> None:
    column = missing(kind, rows)
    assert column.type is kind
    assert len(column) == rows
    assert present(column).tolist() == [False] * rows
    arrow = to_arrow(column)
    assert arrow.to_pylist() == [None] * rows
    wanted = {FieldType.BOOLEAN: pa.bool_(), FieldType.DOUBLE: pa.float64()}
    text = kind in (FieldType.STRING, FieldType.ENUM, FieldType.IP)
    assert arrow.type == (pa.string() if text else wanted.get(kind, pa.int64()))
    if isinstance(column, NumberColumn):
        assert column.values.dtype == (np.float64 if kind is FieldType.DOUBLE else np.int8)
        assert integers(column).dtype == np.int64
    else:
        assert column.codes.dtype == np.uint8
    if kind is FieldType.BOOLEAN:
        assert isinstance(column, DictionaryColumn)
        assert column.dictionary.to_pylist() == [False, True]


@pytest.mark.parametrize(("column", "values"), COLUMNS)
def test_columns_as_numbers_and_back(column: Column, values: list[Any]) -> None:
    has = [v is not None for v in values]
    assert present(column).tolist() == has
    assert to_arrow(column).to_pylist() == values
    distinct = sorted({v for v in values if v is not None})
    factors = factorize(Control(), column)
    if column.type is FieldType.BOOLEAN:
        distinct = [False, True]
    assert to_arrow(factors.values).to_pylist() == distinct
    assert factors.null == len(distinct)
    assert factors.codes.dtype == np.int64
    assert factors.codes.tolist() == [distinct.index(v) if v is not None else len(distinct) for v in values]  # fmt: skip
    back = decode(factors, factors.codes)
    assert to_arrow(back).to_pylist() == values
    assert back.type is factors.values.type is column.type
    if isinstance(back, DictionaryColumn):
        assert back.codes.dtype == np.uint8
    nulls, keys = sort_keys(column)
    assert nulls.tolist() == [not h for h in has]
    assert [values[i] for i in np.argsort(keys, kind="stable") if has[i]] == sorted(v for v in values if v is not None)  # fmt: skip


@pytest.mark.parametrize("kind", INT_TYPES)
def test_integers_have_64_bits(kind: Any) -> None:
    found = integers(numbers([1, -2], kind))
    assert found.dtype == np.int64
    assert found.tolist() == [1, -2]


def test_every_value_of_a_dictionary() -> None:
    column = texts(["b", None, "a"])
    factors = every_value(column)
    assert factors.codes.tolist() == [0, 1]
    assert isinstance(factors.values, DictionaryColumn)
    assert factors.values.codes.dtype == column.codes.dtype
    assert to_arrow(factors.values).to_pylist() == ["a", "b"]
    assert factors.values.type is FieldType.STRING


PAIRS: list[list[tuple[str, Any]]] = [
    [],
    [("x", 1), ("y", 2), ("x", 3)],
    [("y", None), ("y", 5)],
    [("x", None)],
    [],
    [("z", 7), ("y", 0), ("x", 4), ("x", None)],
    [],
]


@pytest.mark.parametrize("shape", ["long", "double", "text"])
@pytest.mark.parametrize("last", [1, 6, 7])
def test_the_first_pair_of_a_row_answers_for_its_key(shape: str, last: int) -> None:
    def made(values: list[Any]) -> Column:
        if shape == "text":
            return texts([None if v is None else str(v) for v in values])
        return numbers(values, np.int16 if shape == "long" else np.float64)

    rows = PAIRS[:last]
    column = properties(rows, made)
    for key in ("x", "y", "z", "none"):
        found = property_column(column, key, Control())
        wanted = [next((v for k, v in row if k == key), None) for row in rows]
        if shape == "text":
            wanted = [None if v is None else str(v) for v in wanted]
        assert to_arrow(found).to_pylist() == wanted
        assert found.type is column.values.type
        if isinstance(found, DictionaryColumn):
            assert found.codes.dtype == np.uint8
            assert found.dictionary.to_pylist() == sorted({v for v in wanted if v is not None})
    assert present(column).tolist() == [bool(row) for row in rows]


def test_properties_without_missing_values_have_them_all() -> None:
    column = properties([[("x", 1)], [], [("x", 2), ("y", 3)]], lambda v: numbers(v, np.int8))
    found = property_column(column, "x", Control())
    assert isinstance(found, NumberColumn)
    assert found.values.dtype == np.int8
    assert to_arrow(found).to_pylist() == [1, None, 2]
    named = property_column(properties([[("x", "b")], [], [("x", "a")]], texts), "x", Control())
    assert isinstance(named, DictionaryColumn)
    assert named.codes.dtype == np.uint8
    assert to_arrow(named).to_pylist() == ["b", None, "a"]


def test_a_compact_dictionary_holds_what_occurs() -> None:
    dictionary = pa.array(["a", "b", "c", "d"])
    for codes in ([1, 3, 4], [3, 3], [4], [], [0, 1, 2, 3], [0, 1, 2, 3, 4], [0], [2, 1, 2]):
        column = DictionaryColumn(FieldType.ENUM, np.array(codes, np.uint16), dictionary)
        found = compact(column)
        assert to_arrow(found).to_pylist() == [[*"abcd", None][c] for c in codes]
        assert found.dictionary.to_pylist() == [v for i, v in enumerate("abcd") if i in codes]
        assert found.type is FieldType.ENUM
        assert len(found.dictionary) == 4 or found.codes.dtype == np.uint8
    assert compact(BOOLS) is BOOLS


def test_a_row_of_a_list_has_a_value_if_some_entry_has() -> None:
    column = lists(numbers([None, 1, None, None, 2], np.int8), [0, 2, 1, 0, 2])
    assert present(column).tolist() == [False, True, False, False, True]
    assert to_arrow(column).to_pylist() == [[], [None, 1], [None], [], [None, 2]]


def test_a_row_with_properties_of_some_child_has_them() -> None:
    pairs = PropertiesColumn(
        np.array([0, 0, 2, 2, 3]), texts(["a"] * 3), numbers([1, 2, 3], np.int8)
    )
    nested = Nested(np.array([0, 2, 2, 3, 4]), pairs)
    assert present(flat(nested)).tolist() == [True, False, False, True]
    assert present(flat(pairs)).tolist() == [False, True, False, True]


def test_lists_of_children() -> None:
    inner = lists(texts(["a", None, "b", "c"]), [2, 0, 1, 1])
    nested = Nested(np.array([0, 2, 2, 4]), inner)
    assert to_arrow(nested).to_pylist() == [[["a", None], []], [], [["b"], ["c"]]]
    assert to_arrow(flat(nested)).to_pylist() == [["a", None], [], ["b", "c"]]
    other = numbers([1, 2, 3, 4], np.int8)
    assert to_arrow(with_entries(nested, other)).to_pylist() == [[[1, 2], []], [], [[3], [4]]]
    assert to_arrow(with_entries(inner, other)).to_pylist() == [[1, 2], [], [3], [4]]
    assert flat(inner) is inner


def test_property_lists_of_children() -> None:
    inner = properties([[("a", 1)], [], [("b", 2)]], lambda v: numbers(v, np.int8))
    vector = Nested(np.array([0, 2, 2, 3]), inner)
    assert to_arrow(vector).to_pylist() == [
        [[{"key": "a", "value": 1}], []],
        [],
        [[{"key": "b", "value": 2}]],
    ]


# --- bytes ----------------------------------------------------------------------------------------

_FLAT = numbers([1, 2, 3], np.int16)
_LISTED = lists(_FLAT, [1, 0, 2])
_PAIRS = PropertiesColumn(_LISTED.offsets, texts(["a", "b", "a"]), numbers([1, 2, 3], np.int32))


@pytest.mark.parametrize(
    ("column", "size"),
    [
        (_FLAT, 3 * 2),
        (numbers([1, None, 3], np.int16), 3 * 2 + 3),
        (texts(["a", None, "b", "b"]), 4),
        (texts([f"{number}" for number in range(256)]), 512),
        (_LISTED, 4 * 8 + 3 * 2),
        (_PAIRS, 4 * 8 + 3 + 3 * 4),
    ],
)
def test_the_bytes_of_a_column(column: Any, size: int) -> None:
    assert nbytes(column) == size
