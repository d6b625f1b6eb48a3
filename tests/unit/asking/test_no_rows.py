"""Queries that find nothing say which test finds nothing by itself."""

from __future__ import annotations

from typing import Any

import pytest

import usql
from usql.asking import no_rows
from usql.engine import Engine

START = 1_700_000_000_000


@pytest.fixture(scope="module")
def data() -> usql.Sessions:
    return usql.open(
        [
            {
                "userSessionId": f"s{number}",
                "startTime": START + number,
                "endTime": START + number,
                "city": ("Linz", "Wien")[number % 2],
                "duration": number,
                "bounce": number == 9,
                "userActions": [{"name": f"a{number % 2}"}],
            }
            for number in range(10)
        ]
    )


def told(data: usql.Sessions, text: str, **options: Any) -> tuple[str, ...]:
    return data.query(text, **options).explanations


ROWS = "SELECT userSessionId FROM usersession WHERE "
TOGETHER = "Each test alone finds rows, but no row matches all of them."


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("city = 'Lnz'", "No row matches `city = 'Lnz'`."),
        ("city = 'Lnz' AND duration > 3", "`city = 'Lnz'` alone finds no rows."),
        (
            "(duration > 3 AND (city = 'Lnz' AND bounce = TRUE))",
            "`city = 'Lnz'` alone finds no rows.",
        ),
        (
            "city = 'Lnz' AND duration > 3 AND country = 'x'",
            "`city = 'Lnz'` and `country = 'x'` each find no rows alone.",
        ),
        (
            "city = 'a' AND country = 'b' AND duration\n >   99",
            "`city = 'a'`, `country = 'b'` and `duration > 99` each find no rows alone.",
        ),
        ("city = 'Linz' AND bounce = TRUE", TOGETHER),
        (
            "NOT (city = 'Linz' OR city = 'Wien')",
            "No row matches `NOT (city = 'Linz' OR city = 'Wien')`.",
        ),
        (
            "useraction.name = 'a7' AND city = 'Linz'",
            "`useraction.name = 'a7'` alone finds no rows.",
        ),
        ("useraction.name = 'a1' AND city = 'Linz'", TOGETHER),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        ROWS + "{} LIMIT 9",
        ROWS + "{} ORDER BY duration",
        "SELECT COUNT(*) FROM usersession WHERE {}",
        "SELECT AVG(duration), SUM(duration), MAX(startTime) FROM usersession WHERE {}",
        "SELECT city, COUNT(*) FROM usersession WHERE {} GROUP BY city",
        "SELECT DISTINCT city FROM usersession WHERE {}",
        "SELECT TOP(city, 3), COUNT(DISTINCT city) FROM usersession WHERE {}",
        "SELECT FUNNEL(duration >= 0, bounce = TRUE) FROM usersession WHERE {}",
    ],
)
def test_which_test_finds_nothing(
    data: usql.Sessions, form: str, where: str, sentence: str
) -> None:
    if "FUNNEL" in form:  # whose first step is one test more
        where = f"({where})"
        sentence = sentence.replace("No row matches ", "").replace("`.", "` alone finds no rows.")
    assert told(data, form.format(where)) == (sentence,)


def test_rows_of_another_table(data: usql.Sessions) -> None:
    text = "SELECT name FROM useraction WHERE name = 'a1' AND usersession.city = 'Linz'"
    assert told(data, text) == (TOGETHER,)
    text = "SELECT COUNT(*) FROM useraction WHERE name = 'b' AND usersession.city = 'Linz'"
    assert told(data, text) == ("`name = 'b'` alone finds no rows.",)


def test_the_first_step_of_a_funnel(data: usql.Sessions) -> None:
    text = "SELECT FUNNEL(city = 'Lnz', duration > 0) FROM usersession"
    assert told(data, text) == ("No row matches `city = 'Lnz'`.",)
    text = "SELECT FUNNEL(city = 'Linz', city = 'Lnz') FROM usersession"
    assert told(data, text) == ()


def test_groups_that_a_filter_leaves_out(data: usql.Sessions) -> None:
    sentence = "Rows match, but no group meets every FILTER."
    text = "SELECT city, COUNT(*) FILTER > 50 FROM usersession WHERE duration >= 0 GROUP BY city"
    assert told(data, text) == (sentence,)
    assert told(data, text.replace(" WHERE duration >= 0", "")) == (sentence,)
    assert told(data, text.replace(">= 0", "> 99")) == ("No row matches `duration > 99`.",)


def test_the_timeframe_counts(data: usql.Sessions) -> None:
    late = {"start": START + 5}
    text = ROWS + "duration < 5 AND city = 'Linz'"
    assert told(data, text, **late) == ("`duration < 5` alone finds no rows in the timeframe.",)
    assert told(data, text, end=START) == ("There are no rows in the timeframe.",)
    text = ROWS + "city = 'Linz' AND bounce = TRUE"
    assert told(data, text, **late) == (
        "Each test alone finds rows in the timeframe, but no row matches all of them.",
    )


@pytest.mark.parametrize(
    "text",
    [
        ROWS + "city = 'Lnz' LIMIT 0",
        "SELECT city, COUNT(*) FROM usersession WHERE city = 'Lnz' GROUP BY city LIMIT 0",
        "SELECT name FROM usererror WHERE name = 'x'",  # a table without rows
        "SELECT COUNT(*) FROM usererror",
        "SELECT SUM(duration) FROM usersession WHERE duration = 0",
        "SELECT COUNT(country) FROM usersession WHERE duration > 0",
        "SELECT CONDITION(COUNT(*), WHERE city = 'Lnz') FROM usersession",
        "SELECT COUNT(country) FROM usersession",
    ],
)
def test_nothing_is_said_of_other_queries(data: usql.Sessions, text: str) -> None:
    assert told(data, text) == ()


def test_no_sessions_at_all() -> None:
    assert told(usql.open([]), ROWS + "city = 'Lnz'") == ()


def test_it_is_looked_for_only_where_nothing_is_found(
    data: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []
    once = Engine.run

    def counted(*arguments: Any, **options: Any) -> Any:
        runs.append(arguments)
        return once(*arguments, **options)

    monkeypatch.setattr(Engine, "run", counted)
    data.query(ROWS + "city = 'Linz'")
    data.query("SELECT city, SUM(duration) FROM usersession WHERE duration = 0 GROUP BY city")
    assert len(runs) == 2
    runs.clear()
    data.query(ROWS + "city = 'Lnz' AND duration > 0")
    assert len(runs) == 1 + 2 + 2  # all rows, all tests, and each alone


def test_it_ends_with_the_querys_timeout(
    data: usql.Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is there, so it is given without the explanation."""
    limits: list[float] = []
    once = Engine.run

    def late(self: Engine, prepared: Any, timeout: float, *more: Any) -> Any:
        limits.append(timeout)
        return once(self, prepared, timeout if len(limits) == 1 else 0.0, *more)

    monkeypatch.setattr(Engine, "run", late)
    result = data.query(ROWS + "city = 'Lnz'", timeout=60)
    assert (result.rows(), result.explanations) == ([], ())
    assert 60 > limits[0] > limits[1] > 50


def test_very_many_tests_are_not_tried(data: usql.Sessions) -> None:
    many = " AND ".join(f"duration != {number}" for number in range(100, 100 + no_rows._MOST_TESTS))
    assert told(data, ROWS + f"{many} AND city = 'Lnz'") == ()
    fewer = many.partition(" AND ")[2]
    assert told(data, ROWS + f"{fewer} AND city = 'Lnz'") == (
        "`city = 'Lnz'` alone finds no rows.",
    )
