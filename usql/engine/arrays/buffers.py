"""Memory of arrays: reused buffers, views as Arrow arrays."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pyarrow as pa

from usql.engine.arrays.types import Array

_SCRATCH = threading.local()

_MOST_SCRATCH = 1 << 22
"""Entries of a buffer that a thread keeps, for any engine that uses the thread next."""


def scratch(name: str, kind: Any, size: int) -> Array:
    """An uninitialised array that the thread reuses for the same name, since fresh large arrays
    cost page faults. Its contents are valid until the next call with the name."""
    buffers: dict[str, Array] = _SCRATCH.__dict__
    buffer = buffers.get(name)
    dtype = np.dtype(kind)
    if buffer is None or buffer.dtype != dtype or len(buffer) < size:
        buffer = np.empty(size, dtype=dtype)
        if size <= _MOST_SCRATCH:
            buffers[name] = buffer
    return buffer[:size]


_ARROW_TYPES = {
    np.dtype(kind): pa.from_numpy_dtype(kind) for kind in "i1 i2 i4 i8 u1 u2 u4 u8 f4 f8".split()
} | {np.dtype(np.bool_): pa.uint8()}


def as_arrow(values: Array) -> pa.Array:
    """A contiguous array of numbers as an Arrow array, without a copy; bools as bytes."""
    buffers = [None, pa.py_buffer(values)]
    return pa.Array.from_buffers(_ARROW_TYPES[values.dtype], len(values), buffers)
