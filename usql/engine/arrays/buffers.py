"""Memory of arrays: reused buffers, views as Arrow arrays, shared constants."""

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


_REPLICAS: dict[int, Array] = {}


def replica_numbers(size: int, bits: int) -> Array:
    """0, 1, … 2**bits - 1 over and over, as bytes."""
    known = _REPLICAS.get(bits)
    if known is None or len(known) < size:
        known = np.resize(np.arange(1 << bits, dtype=np.uint8), max(size, 1 << 17))
        _REPLICAS[bits] = known
    return known[:size]


_COUNTING = [as_arrow(np.arange(1 << 16, dtype=np.int32))]


def counting(size: int) -> pa.Array:
    """0, 1, … size - 1."""
    if len(_COUNTING[0]) < size:
        _COUNTING[0] = as_arrow(np.arange(1 << (size - 1).bit_length(), dtype=np.int32))
    return _COUNTING[0][:size]
