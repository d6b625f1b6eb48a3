"""Morsels on several threads: order, errors, limits and interrupts."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from usql.engine.control import Control, TimeLimit
from usql.engine.workers import map_morsels

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
