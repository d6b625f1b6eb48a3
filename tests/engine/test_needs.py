"""What plans read and ask of their groups, node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import usql
from tests.engine.columns import lists, numbers, texts
from tests.strategies import BASE
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
)
from usql.asking import QueryOptions
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import nbytes
from usql.engine.groups.grouping import Wanted
from usql.engine.needs import (
    _has_lists,
    bytes_of,
    fields_of_metrics,
    fields_read,
    metrics_of,
    wanted_of,
)
from usql.engine.runtime.limits import Control
from usql.language.literals import DateFormat
from usql.planner.plan import Plan
from usql.planner.rewrite import walk
from usql.store.columns import PropertiesColumn


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
        assert _has_lists(outer)
        assert _has_lists(plus(MAX, outer))


@pytest.mark.parametrize("plain", [A, MAX, Keys(A), *wrapped(MAX)])
def test_what_has_no_lists(plain: Expression) -> None:
    assert not _has_lists(plain)


def test_the_fields_of_metrics() -> None:
    wanted = Wanted((COUNT, MAX), (WHERE,), lists=False, most=None)
    assert list(fields_of_metrics(wanted)) == [A, C, D, A]


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
    return data._prepare(text, QueryOptions(now=BASE, profile=profile)).plan


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
        type(node).__name__: [f.text for f in fields_read(node)]
        for node in walk(plan_of(data, text))
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
    wanted = wanted_of(plan)
    assert [metric.function for metric in wanted.first] == first
    assert [metric.function for metric in wanted.rest] == other
    assert (wanted.lists, wanted.most) == (listed, most)


def test_nothing_is_asked_without_groups(data: usql.Sessions) -> None:
    assert wanted_of(plan_of(data, "SELECT city FROM usersession")) == Wanted(
        (), (), lists=False, most=None
    )


# --- bytes ----------------------------------------------------------------------------------------

FLAT = numbers([1, 2, 3], np.int16)
LISTED = lists(FLAT, [1, 0, 2])
PAIRS = PropertiesColumn(LISTED.offsets, texts(["a", "b", "a"]), numbers([1, 2, 3], np.int32))


@pytest.mark.parametrize(
    ("column", "size"),
    [
        (FLAT, 3 * 2),
        (numbers([1, None, 3], np.int16), 3 * 2 + 3),
        (texts(["a", None, "b", "b"]), 4),
        (texts([f"{number}" for number in range(256)]), 512),
        (LISTED, 4 * 8 + 3 * 2),
        (PAIRS, 4 * 8 + 3 + 3 * 4),
    ],
)
def test_the_bytes_of_a_column(column: Any, size: int) -> None:
    assert nbytes(column) == size


def test_the_bytes_of_fields_add_up(data: usql.Sessions) -> None:
    access = data._engine._access("usersession", 0, Control())
    plan = plan_of(data, "SELECT city, country, startTime FROM usersession")
    assert bytes_of(access, fields_read(plan)) == 1 + 1 + 8
    assert bytes_of(access, []) == 0
