"""Memory between this process and the system: given back after a load, kept between queries."""

from __future__ import annotations

import ctypes
import functools
import os
import sys

import pyarrow as pa


def machine_memory() -> int:
    """The machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30  # where the system does not tell


def megabytes(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size:,} bytes"


def give_back() -> None:
    """Return what is free in this process's pools: Arrow's, and that of the C library where it
    keeps one per thread and can be told to. Loading needs much more memory than its result, and
    the pools would keep it."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
        if trim is not None:
            trim(0)


@functools.cache
def tune_allocator() -> None:
    """Have glibc keep some of what is freed, which :func:`usql.tune_allocator` explains."""
    if sys.platform == "linux":
        tune = getattr(ctypes.CDLL(None), "mallopt", None)
        if tune is not None:
            tune(_TRIM_THRESHOLD, 512 << 20)
            tune(_MMAP_THRESHOLD, 32 << 20)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
