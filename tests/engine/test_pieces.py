"""Whole queries in small pieces and on several threads give the answers that one piece gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.test_reference as whole
import usql
from tests.compare import equal, parsed_json
from tests.engine import pieces as small
from tests.engine.asked import FRAMES, QUERIES
from tests.engine.made import mixed
from tests.engine.pieces import CASES
from tests.reference import evaluate
from tests.strategies import BASE, OFFSETS, queries, sessions
from usql.language.parser import parse

OPTIONS: dict[str, Any] = {"now": BASE, "profile": "offline"}


@dataclass(frozen=True)
class Way:
    """How a store is opened and its queries are run; every query is asked ``times`` times."""

    threads: int
    rows: int
    constants: Mapping[str, Any]
    index_memory: int | None = 0
    times: int = 1


ROW_BY_ROW = {**small.BY_NUMBER, **small.SELECTED, **small.ZONES}
IN_RANGES = {**small.BY_RANGE, **small.SORTED, **small.FLAGS_APART, **small.ZONES}
WAYS = {
    "one thread, row by row": Way(1, 400, ROW_BY_ROW),
    "two threads": Way(2, 3000, {**small.SELECTED, **small.TEXTS_APART, **small.LANES}),
    "seven threads": Way(7, 150, IN_RANGES),
    "keys sorted": Way(2, 1000, {**small.FACTORIZED, **small.SELECTED, **small.FORGETFUL}),
    "few codes": Way(3, 700, {**small.FEW_NUMBERS, **small.BY_NUMBER, **small.SELECTED}),
    "indexes": Way(1, 10_000, small.INDEXED, None, 2),
    "indexes in pieces": Way(2, 500, {**small.INDEXED, **ROW_BY_ROW, **small.LANES}, None, 2),
    "indexes that leave": Way(2, 1500, {**small.INDEXED, **IN_RANGES}, 5000, 2),
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
    data = usql.open(mixed(400, 3), threads=1, index_memory=0)
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
    data = usql.open(mixed(400, 3), threads=chosen.threads, index_memory=chosen.index_memory)
    with small.pieces(chosen.rows, chosen.constants):
        assert not wrong_answers(data, expected, chosen.times)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_reference_gives_the_same_answers(threads: int) -> None:
    objects = mixed(60, 5)
    data = usql.open(objects, threads=threads)
    wrong = []
    with small.pieces(100, small.SELECTED):
        for number, text in enumerate(QUERIES):
            query = parse(text).query
            assert query is not None
            start, end = FRAMES[number % len(FRAMES)]
            rows = evaluate(query, objects, start=start, end=end, **OPTIONS).rows
            if not equal(answer(data, text, number), rows):
                wrong.append(text)
    assert not wrong


CONSTANTS = st.fixed_dictionaries(
    {
        "conditions.FEW": st.sampled_from([0, 2, 1 << 62]),
        "statistics.BLOCK": st.sampled_from([1, 2, 5]),
        "quantiles._FEWEST_VALUES": st.sampled_from([1, 1, 1 << 62]),
        "quantiles._MOST_BUCKETS": st.sampled_from([16, 1 << 12]),
        "distinct._MOST_FLAGS": st.sampled_from([0, 1 << 62]),
        "groups._MOST_CELLS": st.sampled_from([1, 1 << 24, 1 << 24]),
        "accumulate._MOST_FLAGGED": st.sampled_from([1, 1 << 16]),
        "codes._MOST_NUMBERS": st.sampled_from([2, 1 << 16]),
        "codes._MOST_BINS": st.sampled_from([2, 1 << 20]),
        "factorized.MORSEL": st.sampled_from([1, 3]),
        "run._MANY_TEXTS": st.just(1),
        "run._MANY_ROWS": st.just(1),
        "indexes.FEWEST_ROWS": st.sampled_from([1, 1 << 62]),
        "indexed._STEP": st.sampled_from([1, 3]),
        "accumulate.lane_bits": st.sampled_from([0, 2, 3]).map(lambda b: lambda cells, rows: b),
    }
)


@settings(
    max_examples=CASES, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    data=sessions(),
    text=queries(),
    offset=st.sampled_from(OFFSETS),
    frame=st.sampled_from(
        [(None, None), (None, None), (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1)]
    ),
    rows=st.integers(1, 3),
    threads=st.sampled_from([1, 2, 2]),
    constants=CONSTANTS,
)
def test_the_reference_agrees_with_pieces(
    data: list[dict[str, Any]],
    text: str,
    offset: int,
    frame: tuple[int | None, int | None],
    rows: int,
    threads: int,
    constants: Mapping[str, Any],
) -> None:
    agree: Any = whole.test_engine_and_reference_agree
    with pytest.MonkeyPatch.context() as patch, small.pieces(rows, constants):
        patch.setenv("USQL_THREADS", str(threads))
        agree.hypothesis.inner_test(data, text, offset, frame)
