"""Wrong options: each is a ValueError that names the option and the value."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import usql

COUNT = "SELECT COUNT(*) FROM usersession"


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.open([{"city": "Linz"}])


OF_QUERIES: list[tuple[dict[str, Any], str]] = [
    ({"utc_offset": 1.5}, "utc_offset must be a whole number of minutes, less than a day, not 1.5"),
    ({"utc_offset": "Europe/Vienna"}, "utc_offset .*'Europe/Vienna'"),
    ({"utc_offset": True}, "utc_offset .*True"),
    ({"utc_offset": None}, "utc_offset .*None"),
    ({"utc_offset": 1440}, "utc_offset .*1440"),
    ({"timeout": "x"}, "timeout must be a number of seconds of at least 0, not 'x'"),
    ({"timeout": float("nan")}, "timeout .*nan"),
    ({"timeout": -1}, "timeout .*-1"),
    ({"timeout": True}, "timeout .*True"),
    ({"timeout": np.float32("nan")}, "timeout .*nan"),
    ({"parameters": {"c": 5}}, r"parameters\['c'\] must be a string, not 5"),
    ({"parameters": {"c": None}}, r"parameters\['c'\] must be a string, not None"),
    ({"parameters": {5: "c"}}, "parameters must have strings as names, not 5"),
    ({"parameters": "c=5"}, "parameters must be a mapping of names to strings, not 'c=5'"),
    ({"parameters": [("c", "5")]}, "parameters must be a mapping"),
    ({"profile": "vendor"}, "profile 'vendor'; the profiles are dynatrace, offline"),
    ({"profile": None}, "profile None"),
    ({"profile": ["offline"]}, r"profile \['offline'\]"),
    ({"start": 1.5}, "start must be a date, a datetime, a string or whole milliseconds, not 1.5"),
    ({"end": float("nan")}, "end .*nan"),
    ({"now": True}, "now .*True"),
    ({"start": ["2026-01-01"]}, r"start .*\['2026-01-01'\]"),
    ({"cancelled": True}, "cancelled must be a threading.Event, not True"),
    ({"start": "someday"}, "start.*someday"),
    ({"end": "someday"}, "end.*someday"),
    ({"now": "someday"}, "now.*someday"),
]


@pytest.mark.parametrize(("options", "told"), OF_QUERIES, ids=repr)
@pytest.mark.parametrize("way", ["query", "explain"])
def test_options_of_queries(
    sessions: usql.Sessions, way: str, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        getattr(sessions, way)(COUNT, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": None},
        {"timeout": float("inf")},
        {"timeout": 10**400},
        {"timeout": Fraction(1000)},
        {"timeout": np.int16(1000)},
        {"utc_offset": np.int8(60)},
        {"parameters": {}},
        {"parameters": None},
        {"now": np.int64(0)},
    ],
    ids=repr,
)
def test_numbers_of_any_kind_are_taken(sessions: usql.Sessions, options: dict[str, Any]) -> None:
    assert sessions.query(COUNT, **options).rows() == [[1]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"threads": "2"}, "threads must be a whole number of at least 1, not '2'"),
        ({"threads": 0}, "threads .*0"),
        ({"threads": 1.0}, "threads .*1.0"),
        ({"threads": True}, "threads .*True"),
        ({"memory_limit": "1GB"}, "memory_limit must be a whole number of at least 1, not '1GB'"),
        ({"memory_limit": 1e9}, "memory_limit .*1000000000.0"),
        ({"memory_limit": False}, "memory_limit .*False"),
        ({"index_memory": -1}, "index_memory must be a whole number of at least 0, not -1"),
        ({"index_memory": "0"}, "index_memory .*'0'"),
        ({"on_error": "ignore"}, "on_error must be 'stop' or 'skip', not 'ignore'"),
        ({"duplicates": "no"}, "duplicates must be 'keep' or 'drop', not 'no'"),
        ({"on_error": None}, "on_error .*None"),
        ({"on_error": ["skip"]}, r"on_error .*\['skip'\]"),
    ],
    ids=repr,
)
def test_options_of_loading(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        usql.open([{"city": "Linz"}], **options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"sessions": -1}, "sessions must be a whole number of at least 0, not -1"),
        ({"sessions": "9"}, "sessions .*'9'"),
        ({"sessions": True}, "sessions .*True"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0, not 1.5"),
    ],
    ids=repr,
)
def test_options_of_the_sample(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        usql.sample(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"profile": 5}, "profile 5"),
        ({"utc_offset": "x"}, "utc_offset .*'x'"),
        ({"utc_offset": 9999}, "utc_offset .*9999"),
    ],
    ids=repr,
)
def test_options_of_check(sessions: usql.Sessions, options: dict[str, Any], told: str) -> None:
    for check in (usql.check, sessions.check):
        with pytest.raises(ValueError, match=told):
            check(COUNT, **options)


def test_whether_to_analyze_is_a_boolean(sessions: usql.Sessions) -> None:
    with pytest.raises(ValueError, match="analyze must be True or False, not 'no'"):
        sessions.explain(COUNT, analyze="no")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, 5, b"SELECT COUNT(*) FROM usersession", ["x"]], ids=repr)
def test_a_query_is_a_text(sessions: usql.Sessions, text: Any) -> None:
    for way in (sessions.query, sessions.explain, sessions.check, usql.check, usql.format):
        with pytest.raises(TypeError, match=r"^the query must be a string, not "):
            way(text)
