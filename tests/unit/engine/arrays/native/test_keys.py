"""Codes combined to keys, against whole numbers of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import SIZES, random
from usql.engine.arrays.native.keys import combined, fill_where_not

UNSIGNED = [np.uint8, np.uint16, np.uint32, np.uint64]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", UNSIGNED)
def test_combined(kind: Any, size: int) -> None:
    """Codes of all widths and flags; slices that begin anywhere, and columns with gaps between."""
    columns: list[Any] = [
        random(size, n).integers(0, 2, size).astype(k)
        for n, k in enumerate([*UNSIGNED[:3], np.bool_])
    ]
    columns.append(random(size).integers(0, 2, 3 * size).astype(np.uint16)[::3])
    strides = [100, 50, 25, 12, 6]
    for count in (1, 2, 5):
        for start in (0, 1, 3):
            parts = [column[start:] for column in columns[:count]]
            keys = combined(parts, strides[:count], kind)
            assert keys.dtype == kind
            plain = [column.tolist() for column in parts]
            assert keys.tolist() == [
                sum(stride * int(code) for stride, code in zip(strides, codes, strict=False))
                for codes in zip(*plain, strict=True)
            ]


@pytest.mark.parametrize("kind", UNSIGNED[:3])
def test_keys_up_to_the_largest_of_their_type(kind: Any) -> None:
    most = int(np.iinfo(kind).max)
    codes = np.array([0, 1, most], dtype=kind)
    assert combined([codes], [1], kind).tolist() == [0, 1, most]
    ones = np.array([0, 1, 1], dtype=np.uint8)
    assert combined([ones, ones == 1], [most - 1, 1], kind).tolist() == [0, most, most]


def test_of_codes_that_the_library_does_not_know() -> None:
    codes = np.array([0, 2**40], dtype=np.uint64)
    assert combined([codes, codes > 0], [2, 1], np.uint64).tolist() == [0, 2**41 + 1]
    assert combined([np.array([3, 4])], [5], np.uint16).tolist() == [15, 20]


def test_columns_of_several_lengths_are_refused() -> None:
    three, two = np.zeros(3, np.uint8), np.zeros(2, np.uint8)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        combined([three, two], [1, 1], np.uint8)
    with pytest.raises(ValueError):  # noqa: PT011  # each form in its words
        combined([three, three], [1], np.uint8)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        fill_where_not(three, np.ones(2, np.bool_), 1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", UNSIGNED)
def test_fill_where_not(kind: Any, size: int) -> None:
    most = int(np.iinfo(kind).max)
    keys = random(size).integers(0, most, size, dtype=kind, endpoint=True)
    mask = random(size, 1).random(size) < 0.5
    for start in (0, 1):
        filled = keys.copy()
        fill_where_not(filled[start:], mask[start:], most)
        assert filled[start:].tolist() == [
            key if fits else most
            for key, fits in zip(keys[start:].tolist(), mask[start:].tolist(), strict=True)
        ]
        assert filled[:start].tolist() == keys[:start].tolist()
