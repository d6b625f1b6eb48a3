"""The narrowest types."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from usql.store.widths import unsigned


@pytest.mark.parametrize(
    ("most", "width"),
    [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32 - 1, 4), (2**32, 8), (2**63, 8)],
)
def test_narrowest(most: int, width: int) -> None:
    kind: Any = unsigned(most)
    assert np.dtype(kind).itemsize == width
    assert int(kind(most)) == most
