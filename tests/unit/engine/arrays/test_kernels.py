"""The array idioms against plain Python, on random and extreme input."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.engine.arrays import dates, kernels
from usql.language.literals import parse_interval
from usql.store.views import expand_runs

INT64 = st.one_of(
    st.integers(-5, 5),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([-(2**63), 2**63 - 1, 2**32, -(2**31)]),
)
DOUBLES = st.floats(allow_nan=False)
RUNS = st.lists(st.lists(st.booleans(), max_size=4), max_size=8)
PAIRS = st.lists(st.tuples(st.integers(0, 3), INT64), max_size=12)


def offsets_of(runs: list[list[Any]]) -> Any:
    return np.concatenate(([0], np.cumsum([len(r) for r in runs]))).astype(np.int64)


@given(RUNS)
def test_any_in_run(runs: list[list[bool]]) -> None:
    mask = np.array([b for run in runs for b in run], dtype=np.bool_)
    assert kernels.any_in_run(mask, offsets_of(runs)).tolist() == [any(run) for run in runs]


@given(RUNS, st.data())
def test_expand_runs(runs: list[list[bool]], data: Any) -> None:
    rows = data.draw(st.lists(st.integers(0, len(runs) - 1), max_size=6)) if runs else []
    offsets = offsets_of(runs)
    entries, made = expand_runs(offsets, np.array(rows, dtype=np.int64))
    assert entries.tolist() == [i for r in rows for i in range(offsets[r], offsets[r + 1])]
    assert np.diff(made).tolist() == [len(runs[r]) for r in rows]


@given(RUNS)
def test_run_ids_and_back(runs: list[list[bool]]) -> None:
    ids = kernels.run_ids(offsets_of(runs))
    assert ids.tolist() == [i for i, run in enumerate(runs) for _ in run]
    offsets = kernels.offsets_of(ids, len(runs))
    assert offsets.tolist() == offsets_of(runs).tolist()
    assert offsets.dtype == np.int64


@pytest.mark.parametrize(
    ("most", "width"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4)]
)
def test_narrow_unsigned(most: int, width: int) -> None:
    assert kernels.narrow_unsigned(np.array([0, most]), most).dtype.itemsize == width


def test_narrow_unsigned_has_an_end() -> None:
    with pytest.raises(OverflowError):
        kernels.narrow_unsigned(np.array([0]), 2**32)


def split(pairs: list[tuple[int, Any]], kind: type) -> tuple[Any, Any]:
    return np.array([p[0] for p in pairs], dtype=np.int64), np.array(
        [p[1] for p in pairs], dtype=kind
    )


@given(PAIRS, st.booleans())
def test_extremes(pairs: list[tuple[int, int]], largest: bool) -> None:
    ids, values = split(pairs, np.int64)
    found, has = kernels.group_extremes(ids, values, 4, largest)
    for g in range(4):
        own = [v for i, v in pairs if i == g]
        assert has[g] == bool(own)
        assert found[g] == ((max(own) if largest else min(own)) if own else 0)


def quantiles_of(ids: Any, values: Any, count: int, share: float) -> Any:
    """By group, of values that do not stand in order."""
    order = np.lexsort((values, ids))
    sizes = np.bincount(ids, minlength=count)
    return kernels.weighted_quantiles(values[order], np.ones_like(ids), sizes, share)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 3), st.integers(1, 4)), max_size=9),
    st.sampled_from([0, 0.25, 0.5, 0.9, 1]),
)
def test_values_that_count_several_times(triples: list[tuple[int, int, int]], share: float) -> None:
    """As if each stood there as often."""
    triples.sort()
    values, weights = (np.array([t[i] for t in triples], dtype=np.int64) for i in (1, 2))
    sizes = np.array([sum(t[2] for t in triples if t[0] == g) for g in range(3)])
    found = kernels.weighted_quantiles(values, weights, sizes, share)
    each = np.ones(int(weights.sum()), dtype=np.int64)
    wanted = kernels.weighted_quantiles(np.repeat(values, weights), each, sizes, share)
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


PLAIN: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "%": lambda a, b: int(math.copysign(1, a)) * (abs(a) % abs(b)),
}


@given(INT64, INT64, st.sampled_from("+-*%"))
def test_whole_arithmetic(a: int, b: int, op: str) -> None:
    result, valid = kernels.calculate_integers(op, np.array([a]), np.array([b]))
    expected = None if op == "%" and b == 0 else PLAIN[op](a, b)
    fits = expected is not None and -(2**63) <= expected < 2**63
    assert bool(valid[0]) == fits
    if fits:
        assert int(result[0]) == expected


@given(DOUBLES, DOUBLES, st.sampled_from("+-*/%"))
def test_double_arithmetic(a: float, b: float, op: str) -> None:
    result, valid = kernels.calculate_doubles(op, np.array([a]), np.array([b]))
    if op in "/%" and b == 0:
        assert not valid[0]
        return
    assert not np.isnan(result[0])
    if math.isfinite(a) and math.isfinite(b) and valid[0]:
        assert math.isfinite(result[0])


WHOLE = [-(2**63), -(2**63) + 1, -(2**62), *range(-3, 4), 2**31 + 1, 2**62 - 1, 2**63 - 1]


@pytest.mark.parametrize("op", "+-*%")
def test_whole_arithmetic_at_the_limits(op: str) -> None:
    pairs = list(itertools.product(WHOLE, WHOLE))
    random = np.random.default_rng(12)
    # Products near 64 bits, of factors that doubles round.
    pairs += [(a, int(random.integers(2**63 // a))) for a in (3, 7, 1001, 2**31 + 1) * 8]
    left, right = np.array(pairs, dtype=np.int64).T
    result, valid = kernels.calculate_integers(op, left, right)
    for (a, b), found, has in zip(pairs, result.tolist(), valid.tolist(), strict=True):
        expected = None if op == "%" and b == 0 else PLAIN[op](a, b)
        fits = expected is not None and -(2**63) <= expected < 2**63
        assert (found if has else None) == (expected if fits else None), (a, b)


def plain_double(op: str, a: float, b: float) -> float | None:
    """``a op b``, where it has a value."""
    if (op in "/%" and b == 0) or (op == "%" and math.isinf(a)):
        return None
    ways: dict[str, Callable[[float, float], float]] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "%": math.fmod,
    }
    found = ways[op](a, b)
    leaves = math.isinf(found) and math.isfinite(a) and math.isfinite(b)
    return None if math.isnan(found) or leaves else found


@pytest.mark.parametrize("op", "+-*/%")
def test_double_arithmetic_at_the_limits(op: str) -> None:
    values = [0.0, -0.0, 1.5, -2.0, 5e-324, 1.5e308, -1.5e308, math.inf, -math.inf]
    pairs = list(itertools.product(values, values))
    result, valid = kernels.calculate_doubles(op, *np.array(pairs).T)
    for (a, b), found, has in zip(pairs, result.tolist(), valid.tolist(), strict=True):
        expected = plain_double(op, a, b)
        assert has == (expected is not None), (a, b)
        assert found == (expected or 0.0), (a, b)


@given(st.floats(-1e15, 1e15))
def test_rounding_halves_up(value: float) -> None:
    whole, valid = kernels.round_half_up(np.array([value]))
    assert valid[0]
    assert int(whole[0]) == math.floor(Fraction(value) + Fraction(1, 2))


def test_rounding_stops_at_64_bits() -> None:
    whole, valid = kernels.round_half_up(np.array([9.3e18, -9.3e18, 2.0**63, -(2.0**63), np.inf]))
    assert valid.tolist() == [False, False, False, True, False]
    assert whole.tolist() == [0, 0, 0, -(2**63), 0]


@given(st.lists(INT64, max_size=10))
def test_descending_keys(values: list[int]) -> None:
    keys = kernels.descending(np.array(values, dtype=np.int64))
    order = np.argsort(keys, kind="stable")
    assert [values[i] for i in order] == sorted(values, reverse=True)


@given(
    st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=8),
    st.sampled_from(["week", "2 weeks", "5 months", "year", "7 years", "6h", "5m", "2d"]),
)
def test_dates_of_columns_are_those_of_single_values(values: list[int], text: str) -> None:
    interval = parse_interval(text)
    local = np.array(values, dtype=np.int64)
    assert dates.floor_to(interval, local).tolist() == [interval.floor(v) for v in values]
