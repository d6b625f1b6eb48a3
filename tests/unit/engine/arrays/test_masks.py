"""Masks of every density against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import SIZES, masks, random
from usql.engine.arrays.masks import few_places, fill_where_not, flags_in_rows, places_of


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("few", [1, 1 << 18])
def test_places_of(few: int, size: int) -> None:
    for whole in masks(size):
        for mask in (whole, whole[3:]):  # that starts at no multiple of eight
            found = places_of(mask, int(mask.sum()), few)
            assert found.dtype == np.int64
            assert found.tolist() == [i for i, fits in enumerate(mask.tolist()) if fits]


@pytest.mark.parametrize("bits", [18, 19])
def test_places_of_one_row_more_than_a_power_of_two(bits: int) -> None:
    """The row numbers that are kept for the next call suffice for this one, too."""
    mask = np.zeros(2**bits + 1, dtype=np.bool_)
    mask[::64] = True
    found = places_of(mask, int(mask.sum()), 1)
    assert found.tolist() == list(range(0, 2**bits + 1, 64))


@pytest.mark.parametrize("size", SIZES)
def test_few_places(size: int) -> None:
    for whole in masks(size):
        for mask in (whole, whole[3:]):
            found = few_places(mask)
            if found is not None:
                assert found.tolist() == np.flatnonzero(mask).tolist()


def test_places_are_few_where_one_of_64_eights_has_any() -> None:
    mask = np.zeros(1 << 14, dtype=np.bool_)
    mask[::512] = True
    assert few_places(mask) is not None
    mask[8] = True
    assert few_places(mask) is None
    assert few_places(np.ones(4, dtype=np.bool_)).tolist() == [0, 1, 2, 3]  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
def test_fill_where_not(kind: Any) -> None:
    most = int(np.iinfo(kind).max)
    ids = np.array([0, 5, most, 7], dtype=kind)
    fill_where_not(ids, np.array([True, False, True, False]), most)
    assert ids.tolist() == [0, most, most, most]


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("width", [64, 128, 640])
def test_flags_in_rows(rows: int, width: int) -> None:
    for table in (random(9).random((rows, width)) < 0.3, np.ones((rows, width), np.bool_)):
        found = flags_in_rows(table)
        assert found.tolist() == table.sum(axis=1).tolist()
        assert found.dtype == np.int64
