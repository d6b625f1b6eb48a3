"""Memory given back to the system."""

from __future__ import annotations

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Return what is free in this process's pools: Arrow's, and that of the C library where it
    keeps one per thread and can be told to. Loading needs much more memory than its result, and
    the pools would keep it."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
        if trim is not None:
            trim(0)
