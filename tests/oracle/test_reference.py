"""The engine against the reference evaluator, on generated sessions and queries."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.oracle.agreement import Way, check, in_parts, in_states, whole
from tests.oracle.reference import expressions, groups
from tests.oracle.strategies import Case, cases, queries, strategy
from tests.sampling import case_count
from usql.language.formatter import format_query
from usql.language.functions import DATE_PARTS, FUNCTIONS
from usql.language.parser import parse

CASES = case_count(200, ci=400, long=2000)
CASES_IN_STATES = case_count(200, ci=2000, long=20_000)


def test_the_reference_knows_every_function() -> None:
    metrics = {f.name for f in FUNCTIONS.values() if f.is_metric}
    assert set(expressions.PARTS) == set(DATE_PARTS)
    assert set(expressions.METRICS) == metrics
    assert set(groups.OF_VALUES) == metrics - {"COUNT", "SUM", "CONDITION"}


@settings(max_examples=-(-CASES // 8), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), strategy(whole))
def test_engine_and_reference_agree(case: Case, way: Way) -> None:
    check(case, way)


@settings(max_examples=-(-CASES // 16), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), strategy(in_parts))
def test_sources_that_are_joined_answer_as_one(case: Case, way: Way) -> None:
    check(case, way)


@settings(
    max_examples=-(-CASES_IN_STATES // 8),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(cases(), strategy(in_states))
def test_parts_whose_states_are_merged_answer_as_one(case: Case, way: Way) -> None:
    check(case, way)


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(queries())
def test_formatting_keeps_the_query(text: str) -> None:
    query = parse(text).query
    assert query is not None
    made = format_query(query)
    again = parse(made).query
    assert again == query
    assert again is not None
    assert format_query(again) == made
