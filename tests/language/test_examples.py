"""The documented examples: an export, queries over it and their right rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

import usql
from tests.compare import equal
from tests.oracle.reference import evaluate
from tests.places import CORPUS, DATA
from usql.language.parser import parse

EXAMPLES = json.loads((DATA / "examples.json").read_text())
LINES = (DATA / "sessions.ndjson").read_text().splitlines()


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.open(DATA / "sessions.ndjson")


@pytest.mark.parametrize("example", EXAMPLES["queries"], ids=lambda e: e["query"][:60])
def test_rows(sessions: usql.Sessions, example: dict[str, Any]) -> None:
    rows = sessions.query(example["query"]).rows()
    assert equal(rows, example["rows"]), rows


@pytest.mark.parametrize("example", EXAMPLES["queries"], ids=lambda e: e["query"][:60])
def test_the_reference_agrees(example: dict[str, Any]) -> None:
    query = parse(example["query"]).query
    assert query is not None
    rows = evaluate(query, [json.loads(line) for line in LINES]).rows
    assert equal(rows, example["rows"]), rows


@pytest.mark.parametrize("example", EXAMPLES["errors"], ids=lambda e: e["query"][:60])
def test_refusals(sessions: usql.Sessions, example: dict[str, Any]) -> None:
    with pytest.raises(usql.UsqlError) as caught:
        sessions.query(example["query"])
    assert example["error"] in [d.name for d in caught.value.diagnostics if d.is_error]
    assert example["error"] in [d.name for d in usql.check(example["query"])]


def _lines() -> list[str]:
    text = CORPUS.read_text()
    return [line for line in text.splitlines() if line.strip() and not line.startswith("--")]


@pytest.mark.parametrize("line", _lines(), ids=lambda q: q[:60])
def test_every_shape_of_query_binds(sessions: usql.Sessions, line: str) -> None:
    has_holes = line.startswith("? ")
    text = line.removeprefix("? ")
    found = usql.check(text)
    assert [d for d in found if d.is_error] == []
    assert has_holes == any(d.name == "placeholder" for d in found)
    if has_holes:
        with pytest.raises(usql.UsqlError, match="placeholder"):
            sessions.query(text)
    else:
        assert sessions.query(text).columns
