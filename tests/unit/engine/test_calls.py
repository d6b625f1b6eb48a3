"""How much Python a query runs whose plan is cached: on few sessions this takes longer than the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import usql
from tests.calls import each_call

SOURCE = str(Path(usql.__file__).parent)


@pytest.fixture(scope="module")
def data() -> usql.Sessions:
    return usql.sample(sessions=200)


def calls_of(run: Callable[[], Any]) -> int:
    """How many of the project's functions ``run`` calls. Comprehensions are not counted, which are calls in
    some versions of Python, nor functions that dataclasses generate."""
    calls = 0

    def note(code: CodeType) -> None:
        nonlocal calls
        is_named = not code.co_name.startswith("<") or code.co_name == "<lambda>"
        calls += is_named and code.co_filename.startswith(SOURCE)

    each_call(run, note)
    return calls


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city", 250),
        (
            'SELECT COUNT(*) FROM usersession WHERE useraction.name = "loading of page /shoes/new/welcome"',
            160,
        ),
        (
            "SELECT country, CONDITION(COUNT(*), WHERE userActionCount > 5), "
            "CONDITION(AVG(duration), WHERE bounce = false) FROM usersession GROUP BY country",
            361,
        ),
    ],
    ids=["keys", "test of children", "conditions of metrics"],
)
def test_what_a_plan_decides_is_not_decided_again(
    data: usql.Sessions, text: str, most: int
) -> None:
    """The bounds are a twentieth above what was counted. Another plan of equal parts comes first: then
    what is known about these is found by comparing them, as in a process that has answered others."""

    def ask() -> None:
        data.query(text, profile="offline")

    data.query(f"{text} ", profile="offline")
    first, again = calls_of(ask), calls_of(ask)
    assert again <= most < first
