"""Buffers that are used again, and arrays seen as Arrow."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.arrays.inputs import KINDS
from usql.engine.arrays.buffers import as_arrow, scratch


@pytest.mark.parametrize("kind", KINDS)
def test_as_arrow_is_a_view(kind: Any) -> None:
    values = np.array([0, 1, 1, 0]).astype(kind)
    made = as_arrow(values)
    assert made.to_pylist() == values.tolist()
    assert made.buffers()[1].address == values.ctypes.data


def test_scratch_is_kept_by_name_and_thread() -> None:
    first = scratch("test", np.int64, 10)
    assert scratch("test", np.int64, 4).ctypes.data == first.ctypes.data
    assert scratch("test", np.int32, 4).dtype == np.int32
    held = scratch("test", np.int64, 10)
    assert scratch("other test", np.int64, 10).ctypes.data != held.ctypes.data
    found = []
    thread = threading.Thread(target=lambda: found.append(scratch("test", np.int64, 10)))
    thread.start()
    thread.join()
    assert found[0].ctypes.data != held.ctypes.data
    assert len(scratch("test", np.int64, 5_000_000)) == 5_000_000
