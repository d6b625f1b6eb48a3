"""What a query cannot be translated for, USQL9xx (LANGUAGE.md §11)."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

TRANSLATING_RULES = (
    Rule(
        "USQL901",
        "untranslatable",
        Severity.ERROR,
        "11.7",
        "The dialect of SQL cannot say what the query asks.",
        explanation="`usql translate` cannot write this in the chosen dialect, or over tables of the chosen layout; "
        "[SQL.md](SQL.md) lists what cannot be translated. Leave it out, or run the query with usql.",
    ),
)
"""The rules that only a query which is translated to SQL can break."""
