"""Pairs of groups and values as bits, against sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import SIZES, random
from usql.engine.arrays.native.distinct import mark_pairs


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize(
    "kinds", [(np.uint8, np.uint16), (np.uint32, np.uint8), (np.int64, np.uint32)]
)
def test_mark_pairs(kinds: tuple[Any, Any], rows: int) -> None:
    """Bits that are set already stay."""
    groups, words = 5, 3
    ids = random(rows, 1).integers(0, groups, rows).astype(kinds[0])
    codes = random(rows, 2).integers(0, 64 * words, rows).astype(kinds[1])
    bits = np.zeros((groups, words), dtype=np.uint64)
    bits[4, 2] = 1 << 63
    mark_pairs(ids, codes, bits)
    wanted = {*zip(ids.tolist(), codes.tolist(), strict=True), (4, 191)}
    assert {
        (group, code) for group in range(groups) for code in range(64 * words)
        if int(bits[group, code // 64]) >> code % 64 & 1
    } == wanted  # fmt: skip


def test_numbers_outside_the_table_are_refused() -> None:
    for rows in (1, 4097):
        for group, code in ((3, 0), (0, 64)):
            ids, codes = np.zeros(rows, np.uint8), np.zeros(rows, np.uint8)
            ids[-1], codes[-1] = group, code
            with pytest.raises(IndexError):
                mark_pairs(ids, codes, np.zeros((3, 1), dtype=np.uint64))


def test_tables_that_are_not_plain_are_refused() -> None:
    ids = np.zeros(3, np.uint8)
    table = np.zeros((3, 4), dtype=np.uint64)
    for bad in (table[:, ::2], table.astype(np.int64)):
        with pytest.raises(ValueError, match="64-bit words"):
            mark_pairs(ids, ids, bad)
    with pytest.raises(ValueError, match="arrays of 3 rows"):
        mark_pairs(ids, ids[:2], table)
