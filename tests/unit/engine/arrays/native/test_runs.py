"""What runs have of their entries, against plain Python."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.arrays.inputs import RUNS, SIZES, masks, random, runs_of
from usql.engine.arrays.native.runs import any_in_run, distinct_in_runs, expand


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


def distinct(codes: list[int], offsets: list[int], missing: int, keeps_empty: bool) -> Any:
    """The pairs of a run and a code."""
    pairs = []
    for run, (low, high) in enumerate(itertools.pairwise(offsets)):
        some = dict.fromkeys(c for c in codes[low - offsets[0] : high - offsets[0]] if c != missing)
        pairs += [(run, code) for code in some or ([missing] if keeps_empty else [])]
    return pairs


KINDS = [np.bool_, np.uint8, np.uint16, np.uint32, np.int64]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [0, 1, 255, 256, 70_000])
@pytest.mark.parametrize("keeps_empty", [True, False])
def test_distinct_in_runs(kind: Any, missing: int, keeps_empty: bool) -> None:
    """Of runs of every length, empty ones and ones without a value among them."""
    if missing > (1 if kind is np.bool_ else np.iinfo(kind).max):
        return
    for size in (0, 1, 300, 4097):
        some = random(size).choice([0, missing // 2, max(missing - 1, 0), missing], size)
        some[size // 2 :] = random(size, 2).integers(0, missing + 1, size - size // 2)
        for every in (1, 500):
            offsets = random_runs(size, size, every)
            for low, high in ((0, len(offsets)), (2, len(offsets) - 2)):
                part = offsets[low:high]
                codes = some[part[0] : part[-1]].astype(kind)
                runs, found = distinct_in_runs(codes, part, missing, keeps_empty)
                assert runs.dtype == np.int32
                assert found.dtype == kind
                wanted = distinct(codes.astype(int).tolist(), part.tolist(), missing, keeps_empty)
                assert list(zip(runs.tolist(), found.astype(int).tolist(), strict=True)) == wanted


def test_distinct_values_in_a_part_of_all_runs() -> None:
    """Offsets count from the first entry of all; codes may lie anywhere."""
    codes = np.arange(12, dtype=np.uint16)[::2] % 6
    runs, found = distinct_in_runs(codes, np.array([7, 7, 9, 13]), 9)
    assert runs.tolist() == [0, 1, 1, 2, 2, 2]
    assert found.tolist() == [9, 0, 2, 4, 0, 2]


@pytest.mark.parametrize("kind", KINDS[1:])
def test_codes_above_the_missing_one_are_refused(kind: Any) -> None:
    for rows in (1, 4097, 9000):
        codes = np.zeros(rows, dtype=kind)
        codes[-1] = 6
        with pytest.raises(IndexError):
            distinct_in_runs(codes, np.array([0, rows]), 5)


@pytest.mark.parametrize("kind", [*KINDS[:4], np.int8, np.float64, np.int64])
@pytest.mark.parametrize("size", [0, 1, 65, 4097])
def test_expand(kind: Any, size: int) -> None:
    for every in (1, 3, 500):
        offsets = random_runs(size, size, every) + 3
        values = random(every).integers(0, 120, len(offsets) - 1).astype(kind)
        found = expand(values, offsets)
        assert found.dtype == kind
        assert found.tolist() == [
            value
            for value, low, high in zip(
                values.tolist(), offsets.tolist(), offsets.tolist()[1:], strict=False
            )
            for _ in range(low, high)
        ]


def test_expand_what_lies_as_the_library_cannot_read_it() -> None:
    values = np.arange(6, dtype=np.int32)[::2]
    assert expand(values, np.array([0, 2, 2, 3])).tolist() == [0, 0, 4]


@pytest.mark.parametrize("inner", [-(2**63), -1, 6, 40_000, 2**63 - 1])
def test_offsets_that_do_not_ascend_are_refused(inner: int) -> None:
    offsets = np.array([0, inner, 5])
    with pytest.raises(IndexError):
        expand(np.zeros(2, np.uint8), offsets)
    with pytest.raises(IndexError):
        distinct_in_runs(np.zeros(5, np.uint8), offsets, 3)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="offsets of 4 entries"):
        distinct_in_runs(np.zeros(4, np.uint8), np.array([0, 5]), 3)
    with pytest.raises(ValueError, match="offsets of -2 entries"):
        expand(np.zeros(1, np.uint8), np.array([4, 2]))
    with pytest.raises(ValueError, match="offsets of 2 entries"):
        expand(np.zeros(1, np.uint8), np.array([-1, 1]))
    with pytest.raises(ValueError, match="arrays of 1 rows"):
        expand(np.zeros(3, np.uint8), np.array([0, 2]))
