"""Arrays, runs and masks that the tests of arrays look at."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

INTEGERS = st.one_of(
    st.integers(-5, 5),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([-(2**63), 2**63 - 1, 2**32, -(2**31), -(2**62), 2**40]),
)


RUNS = st.lists(st.lists(st.booleans(), max_size=4), max_size=8)


SIZES = [0, 1, 7, 8, 9, 63, 64, 65, 1023, 1024, 1025, 4095, 4096, 4097, 70_001]


KINDS = [
    np.bool_,
    np.int8,
    np.int16,
    np.int32,
    np.int64,
    np.uint8,
    np.uint16,
    np.uint32,
    np.float64,
]


def random(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def runs_of(lengths: list[int]) -> Any:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def masks(size: int) -> list[Any]:
    """Masks of no row, of one, of few, of half and of all."""
    some = [np.zeros(size, np.bool_), np.ones(size, np.bool_), random(size).random(size) < 0.5]
    for place in {0, size // 2, size - 1} if size else ():
        one = np.zeros(size, np.bool_)
        one[place] = True
        some.append(one)
    for each in (100, 600, 3000):
        few = np.zeros(size, np.bool_)
        few[3::each] = True
        some.append(few)
    return some
