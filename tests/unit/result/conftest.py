"""A few sessions that results are made of."""

from __future__ import annotations

import pytest

import usql


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    rows = [
        {"userSessionId": "a", "city": "Linz", "startTime": 1000, "endTime": 2000, "duration": 1000, "bounce": True},
        {"userSessionId": "b", "city": None, "startTime": 3000, "duration": 5, "bounce": False,
         "userActions": [{"name": "x"}, {"name": None}], "stringProperties": [{"key": "k", "value": "v"}]},
        {"userSessionId": "c", "city": "Linz", "startTime": 5000, "duration": 7, "bounce": True},
    ]  # fmt: skip
    return usql.open(rows)
