"""Sessions as an object of Python: opened, closed, and asked by programs of coroutines."""

from __future__ import annotations

import asyncio
import copy
import pickle
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import usql
from usql.store import load

COUNT = "SELECT COUNT(*) FROM usersession"
ODD = "SELECT city FROM usersession WHERE userType = 'REAL_USR' LIMIT 3"


def test_with_closes(tmp_path: Path) -> None:
    with usql.sample(sessions=20) as sessions:
        sessions.save(tmp_path / "a.usqlstore")
    with pytest.raises(ValueError, match="closed"):
        sessions.query(COUNT)
    with usql.open(tmp_path / "a.usqlstore") as again:
        assert again.query(COUNT).rows() == [[20]]
    assert repr(again) == "<Sessions: closed>"


def test_with_closes_after_an_error() -> None:
    with pytest.raises(usql.UsqlError), usql.sample(sessions=20) as sessions:
        sessions.query("SELECT cty FROM usersession")
    with pytest.raises(ValueError, match="closed"):
        sessions.query(COUNT)


USES: dict[str, Callable[[usql.Sessions], object]] = {
    "query": lambda s: s.query(COUNT),
    "explain": lambda s: s.explain(COUNT),
    "check": lambda s: s.check(COUNT),
    "write": lambda s: s.write("never.ndjson"),
    "save": lambda s: s.save("never"),
    "len": len,
    "catalog": lambda s: s.catalog,
    "notes": lambda s: s.notes,
    "pickle": pickle.dumps,
}


@pytest.mark.parametrize("use", USES.values(), ids=list(USES))
def test_closed_sessions_answer_nothing(
    use: Callable[[usql.Sessions], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sessions = usql.sample(sessions=20)
    same = copy.copy(sessions)
    sessions.close()
    sessions.close()
    for closed in (sessions, same):
        with pytest.raises(ValueError, match="these sessions are closed"):
            use(closed)
    assert list(tmp_path.iterdir()) == []


def test_other_names_are_no_attributes() -> None:
    sessions: Any = usql.sample(sessions=1)
    for _ in range(2):
        with pytest.raises(AttributeError, match="'Sessions' object has no attribute 'rows'"):
            _ = sessions.rows
        sessions.close()


def test_results_outlive_their_sessions() -> None:
    sessions = usql.sample(sessions=200)
    result = sessions.query(ODD)
    rows = sessions.query("SELECT city, startTime FROM usersession LIMIT 3")
    expected = sessions.query("SELECT city, startTime FROM usersession LIMIT 3")
    kept = sessions.query(ODD).diagnostics
    before = expected.to_table_response(deep_links=True)
    sessions.close()
    assert result.diagnostics == kept
    assert result.diagnostics
    assert rows.to_table_response(deep_links=True) == before
    assert len(rows.rows()) == 3


def test_closing_lets_the_memory_go() -> None:
    store = load([{"city": "Linz"}] * 20)
    held = weakref.ref(store)
    sessions = usql.Sessions(store)
    del store
    assert sessions.query(COUNT).rows() == [[20]]
    assert held() is not None
    sessions.close()
    assert held() is None


def test_coroutines_ask_by_threads() -> None:
    async def ask() -> list[usql.Result]:
        sessions = await asyncio.to_thread(usql.sample, 500)
        texts = [f"SELECT COUNT(*) FROM usersession WHERE duration > {n}" for n in (0, 10, 10**9)]
        return await asyncio.gather(*(asyncio.to_thread(sessions.query, text) for text in texts))

    everything, most, none = (result.rows()[0][0] for result in asyncio.run(ask()))
    assert everything >= most > none == 0


def test_a_coroutine_that_is_cancelled_can_end_its_query() -> None:
    ended: list[str] = []
    asked = threading.Event()
    cancelled = threading.Event()

    class Waiting:
        """An event that the query looks at: it is there once the query runs."""

        def is_set(self) -> bool:
            asked.set()
            return cancelled.wait(60)

    async def ask(sessions: usql.Sessions) -> None:
        def run() -> None:
            try:
                sessions.query(COUNT, cancelled=Waiting())
            except usql.UsqlError as error:
                ended.extend(d.name for d in error.diagnostics)

        task = asyncio.create_task(asyncio.to_thread(run))
        await asyncio.to_thread(asked.wait, 60)
        task.cancel()
        try:
            with pytest.raises(asyncio.CancelledError):
                await task
        finally:
            cancelled.set()

    asyncio.run(ask(usql.sample(sessions=50)))
    assert ended == ["cancelled"]
