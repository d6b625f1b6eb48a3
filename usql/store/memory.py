"""Memory of this process: returned to the system after a load, reused between queries."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

_FIRST_POOL = pa.default_memory_pool()
"""Readers of Parquet files allocate pages from this one even where another pool is set."""


def machine_memory() -> int:
    """The machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30  # where the system does not say


def release_unused_memory() -> None:
    """Return unused memory in this process's pools to the system: Arrow's pools and, where
    supported, the C library's. Loading needs much more memory than its result, and the pools would
    keep it."""
    for pool in (_FIRST_POOL, pa.default_memory_pool()):
        for _ in range(
            2
        ):  # mimalloc gathers what is free the first time, and returns it the second
            pool.release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
        if trim is not None:
            trim(0)


class _SystemAllocation:
    """How many blocks of :func:`system_allocation` are entered, and the pool before the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._before = pa.default_memory_pool()

    def enter(self) -> None:
        with self._lock:
            if not self._entered:
                self._before = pa.default_memory_pool()
                pa.set_memory_pool(pa.system_memory_pool())
            self._entered += 1

    def leave(self) -> None:
        with self._lock:
            self._entered -= 1
            if not self._entered:
                pa.set_memory_pool(self._before)


_allocation = _SystemAllocation()


@contextmanager
def system_allocation() -> Iterator[None]:
    """Inside the block Arrow allocates from the C library, in all threads of the process: its own pool
    keeps tens of megabytes of what was freed, even where it is asked to release them. Blocks may
    overlap: the last one to end brings the pool back that was there before the first."""
    _allocation.enter()
    try:
        yield
    finally:
        _allocation.leave()


@functools.cache
def tune_allocator() -> None:
    """Make glibc keep some freed memory for reuse; see :func:`usql.tune_allocator`."""
    if sys.platform == "linux":
        tune = getattr(ctypes.CDLL(None), "mallopt", None)
        if tune is not None:
            tune(_TRIM_THRESHOLD, 512 << 20)
            tune(_MMAP_THRESHOLD, 32 << 20)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
