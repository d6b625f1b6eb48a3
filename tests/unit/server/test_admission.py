"""Places for queries: how many run, who waits, who is sent away, and what ends them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from starlette.requests import Request

from usql.server.admission import Admission
from usql.server.refusals import ClientGone, Refusal

PATIENCE = 30.0


class Client:
    """One that waits for an answer until it is told to go."""

    def __init__(self) -> None:
        self.goes = asyncio.Event()
        self.request = Request({"type": "http"}, self._receive)

    async def _receive(self) -> dict[str, str]:
        await self.goes.wait()
        return {"type": "http.disconnect"}


def until(open_: threading.Event) -> Callable[[threading.Event], str]:
    """Work that ends when it may, or is to."""

    def work(cancelled: threading.Event) -> str:
        while not open_.wait(0.005):
            if cancelled.is_set():
                return "cancelled"
        return "done"

    return work


async def turns() -> None:
    """Let what can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_so_many_run_and_so_many_wait() -> None:
    admission, opened, clients = (
        Admission(2, waiting=3, patience=PATIENCE),
        threading.Event(),
        [Client() for _ in range(6)],
    )
    asked = [asyncio.create_task(admission.run(c.request, until(opened))) for c in clients[:5]]
    await turns()
    with pytest.raises(Refusal, match=r"Reset time: .* \(\d+\)$") as refused:
        await admission.run(clients[5].request, until(opened))
    assert refused.value.status == 429
    assert refused.value.headers["X-RateLimit-Limit"] == "5"
    opened.set()
    assert await asyncio.gather(*asked) == ["done"] * 5
    assert await admission.run(clients[5].request, until(opened)) == "done"
    await admission.close()


@pytest.mark.asyncio
async def test_who_waits_longest_comes_first() -> None:
    admission, opened, order = Admission(1, patience=PATIENCE), threading.Event(), []

    def noting(number: int) -> Callable[[threading.Event], None]:
        def work(_: threading.Event) -> None:
            opened.wait(PATIENCE)
            order.append(number)

        return work

    await asyncio.gather(*(
        asyncio.create_task(admission.run(Client().request, noting(n))) for n in range(9)
    ), _later(opened.set))  # fmt: skip
    assert order == [*range(9)]
    await admission.close()


async def _later(act: Callable[[], None]) -> None:
    await turns()
    act()


@pytest.mark.asyncio
async def test_who_waits_too_long_is_sent_away() -> None:
    admission, opened = Admission(1, patience=0.02), threading.Event()
    running = asyncio.create_task(admission.run(Client().request, until(opened)))
    await turns()
    with pytest.raises(Refusal) as refused:
        await admission.run(Client().request, until(opened))
    assert refused.value.status == 429
    opened.set()
    assert await running == "done"
    assert await admission.run(Client().request, until(opened)) == "done"
    await admission.close()


@pytest.mark.asyncio
async def test_a_client_that_goes_away_ends_its_query() -> None:
    admission, never = Admission(1, patience=PATIENCE), threading.Event()
    client, waiting, events = Client(), Client(), []

    def work(cancelled: threading.Event) -> str:
        events.append(cancelled)
        return until(never)(cancelled)

    running = asyncio.create_task(admission.run(client.request, work))
    queued = asyncio.create_task(admission.run(waiting.request, work))
    await turns()
    waiting.goes.set()
    with pytest.raises(ClientGone):
        await queued
    client.goes.set()
    with pytest.raises(ClientGone):
        await running
    assert [event.is_set() for event in events] == [True]
    never.set()
    assert await admission.run(Client().request, work) == "done"
    await admission.close()


@pytest.mark.asyncio
async def test_tasks_that_are_cancelled_leave_their_places() -> None:
    admission, never = Admission(1, patience=PATIENCE), threading.Event()
    running = asyncio.create_task(admission.run(Client().request, until(never)))
    queued = asyncio.create_task(admission.run(Client().request, until(never)))
    await turns()
    queued.cancel()
    running.cancel()
    for task in (queued, running):
        with pytest.raises(asyncio.CancelledError):
            await task
    never.set()
    assert await admission.run(Client().request, until(never)) == "done"
    await admission.close()


@pytest.mark.asyncio
async def test_what_fails_leaves_its_place() -> None:
    admission = Admission(1, patience=PATIENCE)

    def broken(_: threading.Event) -> None:
        raise RuntimeError("broken")

    for _ in range(3):
        with pytest.raises(RuntimeError, match="broken"):
            await admission.run(Client().request, broken)
    await admission.close()


@pytest.mark.asyncio
async def test_the_end() -> None:
    before = set(threading.enumerate())
    admission, never = Admission(1, patience=PATIENCE), threading.Event()
    running = asyncio.create_task(admission.run(Client().request, until(never)))
    queued = asyncio.create_task(admission.run(Client().request, until(never)))
    await turns()
    admission.drain()
    for asked in (queued, admission.run(Client().request, until(never))):
        with pytest.raises(Refusal) as refused:
            await asked
        assert refused.value.status == 503
        assert refused.value.headers["Retry-After"] == "5"
    assert not running.done()
    admission.cancel()
    assert await running == "cancelled"
    await admission.close()
    assert not [t for t in set(threading.enumerate()) - before if t.name.startswith("usql-server")]
