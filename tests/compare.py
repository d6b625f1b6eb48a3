"""Comparing rows: floats to 1e-9, everything else exactly, types too."""

from __future__ import annotations

import json
import math
from typing import Any


def equal(a: Any, b: Any) -> bool:
    """Whether two cells, rows or tables say the same."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return type(a) is type(b) and bool(a == b)


def parsed_json(rows: list[list[Any]], columns: list[str]) -> list[list[Any]]:
    """The rows with the text of ``JSON`` columns read."""
    return [
        [
            json.loads(v) if name == "JSON" and v is not None else v
            for v, name in zip(row, columns, strict=True)
        ]
        for row in rows
    ]
