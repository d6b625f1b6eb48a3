"""The rules that a query can break or might better follow, by their codes.

A code is documented by its summary and is never reused (LANGUAGE.md §11). The language's own stand
in the table below. What the files of ``usql/editor/rules`` declare is known here by a table that is
generated of them, since the language cannot ask the editor.
"""

from __future__ import annotations

import enum

from usql.frozen import dataclass
from usql.language.editor_rules import DECLARED


class Severity(enum.Enum):
    """How bad a diagnostic is. Only errors keep a query from running."""

    __module__ = "usql"

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Correction(enum.Enum):
    """What becomes of the first correction of a rule where nobody looks at it."""

    SAFE = "safe"
    """It keeps the meaning, or says what can only have been meant: applied."""

    UNSAFE = "unsafe"
    """It may say something else: applied where that is asked for."""

    BY_HAND = "by hand"
    """It asks another question: only a person can say that it was meant."""


DOCUMENTATION = "https://github.com/usql-engine/usql/blob/main"
"""Where the documentation is read; ``[project.urls]`` says the same."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of problem: its code, name, usual severity, the number of the rule of the language
    that is broken or applied (``5.3`` of docs/LANGUAGE.md), a line that explains it, and what becomes
    of its first correction, if it has one."""

    code: str
    name: str
    severity: Severity
    section: str
    summary: str
    correction: Correction = Correction.UNSAFE

    @property
    def page(self) -> str:
        """The address of what explains the rule: its section of RULES.md, or, of an error of the
        language, its line of DIAGNOSTICS.md."""
        code = self.code.lower()
        place = f"RULES.md#{self.name}-{code}" if code[4] in "567" else f"DIAGNOSTICS.md#{code}"
        return f"{DOCUMENTATION}/docs/{place}"

    @property
    def reference(self) -> str:
        """The address of the rule of the language."""
        return f"{DOCUMENTATION}/docs/LANGUAGE.md#{self.section}"


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFORMATION
_SAFE = Correction.SAFE

