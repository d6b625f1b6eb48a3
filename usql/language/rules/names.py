"""Problems of names, USQL2xx (LANGUAGE.md §3)."""

from __future__ import annotations

from usql.language.rules.rule import Rule, Severity

NAME_RULES = (
    Rule(
        "USQL201",
        "not-queryable",
        Severity.ERROR,
        "3.3",
        "The field exists in exports but cannot be queried.",
        explanation="Exports have the field, but it cannot be queried. If another field has the same "
        "information, it is offered.",
        example="SELECT clientType FROM usersession",
    ),
    Rule(
        "USQL202",
        "unknown-field",
        Severity.ERROR,
        "3.6",
        "No reachable table has a field with this name.",
        explanation="Neither the table nor the loaded data has a field with this name. `usql fields` "
        "lists and searches them.",
        example="SELECT cty FROM usersession",
    ),
    Rule(
        "USQL203",
        "unknown-table",
        Severity.ERROR,
        "3.1",
        "There is no table with this name.",
        explanation="The tables are `usersession`, `useraction`, `userevent`, `usererror` and "
        "`usersyntheticevent`.",
        example="SELECT name FROM useractions",
    ),
    Rule(
        "USQL204",
        "other-secondary-table",
        Severity.ERROR,
        "3.4",
        "A query of a secondary table reaches only its own fields and those of usersession.",
        explanation="A query of actions, events or errors can use the fields of its table and those of "
        "`usersession`, but not those of another secondary table. A query of `usersession` can use all.",
        example="SELECT name, usererror.name FROM useraction",
    ),
    Rule(
        "USQL205",
        "unknown-function",
        Severity.ERROR,
        "1.8",
        "There is no function with this name.",
        explanation="There is no function with this name; similar names are offered.",
        example="SELECT CUONT(*) FROM usersession",
    ),
    Rule(
        "USQL207",
        "not-loaded",
        Severity.ERROR,
        "3.15",
        "The data was opened with only some fields, without this one.",
        explanation="The data was opened with only some fields (in Python `fields=[…]`), without this "
        "one. Open it with this field too.",
    ),
)
"""Rules about unknown names of fields, tables and functions."""
