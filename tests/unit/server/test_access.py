"""The log has what happened, and neither tokens nor, unless asked, queries."""

from __future__ import annotations

import logging
import re

import pytest

import usql
from tests.unit.server.asking import TABLE, TOKEN, client_of
from usql.server.access import LOG


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == LOG.name]


def ask(sessions: usql.Sessions, log_queries: bool) -> None:
    client = client_of(sessions, header={}, log_queries=log_queries)
    query = "SELECT city FROM usersession WHERE city != 'Mar\x1b[2Jmalade'"
    everything = {"startTimestamp": "1", "endTimestamp": "9000000000000", "query": query}
    client.get(TABLE, params={"api-token": TOKEN, **everything})
    client.get(
        TABLE, params={"query": "SELECT Marmalade"}, headers={"Authorization": f"Api-Token {TOKEN}"}
    )
    client.get(TABLE, params={"api-token": TOKEN[:-1], "query": "SELECT Marmalade"})
    client.get(f"/{TOKEN}/Marmalade?query=Marmalade")
    client.get(f"/e/{TOKEN}/api/v1/time", headers={"Host": "Marmalade"})
    client.get(f"/e/{TOKEN}/api/v1/time")
    client.post(
        "/api/v1/tokens/lookup",
        json={"token": TOKEN},
        headers={"Authorization": f"Api-Token {TOKEN}"},
    )


def test_no_token_and_no_query(sessions: usql.Sessions, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(sessions, log_queries=False)
    lines = logged(caplog)
    told = [line.split(" | ")[1] for line in lines]
    table = "GET /userSessionQueryLanguage/table"
    assert told == [f"{table} 200", f"{table} 404", f"{table} 401", "GET - 404", "GET - 421", "GET /time 200",
                    "POST /tokens/lookup 200"]  # fmt: skip
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("usql", "uvicorn"))]
    assert not re.search("Marm|dt0c01|AAAA|BBBB", "\n".join(ours))
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \| GET \S+ 200 \| \d{3,} bytes \| \d+\.\d ms \| waited \d+\.\d ms \| 50 rows"
    assert re.fullmatch(form, lines[0])


def test_queries_when_asked(sessions: usql.Sessions, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOG.name):
        ask(sessions, log_queries=True)
    lines = logged(caplog)
    assert lines[0].endswith(r"| SELECT city FROM usersession WHERE city != 'Mar\x1b[2Jmalade'")
    assert lines[1].endswith("| SELECT Marmalade")
    assert not re.search("dt0c01|AAAA|BBBB", "\n".join(lines))
