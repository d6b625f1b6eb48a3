"""Whole queries in small pieces and on several threads give the answers that one piece gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import usql
from tests.compare import equal, parsed_json
from tests.oracle.agreement import Way, check, in_pieces
from tests.oracle.reference import evaluate
from tests.oracle.reference.exports import Export
from tests.oracle.strategies import BASE, Case, cases, strategy
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import FRAMES, QUERIES
from tests.unit.engine.made import mixed, stored
from tests.unit.engine.pieces import CASES
from usql.engine.rows import predicates
from usql.language.parser import parse

OPTIONS: dict[str, Any] = {"now": BASE, "profile": "offline"}


ROW_BY_ROW = {**small.BY_NUMBER, **small.SELECTED, **small.ZONES}
IN_RANGES = {**small.BY_RANGE, **small.SORTED, **small.FLAGS_APART, **small.ZONES}
WAYS = {
    "one thread, row by row": Way(1, rows=400, sizes=ROW_BY_ROW),
    "two threads": Way(2, rows=3000, sizes={**small.SELECTED, **small.TEXTS_APART}),
    "seven threads": Way(7, rows=150, sizes=IN_RANGES),
    "keys sorted": Way(
        2, rows=1000, sizes={**small.FACTORIZED, **small.SELECTED, **small.FORGETFUL}
    ),
    "few codes": Way(3, rows=700, sizes={**small.FEW_NUMBERS, **small.BY_NUMBER, **small.SELECTED}),
    "indexes": Way(1, rows=10_000, sizes=small.INDEXED, index_memory=None, times=2),
    "indexes in pieces": Way(
        2,
        rows=500,
        sizes={**small.INDEXED, **ROW_BY_ROW},
        index_memory=None,
        times=2,
    ),
    "indexes that leave": Way(
        2, rows=1500, sizes={**small.INDEXED, **IN_RANGES}, index_memory=5000, times=2
    ),
}


def answer(data: usql.Sessions, text: str, number: int = 0) -> Any:
    start, end = FRAMES[number % len(FRAMES)]
    try:
        result = data.query(text, start=start, end=end, **OPTIONS)
    except usql.UsqlError as refused:
        return [d.name for d in refused.diagnostics if d.is_error]
    return parsed_json(result.rows(), result.columns)


def wrong_answers(data: usql.Sessions, expected: list[Any], times: int) -> set[str]:
    """The queries that some time give another answer."""
    asked = list(enumerate(zip(QUERIES, expected, strict=True))) * times
    return {text for number, (text, rows) in asked if not equal(answer(data, text, number), rows)}


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    """The answers of one thread that reads everything at once."""
    data = usql.Sessions(stored(400, 3), threads=1, index_memory=0)
    return [answer(data, text, number) for number, text in enumerate(QUERIES)]


def test_no_query_of_the_list_is_refused_and_few_are_empty(expected: list[Any]) -> None:
    refused = [
        q
        for q, rows in zip(QUERIES, expected, strict=True)
        if rows and not isinstance(rows[0], list)
    ]
    empty = [q for q, rows in zip(QUERIES, expected, strict=True) if not rows]
    assert not refused
    assert len(empty) < 6


@pytest.mark.parametrize("way", WAYS)
def test_pieces_give_the_answers_of_the_whole(way: str, expected: list[Any]) -> None:
    chosen = WAYS[way]
    data = usql.Sessions(stored(400, 3), threads=chosen.threads, index_memory=chosen.index_memory)
    assert chosen.rows is not None
    data = small.tuned(data, {**small.in_pieces(chosen.rows), **chosen.sizes})
    assert not wrong_answers(data, expected, chosen.times)


@pytest.fixture(scope="module")
def expected_of_few() -> list[Any]:
    """The reference's answers, of fewer sessions."""
    export = Export(mixed(60, 5))
    found = []
    for number, text in enumerate(QUERIES):
        query = parse(text).query
        assert query is not None
        start, end = FRAMES[number % len(FRAMES)]
        found.append(evaluate(query, export, start=start, end=end, **OPTIONS).rows)
    return found


@pytest.mark.parametrize("threads", [1, 2])
def test_the_reference_gives_the_same_answers(threads: int, expected_of_few: list[Any]) -> None:
    data = usql.open(mixed(60, 5), threads=threads)
    data = small.tuned(data, small.in_pieces(100) | small.SELECTED)
    assert not wrong_answers(data, expected_of_few, 1)


@settings(max_examples=-(-CASES // 8), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), strategy(in_pieces))
def test_the_reference_agrees_with_pieces(case: Case, way: Way) -> None:
    check(case, way)


@pytest.mark.parametrize("places", [[3], [-1], [0, 5]])
def test_a_place_outside_is_found(places: list[int]) -> None:
    with pytest.raises(IndexError):
        predicates.at(np.arange(3), np.array(places))
