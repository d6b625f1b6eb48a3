"""Morsels on several threads: order, errors, limits and interrupts."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import pytest

from usql.engine.runtime import workers
from usql.engine.runtime.limits import Control
from usql.engine.runtime.workers import map_morsels
from usql.errors import TimeLimit
from usql.store.threads import helpers

THREADS = [1, 2, 7]


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_results_are_in_the_order_of_the_morsels(count: int, threads: int) -> None:
    def work(_: int, morsel: int) -> int:
        time.sleep(0.0005 * (morsel % 3))
        return -morsel

    found = map_morsels(work, range(count), Control(threads))
    assert found == [-morsel for morsel in range(count)]


@pytest.mark.parametrize("threads", THREADS)
def test_a_worker_is_one_thread_at_a_time(threads: int) -> None:
    """So that it may add to a partial result of its own without a lock."""
    busy: set[int] = set()
    workers: set[int] = set()

    def work(worker: int, _: int) -> None:
        assert worker not in busy
        busy.add(worker)
        workers.add(worker)
        time.sleep(0.001)
        busy.remove(worker)

    map_morsels(work, range(60), Control(threads))
    assert workers <= set(range(threads))
    assert 0 in workers


def test_several_threads_work_at_once() -> None:
    meeting = threading.Barrier(3, timeout=20)
    names: set[str] = set()

    def work(_: int, morsel: int) -> None:
        meeting.wait()
        names.add(threading.current_thread().name)

    map_morsels(work, range(3), Control(3))
    assert len(names) == 3


@pytest.mark.parametrize("threads", THREADS)
def test_the_first_error_ends_all(threads: int) -> None:
    done: list[int] = []

    def work(_: int, morsel: int) -> None:
        if morsel == 5:
            raise ValueError("the fifth")
        time.sleep(0.001)
        done.append(morsel)

    with pytest.raises(ValueError, match="the fifth"):
        map_morsels(work, range(10_000), Control(threads))
    finished = len(done)
    time.sleep(0.02)
    assert finished == len(done) < 200


def test_an_error_of_a_helper_reaches_the_caller() -> None:
    caller = threading.current_thread()
    failed = threading.Event()

    def work(_: int, morsel: int) -> None:
        if threading.current_thread() is caller:
            failed.wait(20)
        else:
            failed.set()
            raise KeyError("a helper")

    with pytest.raises(KeyError, match="a helper"):
        map_morsels(work, range(4), Control(2))


@pytest.mark.parametrize("threads", THREADS)
def test_time_is_looked_at_between_morsels(threads: int) -> None:
    done: list[int] = []

    def work(_: int, morsel: int) -> None:
        time.sleep(0.002)
        done.append(morsel)

    with pytest.raises(TimeLimit, match="longer than its timeout"):
        map_morsels(work, range(10_000), Control(threads, deadline=time.monotonic() + 0.05))
    assert len(done) < 1000


@pytest.fixture
def _interrupts() -> Iterator[None]:
    """An interrupt raises, also where the tests run in the background, which ignores it."""
    known = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, known)


@pytest.mark.usefixtures("_interrupts")
@pytest.mark.parametrize("threads", THREADS)
def test_an_interrupt_of_the_calling_thread_ends_all(threads: int) -> None:
    done: list[int] = []

    def work(_: int, morsel: int) -> None:
        if morsel == 3:
            _thread.interrupt_main()
        time.sleep(0.002)
        done.append(morsel)

    with pytest.raises(KeyboardInterrupt):
        map_morsels(work, range(10_000), Control(threads))
    finished = len(done)
    time.sleep(0.02)
    assert finished == len(done) < 1000


def test_calls_from_many_threads_and_within_each_other() -> None:
    def inner(_: int, number: int) -> int:
        return number * number

    def outer(_: int, count: int) -> int:
        return sum(map_morsels(inner, range(count), Control(3)))

    def call(_: int) -> list[int]:
        return map_morsels(outer, range(30), Control(3))

    wanted = [sum(n * n for n in range(count)) for count in range(30)]
    with ThreadPoolExecutor(8) as pool:
        found: list[Any] = list(pool.map(call, range(24)))
    assert found == [wanted] * 24


def workers_of(count: int, threads: int, most: int | None) -> tuple[set[int], set[str]]:
    """The numbers of the workers that took one of so many morsels, all at once, and the names of
    their threads."""
    at_once = min(most or threads, threads, count)
    meeting = threading.Barrier(at_once, timeout=20)
    seen: set[int] = set()
    names: set[str] = set()

    def work(worker: int, morsel: int) -> None:
        if morsel < at_once:
            meeting.wait()
        seen.add(worker)
        names.add(threading.current_thread().name)

    map_morsels(work, range(count), Control(threads), most)
    return seen, names


@pytest.mark.parametrize(
    ("count", "threads", "most", "workers"),
    [(9, 3, None, 3), (9, 3, 2, 2), (9, 3, 1, 1), (9, 2, 5, 2), (2, 4, None, 2), (1, 4, None, 1)],
)
def test_so_many_threads_work_as_are_allowed(
    count: int, threads: int, most: int | None, workers: int
) -> None:
    """Each has a number of its own; the calling one is the first."""
    seen, names = workers_of(count, threads, most)
    assert seen == set(range(workers))
    assert len(names) == workers
    assert threading.current_thread().name in names
    assert all(name.startswith("usql") for name in names - {threading.current_thread().name})


def test_a_thread_alone_needs_no_helpers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "helpers", lambda _: pytest.fail("helpers are fetched"))
    for control, morsels, most in (
        (Control(1), 9, None),
        (Control(5), 1, None),
        (Control(5), 9, 1),
    ):
        assert map_morsels(lambda worker, m: (worker, m), range(morsels), control, most) == [
            (0, morsel) for morsel in range(morsels)
        ]


def test_helpers_are_kept_for_the_next_query() -> None:
    asked: list[int] = []

    def kept(threads: int) -> Executor:
        asked.append(threads)
        return helpers(threads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "helpers", kept)
        for count in (2, 3, 9):
            map_morsels(lambda _, morsel: morsel, range(count), Control(3))
    assert asked == [2, 2, 2]


def test_helpers_that_have_not_begun_are_not_waited_for() -> None:
    """All helpers are busy with another query; the calling thread does all alone."""
    free = threading.Event()
    busy = [helpers(2).submit(free.wait, 20) for _ in range(2)]
    try:
        found = map_morsels(lambda worker, morsel: (worker, morsel), range(5), Control(3))
        assert found == [(0, morsel) for morsel in range(5)]
        assert not any(one.done() for one in busy)
    finally:
        free.set()


def test_helpers_that_have_begun_are_waited_for() -> None:
    """What they make is part of the answer."""
    begun = threading.Event()

    def work(worker: int, morsel: int) -> int:
        if worker:
            begun.set()
            time.sleep(0.05)
        else:
            begun.wait(20)
        return morsel

    assert map_morsels(work, range(2), Control(2)) == [0, 1]


def test_of_several_errors_the_first_is_raised() -> None:
    caller = threading.current_thread()
    failed = threading.Event()

    def work(_: int, morsel: int) -> None:
        if threading.current_thread() is caller:
            failed.wait(20)
            time.sleep(0.02)
            raise KeyError("the caller")
        failed.set()
        raise ValueError("a helper")

    with pytest.raises(ValueError, match="a helper"):
        map_morsels(work, range(2), Control(2))
