"""Limits of the profile, USQL5xx (LANGUAGE.md §12)."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

LIMIT_RULES = (
    Rule(
        "USQL501",
        "limit-too-large",
        Severity.ERROR,
        "10.4",
        "LIMIT is larger than the profile allows.",
        explanation="`LIMIT` is at most 5000.",
        example="SELECT city FROM usersession LIMIT 9000",
    ),
    Rule(
        "USQL502",
        "order-by-columns",
        Severity.ERROR,
        "2.9",
        "ORDER BY has more columns than the profile allows.",
        explanation="`ORDER BY` has at most 5 columns.",
        example="SELECT city FROM usersession ORDER BY continent, country, region, city, duration, bounce",
    ),
    Rule(
        "USQL503",
        "order-by-arithmetic",
        Severity.ERROR,
        "7.15",
        "The profile cannot order by arithmetic.",
        explanation="The server does not order by arithmetic.",
        example="SELECT duration / 1000 AS seconds FROM usersession ORDER BY seconds",
    ),
    Rule(
        "USQL504",
        "metric-arithmetic",
        Severity.ERROR,
        "7.26",
        "The profile cannot calculate with metrics.",
        explanation="The server does not calculate with metrics.",
        example="SELECT SUM(duration) / 1000 FROM usersession",
    ),
    Rule(
        "USQL505",
        "distinct-cardinality",
        Severity.ERROR,
        "8.41",
        "COUNT(DISTINCT …) of a field with extremely many values is not allowed by the profile.",
        explanation="`COUNT(DISTINCT …)` of a field that the vendor documents with extremely many values.",
        example="SELECT COUNT(DISTINCT duration) FROM usersession",
    ),
    Rule(
        "USQL506",
        "too-many-likes",
        Severity.ERROR,
        "12.3",
        "More LIKE patterns with an inner wildcard than the profile allows.",
        explanation="A query has at most 10 patterns with a wildcard that is not at the end; a FUNNEL counts "
        "as the queries that it expands to.",
    ),
    Rule(
        "USQL507",
        "funnel-steps",
        Severity.ERROR,
        "9.7",
        "FUNNEL has more steps than the profile allows.",
        explanation="A FUNNEL has at most 10 steps.",
    ),
)
"""Rules about the vendor's limits, which the profile ``offline`` does not have."""
