"""What plans read and ask of their groups, node by node."""

from __future__ import annotations

import pytest

import usql
from tests.oracle.strategies import BASE
from usql.analysis import bound
from usql.analysis.bound import (
    AllOf,
    AnyOf,
    Calculation,
    Constant,
    DatePart,
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    Keys,
    Metric,
    Negation,
    Present,
    Rounded,
    TopList,
    metrics_of,
)
from usql.asking.question import QueryOptions
from usql.catalog.model import FieldType
from usql.language.literals import DateFormat
from usql.planner.needs import has_lists
from usql.planner.plan import Group, Plan, metric_fields
from usql.planner.rewrite import walk


def field(name: str) -> FieldRef:
    return FieldRef("usersession", name, None, FieldType.LONG, is_list=False, multi=False)


A, B, C, D = (field(name) for name in "abcd")
COUNT, MAX, MIN = Metric("ROWS"), Metric("MAX", A), Metric("MIN", B)
WHERE = Metric(
    "SUM", C, where=AllOf((bound.Test(D, Present()), Negation(AnyOf((bound.Test(A, Present()),)))))
)
FORMAT = DateFormat(())


def plus(left: Expression, right: Expression) -> Calculation:
    return Calculation("+", left, right, double=False)


def wrapped(operand: Expression) -> list[Expression]:
    """Expressions of one operand over another."""
    return [
        DatePart("YEAR", operand), DateText(operand, FORMAT, None), Rounded(operand),
        plus(operand, Constant(1)), plus(Constant(1), operand),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        (MAX, [MAX]),
        (plus(plus(MAX, COUNT), plus(MIN, MAX)), [MAX, COUNT, MIN, MAX]),
        *((outer, [MAX]) for outer in wrapped(MAX)),
        (A, []),
        (TopList(A, 3), []),
        (plus(A, Constant(2)), []),
    ],
)
def test_the_metrics_of_an_expression(expression: Expression, metrics: list[Metric]) -> None:
    assert list(metrics_of(expression)) == metrics


@pytest.mark.parametrize("listed", [TopList(A, 3), DistinctList(A), Extreme(A, largest=True)])
def test_lists_are_found_within_expressions(listed: Expression) -> None:
    for outer in (listed, *wrapped(listed)):
        assert has_lists(outer)
        assert has_lists(plus(MAX, outer))


@pytest.mark.parametrize("plain", [A, MAX, Keys(A), *wrapped(MAX)])
def test_what_has_no_lists(plain: Expression) -> None:
    assert not has_lists(plain)


def test_the_fields_of_metrics() -> None:
    assert [f for m in (COUNT, MAX, WHERE) for f in metric_fields(m)] == [A, C, D, A]


# --- plans ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data() -> usql.Sessions:
    return usql.open(
        [
            {
                "startTime": BASE,
                "city": "Wien",
                "country": "Austria",
                "duration": 7,
                "userActions": [{"name": "a", "duration": 2}],
            }
        ]
    )


def plan_of(data: usql.Sessions, text: str, profile: str = "offline") -> Plan:
    return data._prepare(text, QueryOptions(now=BASE, profile=profile)).prepared.plan


READ = [
    (
        "SELECT city, duration + 1 FROM usersession WHERE country = 'x' AND NOT useraction.name = 'y' ORDER BY userId",
        {
            "Filter": ["usersession.country", "useraction.name"],
            "Sort": ["usersession.userId"],
            "Project": ["usersession.city", "usersession.duration"],
        },
    ),
    (
        "SELECT city FROM usersession ORDER BY userId, country LIMIT 3",
        {
            "TopRows": ["usersession.userId", "usersession.country"],
            "Project": ["usersession.city"],
        },
    ),
    (
        "SELECT FUNNEL(city = 'x', duration > 3) FROM usersession WHERE country = 'y'",
        {
            "Filter": ["usersession.country"],
            "Funnel": ["usersession.city", "usersession.duration"],
        },
    ),
    (
        "SELECT city, HOUR(startTime), MAX(duration) FILTER > 3, CONDITION(COUNT(*), WHERE country = 'x') "
        "FROM usersession GROUP BY city, HOUR(startTime) ORDER BY city, MAX(duration) LIMIT 4",
        {
            "Group": ["usersession.city", "usersession.startTime"],
            "GroupSelect": ["usersession.duration"],
            "Sort": ["usersession.duration"],
            "Project": ["usersession.duration", "usersession.country"],
        },
    ),
]


@pytest.mark.parametrize(("text", "fields"), READ)
def test_the_fields_of_each_node(
    data: usql.Sessions, text: str, fields: dict[str, list[str]]
) -> None:
    found = {
        type(node).__name__: [f.text for f in node.fields()] for node in walk(plan_of(data, text))
    }
    assert {name: read for name, read in found.items() if read} == fields


@pytest.mark.parametrize(
    ("columns", "rest", "first", "other", "listed", "most"),
    [
        ("city, COUNT(*)", "LIMIT 5", [], ["ROWS"], False, 5),
        ("city, COUNT(*), MAX(duration)", "", [], ["ROWS", "MAX"], False, None),
        ("city, MAX(duration), COUNT(*)", "ORDER BY COUNT(*)", ["ROWS"], ["MAX"], False, None),
        ("city, MAX(duration) FILTER > 2, MIN(duration)", "", ["MAX"], ["MIN"], False, None),
        ("city, TOP(country, 2), SUM(duration)", "", [], ["SUM"], True, None),
        ("city, country", "LIMIT 9", [], [], True, 9),
        ("city, COUNT(*)", "ORDER BY country", [], ["ROWS"], True, None),
    ],
)
def test_what_is_asked_of_groups(
    data: usql.Sessions, columns: str, rest: str, first: list[str], other: list[str], listed: bool,
    most: int | None,
) -> None:  # fmt: skip
    plan = plan_of(data, f"SELECT {columns} FROM usersession GROUP BY city {rest}")
    (needs,) = [node.needs for node in walk(plan) if isinstance(node, Group)]
    assert [metric.function for metric in needs.first] == first
    assert [metric.function for metric in needs.rest] == other
    assert (needs.lists, needs.most) == (listed, most)


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("SELECT COUNT(*) FROM usersession", set()),
        ("SELECT city FROM usersession", {"usersession"}),
        (
            "SELECT city, COUNT(useraction.name) FROM usersession GROUP BY city",
            {"usersession", "useraction"},
        ),
        ("SELECT COUNT(*) FROM useraction WHERE usersession.city = 'Wien'", {"usersession"}),
        ("SELECT CONDITION(COUNT(*), WHERE userevent.name = 'x') FROM usersession", {"userevent"}),
    ],
)
def test_the_tables_of_a_plan(data: usql.Sessions, text: str, tables: set[str]) -> None:
    asked = data._prepare(text, QueryOptions(now=BASE, profile="offline")).prepared
    assert asked.tables == tables
