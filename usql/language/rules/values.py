"""Problems of conditions and their values, USQL3xx (LANGUAGE.md §5)."""

from __future__ import annotations

from usql.language.rules.rule import Correction, Rule, Severity

VALUE_RULES = (
    Rule(
        "USQL301",
        "value-type",
        Severity.ERROR,
        "5.13",
        "The value cannot be compared with a field of this type.",
        explanation="The value cannot be compared with a field of this type: booleans are compared with "
        "`TRUE` and `FALSE`, numbers with a number, texts with a string in quotes, times with"
        " a date in quotes or `$NOW` and a `DURATION`.",
        example="SELECT city FROM usersession WHERE bounce = 1",
    ),
    Rule(
        "USQL302",
        "field-comparison",
        Severity.ERROR,
        "5.3",
        "A condition compares a field with a value, never with another field.",
        explanation="A condition compares a field with a value, never with another field. A word without "
        "quotes counts as a field.",
        example="SELECT city FROM usersession WHERE country = Spain",
    ),
    Rule(
        "USQL303",
        "condition-needs-field",
        Severity.ERROR,
        "5.3",
        "The left side of a condition is a field.",
        explanation="A condition has a field on its left and a value on its right, even if the field is a"
        " boolean.",
        example="SELECT city FROM usersession WHERE bounce",
    ),
    Rule(
        "USQL304",
        "bad-date",
        Severity.ERROR,
        "5.18",
        "The string is not a date in one of the accepted formats.",
        explanation='Dates are written `"2026-03-31"`, `"2026-03-31 14:30"` or `"2026-03-31T14:30:00Z"`; '
        'times before now `$NOW - DURATION("7d")`.',
        example='SELECT city FROM usersession WHERE startTime > "yesterday"',
    ),
    Rule(
        "USQL305",
        "bad-address",
        Severity.ERROR,
        "5.22",
        "The string is not an IPv4 or IPv6 address.",
        explanation="The string is not an IPv4 or IPv6 address. Ranges are written with `BETWEEN`, or with "
        '`LIKE "10.0.*"`.',
        example='SELECT city FROM usersession WHERE ip = "10.0.0"',
    ),
    Rule(
        "USQL306",
        "duration",
        Severity.ERROR,
        "1.18",
        "DURATION takes a number and one of the units y q M w d h m s.",
        explanation='A length of time is written `DURATION("7d")`: a number and one of `y q M w d h m s`.',
        example="SELECT city FROM usersession WHERE startTime > $NOW - 7d",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL307",
        "list-needs-in",
        Severity.ERROR,
        "5.7",
        "Several values at once need IN.",
        explanation="Several values in brackets need `IN`.",
        example='SELECT city FROM usersession WHERE country = ("Spain", "France")',
        correction=Correction.SAFE,
    ),
)
"""Rules about conditions."""
