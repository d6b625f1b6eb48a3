"""The questions, as usql and as each peer's expert would ask them."""

from __future__ import annotations

from dataclasses import dataclass

ROWS = 20
"""Rows of each answer."""


@dataclass(frozen=True)
class Question:
    """A question of a file. ``sql`` is DuckDB's and chDB's text, with ``{source}`` for what reads
    the file; ``fields`` are the columns of the export that it needs, with their types in DuckDB's
    words. With ``any_rows`` an answer is right if all its rows are among those of the data."""

    key: str
    usql: str
    sql: str
    clickhouse: str
    fields: dict[str, str]
    any_rows: bool = False


_ACTIONS = "STRUCT(name VARCHAR, duration BIGINT)[]"

QUESTIONS = (
    Question(
        "session fields",
        "SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country "
        f"ORDER BY COUNT(*) DESC, country LIMIT {ROWS}",
        "SELECT country, COUNT(*) AS n, AVG(duration) FROM {source} GROUP BY country "
        f"ORDER BY n DESC, country LIMIT {ROWS}",
        "SELECT country, COUNT(*) AS n, AVG(duration) FROM {source} GROUP BY country "
        f"ORDER BY n DESC, country LIMIT {ROWS}",
        {"country": "VARCHAR", "duration": "BIGINT"},
    ),
    Question(
        "child fields",
        "SELECT name, COUNT(*), AVG(duration) FROM useraction GROUP BY name "
        f"ORDER BY COUNT(*) DESC, name LIMIT {ROWS}",
        "SELECT a.name AS name, COUNT(*) AS n, AVG(a.duration) FROM "
        "(SELECT UNNEST(userActions) AS a FROM {source}) GROUP BY 1 "
        f"ORDER BY n DESC, name LIMIT {ROWS}",
        "SELECT a.name AS name, COUNT(*) AS n, AVG(a.duration) FROM "
        "(SELECT arrayJoin(userActions) AS a FROM {source}) GROUP BY name "
        f"ORDER BY n DESC, name LIMIT {ROWS}",
        {"userActions": _ACTIONS},
    ),
    Question(
        "few columns, LIMIT",
        f"SELECT userSessionId, country, duration FROM usersession LIMIT {ROWS}",
        f"SELECT userSessionId, country, duration FROM {{source}} LIMIT {ROWS}",
        f"SELECT userSessionId, country, duration FROM {{source}} LIMIT {ROWS}",
        {"userSessionId": "VARCHAR", "country": "VARCHAR", "duration": "BIGINT"},
        any_rows=True,
    ),
)
