"""One store under load, with indexes and with some that make room for each other.

``USQL_LOAD_SECONDS`` and ``USQL_LOAD_THREADS`` set how long and with how many threads.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from typing import Any

import pytest

import usql
from tests.compare import equal
from tests.robust.load.crowd import Hangs, ask_at_once
from tests.sampling import IS_LONG
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.pieces import kept_indexes
from tests.unit.engine.test_pieces import answer
from usql.engine.runtime.index_cache import bytes_of
from usql.engine.runtime.tuning import Tuning

pytestmark = pytest.mark.usefixtures("checked")

SECONDS = float(os.environ.get("USQL_LOAD_SECONDS") or 10)
THREADS = int(os.environ.get("USQL_LOAD_THREADS") or (64 if IS_LONG else 16))
SESSIONS = 3000
MORE = 64 << 20
"""Bytes of memory by which a process may differ between two moments that are alike."""


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    """What one thread without indexes answers."""
    data = usql.Sessions(usql.sample(SESSIONS, seed=12)._store, threads=1, index_memory=0)
    return [answer(data, text, number) for number, text in enumerate(QUERIES)]


@pytest.mark.long
@pytest.mark.parametrize("index_memory", [None, 100_000], ids=["indexes", "few indexes"])
def test_many_threads_for_long(
    index_memory: int | None, expected: list[Any], capfd: pytest.CaptureFixture[str]
) -> None:
    store = usql.sample(SESSIONS, seed=12)._store
    tuning = Tuning(most_rows_grouped_alone=1 << 14, fewest_indexed_rows=1 << 10)
    data = usql.Sessions(store, threads=2, index_memory=index_memory, tuning=tuning)

    def right(number: int) -> bool:
        return equal(answer(data, QUERIES[number], number), expected[number])

    questions = [functools.partial(right, number) for number in range(len(QUERIES))]
    with capfd.disabled():  # a hang of all is told on standard error
        outcome = ask_at_once(questions, THREADS, SECONDS, rounds=3)
    # In the first round threads and indexes take what they will hold.
    early, late = outcome.most(range(1, 2)), outcome.most(range(2, sys.maxsize))
    print(f"{outcome.answered} answers; MB in the second round, later: {early >> 20}, {late >> 20}")
    assert not outcome.failed
    assert {QUERIES[number] for number in outcome.wrong} == set()
    assert late < early + MORE
    kept = sum(map(bytes_of, kept_indexes(data).values()))
    assert index_memory is None or kept <= index_memory


def test_a_deadlock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The crowd's own watch: a thread that waits for ever is named with its place."""
    first, second = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def one_way(a: threading.Lock, b: threading.Lock) -> bool:
        with a:
            both.wait()
            return b.acquire(timeout=5)

    turns = iter([(first, second), (second, first)])
    monkeypatch.setattr("tests.robust.load.crowd._PATIENCE", 0.2)
    with pytest.raises(Hangs, match="one_way"):
        ask_at_once([lambda: one_way(*next(turns))], 2, 0.1)
