"""What ``usql check`` tells of all files together: how many, how often each rule, what would change."""

from __future__ import annotations

import difflib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import click

from usql.cli.reports import Judged
from usql.editor.fixes import is_safe
from usql.harmless import harmless, json_text
from usql.language.rules import RULES, Severity


def number(count: int, word: str) -> str:
    """A number of things: ``1 file``, ``2 files``."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def closing(judged: Sequence[Judged], corrected: int) -> Iterator[str]:
    """The last lines of a report: what was corrected, what could be, how many files were checked
    and what is in them."""
    if corrected:
        yield f"{number(corrected, 'correction')} applied"
    safe = sum(is_safe(d) for one in judged for d in one.found)
    if safe:
        yield f"--fix corrects {safe} of these"
    yield f"{number(len(judged), 'file')} checked: {problems(judged)}"


def problems(judged: Sequence[Judged]) -> str:
    """How many problems of each severity there are."""
    counts = Counter(d.severity for one in judged for d in one.found)
    told = [
        f"{n} {s.value}" if s is Severity.INFORMATION else number(n, s.value)
        for s in Severity
        if (n := counts[s])
    ]
    return ", ".join(told) or "no problems"


# --- how often each rule --------------------------------------------------------------------------


def _rows(judged: Sequence[Judged]) -> list[tuple[int, str, int]]:
    """How often a rule reports, its name, and how many of these are safely corrected; the most
    frequent first."""
    found = [d for one in judged for d in one.found]
    counts = Counter(d.name for d in found)
    safe = Counter(d.name for d in found if is_safe(d))
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


# --- what would change ----------------------------------------------------------------------------

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def diff(name: str, text: str, mended: str, *, to_terminal: bool) -> Iterator[str]:
    """The lines of a unified diff, none if nothing changes: as ``patch`` takes them, but for a
    terminal coloured and without control characters."""
    before, after = (list(io.StringIO(one, newline="\n")) for one in (text, mended))
    for line in difflib.unified_diff(before, after, name, name):
        shown = line.removesuffix("\n")
        if to_terminal:
            is_name = line.startswith(("---", "+++"))
            colour = None if is_name else _COLOURS.get(line[:1])
            shown = click.style(harmless(shown, keep="\t"), fg=colour)
        yield shown
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
