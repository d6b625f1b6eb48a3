"""Fills in the rows of conformance cases that hold a ``?``: ``python -m tests.complete``."""

from __future__ import annotations

import json
from pathlib import Path

import usql
from tests.compare import equal, parsed_json
from tests.reference import evaluate
from tests.test_conformance import FILES, HERE, Case
from usql.clock import times_of
from usql.language.holes import fill
from usql.language.parser import parse


def main() -> None:
    sessions = usql.open(HERE / "data" / "sessions.ndjson")
    data = [
        json.loads(line) for line in (HERE / "data" / "sessions.ndjson").read_text().splitlines()
    ]
    for path in FILES:
        lines = path.read_text(encoding="utf-8").split("\n")
        if "?" in lines:
            path.write_text("\n".join(_completed(path, lines, sessions, data)), encoding="utf-8")


def _completed(
    path: Path, lines: list[str], sessions: usql.Sessions, data: list[dict[str, object]]
) -> list[str]:
    from tests.test_conformance import _directive

    out: list[str] = []
    case = Case("", 0)
    for line in lines:
        if line.startswith("=== "):
            case = Case(line[4:], 0)
        elif line == "?":
            out += _rows(path, case, sessions, data)
            continue
        elif line != "---" and not (line.startswith("#") and not case.query):
            _directive(case, line)
        out.append(line)
    return out


def _rows(
    path: Path, case: Case, sessions: usql.Sessions, data: list[dict[str, object]]
) -> list[str]:
    text = case.query.strip("\n")
    result = sessions.query(text, **case.options)
    rows = parsed_json(result.rows(), result.columns)
    options = {k: v for k, v in case.options.items() if k != "parameters"}
    start, end, now = (options.pop(name, None) for name in ("start", "end", "now"))
    frame, now = times_of(sessions._span, start, end, now, options.get("utc_offset", 0))
    options |= {"start": frame.start, "end": frame.end, "now": now}
    filled = fill(text, case.options.get("parameters", {}))
    query = parse(filled.text, filled.holes).query
    assert query is not None
    expected = evaluate(query, data, **options).rows
    if not equal(rows, expected):
        print(f"{path.name}: {case.name}\n  engine    {rows}\n  reference {expected}")
        return ["?"]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


if __name__ == "__main__":
    main()
