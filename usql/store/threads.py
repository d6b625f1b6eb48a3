"""Threads for loading: a pool that ends with the load, or none at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Inline(Executor):
    """Does everything at once on the thread that asks for it."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The finished future of the call."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def workers(threads: int) -> Iterator[Executor]:
    """An executor with so many threads; one means the calling thread alone. At the end, also that
    of an error or of Ctrl-C, what has not begun never begins, and no thread is left."""
    if threads == 1:
        yield Inline()
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="usql-load")
    try:
        yield pool
    finally:
        try:
            pool.shutdown(wait=True, cancel_futures=True)
        except KeyboardInterrupt:  # while waiting
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def available() -> int:
    """``USQL_THREADS``, else the processors that this process may use. ``ValueError`` where the
    variable is no positive number."""
    text = os.environ.get("USQL_THREADS", "").strip()
    if not text:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ValueError(f"USQL_THREADS is a positive number of threads, not {text!r}")
    return int(text)
