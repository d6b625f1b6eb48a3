"""Whole results as files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyarrow import ipc
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import client_of
from usql.result import Result
from usql.server.page import downloads
from usql.server.page.downloads import FORMS, Downloads
from usql.server.refusals import Refusal

TEXT = "SELECT userSessionId, startTime, country, duration FROM usersession"


@pytest.fixture(scope="module")
def many() -> TestClient:
    return client_of(usql.sample(sessions=12_000), profile="offline")


def sent(client: TestClient, form: str, **body: Any) -> tuple[Any, Any]:
    """What is said of the file, and the response with it."""
    asked = client.post("/app/download", json={"text": TEXT, "form": form, **body})
    assert asked.status_code == 200, asked.text
    found = client.get(f"/{asked.json()['path']}")
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == FORMS[form]
    assert found.headers["content-disposition"] == f'attachment; filename="usql.{form}"'
    assert "content-length" not in found.headers
    return asked.json(), found


@pytest.mark.parametrize("form", list(FORMS))
def test_all_rows_are_sent(many: TestClient, form: str) -> None:
    about, found = sent(many, form)
    if form == "csv":
        rows = list(csv.reader(io.StringIO(found.text)))
        count, names = len(rows) - 1, rows[0]
    elif form == "ndjson":
        lines = found.text.splitlines()
        count, names = len(lines), list(json.loads(lines[-1]))
    else:
        data = io.BytesIO(found.content)
        table = pq.read_table(data) if form == "parquet" else ipc.open_stream(data).read_all()
        count, names = len(table), table.column_names
    assert names == ["userSessionId", "startTime", "country", "duration"]
    assert count == 12_000
    assert (about["rows"], about["limitNote"]) == (12_000, None)


def test_the_profile_may_cut_them(many: TestClient) -> None:
    about, found = sent(many, "ndjson", profile="dynatrace")
    assert len(found.text.splitlines()) == 50 == about["rows"]
    assert "LIMIT" in about["limitNote"]
    assert len(sent(many, "ndjson", limit=3)[1].text.splitlines()) == 12_000  # limit is for JSON


def test_texts_that_spreadsheets_evaluate() -> None:
    client = client_of(usql.open([{"userSessionId": "=1+1", "startTime": 1}]))
    text = "SELECT userSessionId FROM usersession"
    assert sent(client, "csv", text=text)[1].text.split() == ["userSessionId", "=1+1"]
    safe = sent(client, "csv", text=text, csvSafe=True)[1].text.split()
    assert safe == ['"userSessionId"', '"\'=1+1"']


def test_what_is_refused_is_no_file(many: TestClient) -> None:
    body = {"text": "SELECT cty FROM usersession", "form": "csv"}
    found = many.post("/app/download", json=body)
    assert found.status_code == 422
    assert found.json()["diagnostics"][0]["code"] == "USQL202"
    found = many.post("/app/download", json={**body, "form": "png"})
    assert found.status_code == 400
    assert found.json()["error"]["constraintViolations"][0]["path"] == "form"


def test_a_file_is_fetched_once_by_those_who_may_ask(sessions: usql.Sessions) -> None:
    with client_of(sessions) as client:
        path = client.post("/app/download", json={"text": TEXT, "form": "csv"}).json()["path"]
        assert client.get(f"/{path}", headers={"Authorization": ""}).status_code == 401
        assert client.get(f"/{path}", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.get(f"/{path}x").status_code == 404
        assert client.get(f"/{path}").status_code == 200
        assert client.get(f"/{path}").status_code == 404


# --- piece by piece


def result_of(rows: int) -> Result:
    data = [{"userSessionId": str(n), "startTime": n} for n in range(rows)]
    return usql.open(data).query("SELECT userSessionId FROM usersession", profile="offline")


def test_a_piece_is_made_when_the_one_before_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    loop_thread = threading.get_ident()

    def pieces(*_: object) -> Iterator[bytes]:
        for number in range(3):
            assert threading.get_ident() != loop_thread
            events.append(f"made {number}")
            yield b"x"

    monkeypatch.setattr(downloads, "written_pieces", pieces)
    several = Downloads()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            assert (several.sending, several.count) == (1, 1)
            events.append(f"sent {message['more_body']}")

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def fetch() -> None:
        name = several.offer(result_of(1), "csv", False)
        assert several.count == 1
        await several.take(name)({"type": "http"}, receive, send)

    asyncio.run(fetch())
    assert events == [
        "made 0",
        "sent True",
        "made 1",
        "sent True",
        "made 2",
        "sent True",
        "sent False",
    ]
    assert several.sending == 0


def test_nothing_is_made_for_a_client_that_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def pieces(*_: object) -> Iterator[bytes]:
        for number in range(1000):
            made.append(number)
            yield b"x"

    monkeypatch.setattr(downloads, "written_pieces", pieces)
    several = Downloads()

    async def scenario() -> None:
        gone = asyncio.Event()

        async def send(message: Any) -> None:
            if len(made) == 3:
                gone.set()

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        name = several.offer(result_of(1), "csv", False)
        await several.take(name)({"type": "http"}, receive, send)

    asyncio.run(scenario())
    assert 3 <= len(made) <= 5
    assert several.sending == 0


def test_not_too_many_at_once_and_none_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "LONGEST_READY", 0.01)
    few = Downloads(2)

    async def scenario() -> None:
        few.check()
        few.begin()
        name = few.offer(result_of(1), "csv", False)
        with pytest.raises(Refusal) as refused:
            few.check()
        assert refused.value.status == 429
        await asyncio.sleep(0.1)
        few.check()
        with pytest.raises(Refusal) as refused:
            few.take(name)
        assert refused.value.status == 404

    asyncio.run(scenario())


def test_those_beyond_are_turned_away_before_their_query(
    sessions: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Downloads, "check", lambda _: (_ for _ in ()).throw(Refusal(429, "later")))
    client = client_of(sessions)
    found = client.post("/app/download", json={"text": "x", "form": "csv"})
    assert found.status_code == 429
    assert client.get("/app/info").json()["queries"]["ended"] == 0
