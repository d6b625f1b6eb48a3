"""Pools of threads: those that end with a load, and those that queries keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from tests.places import ROOT
from usql.store.threads import Inline, helpers, workers


def names(pool_of: int, submit: Callable[[Callable[[], None]], Future[None]]) -> set[str]:
    """The names of the threads that do as many calls at once."""
    met: set[str] = set()
    all_there = threading.Barrier(pool_of)

    def meet() -> None:
        met.add(threading.current_thread().name)
        all_there.wait(20)

    calls = [submit(meet) for _ in range(pool_of)]
    for call in calls:
        call.result()
    return met


def running() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_the_threads_of_a_load_end_with_it() -> None:
    with workers(3) as pool:
        seen = names(3, pool.submit)
        assert len(seen) == 3
        assert all(name.startswith("usql-load") for name in seen)
        assert seen <= running()
    assert not seen & running()
    with pytest.raises(RuntimeError):
        pool.submit(print)


def test_calls_that_have_not_begun_never_begin() -> None:
    free, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        free.wait(20)

    calls: list[Future[None]] = []

    def load() -> None:
        with workers(2) as pool:
            calls.extend(pool.submit(wait) for _ in range(5))
            begun.wait(20)
            threading.Timer(0.05, free.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        load()
    assert sum(call.cancelled() for call in calls) >= 3
    assert all(call.done() for call in calls)


def test_one_thread_is_the_calling_one() -> None:
    with workers(1) as pool:
        assert isinstance(pool, Inline)
        assert pool.submit(threading.get_ident).result() == threading.get_ident()
        assert isinstance(pool.submit(int, "x").exception(), ValueError)


@pytest.mark.parametrize("threads", [1, 3])
def test_helpers_are_shared_by_all_that_want_as_many(threads: int) -> None:
    pool = helpers(threads)
    assert helpers(threads) is pool is not helpers(threads + 1)
    seen = names(threads, pool.submit)
    assert len(seen) == threads
    assert all(name.startswith("usql_") for name in seen)
    assert seen <= running()


def test_no_other_module_makes_pools() -> None:
    sources = (ROOT / "usql").rglob("*.py")
    made = [path for path in sources if b"ThreadPoolExecutor(" in path.read_bytes()]
    assert made == [ROOT / "usql" / "store" / "threads.py"]
