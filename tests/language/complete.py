"""Fills in the rows of cases that hold a ``?``: ``python -m tests.language.complete``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.compare import equal, parsed_json
from tests.language.test_conformance import FILES
from tests.language.usqltest import UNKNOWN, Asked, Case, read
from tests.places import SESSIONS
from tests.tools.docs.language import PAGE, SAMPLE, examples


def main() -> None:
    """Completes the conformance files and the reference of the language."""
    asked = Asked(SESSIONS)
    for path in FILES:
        _complete(path, read(path.read_text(encoding="utf-8")), asked)
    _complete(PAGE, examples(), Asked(SAMPLE))


def _complete(path: Path, cases: Sequence[Case], asked: Asked) -> None:
    """Write the rows of those cases of a file that have a ``?`` in their place."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if UNKNOWN in lines:
        path.write_text("\n".join(_completed(path, lines, cases, asked)), encoding="utf-8")


def _completed(path: Path, lines: list[str], cases: Sequence[Case], asked: Asked) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if line == UNKNOWN:
            case = next(c for c in reversed(cases) if c.line < number)
            yield from _rows(path, case, asked)
        else:
            yield line


def _rows(path: Path, case: Case, asked: Asked) -> list[str]:
    """The rows as lines; a ``?`` where the two who answer do not agree."""
    _, result = asked.engine(case)
    if result is None:
        print(f"{path.name}:{case.line} {case.name}: the query is refused")
        return [UNKNOWN]
    rows, expected = parsed_json(result.rows(), result.columns), asked.reference(case)
    if not equal(rows, expected):
        print(f"{path.name}:{case.line} {case.name}\n  engine    {rows}\n  reference {expected}")
        return [UNKNOWN]
    return [json.dumps(row, ensure_ascii=False) for row in rows]


if __name__ == "__main__":
    main()
