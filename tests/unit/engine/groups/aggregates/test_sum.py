"""Sums from their parts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.groups.aggregates.made import field, total
from usql.analysis.bound import Metric
from usql.catalog.model import FieldType
from usql.engine.groups.aggregates.state import Kind, State, StateColumn
from usql.engine.groups.aggregates.sum import Sum, real_sums, sum_columns, whole_sums
from usql.engine.runtime.limits import Control
from usql.errors import SumOverflow

WHOLE, REAL = field("whole"), field("real", FieldType.DOUBLE)
LIMITS = [2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**64, 2**63 + 2**40, 0, -1, 2**32, 2**32 - 1, -(2**32)]  # fmt: skip


def parts(sums: list[int], more: int = 0) -> tuple[Any, Any]:
    """Both parts of sums, of which the lower one may hold some units of the upper."""
    low = np.array([(s & 0xFFFFFFFF) + more * 2**32 for s in sums], dtype=np.int64)
    return low, np.array([(s >> 32) - more for s in sums], dtype=np.int64)


def test_whole_numbers_have_two_parts() -> None:
    low, high = StateColumn(Kind.SUM, WHOLE), StateColumn(Kind.HIGH, WHOLE)
    assert sum_columns(WHOLE) == Sum().columns(Metric("SUM", WHOLE)) == (low, high)
    assert sum_columns(REAL) == (StateColumn(Kind.SUM, REAL),)


@pytest.mark.parametrize("sum_", LIMITS)
@pytest.mark.parametrize("more", [0, 3])
def test_a_sum_has_64_bits(sum_: int, more: int) -> None:
    if -(2**63) <= sum_ < 2**63:
        assert whole_sums(WHOLE, *parts([sum_, 1], more)).tolist() == [sum_, 1]
    else:
        with pytest.raises(
            SumOverflow, match=r"^SUM\(usersession.whole\) is too large for 64 bits"
        ):
            whole_sums(WHOLE, *parts([1, sum_], more))


def test_a_sum_may_stand_in_one_part() -> None:
    for sums in ([2**63 - 1, -(2**63), 5], []):
        low = np.array(sums, dtype=np.int64)
        assert whole_sums(WHOLE, low, np.zeros_like(low)).tolist() == sums
        assert whole_sums(WHOLE, low, None).tolist() == sums
        state = State(len(sums), {StateColumn(Kind.SUM, WHOLE): low}.get)
        assert real_sums(WHOLE, None, state).tolist() == [float(s) for s in sums]


@pytest.mark.parametrize("more", [0, 3])
@pytest.mark.parametrize("sums", [LIMITS, [2**62 + 1, 5], [2**40, -7], []])
def test_sums_as_doubles_have_no_limit(sums: list[int], more: int) -> None:
    columns = dict(zip(sum_columns(WHOLE), parts(sums, more), strict=True))
    found = real_sums(WHOLE, None, State(len(sums), columns.__getitem__))
    assert found.dtype == np.float64
    assert found.tolist() == pytest.approx([float(s) for s in sums], rel=1e-15)


def test_sums_of_doubles() -> None:
    state = total({StateColumn(Kind.SUM, REAL): [0.5, math.inf, math.nan, 0.0]})
    found = Sum().finish(Metric("SUM", REAL), state, Control())
    assert found.type is FieldType.DOUBLE
    assert found.valid is not None
    assert found.values.tolist() == [0.5, math.inf, 0.0, 0.0]
    assert found.valid.tolist() == [True, True, False, True]
    assert real_sums(REAL, None, state)[:2].tolist() == [0.5, math.inf]


def test_sums_of_whole_numbers() -> None:
    low, high = sum_columns(WHOLE)
    state = total({low: [7, 2], high: [0, 3]})
    found = Sum().finish(Metric("SUM", WHOLE), state, Control())
    assert (found.type, found.valid) == (FieldType.LONG, None)
    assert found.values.tolist() == [7, 3 * 2**32 + 2]
