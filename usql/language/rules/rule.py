"""What a rule is."""

from __future__ import annotations

import enum

from usql.frozen import dataclass


class Severity(enum.Enum):
    """How severe a diagnostic is. Only errors prevent a query from running."""

    __module__ = "usql"

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


class Correction(enum.Enum):
    """When the first correction of a rule is applied automatically."""

    SAFE = "safe"
    """Always: it keeps the meaning, or says the only thing that can have been meant."""

    UNSAFE = "unsafe"
    """On request: it may say something different."""

    BY_HAND = "by hand"
    """Never: it asks a different question, and only a person can say whether it was meant."""


DOCUMENTATION = "https://github.com/usql-engine/usql/blob/main"
"""The address of the documentation, the same as in ``[project.urls]``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of problem: its code, name, usual severity, the number of the rule of the language
    that is broken or applied (``5.3`` of docs/LANGUAGE.md) and a one-line summary.

    ``explanation`` is what docs/RULES.md and ``usql rule`` say about it, in Markdown, if that is
    more than the summary; ``example`` a query that it reports, if it can report one without data;
    and ``correction`` when its first correction is applied, if it has one.
    """

    code: str
    name: str
    severity: Severity
    section: str
    summary: str
    explanation: str = ""
    example: str | None = None
    correction: Correction = Correction.UNSAFE

    @property
    def text(self) -> str:
        """Everything said about it, in Markdown."""
        return self.explanation or self.summary

    @property
    def page(self) -> str:
        """The address of the rule's explanation: its section in RULES.md or, for an error of the
        language, its line in DIAGNOSTICS.md."""
        code = self.code.lower()
        place = f"RULES.md#{self.name}-{code}" if code[4] in "567" else f"DIAGNOSTICS.md#{code}"
        return f"{DOCUMENTATION}/docs/{place}"

    @property
    def reference(self) -> str:
        """The address of the rule of the language."""
        return f"{DOCUMENTATION}/docs/LANGUAGE.md#{self.section}"
