"""dtrum-splunk-etl: its client asks in windows of time, which it halves when an answer is full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import usql
from tests.clients.conftest import Source
from tests.clients.marks import MARKS
from tests.clients.recordings import compare, recording
from tests.places import SESSIONS
from tests.unit.server.asking import TOKEN
from tests.unit.server.running import Running, certificate_in

pytestmark = MARKS

_PROGRAM = """
import json, sys
given = json.loads(sys.argv[1])
sys.path.insert(0, given["source"])
from client import DynatraceUSQLClient
from queries import discovery_query, session_actions_query

client = DynatraceUSQLClient("some", given["token"])
client.base_url = given["url"] + "/api/v1/userSessionQueryLanguage/table"
times = given["start"], given["end"]
pages = {"initial_window_min": given["minutes"], "page_size": given["size"]}
sessions = client.fetch(given["query"], *times, **pages)
found = client.fetch(discovery_query(given["prefixes"]), *times, **pages)
ids = sorted(set(found["sessionId"]))
columns = {"sessionId": "usersession.userSessionId", "name": "useraction.name",
           "startTime": "useraction.startTime", "apdex": "useraction.apdexCategory",
           "country": "usersession.country"}
actions = client.fetch(session_actions_query(ids[:9], columns), *times, **pages)
print(json.dumps({"sessions": sessions.values.tolist(), "ids": ids,
                  "columns": list(actions.columns), "actions": actions.astype(object).values.tolist()}))
"""

QUERY = "SELECT userSessionId, startTime, duration, userActionCount FROM usersession"


def _run(source: Source, running: Running, certificate: Path, **given: Any) -> Any:
    """What the client has, as rows of texts and numbers."""
    told = {"source": str(source("dtrum-splunk-etl")), "token": TOKEN, "query": QUERY, **given}
    told["url"] = running.url.replace("127.0.0.1", "localhost")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps(told)],
        env={**os.environ, "REQUESTS_CA_BUNDLE": str(certificate)},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def _check(sessions: usql.Sessions, found: Any, prefixes: list[str]) -> None:
    """What the client put together of many windows is the answer of one query."""
    offline: dict[str, Any] = {"profile": "offline"}
    assert sorted(found["sessions"]) == sorted(sessions.query(QUERY, **offline).rows())
    starts = " OR ".join(f"name LIKE '{prefix}%'" for prefix in prefixes)
    query = f"SELECT DISTINCT usersession.userSessionId FROM useraction WHERE ({starts}) AND usersession.userId IS NOT NULL AND usersession.userId != ''"
    assert found["ids"] == sorted(row[0] for row in sessions.query(query, **offline).rows())
    assert found["columns"] == ["sessionId", "name", "startTime", "apdex", "country"]
    named = ", ".join(f'"{name}"' for name in found["ids"][:9])
    query = f"SELECT usersession.userSessionId, name, startTime, apdexCategory, usersession.country FROM useraction WHERE usersession.userSessionId IN ({named})"
    every = {tuple(row) for row in sessions.query(query, **offline).rows()}
    assert sorted(map(tuple, found["actions"]), key=str) == sorted(every, key=str)


def test_the_examples(source: Source, tmp_path: Path) -> None:
    """Its requests are those that the fast tests repeat."""
    sessions = usql.open(SESSIONS)
    first, end = sessions.span
    certificate, key = certificate_in(tmp_path)
    options = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    prefixes = ["login", "loading of page /shop"]
    with recording(tmp_path, SESSIONS, *options) as (running, file):
        found = _run(
            source, running, certificate,
            start=first, end=end, minutes=4 * 1440, size=6, prefixes=prefixes,
        )  # fmt: skip
    assert len(found["sessions"]) == 16
    _check(sessions, found, prefixes)
    compare(file, "dtrum")


def test_many_windows(source: Source, tmp_path: Path) -> None:
    """Every row once, from windows that shrink and grow."""
    sessions = usql.sample(sessions=2000, seed=11)
    sessions.save(tmp_path / "some.usqlstore")
    first, end = sessions.span
    certificate, key = certificate_in(tmp_path)
    options = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    prefixes = ["login", "click on"]
    with recording(tmp_path, tmp_path / "some.usqlstore", *options) as (running, file):
        found = _run(
            source, running, certificate,
            start=first, end=end, minutes=1440, size=200, prefixes=prefixes,
        )  # fmt: skip
        asked = len(file.read_text(encoding="utf-8").splitlines())
    _check(sessions, found, prefixes)
    assert len(found["sessions"]) == 2000
    assert asked > 30  # it did ask in windows
