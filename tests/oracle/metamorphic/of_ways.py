"""Relations of ways: how an answer is computed changes nothing of it."""

from __future__ import annotations

import functools

import usql
from tests.oracle.metamorphic.asking import Asker, Options, Relations, Rows, same
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.store import Store

WAYS = Relations()
"""Each is given the ways to ask the same store, and the text of a query."""


class Ways:
    """A store, opened with different numbers of threads and memory for indexes, and these sizes."""

    def __init__(self, store: Store, options: Options, tuning: Tuning = DEFAULT) -> None:
        self._store = store
        self._options = options
        self._tuning = tuning
        self._expected: dict[str, Rows] = {}

    def expected(self, text: str) -> Rows:
        """What the plain way answers, which is asked once."""
        if text not in self._expected:
            self._expected = {text: self.plain.rows(text)}
        return self._expected[text]

    def _open(self, threads: int, index_memory: int | None) -> Asker:
        sessions = usql.Sessions(
            self._store, threads=threads, index_memory=index_memory, tuning=self._tuning
        )
        return Asker(sessions, self._options)

    @functools.cached_property
    def plain(self) -> Asker:
        """One thread without indexes."""
        return self._open(1, 0)

    @functools.cached_property
    def threaded(self) -> list[Asker]:
        """Two and seven threads without indexes."""
        return [self._open(threads, 0) for threads in (2, 7)]

    @functools.cached_property
    def indexed(self) -> list[Asker]:
        """Indexes that stay, and others that have to make room for each other."""
        return [self._open(1, None), self._open(2, None), self._open(2, 4000)]


@WAYS
def threads_change_no_answer(ways: Ways, text: str) -> None:
    for asker in ways.threaded:
        same(asker.rows(text), ways.expected(text))


@WAYS
def indexes_change_no_answer(ways: Ways, text: str) -> None:
    """Neither the query that builds them nor the next one."""
    for asker in ways.indexed:
        same(asker.rows(text), ways.expected(text))
        same(asker.rows(text), ways.expected(text))


@WAYS
def explain_changes_no_answer(ways: Ways, text: str) -> None:
    asker = ways.indexed[0]
    shown = asker.data.explain(text, analyze=True, **asker.options)
    assert "Scan" in shown
    same(asker.rows(text), ways.expected(text))


@WAYS
def time_enough_changes_no_answer(ways: Ways, text: str) -> None:
    asker = ways.threaded[0]
    same(asker.over(asker.data, timeout=600).rows(text), ways.expected(text))
