"""The problems of the text in the line editor, and the corrections on offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from usql.catalog import Catalog
from usql.editor.problems.validation import validate
from usql.frozen import dataclass
from usql.language.diagnostics import Diagnostic, Edit, Fix, Span
from usql.language.rules import Severity
from usql.shell.commands import find_command, split_command
from usql.shell.statements import command_of, is_command, placed, unfinished

MOST_FIXES = 3
"""How many corrections are offered at once, each with a key."""


def query_begin(text: str) -> int:
    """Where the query begins in a typed text: after a command that takes one; at the end if the
    command takes none, or is written as in other shells."""
    if not is_command(text):
        return 0 if command_of(text) is None else len(text)
    name, start = split_command(text)
    command = find_command(name)
    return start if command is not None and command.takes == "query" else len(text)


@dataclass(frozen=True, slots=True)
class Problems:
    """The problems of a typed text in order; ``is_unfinished`` if its last query continues."""

    diagnostics: tuple[Diagnostic, ...]
    is_unfinished: bool

    @property
    def error(self) -> Diagnostic | None:
        """The first problem that prevents the text from running."""
        return next((d for d in self.diagnostics if d.is_error), None)

    def at(self, cursor: int) -> Diagnostic | None:
        """The problem at the cursor, else the first of the most severe ones."""
        touched = [d for d in self.diagnostics if d.span.start <= cursor <= d.span.end]
        ranked = sorted(touched or self.diagnostics, key=lambda d: _RANK[d.severity])
        return ranked[0] if ranked else None


_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_OPEN = ("syntax", "unterminated-string", "unterminated-comment", "doubled-comma")
"""Rules that report what is missing, which an unfinished query may still get."""


def problems(text: str, catalog: Catalog, profile: str, *, is_script: bool = False) -> Problems:
    """The problems of a typed text: of all its queries, or of the query after a command. A script
    consists of several such texts."""
    begins = [begin for begin, _ in placed(text)] if is_script else []
    diagnostics: list[Diagnostic] = []
    last = Problems((), is_unfinished=False)
    for begin, end in pairwise([*(begins or [0]), len(text)]):
        last = _problems(text[begin:end], catalog, profile)
        diagnostics += (_moved(d, begin) for d in last.diagnostics)
    return replace(last, diagnostics=tuple(diagnostics))


def _problems(text: str, catalog: Catalog, profile: str) -> Problems:
    begin = query_begin(text)
    query = text[begin:]
    if not query.strip():
        return Problems((), False)
    diagnostics = validate(query, catalog=catalog, profile=profile)
    return Problems(tuple(_moved(d, begin) for d in diagnostics), unfinished(query))


def drawn(problems: Problems, text: str, cursor: int | None) -> Sequence[Diagnostic]:
    """The problems to underline: not those about the vendor's answers and, while someone types at
    ``cursor``, not those about what is still missing or about the word being typed."""
    shown = [d for d in problems.diagnostics if d.severity is not Severity.INFORMATION]
    if cursor is None:
        return shown
    if problems.is_unfinished:
        shown = [d for d in shown if d.name not in _OPEN]
    end = len(text.rstrip())
    return [d for d in shown if d.span.end < end] if cursor == end else shown


def fixes(problem: Diagnostic | None) -> tuple[Fix, ...]:
    """The corrections that the keys apply."""
    return () if problem is None else problem.fixes[:MOST_FIXES]


def _moved(problem: Diagnostic, by: int) -> Diagnostic:
    """The problem after ``by`` characters are put before its text."""
    if not by:
        return problem

    def span(old: Span) -> Span:
        return Span(old.start + by, old.end + by)

    moved = tuple(
        Fix(fix.title, tuple(Edit(span(e.span), e.text) for e in fix.edits))
        for fix in problem.fixes
    )
    return replace(problem, span=span(problem.span), fixes=moved)
