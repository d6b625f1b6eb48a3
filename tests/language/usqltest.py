"""The notation of queries with their answers that ``tests/language/conformance/README.md`` describes: what
its cases say, and whether the engine and the reference evaluator say the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import usql
from tests.compare import equal, parsed_json
from tests.oracle.reference import evaluate
from tests.oracle.reference.exports import Export
from usql.asking.clock import times_of
from usql.language.diagnostics import Diagnostic, apply_fix
from usql.language.holes import fill
from usql.language.parser import parse

OPTIONS = ("start", "end", "now", "utc_offset", "profile", "parameters")
UNKNOWN = "?"
"""Stands for the rows of a case until ``python -m tests.language.complete`` has written them."""


@dataclass
class Case:
    """One case: a query, and all that is said of its answer or of what is wrong with it."""

    name: str
    line: int
    query: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    expected: list[tuple[str, str, str]] = field(default_factory=list)
    columns: str | None = None
    fixed: str | None = None
    no_diagnostics: bool = False
    rows: list[Any] | None = None


def read(text: str, first_line: int = 1) -> list[Case]:
    """The cases of a text. Where it is a part of a file, ``first_line`` says of which line on."""
    cases: list[Case] = []
    in_rows = False
    for number, line in enumerate(text.splitlines(), first_line):
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
            if line.strip() and line != UNKNOWN and rows is not None:
                rows.append(json.loads(line))
        else:
            _directive(cases[-1], line)
    for case in cases:
        case.query = case.query.strip("\n")
    return cases


def _directive(case: Case, line: str) -> None:
    found = re.match(r"([a-z_]+): ?(.*)", line)
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


class Asked:
    """The sessions of a file, and both who answer queries about them."""

    def __init__(self, path: Path) -> None:
        self.sessions = usql.open(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        self.export = Export([json.loads(line) for line in lines])

    def engine(self, case: Case) -> tuple[list[Diagnostic], usql.Result | None]:
        """What is found in the query, in its order, and its result unless it is refused."""
        try:
            result = self.sessions.query(case.query, **case.options)
        except usql.UsqlError as error:
            return sorted(error.diagnostics, key=lambda d: d.span), None
        profile = case.options.get("profile", "dynatrace")
        return self.sessions.check(case.query, profile=profile), result

    def reference(self, case: Case) -> list[list[Any]]:
        """The rows of a query that is not refused, by the reference evaluator."""
        options = {k: v for k, v in case.options.items() if k != "parameters"}
        start, end, now = (options.pop(name, None) for name in ("start", "end", "now"))
        offset = options.get("utc_offset", 0)
        frame, instant = times_of(self.sessions.span, start, end, now, offset)
        filled = fill(case.query, case.options.get("parameters", {}))
        query = parse(filled.text, filled.holes).query
        assert query is not None
        return evaluate(
            query, self.export, start=frame.start, end=frame.end, now=instant, **options
        ).rows

    def check(self, case: Case) -> None:
        """All that the case says is so."""
        diagnostics, result = self.engine(case)
        shown = [
            (d.severity.value, d.name, case.query[d.span.start : d.span.end]) for d in diagnostics
        ]
        errors = [e for e in case.expected if e[0] == "error"]
        assert [s for s in shown if s[0] == "error"] == errors, shown
        for expected in case.expected:
            assert expected in shown, shown
        if case.no_diagnostics:
            assert shown == []
        if case.fixed is not None:
            _check_fix(case, diagnostics)
        if errors:
            assert case.rows is None, "a query that is refused has no rows"
            return
        assert result is not None
        assert case.rows is not None, "a case without errors lists its rows after ---"
        rows = parsed_json(result.rows(), result.columns)
        assert equal(rows, case.rows), rows
        assert equal(self.reference(case), case.rows), "the reference evaluator has other rows"
        if case.columns is not None:
            assert ", ".join(result.columns) == case.columns.strip('"')


def _check_fix(case: Case, diagnostics: list[Diagnostic]) -> None:
    """The first correction gives the text, which does not have the problem any more."""
    fixed = next(d for d in diagnostics if d.fixes)
    text = apply_fix(case.query, fixed.fixes[0])
    assert text == case.fixed
    assert fixed.name not in [d.name for d in usql.check(text)]
