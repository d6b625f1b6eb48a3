"""A question that takes many seconds, and ends soon when it is told to."""

from __future__ import annotations

import json
from pathlib import Path

SLOW = "SELECT COUNT(*) FROM usersession WHERE " + " OR ".join(
    f"city LIKE '*{'a*' * 40}b{i}*'" for i in range(90)
)


def slow_data(folder: Path) -> Path:
    """The sessions for it."""
    text = "a" * 5000
    file = folder / "slow.ndjson"
    rows = [
        {"userSessionId": str(i), "startTime": 1, "endTime": 2, "city": f"{text}{i}"}
        for i in range(15_000)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file
