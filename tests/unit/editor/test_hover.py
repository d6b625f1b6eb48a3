from __future__ import annotations

import pytest

from tests.unit.editor.cursor import split
from usql.catalog import FieldType, default_catalog
from usql.catalog.model import Field, Origin
from usql.editor.hover import hover
from usql.editor.keywords import KEYWORDS
from usql.editor.problems.validation import validate
from usql.editor.signature import signature_help
from usql.language.functions import FUNCTIONS
from usql.language.rules import Severity
from usql.language.tables import keywords

CATALOG = default_catalog().with_data(
    {
        "usersession": [
            Field("plan", FieldType.STRING, origin=Origin.DATA),
            Field("my plan", FieldType.LONG, origin=Origin.DATA),
            Field("order", FieldType.LONG, origin=Origin.DATA),
        ]
    },
    {("usersession", "stringProperties"): ("campaign",)},
)


@pytest.mark.parametrize(
    ("marked", "word", "shown"),
    [
        ("SELECT dur|ation FROM usersession", "duration", "**duration** `long (ms)` of usersession"),
        ("SELECT |duration FROM useraction", "duration", "**duration** `long (ms)` of useraction"),
        ("SELECT duration| FROM userevent", "duration", "**duration** `long (ms)` of usersession"),
        ("SELECT user|action.name FROM usersession", "useraction", "**useraction** `table`"),
        ("SELECT useraction.na|me FROM usersession", "name", "**name** `string` of useraction"),
        ("SELECT COUNT(*) FROM user|session", "usersession", "`table`"),
        ("SELECT CO|UNT(*) FROM usersession", "COUNT", "COUNT(* | [DISTINCT] field)"),
        ("SELECT FUN|NEL(bounce = TRUE) FROM usersession", "FUNNEL", "FUNNEL(condition [AS name]"),
        ("SELECT city FROM usersession WH|ERE bounce", "WHERE", "Keeps the rows"),
        ("SELECT city FROM usersession WHERE userT|ype = ", "userType", "Values: `REAL_USER`"),
        ("SELECT city FROM usersession WHERE endTime < $N|OW", "$NOW", "The time at which"),
        ("SELECT city FROM usersession, WHRE usert|ype = ", "usertype", "of usersession"),
        ("SELECT userId AS use|rs FROM usersession", "users", "`alias`\n\n```usql\nuserId"),
        ("SELECT AVG(duration) AS d FROM usersession ORDER BY |d", "d", "avg(duration)"),
        ('SELECT city AS "a b" FROM usersession GROUP BY "a| b"', '"a b"', "```usql\ncity"),
        ("SELECT failedIm|ages FROM useraction", "failedImages", "**Deprecated**: see"),
        ("SELECT pl|an FROM usersession", "plan", "Found in the loaded data."),
        ("SELECT stringProperties.cam|paign FROM usersession", "stringProperties.campaign", "**campaign** `string`"),
        ("SELECT ip| FROM usersession", "ip", "high cardinality"),
        ('SELECT usersession."my| plan" FROM useraction', '"my plan"', "**my plan** `long` of usersession"),
        ("SELECT usersession.or|der FROM usersession", "order", "**order** `long` of usersession"),
        ("SELECT user|action.${f} FROM ${table}", "useraction", "**useraction** `table`"),
        ("SELECT ${f}, ci|ty AS a_${a} FROM usersession LIMIT ${n}", "city", "**city** `string`"),
    ],
)  # fmt: skip
def test_hover(marked: str, word: str, shown: str) -> None:
    text, offset = split(marked)
    found = hover(text, offset, CATALOG)
    assert found is not None
    assert text[found.span.start : found.span.end] == word
    assert shown in found.markdown


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT nothing| FROM usersession",
        "SELECT useraction.${|f} FROM usersession",
        "SELECT ${f|n}(city) FROM usersession",
        "SELECT ${t}.na|me FROM usersession",
        'SELECT usersession."other| plan" FROM usersession',
        "SELECT city|  , FROM usersession -- comment",
        "SELECT city FROM usersession -- com|ment",
        'SELECT city FROM usersession WHERE city = "Li|nz"',
        "SELECT city FROM usersession LIMIT 1|0",
        "|",
    ],
)
def test_no_hover(marked: str) -> None:
    text, offset = split(marked)
    found = hover(text, offset, CATALOG)
    assert found is None or "city" in found.markdown


@pytest.mark.parametrize(
    ("marked", "label", "active"),
    [
        ("SELECT TOP(|", "TOP(field, [n])", 0),
        ("SELECT TOP(country, |5) FROM usersession", "TOP(field, [n])", 1),
        ("SELECT TOP(country, 5, |", "TOP(field, [n])", None),
        ("SELECT DATETIME(MAX(|", "MAX(field)", 0),
        ("SELECT DATETIME(MAX(startTime), |", "DATETIME(date, [format], [interval])", 1),
        ("SELECT CONDITION(COUNT(*), WHERE (city = |", "CONDITION(metric, WHERE condition)", 1),
        ("SELECT FUNNEL(bounce = TRUE, hasError = TRUE, |", "FUNNEL(condition [AS name], …)", 0),
        (
            'SELECT city FROM usersession WHERE startTime > $NOW - DURATION("|',
            "DURATION(length)",
            0,
        ),
    ],
)
def test_signature(marked: str, label: str, active: int | None) -> None:
    found = signature_help(*split(marked))
    assert found is not None
    assert (found.label, found.active) == (label, active)
    shown = [label[p.start : p.end] for p in found.parameters]
    assert shown == list(found.function.parts)[: len(shown)]


@pytest.mark.parametrize(
    "marked", ["SELECT |", "SELECT TOP(city)| FROM usersession", "SELECT x IN (|", "SELECT foo(|"]
)
def test_no_signature(marked: str) -> None:
    assert signature_help(*split(marked)) is None


def test_every_function_and_keyword_is_explained() -> None:
    assert set(KEYWORDS) == set(keywords()) - {"FUNNEL", "HAVING"}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_examples_are_right(name: str) -> None:
    example = FUNCTIONS[name].example
    assert name in example
    assert [d for d in validate(example) if d.severity is not Severity.INFORMATION] == []
