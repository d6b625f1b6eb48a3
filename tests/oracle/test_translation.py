"""Generated questions three ways: the engine, which other tests hold against the reference
evaluator, here beside it, and DuckDB by way of SQL."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

import usql
from tests.compare import equal
from tests.language.translated import SOURCES, DuckDbWitness
from tests.oracle.agreement import Rows, engine, reference
from tests.oracle.reference.exports import Export
from tests.oracle.strategies import Case, Question, cases
from tests.sampling import case_count

CASES = case_count(60, long=1000)
"""Questions, of which a case has some ten."""


@settings(max_examples=-(-CASES // 10), deadline=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_engine_reference_and_duckdb_agree(case: Case) -> None:
    if case.repeated > 1:  # thousands of sessions, of which DuckDB knows nothing new
        return
    sessions, export = usql.open(case.sessions), Export(case.sessions)
    with tempfile.TemporaryDirectory() as folder:
        witness = DuckDbWitness(sessions, Path(folder))
        for question in case.questions:
            taken, rows = engine(sessions, question)
            assert equal(rows, reference(export, taken)), taken
            for layout in SOURCES:
                check(witness, taken, layout, rows)
        witness.close()


def check(witness: DuckDbWitness, question: Question, layout: str, rows: Rows) -> None:
    """DuckDB has the same rows, or fails where a SUM leaves 64 bits; what cannot be said is
    refused, and what SQL takes for granted is not asked."""
    found = witness.sessions.check(question.text, profile=question.profile)  # type: ignore[arg-type]
    if any(d.name == "property-case" for d in found):
        return
    try:
        if rows is None:
            with pytest.raises(duckdb.Error):
                witness.rows(question.text, layout, **question.options)
        else:
            wrong = witness.disagrees(question.text, layout, rows, **question.options)
            assert not wrong, f"{layout} {question}\n{wrong}"
    except usql.UsqlError as refused:
        names = {d.name for d in refused.diagnostics if d.is_error}
        assert names == {"untranslatable"}, question
