"""Orders and group aggregates of many rows, in each of the ways they are computed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.pieces import constants
from usql.engine.arrays import kernels


@pytest.fixture(autouse=True, scope="module", params=[0, 1 << 10])
def _few_to_sort(request: pytest.FixtureRequest) -> Iterator[None]:
    """Few rows are sorted like many, and in their own way."""
    with constants({"kernels._FEW_TO_SORT": request.param}):
        yield


INT64 = st.one_of(st.integers(-3, 3), st.sampled_from([-(2**63), 2**63 - 1, -(2**62), 2**40]))
DOUBLES = st.sampled_from([0.0, -0.0, 1.5, -1.5, np.inf, -np.inf, 5e-324, 1e300])
COLUMNS = {
    "flags": st.booleans(),
    "codes": st.integers(0, 3),
    "wide": INT64,
    "doubles": DOUBLES,
}
TYPES: dict[str, Any] = {
    "flags": np.bool_,
    "codes": np.uint8,
    "wide": np.int64,
    "doubles": np.float64,
}


@given(
    st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=3).flatmap(
        lambda kinds: st.tuples(
            st.just(kinds), st.lists(st.tuples(*(COLUMNS[k] for k in kinds)), max_size=30)
        )
    ),
    st.one_of(st.none(), st.integers(0, 30)),
)
def test_stable_order(made: tuple[list[str], list[tuple[Any, ...]]], most: int | None) -> None:
    kinds, rows = made
    columns = [np.array([r[i] for r in rows], dtype=TYPES[k]) for i, k in enumerate(kinds)]
    wanted = sorted(range(len(rows)), key=lambda i: (rows[i], i))
    assert kernels.stable_order(columns, most).tolist() == wanted[:most]


@pytest.mark.parametrize("most", [None, 1, 10, 600, 2999, 3000, 5000])
@pytest.mark.parametrize("first", ["equal", "few", "many", "double", "flag"])
@pytest.mark.parametrize("second", ["few", "wide", "double"])
def test_stable_order_of_many_rows(first: str, second: str, most: int | None) -> None:
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
    assert kernels.stable_order(chosen, most).tolist() == np.lexsort(chosen[::-1])[:most].tolist()


@pytest.mark.parametrize("columns", [[2**63 - 1, -(2**63)], [0, 2**62], [0, 2**52], [5, 5]])
def test_stable_order_at_the_limits_of_packing(columns: list[int]) -> None:
    keys = np.array(columns * 1000, dtype=np.int64)
    wanted = sorted(range(2000), key=lambda i: (keys[i], i))
    assert kernels.stable_order([keys]).tolist() == wanted
    assert kernels.stable_order([keys, keys]).tolist() == wanted


def test_the_order_of_no_rows() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    for most, columns in itertools.product(
        (None, 0, 5), ([nothing], [nothing, nothing.astype(float)])
    ):
        assert kernels.stable_order(columns, most).tolist() == []


@given(st.lists(DOUBLES, max_size=10))
def test_descending_doubles(values: list[float]) -> None:
    order = np.argsort(kernels.descending(np.array(values, dtype=np.float64)), kind="stable")
    assert [values[i] for i in order] == sorted(values, reverse=True)


def test_descending_flags() -> None:
    order = np.argsort(kernels.descending(np.array([False, True, False, True])), kind="stable")
    assert order.tolist() == [1, 3, 0, 2]


# --- groups ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("groups", [1, 3, 4000])
@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float64])
def test_extremes_of_many_rows(groups: int, kind: Any) -> None:
    random = np.random.default_rng(2)
    ids = random.integers(0, groups, 6000)
    values = random.integers(-100, 100, 6000).astype(kind)
    if kind is np.float64:
        values /= 8
    for largest, pick in ((True, max), (False, min)):
        found, has = kernels.group_extremes(ids, values, groups + 1, largest)
        for group in range(0, groups + 1, max(groups // 40, 1)):
            own = values[ids == group].tolist()
            assert bool(has[group]) == bool(own)
            assert not own or found[group] == pick(own)


@pytest.mark.parametrize(
    ("first", "second", "weight", "wanted"),
    [
        (1.0, 3.0, 0.5, 2.0),
        (np.inf, np.inf, 0.3, np.inf),
        (-np.inf, -np.inf, 0.3, -np.inf),
        (-np.inf, 5.0, 0.0, -np.inf),
        (1.0, np.inf, 0.0, 1.0),
        (1.0, np.inf, 0.1, np.inf),
        (-np.inf, 5.0, 0.1, -np.inf),
        (-1.5e308, 1.5e308, 0.5, 0.0),
        (-0.0, -0.0, 0.5, 0.0),
    ],
)
def test_between_two_doubles(first: float, second: float, weight: float, wanted: float) -> None:
    found = kernels.interpolated(np.array([first]), np.array([second]), np.array([weight]))
    assert found.tolist() == [wanted]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.999, 1.0])
def test_quantiles_of_many_rows(share: float) -> None:
    random = np.random.default_rng(3)
    ids, values = random.integers(0, 7, 5000), random.integers(-(2**40), 2**40, 5000)
    order = np.lexsort((values, ids))
    sizes = np.bincount(ids, minlength=8)
    found, has = kernels.weighted_quantiles(values[order], np.ones_like(ids), sizes, share)
    assert has.tolist() == [True] * 7 + [False]
    wanted = [np.quantile(values[ids == group], share) for group in range(7)]
    assert np.allclose(found[:7], wanted, rtol=1e-12)
