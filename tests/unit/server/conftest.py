from __future__ import annotations

import pytest
from starlette.testclient import TestClient

import usql
from tests.unit.server.asking import client_of


@pytest.fixture(scope="session")
def sessions() -> usql.Sessions:
    return usql.sample(sessions=400, seed=3)


@pytest.fixture(scope="session")
def client(sessions: usql.Sessions) -> TestClient:
    return client_of(sessions)
