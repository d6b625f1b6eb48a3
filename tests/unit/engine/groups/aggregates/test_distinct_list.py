"""Lists of values from states made by hand, and the state of members."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import numbers, texts
from tests.unit.engine.groups.aggregates.finished import pairs_of
from tests.unit.engine.groups.aggregates.made import field, value_pairs
from tests.unit.engine.groups.test_grouped_values import GROUPS, chunks_of
from tests.unit.engine.groups.test_grouped_values import pairs_of as rows_and_groups
from usql.analysis.bound import DistinctList
from usql.engine.groups.aggregates.distinct_list import DistinctValues
from usql.engine.groups.aggregates.value_pairs import EARLIEST
from usql.engine.runtime.limits import Control
from usql.store.views import to_arrow


def test_values_ascend() -> None:
    node = DistinctList(field("x"))
    assert DistinctValues().columns(node) == ()
    for column in (texts(["a", "b", "a"]), numbers([1, 2, 1], np.int8)):
        a, b, c = to_arrow(column).to_pylist()
        found = DistinctValues().finish(node, value_pairs(4, [0, 0, 2], column, {}), Control())
        assert to_arrow(found).to_pylist() == [[a, b], [], [c], []]


def test_texts_of_dates_stand_in_the_order_of_their_times() -> None:
    """Those of one time by text."""
    access = few.access("usersession")
    node = DistinctList(few.expression(access, "DATETIME(startTime, 'HH')"))
    assert DistinctValues().columns(node) == (EARLIEST,)
    column = texts(["a", "b", "c", "a", "b"])
    state = value_pairs(3, [0, 0, 0, 2, 2], column, {EARLIEST: [5, 1, 5, -9, -9]})
    found = DistinctValues().finish(node, state, Control())
    assert to_arrow(found).to_pylist() == [["b", "a", "c"], [], ["a", "b"]]


@pytest.mark.parametrize(
    "text", ["city", "useraction.duration", "matchingConversionGoals", "endTime"]
)
def test_the_values_of_pairs(text: str) -> None:
    access = few.access("usersession")
    node = DistinctList(few.field(access, text))
    values = few.values_of("usersession", text)
    chunks = chunks_of(len(values))
    wanted: set[tuple[int, Any]] = {
        (group, value)
        for chunk in chunks
        for row, group in rows_and_groups(chunk)
        for value in values[row]
        if group < GROUPS and value is not None
    }
    groups, column = DistinctValues().state(node, pairs_of(access, chunks, GROUPS)).pairs
    found = list(zip(groups.tolist(), to_arrow(column).to_pylist(), strict=True))
    assert found == sorted(wanted)


def test_the_earliest_time_of_a_text() -> None:
    access = few.access("usersession")
    node = DistinctList(few.expression(access, "DATETIME(startTime, 'HH')"))
    chunks = chunks_of(len(few.SESSIONS))
    """Rounded down as its text is."""
    wanted: dict[tuple[int, str], int] = {}
    for chunk in chunks:
        for row, group in rows_and_groups(chunk):
            time = few.SESSIONS[row].get("startTime")
            if group < GROUPS and time is not None:
                key = group, f"{time // few.HOUR % 24:02}"
                start = time // few.HOUR * few.HOUR
                wanted[key] = min(wanted.get(key, start), start)
    state = DistinctValues().state(node, pairs_of(access, chunks, GROUPS))
    groups, column = state.pairs
    found = list(zip(groups.tolist(), to_arrow(column).to_pylist(), strict=True))
    assert found == sorted(wanted)
    assert state.read(EARLIEST).tolist() == [wanted[pair] for pair in found]
