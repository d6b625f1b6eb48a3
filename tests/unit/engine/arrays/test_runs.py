"""What runs have of their entries against plain Python, for many and for few hits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import RUNS, random, runs_of
from usql.engine.arrays.runs import (
    offsets_of,
    run_extremes,
    run_ids,
    run_sums,
)


def random_runs(entries: int, seed: int) -> Any:
    """Runs, many of them empty, over so many entries."""
    ends = random(seed).integers(0, entries + 1, max(entries // 3, 2))
    return np.concatenate(([0, 0], np.sort(ends), [entries, entries])).astype(np.int64)


@given(RUNS)
def test_run_ids_and_back(runs: list[list[bool]]) -> None:
    ids = run_ids(runs_of([len(run) for run in runs]))
    assert ids.tolist() == [i for i, run in enumerate(runs) for _ in run]
    offsets = offsets_of(ids, len(runs))
    assert offsets.tolist() == runs_of([len(run) for run in runs]).tolist()
    assert offsets.dtype == np.int64


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32, np.int64, np.float64])
@pytest.mark.parametrize("size", [0, 1, 4100, 20_000])
def test_run_sums(kind: Any, size: int) -> None:
    offsets = random_runs(size, 5)
    values = random(6).integers(-100, 100, size).astype(kind)
    found = run_sums(values, offsets)
    assert found.dtype == (np.float64 if kind is np.float64 else np.int64)
    assert found.tolist() == [
        values[a:b].astype(object).sum() if b > a else 0 for a, b in itertools.pairwise(offsets)
    ]


def test_run_sums_pass_over_intermediate_overflow() -> None:
    """Each run fits in 64 bits; the running total over all of them does not."""
    values = np.array(
        [2**62, 2**62 - 1, 2**62, 2**62, -(2**62), -(2**63), 2**63 - 1], dtype=np.int64
    )
    offsets = np.array([0, 2, 3, 5, 7], dtype=np.int64)
    assert run_sums(values, offsets).tolist() == [2**63 - 1, 2**62, 0, -1]


def test_run_sums_of_doubles_do_not_see_their_neighbours() -> None:
    values = np.array([1e300, 1.0, np.inf, 2.0, -0.0])
    offsets = np.array([0, 1, 2, 2, 3, 4, 5], dtype=np.int64)
    assert run_sums(values, offsets).tolist() == [1e300, 1.0, 0.0, np.inf, 2.0, 0.0]


@given(st.lists(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3), max_size=8), st.booleans())
def test_run_extremes(runs: list[list[int]], largest: bool) -> None:
    values = np.array([v for run in runs for v in run], dtype=np.int64)
    found, has = run_extremes(values, runs_of([len(r) for r in runs]), largest)
    assert has.tolist() == [bool(run) for run in runs]
    pick = max if largest else min
    assert found[has].tolist() == [pick(run) for run in runs if run]


def test_run_extremes_of_doubles() -> None:
    values = np.array([np.inf, -np.inf, 5e-324, -5e-324])
    offsets = np.array([0, 0, 2, 4, 4], dtype=np.int64)
    assert run_extremes(values, offsets, largest=True)[0][1:3].tolist() == [np.inf, 5e-324]
    assert run_extremes(values, offsets, largest=False)[0][1:3].tolist() == [
        -np.inf,
        -5e-324,
    ]
