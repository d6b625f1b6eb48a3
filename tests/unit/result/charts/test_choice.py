"""Which kind of chart is drawn of which result, and what is said of those that do not fit."""

from __future__ import annotations

import json

import pytest

import usql
from tests.unit.result.charts.drawn import DAYS, notes, over, spec_of, titles
from tests.unit.result.made import funnel, result
from usql.formats.kinds import KINDS
from usql.result import Result
from usql.result.charts.choice import kinds_of
from usql.result.charts.plot import plot_of
from usql.sessions import Sessions


@pytest.fixture(scope="module")
def sessions() -> Sessions:
    return usql.sample(sessions=200, seed=3)


ASKED = {
    "funnel": 'SELECT FUNNEL(useraction.name LIKE "*search*" AS "s", useraction.name LIKE "*cart*" AS "c") FROM usersession',
    "single-value": "SELECT COUNT(*), AVG(duration), MIN(startTime) FROM usersession",
    "line": "SELECT DATETIME(startTime, 'yyyy-MM-dd') AS d, userType, COUNT(*), AVG(duration) FROM usersession GROUP BY d, userType LIMIT 500",
    "stacked-bar": "SELECT country, userType, COUNT(*) FROM usersession GROUP BY country, userType LIMIT 500",
    "heat-map": "SELECT country, userType, AVG(duration) FROM usersession GROUP BY country, userType LIMIT 500",
    "bar": "SELECT country, COUNT(*), AVG(duration) FROM usersession GROUP BY country LIMIT 500",
    "histogram": "SELECT duration, userActionCount FROM usersession LIMIT 500",
}
"""A question whose answer each kind suits."""


def test_every_kind_has_a_question() -> None:
    assert list(ASKED) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_that_suits_a_result(sessions: Sessions, kind: str) -> None:
    found = sessions.query(ASKED[kind], profile="offline")
    assert found.chart().kind == kind
    assert spec_of(found) == spec_of(found, kind)
    json.dumps(found.chart().spec, allow_nan=False)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT HOUR(startTime) AS h, COUNT(*) FROM usersession GROUP BY h", "line"),
        ("SELECT startTime, duration FROM usersession LIMIT 9", "line"),
        ("SELECT MAX(duration) FROM usersession", "single-value"),
        ("SELECT city, duration FROM usersession LIMIT 9", "bar"),
        ("SELECT country, region, city, COUNT(*) FROM usersession GROUP BY country, region, city LIMIT 9", "bar"),
        ("SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city LIMIT 500", "heat-map"),
        ("SELECT country, userType, COUNT(DISTINCT userId) FROM usersession GROUP BY country, userType LIMIT 9", "heat-map"),
        ("SELECT country, userType, SUM(duration) FROM usersession GROUP BY country, userType LIMIT 9", "stacked-bar"),
    ],
)  # fmt: skip
def test_other_results(sessions: Sessions, query: str, kind: str) -> None:
    found = sessions.query(query)
    assert found.chart().kind == kind
    spec_of(found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_draws_every_result_that_it_fits_and_refuses_others(
    sessions: Sessions, kind: str
) -> None:
    outcomes = set()
    for query in ASKED.values():
        found = sessions.query(query, profile="offline")
        try:
            spec_of(found, kind)
            outcomes.add("drawn")
        except usql.UsqlError as error:
            (problem,) = error.diagnostics
            assert problem.name == "undrawable"
            assert f"A chart of kind {kind} needs {KINDS[kind].needs}" in problem.message
            assert found.chart().kind in problem.message
            outcomes.add("refused")
    assert outcomes == {"drawn", "refused"}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (result({"count": []}), "the result has no rows"),
        (result({"city": ["Linz"]}), "no column of numbers"),
        (result({"ms": [[1, 2]]}), "no column of numbers"),
        (result({"ms": [None, float("nan")]}), "no number in its columns"),
    ],
)
def test_what_can_not_be_drawn(made: Result, reason: str) -> None:
    with pytest.raises(usql.UsqlError, match=reason):
        made.chart()


