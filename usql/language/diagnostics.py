"""Problems of a query as data: where, what, how bad, and how to mend it.

Every stage that can refuse a query makes :class:`Diagnostic` values; one renderer draws them
(:func:`render`). ``RULES`` is the one table of codes: a code is documented by its summary and is
never reused (LANGUAGE.md §11).
"""

from __future__ import annotations

import bisect
import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any

from usql.frozen import dataclass
from usql.harmless import harmless


class Severity(enum.Enum):
    """How bad a diagnostic is. Only errors keep a query from running."""

    __module__ = "usql"

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


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
    """A correction that a person can apply with one key: its title and the edits it makes.
    ``is_guess``: it asks something else than the query does, whatever its rule's others do."""

    __module__ = "usql"

    title: str
    edits: tuple[Edit, ...]
    is_guess: bool = field(default=False, kw_only=True)


DOCUMENTATION = "https://github.com/usql-engine/usql/blob/main"
"""Where the documentation is read; ``[project.urls]`` says the same."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of problem: its code, name, usual severity and a line that explains it."""

    code: str
    name: str
    severity: Severity
    summary: str

    @property
    def page(self) -> str:
        """The address of what explains the rule: its section of RULES.md, or, of an error of the
        language, its line of DIAGNOSTICS.md."""
        code = self.code.lower()
        place = f"RULES.md#{self.name}-{code}" if code[4] in "567" else f"DIAGNOSTICS.md#{code}"
        return f"{DOCUMENTATION}/docs/{place}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem at one place of a query.

    ``code`` and ``name`` identify the rule, ``message`` is a plain sentence about this very
    query, ``span`` the smallest range of text that is wrong, ``fixes`` the corrections offered.
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
        """Whether it is a limit of the vendor's, which the profile ``offline`` does not have."""
        return self.is_error and self.code.startswith("USQL5")


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION

