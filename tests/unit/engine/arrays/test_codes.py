"""Values as small numbers."""

from __future__ import annotations

import numpy as np
import pytest

from usql.engine.arrays.codes import dense, narrow_unsigned


@pytest.mark.parametrize(
    ("most", "width"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4)]
)
def test_narrow_unsigned(most: int, width: int) -> None:
    assert narrow_unsigned(np.array([0, most]), most).dtype.itemsize == width


def test_narrow_unsigned_has_an_end() -> None:
    with pytest.raises(OverflowError):
        narrow_unsigned(np.array([0]), 2**32)


def test_dense() -> None:
    distinct, ids = dense(np.array([7, -2, 7, 2**62]))
    assert distinct.tolist() == [-2, 7, 2**62]
    assert ids.tolist() == [1, 0, 1, 2]
