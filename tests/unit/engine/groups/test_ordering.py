"""What rows are sorted by: null flags, and keys that ascend or descend."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from tests.unit.engine.columns import lists, numbers, texts
from usql.analysis.bound import FieldRef, OrderBy
from usql.catalog.model import FieldType
from usql.engine.arrays.stable_order import stable_order
from usql.engine.groups.ordering import keys_of_groups
from usql.engine.rows.evaluate import Evaluator

FIELD = FieldRef("usersession", "f", None, FieldType.LONG, is_list=False, multi=False)


class Held:
    """An evaluator that has one column."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def order_column(self, expression: Any) -> Any:
        assert expression is FIELD
        return self._column


def order_of(column: Any, descending: bool) -> tuple[list[int], int]:
    """The rows in order, and how many keys that took."""
    keys = keys_of_groups(cast(Evaluator, Held(column)), OrderBy(FIELD, descending))
    return stable_order(keys, 0).tolist(), len(keys)


def expected(values: list[Any], descending: bool) -> list[int]:
    """Nulls last both ways, equal ones as they stand."""
    present = [row for row, value in enumerate(values) if value is not None]
    present.sort(key=lambda row: values[row], reverse=descending)
    return present + [row for row, value in enumerate(values) if value is None]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("column", "values"),
    [
        (numbers([3, -128, 127, 0, -1], np.int8), [3, -128, 127, 0, -1]),
        (numbers([5, None, -7, 0, None, 2], np.int16), [5, None, -7, 0, None, 2]),
        (numbers([0.5, None, -2.5, 0.0], np.float64), [0.5, None, -2.5, 0.0]),
        (texts(["b", None, "a", "c"]), ["b", None, "a", "c"]),
        (texts(["b", "a", "c"]), ["b", "a", "c"]),
        (numbers([None, None], np.int8), [None, None]),
    ],
)
def test_values_come_in_order(column: Any, values: list[Any], descending: bool) -> None:
    found, keys = order_of(column, descending)
    assert found == expected(values, descending)
    assert keys == 1 + (None in values)


OWN: list[list[int | None]] = [[3, 5], [None, 4], [], [None], [-9, 9, None], [4, 4]]


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float64])
@pytest.mark.parametrize("descending", [False, True])
def test_a_list_counts_as_its_smallest_or_largest(kind: Any, descending: bool) -> None:
    column = lists(numbers([v for own in OWN for v in own], kind), [len(own) for own in OWN])
    choose = max if descending else min
    values = [choose((v for v in own if v is not None), default=None) for own in OWN]
    assert order_of(column, descending) == (expected(values, descending), 2)


@pytest.mark.parametrize("descending", [False, True])
def test_equal_values_keep_their_order(descending: bool) -> None:
    assert order_of(numbers([1, None, 1, 0, None, 1], np.int8), descending)[0] == (
        [0, 2, 5, 3, 1, 4] if descending else [3, 0, 2, 5, 1, 4]
    )
