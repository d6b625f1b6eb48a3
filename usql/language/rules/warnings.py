"""Warnings of the language, USQL6xx; the editor has more."""

from __future__ import annotations

from usql.language.rules.rule import Correction, Rule, Severity

WARNING_RULES = (
    Rule(
        "USQL601",
        "unqualified-field",
        Severity.WARNING,
        "3.5",
        "A field of another table is named without its table.",
        explanation="The queried table has no field with this name, so that of another table is used.",
        example="SELECT name, country FROM useraction",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL602",
        "deprecated-field",
        Severity.WARNING,
        "3.11",
        "The field is no longer part of new exports.",
        explanation="New exports no longer have the field; the corrections are its successors. The first "
        "one may not be the one you mean.",
        example="SELECT name FROM useraction WHERE failedImages > 0",
    ),
    Rule(
        "USQL603",
        "unknown-enum-value",
        Severity.WARNING,
        "5.15",
        "The value is not among the documented ones.",
        explanation="The value is not among the documented ones. It may be a new one; similar values are "
        "offered.",
        example='SELECT city FROM usersession WHERE userType = "REAL_USR"',
    ),
    Rule(
        "USQL604",
        "ungrouped-field",
        Severity.WARNING,
        "8.21",
        "A field is neither a key nor in a metric: it shows a list of values.",
        explanation="In a grouped query a field that is neither a key nor in a metric shows a list of its "
        "most frequent values.",
        example="SELECT country, city, COUNT(*) FROM usersession GROUP BY country LIMIT 5",
    ),
    Rule(
        "USQL605",
        "extension",
        Severity.WARNING,
        "12.4",
        "The construct exists only in this engine; the vendor's server refuses it.",
        explanation="Comments, `;` and the table `usersyntheticevent` exist only in this engine.",
        example="SELECT COUNT(*) FROM usersyntheticevent",
    ),
    Rule(
        "USQL606",
        "property-case",
        Severity.WARNING,
        "1.24",
        "The property key is known only in a different case.",
        explanation="Reported if data is loaded: the key exists only in a different case, and that key is"
        " used.",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL613",
        "unused-ignore",
        Severity.WARNING,
        "11.5",
        "An ignore comment names a rule that reports nothing here.",
        example="SELECT city FROM usersession /* usql: ignore[use-in] */ LIMIT 5",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL614",
        "unknown-rule",
        Severity.WARNING,
        "11.5",
        "An ignore comment names a rule that does not exist.",
        example="SELECT city FROM usersession -- usql: ignore[usein]",
    ),
)
"""Rules that a query may break and still run."""
