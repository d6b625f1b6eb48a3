"""Reports of ``usql check``: for people, programs, SARIF viewers and GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from usql import __version__
from usql.cli.options import OFFLINE
from usql.escape import escape_controls, json_text
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Lines, Span, drawings
from usql.language.rules import DOCUMENTATION, RULES, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}
_ANNOTATIONS = {**_LEVELS, Severity.INFORMATION: "notice"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A file, its text, and the problems in it."""

    name: str
    text: str
    diagnostics: Sequence[Diagnostic]
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", Lines(self.text))


def _text(judged: Sequence[Judged]) -> Iterator[str]:
    """The problems as drawn by ``render``, the first word in the severity's colour; click removes
    the colour in pipes. Placeholders, which are not problems, are only counted per file."""
    for one in judged:
        shown = [d for d in one.diagnostics if d.name != PLACEHOLDER]
        for problem, drawn in zip(
            shown, drawings(one.lines, shown, one.name, OFFLINE), strict=True
        ):
            yield _coloured(problem.severity, drawn)
        holes = [d for d in one.diagnostics if d.name == PLACEHOLDER]
        if holes:
            yield _coloured(holes[0].severity, _counted(one, holes))


def _coloured(severity: Severity, drawn: str) -> str:
    word = severity.value
    return click.style(word, fg=_COLOURS[severity], bold=True) + drawn[len(word) :]


def _counted(one: Judged, holes: Sequence[Diagnostic]) -> str:
    first, *others = holes
    line, column = one.lines.position(first.span.start)
    need = f"{len(holes)} placeholders need values" if others else "a placeholder needs a value"
    place = f"{escape_controls(one.name)}:{line}:{column}"
    return f"{first.severity.value}[{first.code}] {first.name}: {need} to run: {place}"


PLACEHOLDER = "placeholder"
"""The rule whose reports are only counted, since dashboards have so many."""


def _json(judged: Sequence[Judged]) -> Iterator[str]:
    """One array of objects; lines and columns count from 1, offsets from 0, all in characters."""

    def place(lines: Lines, offset: int) -> dict[str, int]:
        line, column = lines.position(offset)
        return {"line": line, "column": column, "offset": offset}

    def span(lines: Lines, span: Span) -> dict[str, Any]:
        return {"start": place(lines, span.start), "end": place(lines, span.end)}

    objects = [
        {
            "file": one.name,
            "code": d.code,
            "name": d.name,
            "severity": d.severity.value,
            "message": d.message,
            **span(one.lines, d.span),
            "fixes": [
                {
                    "title": fix.title,
                    "edits": [{**span(one.lines, e.span), "text": e.text} for e in fix.edits],
                }
                for fix in d.fixes
            ],
        }
        for one in judged
        for d in one.diagnostics
    ]
    yield json_text(objects, indent=2)


def _region(lines: Lines, span: Span) -> dict[str, int]:
    (line, column), (last, after) = lines.position(span.start), lines.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": after}


def _sarif(judged: Sequence[Judged]) -> Iterator[str]:
    """A SARIF 2.1.0 log of one run, as GitHub's code scanning requires it."""
    names = list(dict.fromkeys(d.name for one in judged for d in one.diagnostics))
    places = {name: place for place, name in enumerate(names)}
    rules = [
        {
            "id": RULES[name].code,
            "name": name,
            "shortDescription": {"text": RULES[name].summary},
            "fullDescription": {"text": RULES[name].summary},
            "help": {"text": f"{RULES[name].summary} See {RULES[name].page}."},
            "helpUri": RULES[name].page,
            "defaultConfiguration": {"level": _LEVELS[RULES[name].severity]},
        }
        for name in names
    ]
    results = [_result(one, d, places[d.name]) for one in judged for d in one.diagnostics]
    driver = {
        "name": "usql",
        "version": __version__,
        "informationUri": DOCUMENTATION,
        "rules": rules,
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
        ],
    }
    yield json_text(log, indent=2)


def _result(one: Judged, problem: Diagnostic, rule: int) -> dict[str, Any]:
    # A URI reference, not a path; a name need not be Unicode.
    artifact = {"uri": quote(os.fsencode(Path(one.name).as_posix()))}
    region = _region(one.lines, problem.span)
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": _LEVELS[problem.severity],
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if problem.fixes:
        result["fixes"] = [
            {
                "description": {"text": fix.title},
                "artifactChanges": [
                    {
                        "artifactLocation": artifact,
                        "replacements": [
                            {
                                "deletedRegion": _region(one.lines, edit.span),
                                "insertedContent": {"text": edit.text},
                            }
                            for edit in fix.edits
                        ],
                    }
                ],
            }
            for fix in problem.fixes
        ]
    return result


def _github(judged: Sequence[Judged]) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the changed lines."""

    def message(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def value(text: str) -> str:
        return message(text).replace(":", "%3A").replace(",", "%2C")

    for one in judged:
        for d in one.diagnostics:
            region = _region(one.lines, d.span)
            places = (
                f"file={value(one.name)},line={region['startLine']},endLine={region['endLine']},"
                f"col={region['startColumn']},endColumn={region['endColumn']}"
            )
            title = value(f"{d.code} {d.name}")
            annotation = f"{_ANNOTATIONS[d.severity]} {places},title={title}::{message(d.message)}"
            yield f"::{escape_controls(annotation)}"


FORMS: dict[str, Callable[[Sequence[Judged]], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
"""The lines of a report, by the name of its format."""
