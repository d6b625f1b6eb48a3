"""Problems of a query as data: where, what, how severe, and how to correct it.

Every stage that can refuse a query makes :class:`Diagnostic` values; one renderer draws them all
(:func:`render`).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from usql.errors import Error
from usql.escape import escape_controls
from usql.frozen import dataclass
from usql.language.rules import RULES, Severity


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range ``[start, end)`` of characters in the query's text."""

    __module__ = "usql"

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters of ``span`` by ``text``."""

    __module__ = "usql"

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A correction that can be applied with one key: its title and its edits. ``is_guess``: it asks
    something different from the query, even if other corrections of its rule do not."""

    __module__ = "usql"

    title: str
    edits: tuple[Edit, ...]
    is_guess: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem at one place of a query.

    ``code`` and ``name`` identify the rule, ``message`` is a sentence about this query, ``span``
    the smallest range of text that is wrong, ``fixes`` the corrections on offer.
    """

    __module__ = "usql"

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    fixes: tuple[Fix, ...] = field(default=())

    @property
    def is_error(self) -> bool:
        """Whether the query is refused because of this problem."""
        return self.severity is Severity.ERROR

    @property
    def is_of_profile(self) -> bool:
        """Whether it is about a limit of the vendor's server, which the profile ``offline`` does
        not have."""
        return self.is_error and self.code.startswith("USQL5")


def diagnostic(name: str, message: str, span: Span, fixes: Iterable[Fix] = ()) -> Diagnostic:
    """A diagnostic of the rule ``name``; ``KeyError`` for an unknown name."""
    rule = RULES[name]
    return Diagnostic(rule.code, rule.name, rule.severity, message, span, tuple(fixes))


def replace(title: str, span: Span, text: str) -> Fix:
    """A correction with one edit."""
    return Fix(title, (Edit(span, text),))


def entry(spans: Sequence[Span], index: int) -> Span:
    """The span of one entry of a list and the comma, AND or OR that belongs to it: what to remove
    so that the others remain. The list has at least two entries."""
    if index:
        return Span(spans[index - 1].end, spans[index].end)
    return Span(spans[0].start, spans[1].start)


def apply_fix(text: str, fix: Fix) -> str:
    """The text after the correction's edits, which must not overlap."""
    for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


OFFLINE = 'profile="offline"'
"""How Python code selects the profile without the vendor's limits."""


class UsqlError(Error):
    """A query was refused. ``diagnostics`` holds all problems, ``text`` the query.

    ``str()`` of the error shows the query with the wrong words underlined and the corrections.
    """

    __module__ = "usql"  # tracebacks name what people can import

    def __init__(self, text: str, diagnostics: Iterable[Diagnostic]) -> None:
        self.text = text
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.drawn())

    def drawn(self, offline: str = OFFLINE, name: str = "query") -> str:
        """What ``str()`` returns; ``offline`` is how the profile is selected where the query was
        asked, ``name`` the name of the query's text."""
        return render(self.text, [d for d in self.diagnostics if d.is_error], name, offline)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text, self.diagnostics), self.__dict__


_LONGEST_LINE = 160
"""Of longer source lines, only a window around the problem is shown."""


def render(
    text: str, diagnostics: Iterable[Diagnostic], name: str = "query", offline: str = OFFLINE
) -> str:
    """Draw diagnostics for a terminal: place, message, source line, underline, correction. Control
    characters in the query, the data and the file's ``name`` are escaped. Diagnostics about limits
    of the profile end with ``offline``, the way to lift them.

    Example::

        error[USQL202] unknown-field: usersession has no field `cty`.
          --> query:1:8
          |
        1 | SELECT cty FROM usersession
          |        ^^^
          = correction: city
    """
    return "\n".join(drawings(Lines(text), diagnostics, name, offline))


def drawings(
    lines: Lines, diagnostics: Iterable[Diagnostic], name: str, offline: str
) -> Iterator[str]:
    """The drawings that :func:`render` joins, one per diagnostic."""
    return (_drawing(lines, d, name, offline) for d in diagnostics)


class Lines:
    """The lines of a text, counted once for any number of places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of a character offset."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, line: int) -> Span:
        """The characters of a 1-based line, without its line end."""
        is_last = line == len(self._starts)
        end = len(self.text) if is_last else self._starts[line] - 1
        return Span(self._starts[line - 1], end)


def _drawing(lines: Lines, d: Diagnostic, name: str, offline: str) -> str:
    row, column = lines.position(d.span.start)
    whole = lines.span(row)
    shown = whole
    if whole.end - whole.start > _LONGEST_LINE:  # copy only what is shown
        start = max(whole.start, d.span.start - _LONGEST_LINE // 2)
        shown = Span(start, min(start + _LONGEST_LINE, whole.end))
    at = d.span.start - shown.start
    stop = max(at + 1, min(d.span.end, shown.end) - shown.start)
    line = lines.text[shown.start : shown.end].replace("\t", " ")
    line = "".join(ch if ch.isprintable() else "·" for ch in line)
    number = str(row)
    gutter = " " * len(number)
    pad = " " * _cells(line[:at])
    mark = "^" * max(1, _cells(line[at:stop]))
    drawn = [
        f"{d.severity.value}[{d.code}] {d.name}: {escape_controls(d.message)}",
        f"{gutter} --> {escape_controls(name)}:{row}:{column}",
        f"{gutter} |",
        f"{number} | {line}",
        f"{gutter} | {pad}{mark}",
    ]
    drawn += [f"{gutter} = correction: {escape_controls(fix.title)}" for fix in d.fixes]
    if d.is_of_profile:
        drawn.append(f"{gutter} = without this limit: {offline}")
    return "\n".join(drawn)


def _cells(text: str) -> int:
    """Terminal cells of a text: wide East Asian characters take two, combining marks none."""
    import unicodedata

    return sum(
        0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1
        for ch in text
    )
