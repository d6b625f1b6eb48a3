"""Rows of columns: taken by their numbers, and between two of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.strategies import sessions as generated
from tests.unit.engine.arrays.inputs import RUNS, runs_of
from tests.unit.store.same import assert_columns
from usql.store import load
from usql.store.views import between, expand_runs, take


@given(RUNS, st.data())
def test_expand_runs(runs: list[list[bool]], data: Any) -> None:
    rows = data.draw(st.lists(st.integers(0, len(runs) - 1), max_size=6)) if runs else []
    offsets = runs_of([len(run) for run in runs])
    entries, made = expand_runs(offsets, np.array(rows, dtype=np.int64))
    assert entries.tolist() == [i for r in rows for i in range(offsets[r], offsets[r + 1])]
    assert np.diff(made).tolist() == [len(runs[r]) for r in rows]


@given(generated(), st.data())
def test_between_is_take_of_consecutive_rows(rows: list[dict[str, Any]], data: Any) -> None:
    store = load(rows)
    for table in store.tables.values():
        first = data.draw(st.integers(0, table.rows))
        last = data.draw(st.integers(first, table.rows))
        for column in table.columns.values():
            assert_columns(
                between(column, slice(first, last)), take(column, np.arange(first, last))
            )
