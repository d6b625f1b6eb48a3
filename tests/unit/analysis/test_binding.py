"""What conformance files cannot show: the bound query itself, and the check without data."""

from __future__ import annotations

import pytest

import usql
from usql.analysis import Clock, analyze, profile_named
from usql.analysis.bound import (
    AllOf,
    BoundQuery,
    FieldRef,
    GroupQuery,
    KeyRef,
    Metric,
    Negation,
    OneOf,
    Present,
    Range,
    RowQuery,
    TopList,
)
from usql.analysis.bound import (
    Test as Quantified,
)
from usql.analysis.profile import DYNATRACE, OFFLINE
from usql.catalog import FieldType, default_catalog
from usql.language.parser import parse

CLOCK = Clock(now=1_772_800_000_000, start=0, end=1_772_900_000_000)


def bound(text: str) -> BoundQuery:
    analysis = analyze(parse(text), default_catalog(), OFFLINE, CLOCK)
    assert analysis.bound is not None, analysis.diagnostics
    return analysis.bound


def condition(text: str) -> object:
    return bound(f"SELECT city FROM usersession WHERE {text}").where


def test_fields_know_their_place() -> None:
    query = bound("SELECT city, useraction.name, matchingConversionGoals FROM usersession")
    assert isinstance(query, RowQuery)
    fields = [c.expression for c in query.columns]
    assert [f.multi for f in fields if isinstance(f, FieldRef)] == [False, True, True]
    assert [f.table for f in fields if isinstance(f, FieldRef)] == [
        "usersession",
        "useraction",
        "usersession",
    ]


def test_negated_forms_are_negations_of_the_positive_one() -> None:
    for text in (
        "city != 'a'",
        "city <> 'a'",
        "city IS NOT 'a'",
        "city NOT 'a'",
        "city NOT IS 'a'",
        "NOT city = 'a'",
        "city NOT IN ('a')",
    ):
        found = condition(text)
        assert isinstance(found, Negation), text
        assert isinstance(found.part, Quantified)
        assert found.part.predicate == OneOf(("a",))


def test_null_tests_are_of_presence() -> None:
    present = condition("city IS NOT NULL")
    assert isinstance(present, Quantified)
    assert present.predicate == Present()
    assert condition("city IS NULL") == Negation(present)
    assert condition("NOT city = NULL") == Negation(Negation(present))


@pytest.mark.parametrize(
    ("text", "predicate"),
    [
        ("duration > 5", Range(6, None)),
        ("duration >= 5.5", Range(6, None)),
        ("duration < 5", Range(None, 4)),
        ("duration <= 4.5", Range(None, 4)),
        ("duration BETWEEN '1' AND 2.9", Range(1, 2)),
        ("duration < 99999999999999999999", Range(None, None)),
        ("duration IN (1, 1.5, 2)", OneOf((1, 2))),
        ("doubleProperties.x > 0.1", Range(0.1, None, False, True)),
        ("bounce = 'TRUE'", OneOf((True,))),
        ("ip = '::ffff:1.2.3.4'", OneOf(((0, 0x01020304),))),
        ("startTime = '1970-01-01T00:00:01Z'", OneOf((1000,))),
        ("startTime >= $NOW - DURATION('1d')", Range(CLOCK.now - 86_400_000, None)),
        ("browserMajorVersion = 131", OneOf(("131",))),
    ],
)
def test_values_take_the_fields_type(text: str, predicate: object) -> None:
    found = condition(text)
    assert isinstance(found, Quantified)
    assert found.predicate == predicate


def test_keys_and_metrics() -> None:
    query = bound("SELECT TOP(city, 3), COUNT(*), country FROM usersession GROUP BY city")
    assert isinstance(query, GroupQuery)
    assert query.keys[0].top == 3
    assert [type(c.expression) for c in query.columns] == [KeyRef, Metric, TopList]


def test_a_plain_field_in_groups_lists_at_most_50_values() -> None:
    query = bound("SELECT city, KEYS(stringProperties) FROM usersession GROUP BY country")
    assert isinstance(query, GroupQuery)
    lists = [c.expression for c in query.columns]
    assert [one.count for one in lists if isinstance(one, TopList)] == [50, 50]


def test_a_key_twice_is_one_key() -> None:
    query = bound(
        "SELECT DISTINCT city, COUNT(*) FROM usersession GROUP BY city, TOP(city, 5), CITY"
    )
    assert isinstance(query, GroupQuery)
    assert [
        (k.expression.name, k.top) for k in query.keys if isinstance(k.expression, FieldRef)
    ] == [("city", 5)]


