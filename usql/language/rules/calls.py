"""Problems of functions, groups and funnels, USQL4xx (LANGUAGE.md §7 to §9)."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

CALL_RULES = (
    Rule(
        "USQL401",
        "argument",
        Severity.ERROR,
        "1.10",
        "A function's argument is missing, superfluous or of the wrong kind.",
        explanation="A function's argument is missing, superfluous or of the wrong kind. The message says"
        " what the function takes.",
        example='SELECT AVG("duration") FROM usersession',
    ),
    Rule(
        "USQL402",
        "date-format",
        Severity.ERROR,
        "8.26",
        "The date format has letters that mean nothing.",
        explanation="The format has letters that mean nothing: `yyyy` is the year, `MM` the month, `dd` the "
        "day, `HH` the hour, `mm` the minute, `E` the day of the week; other text goes in single "
        "quotes.",
        example='SELECT DATETIME(startTime, "YYYY-MM-DD") FROM usersession',
    ),
    Rule(
        "USQL403",
        "date-interval",
        Severity.ERROR,
        "8.28",
        "The interval of DATETIME cannot be read.",
        explanation='The interval is a number with `d`, `h`, `m` or `s`, such as `"5m"`, or one of `year '
        "month week day hour minute second`.",
        example='SELECT DATETIME(startTime, "HH:mm", "often") FROM usersession',
    ),
    Rule(
        "USQL404",
        "metric-type",
        Severity.ERROR,
        "8.11",
        "The metric does not exist for fields of this type.",
        explanation="`SUM` takes numbers; `AVG`, `MEDIAN` and `PERCENTILE` take numbers and dates. Texts "
        "can be counted.",
        example="SELECT AVG(city) FROM usersession",
    ),
    Rule(
        "USQL405",
        "metric-in-group-by",
        Severity.ERROR,
        "8.3",
        "A metric is computed per group and cannot be a key.",
        example="SELECT country, COUNT(*) FROM usersession GROUP BY country, COUNT(*) LIMIT 5",
    ),
    Rule(
        "USQL406",
        "group-key",
        Severity.ERROR,
        "8.1",
        "GROUP BY takes fields, aliases, TOP and date functions.",
        explanation="`GROUP BY` takes fields, aliases of the select list, `TOP` and date functions.",
        example='SELECT country, COUNT(*) FROM usersession GROUP BY "country" LIMIT 5',
    ),
    Rule(
        "USQL407",
        "star-in-groups",
        Severity.ERROR,
        "8.6",
        "* and JSON show whole rows and cannot be used in a grouped query.",
        explanation="`*` and `JSON` show whole rows and cannot be combined with metrics or keys.",
        example="SELECT *, COUNT(*) FROM usersession",
    ),
    Rule(
        "USQL408",
        "funnel-clause",
        Severity.ERROR,
        "9.6",
        "FUNNEL stands alone: no other items, grouping, order or limit.",
        explanation="`FUNNEL` stands alone: no other items, alias, grouping, order or limit. `WHERE` "
        "selects its sessions.",
        example='SELECT FUNNEL(useraction.name = "search", useraction.name = "pay"), city FROM '
        "usersession",
    ),
    Rule(
        "USQL409",
        "filter-needs-metric",
        Severity.ERROR,
        "8.16",
        "FILTER keeps groups by a metric's value.",
        explanation="`FILTER` keeps groups by a metric's value; conditions on rows belong in `WHERE`.",
        example="SELECT city FILTER > 3 FROM usersession",
    ),
    Rule(
        "USQL410",
        "order-key",
        Severity.ERROR,
        "2.9",
        "ORDER BY takes fields, aliases and the text of selected items.",
        explanation="`ORDER BY` takes fields, aliases and the text of selected items, not their positions.",
        example="SELECT city, COUNT(*) FROM usersession GROUP BY city ORDER BY 2 LIMIT 5",
    ),
    Rule(
        "USQL411",
        "select-item",
        Severity.ERROR,
        "2.5",
        "The select list holds fields, functions, numbers and arithmetic.",
        explanation="The select list holds fields, functions, numbers and arithmetic. Fields are written "
        "without quotes.",
        example='SELECT "city" FROM usersession',
    ),
    Rule(
        "USQL412",
        "arithmetic-type",
        Severity.ERROR,
        "7.17",
        "Arithmetic takes numbers, dates, YEAR … MINUTE and nothing else.",
        explanation="Arithmetic takes numbers, dates and `YEAR` … `MINUTE`.",
        example="SELECT city + 1 FROM usersession",
    ),
    Rule(
        "USQL413",
        "long-date-format",
        Severity.ERROR,
        "8.27",
        "The date format has more than 200 characters.",
        explanation="A date format has at most 200 characters.",
    ),
)
"""Rules about what is selected."""
