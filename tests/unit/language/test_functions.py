"""The declared functions: their examples run, they stand where they are said to and nowhere else,
and they take and give what is declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import usql
from tests.places import ROOT
from tests.unit.analysis.test_binding import bound
from usql.analysis.bound import (
    DatePart,
    FieldRef,
    FunnelQuery,
    Metric,
    result_type,
    type_of,
)
from usql.catalog import FieldType
from usql.language import syntax as s
from usql.language.declarations import Form, Function, Over, Place, Result, Takes
from usql.language.functions import (
    AGGREGATES,
    DATE_PARTS,
    FUNCTIONS,
    Undeclared,
    aggregate,
    function,
    part_of_date,
)
from usql.language.parser import parse
from usql.language.tables import keywords

ALL = list(FUNCTIONS.values())
SOURCE = ROOT / "usql"

QUERIES = {
    Place.SELECT: "SELECT {} FROM usersession",
    Place.FILTER: "SELECT {} FILTER > 0 FROM usersession",
    Place.GROUP_BY: "SELECT COUNT(*) FROM usersession GROUP BY {}",
    Place.ORDER_BY: "SELECT {0} FROM usersession ORDER BY {0}",
    Place.WHERE: "SELECT COUNT(*) FROM usersession WHERE startTime > $NOW - {}",
}
"""A query with a call at each place."""

REFUSED = {
    Place.SELECT: "select-item",
    Place.FILTER: "filter-needs-metric",
    Place.GROUP_BY: "metric-in-group-by",
    Place.ORDER_BY: "order-key",
    Place.WHERE: "value-type",
}
"""What is said of a call that may not stand at a place."""

ARGUMENTS = {
    Takes.NUMBER: (
        ["duration", "doubleProperties.revenue", "useraction.duration"],
        ["country", "startTime", "bounce", "stringProperties", "COUNT(*)", "1"],
    ),
    Takes.MEASURE: (
        ["duration", "startTime", "dateProperties.signup", "doubleProperties.revenue"],
        ["country", "bounce", "ip", "stringProperties", "MAX(startTime)", "*"],
    ),
    Takes.COUNTED: (
        ["*", "country", "stringProperties", "DISTINCT country", "DISTINCT(city)"],
        ["1", "COUNT(*)", "DISTINCT stringProperties", "usersession.*"],
    ),
    Takes.FIELD: (["country", "startTime", "useraction.name"], ["stringProperties", "1", "*"]),
    Takes.PROPERTIES: (["stringProperties", "useraction.longProperties"], ["country", "'x'"]),
    Takes.DATE: (
        ["startTime", "MAX(startTime)", "AVG(startTime)", "PERCENTILE(endTime, 9)",
         "CONDITION(MIN(startTime), WHERE bounce = TRUE)"],
        ["duration", "country", "MAX(duration)", "COUNT(startTime)", "COUNT(*)", "YEAR(startTime)"],
    ),
    Takes.METRIC: (
        ["COUNT(*)", "SUM(duration)", "MEDIAN(startTime)"],
        ["country", "YEAR(startTime)", "CONDITION(COUNT(*), WHERE bounce = TRUE)", "1"],
    ),
    Takes.CONDITION: (
        ["WHERE bounce = TRUE", "WHERE NOT country = 'x'"], ["country", "1", "WHERE country"],
    ),
    Takes.STEPS: (["bounce = TRUE", "bounce = TRUE AS 'x'"], ["country", "COUNT(*) > 1"]),
    Takes.FORMAT: (["'yyyy'", '"E HH:mm"'], ["1", "country", "'Q'"]),
    Takes.INTERVAL: (["'5m'", "5", "'2 weeks'"], ["'5x'", "country", "''"]),
    Takes.LENGTH: (["'7d'", "'1M'"], ["7", "'7x'", "country"]),
    Takes.AMOUNT: (["1", "300"], ["0", "1.5", "country", "-1"]),
    Takes.PERCENT: (["0", "99.9", "100"], ["101", "-1", "country"]),
}  # fmt: skip
"""Arguments that fit, and some that do not."""


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.sample(sessions=300, seed=5)


def call_of(function: Function) -> str:
    """The call in the function's own example."""
    query = parse(function.example).query
    assert query is not None
    spans = [
        n.span
        for n in s.walk(query)
        if (isinstance(n, s.Call) and n.name == function.name)
        or (isinstance(n, s.Funnel) and function.form is Form.FUNNEL)
    ]
    return function.example[spans[0].start : spans[0].end]


