"""A server within the test's process, and what asks it."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

import usql
from usql.queryable import Queryable

TOKEN = "dt0c01." + "A" * 24 + "." + "B" * 64
HEADER = {"Authorization": f"Api-Token {TOKEN}"}
TABLE = "/api/v1/userSessionQueryLanguage/table"
TREE = "/api/v1/userSessionQueryLanguage/tree"


def client_of(sessions: Queryable, header: dict[str, str] = HEADER, **settings: Any) -> TestClient:
    """A client of an application over sessions, which sends the token unless told otherwise."""
    application = usql.server.app(sessions, **{"token": TOKEN, **settings})
    return TestClient(application, base_url="http://localhost:8642", headers=header)
