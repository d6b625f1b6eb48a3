"""Threads of this process, made here alone: pools that end with a load, those that queries keep,
and that of a server."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Inline(Executor):
    """Runs every call immediately on the thread that submits it."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The finished future of the call."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def thread_pool(threads: int, name: str) -> ThreadPoolExecutor:
    """A pool of this many threads, whose names begin with ``name``; whoever makes it shuts it down."""
    return ThreadPoolExecutor(threads, thread_name_prefix=name)


@contextmanager
def workers(threads: int) -> Iterator[Executor]:
    """An executor with this many threads; 1 means the calling thread alone. At the end, even after
    an error or Ctrl-C, calls that have not begun are cancelled and all threads end."""
    if threads == 1:
        yield Inline()
        return
    pool = thread_pool(threads, "usql-load")
    try:
        yield pool
    finally:
        try:
            pool.shutdown(wait=True, cancel_futures=True)
        except KeyboardInterrupt:  # while waiting
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@functools.cache
def helpers(threads: int) -> Executor:
    """The executor with this many threads that all queries share which want as many. It is kept,
    since starting a thread costs more than a small query does."""
    return thread_pool(threads, "usql")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=helpers.cache_clear)  # threads do not survive a fork


def available() -> int:
    """``USQL_THREADS``, else the number of processors that this process may use. ``ValueError`` if
    the variable is not a positive number."""
    text = os.environ.get("USQL_THREADS", "").strip()
    if not text:
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise ValueError(f"USQL_THREADS must be a positive number of threads, not {text!r}")
    return int(text)
