"""What ends a query early: its timeout and its memory; and the options that set them."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import usql
from tests.places import SESSIONS
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.made import mixed
from usql.engine.rows.scan import Source
from usql.engine.runtime.tuning import Tuning
from usql.sessions import Sessions
from usql.sizes import readable_bytes
from usql.store import Store, load

pytestmark = pytest.mark.usefixtures("checked")

EXPORT = str(SESSIONS)
COUNT = "SELECT COUNT(*) FROM usersession"
OFFLINE: dict[str, Any] = {"profile": "offline"}


@pytest.fixture(scope="module")
def store() -> Store:
    return load(mixed(200, 7))


def stopped(data: Sessions, text: str, **options: Any) -> usql.Diagnostic:
    """The one problem that a query ends with, which is told of the whole query."""
    with pytest.raises(usql.UsqlError) as raised:
        data.query(text, **OFFLINE, **options)
    [found] = raised.value.diagnostics
    assert (found.span.start, found.span.end) == (0, len(text))
    return found


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("timeout", [0, 1e-9])
def test_without_time_every_query_is_stopped(store: Store, threads: int, timeout: float) -> None:
    data = Sessions(store, threads=threads)
    for text in QUERIES:
        if "Nowhere" not in text:  # what minima or dictionaries decide is answered at once
            found = stopped(data, text, timeout=timeout)
            assert (found.code, found.name) == ("USQL802", "timeout")
            assert "timeout" in found.message
    assert data.query(COUNT, timeout=60).rows() == [[store.sessions]]


def test_the_span_is_that_of_the_query(store: Store) -> None:
    with pytest.raises(usql.UsqlError) as raised:
        Sessions(store).query(f"\n  {COUNT};\n", timeout=0)
    [found] = raised.value.diagnostics
    assert raised.value.text[found.span.start : found.span.end] == COUNT


@pytest.mark.parametrize("threads", [1, 2])
def test_a_long_query_is_stopped_in_time(store: Store, threads: int) -> None:
    data = Sessions(store, threads=threads, index_memory=0)
    text = (
        "SELECT FUNNEL("
        + ", ".join(f"useraction.name LIKE '*{c}*'" for c in "abcdefghij" * 30)
        + ") FROM usersession"
    )
    data = small.tuned(data, small.in_pieces(1))
    began = time.monotonic()
    assert stopped(data, text, timeout=0.05).code == "USQL802"
    assert time.monotonic() - began < 20
    assert data.query(text, **OFFLINE, timeout=60).rows()


def test_explain_keeps_the_limits(store: Store) -> None:
    with pytest.raises(usql.UsqlError) as raised:
        Sessions(store).explain(COUNT, analyze=True, timeout=0)
    assert raised.value.diagnostics[0].code == "USQL802"
    assert "Scan" in Sessions(store).explain(COUNT, timeout=0)  # nothing runs


# --- memory ---------------------------------------------------------------------------------------

KINDS = {
    "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city": "group totals",
    "SELECT duration, COUNT(*) FROM usersession GROUP BY duration": "group members",
    "SELECT DISTINCT doubleProperties.revenue FROM usersession": "group members",
    "SELECT country, TOP(city, 3) FROM usersession GROUP BY country": "group members",
    "SELECT COUNT(DISTINCT userId) FROM usersession": "distinct values",
    "SELECT country, COUNT(DISTINCT useraction.name) FROM usersession GROUP BY country": "distinct values",
    "SELECT MEDIAN(useraction.duration) FROM usersession": "values of quantiles",
    "SELECT userSessionId, useraction.name, duration FROM usersession ORDER BY duration": "result",
    "SELECT stringProperties, useraction.stringProperties FROM usersession": "result",
    "SELECT JSON FROM usersession": "result",
    "SELECT name, PERCENTILE(duration, 90) FROM useraction GROUP BY name": "values of quantiles",
}
MESSAGE = re.compile(
    r"^The query would build ([\d.]+) (bytes?|kB|MB) of ([a-z ]+), more than the memory limit of [\d.]+ (?:bytes?|kB|MB); "
    r"group by fewer values, narrow the condition, or give a larger memory_limit\.$"
)


@pytest.mark.parametrize(
    "way",
    [small.SELECTED, small.SORTED, small.FACTORIZED],
    ids=["selected", "sorted", "factorized"],
)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("text", KINDS)
def test_memory_is_announced_by_all_that_builds(
    store: Store, text: str, threads: int, way: dict[str, int]
) -> None:
    """With more and more of it, a query comes further and further, until it has an answer."""
    tuning = Tuning(**(small.in_pieces(500) | way))
    expected = (
        Sessions(store, threads=threads, index_memory=0, tuning=tuning)
        .query(text, **OFFLINE)
        .rows()
    )
    limit, seen = 1, set()
    while True:
        data = Sessions(store, threads=threads, memory_limit=limit, index_memory=0, tuning=tuning)
        try:
            found = data.query(text, **OFFLINE).rows()
        except usql.UsqlError as refused:
            [problem] = refused.diagnostics
            assert (problem.code, problem.name) == ("USQL803", "memory-limit")
            assert (problem.span.start, problem.span.end) == (0, len(text))
            message = MESSAGE.match(problem.message)
            assert message, problem.message
            seen.add(message[3])
            assert limit < 1000 or data.query(COUNT).rows() == [[store.sessions]]
            # Of so many bytes at most, by a number that is rounded.
            most = float(message[1]) + (0.05 if "." in message[1] else 0.5)
            limit = math.ceil(most * {"kB": 1e3, "MB": 1e6}.get(message[2], 1))
            continue
        break
    assert found == expected
    assert KINDS[text] in seen or way is small.FACTORIZED
    assert limit < 10_000_000


def least_limit(store: Store, text: str) -> int:
    """About the smallest memory limit under which the query has an answer."""
    limit = 1000
    while True:
        data = Sessions(store, threads=2, memory_limit=limit, index_memory=0)
        try:
            data.query(text, **OFFLINE)
            return limit
        except usql.UsqlError:
            limit = limit * 9 // 8


MEDIANS = "SELECT country, city, MEDIAN(duration) FROM usersession GROUP BY country, city LIMIT 50"


def test_what_a_query_reserved_is_free_when_it_ends(store: Store) -> None:
    """Also when it is stopped, and for queries that run at once and share one limit."""
    limit = least_limit(store, MEDIANS)
    with small.shared_budget(limit) as budget:
        data = Sessions(store, threads=2, index_memory=0)
    refused: list[usql.UsqlError] = []
    failed: list[BaseException] = []

    def ask() -> None:
        for _ in range(5):
            try:
                data.query(MEDIANS)
            except usql.UsqlError as error:
                refused.append(error)
            except BaseException as error:
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for error in refused:
        assert "other queries of these sessions hold" in error.diagnostics[0].message
    assert budget.held == 0
    for _ in range(3):
        data.query(MEDIANS)


def test_one_limit_is_shared_by_the_queries_that_run_at_once(store: Store) -> None:
    limit = 1_000_000 + least_limit(store, MEDIANS)
    with small.shared_budget(limit) as budget:
        data = Sessions(store, threads=1, index_memory=0)
    budget.held += 900_000
    data.query(MEDIANS)
    budget.held += limit - 900_000
    found = stopped(data, MEDIANS)
    assert found.code == "USQL803"
    every = re.escape(readable_bytes(limit))
    assert re.match(
        r"The query would build \d+ kB of [a-z ]+, but other queries of these sessions hold "
        rf"{every} of the memory limit of {every}; ask again when they have ended, or give a larger "
        r"memory_limit\.$",
        found.message,
    )
    budget.held -= limit
    data.query(MEDIANS)


# --- whoever asked --------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
def test_every_query_can_be_cancelled(store: Store, threads: int) -> None:
    data = Sessions(store, threads=threads)
    event = threading.Event()
    event.set()
    for text in QUERIES:
        found = stopped(data, text, cancelled=event)
        assert (found.code, found.name) == ("USQL804", "cancelled")
        assert found.message == "The query was cancelled."
    event.clear()
    assert data.query(COUNT, cancelled=event).rows() == [[store.sessions]]
    for analyze in (False, True):
        event.set()
        with pytest.raises(usql.UsqlError, match="USQL804"):
            data.explain(COUNT, analyze=analyze, cancelled=event)
        event.clear()
        assert "Scan" in data.explain(COUNT, analyze=analyze, cancelled=event)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_running_query_is_cancelled_at_its_next_look(store: Store, threads: int) -> None:
    data = Sessions(store, threads=threads, index_memory=0)
    likes = ", ".join(f"useraction.name LIKE '*{c}*'" for c in "abcdefghij" * 30)
    event = threading.Event()
    timer = threading.Timer(0.05, event.set)
    data = small.tuned(data, small.in_pieces(1))
    timer.start()
    began = time.monotonic()
    assert stopped(data, f"SELECT FUNNEL({likes}) FROM usersession", cancelled=event).code == (
        "USQL804"
    )
    assert time.monotonic() - began < 20
    timer.join()


def test_what_can_not_be_set_cancels_nothing(store: Store) -> None:
    data = Sessions(store)
    for wrong in (5, "now", True):
        with pytest.raises(ValueError, match=r"cancelled must be a threading\.Event, not"):
            data.query(COUNT, cancelled=wrong)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"cancelled must be a threading\.Event, not"):
            data.explain(COUNT, cancelled=wrong)  # type: ignore[arg-type]


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"threads": -1},
        {"memory_limit": 0},
        {"memory_limit": -5},
        {"index_memory": -1},
    ],
)
def test_wrong_options(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"threads|memory"):
        usql.open([{"city": "Linz"}], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1", "3", " 2 "])
def test_threads_by_the_environment(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USQL_THREADS", text)
    data = usql.open(mixed(60, 7), index_memory=0)
    names: set[str] = set()
    whole = Source.fits

    def fits(self: Any, *morsel: Any) -> Any:
        names.add(threading.current_thread().name)
        time.sleep(0.005)
        return whole(self, *morsel)

    monkeypatch.setattr(Source, "fits", fits)
    data = small.tuned(data, small.in_pieces(20))
    data.query(COUNT)
    assert len(names) == int(text)


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "2 3", "³"])
def test_wrong_threads_in_the_environment(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USQL_THREADS", text)
    with pytest.raises(ValueError, match="USQL_THREADS must be a positive number of threads"):
        usql.open([{"city": "Linz"}])
    assert usql.open([{"city": "Linz"}], threads=2).query(COUNT).rows() == [[1]]


@pytest.mark.parametrize("timeout", [-1, -0.5, float("nan")])
def test_a_timeout_is_a_number_of_seconds(store: Store, timeout: float) -> None:
    data = Sessions(store)
    with pytest.raises(ValueError, match="timeout must be a number of seconds"):
        data.query(COUNT, timeout=timeout)
    with pytest.raises(ValueError, match="timeout must be a number of seconds"):
        data.explain(COUNT, analyze=True, timeout=timeout)


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "usql", "query", COUNT, *arguments],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_command_stops_in_time() -> None:
    done = command(EXPORT, "--timeout", "0")
    assert done.returncode == 1
    assert done.stderr.startswith("error[USQL802] timeout:")
    assert done.stdout == ""


@pytest.mark.parametrize("data", [EXPORT, "--sample"])
def test_the_command_refuses_wrong_threads(data: str) -> None:
    done = command(data, USQL_THREADS="many")
    assert done.returncode == 2
    assert "USQL_THREADS must be a positive number of threads, not 'many'" in done.stderr
    assert "Traceback" not in done.stderr


def test_threads_are_given_to_the_command() -> None:
    assert command(EXPORT, "--threads", "0").returncode == 2
    assert command(EXPORT, "--threads", "2", USQL_THREADS="many").returncode == 0
