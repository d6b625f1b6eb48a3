"""The meaning of each keyword, in a sentence with an example (LANGUAGE.md §2, §5)."""

from __future__ import annotations

KEYWORDS = {
    "SELECT": "What to show: fields, functions, arithmetic, `*`, `JSON` or one `FUNNEL`.",
    "DISTINCT": "Groups by every selected field; inside `COUNT(…)` counts distinct values.",
    "FROM": "The table whose rows are asked: `usersession`, `useraction`, `userevent`, `usererror`.",
    "WHERE": "Keeps the rows that meet a condition. A condition on a list, such as "
    "`useraction.name` from `usersession`, holds if some entry of the list fits.",
    "GROUP": "`GROUP BY` makes one row per value of its keys.",
    "ORDER": "`ORDER BY` sorts by fields, aliases or selected items; `DESC` the largest first.",
    "BY": "Belongs to `GROUP BY` and `ORDER BY`.",
    "LIMIT": "The most rows to show; 50 without it, at most 5000.",
    "AS": "Names a column: `COUNT(*) AS sessions`.",
    "FILTER": "Keeps the groups whose metric fits: `COUNT(*) FILTER > 10`.",
    "AND": "Both conditions hold. Binds tighter than `OR`.",
    "OR": "One of the conditions holds.",
    "NOT": 'The condition does not hold. `NOT useraction.name = "a"` finds sessions without such '
    "an action.",
    "IN": 'Equals one of several values: `country IN ("Spain", "Italy")`.',
    "IS": "Equals; `IS NULL` finds rows without a value, `IS NOT NULL` those with one.",
    "LIKE": "Matches a pattern over the whole text: `*` and `%` stand for any characters, `?` for "
    "one, `\\` makes the next of them ordinary.",
    "STARTSWITH": 'The text begins so: `useraction.name STARTSWITH "Loading"`.',
    "BETWEEN": "At least the first and at most the second value: `duration BETWEEN 1000 AND 5000`.",
    "NULL": "No value. Tested with `IS NULL` and `IS NOT NULL`.",
    "TRUE": "A boolean value.",
    "FALSE": "A boolean value.",
    "ASC": "The smallest first, as without it.",
    "DESC": "The largest first.",
    "JSON": "A column with the row's own export object as text.",
    "MOD": "The rest of a division, as `%`.",
}
"""Every keyword but FUNNEL, which is a function too."""

VARIABLES = {
    "$NOW": "The time at which the query runs.",
    "$TIME_FRAME_START": "The beginning of the timeframe that the query runs in.",
    "$TIME_FRAME_END": "The end of the timeframe that the query runs in.",
}
"""The variables; each may be moved by `+` or `-` and a DURATION."""
