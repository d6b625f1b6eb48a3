"""Filtering corrections: none is offered that makes a condition impossible, and one of an
impossible condition is offered only if it helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from usql.editor.problems.fixes import correction_of
from usql.editor.rules import Subject
from usql.editor.rules.constant import constant_conditions
from usql.language import syntax as s
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span, apply_fix
from usql.language.parser import parse_script
from usql.language.rules import Correction

_MOST_TRIED = 20
"""Corrections of one query that are tried; each costs about as much as reading the query."""


def trusted(subject: Subject, diagnostics: Sequence[Diagnostic], place: Span) -> list[Diagnostic]:
    """The diagnostics of the query at ``place`` without the corrections that fail a trial. Only
    corrections inside conditions are tried, and only the first few."""
    before = Counter(d.name for d in diagnostics)
    places = list(_conditions(subject.query)) if any(d.fixes for d in diagnostics) else []
    remaining = _MOST_TRIED
    checked = []
    for problem in diagnostics:
        fixes = []
        for fix in problem.fixes:
            keeps_rows = correction_of(problem) is Correction.SAFE and not fix.is_guess
            doubtful = remaining > 0 and not keeps_rows and _touches(fix, places)
            remaining -= doubtful
            if not doubtful or _is_better(subject, fix, problem.name, before, place):
                fixes.append(fix)
        is_whole = len(fixes) == len(problem.fixes)
        checked.append(problem if is_whole else replace(problem, fixes=tuple(fixes)))
    return checked


def _conditions(query: s.Query) -> Iterator[Span]:
    if query.where is not None:
        yield query.where.span
    for item in query.items:
        for node in s.walk(item.expression):
            if isinstance(node, s.Where | s.Step):
                yield node.span


def _touches(fix: Fix, places: Sequence[Span]) -> bool:
    return any(
        edit.span.start <= place.end and place.start <= edit.span.end
        for edit in fix.edits
        for place in places
    )


def _is_better(subject: Subject, fix: Fix, name: str, before: Counter[str], place: Span) -> bool:
    """Whether the correction leaves no more impossible conditions than before, and, if it corrects
    a constant condition, fewer problems of this name."""
    edits = tuple(
        Edit(Span(e.span.start - place.start, e.span.end - place.start), e.text) for e in fix.edits
    )
    text = apply_fix(subject.text[place.start : place.end], Fix("", edits))
    first = parse_script(text)[0]
    if first.query is None or any(d.is_error for d in first.diagnostics):
        return True
    table = subject.catalog.get(first.query.table.name)
    if table is None:
        return True
    corrected = replace(
        subject,
        text=text,
        query=first.query,
        table=table,
        comments=first.comments,
        holes=first.holes,
    )
    after = Counter(d.name for d in constant_conditions(corrected))
    if after["never-true"] > before["never-true"]:
        return False
    return name not in ("never-true", "always-true") or after[name] < before[name]
