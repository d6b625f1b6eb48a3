"""Information about a query, USQL7xx; the editor has more."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

INFORMATION_RULES = (
    Rule(
        "USQL701",
        "placeholder",
        Severity.INFORMATION,
        "1.32",
        "This is a dashboard placeholder; the query needs a value for it to run.",
        explanation="A dashboard's `${…}` or `{{…}}` needs a value before the query can run.",
        example='SELECT city FROM usersession WHERE country = "${country}"',
    ),
    Rule(
        "USQL702",
        "undocumented",
        Severity.INFORMATION,
        "8.2",
        "The vendor's server accepts this although its documentation does not say so.",
        explanation="The server accepts functions in `GROUP BY`, although the documentation says "
        "otherwise.",
        example="SELECT COUNT(*) FROM usersession GROUP BY HOUR(startTime)",
    ),
    Rule(
        "USQL703",
        "vendor-approximate",
        Severity.INFORMATION,
        "12.6",
        "The vendor's server would answer this approximately.",
        explanation="The server would estimate a distinct count, or order only some of the groups; here "
        "the answer is exact. Not reported if the keys have no more values than the number of"
        " groups that the server forms.",
        example="SELECT COUNT(DISTINCT country) FROM usersession",
    ),
    Rule(
        "USQL708",
        "percentile-fraction",
        Severity.INFORMATION,
        "8.11",
        "PERCENTILE takes numbers from 0 to 100; a fraction such as 0.9 is less than one percent.",
        explanation="Percentiles are numbers from 0 to 100, so 0.9 means less than one percent of the "
        "values.",
        example="SELECT PERCENTILE(duration, 0.9) FROM usersession",
    ),
)
"""Rules about what is worth knowing about a query."""
