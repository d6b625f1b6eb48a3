"""The sessions of a live folder for a program that also writes it: as old as queries allow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from usql.asking.prepare import PreparedQuery
from usql.asking.question import QueryOptions
from usql.catalog import Catalog
from usql.engine import Answer
from usql.language.diagnostics import Diagnostic
from usql.live.sessions import LiveSessions
from usql.live.writer import Writer
from usql.queryable import Queryable
from usql.result import Result
from usql.result.later import Later
from usql.store.known import Known

SOONEST = 10.0
"""Seconds after an acknowledgement before queries open the folder again: so they do at most every ten
seconds."""

LATEST = 15.0
"""Seconds after an acknowledgement from which a query waits until it has the sessions."""


class Following(Queryable):
    """The sessions that a ``writer`` has taken into the folder of these ``sessions``. A query ``LATEST``
    seconds after an acknowledgement has its sessions; if there are no queries, nothing is done. Each
    query is answered by the sessions of one moment; those of the next are made beside them. ``tell``
    is called with a sentence where that fails, and queries go on with the sessions there are.
    """

    _held = ("_sessions",)

    def __init__(self, writer: Writer, sessions: LiveSessions, tell: Callable[[str], None]) -> None:
        self._writer = writer
        self._tell = tell
        self._refreshing = threading.Lock()
        self._retry_at = 0.0
        self._coming_since: float | None = None
        self._sessions = sessions.refresh()

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def catalog(self) -> Catalog:
        return self._sessions.catalog

    @property
    def notes(self) -> tuple[str, ...]:
        return self._sessions.notes

    @property
    def span(self) -> tuple[int, int]:
        return self._sessions.span

    def ask(self, text: str, options: QueryOptions) -> Result:
        self._keep_up()
        return self._sessions.ask(text, options)

    def explain(self, text: str, **options: Any) -> str:
        self._keep_up()
        return self._sessions.explain(text, **options)

    def check(self, text: str, **options: Any) -> list[Diagnostic]:
        return self._sessions.check(text, **options)

    def _deep_links(self, answer: Answer) -> Later[pa.Table] | None:
        return self._sessions._deep_links(answer)

    def _known_by(self, query: PreparedQuery) -> Callable[[], Known]:
        return self._sessions._known_by(query)

    def _keep_up(self) -> None:
        """Open the folder again, or begin to, if some sessions were acknowledged long enough ago."""
        age = self._age
        if age >= LATEST:
            with self._refreshing:
                if self._age >= LATEST:  # another query may have done it meanwhile
                    self._refresh()
        elif age >= SOONEST and self._refreshing.acquire(blocking=False):
            threading.Thread(target=self._refresh_beside, name="usql-live-refresh").start()

    @property
    def _age(self) -> float:
        """Seconds since the first acknowledgement of sessions that are not here, even if they are about
        to be; 0 without any, and for a while after a failure."""
        since = self._coming_since or self._writer.waiting_since
        now = time.monotonic()
        return 0.0 if since is None or now < self._retry_at else now - since

    def _refresh_beside(self) -> None:
        try:
            self._refresh()
        finally:
            self._refreshing.release()

    def _refresh(self) -> None:
        try:
            self._coming_since = self._coming_since or self._writer.waiting_since
            self._writer.flush()
            self._sessions = self._sessions.refresh(warm=True)
            self._coming_since = None
        except Exception as error:  # queries are answered, with what there is
            self._retry_at = time.monotonic() + SOONEST
            self._tell(f"queries do not have the latest sessions: {error}")
