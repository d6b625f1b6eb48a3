"""The rules that a query can break or had better follow, by their codes.

A code is documented by its summary and is never reused (LANGUAGE.md §11). The files of this folder
declare the rules of the language, a file for each hundred of codes. ``editors`` has those that the
files of ``usql/editor/rules`` declare, and is generated from them, since the language cannot import
the editor.
"""

from __future__ import annotations

from usql.language.rules.calls import CALL_RULES
from usql.language.rules.editors import EDITOR_RULES
from usql.language.rules.information import INFORMATION_RULES
from usql.language.rules.limits import LIMIT_RULES
from usql.language.rules.names import NAME_RULES
from usql.language.rules.rule import DOCUMENTATION, Correction, Rule, Severity
from usql.language.rules.running import RUNNING_RULES
from usql.language.rules.text import TEXT_RULES
from usql.language.rules.translating import TRANSLATING_RULES
from usql.language.rules.values import VALUE_RULES
from usql.language.rules.warnings import WARNING_RULES

__all__ = ["DOCUMENTATION", "LANGUAGE_RULES", "RULES", "Correction", "Rule", "Severity"]

LANGUAGE_RULES: tuple[Rule, ...] = (
    *TEXT_RULES,
    *NAME_RULES,
    *VALUE_RULES,
    *CALL_RULES,
    *LIMIT_RULES,
    *WARNING_RULES,
    *INFORMATION_RULES,
    *RUNNING_RULES,
    *TRANSLATING_RULES,
)
"""The rules that do not belong to the editor."""

RULES: dict[str, Rule] = {
    r.name: r for r in sorted((*LANGUAGE_RULES, *EDITOR_RULES), key=lambda r: r.code)
}
"""Every rule by its name, in the order of the codes."""
