"""Corrections of generated queries: a safe one keeps the rows, and what is said with placeholders
holds for all that may stand in their place."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings

import usql
from tests.oracle.strategies import Choices
from tests.oracle.strategies.data import some_sessions
from tests.oracle.strategies.doubtful import Doubtful, doubtful
from tests.sampling import case_count
from tests.unit.editor.broken_cases import CLOCK, files, read
from tests.unit.editor.test_any_text import QUERIES
from usql.editor.problems.fixes import settle
from usql.editor.problems.validation import validate
from usql.language.diagnostics import Diagnostic, apply_fix
from usql.language.holes import fill

CASES = case_count(60, long=600)
pytestmark = pytest.mark.filterwarnings("ignore::usql.LimitWarning")

PROFILES = ("dynatrace", "offline")
WAYS = 4
"""How often the placeholders of a query are filled."""

_CONSTANT = {"never-true", "always-true"}


@pytest.fixture(scope="module")
def data() -> usql.Sessions:
    draw = Choices(random.Random(7))
    return usql.open([session for _ in range(12) for session in some_sessions(draw)])


def judge(data: usql.Sessions, text: str, profile: usql.ProfileName) -> list[Diagnostic]:
    return validate(text, catalog=data.catalog, profile=profile, clock=CLOCK)


def rows(
    data: usql.Sessions, text: str, profile: usql.ProfileName, values: dict[str, str]
) -> object:
    try:
        return data.query(text, profile=profile, parameters=values, now=CLOCK.now).rows()
    except usql.UsqlError as error:
        return [d.name for d in error.diagnostics if d.is_error]


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=CASES, deadline=None)
@given(query=doubtful())
def test_safe_corrections_keep_the_rows(
    data: usql.Sessions, profile: usql.ProfileName, query: Doubtful
) -> None:
    """With every value of the placeholders that gives rows at all."""
    fixed, _ = settle(query.text, lambda text: judge(data, text, profile))
    for number in range(WAYS if fixed != query.text else 0):
        values = query.parameters(number)
        filled = fill(query.text, values).text
        if not any(d.is_error for d in judge(data, filled, profile)):
            expected = rows(data, query.text, profile, values)
            assert rows(data, fixed, profile, values) == expected, (query.text, fixed, values)


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=CASES, deadline=None)
@given(query=doubtful())
def test_what_is_said_holds_for_every_value(
    data: usql.Sessions, profile: usql.ProfileName, query: Doubtful
) -> None:
    said = {d.name for d in judge(data, query.text, profile)} - {"placeholder"}
    for number in range(WAYS if query.values else 0):
        filled = fill(query.text, query.parameters(number)).text
        found = judge(data, filled, profile)
        names = {d.name for d in found}
        if any(d.is_error for d in found):
            continue  # of a query with an error not everything is said
        if _CONSTANT & names or "$" in filled:
            names |= _CONSTANT  # one that is inside of another, now or at another time, hides it
        if "unfiltered-children" in names:
            names.add("vendor-approximate")  # a warning takes the place of an information
        assert said <= names, (query.text, query.parameters(number), said - names)


def check_corrections(data: usql.Sessions | None, text: str, profile: usql.ProfileName) -> None:
    """Every correction mends its problem, makes no error, and no condition that cannot hold."""

    def judged(text: str) -> list[Diagnostic]:
        catalog = None if data is None else data.catalog
        return validate(text, catalog=catalog, profile=profile, clock=CLOCK)

    found = judged(text)
    errors = sum(d.is_error for d in found)
    before = Counter(d.name for d in found)
    for problem in found:
        about = (problem.name, text[problem.span.start : problem.span.end])
        alike = Counter((d.name, text[d.span.start : d.span.end]) for d in found)[about]
        for fix in problem.fixes:
            made = apply_fix(text, fix)
            left = judged(made)
            said = Counter((d.name, made[d.span.start : d.span.end]) for d in left)
            assert said[about] < alike, (problem.name, text, made)
            unread = problem.name == "unterminated-string"  # there are words nobody had read
            assert sum(d.is_error for d in left) <= errors + unread, (problem.name, text, made)
            after = Counter(d.name for d in left)
            assert after["never-true"] <= before["never-true"], (problem.name, text, made)


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=CASES, deadline=None)
@given(query=doubtful())
def test_corrections_of_generated_queries(
    data: usql.Sessions, profile: usql.ProfileName, query: Doubtful
) -> None:
    check_corrections(data, query.text, profile)


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("profile", PROFILES)
def test_corrections_of_peoples_queries(text: str, profile: usql.ProfileName) -> None:
    check_corrections(None, text, profile)


def test_no_correction_of_a_broken_query_can_not_hold() -> None:
    for path in files():
        for case in read(path):
            before = Counter(d.name for d in case.judge())
            for problem in case.judge():
                for fix in problem.fixes:
                    left = case.judge(apply_fix(case.text, fix))
                    if before["syntax"] + before["unterminated-string"] == 0:
                        after = Counter(d.name for d in left)
                        assert after["never-true"] <= before["never-true"], (case.name, fix.title)
