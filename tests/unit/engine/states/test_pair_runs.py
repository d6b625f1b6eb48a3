"""Value pairs that are merged piece by piece where they are finished, beside all of them merged at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usql.analysis.bound import FieldRef, Metric, TopList
from usql.catalog import PRIMARY, FieldType
from usql.engine.arrays.vectors import to_arrow
from usql.engine.groups.aggregates.aggregate import OfValues
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.aggregates.state import State
from usql.engine.groups.aggregates.value_pairs import WEIGHT
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.engine.states.pair_runs import PairRuns
from usql.errors import Cancelled
from usql.store.columns import Column, DictionaryColumn, NumberColumn

COUNT = 6
"""Groups."""

DURATION = FieldRef(PRIMARY, "duration", None, FieldType.LONG, False, False)
CITY = FieldRef(PRIMARY, "city", None, FieldType.STRING, False, False)
QUANTILES = [Metric("PERCENTILE", DURATION, share) for share in (0.0, 35.0, 50.0, 100.0)]

Pairs = dict[int, dict[int, int]]
"""By group, how often which value occurs."""


def state_of(pairs: Pairs, kind: FieldType) -> tuple[Any, State]:
    """A state of the groups that have pairs or happen to be there, and their overall numbers."""
    numbers = np.array(sorted(pairs), dtype=np.int64)
    flat = [
        (place, value, weight)
        for place, group in enumerate(sorted(pairs))
        for value, weight in sorted(pairs[group].items())
    ]
    groups, values, weights = (np.array([f[i] for f in flat], dtype=np.int64) for i in range(3))
    column: Column = NumberColumn(kind, values, None)
    if kind is FieldType.STRING:
        known = sorted(set(values.tolist()))
        codes = np.searchsorted(known, values).astype(np.uint8)
        column = DictionaryColumn(kind, codes, pa.array(map(str, known), pa.string()))
    return numbers, State(len(numbers), {WEIGHT: weights}.__getitem__, groups, column)


def plain(pairs: Sequence[Pairs], group: int) -> list[int]:
    """All values of a group, ascending."""
    every = (part.get(group, {}) for part in pairs)
    return sorted(v for held in every for value, weight in held.items() for v in [value] * weight)


VALUES = st.dictionaries(st.integers(1, 7), st.integers(1, 300), max_size=5)
PARTS = st.lists(
    st.dictionaries(st.integers(0, COUNT - 1), VALUES, max_size=COUNT), min_size=1, max_size=4
)
SHOWN = st.lists(st.integers(0, COUNT), min_size=1, max_size=COUNT + 1, unique=True)


def finished(
    nodes: Sequence[Any], kind: FieldType, pairs: Sequence[Pairs], shown: list[int], at_once: int
) -> list[list[Any]]:
    aggregate = aggregate_of(nodes[0])
    assert isinstance(aggregate, OfValues)
    control = Control(tuning=Tuning(pairs_merged_at_once=at_once))
    columns = aggregate.columns(nodes[0])
    runs = PairRuns.of(control, COUNT, columns, [state_of(part, kind) for part in pairs])
    found = runs.finished(aggregate, nodes, np.array(shown), control)
    assert control.used == 0
    return [to_arrow(column).to_pylist() for column in found]


@given(PARTS, SHOWN, st.sampled_from([1, 3, 1 << 16]))
def test_quantiles(pairs: list[Pairs], shown: list[int], at_once: int) -> None:
    found = finished(QUANTILES, FieldType.LONG, pairs, shown, at_once)
    for column, node in zip(found, QUANTILES, strict=True):
        assert node.percent is not None
        for answer, group in zip(column, shown, strict=True):
            values = plain(pairs, group)
            if values:
                assert answer == pytest.approx(np.percentile(values, node.percent), rel=1e-12)
            else:
                assert answer is None


@given(PARTS, SHOWN, st.sampled_from([1, 3, 1 << 16]), st.booleans())
def test_distinct_values(pairs: list[Pairs], shown: list[int], at_once: int, text: bool) -> None:
    kind, field = (FieldType.STRING, CITY) if text else (FieldType.LONG, DURATION)
    found = finished([Metric("DISTINCT", field)], kind, pairs, shown, at_once)
    assert found == [[len(set(plain(pairs, group))) for group in shown]]


@given(PARTS, SHOWN, st.sampled_from([1, 3, 1 << 16]))
def test_top_lists(pairs: list[Pairs], shown: list[int], at_once: int) -> None:
    wanted = []
    for group in shown:
        values = plain(pairs, group)
        ordered = sorted(set(values), key=lambda value: (-values.count(value), value))
        wanted.append([str(value) for value in ordered[:2]])
    assert finished([TopList(CITY, 2)], FieldType.STRING, pairs, shown, at_once) == [wanted]


def test_large_numbers_far_from_zero() -> None:
    """Those that do not fit beside a group and a weight, too."""
    for base in (2**62, -(2**62), 2**40, 0):
        for weight in (1, 2**20):
            pairs = [{0: {base + 1: weight}, 1: {base: 1}}, {0: {base: weight, base + 1: 1}}]
            found = finished([Metric("DISTINCT", DURATION)], FieldType.LONG, pairs, [0, 1], 9)
            assert found == [[2, 1]]
            (most,) = finished(QUANTILES[-1:], FieldType.LONG, pairs, [1, 0], 9)
            assert most == [float(base), float(base + 1)]
    wide = [{0: {-(2**62): 1, 2**62: 1}}, {0: {0: 5, 2**62: 1}}]
    assert finished([Metric("DISTINCT", DURATION)], FieldType.LONG, wide, [0], 9) == [[3]]


def test_it_ends_between_pieces() -> None:
    class Set:
        def is_set(self) -> bool:
            return True

    control = Control()
    pairs = [state_of({0: {1: 1}}, FieldType.LONG), state_of({0: {2: 1}}, FieldType.LONG)]
    runs = PairRuns.of(control, 1, (WEIGHT,), pairs)
    aggregate = aggregate_of(QUANTILES[0])
    assert isinstance(aggregate, OfValues)
    control.cancelled = Set()
    with pytest.raises(Cancelled):
        runs.finished(aggregate, QUANTILES, np.array([0]), control)
