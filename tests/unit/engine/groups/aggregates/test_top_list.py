"""TOP lists from states made by hand, and the state of members."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import numbers, texts
from tests.unit.engine.groups.aggregates.finished import pairs_of
from tests.unit.engine.groups.aggregates.made import field, value_pairs
from tests.unit.engine.groups.test_grouped_values import GROUPS, chunks_of
from tests.unit.engine.groups.test_grouped_values import pairs_of as rows_and_groups
from usql.analysis.bound import FieldRef, Keys, TopList
from usql.engine.groups.aggregates.aggregate import RowGroupPairs
from usql.engine.groups.aggregates.top_list import TopValues
from usql.engine.groups.aggregates.value_pairs import WEIGHT
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.store.views import to_arrow


@pytest.mark.parametrize("most", [0, 1, 2, 9])
def test_the_most_frequent_values(most: int) -> None:
    """Ties by value; a group without values has an empty list."""
    node = TopList(field("x"), most)
    groups, weights = [0, 0, 0, 0, 2, 2], [1, 3, 3, 2, 1, 5]
    for column in (texts(["a", "b", "c", "d", "a", "b"]), numbers([1, 2, 3, 4, 1, 2], np.int8)):
        values = to_arrow(column).to_pylist()
        state = value_pairs(4, groups, column, {WEIGHT: weights})
        found = TopValues().finish(node, state, Control())
        wanted = [[values[i] for i in own][:most] for own in ([1, 2, 3, 0], [], [5, 4], [])]
        assert to_arrow(found).to_pylist() == wanted


CASES = [
    ("usersession", name)
    for name in (
        "city", "duration", "matchingConversionGoals", "useraction.name", "useraction.duration",
        "KEYS(stringProperties)", "endTime",
    )
] + [("useraction", name) for name in ("name", "usersession.city")]  # fmt: skip


def values_of(table: str, text: str) -> list[list[Any]]:
    if text.startswith("KEYS"):
        return [[pair["key"] for pair in s.get("stringProperties", [])] for s in few.SESSIONS]
    return few.values_of(table, text)


@pytest.mark.parametrize(("table", "text"), CASES)
@pytest.mark.parametrize("few_pairs", [0, 1 << 12])
def test_a_value_counts_once_per_pair(table: str, text: str, few_pairs: int) -> None:
    access = few.access(table, Control(tuning=Tuning(always_counted_pairs=few_pairs)))
    operand = few.expression(access, text)
    assert isinstance(operand, FieldRef | Keys)
    values = values_of(table, text)
    chunks = chunks_of(len(values))
    wanted: collections.Counter[tuple[int, Any]] = collections.Counter()
    for chunk in chunks:
        for row, group in rows_and_groups(chunk):
            if group < GROUPS:
                wanted.update((group, v) for v in {v for v in values[row] if v is not None})
    state = TopValues().state(TopList(operand, 1), pairs_of(access, chunks, GROUPS))
    groups, column = state.pairs
    found = list(zip(groups.tolist(), to_arrow(column).to_pylist(), strict=True))
    assert found == sorted(wanted)
    assert state.read(WEIGHT).tolist() == [wanted[pair] for pair in found]


def test_frequencies_from_an_index() -> None:
    """Codes by groups, the missing value last; no member is looked at."""
    access = few.access("usersession")
    city = few.field(access, "city")
    known = np.array([[2, 0, 1], [0, 0, 4], [1, 1, 0], [9, 9, 9]])

    def no_chunks() -> Any:
        raise AssertionError

    pairs = RowGroupPairs(access, 3, no_chunks, lambda field: known if field == city else None)
    state = TopValues().state(TopList(city, 1), pairs)
    groups, column = state.pairs
    assert groups.tolist() == [0, 0, 1, 2, 2]
    assert to_arrow(column).to_pylist() == ["Graz", "Wels", "Wels", "Graz", "Linz"]
    assert state.read(WEIGHT).tolist() == [2, 1, 1, 1, 4]
