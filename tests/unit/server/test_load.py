"""Many clients at once: right answers, flat memory, and nothing left when they have gone."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from pathlib import Path

import httpx2
import psutil
import pytest

import usql
from tests.sampling import IS_LONG
from tests.unit.server.asking import HEADER, TABLE, TREE
from tests.unit.server.running import PATIENCE, serving

SECONDS = 120 if IS_LONG else 20
CLIENTS = 64
MORE = 64 << 20
"""Bytes of memory by which a process may differ between two moments that are alike."""

QUERIES = [
    "SELECT country, COUNT(*) FROM usersession GROUP BY country",
    "SELECT * FROM usersession LIMIT 500",
    "SELECT userSessionId, city, duration FROM usersession ORDER BY userSessionId LIMIT 5000",
    "SELECT useraction.name, AVG(useraction.duration) FROM usersession GROUP BY useraction.name",
    "SELECT name, duration FROM useraction WHERE duration > 1000 LIMIT 1000",
    "SELECT FUNNEL(bounce = false, useraction.name LIKE '*search*') FROM usersession",
    "SELECT COUNT(DISTINCT city), MEDIAN(duration) FROM usersession",
    "SELECT cty FROM usersession",
]
EVERYTHING = {"startTimestamp": "1", "endTimestamp": "9000000000000"}


SHORT = httpx2.Limits(keepalive_expiry=1)
"""Seconds after which a client leaves an idle connection: before the server does, which may send its
answer long before a busy client reads it."""


class Crowd:
    """Clients that ask until a moment; one in ten requests is given up before its answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.statuses: Counter[int] = Counter()
        self.given_up = 0
        self.wrong: list[str] = []
        self.right: dict[tuple[str, str], bytes] = {}

    async def asked(self, client: httpx2.AsyncClient, query: str, path: str) -> httpx2.Response:
        return await client.get(
            self.url + path, params={"query": query, **EVERYTHING}, headers=HEADER
        )

    async def learn(self) -> None:
        """What a client alone is answered."""
        async with httpx2.AsyncClient(verify=False, timeout=PATIENCE) as client:
            for query, path in itertools.product(QUERIES, (TABLE, TREE)):
                self.right[query, path] = (await self.asked(client, query, path)).content

    async def one(self, number: int, until: float) -> None:
        chance = random.Random(number)
        async with httpx2.AsyncClient(verify=False, timeout=PATIENCE, limits=SHORT) as client:
            while time.monotonic() < until:
                query, path = chance.choice(QUERIES), chance.choice((TABLE, TREE))
                if chance.random() < 0.1:
                    await self._give_up(query, path, chance.random() * 0.02)
                    continue
                found = await self.asked(client, query, path)
                self.statuses[found.status_code] += 1
                if found.status_code == 429:
                    assert found.headers["Retry-After"]
                    await asyncio.sleep(0.1)
                elif found.content != self.right[query, path]:
                    self.wrong.append(query)

    async def _give_up(self, query: str, path: str, after: float) -> None:
        """Ask, and go away a moment later."""
        async with httpx2.AsyncClient(verify=False, timeout=PATIENCE) as client:
            try:
                await asyncio.wait_for(self.asked(client, query, path), after)
            except TimeoutError:
                self.given_up += 1

    async def everybody(self, process: psutil.Process) -> list[int]:
        """The memory of the server, four times a second, while all ask."""
        until = time.monotonic() + SECONDS
        asking = asyncio.gather(*(self.one(number, until) for number in range(CLIENTS)))
        sizes = []
        while not asking.done():
            sizes.append(process.memory_info().rss)
            await asyncio.sleep(0.25)
        await asking
        return sizes


@pytest.mark.long
def test_many_clients(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    usql.sample(sessions=3000, seed=12).save(tmp_path / "some.usqlstore")
    with serving(tmp_path, str(tmp_path / "some.usqlstore")) as running:
        process = psutil.Process(running.process.pid)
        crowd = Crowd(running.url)
        asyncio.run(crowd.learn())
        sizes = asyncio.run(crowd.everybody(process))
        early, late = max(sizes[: len(sizes) // 3]), max(sizes[len(sizes) // 3 :])
        with capfd.disabled():
            print(
                f"{crowd.statuses}; {crowd.given_up} given up; MB at first, later: {early >> 20}, {late >> 20}"
            )
        assert crowd.wrong == []
        assert set(crowd.statuses) <= {200, 404, 429}
        assert crowd.statuses[200] > CLIENTS
        assert crowd.given_up
        assert late < early + MORE
        deadline = time.monotonic() + PATIENCE
        while [c for c in process.net_connections() if c.status == psutil.CONN_ESTABLISHED]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        httpx2.get(f"{running.url}/healthz").raise_for_status()
        assert "fault" not in running.log.read_text()
