"""Minima and maxima of blocks against plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine.columns import numbers
from usql.engine.rows.zones import zones_of


@pytest.mark.parametrize("kind", [np.int16, np.float64])
@pytest.mark.parametrize("block", [1, 3, 4])
def test_zones_hold_the_values_of_their_blocks(kind: Any, block: int) -> None:
    values = [5, -3, 9, 2, 2, 7, -8, 1, 0, 4]
    column = numbers(values, kind)
    zones = zones_of(column, block)
    assert zones.low.tolist() == [min(values[i : i + block]) for i in range(0, 10, block)]
    assert zones.high.tolist() == [max(values[i : i + block]) for i in range(0, 10, block)]
    assert zones.nbytes == zones.low.nbytes + zones.high.nbytes > 0
    for first in range(10):
        for last in range(first + 1, 11):
            held = values[first // block * block : -(-last // block) * block]
            assert zones.span(slice(first, last)) == (min(held), max(held))
            assert all(type(v) is type(column.values[0].item()) for v in zones.span(slice(0, 2)))


def test_zones_of_no_row_and_of_a_block_and_one() -> None:
    nothing = zones_of(numbers([], np.int8), 5)
    assert len(nothing.low) == len(nothing.high) == 0
    zones = zones_of(numbers([*range(5), -1], np.int16), 5)
    assert zones.low.tolist() == [0, -1]
    assert zones.high.tolist() == [4, -1]
