"""The engine against the reference evaluator, on generated sessions and queries."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import usql
from tests.compare import equal, parsed_json
from tests.reference import NotModelled, evaluate
from tests.strategies import BASE, OFFSETS, queries, sessions
from usql.language.formatter import format_query
from usql.language.parser import parse

CASES = int(os.environ.get("USQL_CASES") or (2000 if os.environ.get("CI") else 200))


@settings(
    max_examples=CASES, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)  # fmt: skip
@given(
    data=sessions(),
    text=queries(),
    offset=st.sampled_from(OFFSETS),
    frame=st.sampled_from(
        [(None, None), (None, None), (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1)]
    ),
)
def test_engine_and_reference_agree(
    data: list[dict[str, Any]], text: str, offset: int, frame: tuple[int | None, int | None]
) -> None:
    parsed = parse(text)
    assert parsed.query is not None
    assert not [d for d in parsed.diagnostics if d.is_error], text
    start, end = frame
    options: dict[str, Any] = {
        "start": start,
        "end": end,
        "now": BASE + 5000,
        "utc_offset": offset,
        "profile": "offline",
    }
    note(text)
    try:
        expected = evaluate(parsed.query, data, **options).rows
    except NotModelled as why:
        if str(why) != "overflow":
            raise
        expected = None
    try:
        result = usql.open(data).query(text, **options)
        rows: list[list[Any]] | None = parsed_json(result.rows(), result.columns)
    except usql.UsqlError as refused:
        if [d.name for d in refused.diagnostics if d.is_error] != ["sum-overflow"]:
            raise
        rows = None
    note(f"engine {rows}\nreference {expected}")
    assert equal(rows, expected)


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
