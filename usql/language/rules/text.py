"""Problems of the text, USQL1xx (LANGUAGE.md §1, §2)."""

from __future__ import annotations

from usql.language.rules.rule import Correction, Rule, Severity

TEXT_RULES = (
    Rule(
        "USQL101",
        "syntax",
        Severity.ERROR,
        "2.1",
        "The text is not a query: a word is missing, misplaced or left over.",
        explanation="A word is missing, misplaced or left over, so that the text is not a query: `SELECT` "
        "what `FROM` a table, then `WHERE`, `GROUP BY`, `ORDER BY` and `LIMIT` as needed, in "
        "this order.",
        example='SELECT city FROM usersession WHERE country = "Spain" AN bounce = TRUE',
    ),
    Rule(
        "USQL102",
        "unterminated-string",
        Severity.ERROR,
        "1.11",
        "A string begins but its closing quote is missing.",
        explanation="A string begins but its closing quote is missing. A quote inside a string is written "
        "twice.",
        example='SELECT city FROM usersession WHERE country = "Spain',
    ),
    Rule(
        "USQL103",
        "curly-quote",
        Severity.ERROR,
        "1.27",
        "Typographic quotes are used where straight quotes are needed.",
        explanation="Typographic quotes, as word processors and chats insert them, are used where "
        "straight ones are needed.",
        example="SELECT city FROM usersession WHERE country = “Spain”",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL104",
        "double-equals",
        Severity.ERROR,
        "1.27",
        "Equality is written with one equals sign.",
        example='SELECT city FROM usersession WHERE country == "Spain"',
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL105",
        "backtick-alias",
        Severity.ERROR,
        "1.27",
        "An alias is written in backticks instead of double quotes.",
        explanation="Aliases are written in double quotes, or without quotes.",
        example="SELECT city AS `Town` FROM usersession",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL106",
        "count-star",
        Severity.ERROR,
        "1.27",
        "COUNT needs its star in brackets: COUNT(*).",
        explanation="The star of `COUNT(*)` is written in brackets.",
        example="SELECT country, COUNT * FROM usersession GROUP BY country LIMIT 5",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL107",
        "doubled-comma",
        Severity.ERROR,
        "1.27",
        "Two commas follow each other, or one comes before a clause.",
        explanation="Two commas follow each other, or a comma comes before a clause or a closing bracket.",
        example="SELECT city, country, FROM usersession",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL108",
        "empty-list",
        Severity.ERROR,
        "1.27",
        "IN needs at least one value in its brackets.",
        explanation="`IN` needs at least one value in its brackets.",
        example="SELECT city FROM usersession WHERE country IN ()",
    ),
    Rule(
        "USQL109",
        "having",
        Severity.ERROR,
        "1.27",
        "USQL has no HAVING; a FILTER after the metric keeps groups.",
        explanation="There is no `HAVING`; a `FILTER` after a metric keeps the groups for which it holds.",
        example="SELECT city, COUNT(*) FROM usersession GROUP BY city HAVING COUNT(*) > 9",
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL110",
        "now-function",
        Severity.ERROR,
        "1.27",
        'The current time is $NOW, moved by DURATION("7d").',
        explanation="The current time is the variable `$NOW`.",
        example='SELECT city FROM usersession WHERE startTime > now() - DURATION("7d")',
        correction=Correction.SAFE,
    ),
    Rule(
        "USQL111",
        "too-deep",
        Severity.ERROR,
        "1.28",
        "Brackets, NOTs or operators are nested too deeply.",
        explanation="Brackets, `NOT`s or operators are nested too deeply. Many tests of one field can be "
        "written as one `IN`.",
    ),
    Rule(
        "USQL112",
        "unknown-variable",
        Severity.ERROR,
        "1.16",
        "Only $NOW, $TIME_FRAME_START and $TIME_FRAME_END exist.",
        explanation="The variables are `$NOW`, `$TIME_FRAME_START` and `$TIME_FRAME_END`; placeholders of"
        " dashboards are written `${country}`.",
        example="SELECT city FROM usersession WHERE startTime > $NOWW",
    ),
    Rule(
        "USQL113",
        "unterminated-comment",
        Severity.ERROR,
        "1.25",
        "A comment begins with /* but has no */.",
        explanation="A comment begins with `/*` but has no `*/`.",
        example="SELECT city FROM usersession /* all of them",
    ),
    Rule(
        "USQL114",
        "one-query",
        Severity.ERROR,
        "1.26",
        "Only one query can run at a time.",
        explanation="Only one query can run at a time; the shell and `usql check` accept several, "
        "separated by `;`.",
    ),
    Rule(
        "USQL115",
        "clause-order",
        Severity.ERROR,
        "2.4",
        "A clause is repeated or in the wrong place.",
        explanation="A clause is repeated, or follows one that it belongs before.",
        example="SELECT city FROM usersession LIMIT 5 ORDER BY city",
        correction=Correction.SAFE,
    ),
)
"""Rules that a text breaks if it is not a query."""
