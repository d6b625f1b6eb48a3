"""Morsels on all cores: the calling thread and a few worker threads take them one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from usql.engine.runtime.limits import Control
from usql.store.threads import helpers

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_morsels(
    work: Callable[[int, Item], Result],
    morsels: Sequence[Item],
    control: Control,
    most: int | None = None,
) -> list[Result]:
    """The results of ``work(worker, morsel)`` for every morsel, in order, on at most ``most`` of
    the run's threads. ``worker`` is the number of the thread from 0, for partial results of its
    own. The first exception in any thread, or an interrupt of the calling thread, ends all work and
    is raised."""
    results: list[Result] = [None] * len(morsels)  # type: ignore[list-item]  # all are filled
    remaining = iter(range(len(morsels)))
    failed: list[BaseException] = []

    def drain(worker: int) -> None:
        try:
            for index in remaining:  # taking the next number is atomic under the interpreter's lock
                if failed:
                    return
                control.check()
                results[index] = work(worker, morsels[index])
        except BaseException as error:
            failed.append(error)

    threads = min(most or control.threads, control.threads, len(morsels))
    futures: list[Future[None]] = []
    if threads > 1:
        pool = helpers(control.threads - 1)
        futures = [pool.submit(drain, worker) for worker in range(1, threads)]
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
    """Wait for the workers that have started; the others are no longer needed."""
    for future in futures:
        if not future.cancel():
            future.result()
