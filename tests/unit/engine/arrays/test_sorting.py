"""Order and numbers of whole columns, in pieces, against one call of numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine import pieces as small
from usql.engine.arrays.kernels import group_extremes, stable_order
from usql.engine.arrays.sorting import (
    ascending,
    counted,
    extremes_by_group,
    merged_extremes,
    numbered,
    ordered,
)
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit, TimeLimit

RANDOM = np.random.default_rng(11)
WIDE = np.array([-(2**63), 2**63 - 1, 0, -1, 1], dtype=np.int64)
SIZE = 203


def some(kind: str) -> Any:
    """A column of this kind, with ties."""
    match kind:
        case "flags":
            return RANDOM.integers(0, 2, SIZE).astype(np.bool_)
        case "codes":
            return RANDOM.integers(0, 9, SIZE).astype(np.uint8)
        case "times":
            return RANDOM.integers(10**12, 10**12 + 10**11, SIZE)
        case "wide":
            return np.where(RANDOM.integers(0, 3, SIZE) > 0, RANDOM.choice(WIDE, SIZE), 7)
        case "doubles":
            held = RANDOM.normal(size=SIZE).round(1)
            held[RANDOM.integers(0, SIZE, 9)] = [-0.0, 0.0, np.inf, -np.inf, 1e300, -1e300, 0, 5, 5]
            return held
    return np.full(SIZE, 5, dtype=np.int16)


KINDS = ["flags", "codes", "times", "wide", "doubles", "same"]
PIECES = [1, 2, 7, 50, 202, 203]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("most", [None, 0, 1, 5, 100, 500])
def test_rows_come_in_the_order_of_all_columns(piece: int, most: int | None, threads: int) -> None:
    for first in KINDS:
        for others in (["codes"], ["wide", "times"], ["doubles", "wide", "flags"], []):
            columns = [some(kind) for kind in (first, *others)]
            with small.constants({"sorting._PIECE": piece}):
                found = ordered(Control(threads), columns, most)
            assert found.tolist() == stable_order(columns)[:most].tolist()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_numbered(kind: str, piece: int) -> None:
    values = some(kind)
    expected, numbers = np.unique(values, return_inverse=True)
    with small.constants({"sorting._PIECE": piece}):
        found = numbered(Control(2), values)
        repeated = counted(Control(2), values)
        in_order = ascending(Control(2), values.copy())
    assert found[0].dtype == values.dtype
    assert (found[0].tolist(), found[1].tolist()) == (expected.tolist(), numbers.tolist())
    assert repeated[0].tolist() == expected.tolist()
    assert repeated[1].tolist() == np.bincount(numbers).tolist()
    assert in_order.tolist() == np.sort(values).tolist()


def test_nothing_has_an_order_of_no_rows() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert ordered(Control(), [nothing]).tolist() == []
    assert [part.tolist() for part in numbered(Control(), nothing)] == [[], []]
    assert [part.tolist() for part in counted(Control(), nothing)] == [[], []]
    assert extremes_by_group(Control(), nothing, nothing, 2, True)[1].tolist() == [False, False]


@pytest.mark.parametrize("piece", [1, 4, 10_000])
@pytest.mark.parametrize("largest", [False, True])
def test_extremes_of_pieces_are_those_of_all(piece: int, largest: bool) -> None:
    ids, values = RANDOM.integers(0, 12, SIZE), RANDOM.integers(-9, 9, SIZE)
    expected = group_extremes(ids, values, 13, largest)
    with small.constants({"sorting._PIECE": piece}):
        found = extremes_by_group(Control(), ids, values, 13, largest)
    assert found[1].tolist() == expected[1].tolist() == [*[True] * 12, False]
    assert found[0][:12].tolist() == expected[0][:12].tolist()


CALLS: dict[str, Any] = {
    "ordered": lambda control: ordered(control, [some("times"), some("wide")]),
    "numbered": lambda control: numbered(control, some("wide")),
    "counted": lambda control: counted(control, some("times")),
}


@pytest.mark.parametrize("name", CALLS)
def test_limits_are_looked_at(name: str) -> None:
    with small.constants({"sorting._PIECE": 50}):
        with pytest.raises(TimeLimit):
            CALLS[name](Control(deadline=0.0))
        with pytest.raises(MemoryLimit, match="of an order"):
            CALLS[name](Control(budget=Budget(SIZE * 40)))
        control = Control(budget=Budget(SIZE * 200))
        CALLS[name](control)
    assert control.used == 0  # what is worked on is given back


A, B = (np.array([1, 9, 0, 0]), np.array([1, 1, 0, 0])), (np.array([5, 2, 7, 0]), np.array([1, 1, 1, 0]))  # fmt: skip


@pytest.mark.parametrize(("largest", "wanted"), [(False, [1, 2, 7]), (True, [5, 9, 7])])
def test_extremes_of_two_parts(largest: bool, wanted: list[int]) -> None:
    first, second = ((values, has.astype(bool)) for values, has in (A, B))
    for pair in ((first, second), (second, first)):
        values, has = merged_extremes(*pair, largest)
        assert values[:3].tolist() == wanted
        assert has.tolist() == [True, True, True, False]
