"""Counts, sums and extremes by key, against plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import KINDS, SIZES, masks, random
from usql.engine.arrays.native.totals import count_keys, extremes_by_key, sum_by_key

KEYS = [np.bool_, np.uint8, np.uint16, np.uint32, np.uint64, np.int64]
TABLES = [2, 200, 1024, 1025, 70_000]
"""Tables of few keys, and of one more than those whose counts have several places."""


def keys_of(kind: Any, rows: int, size: int) -> Any:
    """Keys of a table: at random, and the same ones in rows that follow each other."""
    most = min(size, int(np.iinfo(kind).max) + 1 if kind is not np.bool_ else 2)
    at_random = random(rows, size).integers(0, most, rows)
    at_random[: rows // 3] = most - 1
    return at_random.astype(kind)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("kind", KEYS)
def test_count_keys(kind: Any, rows: int) -> None:
    for size in TABLES:
        keys = keys_of(kind, rows, size)
        for start in (0, 1):
            counts = np.full(size, 5, dtype=np.int64)
            count_keys(keys[start:], counts)
            assert (
                counts.tolist()
                == (5 + np.bincount(keys[start:].astype(int), minlength=size)).tolist()
            )


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize(
    "kind", [np.bool_, np.uint8, np.int8, np.int16, np.int32, np.int64, np.uint16]
)
def test_sums_of_whole_numbers(kind: Any, rows: int) -> None:
    """Of extreme values too; 64-bit ones in halves, of which the sum may be any number."""
    limits = (0, 1) if kind is np.bool_ else (int(np.iinfo(kind).min), int(np.iinfo(kind).max))
    some = random(rows, 3).integers(*limits, rows, endpoint=True, dtype=np.int64)
    some[: rows // 5] = limits[1]
    some[rows // 5 : rows // 3] = limits[0]
    values = some.astype(kind)
    for size in (2, 1025):
        keys = keys_of(np.uint16, rows, size)
        wanted = [0] * size
        for key, value in zip(keys.tolist(), some.tolist(), strict=True):
            wanted[key] += value
        sums, highs, counts = (np.zeros(size, dtype=np.int64) for _ in range(3))
        sum_by_key(keys, values, sums, highs, counts)
        assert [(h << 32) + s for h, s in zip(highs.tolist(), sums.tolist(), strict=True)] == wanted
        assert counts.tolist() == np.bincount(keys, minlength=size).tolist()
        if kind is not np.int64:
            plain = np.full(size, -3, dtype=np.int64)
            sum_by_key(keys, values, plain)
            assert plain.tolist() == [total - 3 for total in wanted]


def test_halves_of_extreme_numbers_are_the_same_in_both_forms() -> None:
    sums, highs = np.zeros(2, np.int64), np.zeros(2, np.int64)
    values = np.array([2**63 - 1, -(2**63), -1, 2**63 - 1])
    sum_by_key(np.array([0, 1, 1, 0], dtype=np.uint8), values, sums, highs)
    assert sums.tolist() == [2 * 0xFFFFFFFF, 0xFFFFFFFF]
    assert highs.tolist() == [2 * (2**31 - 1), -(2**31) - 1]


@pytest.mark.parametrize("rows", SIZES)
def test_sums_of_doubles_are_added_in_order(rows: int) -> None:
    values = random(rows, 4).normal(size=rows) * 10.0 ** random(rows, 5).integers(-300, 300, rows)
    for size in (2, 1025):
        keys = keys_of(np.uint32, rows, size)
        wanted = [0.0] * size
        for key, value in zip(keys.tolist(), values.tolist(), strict=True):
            wanted[key] += value
        sums, counts = np.zeros(size), np.zeros(size, dtype=np.int64)
        sum_by_key(keys, values, sums, counts=counts)
        assert sums.tolist() == wanted
        assert int(counts.sum()) == rows


def test_sums_of_infinities() -> None:
    keys = np.array([0, 0, 1, 1, 2, 3], dtype=np.uint8)
    values = np.array([math.inf, 1.0, math.inf, -math.inf, math.nan, -0.0])
    sums = np.zeros(4)
    with np.errstate(invalid="ignore"):
        sum_by_key(keys, values, sums)
    assert str(sums.tolist()) == "[inf, nan, nan, 0.0]"


def wanted_extremes(keys: Any, values: Any, valid: Any, start: list[Any], largest: bool) -> Any:
    """The extremes from those that there are, ``None`` where there is none."""
    wanted = list(start)
    for key, value, counts in zip(keys.tolist(), values.tolist(), valid.tolist(), strict=True):
        if counts:
            before = wanted[key]
            pick = max if largest else min
            wanted[key] = value if before is None else pick(before, value)
    return wanted


@pytest.mark.parametrize("rows", [0, 1, 9, 4097])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("largest", [False, True])
def test_extremes(rows: int, kind: Any, largest: bool) -> None:
    """Of a table without a number, and of one where some keys have one; of no valid row, too."""
    if kind is np.float64:
        values = random(rows, 6).normal(size=rows) * 10.0 ** random(rows, 7).integers(-300, 300, rows)  # fmt: skip
        values[rows // 2 :: 3] = math.inf if largest else -math.inf
    else:
        limits = (0, 1) if kind is np.bool_ else (int(np.iinfo(kind).min), int(np.iinfo(kind).max))
        some = random(rows, 6).integers(*limits, rows, endpoint=True, dtype=np.int64)
        some[rows // 2 :: 3] = limits[largest]
        values = some.astype(kind)
    wide = np.float64 if kind is np.float64 else np.int64
    for key_kind, size in ((np.uint8, 2), (np.uint16, 1025), (np.uint32, 5000), (np.int64, 7)):
        keys = keys_of(key_kind, rows, size)
        for valid in (None, *masks(rows)[:3]):
            start: list[Any] = [None if key % 3 else 1 for key in range(size)]
            extremes = np.array([one or 77 for one in start], dtype=wide)
            has = np.array([one is not None for one in start])
            extremes_by_key(keys, values, extremes, has, largest, valid)
            each = np.ones(rows, dtype=np.bool_) if valid is None else valid
            wanted = wanted_extremes(keys, values, each, start, largest)
            assert has.tolist() == [one is not None for one in wanted]
            assert extremes.tolist() == [77 if one is None else one for one in wanted]


@pytest.mark.parametrize("largest", [False, True])
def test_extremes_among_which_one_is_nan(largest: bool) -> None:
    values = np.array([math.nan, 1.0, 2.0, math.nan, 3.0, -math.inf, math.inf])
    extremes, has = np.zeros(4), np.zeros(4, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        extremes_by_key(np.array([0, 0, 1, 1, 2, 3, 3], np.uint8), values, extremes, has, largest)
    assert str(extremes.tolist()) == f"[nan, nan, 3.0, {'inf' if largest else '-inf'}]"
    with np.errstate(invalid="ignore"):
        extremes_by_key(np.array([0], np.uint8), np.array([math.inf]), extremes, has, largest)
    assert math.isnan(extremes[0])


@pytest.mark.parametrize("kind", KEYS[1:])
@pytest.mark.parametrize("size", [0, 1, 100])
def test_keys_outside_the_table_are_refused(kind: Any, size: int) -> None:
    """In the first row or in the last, also of many; nothing else is written over."""
    for rows in (1, 4097, 5000):
        for place in {0, rows - 1}:
            keys = np.zeros(rows, dtype=kind)
            keys[place] = size
            around = np.full(size + 200, 7, dtype=np.int64)
            table = around[100 : 100 + size]
            with pytest.raises(IndexError):
                count_keys(keys, table)
            with pytest.raises(IndexError):
                sum_by_key(keys, np.ones(rows, np.int8), table)
            has = np.zeros(size, dtype=np.bool_)
            with pytest.raises(IndexError):
                extremes_by_key(keys, np.ones(rows, np.int8), table, has, largest=True)
            assert around[:100].tolist() == around[100 + size :].tolist() == [7] * 100


def test_tables_and_values_that_do_not_fit_are_refused() -> None:
    keys, table = np.zeros(3, np.uint8), np.zeros(4, np.int64)
    read_only = table.copy()
    read_only.flags.writeable = False
    tables: list[Any] = [
        *(table[::2], table.reshape(2, 2), read_only),
        *(table.astype(np.int32), table.astype(float)),
    ]
    for bad in tables:
        with pytest.raises(ValueError, match="a plain table"):
            count_keys(keys, bad)
        with pytest.raises(ValueError, match="a plain table"):
            sum_by_key(keys, np.ones(3, np.int8), table, bad)
        with pytest.raises(ValueError, match="a plain table"):
            extremes_by_key(keys, np.ones(3, np.int8), bad, np.zeros(4, np.bool_), largest=True)
        with pytest.raises(ValueError, match="a plain table"):
            extremes_by_key(keys, np.ones(3, np.int8), table, bad, largest=True)
    with pytest.raises(ValueError, match="a plain table"):
        sum_by_key(keys, np.ones(3), table)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        sum_by_key(keys, np.ones(2, np.int8), table)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        extremes_by_key(
            keys, np.ones(3), np.zeros(4), np.zeros(4, np.bool_), True, np.ones(2, np.bool_)
        )


def test_arrays_that_lie_as_the_library_cannot_read_them() -> None:
    """Columns of a table, numbers that begin at an odd byte."""
    wide = np.arange(12, dtype=np.uint16).reshape(4, 3) % 5
    odd = np.frombuffer(b"x" + wide[:, 1].tobytes(), dtype=np.uint16, offset=1)
    for keys in (wide[:, 1], odd):
        counts = np.zeros(5, dtype=np.int64)
        count_keys(keys, counts)
        assert counts.tolist() == np.bincount(wide[:, 1], minlength=5).tolist()