def errors(query: str) -> list[str]:
    return [d.name for d in usql.check(query) if d.is_error]


def with_arguments(function: Function, *arguments: str) -> str:
    """A query that calls the function where it may stand."""
    return QUERIES[function.places[0]].format(f"{function.name}({', '.join(arguments)})")


# --- each of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_the_example_runs(function: Function, sessions: usql.Sessions) -> None:
    assert [
        d for d in usql.check(function.example) if d.severity is not usql.Severity.INFORMATION
    ] == []
    result = sessions.query(function.example, profile="offline")
    assert len(result.columns) >= 1
    assert len(result) >= 1


@pytest.mark.parametrize("place", Place, ids=lambda p: p.value)
@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_it_stands_where_it_is_said_to(
    function: Function, place: Place, sessions: usql.Sessions
) -> None:
    query = QUERIES[place].format(call_of(function))
    if place in function.places:
        assert errors(query) == []
        sessions.query(query, profile="offline")
        return
    expected = REFUSED[place]
    if function.form is Form.FUNNEL:  # a word of the grammar
        expected = "syntax"
    elif function.form is Form.LENGTH:  # it is nothing by itself
        expected = REFUSED[Place.SELECT]
    assert errors(query)[0] == expected
    with pytest.raises(usql.UsqlError):
        sessions.query(query, profile="offline")


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_no_function_is_tested_by_a_condition(function: Function) -> None:
    told = usql.check(f"SELECT country FROM usersession WHERE {call_of(function)} = 1")
    if function.form is Form.FUNNEL:
        assert {d.name for d in told} == {"syntax"}
        return
    (problem,) = told
    assert problem.name == "condition-needs-field"
    assert ("FILTER" in problem.message) is (Place.FILTER in function.places)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_it_takes_as_many_arguments_as_are_declared(function: Function) -> None:
    fitting = [ARGUMENTS[p.takes][0][0] for p in function.parameters]
    for count in range(len(fitting) + 1):
        fits = errors(with_arguments(function, *fitting[:count])) == []
        assert fits is (function.least <= count)
    assert function.most == len(fitting)
    more = errors(with_arguments(function, *fitting, fitting[-1]))
    assert (more == []) is function.repeats


PARAMETERS = [
    pytest.param(function, number, id=f"{function.name}-{parameter.name}")
    for function in ALL
    for number, parameter in enumerate(function.parameters)
]


@pytest.mark.parametrize(("function", "number"), PARAMETERS)
def test_an_argument_is_what_is_declared(function: Function, number: int) -> None:
    arguments = [ARGUMENTS[p.takes][0][0] for p in function.parameters]
    fitting, others = ARGUMENTS[function.parameters[number].takes]
    for fits, given in ((True, fitting), (False, others)):
        for argument in given:
            arguments[number] = argument
            query = with_arguments(function, *arguments)
            assert (errors(query) == []) is fits, query


def test_every_kind_of_argument_is_tried() -> None:
    assert set(ARGUMENTS) == set(Takes)
    assert {p.takes for f in ALL for p in f.parameters} == set(Takes)


# --- what they give -------------------------------------------------------------------------------

FIELDS = {
    "duration": FieldType.LONG,
    "doubleProperties.x": FieldType.DOUBLE,
    "startTime": FieldType.TIMESTAMP,
}
OF_FIELDS = (Takes.NUMBER, Takes.MEASURE, Takes.COUNTED, Takes.FIELD)


def given(item: str) -> FieldType:
    """The type of an item of a select list."""
    query = bound(f"SELECT {item} FROM usersession")
    assert not isinstance(query, FunnelQuery)
    return type_of(query.columns[0].expression)


