"""The type of an expression's values, the fields that it reads, and whether it has several values."""

from __future__ import annotations

import pytest

import usql
from tests.unit.analysis.test_binding import bound
from usql.analysis.bound import (
    DistinctList,
    Extreme,
    FunnelQuery,
    GroupQuery,
    TopList,
    fields_of,
    is_multi,
    type_of,
)
from usql.analysis.bound import tested_fields as fields_of_condition


def types(text: str) -> list[str]:
    query = bound(text)
    assert not isinstance(query, FunnelQuery)
    keys = query.keys if isinstance(query, GroupQuery) else ()
    return [type_of(column.expression, keys).value for column in query.columns]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("city", "string"),
        ("bounce", "boolean"),
        ("ip", "ip"),
        ("startTime", "timestamp"),
        ("doubleProperties.x", "double"),
        ("5", "long"),
        ("0.5", "double"),
        ("-0.5", "double"),
        ("YEAR(startTime)", "integer"),
        ("DATETIME(startTime)", "string"),
        ("KEYS(stringProperties)", "string"),
        ("JSON", "string"),
        ("duration + 1", "long"),
        ("duration + 0.5", "double"),
        ("-doubleProperties.x", "double"),
        ("-duration", "long"),
        ("duration / 2", "long"),
        ("doubleProperties.x / 2", "double"),
        ("7 / 2", "double"),
    ],
)
def test_rows(item: str, kind: str) -> None:
    assert types(f"SELECT {item} FROM usersession") == [kind]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("COUNT(*)", "long"),
        ("COUNT(city)", "long"),
        ("COUNT(DISTINCT city)", "long"),
        ("SUM(duration)", "long"),
        ("SUM(userActionCount)", "long"),
        ("SUM(doubleProperties.x)", "double"),
        ("AVG(duration)", "double"),
        ("MEDIAN(startTime)", "double"),
        ("PERCENTILE(duration, 5)", "double"),
        ("MIN(startTime)", "timestamp"),
        ("MAX(userActionCount)", "integer"),
        ("MAX(doubleProperties.x)", "double"),
        ("TOP(city, 2)", "string"),
        ("TOP(bounce)", "boolean"),
        ("country", "string"),
        ("userActionCount", "integer"),
        ("YEAR(startTime)", "integer"),
    ],
)
def test_groups(item: str, kind: str) -> None:
    text = f"SELECT {item}, COUNT(*) FROM usersession GROUP BY country, userActionCount"
    assert types(text) == [kind, "long"]


@pytest.mark.parametrize(
    ("item", "names", "multi"),
    [
        ("city", ["city"], False),
        ("5", [], False),
        ("useraction.name", ["name"], True),
        ("matchingConversionGoals", ["matchingConversionGoals"], True),
        ("KEYS(stringProperties)", ["stringProperties"], True),
        ("useraction.duration + 1", ["duration"], True),
        ("1 - userActionCount * duration", ["userActionCount", "duration"], False),
        ("YEAR(useraction.startTime)", ["startTime"], True),
        ("DATETIME(startTime)", ["startTime"], False),
        ("useraction.duration / 1000", ["duration"], True),
    ],
)
def test_fields(item: str, names: list[str], multi: bool) -> None:
    query = bound(f"SELECT {item} FROM usersession")
    assert not isinstance(query, FunnelQuery)
    expression = query.columns[0].expression
    assert [field.name for field in fields_of(expression)] == names
    assert is_multi(expression) is multi


def test_lists_and_extremes_are_of_their_operand() -> None:
    query = bound("SELECT useraction.duration / 1000, city FROM usersession")
    assert not isinstance(query, FunnelQuery)
    rounded, city = (column.expression for column in query.columns)
    assert [type_of(x).value for x in (DistinctList(rounded), Extreme(city, True))] == [
        "long", "string",
    ]  # fmt: skip
    assert [[f.name for f in fields_of(x)] for x in (DistinctList(rounded), Extreme(city, True))] == [
        ["duration"], ["city"],
    ]  # fmt: skip
    assert is_multi(DistinctList(rounded))
    assert not is_multi(Extreme(city, False))


def test_a_list_of_the_most_frequent_is_of_its_operand() -> None:
    query = bound("SELECT TOP(useraction.name, 2) FROM usersession")
    assert isinstance(query, GroupQuery)
    (listed,) = (column.expression for column in query.columns)
    assert isinstance(listed, TopList)
    assert [field.name for field in fields_of(listed)] == ["name"]


def test_metrics_are_not_entered() -> None:
    query = bound("SELECT SUM(duration) FROM usersession")
    assert isinstance(query, GroupQuery)
    assert list(fields_of(query.columns[0].expression)) == []


def test_fields_of_conditions() -> None:
    where = bound(
        "SELECT city FROM usersession WHERE city = 'a' AND NOT (duration > 5 OR bounce = TRUE)"
    ).where
    assert where is not None
    assert [field.name for field in fields_of_condition(where)] == ["city", "duration", "bounce"]


@pytest.mark.parametrize("item", ["marks + more", "useraction.points + useraction.duration"])
def test_two_lists_of_one_row_are_not_calculated_with_each_other(item: str) -> None:
    """Their entries do not belong together, even where the lists are of one table."""
    action = {"duration": 5, "points": [1.5, 2.5]}
    data = usql.open([{"startTime": 1, "marks": [1, 2], "more": [3, 4], "userActions": [action]}])
    with pytest.raises(usql.UsqlError) as refused:
        data.query(f"SELECT {item} FROM usersession")
    assert [d.name for d in refused.value.diagnostics] == ["arithmetic-type"]
    assert data.query("SELECT marks + 1 FROM usersession").rows() == [[[2, 3]]]