@pytest.mark.parametrize(
    ("made", "kinds"),
    [
        (over(["2026-03-01"], DAYS, n=[1]), ["bar"]),
        (over(["2026-03-01"] * 2, DAYS, n=[1, 2], k=["a", "b"]), ["stacked-bar", "heat-map", "bar"]),
        (over(["2026-03-01", None], DAYS, n=[1, 2]), ["bar"]),
        (over(["2026-03-01", "2026-03-02"], DAYS, n=[1, 2]), ["line", "bar"]),
        (result({"ms": [3]}), ["single-value"]),
        (result({"ms": [3, 4]}), ["histogram"]),
    ],
)  # fmt: skip
def test_a_single_time_is_no_line_and_a_single_row_no_histogram(
    made: Result, kinds: list[str]
) -> None:
    assert kinds_of(plot_of(made)) == kinds
    assert made.chart().kind == kinds[0]


def test_a_kind_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="there is no kind 'pie'; the kinds are auto, funnel"):
        result({"n": [1]}).chart("pie")


def test_the_message_names_the_kinds_that_fit() -> None:
    hours = result({"country": ["Spain"], "n": [3]}, keys=["country"], text="SELECT 1")
    with pytest.raises(
        usql.UsqlError, match=r"USQL805.*needs several rows, not groups.*drawn as bar"
    ):
        hours.chart("histogram")


def test_the_default_limit_is_told(sessions: Sessions) -> None:
    with pytest.warns(usql.LimitWarning):
        found = sessions.query("SELECT duration FROM usersession")
    assert "The first 50 of 200 rows are shown" in notes(spec_of(found))


HOSTILE = '</script><img src=x onerror=alert(1)>\x1b[31m"\u202e'


def test_hostile_names_and_labels_are_plain_text() -> None:
    made = result({HOSTILE: [HOSTILE, "a.b[0]"], "n": [1, 2]}, keys=[HOSTILE])
    spec = spec_of(made)
    assert [row["c0"] for row in spec["data"]["values"]][1] == "a.b[0]"
    written = json.dumps(spec, ensure_ascii=False)
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert all(field.startswith("c") for row in spec["data"]["values"] for field in row)
    assert [step["c0"] for step in spec_of(funnel({HOSTILE: 2}))["data"]["values"]] != [HOSTILE]


def test_units_and_clocks_are_in_the_titles(sessions: Sessions) -> None:
    query = (
        "SELECT HOUR(startTime) AS h, AVG(duration), COUNT(duration) FROM usersession GROUP BY h"
    )
    found = sessions.query(query, utc_offset=-90)
    assert {"h in UTC-01:30", "avg(duration) in ms", "count(duration)"} <= set(
        titles(spec_of(found))
    )


@pytest.mark.parametrize(
    ("expression", "unit"),
    [
        ("duration", "ms"),
        ("SUM(duration)", "ms"),
        ("PERCENTILE(useraction.duration, 90)", "ms"),
        ("COUNT(duration)", None),
        ("COUNT(DISTINCT duration)", None),
        ("userActionCount", None),
        ("startTime", None),
        ("duration + duration", "ms"),
        ("duration / 1000", None),
        ("duration - userActionCount", None),
    ],
)
def test_the_units_of_columns(sessions: Sessions, expression: str, unit: str | None) -> None:
    found = sessions.query(f"SELECT {expression} FROM usersession LIMIT 1", profile="offline")
    assert found.schema[0].unit == unit


@pytest.mark.parametrize(
    ("metric", "is_additive"),
    [
        ("COUNT(*)", True),
        ("COUNT(city)", True),
        ("SUM(duration)", True),
        ("CONDITION(COUNT(*), WHERE bounce = TRUE)", True),
        ("COUNT(DISTINCT city)", False),
        ("AVG(duration)", False),
        ("MAX(duration)", False),
    ],
)
def test_which_metrics_add_up(sessions: Sessions, metric: str, is_additive: bool) -> None:
    assert sessions.query(f"SELECT {metric} FROM usersession").schema[0].is_additive == is_additive


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_that_fit_are_those_that_are_drawn(sessions: Sessions, kind: str) -> None:
    answer = sessions.query(ASKED[kind], profile="offline")
    fitting = kinds_of(plot_of(answer))
    assert kind in fitting
    for other in KINDS:
        if other in fitting:
            assert answer.chart(other).kind == other
        else:
            with pytest.raises(usql.UsqlError, match="undrawable"):
                answer.chart(other)
