"""Which queries run and which wait: as many run at once as there are processors, in a thread pool; some
more wait in a queue; those whose client has disconnected are stopped."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

from usql.server.access import visit_of
from usql.server.refusals import ClientGone, busy, closing
from usql.store.threads import thread_pool

T = TypeVar("T")

RETRY = 2
"""Seconds after which a client that is turned away should try again: before its idle connection is
closed, lest its next request meets the closing."""


class Admission:
    """Lets ``running`` queries run at once, and ``waiting`` more wait for at most ``patience``
    seconds. It belongs to one event loop and must be called from that loop's thread."""

    def __init__(self, running: int, waiting: int = 32, patience: float = 10.0) -> None:
        self._pool = thread_pool(running, "usql-server")
        self._free = running
        self._places = running + waiting
        self._most_waiting = waiting
        self._patience = patience
        self._queue: deque[asyncio.Future[None]] = deque()
        self._running: set[threading.Event] = set()
        self.is_closing = False
        self._finished = self._cancelled = 0

    async def run(self, request: Request, work: Callable[[threading.Event], T]) -> T:
        """The result of ``work``, which runs in a thread as soon as there is a place for it. Its
        event is set when the client disconnects or the server stops waiting for it; its place is
        free once it has returned.

        :class:`Refusal` (429) if no place becomes free, (503) if the server shuts down,
        :class:`ClientGone` if the client has disconnected.
        """
        if self.is_closing:
            raise closing()
        gone = asyncio.create_task(until_gone(request.receive))
        began = time.perf_counter()
        try:
            await self._enter(gone)
            visit_of(request.scope).waited = time.perf_counter() - began
            return await self._watched(work, gone)
        finally:
            gone.cancel()

    async def _enter(self, gone: asyncio.Task[None]) -> None:
        """Take a place, or wait for one."""
        if self._free:
            self._free -= 1
            return None
        if len(self._queue) >= self._most_waiting:
            raise busy(self._places, RETRY)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await asyncio.wait(
                {turn, gone}, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            self._give_up(turn)
            raise
        if turn.done():
            return turn.result()
        self._give_up(turn)
        raise ClientGone if gone.done() else busy(self._places, RETRY)

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            self._queue.remove(turn)
        elif turn.exception() is None:
            self._leave()

    def _leave(self) -> None:
        """Pass a free place to the request that has waited longest, if any is waiting."""
        if self._queue:
            self._queue.popleft().set_result(None)
        else:
            self._free += 1

    async def _watched(self, work: Callable[[threading.Event], T], gone: asyncio.Task[None]) -> T:
        """Run ``work`` in the place that was entered, until the client disconnects."""
        cancelled = threading.Event()
        self._running.add(cancelled)
        running = asyncio.get_running_loop().run_in_executor(self._pool, work, cancelled)
        running.add_done_callback(functools.partial(self._ended, cancelled))
        try:
            either: set[asyncio.Future[Any]] = {running, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        if running.done():
            return running.result()
        cancelled.set()
        await asyncio.wait({running})
        raise ClientGone

    def _ended(self, cancelled: threading.Event, running: asyncio.Future[T]) -> None:
        self._running.discard(cancelled)
        self._finished += 1
        self._cancelled += cancelled.is_set()
        if not running.cancelled():
            running.exception()  # marks it as retrieved; asyncio would report it otherwise
        self._leave()

    def counts(self) -> dict[str, int]:
        """How many queries run and wait, and since the start have ended, some because they were
        cancelled."""
        return {
            "running": len(self._running),
            "waiting": len(self._queue),
            "ended": self._finished,
            "cancelled": self._cancelled,
        }

    def drain(self) -> None:
        """Accept no more queries, and turn away those that are waiting."""
        self.is_closing = True
        while self._queue:
            self._queue.popleft().set_exception(closing())

    def cancel(self) -> None:
        """Stop the running queries."""
        for cancelled in self._running:
            cancelled.set()

    async def close(self) -> None:
        """Stop the running queries, and return when none is left."""
        self.drain()
        self.cancel()
        await asyncio.to_thread(self._pool.shutdown)


async def until_gone(receive: Receive) -> None:
    """Return when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
