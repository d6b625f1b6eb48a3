"""Tree to text."""

from __future__ import annotations

import json

import pytest

import usql
from tests.language.test_conformance import CASES
from tests.places import CORPUS, DATA
from usql.language.formatter import expression_text, format_query
from usql.language.parser import parse


def corpus() -> list[str]:
    """Every query of the tests that can be read."""
    texts = [c.query for _, c in CASES]
    texts += [e["query"] for e in json.loads((DATA / "examples.json").read_text())["queries"]]
    lines = CORPUS.read_text().splitlines()
    texts += [
        line.removeprefix("? ") for line in lines if line.strip() and not line.startswith("--")
    ]
    parsed = [(t, parse(t)) for t in texts]
    return [
        t for t, p in parsed if p.query is not None and not any(d.is_error for d in p.diagnostics)
    ]


@pytest.mark.parametrize("text", corpus(), ids=lambda t: t[:70])
def test_round_trip_and_idempotence(text: str) -> None:
    parsed = parse(text)
    assert parsed.query is not None
    made = format_query(parsed.query, parsed.comments)
    again = parse(made)
    assert again.query == parsed.query
    assert [c.text for c in again.comments] == [c.text for c in parsed.comments]
    assert again.query is not None
    assert format_query(again.query, again.comments) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("select city from usersession", "SELECT city FROM usersession"),
        ("select count ( * )from t", "SELECT COUNT(*) FROM t"),
        ("select a from t where b='it''s'", 'SELECT a FROM t WHERE b = "it\'s"'),
        ("select a from t where not b is null", "SELECT a FROM t WHERE NOT b IS NULL"),
        ("select - -1, a- -1 from t", "SELECT - -1, a - -1 FROM t"),
        ("select a as 'x y', b as z from t", 'SELECT a AS "x y", b AS z FROM t'),
        ("select stringProperties.'a b' from t", 'SELECT stringProperties."a b" FROM t'),
        ("select sum(a)filter>-5 from t", "SELECT SUM(a) FILTER > -5 FROM t"),
        ("select a from t where b between(1 and 2)", "SELECT a FROM t WHERE b BETWEEN 1 AND 2"),
    ],
)
def test_canonical_text(text: str, made: str) -> None:
    assert usql.format(text) == made


def test_long_queries_stand_on_several_lines() -> None:
    text = (
        "SELECT country, COUNT(*) AS visits, AVG(duration) AS average FROM usersession WHERE city = 'Linz' AND "
        "startTime BETWEEN $NOW - DURATION('1d') AND $NOW AND (bounce = false OR newUser = true) GROUP BY country LIMIT 10"
    )  # fmt: skip
    assert usql.format(text).splitlines() == [
        "SELECT country, COUNT(*) AS visits, AVG(duration) AS average",
        "FROM usersession",
        'WHERE city = "Linz"',
        '  AND startTime BETWEEN $NOW - DURATION("1d") AND $NOW',
        "  AND (bounce = FALSE OR newUser = TRUE)",
        "GROUP BY country",
        "LIMIT 10",
    ]


def test_long_lists_have_an_entry_a_line() -> None:
    items = ", ".join(f"SUM(useraction.duration) AS total{i}" for i in range(4))
    assert usql.format(f"SELECT {items} FROM usersession").splitlines() == [
        "SELECT",
        *[f"    SUM(useraction.duration) AS total{i}{',' if i < 3 else ''}" for i in range(4)],
        "FROM usersession",
    ]


def test_comments_keep_their_place() -> None:
    text = "-- what\nselect a, -- first\n b /* second */ from t -- end\n where c = 1 -- last"
    assert usql.format(text).splitlines() == [
        "-- what",
        "SELECT a, -- first",
        "    b",
        "/* second */",
        "FROM t",
        "-- end",
        "WHERE c = 1 -- last",
    ]


def test_several_queries() -> None:
    assert usql.format("select a from t;select b from u") == "SELECT a FROM t;\n\nSELECT b FROM u"


def test_broken_queries_are_not_formatted() -> None:
    with pytest.raises(usql.UsqlError, match="unterminated-string"):
        usql.format("select 'a from t")


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("AVG( useraction.visuallyCompleteTime )", "avg(useraction.visuallyCompleteTime)"),
        ("COUNT(DISTINCT city)", "count(distinct city)"),
        ("DATETIME(startTime, 'E HH:mm', '10m')", 'datetime(startTime,"E HH:mm","10m")'),
        ("MONTH(startTime) - 1", "month(startTime)-1"),
        ("a MOD 2", "a mod 2"),
        (
            "CONDITION(COUNT(*), WHERE userActionCount > 2)",
            "condition(count(*),where userActionCount>2)",
        ),
        ("(1 + 2) * 3", "(1+2)*3"),
        ('stringProperties."a b"', 'stringProperties."a b"'),
    ],
)
def test_column_names(item: str, name: str) -> None:
    query = parse(f"SELECT {item} FROM t").query
    assert query is not None
    assert expression_text(query.items[0].expression) == name
