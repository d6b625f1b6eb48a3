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
    distinct_in_runs,
    offsets_of,
    run_extremes,
    run_ids,
    run_sums,
    without_repeats,
)
from usql.store.widths import unsigned


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


@pytest.mark.parametrize("span", [1, 2, 200, 256, 257, 65_536, 65_537, 2**31])
@pytest.mark.parametrize("step", [1, 2**20])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_distinct_in_runs(span: int, step: int, kind: Any) -> None:
    """In one 32-bit key and in one of 64 bit."""
    owners = np.sort(random(7).integers(0, 60, 3000)) * step + 5
    codes = random(8).choice([0, span // 2, max(span - 2, 0), span - 1], 3000)
    pairs = set(zip(owners.tolist(), codes.tolist(), strict=True))
    for code_kind in (unsigned(span), np.int64):
        found, values = distinct_in_runs(owners.astype(kind), codes.astype(code_kind), span)
        assert found.dtype == kind
        assert values.dtype == code_kind
        assert list(zip(found.tolist(), values.tolist(), strict=True)) == sorted(pairs)


@pytest.mark.parametrize("last", [2**23 - 1, 2**23, 2**24 - 1, 2**24, 2**31 - 1])
@pytest.mark.parametrize("codes", [[255], [255, 0], [0, 255, 255, 1]])
def test_distinct_in_runs_where_the_last_owner_is_far(codes: list[int], last: int) -> None:
    """Owner and code take 31, 32, 33 bits and more, for the last owner alone."""
    owners = np.array([*[0] * len(codes), last], dtype=np.int64)
    pairs = [(0, code) for code in codes] + [(last, 3)]
    found = distinct_in_runs(owners, np.array([*codes, 3], dtype=np.uint8), 256)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == sorted(set(pairs))
    alone = distinct_in_runs(owners[-1:], np.array([3], dtype=np.uint8), 256)
    assert [part.tolist() for part in alone] == [[last], [3]]


def test_distinct_in_runs_of_nothing() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert [len(part) for part in distinct_in_runs(nothing, nothing, 5)] == [0, 0]


@given(st.lists(st.integers(0, 2), max_size=12))
def test_without_repeats(keys: list[int]) -> None:
    found = without_repeats(np.array(keys, dtype=np.uint32))
    assert found.tolist() == [k for i, k in enumerate(keys) if i == 0 or keys[i - 1] != k]