_TABLE: tuple[tuple[str, str, Severity, str], ...] = (
    # 1xx: the text
    (
        "USQL101",
        "syntax",
        _E,
        "The text is not a query: a word is missing, misplaced or left over.",
    ),
    ("USQL102", "unterminated-string", _E, "A string begins but its closing quote is missing."),
    ("USQL103", "curly-quote", _E, "Typographic quotes stand where straight quotes are needed."),
    ("USQL104", "double-equals", _E, "Equality is written with one equals sign."),
    ("USQL105", "backtick-alias", _E, "An alias stands in back-ticks instead of double quotes."),
    ("USQL106", "count-star", _E, "COUNT needs its star in brackets: COUNT(*)."),
    (
        "USQL107",
        "doubled-comma",
        _E,
        "Two commas follow each other, or one stands before a clause.",
    ),
    ("USQL108", "empty-list", _E, "IN needs at least one value in its brackets."),
    ("USQL109", "having", _E, "USQL has no HAVING; a FILTER behind the metric keeps groups."),
    ("USQL110", "now-function", _E, 'The current time is $NOW, moved by DURATION("7d").'),
    ("USQL111", "too-deep", _E, "Brackets, NOTs or operators nest deeper than a query may."),
    ("USQL112", "unknown-variable", _E, "Only $NOW, $TIME_FRAME_START and $TIME_FRAME_END exist."),
    ("USQL113", "unterminated-comment", _E, "A comment begins with /* but has no */."),
    ("USQL114", "one-query", _E, "Only one query can run at a time."),
    ("USQL115", "clause-order", _E, "A clause stands twice or at the wrong place."),
    # 2xx: names
    ("USQL201", "not-queryable", _E, "The field exists in exports but can not be queried."),
    ("USQL202", "unknown-field", _E, "No table in reach has a field of this name."),
    ("USQL203", "unknown-table", _E, "There is no table of this name."),
    (
        "USQL204",
        "other-secondary-table",
        _E,
        "A query of a secondary table reaches its own fields and those of usersession only.",
    ),
    ("USQL205", "unknown-function", _E, "There is no function of this name."),
    ("USQL207", "not-loaded", _E, "The data was opened with some fields only, without this one."),
    # 3xx: conditions and values
    ("USQL301", "value-type", _E, "The value can not be compared with a field of this type."),
    (
        "USQL302",
        "field-comparison",
        _E,
        "A condition compares a field with a value, never with another field.",
    ),
    ("USQL303", "condition-needs-field", _E, "The left side of a condition is a field."),
    ("USQL304", "bad-date", _E, "The string is not a date in one of the accepted formats."),
    ("USQL305", "bad-address", _E, "The string is not an IPv4 or IPv6 address."),
    ("USQL306", "duration", _E, "DURATION takes a number and one of the units y q M w d h m s."),
    ("USQL307", "list-needs-in", _E, "Several values at once need IN."),
    # 4xx: functions, groups, funnels
    (
        "USQL401",
        "argument",
        _E,
        "A function's argument is missing, superfluous or of the wrong kind.",
    ),
    ("USQL402", "date-format", _E, "The date format has letters that mean nothing."),
    ("USQL403", "date-interval", _E, "The interval of DATETIME can not be read."),
    ("USQL404", "metric-type", _E, "The metric does not exist for fields of this type."),
    ("USQL405", "metric-in-group-by", _E, "A metric is computed per group and can not be a key."),
    ("USQL406", "group-key", _E, "GROUP BY takes fields, aliases, TOP and date functions."),
    (
        "USQL407",
        "star-in-groups",
        _E,
        "* and JSON show whole rows and can not stand in a grouped query.",
    ),
    (
        "USQL408",
        "funnel-clause",
        _E,
        "FUNNEL stands alone: no other items, grouping, order or limit.",
    ),
    ("USQL409", "filter-needs-metric", _E, "FILTER keeps groups by a metric's value."),
    ("USQL410", "order-key", _E, "ORDER BY takes fields, aliases and the text of selected items."),
    (
        "USQL411",
        "select-item",
        _E,
        "The select list holds fields, functions, numbers and arithmetic.",
    ),
    (
        "USQL412",
        "arithmetic-type",
        _E,
        "Arithmetic takes numbers, dates, YEAR … MINUTE and nothing else.",
    ),
    ("USQL413", "long-date-format", _E, "The date format has more than 200 characters."),
    # 5xx: limits of the profile
    ("USQL501", "limit-too-large", _E, "LIMIT is larger than the profile allows."),
    ("USQL502", "order-by-columns", _E, "ORDER BY has more columns than the profile allows."),
    ("USQL503", "order-by-arithmetic", _E, "The profile can not order by arithmetic."),
    ("USQL504", "metric-arithmetic", _E, "The profile can not calculate with metrics."),
    (
        "USQL505",
        "distinct-cardinality",
        _E,
        "COUNT(DISTINCT …) of a field with extremely many values is not allowed by the profile.",
    ),
    (
        "USQL506",
        "too-many-likes",
        _E,
        "More LIKE patterns with an inner wildcard than the profile allows.",
    ),
    ("USQL507", "funnel-steps", _E, "FUNNEL has more steps than the profile allows."),
    # 8xx: while running
    ("USQL801", "sum-overflow", _E, "A SUM is larger than 64 bits hold."),
    ("USQL802", "timeout", _E, "The query took longer than the time it was given."),
    (
        "USQL803",
        "memory-limit",
        _E,
        "The query would build more than the memory that is left to it.",
    ),
    ("USQL804", "cancelled", _E, "The query was cancelled while it ran."),
    # 6xx: warnings
    ("USQL601", "unqualified-field", _W, "A field of another table is named without its table."),
    ("USQL602", "deprecated-field", _W, "The field is no longer part of new exports."),
    ("USQL603", "unknown-enum-value", _W, "The value is not among the documented ones."),
    (
        "USQL604",
        "ungrouped-field",
        _W,
        "A field is neither a key nor in a metric: it shows a list of values.",
    ),
    (
        "USQL605",
        "extension",
        _W,
        "The construct is this engine's own; the vendor's server refuses it.",
    ),
    ("USQL606", "property-case", _W, "The property key is known in another case only."),
    ("USQL607", "never-true", _W, "The condition can not hold: its parts exclude each other."),
    ("USQL608", "always-true", _W, "The condition holds in every row."),
    (
        "USQL609",
        "unfiltered-children",
        _W,
        "WHERE selects sessions; the list shows all of their rows, not only those that it asks for.",
    ),
    ("USQL610", "like-without-wildcard", _W, "A LIKE pattern without a wildcard is an equality."),
    ("USQL611", "order-without-effect", _W, "An ORDER BY column can not change the order."),
    (
        "USQL612",
        "high-cardinality",
        _W,
        "COUNT(DISTINCT …) of a field with very many values is expensive and estimated.",
    ),
    ("USQL613", "unused-ignore", _W, "An ignore comment names a rule that reports nothing there."),
    ("USQL614", "unknown-rule", _W, "An ignore comment names a rule that does not exist."),
    ("USQL615", "unknown-key", _W, "The loaded data has no property of this key."),
    (
        "USQL616",
        "unknown-value",
        _W,
        "The loaded data does not have the value, but one that may have been meant.",
    ),
    # 7xx: information
    ("USQL701", "placeholder", _I, "A dashboard placeholder stands here; it needs a value to run."),
    (
        "USQL702",
        "undocumented",
        _I,
        "The vendor's server accepts this although its documentation does not say so.",
    ),
    ("USQL703", "vendor-approximate", _I, "The vendor's server would answer this approximately."),
    ("USQL704", "use-in", _I, "Several equalities of one field joined by OR are one IN."),
    (
        "USQL705",
        "use-not-in",
        _I,
        "Several inequalities of one field joined by AND are one NOT IN.",
    ),
    ("USQL706", "default-limit", _I, "Without LIMIT the profile shows the first groups only."),
    (
        "USQL708",
        "percentile-fraction",
        _I,
        "PERCENTILE takes numbers from 0 to 100; a fraction such as 0.9 is less than one percent.",
    ),
)

