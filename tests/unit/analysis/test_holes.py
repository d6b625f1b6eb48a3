"""Placeholders: what depends on one is not judged, the rest is, and nothing of it runs (LANGUAGE.md §1)."""

from __future__ import annotations

import pytest

import usql
from tests.unit.language.test_holes import FORMS
from usql.analysis import Clock, analyze
from usql.analysis.bound import AllOf, AnyOf, Negation, RowQuery, Timeframe, Unjudged
from usql.analysis.profile import OFFLINE
from usql.catalog import default_catalog
from usql.language.parser import parse
from usql.planner import plan_of

CLOCK = Clock(3000, 1000, 2000)


def names(text: str, profile: usql.ProfileName = "dynatrace") -> list[str]:
    return [d.name for d in usql.check(text, profile=profile) if d.name != "placeholder"]


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("profile", ["dynatrace", "offline"])
def test_nothing_is_said_of_what_may_be_anything(text: str, profile: usql.ProfileName) -> None:
    assert [d for d in usql.check(text, profile=profile) if d.name not in ("placeholder", "undocumented", "extension")] == []  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_nothing_with_a_placeholder_runs(text: str) -> None:
    found = analyze(parse(text), default_catalog(), OFFLINE, CLOCK)
    assert found.bound is None
    with pytest.raises(usql.UsqlError, match="placeholder") as caught:
        usql.open([{"city": "Linz"}]).query(text)
    assert all(d.name == "placeholder" for d in caught.value.diagnostics if d.is_error)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT ${f}, cty FROM usersession", ["unknown-field"]),
        ("SELECT useractoin.${f} FROM usersession", ["unknown-table"]),
        ("SELECT useraction.${f} FROM userevent", ["other-secondary-table"]),
        ("SELECT ${fn}(cty) FROM usersession", ["unknown-field"]),
        ("SELECT COUNT(*) AS '${a}', SUM(city) FROM usersession", ["metric-type"]),
        ("SELECT city FROM usersession WHERE ${c} AND cty = 'x'", ["unknown-field"]),
        ("SELECT city FROM usersession WHERE city = 'x' ${c} AND duration = 'y'", ["value-type"]),
        ("SELECT city FROM usersession WHERE duration IN (${a}, 'y')", ["value-type"]),
        ("SELECT city FROM usersession WHERE duration BETWEEN ${a} AND 'y'", ["value-type"]),
        ("SELECT city FROM usersession WHERE userType IN ('${a}', 'REAL_USR')", ["unknown-enum-value"]),
        ("SELECT city FROM usersession WHERE startTime > ${a} AND startTime < 'soon'", ["bad-date"]),
        ("SELECT city, COUNT(*) FROM usersession WHERE ${c}", ["ungrouped-field"]),
        ("SELECT city, COUNT(*) FROM usersession GROUP BY country LIMIT ${n}", ["ungrouped-field"]),
        ("SELECT city, COUNT(*) AS ${n} FROM usersession", ["ungrouped-field"]),
        ("SELECT city FROM usersession ORDER BY ${c}, cty", ["unknown-field"]),
        ("SELECT city, COUNT(*) AS n FROM usersession WHERE city = '${c}' GROUP BY city, n", ["metric-in-group-by"]),
        ("SELECT * FROM usersession GROUP BY ${k}", ["star-in-groups"]),
        ("SELECT city FROM usersession LIMIT ${n}; SELECT cty FROM usersession", ["extension", "unknown-field"]),
    ],
)  # fmt: skip
def test_the_rest_is_judged(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "SELECT city, COUNT(*) FROM usersession GROUP BY ${k}",
        "SELECT city, COUNT(*) FROM usersession GROUP BY useraction.${k}",
        "SELECT city, COUNT(*) FROM usersession GROUP BY TOP(${k}, 5)",
        "SELECT country AS ${a}, city, COUNT(*) FROM usersession GROUP BY total",
        "SELECT ${item}, COUNT(*) FROM usersession GROUP BY cty ORDER BY COUNT(ip), total",
        "SELECT ${item}, COUNT(*) FROM usersession GROUP BY city ORDER BY 1",
        "SELECT PERCENTILE(${arguments}) FROM usersession",
        "SELECT CONDITION(COUNT(*), ${where}) FROM usersession",
        "SELECT city FROM usersession WHERE startTime > $NOW - ${fn}('2h')",
        "SELECT city FROM usersession WHERE " + " AND ".join("city LIKE '%${x}%'" for _ in range(11)),
    ],
)  # fmt: skip
def test_what_a_value_could_make_right_is_not_reported(text: str) -> None:
    assert set(names(text)) <= {"undocumented", "order-key"}
    assert all(not d.fixes for d in usql.check(text))


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("city = 'Linz' AND city != 'a{{b'", [["Linz"]]),
        ("city = 'a{{b'", [["a{{b"]]),
        ("city STARTSWITH 'a${'", [["a${c"]]),
        ("city LIKE '*{{*' OR city LIKE '*${*'", [["a{{b"], ["a${c"], ["${x}"]]),
        ("NOT city IN ('a{{b', 'a${c')", [["Linz"], ["${x}"]]),
        ("stringProperties.\"{{\" = '${'", [["Linz"]]),
    ],
)
def test_an_opening_alone_is_text(condition: str, found: list[list[str]]) -> None:
    data = [{"city": "Linz", "stringProperties": {"{{": "${"}}]
    sessions = usql.open([*data, *({"city": city} for city in ("a{{b", "a${c", "${x}"))])
    assert sessions.query(f"SELECT city FROM usersession WHERE {condition}").rows() == found


