"""Results written value by value, with the standard library: what the fast way must give too."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from usql.escape import json_text
from usql.result import Result
from usql.result.texts.guard import guarded


def slow_csv(result: Result, *, csv_safe: bool = False) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC if csv_safe else csv.QUOTE_MINIMAL)
    writer.writerow([_cell(name, csv_safe) for name in result.columns])
    for row in result.rows():
        writer.writerow([_cell(value, csv_safe) for value in row])
    return text.getvalue().encode()


def _cell(value: object, is_safe: bool) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        value = json_text(strict(value))
    return guarded(value) if is_safe and isinstance(value, str) else value


def slow_ndjson(result: Result) -> list[dict[str, Any]]:
    """What the lines read as; names are not repeated."""
    return [dict(zip(result.columns, strict(row), strict=True)) for row in result.rows()]


def strict(value: Any) -> Any:
    """The value as it is after it was written as JSON and read again."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case list():
            return [strict(v) for v in value]
        case dict():
            return {k: strict(v) for k, v in value.items()}
    return json.loads(json.dumps(value))
