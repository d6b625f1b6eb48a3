"""What an answer costs beyond its query, and the server's start beyond that of ``usql query``: the
figures of docs/SERVER.md. ``python -m tests.unit.server.cost [STORE]``"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psutil

import usql
from tests.unit.server.asking import HEADER, TABLE
from tests.unit.server.running import serving
from usql.asking.question import QueryOptions
from usql.server.answers import table
from usql.server.parameters import Parameters, pairs_of, parameters_of
from usql.server.responses import packed
from usql.server.settings import Settings

TIMES = {"startTimestamp": 1, "endTimestamp": 9_000_000_000_000}
_FIELDS = (
    "userSessionId, country, duration, startTime, endTime, bounce, browserFamily, userActionCount"
)
_GROUPS = "SELECT country, COUNT(*) FROM usersession GROUP BY country LIMIT 99"
QUERIES = {
    "5000 rows of 8 fields": f"SELECT {_FIELDS} FROM usersession LIMIT 5000",
    "5000 actions": "SELECT * FROM useraction LIMIT 5000",
    "groups": _GROUPS,
}


def least(work: Callable[[], object]) -> float:
    """The least processor time of 25 runs in milliseconds."""
    found = []
    for _ in range(25):
        began = time.thread_time()
        work()
        found.append(time.thread_time() - began)
    return min(found) * 1000


def answers(sessions: usql.Sessions) -> None:
    settings = Settings(token="x" * 40, hosts=frozenset())
    never = threading.Event()
    for name, query in QUERIES.items():
        text = urlencode({"query": query, **TIMES})
        asked: Parameters = parameters_of(pairs_of(text.encode()), True)
        whole = table(sessions, asked, settings, never)
        options = QueryOptions(start=TIMES["startTimestamp"], end=TIMES["endTimestamp"])
        alone = least(lambda query=query, options=options: sessions.ask(query, options))  # type: ignore[misc]
        answered = least(lambda asked=asked: table(sessions, asked, settings, never))  # type: ignore[misc]
        small = least(lambda whole=whole: packed(whole))  # type: ignore[misc]
        print(
            f"{name}: {alone:.2f} ms, answered {answered:.2f} ms, gzip {small:.2f} ms, {len(whole.body)} bytes"
        )


def start(store: Path) -> None:
    def query() -> float:
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "usql", "query", _GROUPS, store],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        after = os.times()
        return (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )

    def serve() -> float:
        with serving(store.parent, str(store)) as running:
            found = httpx2.get(
                running.url + TABLE, params={"query": _GROUPS, **TIMES}, headers=HEADER
            )
            found.raise_for_status()
            used = psutil.Process(running.process.pid).cpu_times()
            return float(used.user + used.system)

    runs = [(query(), serve()) for _ in range(7)]
    asked, served = (statistics.median(one) for one in zip(*runs, strict=True))
    print(
        f"usql query {asked:.2f} s, usql serve to its first answer {served:.2f} s: {served / asked:.2f}"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:]:
            store = Path(sys.argv[1]).resolve()
        else:
            store = Path(folder) / "some.usqlstore"
            usql.sample(sessions=20_000, seed=1).save(store)
        answers(usql.open(store))
        start(store)
