"""Totals of cells with flags and lanes, read as metrics of groups, against plain sums of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from usql.analysis import bound
from usql.analysis.bound import FieldRef, Metric, Present
from usql.catalog.model import FieldType
from usql.engine.arrays.kernels import Ints
from usql.engine.arrays.sorting import merged_extremes
from usql.engine.groups.aggregates.totals import (
    Accumulated,
    SumOverflow,
    Totals,
    by_group,
    flags_of,
)
from usql.store.columns import NumberColumn
from usql.store.views import to_arrow


def field(name: str, kind: FieldType = FieldType.LONG, multi: bool = False) -> FieldRef:
    return FieldRef("usersession", name, None, kind, False, multi)


WHOLE, REAL, SEVERAL = field("whole"), field("real", FieldType.DOUBLE), field("several", multi=True)
FITS = bound.Test(WHOLE, Present())


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
    ],
)
def test_the_flags_that_a_row_needs(metric: Metric, flags: list[Any]) -> None:
    assert flags_of(metric) == flags


CELLS, LANES = 3, 2
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


def totals(split: bool) -> Accumulated:
    """The totals of the rows; sums of whole numbers in halves if ``split``."""
    size = CELLS * 4 * LANES
    made = Totals(np.zeros(size, np.int64))
    made.sums = {WHOLE: np.zeros(size, np.int64), REAL: np.zeros(size)}
    made.sizes = {SEVERAL: np.zeros(size, np.int64)}
    made.sums[SEVERAL] = np.zeros(size, np.int64)
    if split:
        made.highs = {WHOLE: np.zeros(size, np.int64)}
    for number, (cell, fits, has, whole, real, several) in enumerate(ROWS):
        at = ((cell * 4) + fits + 2 * has) * LANES + number % LANES
        made.counts[at] += 1
        made.sums[WHOLE][at] += whole & 0xFFFFFFFF if split else whole
        if split:
            made.highs[WHOLE][at] += whole >> 32
        made.sums[REAL][at] += real
        made.sums[SEVERAL][at] += 10 * several
        made.sizes[SEVERAL][at] += several
    return Accumulated(made, FLAGS, CELLS)


def answers(found: NumberColumn) -> list[Any]:
    """The values as they are told; a missing one is 0 in memory."""
    assert found.valid is None or not found.values[~found.valid].any()
    values: list[Any] = to_arrow(found).to_pylist()
    return values


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("where", [None, FITS])
@pytest.mark.parametrize("groups", [[0, 1, 2], [2, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0]])
def test_metrics_of_groups(split: bool, where: Any, groups: list[int]) -> None:
    found, cells, count = totals(split), np.arange(CELLS), max(groups) + 1

    def read(metric: Metric) -> NumberColumn:
        return found.column(metric, cells, np.array(groups), count)

    rows = [[r for r in ROWS if groups[r[0]] == group and (r[1] or where is None)] for group in range(count)]  # fmt: skip
    assert answers(read(Metric("ROWS", where=where))) == [len(own) for own in rows]
    assert answers(read(Metric("COUNT", WHOLE, where=where))) == [sum(r[2] for r in own) for own in rows]  # fmt: skip
    sums = read(Metric("SUM", WHOLE, where=where))
    assert answers(sums) == [sum(r[3] for r in own) for own in rows]
    assert sums.type is FieldType.LONG
    reals = read(Metric("SUM", REAL, where=where))
    assert answers(reals) == pytest.approx([sum(r[4] for r in own) for own in rows], nan_ok=True)
    assert reals.type is FieldType.DOUBLE
    averages = read(Metric("AVG", WHOLE, where=where))
    own_values = [[r[3] for r in own if r[2]] for own in rows]
    assert answers(averages) == [
        pytest.approx(sum(own) / len(own), rel=1e-15) if own else None for own in own_values
    ]
    assert averages.type is FieldType.DOUBLE
    assert answers(read(Metric("AVG", SEVERAL, where=where))) == [10.0 if sum(r[5] for r in own) else None for own in rows]  # fmt: skip


def test_of_all_rows() -> None:
    found = totals(split=True)
    assert found.counts.tolist() == [3, 4, 1]
    sizes = found.values(SEVERAL)
    assert sizes is not None
    assert sizes.tolist() == [3, 8, 0]
    assert found.values(WHOLE) is None
    counted = Accumulated.of_counts(np.array([4, 0, 9]))
    assert counted.counts.tolist() == [4, 0, 9]
    cells = np.array([0, 2])
    assert answers(counted.column(Metric("ROWS"), cells, np.array([1, 0]), 2)) == [9, 4]


@pytest.mark.parametrize("kind", [FieldType.DOUBLE, FieldType.INTEGER, FieldType.TIMESTAMP])
def test_of_what_no_row_was_added_to(kind: FieldType) -> None:
    of, cells = field("x", kind), np.arange(2)
    found = Accumulated(Totals(np.zeros(2, np.int64)), {}, 2)
    total = found.column(Metric("SUM", of), cells, cells, 2)
    assert total.values.dtype == (np.float64 if kind is FieldType.DOUBLE else np.int64)
    assert answers(total) == [0, 0]
    assert answers(found.column(Metric("AVG", of), cells, cells, 2)) == [None, None]
    for name in ("MIN", "MAX"):
        extreme = found.column(Metric(name, of), cells, cells, 2)
        assert answers(extreme) == [None, None]
        assert extreme.type is kind
        assert extreme.values.dtype == total.values.dtype


def test_extremes_of_groups() -> None:
    for name, wanted in (("MIN", [-4, 5, None]), ("MAX", [3, 5, None])):
        metric = Metric(name, WHOLE)
        made = Totals(np.zeros(4, np.int64))
        made.extremes[metric] = (np.array([3, -9, 5, -4]), np.array([True, False, True, True]))
        found = Accumulated(made, {}, 4)
        cells, groups = np.array([0, 1, 2, 3]), np.array([0, 2, 1, 0])
        assert answers(found.column(metric, cells, groups, 3)) == wanted


A, B = (np.array([1, 9, 0, 0]), np.array([1, 1, 0, 0])), (np.array([5, 2, 7, 0]), np.array([1, 1, 1, 0]))  # fmt: skip


@pytest.mark.parametrize(("largest", "wanted"), [(False, [1, 2, 7]), (True, [5, 9, 7])])
def test_extremes_of_two_parts(largest: bool, wanted: list[int]) -> None:
    first, second = ((values, has.astype(bool)) for values, has in (A, B))
    for pair in ((first, second), (second, first)):
        values, has = merged_extremes(*pair, largest)
        assert values[:3].tolist() == wanted
        assert has.tolist() == [True, True, True, False]


LIMITS = [2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**64, 2**63 + 2**40, 0, -1, 2**32, 2**32 - 1, -(2**32)]  # fmt: skip


@pytest.mark.parametrize("total", LIMITS)
def test_a_sum_in_halves_has_64_bits(total: int) -> None:
    for more in (0, 3):  # the lower half may hold some units of the upper one
        made = Totals(np.zeros(2, np.int64))
        made.sums[WHOLE] = np.array([(total & 0xFFFFFFFF) + more * 2**32, 1])
        made.highs[WHOLE] = np.array([(total >> 32) - more, 0])
        found, cells = Accumulated(made, {}, 2), np.arange(2)
        if -(2**63) <= total < 2**63:
            assert answers(found.column(Metric("SUM", WHOLE), cells, cells, 2)) == [total, 1]
        else:
            with pytest.raises(
                SumOverflow, match=r"SUM\(usersession.whole\) is larger than 64 bits"
            ):
                found.column(Metric("SUM", WHOLE), cells, cells, 2)


def test_a_sum_of_no_group() -> None:
    made = Totals(np.zeros(1, np.int64))
    made.sums[WHOLE], made.highs[WHOLE] = np.zeros(1, np.int64), np.zeros(1, np.int64)
    none: Ints = np.zeros(0, np.int64)
    assert answers(Accumulated(made, {}, 1).column(Metric("SUM", WHOLE), none, none, 0)) == []


def test_totals_of_cells_as_totals_of_groups() -> None:
    assert by_group(np.array([7, 8]), np.array([1, 0]), 2).tolist() == [8, 7]
    assert by_group(np.array([2**60, 1, 5]), np.array([1, 1, 0]), 2).tolist() == [5, 2**60 + 1]
    assert by_group(np.array([0.5, 1, 5]), np.array([1, 1, 0]), 2).tolist() == [5, 1.5]
    assert by_group(np.array([0.5, 1]), np.array([1, 1]), 4).tolist() == [0, 1.5, 0, 0]
