"""Tests of values and the rows of masks, against plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import SIZES, masks, random
from usql.engine.arrays.native.masks import in_range, marked, marked_rows

WHOLE = [np.uint8, np.uint16, np.uint32, np.int8, np.int16, np.int32, np.int64, np.uint64]


def lies(value: Any, low: Any, high: Any, low_closed: bool, high_closed: bool) -> bool:
    above = low is None or value > low or (low_closed and value == low)
    below = high is None or value < high or (high_closed and value == high)
    return bool(above and below)


@pytest.mark.parametrize("kind", WHOLE)
def test_whole_numbers_in_a_range(kind: Any) -> None:
    """At the limits of their type, of one row more than a block, valid or not."""
    limits = np.iinfo(kind)
    some = [limits.min, limits.min + 1, 0, 1, 7, limits.max - 1, limits.max]
    values = np.array(some * 600, dtype=kind)[: 4096 + 5]
    valid = random(1).random(len(values)) < 0.7
    for low in (None, *some):
        for high in (None, *some):
            for low_closed, high_closed in ((True, True), (False, True), (True, False)):
                for start, own in ((0, None), (1, valid), (3, None)):
                    found = in_range(
                        values[start:], low, high, low_closed, high_closed,
                        None if own is None else own[start:],
                    )  # fmt: skip
                    one = {v: lies(v, low, high, low_closed, high_closed) for v in some}
                    wanted = np.array([one[v] for v in values.tolist()])[start:]
                    assert (found == (wanted if own is None else wanted & own[start:])).all()


REALS = [-math.inf, -1e308, -2.5, -0.0, 0.0, 5e-324, 1.0, 1e308, math.inf]


def test_doubles_in_a_range() -> None:
    """NaN is in none; open limits at infinities leave nothing."""
    values = np.array([*REALS, math.nan])
    valid = np.array([True, False] * 5)
    for low in (None, *REALS):
        for high in (None, *REALS):
            if low is None and high is None:
                continue
            for low_closed in (True, False):
                for high_closed in (True, False):
                    found = in_range(values, low, high, low_closed, high_closed)
                    wanted = [lies(v, low, high, low_closed, high_closed) for v in REALS] + [False]
                    assert found.tolist() == wanted, (low, high, low_closed, high_closed)
                    found = in_range(values, low, high, low_closed, high_closed, valid)
                    assert found.tolist() == (np.array(wanted) & valid).tolist()


@pytest.mark.parametrize("size", SIZES)
def test_without_limits_what_is_valid(size: int) -> None:
    values, valid = np.zeros(size), random(size).random(size) < 0.5
    assert in_range(values, None, None).all()
    assert in_range(values, None, None, valid=valid).tolist() == valid.tolist()


def test_the_mask_is_written_to_what_is_given() -> None:
    out = np.zeros(3, dtype=np.bool_)
    assert in_range(np.array([1, 2, 3], np.uint8), 2, 2, out=out) is out
    assert out.tolist() == [False, True, False]
    outs: list[Any] = [np.zeros(4, np.bool_), np.zeros(3, np.uint8), np.zeros(6, np.bool_)[::2]]
    for bad in outs:
        with pytest.raises(ValueError, match="a plain table"):
            in_range(np.array([1, 2, 3], np.uint8), 2, 2, out=bad)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        in_range(np.zeros(3), 0, 1, valid=np.ones(2, np.bool_))


def test_limits_beyond_the_type_are_refused() -> None:
    for low, high in ((-1, 5), (0, 256)):
        with pytest.raises(OverflowError):
            in_range(np.zeros(3, np.uint8), low, high)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_codes_marked_in_a_table(kind: Any, size: int) -> None:
    table = random(1).random(250) < 0.4
    codes = random(size).integers(0, len(table), size).astype(kind)
    for start in (0, 1):
        found = marked(codes[start:], table)
        assert found.dtype == np.bool_
        assert found.tolist() == [bool(table[int(code)]) for code in codes[start:]]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
def test_codes_outside_the_table_are_refused(kind: Any) -> None:
    for rows in (1, 4097):
        codes = np.zeros(rows, dtype=kind)
        codes[-1] = 5
        with pytest.raises(IndexError):
            marked(codes, np.ones(5, np.bool_))
        with pytest.raises(IndexError):
            marked(codes, np.ones(0, np.bool_))


@pytest.mark.parametrize("size", SIZES)
def test_rows_of(size: int) -> None:
    for whole in masks(size):
        for mask in (whole, whole[3:], whole[::2]):  # that starts at no multiple of eight
            for first in (0, 2**40):
                found = marked_rows(mask, first)
                assert found.dtype == np.int64
                assert found.tolist() == [first + i for i, fits in enumerate(mask.tolist()) if fits]


def test_flags_that_are_other_numbers_than_one_count_as_set() -> None:
    mask = np.array([0, 200, 0, 0, 255, 2, 0, 1] * 3 + [3], dtype=np.uint8).view(np.bool_)
    assert marked_rows(mask).tolist() == np.flatnonzero(mask.view(np.uint8)).tolist()
