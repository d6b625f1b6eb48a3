"""Sessions as they arrive, and what is asked of them afterwards."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import usql
from usql.samples import generate
from usql.store.export.nested import json_lines

ASKED = (
    "SELECT COUNT(*), SUM(duration), COUNT(DISTINCT userId), COUNT(DISTINCT ip) FROM usersession",
    "SELECT name, COUNT(*), MEDIAN(duration) FROM useraction GROUP BY name LIMIT 5000",
    "SELECT country, browserFamily, COUNT(*) FROM usersession GROUP BY country, browserFamily LIMIT 5000",
    "SELECT userSessionId, startTime, useraction.name, stringProperties.tier FROM usersession LIMIT 5000",
    "SELECT * FROM usererror LIMIT 5000",
)


@functools.cache
def lines(count: int, seed: int = 1) -> tuple[bytes, ...]:
    """Lines of an export."""
    table = generate(count, seed)
    return tuple(
        line.encode() + b"\n" for batch in table.to_batches() for line in json_lines(batch)
    )


def answers(sessions: usql.Sessions) -> list[list[list[object]]]:
    return [sessions.query(text, profile="offline").rows() for text in ASKED]


def answers_of(some: tuple[bytes, ...]) -> list[list[list[object]]]:
    """The answers of one load of some lines."""
    return answers(usql.open([json.loads(line) for line in some]))


def ids(sessions: usql.Sessions) -> list[Any]:
    rows = sessions.query("SELECT userSessionId FROM usersession", profile="offline").rows()
    return sorted(row[0] for row in rows)


def names(folder: Path) -> list[str]:
    """All files of a live folder, those of a segment as one."""
    paths = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    return sorted({"/".join(p.parts[:2]) for p in paths})


def line(name: str, **others: Any) -> bytes:
    return json.dumps({"userSessionId": name, "startTime": 1, **others}).encode() + b"\n"
