"""Extremes and quantiles per group against plain Python."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import INTEGERS
from usql.engine.arrays.reductions import extremes_by_group, interpolated, weighted_quantiles
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import TimeLimit

PAIRS = st.lists(st.tuples(st.integers(0, 3), INTEGERS), max_size=12)


def split(pairs: list[tuple[int, Any]], kind: type) -> tuple[Any, Any]:
    return np.array([p[0] for p in pairs], dtype=np.int64), np.array(
        [p[1] for p in pairs], dtype=kind
    )


def weighted(values: Any, weights: Any, sizes: Any, share: float) -> Any:
    """Values that occur so often, and so many of each group."""
    return weighted_quantiles(values, np.cumsum(weights), np.append(0, np.cumsum(sizes)), share)


def quantiles_of(ids: Any, values: Any, count: int, share: float) -> Any:
    """By group, of values that do not stand in order."""
    order = np.lexsort((values, ids))
    sizes = np.bincount(ids, minlength=count)
    return weighted(values[order], np.ones_like(ids), sizes, share)


@given(PAIRS, st.booleans(), st.sampled_from([1, 4, 10_000]))
def test_extremes(pairs: list[tuple[int, int]], largest: bool, piece: int) -> None:
    ids, values = split(pairs, np.int64)
    control = Control(tuning=Tuning(rows_sorted_at_once=piece))
    found, has = extremes_by_group(control, ids, values, 4, largest)
    for g in range(4):
        own = [v for i, v in pairs if i == g]
        assert has[g] == bool(own)
        assert found[g] == ((max(own) if largest else min(own)) if own else 0)


def test_limits_are_looked_at_while_extremes_are_looked_for() -> None:
    ids = np.zeros(3, dtype=np.int64)
    with pytest.raises(TimeLimit):
        extremes_by_group(Control(deadline=0.0), ids, ids, 1, largest=True)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 3), st.integers(1, 4)), max_size=9),
    st.sampled_from([0, 0.25, 0.5, 0.9, 1]),
)
def test_values_that_count_several_times(triples: list[tuple[int, int, int]], share: float) -> None:
    """As if each stood there as often."""
    triples.sort()
    values, weights = (np.array([t[i] for t in triples], dtype=np.int64) for i in (1, 2))
    sizes = np.array([sum(t[2] for t in triples if t[0] == g) for g in range(3)])
    found = weighted(values, weights, sizes, share)
    each = np.ones(int(weights.sum()), dtype=np.int64)
    wanted = weighted(np.repeat(values, weights), each, sizes, share)
    assert [part.tolist() for part in found] == [part.tolist() for part in wanted]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-(2**40), 2**40)), max_size=12),
    st.sampled_from([0, 0.5, 0.9, 0.995, 1]),
)
def test_quantiles(pairs: list[tuple[int, int]], share: float) -> None:
    ids, values = split(pairs, np.int64)
    found, has = quantiles_of(ids, values, 3, share)
    for g in range(3):
        own = sorted(v for i, v in pairs if i == g)
        assert has[g] == bool(own)
        if own:
            place = Fraction(share) * (len(own) - 1)
            low = math.floor(place)
            high = min(low + 1, len(own) - 1)
            expected = own[low] + (own[high] - own[low]) * (place - low)
            assert math.isclose(found[g], float(expected), rel_tol=1e-9, abs_tol=1e-3)


def test_quantiles_of_infinities() -> None:
    ids = np.zeros(3, dtype=np.int64)
    found, _ = quantiles_of(ids, np.array([np.inf, np.inf, np.inf]), 1, 0.5)
    assert found[0] == np.inf
    found, _ = quantiles_of(np.zeros(2, dtype=np.int64), np.array([-np.inf, 5.0]), 1, 1.0)
    assert found[0] == 5.0


@pytest.mark.parametrize("groups", [1, 3, 4000])
@pytest.mark.parametrize("kind", [np.int8, np.int64, np.float64])
def test_extremes_of_many_rows(groups: int, kind: Any) -> None:
    random = np.random.default_rng(2)
    ids = random.integers(0, groups, 6000)
    values = random.integers(-100, 100, 6000).astype(kind)
    if kind is np.float64:
        values /= 8
    for largest, pick in ((True, max), (False, min)):
        found, has = extremes_by_group(Control(), ids, values, groups + 1, largest)
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
    found = interpolated(np.array([first]), np.array([second]), np.array([weight]))
    assert found.tolist() == [wanted]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.999, 1.0])
def test_quantiles_of_many_rows(share: float) -> None:
    random = np.random.default_rng(3)
    ids, values = random.integers(0, 7, 5000), random.integers(-(2**40), 2**40, 5000)
    order = np.lexsort((values, ids))
    sizes = np.bincount(ids, minlength=8)
    found, has = weighted(values[order], np.ones_like(ids), sizes, share)
    assert has.tolist() == [True] * 7 + [False]
    wanted = [np.quantile(values[ids == group], share) for group in range(7)]
    assert np.allclose(found[:7], wanted, rtol=1e-12)
