"""Plans, their rules and EXPLAIN."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from usql.analysis import Clock, analyze
from usql.analysis.bound import AllOf, AnyOf, Negation, Timeframe
from usql.analysis.profile import OFFLINE
from usql.catalog import default_catalog
from usql.language.parser import parse
from usql.planner import Plan, plan_of, plan_text
from usql.planner.cheapest_first import order_tests
from usql.planner.keys import KeyOrder
from usql.planner.plan import Filter, Group, Limit, Scan, Sort, TopRows
from usql.planner.rewrite import rewrite, walk
from usql.planner.simplify import simplify_condition
from usql.planner.top_rows import take_top_rows


def planned(text: str) -> Plan:
    bound = analyze(parse(text), default_catalog(), OFFLINE, Clock(0, 0, 1)).bound
    assert bound is not None
    return plan_of(bound)


def kinds(text: str) -> list[str]:
    return [type(node).__name__ for node in walk(planned(text))]


def test_shapes() -> None:
    assert kinds("SELECT city FROM usersession") == ["Project", "Scan"]
    assert kinds("SELECT city FROM usersession WHERE city = 'a' LIMIT 5") == [
        "Project",
        "Limit",
        "Filter",
        "Scan",
    ]
    assert kinds("SELECT city FROM usersession ORDER BY city") == ["Project", "Sort", "Scan"]
    assert kinds("SELECT city FROM usersession ORDER BY city LIMIT 5") == [
        "Project",
        "TopRows",
        "Scan",
    ]
    assert kinds("SELECT COUNT(*) FILTER > 1 FROM usersession GROUP BY city LIMIT 5") == [
        "Project", "Limit", "Sort", "GroupSelect", "Group", "Scan",
    ]  # fmt: skip
    assert kinds("SELECT FUNNEL(city = 'a') FROM usersession WHERE city != 'b'") == [
        "Funnel",
        "Filter",
        "Scan",
    ]


def where(text: str) -> object:
    filters = [
        n
        for n in walk(planned(f"SELECT city FROM usersession WHERE {text}"))
        if isinstance(n, Filter)
    ]
    return filters[0].condition if filters else None


def test_simplify() -> None:
    single = where("city = 'a'")
    assert where("NOT NOT city = 'a'") == single
    assert where("city = 'a' AND city = 'a'") == single
    assert where("city = 'a' AND (bounce = true AND hasError = true)") == where(
        "city = 'a' AND bounce = true AND hasError = true"
    )
    assert where("duration = 0.5 OR city = 'a'") == single
    assert where("NOT duration = 0.5") is None
    assert where("duration = 0.5 AND city = 'a'") == AnyOf(())
    assert simplify_condition(Negation(AllOf(()))) == AnyOf(())


def test_cheapest_first() -> None:
    from usql.planner.describe import condition_text

    found = where(
        "useraction.name LIKE '*x*' AND useraction.name = 'a' AND city LIKE '*x*' AND city = 'a'"
    )
    assert condition_text(found) == (  # type: ignore[arg-type]
        'usersession.city = "a" and usersession.city like "*x*" and some useraction.name = "a" and some useraction.name like "*x*"'
    )


def test_rules_change_nothing_else() -> None:
    plain = planned("SELECT city FROM usersession WHERE city = 'a'")
    assert take_top_rows(plain) == plain
    assert order_tests(plain) == plain
    scan = Scan("usersession", plan_timeframe())
    assert take_top_rows(Limit(Sort(scan, ()), 3, False)) == TopRows(scan, (), 3, False)


def plan_timeframe() -> Timeframe:

    return Timeframe()


def test_explain_is_a_tree() -> None:
    text = (
        "SELECT country, COUNT(*) AS n, PERCENTILE(useraction.duration, 90) FROM usersession WHERE ip BETWEEN '1.0.0.0' AND '1.0.0.9' "
        "AND NOT useraction.name IN ('a', 'b') GROUP BY TOP(country, 5) ORDER BY n DESC LIMIT 3"
    )  # fmt: skip
    assert plan_text(planned(text)).splitlines() == [
        "Project",
        "   columns: country = usersession.country, n = count(*), percentile(useraction.duration,90) = percentile(useraction.duration, 90.0)",
        "   └─ Limit",
        "         count: 3",
        "      └─ Sort",
        "            by: count(*) descending",
        "         └─ Group",
        "               keys: top 5 of usersession.country",
        "            └─ Filter",
        '                  condition: usersession.ip >= 1.0.0.0 and <= 1.0.0.9 and not (some useraction.name in ("a", "b"))',
        "               └─ Scan",
        "                     table: usersession",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT YEAR(startTime), DATETIME(startTime), KEYS(stringProperties), JSON, duration / 2, -1 FROM usersession ORDER BY city DESC",
        "SELECT city, CONDITION(SUM(duration), WHERE bounce = true) FILTER > 1, COUNT(DISTINCT ip), DAY(startTime) FROM usersession "
        "WHERE city STARTSWITH 'a' OR doubleProperties.x > 1.5 OR city IS NULL GROUP BY country ORDER BY continent",
    ],
)
def test_everything_has_words(text: str) -> None:
    sessions = usql.sample(sessions=10)
    shown = sessions.explain(text, start="2026-03-02", profile="offline")
    assert "from: 1772409600000" in shown
    assert "object at" not in shown


def test_a_rewrite_copies_only_what_changes() -> None:
    found = planned("SELECT city FROM usersession WHERE bounce = true LIMIT 5")
    assert rewrite(found, lambda node: node) is found
    other = rewrite(found, lambda node: node.input if isinstance(node, Filter) else node)
    assert [type(node).__name__ for node in walk(other)] == ["Project", "Limit", "Scan"]


@pytest.mark.parametrize(
    ("rest", "by"),
    [
        ("", "one group"),
        (" GROUP BY city", "frequency of usersession.city"),
        (
            " GROUP BY city, DATETIME(startTime), HOUR(startTime)",
            "frequency of usersession.city, time of datetime(usersession.startTime), "
            "value of hour(usersession.startTime)",
        ),
        (" GROUP BY city ORDER BY COUNT(*) DESC", "count(*) descending"),
    ],
)
def test_the_default_order_is_told(rest: str, by: str) -> None:
    columns = (
        "COUNT(*)"
        if not rest
        else rest.removeprefix(" GROUP BY ").partition(" ORDER")[0] + ", COUNT(*)"
    )
    found = planned(f"SELECT {columns} FROM usersession{rest}")
    (sort,) = [node for node in walk(found) if isinstance(node, Sort)]
    assert sort.parameters()["by"] == by


def test_keys_carry_what_the_language_decides() -> None:
    found = planned(
        "SELECT KEYS(stringProperties), TOP(city, 3), COUNT(*) FROM usersession GROUP BY KEYS(stringProperties), TOP(city, 3)"
    )
    (group,) = [node for node in walk(found) if isinstance(node, Group)]
    assert [key.has_null_group for key in group.keys] == [False, True]
    assert [key.top for key in group.keys] == [None, 3]
    assert [key.order for key in group.keys] == [KeyOrder.FREQUENCY] * 2


@pytest.mark.parametrize(
    ("order", "times"),
    [
        ("city, DATETIME(startTime)", []),
        ("DATETIME(startTime), city", [(1, {1})]),
        ("DATETIME(startTime)", [(1, {1})]),
        ("COUNT(*), city, DATETIME(startTime)", []),
    ],
)
def test_the_times_by_which_dates_order_groups(order: str, times: list[Any]) -> None:
    found = planned(
        f"SELECT city, DATETIME(startTime), COUNT(*) FROM usersession GROUP BY city, DATETIME(startTime) ORDER BY {order}"
    )
    (sort,) = [node for node in walk(found) if isinstance(node, Sort)]
    assert [(one.key, set(one.upto)) for one in sort.times] == times
