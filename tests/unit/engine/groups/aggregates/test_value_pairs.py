"""Value pairs of fields, against plain counts."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.groups.aggregates.finished import pairs_of
from tests.unit.engine.groups.test_grouped_values import CASES, CONDITIONS, GROUPS, chunks_of, fit
from tests.unit.engine.groups.test_grouped_values import pairs_of as rows_and_groups
from usql.analysis.bound import Metric
from usql.engine.groups.aggregates.value_pairs import WEIGHT, field_pairs, pair_numbers
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit
from usql.store.views import to_arrow


def counted(table: str, name: str, kept: set[int] | None) -> dict[tuple[int, Any], int]:
    """How often members of each group have each value."""
    values = few.values_of(table, name)
    found: collections.Counter[tuple[int, Any]] = collections.Counter()
    for chunk in chunks_of(len(values)):
        for row, group in rows_and_groups(chunk):
            if group < GROUPS and (kept is None or row in kept):
                found.update((group, v) for v in values[row] if v is not None)
    return found


@pytest.mark.parametrize(("table", "name"), CASES)
@pytest.mark.parametrize("threads", [1, 2])
def test_values_count_as_often_as_pairs_have_them(table: str, name: str, threads: int) -> None:
    access = few.access(table, Control(threads))
    rows = len(few.rows_of(table))
    wheres: list[str | None] = [None, *CONDITIONS[table]]
    for text in wheres:
        where = None if text is None else few.condition(access, text)
        kept = None if text is None else fit(access, text, rows)[1]
        metric = Metric("DISTINCT", few.field(access, name), None, where)
        state = field_pairs(metric, pairs_of(access, chunks_of(rows), GROUPS), "values")
        assert state.count == GROUPS
        groups, column = state.pairs
        found = list(zip(groups.tolist(), to_arrow(column).to_pylist(), strict=True))
        wanted = counted(table, name, kept)
        assert found == sorted(wanted)
        assert state.read(WEIGHT).tolist() == [wanted[pair] for pair in found]


def test_pairs_of_no_pairs() -> None:
    access = few.access("usersession")
    for name in ("city", "duration", "score", "useraction.marks"):
        metric = Metric("DISTINCT", few.field(access, name))
        groups, column = field_pairs(metric, pairs_of(access, [], 2), "values").pairs
        assert len(groups) == len(column) == 0


def test_values_that_are_collected_are_announced() -> None:
    access = few.access("usersession")
    metric = Metric("DISTINCT", few.field(access, "duration"))
    state = field_pairs(metric, pairs_of(access, chunks_of(7), GROUPS), "so many values")
    assert access.control.used == 50 * int(state.read(WEIGHT).sum())
    access = few.access("usersession", Control(budget=Budget(49)))
    with pytest.raises(MemoryLimit, match="of so many values"):
        field_pairs(metric, pairs_of(access, chunks_of(7), GROUPS), "so many values")


def test_a_pair_as_one_number() -> None:
    access = few.access("usersession")
    ids, owners, codes = np.array([4, 0, 2]), np.array([0, 2, 2, 1]), np.array([1, 0, 6, 3])
    assert pair_numbers(access, ids, owners, codes, 7).tolist() == [29, 14, 20, 3]
    assert ids.tolist() == [4, 0, 2]
    assert access.control.used == 4 * 40
