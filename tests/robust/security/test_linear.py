"""Time grows with the length of what is given, and not with a power of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

import pytest

import usql
from tests.robust.security.texts import LONG
from tests.sampling import IS_LONG
from tests.timing import grows_at_most
from usql.cli import reports
from usql.editor.formatting import format_text
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Span, diagnostic, replace
from usql.language.holes import fill
from usql.language.literals.like import parse_like
from usql.language.parser import parse_script

Given = TypeVar("Given")


def is_linear(
    made: Callable[[int], Given], work: Callable[[Given], object], size: int, most: float = 3.0
) -> bool:
    """Whether the work on what is made twice as large takes less than ``most`` times as long."""
    short, long = made(size), made(2 * size)
    return grows_at_most(most, lambda: work(short), lambda: work(long))


@pytest.mark.parametrize("name", LONG if IS_LONG else list(LONG)[1::3])
def test_judging_a_query(name: str) -> None:
    """As the shell, editors and ``usql check`` do, rules and corrections included."""
    assert is_linear(LONG[name], validate, 2_000)


@pytest.mark.long
@pytest.mark.parametrize("name", LONG if IS_LONG else list(LONG)[::3])
def test_judging_a_query_of_100_kilobytes(name: str) -> None:
    assert is_linear(LONG[name], usql.check, 50_000)


@pytest.mark.long
@pytest.mark.parametrize("name", ["or", "in texts", "open brackets", "signs", "quotes", "pattern"])
def test_a_megabyte_is_read(name: str) -> None:
    """Every text has an answer, and no recursion ends it."""
    text = LONG[name](1_000_000)
    assert isinstance(usql.check(text), list)


@pytest.mark.parametrize("form", reports.FORMS)
@pytest.mark.parametrize("between", ["", "\n"])
def test_reporting_many_problems(form: str, between: str) -> None:
    """A report takes time in proportion to its problems, also where they all stand in one line."""

    def judged(problems: int) -> list[reports.Judged]:
        text = ("SELECT cty " + between) * problems
        span = [
            Span(i * (11 + len(between)) + 7, i * (11 + len(between)) + 10) for i in range(problems)
        ]
        found = [diagnostic("unknown-field", "No.", s, [replace("x", s, "y")]) for s in span]
        return [reports.Judged("a.usql", text, found)]

    assert is_linear(judged, lambda given: deque(reports.FORMS[form](given), 0), 1_500)


@pytest.mark.parametrize("name", ["or", "columns", "in texts", "comments"])
def test_formatting_a_query(name: str) -> None:
    assert all(not one.diagnostics for one in parse_script(LONG[name](500)))
    assert is_linear(LONG[name], format_text, 5_000)


def test_placeholders() -> None:
    assert is_linear(LONG["placeholders"], lambda text: fill(text, {"x": "bounce"}), 100_000)


def test_running_a_long_query() -> None:
    sessions = usql.sample(sessions=20)
    cities = [row[0] for row in sessions.query("SELECT DISTINCT city FROM usersession").rows()]
    listed = ", ".join(f"'{i}'" for i in range(5_000))
    query = f"SELECT COUNT(*) FROM usersession WHERE city IN ('{cities[0]}', {listed})"
    alone = f"SELECT COUNT(*) FROM usersession WHERE city = '{cities[0]}'"
    assert sessions.query(query).rows() == sessions.query(alone).rows()
    ored = " OR ".join(f"city = '{i}'" for i in range(1000))
    query = f"SELECT COUNT(*) FROM usersession WHERE city = '{cities[0]}' OR {ored}"
    assert sessions.query(query).rows() == sessions.query(alone).rows()


# --- patterns ---------------------------------------------------------------------------------------

PATTERNS = {
    "many parts": "*a" * 60 + "*b",
    "single characters": "*" + "a?" * 40 + "b*",
    "prefixes": "a*" * 60 + "b",
    "nothing fits": "*" + "ab" * 30 + "c*" + "ab" * 30 + "d",
    "longer than a regular expression may be": "*a?" * 700 + "b",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_on_a_long_text(name: str) -> None:
    matches = parse_like(PATTERNS[name]).matcher()
    assert is_linear(lambda size: "ab" * size, matches, 30_000)
    assert is_linear(lambda size: "a" * size, matches, 60_000)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_in_a_query(name: str) -> None:
    """Over the values of a column, by whatever way the engine takes."""

    numbers = iter(range(1000))

    def ask(data: usql.Sessions) -> object:
        # Another pattern each time: what a pattern fits is kept.
        pattern = f"{PATTERNS[name]}{next(numbers)}"
        text = f"SELECT COUNT(*) FROM usersession WHERE city LIKE '{pattern}'"
        return data.query(text, profile="offline").rows()

    def made(size: int) -> usql.Sessions:
        return usql.open([{"city": "ab" * size}, {"city": "a" * size}], index_memory=0, threads=1)

    assert is_linear(made, ask, 30_000)


def test_reading_a_pattern() -> None:
    for part in ("*", "?", "*a", "\\*", "\\", "%?"):
        assert is_linear(part.__mul__, parse_like, 20_000)
