"""How ``usql check`` writes what it found: for people, programs, SARIF viewers and GitHub."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from usql import __version__
from usql.harmless import harmless, json_text
from usql.language.diagnostics import RULES, Diagnostic, Severity, Span, position, render

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_ANNOTATIONS = {**_LEVELS, Severity.INFORMATION: "notice"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, its text, and the problems in it."""

    name: str
    text: str
    found: Sequence[Diagnostic]


def _text(judged: Sequence[Judged]) -> Iterator[str]:
    """The drawing, its first word in the severity's colour; click takes colour off in pipes."""
    for one in judged:
        for problem in one.found:
            drawn = render(one.text, [problem], one.name)
            word = problem.severity.value
            yield click.style(word, fg=_COLOURS[problem.severity], bold=True) + drawn[len(word) :]


def _json(judged: Sequence[Judged]) -> Iterator[str]:
    """One array of objects; lines and columns count from 1, offsets from 0, all in characters."""

    def place(text: str, offset: int) -> dict[str, int]:
        line, column = position(text, offset)
        return {"line": line, "column": column, "offset": offset}

    def span(text: str, span: Span) -> dict[str, Any]:
        return {"start": place(text, span.start), "end": place(text, span.end)}

    found = [
        {
            "file": one.name,
            "code": d.code,
            "name": d.name,
            "severity": d.severity.value,
            "message": d.message,
            **span(one.text, d.span),
            "fixes": [
                {
                    "title": fix.title,
                    "edits": [{**span(one.text, e.span), "text": e.text} for e in fix.edits],
                }
                for fix in d.fixes
            ],
        }
        for one in judged
        for d in one.found
    ]
    yield json_text(found, indent=2)


def _region(text: str, span: Span) -> dict[str, int]:
    (line, column), (last, behind) = position(text, span.start), position(text, span.end)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": behind}


def _sarif(judged: Sequence[Judged]) -> Iterator[str]:
    """A SARIF 2.1.0 log of one run."""
    names = list(dict.fromkeys(d.name for one in judged for d in one.found))
    rules = [
        {
            "id": RULES[name].code,
            "name": name,
            "shortDescription": {"text": RULES[name].summary},
            "defaultConfiguration": {"level": _LEVELS[RULES[name].severity]},
        }
        for name in names
    ]
    results = [_result(one, d, names.index(d.name)) for one in judged for d in one.found]
    driver = {"name": "usql", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
        ],
    }
    yield json_text(log, indent=2)


def _result(one: Judged, problem: Diagnostic, rule: int) -> dict[str, Any]:
    artifact = {"uri": Path(one.name).as_posix()}
    region = _region(one.text, problem.span)
    made: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": _LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if problem.fixes:
        made["fixes"] = [
            {
                "description": {"text": fix.title},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact,
                        "replacements": [
                            {
                                "deletedRegion": _region(one.text, edit.span),
                                "insertedContent": {"text": edit.text},
                            }
                            for edit in fix.edits
                        ],
                    }
                ],
            }
            for fix in problem.fixes
        ]
    return made


def _github(judged: Sequence[Judged]) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the lines of a change."""

    def message(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def value(text: str) -> str:
        return message(text).replace(":", "%3A").replace(",", "%2C")

    for one in judged:
        for d in one.found:
            region = _region(one.text, d.span)
            places = (
                f"file={value(one.name)},line={region['startLine']},endLine={region['endLine']},"
                f"col={region['startColumn']},endColumn={region['endColumn']}"
            )
            title = value(f"{d.code} {d.name}")
            annotation = f"{_ANNOTATIONS[d.severity]} {places},title={title}::{message(d.message)}"
            yield f"::{harmless(annotation)}"


FORMS: dict[str, Callable[[Sequence[Judged]], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
"""The lines of a report, by the name of its format."""
