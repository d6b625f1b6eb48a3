"""Arithmetic of columns against that of Python, on random and extreme numbers."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import INTEGERS
from usql.engine.arrays.arithmetic import calculate_doubles, calculate_integers, round_half_up

ANY_DOUBLES = st.floats(allow_nan=False)


PLAIN: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "%": lambda a, b: int(math.copysign(1, a)) * (abs(a) % abs(b)),
}


WHOLE = [-(2**63), -(2**63) + 1, -(2**62), *range(-3, 4), 2**31 + 1, 2**62 - 1, 2**63 - 1]


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


@given(INTEGERS, INTEGERS, st.sampled_from("+-*%"))
def test_whole_arithmetic(a: int, b: int, op: str) -> None:
    result, valid = calculate_integers(op, np.array([a]), np.array([b]))
    expected = None if op == "%" and b == 0 else PLAIN[op](a, b)
    fits = expected is not None and -(2**63) <= expected < 2**63
    assert bool(valid[0]) == fits
    if fits:
        assert int(result[0]) == expected


@given(ANY_DOUBLES, ANY_DOUBLES, st.sampled_from("+-*/%"))
def test_double_arithmetic(a: float, b: float, op: str) -> None:
    result, valid = calculate_doubles(op, np.array([a]), np.array([b]))
    if op in "/%" and b == 0:
        assert not valid[0]
        return
    assert not np.isnan(result[0])
    if math.isfinite(a) and math.isfinite(b) and valid[0]:
        assert math.isfinite(result[0])


@pytest.mark.parametrize("op", "+-*%")
def test_whole_arithmetic_at_the_limits(op: str) -> None:
    pairs = list(itertools.product(WHOLE, WHOLE))
    random = np.random.default_rng(12)
    # Products near 64 bits, of factors that doubles round.
    pairs += [(a, int(random.integers(2**63 // a))) for a in (3, 7, 1001, 2**31 + 1) * 8]
    left, right = np.array(pairs, dtype=np.int64).T
    result, valid = calculate_integers(op, left, right)
    for (a, b), found, has in zip(pairs, result.tolist(), valid.tolist(), strict=True):
        expected = None if op == "%" and b == 0 else PLAIN[op](a, b)
        fits = expected is not None and -(2**63) <= expected < 2**63
        assert (found if has else None) == (expected if fits else None), (a, b)


@pytest.mark.parametrize("op", "+-*/%")
def test_double_arithmetic_at_the_limits(op: str) -> None:
    values = [0.0, -0.0, 1.5, -2.0, 5e-324, 1.5e308, -1.5e308, math.inf, -math.inf]
    pairs = list(itertools.product(values, values))
    result, valid = calculate_doubles(op, *np.array(pairs).T)
    for (a, b), found, has in zip(pairs, result.tolist(), valid.tolist(), strict=True):
        expected = plain_double(op, a, b)
        assert has == (expected is not None), (a, b)
        assert found == (expected or 0.0), (a, b)


@given(st.floats(-1e15, 1e15))
def test_rounding_halves_up(value: float) -> None:
    whole, valid = round_half_up(np.array([value]))
    assert valid[0]
    assert int(whole[0]) == math.floor(Fraction(value) + Fraction(1, 2))


def test_rounding_stops_at_64_bits() -> None:
    whole, valid = round_half_up(np.array([9.3e18, -9.3e18, 2.0**63, -(2.0**63), np.inf]))
    assert valid.tolist() == [False, False, False, True, False]
    assert whole.tolist() == [0, 0, 0, -(2**63), 0]
