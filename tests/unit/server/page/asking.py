"""Questions of the page."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient


def ask(client: TestClient, path: str, status: int = 200, **body: Any) -> Any:
    """The JSON that a path of the page answers."""
    found = client.post(f"/app/{path}", json=body)
    assert found.status_code == status, found.text
    return found.json()


def look(client: TestClient, path: str) -> Any:
    """The JSON of a path that takes no body."""
    found = client.get(f"/app/{path}")
    assert found.status_code == 200, found.text
    return found.json()
