"""Runs the conformance files: what ``tests/conformance/README.md`` describes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.compare import equal, parsed_json
from usql.language.diagnostics import Diagnostic, apply_fix

HERE = Path(__file__).parent
FILES = sorted((HERE / "conformance").glob("*.usqltest"))
OPTIONS = ("start", "end", "now", "utc_offset", "profile", "parameters")


@dataclass
class Case:
    """One case of a file."""

    name: str
    line: int
    query: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    expected: list[tuple[str, str, str]] = field(default_factory=list)
    columns: str | None = None
    fixed: str | None = None
    no_diagnostics: bool = False
    rows: list[Any] | None = None


def read(path: Path) -> list[Case]:
    """The cases of a file."""
    cases: list[Case] = []
    in_rows = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("=== "):
            cases.append(Case(line[4:], number))
            in_rows = False
        elif not cases or (line.startswith("#") and not cases[-1].query):
            continue
        elif line == "---":
            cases[-1].rows = []
            in_rows = True
        elif in_rows:
            rows = cases[-1].rows
            if line.strip() and line != "?" and rows is not None:
                rows.append(json.loads(line))
        else:
            _directive(cases[-1], line)
    for case in cases:
        case.query = case.query.strip("\n")
    return cases


def _directive(case: Case, line: str) -> None:
    found = re.match(r"(error|warning|information|columns|fixed|sessions|[a-z_]+): ?(.*)", line)
    if line == "no-diagnostics":
        case.no_diagnostics = True
    elif found and found[1] in ("error", "warning", "information"):
        name, _, text = found[2].partition(" ")
        case.expected.append((found[1], name, text))
    elif found and found[1] == "columns":
        case.columns = found[2]
    elif found and found[1] == "fixed":
        case.fixed = found[2]
    elif found and found[1] in OPTIONS:
        value = found[2]
        plain = found[1] in ("utc_offset", "parameters") or value.lstrip("-").isdigit()
        case.options[found[1]] = json.loads(value) if plain else value
    else:
        case.query += line + "\n"


CASES = [(path, case) for path in FILES for case in read(path)]


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.open(HERE / "data" / "sessions.ndjson")


@pytest.mark.parametrize(
    ("path", "case"), CASES, ids=[f"{p.stem}:{c.line} {c.name}"[:80] for p, c in CASES]
)
def test_case(sessions: usql.Sessions, path: Path, case: Case) -> None:
    diagnostics, result = _run(sessions, case)
    shown = [(d.severity.value, d.name, case.query[d.span.start : d.span.end]) for d in diagnostics]
    errors = [e for e in case.expected if e[0] == "error"]
    assert [s for s in shown if s[0] == "error"] == errors, shown
    for expected in case.expected:
        assert expected in shown, shown
    if case.no_diagnostics:
        assert shown == []
    if case.fixed is not None:
        _check_fix(case, diagnostics)
    if errors:
        return
    assert result is not None
    assert case.rows is not None, "a case without errors lists its rows after ---"
    rows = parsed_json(result.rows(), result.columns)
    assert equal(rows, case.rows), rows
    if case.columns is not None:
        assert ", ".join(result.columns) == case.columns.strip('"')


def _run(sessions: usql.Sessions, case: Case) -> tuple[list[Diagnostic], usql.Result | None]:
    try:
        result = sessions.query(case.query, **case.options)
    except usql.UsqlError as error:
        return sorted(error.diagnostics, key=lambda d: d.span), None
    return sessions.check(case.query, profile=case.options.get("profile", "dynatrace")), result


def _check_fix(case: Case, diagnostics: list[Diagnostic]) -> None:
    """The first correction gives the text, which does not have the problem any more."""
    mended = next(d for d in diagnostics if d.fixes)
    text = apply_fix(case.query, mended.fixes[0])
    assert text == case.fixed
    assert mended.name not in [d.name for d in usql.check(text)]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 200
    names = [(path, case.name) for path, case in CASES]
    assert len(set(names)) == len(names), "two cases of a file have one name"
