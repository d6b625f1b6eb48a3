"""Whole results as files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pyarrow.parquet as pq
import pytest
from pyarrow import ipc
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import client_of
from usql.result import Result
from usql.server.page import downloads
from usql.server.page.downloads import FORMS, Downloads, form_asked
from usql.server.refusals import Refusal

TEXT = "SELECT userSessionId, startTime, country, duration FROM usersession"
KINDS = {form: kind for kind, form in FORMS.items()}


@pytest.fixture(scope="module")
def many() -> TestClient:
    return client_of(usql.sample(sessions=12_000), profile="offline")


def sent(client: TestClient, form: str, **body: Any) -> Any:
    found = client.post("/app/query", json={"text": TEXT, **body}, headers={"Accept": KINDS[form]})
    assert found.status_code == 200, found.text
    assert found.headers["content-type"].partition(";")[0] == KINDS[form]
    assert found.headers["content-disposition"] == f'attachment; filename="usql.{form}"'
    assert "content-length" not in found.headers
    return found


@pytest.mark.parametrize("form", list(KINDS))
def test_all_rows_are_sent(many: TestClient, form: str) -> None:
    found = sent(many, form)
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
    assert found.headers["usql-rows"] == "12000"
    assert "usql-limit-note" not in found.headers


def test_the_profile_may_cut_them(many: TestClient) -> None:
    found = sent(many, "ndjson", profile="dynatrace")
    assert len(found.text.splitlines()) == 50 == int(found.headers["usql-rows"])
    assert "LIMIT" in unquote(found.headers["usql-limit-note"])
    assert len(sent(many, "ndjson", limit=3).text.splitlines()) == 12_000  # limit is for JSON


def test_texts_that_spreadsheets_evaluate() -> None:
    client = client_of(usql.open([{"userSessionId": "=1+1", "startTime": 1}]))
    text = "SELECT userSessionId FROM usersession"
    assert sent(client, "csv", text=text).text.split() == ["userSessionId", "=1+1"]
    safe = sent(client, "csv", text=text, csvSafe=True).text.split()
    assert safe == ['"userSessionId"', '"\'=1+1"']


def test_refusals_are_json(many: TestClient) -> None:
    headers = {"Accept": KINDS["csv"]}
    found = many.post("/app/query", json={"text": "SELECT cty FROM usersession"}, headers=headers)
    assert found.status_code == 422
    assert found.json()["diagnostics"][0]["code"] == "USQL202"
    found = many.post("/app/query", json={"text": ""}, headers={"Accept": "image/png"})
    assert found.status_code == 406


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", None), ("*/*", None), ("application/json", None), ("application/json, text/csv", None),
        ("text/csv, application/json", "csv"), ("image/png, Text/CSV;q=0.5", "csv"),
        ("application/x-ndjson", "ndjson"), ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.stream", "arrow"),
    ],
)  # fmt: skip
def test_accept_chooses(accept: str, form: str | None) -> None:
    assert form_asked(accept) == form


@pytest.mark.parametrize("accept", ["text/html", "image/*", "text/csvx"])
def test_what_is_not_sent(accept: str) -> None:
    with pytest.raises(Refusal, match="Rows are sent as") as refused:
        form_asked(accept)
    assert refused.value.status == 406


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
            assert several.sending == 1
            events.append(f"sent {message['more_body']}")

    async def receive() -> Any:
        await asyncio.Event().wait()

    response = several.response(result_of(1), "csv", False)
    asyncio.run(response({"type": "http"}, receive, send))
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

        await several.response(result_of(1), "csv", False)({"type": "http"}, receive, send)

    asyncio.run(scenario())
    assert 3 <= len(made) <= 5
    assert several.sending == 0


def test_not_too_many_at_once() -> None:
    few = Downloads(2)
    few.check()
    few.begin()
    few.check()
    few.begin()
    with pytest.raises(Refusal) as refused:
        few.check()
    assert refused.value.status == 429
    few.end()
    few.check()


def test_those_beyond_are_turned_away_before_their_query(
    sessions: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Downloads, "check", lambda _: (_ for _ in ()).throw(Refusal(429, "later")))
    client = client_of(sessions)
    found = client.post("/app/query", json={"text": "x"}, headers={"Accept": "text/csv"})
    assert found.status_code == 429
    assert client.get("/app/info").json()["queries"]["ended"] == 0
