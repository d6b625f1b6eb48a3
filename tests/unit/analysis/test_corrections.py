"""What people read beside a correction: it says what to do."""

from __future__ import annotations

import pytest

import usql
from tests.unit.editor.broken_cases import files, read
from usql.language.diagnostics import Diagnostic

VERBS = {"write", "remove", "insert", "close", "open", "query", "group", "swap", "move", "keep"}


def problems() -> list[Diagnostic]:
    return [problem for path in files() for case in read(path) for problem in case.judge()]


def test_titles_begin_with_what_is_to_do() -> None:
    titles = [fix.title for problem in problems() for fix in problem.fixes]
    assert len(titles) >= 200
    assert {title.split()[0] for title in titles} == VERBS


def test_a_title_of_what_is_written_says_it() -> None:
    """The words behind "write" are the new text or what it is, so that a menu can be read."""
    for problem in problems():
        for fix in problem.fixes:
            if fix.title.startswith("write ") and len(fix.edits) == 1:
                said = fix.title.removeprefix("write ").removesuffix(" with a list")
                new = fix.edits[0].text.strip()
                assert new in said or said in new, fix.title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("SELECT city, COUNT(*) FROM usersession", "group by city"),
        ("SELECT city, COUNT(*) FROM usersession GROUP BY country", "group by city too"),
        ("SELECT COUNT(1) FROM usersession", "write COUNT(*)"),
        ("SELECT country FROM usersession GROUP BY country, COUNT(*)", "remove it"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert [fix.title for problem in usql.check(text) for fix in problem.fixes] == [title]


@pytest.mark.parametrize(
    "metric",
    [
        *(f"{name}(duration)" for name in ("COUNT", "SUM", "AVG", "MIN", "MAX", "MEDIAN")),
        "PERCENTILE(duration, 90)",
        "CONDITION(COUNT(*), WHERE city = 'Linz')",
    ],
)
def test_a_tested_metric_is_led_to_filter(metric: str) -> None:
    (problem,) = usql.check(f"SELECT city FROM usersession WHERE {metric} > 3")
    assert problem.name == "condition-needs-field"
    assert "FILTER" in problem.message


def test_another_function_is_not() -> None:
    (problem,) = usql.check("SELECT city FROM usersession WHERE YEAR(startTime) = 2026")
    assert "FILTER" not in problem.message


def test_near_names_are_sought_for_the_first_hundred_unknown_ones() -> None:
    """What a text that is no query costs has a bound."""
    names = [f"countr{number}" for number in range(103)]
    found = usql.check(f"SELECT {', '.join(names)} FROM usersession")
    assert [d.name for d in found] == ["unknown-field"] * 103
    assert [bool(d.fixes) for d in found] == [True] * 100 + [False] * 3