def declared(result: Result, of: FieldType) -> FieldType:
    """The type of what is given of a field, by LANGUAGE.md §8."""
    if result in (Result.SAME, Result.VALUES):
        return of
    whole = result is Result.COUNT or (result is Result.SUM and of is not FieldType.DOUBLE)
    return FieldType.LONG if whole else FieldType.DOUBLE


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "function", [f for f in ALL if f.parameters[0].takes in OF_FIELDS], ids=lambda f: f.name
)
def test_what_it_gives_of_a_field(function: Function, field: str) -> None:
    others = [ARGUMENTS[p.takes][0][0] for p in function.parameters[1:]]
    item = f"{function.name}({', '.join([field, *others])})"
    if field == "startTime" and function.parameters[0].takes is Takes.NUMBER:
        assert errors(f"SELECT {item} FROM usersession") == ["metric-type"]
        return
    assert given(item) is declared(function.result, FIELDS[field])
    if function.is_metric:
        assert given(f"CONDITION({item}, WHERE bounce = TRUE)") is given(item)


OF_RESULTS = {
    Result.PART: FieldType.INTEGER,
    Result.TEXT: FieldType.STRING,
    Result.TEXTS: FieldType.STRING,
}


@pytest.mark.parametrize(
    "function", [f for f in ALL if f.result in OF_RESULTS], ids=lambda f: f.name
)
def test_what_it_gives_of_a_row(function: Function) -> None:
    assert given(call_of(function)) is OF_RESULTS[function.result]


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_a_metric_gives_what_its_aggregates_give(function: Function) -> None:
    assert {a.result for a in function.aggregates} <= {function.result}
    assert bool(function.aggregates) is (function.is_metric and function.form is not Form.CONDITION)
    assert (function.over is Over.GROUPS) is (function.is_metric or function.form is Form.TOP)


@pytest.mark.parametrize(
    "result",
    [r for r in Result if r not in {a.result for a in AGGREGATES.values()} | {Result.PART}],
)
def test_what_is_no_number_has_no_type_by_its_declaration(result: Result) -> None:
    with pytest.raises(ValueError, match="no type by itself"):
        result_type(result, FieldType.LONG)


# --- names that are not declared ----------------------------------------------------------------

FIELD = FieldRef("usersession", "duration", None, FieldType.LONG, is_list=False, multi=False)


@pytest.mark.parametrize("name", ["SPREAD", "MEDIAN", "sum", "", "YEAR"])
def test_a_metric_has_a_declared_aggregate(name: str) -> None:
    told = f"no aggregate {name!r} is declared"
    with pytest.raises(Undeclared, match=told):
        Metric(name, FIELD)
    with pytest.raises(Undeclared, match=told):
        replace(Metric("SUM", FIELD), function=name)
    with pytest.raises(Undeclared, match=told):
        aggregate(name)


@pytest.mark.parametrize("name", ["CENTURY", "DATETIME", "year", "", "SUM"])
def test_a_date_part_is_declared(name: str) -> None:
    told = f"no date part {name!r} is declared"
    with pytest.raises(Undeclared, match=told):
        DatePart(name, FIELD)
    with pytest.raises(Undeclared, match=told):
        part_of_date(name)


@pytest.mark.parametrize("name", ["SPREAD", "ROWS", "count", ""])
def test_a_function_is_declared(name: str) -> None:
    with pytest.raises(Undeclared, match=f"no function {name!r} is declared"):
        function(name)


@pytest.mark.parametrize("function", ALL, ids=lambda f: f.name)
def test_declared_names_are_found(function: Function) -> None:
    assert FUNCTIONS[function.name] is function
    for found in function.aggregates:
        assert aggregate(found.name) is found
        assert Metric(found.name).function == found.name
    assert (function.name in DATE_PARTS) is (function.form is Form.DATE_PART)


def compared(path: Path) -> Iterator[str]:
    """The texts that a module compares something with, one by one or as a list."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        sides: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            sides = [node.value]
        for side in sides:
            for part in ast.walk(side):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_no_function_is_known_by_its_name_elsewhere() -> None:
    """FUNNEL and DISTINCT are words of the grammar, too; the engine knows them by their nodes."""
    names, words = {*FUNCTIONS, *AGGREGATES}, keywords()
    found = [
        (path.relative_to(SOURCE).as_posix(), text)
        for path in SOURCE.rglob("*.py")
        for text in compared(path)
        if text in names and (path.is_relative_to(SOURCE / "engine") or text not in words)
    ]
    assert found == []
