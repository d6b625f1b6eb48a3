"""Unexpected errors behind the page's paths, and what needs more memory than there is."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.unit.server.asking import TOKEN
from usql.server import guard
from usql.server.page import editing, routes

TEXT = {"text": "SELECT city AS needle FROM usersession"}
BODIES: dict[str, dict[str, Any]] = {
    "diagnose": TEXT, "complete": {**TEXT, "at": 1}, "hover": {**TEXT, "at": 1},
    "signature": {**TEXT, "at": 1}, "format": TEXT, "tokens": TEXT, "query": TEXT, "chart": TEXT,
    "download": {**TEXT, "form": "csv"},
    "tree": TEXT, "response": TEXT, "explain": TEXT, "session": {"userSessionId": "a"},
    "values": {"table": "usersession", "field": "city"},
}  # fmt: skip
PATHS = [
    "/app/info",
    "/app/catalog",
    "/app/queries",
    "/session",
    *(f"/app/{name}" for name in BODIES),
]


def break_all(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """Let everything fail that the handlers call."""

    def broken(*_: object, **__: object) -> None:
        raise error("".join(("SEC", "RET")))

    for name in ("clock_of", "queries_in", "json_body"):
        monkeypatch.setattr(routes, name, broken)
    monkeypatch.setattr("usql.queryable.Queryable.ask", broken)
    monkeypatch.setattr("usql.queryable.Queryable.explain", broken)
    for name in ("diagnoses", "offers", "explained", "signed", "formatted", "coloured"):
        monkeypatch.setattr(editing, name, broken)


@pytest.mark.parametrize(("error", "status"), [(RuntimeError, 500), (MemoryError, 507)])
@pytest.mark.parametrize("path", PATHS)
def test_a_fault_is_told_by_a_number(
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    error: type[Exception],
    status: int,
) -> None:
    break_all(monkeypatch, error)
    body = BODIES.get(path.rpartition("/")[2])
    with caplog.at_level(logging.INFO):
        if path == "/session":
            found = client.post(path, json={"token": TOKEN})
        else:
            found = client.get(path) if body is None else client.post(path, json=body)
    assert found.status_code == status
    message = found.json()["error"]["message"]
    assert ("memory" in message) == (error is MemoryError)
    (record,) = (r for r in caplog.records if r.name == guard.FAULTS.name)
    assert any(word.strip(",") in record.getMessage() for word in message.split() if len(word) > 7)
    assert error.__name__ in record.getMessage()
    assert "routes.py" in record.getMessage()
    assert "SECRET" not in caplog.text + found.text
    assert "needle" not in caplog.text
    assert TOKEN not in caplog.text
    assert ".py" not in found.text
    assert found.headers["X-Content-Type-Options"] == "nosniff"


def test_the_number_is_in_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    break_all(monkeypatch, MemoryError)
    message = client.get("/app/catalog").json()["error"]["message"]
    number = message.removesuffix(" in the log.").rpartition(" ")[2]
    assert len(number) == 8
    assert f"fault {number}: MemoryError" in caplog.text
