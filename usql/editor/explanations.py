"""Explanations of rules: their declarations, and their examples with corrections."""

from __future__ import annotations

import re

from usql.editor.problems.validation import validate
from usql.frozen import dataclass
from usql.language.diagnostics import apply_fix
from usql.language.rules import Rule

_EMPHASIS = re.compile(r"(?<![`(*\w])\*([a-z][a-z ]*)\*")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule explained. ``example`` is a query that it reports, and ``correction`` that query after
    the rule's first correction; ``None`` if there is none."""

    rule: Rule
    text: str
    example: str | None
    correction: str | None


def explanation(rule: Rule) -> Explanation:
    """The explanation of a rule.

    >>> from usql.language.rules import RULES
    >>> explanation(RULES["double-equals"]).text
    'Equality is written with one equals sign.'
    """
    return Explanation(rule, _EMPHASIS.sub(r"\1", rule.text), rule.example, corrected(rule))


def corrected(rule: Rule) -> str | None:
    """The rule's example after its first correction; ``None`` if there is none."""
    if rule.example is None:
        return None
    problem = next(d for d in validate(rule.example) if d.name == rule.name)
    return next((apply_fix(rule.example, fix).rstrip() for fix in problem.fixes[:1]), None)
