"""Orders of rows, in each of the ways they are found."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import INTEGERS
from usql.engine.arrays.stable_order import descending, stable_order

DOUBLES = st.sampled_from([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, 5e-324, 1e300])


COLUMNS = {
    "flags": st.booleans(),
    "codes": st.integers(0, 3),
    "wide": INTEGERS,
    "doubles": DOUBLES,
}


TYPES: dict[str, Any] = {
    "flags": np.bool_,
    "codes": np.uint8,
    "wide": np.int64,
    "doubles": np.float64,
}


@given(st.lists(INTEGERS, max_size=10))
def test_descending_keys(values: list[int]) -> None:
    keys = descending(np.array(values, dtype=np.int64))
    order = np.argsort(keys, kind="stable")
    assert [values[i] for i in order] == sorted(values, reverse=True)


@given(
    st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=3).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds), st.lists(st.tuples(*(COLUMNS[k] for k in kinds)), max_size=30)
        )
    ),
    st.one_of(st.none(), st.integers(0, 30)),
)
def test_stable_order(
    few: int, made: tuple[list[str], list[tuple[Any, ...]]], most: int | None
) -> None:
    kinds, rows = made
    columns = [np.array([r[i] for r in rows], dtype=TYPES[k]) for i, k in enumerate(kinds)]
    wanted = sorted(range(len(rows)), key=lambda i: (rows[i], i))
    assert stable_order(columns, few, most).tolist() == wanted[:most]


@pytest.mark.parametrize("most", [None, 1, 10, 600, 2999, 3000, 5000])
@pytest.mark.parametrize("first", ["equal", "few", "many", "double", "flag"])
@pytest.mark.parametrize("second", ["few", "wide", "double"])
def test_stable_order_of_many_rows(first: str, second: str, most: int | None, few: int) -> None:
    random = np.random.default_rng(1)
    columns: dict[str, Any] = {
        "equal": np.full(3000, -7),
        "few": random.integers(0, 4, 3000).astype(np.uint8),
        "many": random.integers(-(10**6), 10**6, 3000).astype(np.int32),
        "wide": random.integers(-(2**63), 2**63 - 1, 3000),
        "double": np.round(random.normal(size=3000), 1),
        "flag": random.random(3000) < 0.9,
    }
    chosen = [columns[first], columns[second], columns["few"]]
    assert stable_order(chosen, few, most).tolist() == np.lexsort(chosen[::-1])[:most].tolist()


@pytest.mark.parametrize("columns", [[2**63 - 1, -(2**63)], [0, 2**62], [0, 2**52], [5, 5]])
def test_stable_order_at_the_limits_of_packing(columns: list[int], few: int) -> None:
    keys = np.array(columns * 1000, dtype=np.int64)
    wanted = sorted(range(2000), key=lambda i: (keys[i], i))
    assert stable_order([keys], few).tolist() == wanted
    assert stable_order([keys, keys], few).tolist() == wanted


def test_the_order_of_no_rows(few: int) -> None:
    nothing = np.zeros(0, dtype=np.int64)
    for most, columns in itertools.product(
        (None, 0, 5), ([nothing], [nothing, nothing.astype(float)])
    ):
        assert stable_order(columns, few, most).tolist() == []


@given(st.lists(DOUBLES, max_size=10))
def test_descending_doubles(values: list[float]) -> None:
    order = np.argsort(descending(np.array(values, dtype=np.float64)), kind="stable")
    assert [values[i] for i in order] == sorted(values, reverse=True)


def test_descending_flags() -> None:
    order = np.argsort(descending(np.array([False, True, False, True])), kind="stable")
    assert order.tolist() == [1, 3, 0, 2]
