"""Values for JavaScript."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from usql.server.page.results import LARGEST_NUMBER, numbers_as_texts, safe_value

BIG = LARGEST_NUMBER + 1


@pytest.mark.parametrize(
    ("values", "kind", "shown"),
    [
        ([1.5, float("nan"), float("inf"), None], pa.float64(), [1.5, None, None, None]),
        ([LARGEST_NUMBER, -LARGEST_NUMBER, None], pa.int64(), [LARGEST_NUMBER, -LARGEST_NUMBER, None]),
        ([BIG, 1, None], pa.int64(), [str(BIG), 1, None]),
        ([[1], [-BIG, None], None], pa.list_(pa.int64()), [[1], [str(-BIG), None], None]),
        ([True, False], pa.bool_(), [True, False]),
        ([None], pa.null(), [None]),
        ([], pa.int64(), []),
    ],
)  # fmt: skip
def test_values(values: list[Any], kind: pa.DataType, shown: list[Any]) -> None:
    assert numbers_as_texts(pa.chunked_array([pa.array(values, kind)])) == shown


def test_pairs() -> None:
    pairs = pa.array([[("a", BIG)]], pa.list_(pa.struct({"key": pa.string(), "value": pa.int64()})))
    assert numbers_as_texts(pa.chunked_array([pairs])) == [[{"key": "a", "value": str(BIG)}]]


def test_nested_values() -> None:
    value = {"a": [BIG, True, {"b": -BIG}], "c": 1.5, "d": None, "e": "x"}
    assert safe_value(value) == {**value, "a": [str(BIG), True, {"b": str(-BIG)}]}
