"""Runs with a marked entry, against plain Python."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import RUNS, SIZES, masks, random, runs_of
from usql.engine.arrays.native.runs import any_in_run


def random_runs(entries: int, seed: int, every: int) -> Any:
    """Runs, many of them empty, over so many entries."""
    ends = random(seed).integers(0, entries + 1, max(entries // every, 2))
    return np.concatenate(([0, 0], np.sort(ends), [entries, entries])).astype(np.int64)


def wanted(mask: Any, offsets: Any) -> list[bool]:
    return [bool(mask[a:b].any()) for a, b in itertools.pairwise(offsets)]


@given(RUNS)
def test_any_in_run(runs: list[list[bool]]) -> None:
    mask = np.array([b for run in runs for b in run], dtype=np.bool_)
    assert any_in_run(mask, runs_of([len(run) for run in runs])).tolist() == [
        any(run) for run in runs
    ]


@pytest.mark.parametrize("size", [*SIZES, 8191, 8192, 8193])
@pytest.mark.parametrize("every", [1, 3, 60, 9000])
def test_runs_of_each_density_and_length(size: int, every: int) -> None:
    offsets = random_runs(size, size, every)
    for mask in masks(size):
        found = any_in_run(mask, offsets)
        assert found.dtype == np.bool_
        assert found.tolist() == wanted(mask, offsets)
        assert any_in_run(mask, offsets + 13, first=13).tolist() == found.tolist()
        assert any_in_run(mask, offsets[1:-1]).tolist() == found[1:-1].tolist()


@given(st.lists(st.integers(0, 200), max_size=30), st.lists(st.integers(0, 5000), max_size=5))
def test_runs_of_few_marks(lengths: list[int], marks: list[int]) -> None:
    offsets = runs_of([*lengths, 900])
    mask = np.zeros(offsets[-1], dtype=np.bool_)
    mask[[mark for mark in marks if mark < len(mask)]] = True
    assert any_in_run(mask, offsets).tolist() == wanted(mask, offsets)


@pytest.mark.parametrize("length", [0, 1, 55, 56, 57, 63, 64, 65, 4096, 8192, 8193, 20_000])
def test_a_mark_at_the_end_of_a_run(length: int) -> None:
    """Of one that is longer than a word, or than a block; the neighbours do not see it."""
    offsets = runs_of([3, length, 2, 0, 70, 0])
    for place in {0, 2, 3, 3 + length - 1, 3 + length, int(offsets[-1]) - 1}:
        mask = np.zeros(offsets[-1], dtype=np.bool_)
        mask[place] = True
        assert any_in_run(mask, offsets).tolist() == wanted(mask, offsets)
        mask[1::2] = True  # many
        assert any_in_run(mask, offsets).tolist() == wanted(mask, offsets)


def test_of_no_run() -> None:
    assert any_in_run(np.zeros(0, np.bool_), np.zeros(1, np.int64)).tolist() == []


@pytest.mark.parametrize("offsets", [[0, 6], [-1, 3], [2, 1]])
def test_runs_beyond_the_mask_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="within the mask"):
        any_in_run(np.ones(5, np.bool_), np.array(offsets))
    with pytest.raises(ValueError, match="within the mask"):
        any_in_run(np.ones(5, np.bool_), np.array([0, 5]), first=1)


@pytest.mark.parametrize("inner", [-(2**63), -1, 6, 40_000, 2**63 - 1])
def test_inner_offsets_beyond_the_mask_are_refused(inner: int) -> None:
    """Nothing is read there."""
    for entries in (5, 10_000):
        with pytest.raises(IndexError):
            any_in_run(
                np.ones(entries, np.bool_),
                np.array([0, inner, min(entries, inner - 1 if inner > 0 else 4)]),
            )
