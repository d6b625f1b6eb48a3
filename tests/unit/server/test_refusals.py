"""What is said of queries that are refused or stopped, in the vendor's envelope."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import TABLE, client_of
from usql.server.refusals import busy

EVERYTHING = {"startTimestamp": "1", "endTimestamp": "9000000000000"}


def test_a_refused_query(client: TestClient) -> None:
    query = "SELECT city,\n  cty FROM usersession WHERE durration > 1"
    found = client.get(TABLE, params={"query": query})
    assert found.status_code == 404
    error = found.json()["error"]
    assert error["code"] == 404
    assert error["message"] == (
        "USQL202 unknown-field at 2:3: usersession has no field `cty`. "
        "Correction: write city, or write country."
    )
    first, second = error["usql"]
    assert (first["line"], first["column"], first["span"]) == (2, 3, [15, 18])
    assert first["fixes"][0]["edits"] == [{"span": [15, 18], "text": "city"}]
    assert (second["code"], second["name"]) == ("USQL202", "unknown-field")
    assert "\n" not in error["message"]


def test_text_that_is_no_query(client: TestClient) -> None:
    for query in (
        "x",
        "SELECT",
        "SELECT 'ä\x1b[31m' FRM",
        "SELECT city FROM usersession; SELECT city FROM usersession",
    ):
        found = client.get(TABLE, params={"query": query})
        assert found.status_code == 404, query
        assert found.json()["error"]["usql"]
        assert b"\x1b" not in found.content


def test_a_query_that_takes_too_long(sessions: usql.Sessions) -> None:
    found = client_of(sessions, timeout=0).get(
        TABLE, params={"query": "SELECT city FROM usersession", **EVERYTHING}
    )
    assert found.status_code == 400
    assert found.json()["error"]["usql"][0]["code"] == "USQL802"


def test_a_query_that_needs_too_much_memory() -> None:
    rows = [{"userSessionId": str(i), "startTime": i, "endTime": i} for i in range(1, 20_000)]
    query = "SELECT userSessionId, COUNT(*) FROM usersession GROUP BY userSessionId"
    with usql.open(rows, memory_limit=20_000_000) as some:
        store = some._store
    with usql.Sessions(store, memory_limit=10_000) as few:
        found = client_of(few, profile="offline").get(TABLE, params={"query": query, **EVERYTHING})
    assert found.status_code == 400
    assert found.json()["error"]["usql"][0]["code"] == "USQL803"


def test_when_to_come_again() -> None:
    refusal = busy(34, 5)
    told = re.search(r"Reset time:.*\(([0-9]+)\)", refusal.message)  # as a client reads it
    assert told is not None
    assert refusal.message.endswith(f"({told[1]})")
    assert int(told[1]) * 1000 == int(refusal.headers["X-RateLimit-Reset"])
    assert refusal.headers["Retry-After"] == "5"
    assert refusal.headers["X-RateLimit-Limit"] == "34"
    assert refusal.headers["X-RateLimit-Remaining"] == "0"
    assert refusal.status == 429
