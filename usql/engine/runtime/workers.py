"""Morsels on all cores: the calling thread and a few helpers take them one by one."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from usql.engine.runtime.limits import Control

Item = TypeVar("Item")
Made = TypeVar("Made")


@functools.cache
def _pool(helpers: int) -> ThreadPoolExecutor:
    """The helpers of all queries that run with this many; kept, since starting a thread costs
    more than a small query."""
    return ThreadPoolExecutor(helpers, thread_name_prefix="usql")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork


def map_morsels(
    work: Callable[[int, Item], Made],
    morsels: Sequence[Item],
    control: Control,
    most: int | None = None,
) -> list[Made]:
    """``work(worker, morsel)`` of every morsel, in order, on at most ``most`` of the run's threads.
    ``worker`` numbers the thread from 0, for partial results of its own. The first exception of
    any thread ends all and is raised; so does an interrupt of the calling thread."""
    results: list[Made] = [None] * len(morsels)  # type: ignore[list-item]  # all are filled
    left = iter(range(len(morsels)))
    failed: list[BaseException] = []

    def drain(worker: int) -> None:
        try:
            for index in left:  # taking the next number is one step under the interpreter's lock
                if failed:
                    return
                control.check()
                results[index] = work(worker, morsels[index])
        except BaseException as error:
            failed.append(error)

    helpers = min(most or control.threads, control.threads, len(morsels)) - 1
    futures: list[Future[None]] = []
    if helpers > 0:
        pool = _pool(control.threads - 1)
        futures = [pool.submit(drain, worker) for worker in range(1, helpers + 1)]
    try:
        drain(0)
        _finish(futures)
    except BaseException as error:
        failed.append(error)
        _finish(futures)
    if failed:
        raise failed[0]
    return results


def _finish(futures: list[Future[None]]) -> None:
    """Wait for helpers that have begun; those that have not are not needed any more."""
    for future in futures:
        if not future.cancel():
            future.result()