# fmt: off
_TABLE: tuple[tuple[str, str, Severity, str, str] | tuple[str, str, Severity, str, str, Correction], ...] = (
    # 1xx: the text
    ("USQL101", "syntax", _E, "2.1",
     "The text is not a query: a word is missing, misplaced or left over."),
    ("USQL102", "unterminated-string", _E, "1.11",
     "A string begins but its closing quote is missing."),
    ("USQL103", "curly-quote", _E, "1.27",
     "Typographic quotes are used where straight quotes are needed.", _SAFE),
    ("USQL104", "double-equals", _E, "1.27",
     "Equality is written with one equals sign.", _SAFE),
    ("USQL105", "backtick-alias", _E, "1.27",
     "An alias is written in backticks instead of double quotes.", _SAFE),
    ("USQL106", "count-star", _E, "1.27",
     "COUNT needs its star in brackets: COUNT(*).", _SAFE),
    ("USQL107", "doubled-comma", _E, "1.27",
     "Two commas follow each other, or one comes before a clause.", _SAFE),
    ("USQL108", "empty-list", _E, "1.27",
     "IN needs at least one value in its brackets."),
    ("USQL109", "having", _E, "1.27",
     "USQL has no HAVING; a FILTER after the metric keeps groups.", _SAFE),
    ("USQL110", "now-function", _E, "1.27",
     'The current time is $NOW, moved by DURATION("7d").', _SAFE),
    ("USQL111", "too-deep", _E, "1.28",
     "Brackets, NOTs or operators nest deeper than a query may."),
    ("USQL112", "unknown-variable", _E, "1.16",
     "Only $NOW, $TIME_FRAME_START and $TIME_FRAME_END exist."),
    ("USQL113", "unterminated-comment", _E, "1.25",
     "A comment begins with /* but has no */."),
    ("USQL114", "one-query", _E, "1.26",
     "Only one query can run at a time."),
    ("USQL115", "clause-order", _E, "2.4",
     "A clause is repeated or in the wrong place.", _SAFE),
    # 2xx: names
    ("USQL201", "not-queryable", _E, "3.3",
     "The field exists in exports but cannot be queried."),
    ("USQL202", "unknown-field", _E, "3.6",
     "No table in reach has a field of this name."),
    ("USQL203", "unknown-table", _E, "3.1",
     "There is no table of this name."),
    ("USQL204", "other-secondary-table", _E, "3.4",
     "A query of a secondary table reaches its own fields and those of usersession only."),
    ("USQL205", "unknown-function", _E, "1.8",
     "There is no function of this name."),
    ("USQL207", "not-loaded", _E, "3.15",
     "The data was opened with some fields only, without this one."),
    # 3xx: conditions and values
    ("USQL301", "value-type", _E, "5.13",
     "The value cannot be compared with a field of this type."),
    ("USQL302", "field-comparison", _E, "5.3",
     "A condition compares a field with a value, never with another field."),
    ("USQL303", "condition-needs-field", _E, "5.3",
     "The left side of a condition is a field."),
    ("USQL304", "bad-date", _E, "5.18",
     "The string is not a date in one of the accepted formats."),
    ("USQL305", "bad-address", _E, "5.22",
     "The string is not an IPv4 or IPv6 address."),
    ("USQL306", "duration", _E, "1.18",
     "DURATION takes a number and one of the units y q M w d h m s.", _SAFE),
    ("USQL307", "list-needs-in", _E, "5.7",
     "Several values at once need IN.", _SAFE),
    # 4xx: functions, groups, funnels
    ("USQL401", "argument", _E, "1.10",
     "A function's argument is missing, superfluous or of the wrong kind."),
    ("USQL402", "date-format", _E, "8.26",
     "The date format has letters that mean nothing."),
    ("USQL403", "date-interval", _E, "8.28",
     "The interval of DATETIME cannot be read."),
    ("USQL404", "metric-type", _E, "8.11",
     "The metric does not exist for fields of this type."),
    ("USQL405", "metric-in-group-by", _E, "8.3",
     "A metric is computed per group and cannot be a key."),
    ("USQL406", "group-key", _E, "8.1",
     "GROUP BY takes fields, aliases, TOP and date functions."),
    ("USQL407", "star-in-groups", _E, "8.6",
     "* and JSON show whole rows and cannot be used in a grouped query."),
    ("USQL408", "funnel-clause", _E, "9.6",
     "FUNNEL stands alone: no other items, grouping, order or limit."),
    ("USQL409", "filter-needs-metric", _E, "8.16",
     "FILTER keeps groups by a metric's value."),
    ("USQL410", "order-key", _E, "2.9",
     "ORDER BY takes fields, aliases and the text of selected items."),
    ("USQL411", "select-item", _E, "2.5",
     "The select list holds fields, functions, numbers and arithmetic."),
    ("USQL412", "arithmetic-type", _E, "7.17",
     "Arithmetic takes numbers, dates, YEAR … MINUTE and nothing else."),
    ("USQL413", "long-date-format", _E, "8.27",
     "The date format has more than 200 characters."),
    # 5xx: limits of the profile
    ("USQL501", "limit-too-large", _E, "10.4",
     "LIMIT is larger than the profile allows."),
    ("USQL502", "order-by-columns", _E, "2.9",
     "ORDER BY has more columns than the profile allows."),
    ("USQL503", "order-by-arithmetic", _E, "7.15",
     "The profile cannot order by arithmetic."),
    ("USQL504", "metric-arithmetic", _E, "7.26",
     "The profile cannot calculate with metrics."),
    ("USQL505", "distinct-cardinality", _E, "8.41",
     "COUNT(DISTINCT …) of a field with extremely many values is not allowed by the profile."),
    ("USQL506", "too-many-likes", _E, "12.3",
     "More LIKE patterns with an inner wildcard than the profile allows."),
    ("USQL507", "funnel-steps", _E, "9.7",
     "FUNNEL has more steps than the profile allows."),
    # 8xx: while running
    ("USQL801", "sum-overflow", _E, "8.14",
     "A SUM is too large for 64 bits."),
    ("USQL802", "timeout", _E, "11.6",
     "The query took longer than the time it was given."),
    ("USQL803", "memory-limit", _E, "11.6",
     "The query would build more than the memory it has left."),
    ("USQL804", "cancelled", _E, "11.6",
     "The query was cancelled while it ran."),
    # 6xx: warnings
    ("USQL601", "unqualified-field", _W, "3.5",
     "A field of another table is named without its table.", _SAFE),
    ("USQL602", "deprecated-field", _W, "3.11",
     "The field is no longer part of new exports."),
    ("USQL603", "unknown-enum-value", _W, "5.15",
     "The value is not among the documented ones."),
    ("USQL604", "ungrouped-field", _W, "8.21",
     "A field is neither a key nor in a metric: it shows a list of values."),
    ("USQL605", "extension", _W, "12.4",
     "The construct is this engine's own; the vendor's server refuses it."),
    ("USQL606", "property-case", _W, "1.24",
     "The property key is known only in a different case.", _SAFE),
    ("USQL613", "unused-ignore", _W, "11.5",
     "An ignore comment names a rule that reports nothing there.", _SAFE),
    ("USQL614", "unknown-rule", _W, "11.5",
     "An ignore comment names a rule that does not exist."),
    # 7xx: information
    ("USQL701", "placeholder", _I, "1.32",
     "This is a dashboard placeholder; the query needs a value for it to run."),
    ("USQL702", "undocumented", _I, "8.2",
     "The vendor's server accepts this although its documentation does not say so."),
    ("USQL703", "vendor-approximate", _I, "12.6",
     "The vendor's server would answer this approximately."),
    ("USQL708", "percentile-fraction", _I, "8.11",
     "PERCENTILE takes numbers from 0 to 100; a fraction such as 0.9 is less than one percent."),
)
# fmt: on

OWN = tuple(Rule(*row) for row in _TABLE)
"""The rules that are not the editor's."""

_EDITORS = (
    Rule(code, name, Severity(severity), section, summary, Correction(correction))
    for code, name, severity, section, summary, correction in DECLARED
)

RULES: dict[str, Rule] = {r.name: r for r in sorted((*OWN, *_EDITORS), key=lambda r: r.code)}
"""Every rule by its name, in the order of the codes."""
