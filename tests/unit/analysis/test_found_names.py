"""Further fields whose names are no words: how a query writes them, and how corrections do (LANGUAGE.md §3)."""

from __future__ import annotations

import pytest

import usql
from usql.language.diagnostics import apply_fix

ACTION = {"name": "n", "@id": 7, "x-1": 8, "2fa": 9, "order": 10}
SESSIONS = usql.open(
    [{"city": "Linz", "my-field": 1, "a b": 2, "@timestamp": 3, "order": 4, 'q"x': 5, "userActions": [ACTION]}]
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "column", "value"),
    [
        ('usersession."my-field"', 'usersession."my-field"', 1),
        ("usersession.'a b'", 'usersession."a b"', 2),
        ('USERSESSION . "@timestamp"', 'USERSESSION."@timestamp"', 3),
        ("usersession.order", "usersession.order", 4),
        ("usersession.ORDER", "usersession.ORDER", 4),
        ('usersession."order"', "usersession.order", 4),
        ('usersession."q""x"', 'usersession."q""x"', 5),
        ('usersession."city"', "usersession.city", "Linz"),
        ('useraction."@id"', 'useraction."@id"', [7]),
        ('useraction."x-1"', 'useraction."x-1"', [8]),
        ('SUM(useraction."2fa")', 'sum(useraction."2fa")', 9),
        ('useraction."@id"-useraction."x-1"', 'useraction."@id"-useraction."x-1"', [-1]),
    ],
)
def test_a_name_in_quotes(written: str, column: str, value: object) -> None:
    found = SESSIONS.query(f"SELECT {written} FROM usersession")
    assert (found.columns, found.rows()) == ([column], [[value]])
    assert usql.format(f"SELECT {written} FROM usersession") in (
        f"SELECT {column} FROM usersession",
        f"SELECT {column.replace('-useraction', ' - useraction')} FROM usersession",
        f"SELECT {column.replace('sum', 'SUM')} FROM usersession",
    )


def test_everywhere() -> None:
    text = (
        'SELECT usersession."a b" AS n, COUNT(*) FROM usersession WHERE usersession."my-field" = 1 '
        'AND useraction."@id" IN (7) GROUP BY usersession."a b" ORDER BY usersession."a b", n'
    )
    assert SESSIONS.query(text).rows() == [[2, 1]]
    text = 'SELECT "@id", useraction."@id" AS "@id" FROM useraction ORDER BY "@id"'
    with pytest.raises(usql.UsqlError, match="A string cannot be selected"):
        SESSIONS.query(text)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("SELECT my-field FROM usersession", 'SELECT usersession."my-field" FROM usersession'),
        ("SELECT usersession.my-field FROM usersession", 'SELECT usersession."my-field" FROM usersession'),
        ("SELECT my-field FROM useraction", 'SELECT usersession."my-field" FROM useraction'),
        ("SELECT x-1 FROM useraction", 'SELECT useraction."x-1" FROM useraction'),
        ("SELECT useraction.x-1 FROM usersession", 'SELECT useraction."x-1" FROM usersession'),
        ("SELECT my_field FROM usersession", 'SELECT usersession."my-field" FROM usersession'),
        ("SELECT usersession.my_field FROM usersession", 'SELECT usersession."my-field" FROM usersession'),
        ("SELECT oder FROM usersession", "SELECT usersession.order FROM usersession"),
        ('SELECT usersession."@tmestamp" FROM usersession', 'SELECT usersession."@timestamp" FROM usersession'),
        ('SELECT "a b" FROM usersession', 'SELECT usersession."a b" FROM usersession'),
        ('SELECT "a b" FROM useraction', 'SELECT usersession."a b" FROM useraction'),
        ('SELECT MAX("a b") FROM usersession', 'SELECT MAX(usersession."a b") FROM usersession'),
        ("SELECT MAX(my-field) FROM usersession", 'SELECT MAX(usersession."my-field") FROM usersession'),
        ("SELECT city FROM usersession WHERE my-field = 1", 'SELECT city FROM usersession WHERE usersession."my-field" = 1'),
        ("SELECT city FROM usersession WHERE 'a b' > 1", 'SELECT city FROM usersession WHERE usersession."a b" > 1'),
        ("SELECT COUNT(*) FROM usersession GROUP BY my-field", 'SELECT COUNT(*) FROM usersession GROUP BY usersession."my-field"'),
        ("SELECT COUNT(*) FROM usersession GROUP BY 'a b'", 'SELECT COUNT(*) FROM usersession GROUP BY usersession."a b"'),
        ("SELECT city FROM usersession ORDER BY my-field", 'SELECT city FROM usersession ORDER BY usersession."my-field"'),
        ("SELECT city FROM usersession ORDER BY 'a b'", 'SELECT city FROM usersession ORDER BY usersession."a b"'),
        ("SELECT @timestamp FROM usersession", 'SELECT usersession."@timestamp" FROM usersession'),
        ("SELECT useraction.@id FROM usersession", 'SELECT useraction."@id" FROM usersession'),
        ("SELECT @id FROM useraction", 'SELECT useraction."@id" FROM useraction'),
    ],
)  # fmt: skip
def test_the_correction_gives_the_name_as_a_query_writes_it(text: str, fixed: str) -> None:
    problems = [d for d in SESSIONS.check(text) if d.is_error]
    assert len(problems) == 1
    assert apply_fix(text, problems[0].fixes[0]) == fixed
    assert not any(d.is_error for d in SESSIONS.check(fixed))
    SESSIONS.query(fixed)


def test_a_subtraction_of_fields_stays_one() -> None:
    assert SESSIONS.check("SELECT duration-userActionCount FROM usersession") == []
    (problem,) = SESSIONS.check("SELECT cty-field FROM usersession")[:1]
    assert problem.message == "usersession has no field `cty`."