RULES: dict[str, Rule] = {row[1]: Rule(*row) for row in _TABLE}
"""Every rule by its name."""


def diagnostic(name: str, message: str, span: Span, fixes: Iterable[Fix] = ()) -> Diagnostic:
    """Make a diagnostic of the rule called ``name``; an unknown name is a ``KeyError``."""
    rule = RULES[name]
    return Diagnostic(rule.code, rule.name, rule.severity, message, span, tuple(fixes))


def replace(title: str, span: Span, text: str) -> Fix:
    """A correction of one edit."""
    return Fix(title, (Edit(span, text),))


def entry(spans: Sequence[Span], index: int) -> Span:
    """One entry of a list and the comma, AND or OR that goes with it: what to remove so that the
    others stay. The list has at least two."""
    if index:
        return Span(spans[index - 1].end, spans[index].end)
    return Span(spans[0].start, spans[1].start)


def apply_fix(text: str, fix: Fix) -> str:
    """The text after the correction's edits, which must not overlap."""
    for edit in sorted(fix.edits, key=lambda e: e.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


OFFLINE = 'profile="offline"'
"""How Python names the profile without the vendor's limits."""


class UsqlError(Exception):
    """A query was refused. ``diagnostics`` holds every problem found, ``text`` the query.

    ``str()`` of the error shows the query with the wrong words underlined and the corrections.
    """

    __module__ = "usql"  # tracebacks name what people can import

    def __init__(self, text: str, diagnostics: Iterable[Diagnostic]) -> None:
        self.text = text
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.drawn())

    def drawn(self, offline: str = OFFLINE, name: str = "query") -> str:
        """What ``str()`` gives; ``offline`` is how the profile is named where the query was asked,
        ``name`` what the query's text is called."""
        return render(self.text, [d for d in self.diagnostics if d.is_error], name, offline)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.text, self.diagnostics), self.__dict__

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback: the place, and the query with its problems."""
        from usql.tracebacks import short_traceback

        return short_traceback(self)


_LONGEST_LINE = 160
"""Longer source lines are shown as a window around the problem."""


def render(
    text: str, diagnostics: Iterable[Diagnostic], name: str = "query", offline: str = OFFLINE
) -> str:
    """Draw diagnostics for a terminal: place, message, source line, underline, correction. Control
    characters of the query, of the data and of the file's ``name`` are shown and not sent. Below
    limits of the profile stands ``offline``, the way to do without them.

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
    """What :func:`render` joins: the lines of one diagnostic after the other."""
    return (_drawing(lines, d, name, offline) for d in diagnostics)


class Lines:
    """The lines of a text, counted once for any number of places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of a character offset."""
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, line: int) -> Span:
        """The characters of a 1-based line, without its end."""
        is_last = line == len(self._starts)
        end = len(self.text) if is_last else self._starts[line] - 1
        return Span(self._starts[line - 1], end)


def _drawing(lines: Lines, d: Diagnostic, name: str, offline: str) -> str:
    row, column = lines.position(d.span.start)
    whole = lines.span(row)
    shown = whole
    if whole.end - whole.start > _LONGEST_LINE:  # only what is shown is copied
        left = max(whole.start, d.span.start - _LONGEST_LINE // 2)
        shown = Span(left, min(left + _LONGEST_LINE, whole.end))
    at = d.span.start - shown.start
    stop = max(at + 1, min(d.span.end, shown.end) - shown.start)
    line = lines.text[shown.start : shown.end].replace("\t", " ")
    line = "".join(ch if ch.isprintable() else "·" for ch in line)
    number = str(row)
    gutter = " " * len(number)
    pad = " " * _cells(line[:at])
    mark = "^" * max(1, _cells(line[at:stop]))
    drawn = [
        f"{d.severity.value}[{d.code}] {d.name}: {harmless(d.message)}",
        f"{gutter} --> {harmless(name)}:{row}:{column}",
        f"{gutter} |",
        f"{number} | {line}",
        f"{gutter} | {pad}{mark}",
    ]
    drawn += [f"{gutter} = correction: {harmless(fix.title)}" for fix in d.fixes]
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