@pytest.mark.parametrize("text", ["startTime > '${'", "duration = '{{'", "ip = 'a${b'", "bounce = '{{b'"])  # fmt: skip
def test_an_opening_alone_is_judged_like_any_text(text: str) -> None:
    assert len(names(f"SELECT city FROM usersession WHERE {text}")) == 1


@pytest.mark.parametrize("value", ["${x}", "{{x}}", "a${b}c", "${", "{{", "${v}"])
def test_a_parameter_is_text(value: str) -> None:
    sessions = usql.open([{"city": value}, {"city": "other"}])
    for quote in ("'", '"'):
        text = f"SELECT COUNT(*) FROM usersession WHERE city = {quote}${{v}}{quote}"
        assert sessions.query(text, parameters={"v": value}).rows() == [[1]]
        with pytest.raises(usql.UsqlError, match="needs a value"):
            sessions.query(f"{text} AND ip = '${{w}}'", parameters={"v": value})
    named = sessions.query("SELECT city AS '${v}' FROM usersession", parameters={"v": value})
    assert named.columns == [value]


def test_one_text_means_different_things_with_and_without_parameters() -> None:
    """What is kept of a text knows which of its words were values."""
    sessions = usql.open([{"city": "${x}"}, {"city": "y"}])
    written = "SELECT COUNT(*) FROM usersession WHERE city = '${x}'"
    for _ in range(2):
        assert sessions.query(written, parameters={"x": "${x}"}).rows() == [[1]]
        assert sessions.query(written, parameters={"x": "y"}).rows() == [[1]]
        with pytest.raises(usql.UsqlError, match="placeholder"):
            sessions.query(written)


@pytest.mark.parametrize(
    "condition", [Unjudged(), AllOf((Unjudged(),)), Negation(AnyOf((AllOf(()), Unjudged())))]
)
def test_a_query_without_one_of_its_conditions_has_no_plan(condition: AllOf) -> None:
    query = RowQuery("usersession", Timeframe(), condition, (), (), None, False)
    with pytest.raises(ValueError, match="left out"):
        plan_of(query)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT city FROM usersession WHERE ${c}",
        "SELECT city FROM usersession WHERE city = 'x' ${c}",
        "SELECT city FROM usersession WHERE NOT (city = 'x' AND ip = '${c}')",
        "SELECT FUNNEL(city = 'x', ${c}) FROM usersession",
        "SELECT CONDITION(COUNT(*), WHERE ${c}) FILTER > 3 FROM usersession ORDER BY CONDITION(COUNT(*), WHERE ${c})",
        "SELECT city FROM usersession GROUP BY city, DATETIME(CONDITION(MIN(startTime), WHERE ${c}))",
    ],
)  # fmt: skip
def test_what_is_known_of_a_query_with_placeholders_has_no_plan(text: str) -> None:
    found = analyze(parse(text), default_catalog(), OFFLINE, CLOCK)
    if found.known is not None:
        with pytest.raises(ValueError, match="left out"):
            plan_of(found.known)
