"""Summaries of ``usql check`` over all files: counts, statistics per rule, and differences."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import click

from usql.cli.reports import Judged
from usql.editor.problems.fixes import is_safe
from usql.escape import escape_controls, json_text
from usql.language.rules import RULES, Severity


def number(count: int, word: str) -> str:
    """A number and its noun: ``1 file``, ``2 files``."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def closing(judged: Sequence[Judged], corrected: int) -> Iterator[str]:
    """The last lines of a report: the corrections that were made, those that could be made, and the
    number of files and problems."""
    if corrected:
        yield f"{number(corrected, 'correction')} applied"
    safe = sum(is_safe(d) for one in judged for d in one.diagnostics)
    if safe:
        yield f"--fix corrects {safe} of these"
    yield f"{number(len(judged), 'file')} checked: {problems(judged)}"


def problems(judged: Sequence[Judged]) -> str:
    """The number of problems of each severity."""
    counts = Counter(d.severity for one in judged for d in one.diagnostics)
    counted = [
        f"{n} {s.value}" if s is Severity.INFORMATION else number(n, s.value)
        for s in Severity
        if (n := counts[s])
    ]
    return ", ".join(counted) or "no problems"


# --- statistics per rule --------------------------------------------------------------------------


def _rows(judged: Sequence[Judged]) -> list[tuple[int, str, int]]:
    """For each rule the number of its reports, its name, and how many of them have a safe
    correction; the most frequent first."""
    diagnostics = [d for one in judged for d in one.diagnostics]
    counts = Counter(d.name for d in diagnostics)
    safe = Counter(d.name for d in diagnostics if is_safe(d))
    order = sorted(counts, key=lambda name: (-counts[name], RULES[name].code))
    return [(counts[name], name, safe[name]) for name in order]


def _text(judged: Sequence[Judged]) -> Iterator[str]:
    rows = _rows(judged)
    digits = max((len(str(count)) for count, _, _ in rows), default=0)
    width = max((len(name) for _, name, _ in rows), default=0)
    for count, name, safe in rows:
        rule = RULES[name]
        note = f", --fix corrects {'all' if safe == count else safe}" if safe else ""
        yield f"{count:>{digits}}  {rule.code}  {name:{width}}  {rule.severity.value}{note}"


def _json(judged: Sequence[Judged]) -> Iterator[str]:
    listed = [
        {
            "code": RULES[name].code,
            "name": name,
            "severity": RULES[name].severity.value,
            "count": count,
            "safely_corrected": safe,
        }
        for count, name, safe in _rows(judged)
    ]
    yield json_text(listed, indent=2)


STATISTICS: dict[str, Callable[[Sequence[Judged]], Iterator[str]]] = {"text": _text, "json": _json}
"""The lines of the statistics, by the name of their format."""


# --- differences ----------------------------------------------------------------------------

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def diff(name: str, text: str, fixed: str, *, to_terminal: bool) -> Iterator[str]:
    """The lines of a unified diff, none if nothing changes: in the form that ``patch`` accepts, or
    for a terminal coloured and without control characters."""
    before, after = (list(io.StringIO(one, newline="\n")) for one in (text, fixed))
    for line in difflib.unified_diff(before, after, name, name):
        shown = line.removesuffix("\n")
        if to_terminal:
            is_name = line.startswith(("---", "+++"))
            colour = None if is_name else _COLOURS.get(line[:1])
            shown = click.style(escape_controls(shown, keep="\t"), fg=colour)
        yield shown
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
