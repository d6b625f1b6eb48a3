"""Totals of cells with flags, read as metrics of groups, against plain sums of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.groups.aggregates.finished import column_of
from usql.analysis import bound
from usql.analysis.bound import FieldRef, Metric, Present
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Ints
from usql.engine.groups.aggregates.registry import columns_of
from usql.engine.groups.aggregates.slot_states import (
    Accumulated,
    flags_of,
    reads_of,
    state_of_groups,
)
from usql.engine.groups.aggregates.state import ROWS as ROWS_OF_ALL
from usql.engine.groups.aggregates.state import Kind, StateColumn
from usql.store.columns import NumberColumn
from usql.store.views import to_arrow


def field(name: str, kind: FieldType = FieldType.LONG, multi: bool = False) -> FieldRef:
    return FieldRef("usersession", name, None, kind, False, multi)


WHOLE, REAL, SEVERAL = field("whole"), field("real", FieldType.DOUBLE), field("several", multi=True)
FITS = bound.Test(WHOLE, Present())
SUM = Metric("SUM", WHOLE)


@pytest.mark.parametrize(
    ("metric", "flags"),
    [
        (Metric("ROWS"), []),
        (Metric("ROWS", where=FITS), [FITS]),
        (Metric("COUNT", WHOLE), [WHOLE]),
        (Metric("COUNT", SEVERAL, where=FITS), [FITS, SEVERAL]),
        (Metric("AVG", WHOLE, where=FITS), [FITS, WHOLE]),
        (Metric("AVG", SEVERAL), []),
        (Metric("SUM", WHOLE), []),
        (Metric("SUM", WHOLE, where=FITS), [FITS]),
        (Metric("MIN", WHOLE), []),
        (Metric("MIN", WHOLE, where=FITS), []),  # other rows are left out before
    ],
)
def test_the_flags_that_a_row_needs(metric: Metric, flags: list[Any]) -> None:
    found = (flag for column in columns_of([metric]) for flag in flags_of(column))
    assert list(dict.fromkeys(found)) == flags


SLOTS = 3
FLAGS: dict[Any, int] = {FITS: 0, WHOLE: 1}
ROWS: list[tuple[int, bool, bool, int, float, int]] = [
    # cell, fits, has a value, the value, a double, how many values of several
    (0, True, True, 2**40 + 3, 0.5, 2),
    (0, True, False, 0, math.inf, 0),
    (0, False, True, -5, 1.25, 1),
    (1, False, True, -(2**62) - 1, 2.0, 3),
    (1, True, True, 7, -2.5, 1),
    (1, False, False, 0, 4.0, 0),
    (1, True, True, -(2**33), 8.0, 4),
    (2, False, False, 0, -math.inf, 0),
]


LOW, HIGH = StateColumn(Kind.SUM, WHOLE), StateColumn(Kind.HIGH, WHOLE)
REALS = StateColumn(Kind.SUM, REAL)
SUMS, SIZES = StateColumn(Kind.SUM, SEVERAL), StateColumn(Kind.VALUES, SEVERAL)
METRICS = [("ROWS", None), ("COUNT", WHOLE), ("SUM", WHOLE), ("SUM", REAL), ("AVG", WHOLE), ("AVG", SEVERAL)]  # fmt: skip


def made_of(metrics: list[Metric], added: dict[StateColumn, Any], capacity: int) -> Accumulated:
    """What a pass made of metrics, with these arrays by cell."""
    return Accumulated(reads_of(columns_of(metrics), {}), added, capacity)


def slot_states(split: bool) -> Accumulated:
    """The totals of the rows; sums of whole numbers in halves if ``split``."""
    size = SLOTS * 4
    columns = [ROWS_OF_ALL, LOW, REALS, SUMS, SIZES] + [HIGH] * split
    added = {column: column.empty(size) for column in columns}
    for slot, fits, has, whole, real, several in ROWS:
        at = slot * 4 + fits + 2 * has
        added[ROWS_OF_ALL][at] += 1
        added[LOW][at] += whole & 0xFFFFFFFF if split else whole
        if split:
            added[HIGH][at] += whole >> 32
        added[REALS][at] += real
        added[SUMS][at] += 10 * several
        added[SIZES][at] += several
    asked = [Metric(f, of, None, w) for f, of in METRICS for w in (None, FITS)]
    return Accumulated(reads_of(columns_of(asked), FLAGS), added, SLOTS)


def answers(found: NumberColumn) -> list[Any]:
    """The values as they are told; a missing one is 0 in memory."""
    assert found.valid is None or not found.values[~found.valid].any()
    values: list[Any] = to_arrow(found).to_pylist()
    return values


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("where", [None, FITS])
@pytest.mark.parametrize("groups", [[0, 1, 2], [2, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0]])
def test_metrics_of_groups(split: bool, where: Any, groups: list[int]) -> None:
    found, slots, count = slot_states(split), np.arange(SLOTS), max(groups) + 1

    def read(metric: Metric) -> NumberColumn:
        return column_of(found, metric, slots, np.array(groups), count)

    rows = [[r for r in ROWS if groups[r[0]] == group and (r[1] or where is None)] for group in range(count)]  # fmt: skip
    assert answers(read(Metric("ROWS", where=where))) == [len(own) for own in rows]
    assert answers(read(Metric("COUNT", WHOLE, where=where))) == [sum(r[2] for r in own) for own in rows]  # fmt: skip
    sums = read(Metric("SUM", WHOLE, where=where))
    assert answers(sums) == [sum(r[3] for r in own) for own in rows]
    assert sums.type is FieldType.LONG
    reals = read(Metric("SUM", REAL, where=where))
    exact = [sum(r[4] for r in own) for own in rows]
    assert answers(reals) == [None if math.isnan(s) else s for s in exact]
    assert reals.type is FieldType.DOUBLE
    averages = read(Metric("AVG", WHOLE, where=where))
    own_values = [[r[3] for r in own if r[2]] for own in rows]
    assert answers(averages) == [
        pytest.approx(sum(own) / len(own), rel=1e-15) if own else None for own in own_values
    ]
    assert averages.type is FieldType.DOUBLE
    assert answers(read(Metric("AVG", SEVERAL, where=where))) == [10.0 if sum(r[5] for r in own) else None for own in rows]  # fmt: skip


def test_of_all_rows() -> None:
    found = slot_states(split=True)
    assert found.counts.tolist() == [3, 4, 1]
    for column, wanted in ((SIZES, [3, 8, 0]), (StateColumn(Kind.VALUES, WHOLE), [2, 3, 0])):
        known = found.read(column)
        assert known is not None
        assert known.tolist() == wanted
    with pytest.raises(KeyError):
        found.read(StateColumn(Kind.LEAST, WHOLE))
    counted = Accumulated.of_counts(np.array([4, 0, 9]))
    assert counted.counts.tolist() == [4, 0, 9]
    slots = np.array([0, 2])
    assert answers(column_of(counted, Metric("ROWS"), slots, np.array([1, 0]), 2)) == [9, 4]


@pytest.mark.parametrize("kind", [FieldType.DOUBLE, FieldType.INTEGER, FieldType.TIMESTAMP])
def test_of_what_no_row_was_added_to(kind: FieldType) -> None:
    of, slots = field("x", kind), np.arange(2)
    metrics = [Metric(name, of) for name in ("SUM", "AVG", "MIN", "MAX")]
    found = made_of(metrics, {c: c.empty(2) for c in (ROWS_OF_ALL, *columns_of(metrics))}, 2)
    total, average, *extremes = (column_of(found, m, slots, slots, 2) for m in metrics)
    assert total.values.dtype == (np.float64 if kind is FieldType.DOUBLE else np.int64)
    assert answers(total) == [0, 0]
    assert answers(average) == [None, None]
    for extreme in extremes:
        assert answers(extreme) == [None, None]
        assert extreme.type is kind
        assert extreme.values.dtype == total.values.dtype


def test_extremes_of_groups() -> None:
    for name, wanted in (("MIN", [-4, 5, None]), ("MAX", [3, 5, None])):
        metric = Metric(name, WHOLE)
        of_values, of_has = columns_of([metric])
        values, has = of_values.empty(4), np.array([True, False, True, True])
        values[has] = [3, 5, -4]
        found = made_of([metric], {of_values: values, of_has: has}, 4)
        slots, groups = np.array([0, 1, 2, 3]), np.array([0, 2, 1, 0])
        assert answers(column_of(found, metric, slots, groups, 3)) == wanted


def test_a_sum_of_no_group() -> None:
    none: Ints = np.zeros(0, np.int64)
    found = made_of([SUM], {LOW: np.zeros(1, np.int64), HIGH: np.zeros(1, np.int64)}, 1)
    assert answers(column_of(found, SUM, none, none, 0)) == []


def read_by_group(column: StateColumn, values: Any, groups: list[int], count: int) -> Any:
    found = Accumulated(reads_of((column,), {}), {column: np.array(values)}, len(values))
    slots = np.arange(len(values))
    return state_of_groups([found], slots, np.array(groups), count).read(column).tolist()


def test_totals_of_slots_as_totals_of_groups() -> None:
    assert read_by_group(LOW, [7, 8], [1, 0], 2) == [8, 7]
    assert read_by_group(LOW, [2**60, 1, 5], [1, 1, 0], 2) == [5, 2**60 + 1]
    assert read_by_group(REALS, [0.5, 1, 5], [1, 1, 0], 2) == [5, 1.5]
    assert read_by_group(REALS, [0.5, 1], [1, 1], 4) == [0, 1.5, 0, 0]