def test_properties_have_the_type_of_their_list() -> None:
    query = bound("SELECT longProperties.a, useraction.dateProperties.b FROM usersession")
    assert isinstance(query, RowQuery)
    assert [c.expression.type for c in query.columns if isinstance(c.expression, FieldRef)] == [
        FieldType.LONG,
        FieldType.TIMESTAMP,
    ]


def test_conjunctions_keep_their_parts() -> None:
    found = condition("city = 'a' AND (country = 'b' AND bounce = true)")
    assert isinstance(found, AllOf)
    assert isinstance(found.parts[1], AllOf)


def test_profiles() -> None:
    assert profile_named("dynatrace") is DYNATRACE
    assert profile_named("offline") is OFFLINE
    with pytest.raises(ValueError, match="dynatrace, offline"):
        profile_named("vendor")


def test_default_limits() -> None:
    query = analyze(
        parse("SELECT city FROM usersession"), default_catalog(), DYNATRACE, CLOCK
    ).bound
    assert isinstance(query, RowQuery)
    assert (query.limit, query.limit_is_default) == (50, True)
    free = bound("SELECT city FROM usersession")
    assert isinstance(free, RowQuery)
    assert free.limit is None


def test_check_needs_no_data_and_judges_every_query_of_a_text() -> None:
    found = usql.check("SELECT cty FROM usersession;\nSELECT name FROM usersesion")
    assert [d.name for d in found if d.is_error] == ["unknown-field", "unknown-table"]


def test_problems_are_found_in_every_part() -> None:
    text = (
        "SELECT a1, SUM(city), TOP(b1) FROM usersession WHERE c1 = 1 OR duration > 'x' GROUP BY d1 ORDER BY e1 LIMIT 7000"
    )  # fmt: skip
    names = [d.name for d in usql.check(text) if d.is_error]
    assert names == ["unknown-field", "metric-type", "unknown-field", "unknown-field", "value-type", "unknown-field",
                     "unknown-field", "limit-too-large"]  # fmt: skip


def test_crowded_groups_are_approximate_at_the_vendor() -> None:
    ordered = (
        "SELECT city, AVG(duration) FROM usersession GROUP BY city ORDER BY AVG(duration) DESC"
    )
    assert "vendor-approximate" in [d.name for d in usql.check(ordered)]
    assert "vendor-approximate" in [
        d.name
        for d in usql.check("SELECT TOP(city, 2000), COUNT(*) FROM usersession GROUP BY city")
    ]
    assert usql.check("SELECT city, COUNT(*) FROM usersession GROUP BY city") == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ${f}, AVG(${f}), TOP(${f}, ${n}) FROM usersession GROUP BY ${f} ORDER BY ${f}",
        "SELECT city FROM usersession WHERE ${f} = 'x' AND duration > ${n} AND bounce = '${b}' AND ip = '{{ip}}'",
        "SELECT city FROM usersession WHERE startTime BETWEEN '${a}' AND $NOW - DURATION('${d}') OR duration = '${n}'",
        "SELECT city FROM usersession WHERE city IN (${list}) AND NOT ${c} AND (city LIKE '*${x}*')",
        "SELECT DATETIME(startTime, '{{fmt}}', '${i}'), PERCENTILE(duration, ${p}) FROM usersession",
        "SELECT FUNNEL(${a} AS x, city STARTSWITH '${b}') FROM usersession WHERE city = 'x' ${more}",
        "SELECT CONDITION(${m}, WHERE ${c}) FROM usersession",
    ],
)
def test_placeholders_may_stand_for_anything(text: str) -> None:
    found = usql.check(text)
    assert {d.name for d in found} <= {"placeholder", "ungrouped-field"}, found
    assert sum(d.name == "placeholder" for d in found) == text.count("${") + text.count("{{")


def test_a_repaired_text_is_refused_all_the_same() -> None:
    found = analyze(
        parse("SELECT city FROM usersession WHERE city == 'a'"), default_catalog(), OFFLINE, CLOCK
    )
    assert found.bound is None
    assert [d.name for d in found.diagnostics] == ["double-equals"]


def test_at_one_place_errors_come_first() -> None:
    found = analyze(
        parse("SELECT name FROM useraction WHERE errorCount AND city = 'a'"),
        default_catalog(), OFFLINE, CLOCK,
    )  # fmt: skip
    assert [(d.name, d.is_error) for d in found.diagnostics] == [
        ("condition-needs-field", True),
        ("deprecated-field", False),
        ("unqualified-field", False),
    ]


def test_notes_say_once_how_names_were_read() -> None:
    found = analyze(
        parse("SELECT name FROM usersession WHERE name = 'a'"), default_catalog(), OFFLINE, CLOCK
    )
    assert found.notes == ("name was read as useraction.name.",)
