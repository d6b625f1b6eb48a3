"""Order and numbers of whole columns, in pieces, against one call of numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from usql.engine.arrays.sorting import (
    ascending,
    merged_runs,
    merged_texts,
    numbered,
    numbered_below,
    order_of_runs,
    ordered,
    value_counts,
    value_counts_below,
)
from usql.engine.arrays.stable_order import stable_order
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit, TimeLimit

RANDOM = np.random.default_rng(11)
WIDE = np.array([-(2**63), 2**63 - 1, 0, -1, 1], dtype=np.int64)
SIZE, FEW = 203, 61


def some(kind: str, size: int = SIZE) -> Any:
    """A column of this kind, with ties."""
    match kind:
        case "flags":
            return RANDOM.integers(0, 2, size).astype(np.bool_)
        case "codes":
            return RANDOM.integers(0, 9, size).astype(np.uint8)
        case "times":
            return RANDOM.integers(10**12, 10**12 + 10**11, size)
        case "wide":
            return np.where(RANDOM.integers(0, 3, size) > 0, RANDOM.choice(WIDE, size), 7)
        case "doubles":
            held = RANDOM.normal(size=size).round(1)
            held[RANDOM.integers(0, size, 9)] = [-0.0, 0.0, np.inf, -np.inf, 1e300, -1e300, 0, 5, 5]
            return held
    return np.full(size, 5, dtype=np.int16)


KINDS = ["flags", "codes", "times", "wide", "doubles", "same"]
PIECES = [1, 2, 7, 50, 202, 203]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("piece", [1, 2, 7, 50, FEW - 1, FEW])
@pytest.mark.parametrize("most", [None, 0, 1, 5, 30, 500])
def test_rows_come_in_the_order_of_all_columns(piece: int, most: int | None, threads: int) -> None:
    for first in KINDS:
        for others in (["codes"], ["wide", "times"], ["doubles", "wide", "flags"], []):
            columns = [some(kind, FEW) for kind in (first, *others)]
            found = ordered(
                Control(threads, tuning=Tuning(rows_sorted_at_once=piece)), columns, most
            )
            assert found.tolist() == stable_order(columns, 0)[:most].tolist()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_numbered(kind: str, piece: int) -> None:
    values = some(kind)
    expected, numbers = np.unique(values, return_inverse=True)
    tuning = Tuning(rows_sorted_at_once=piece)
    found = numbered(Control(2, tuning=tuning), values)
    repeated = value_counts(Control(2, tuning=tuning), values)
    in_order = ascending(Control(2, tuning=tuning), values.copy())
    assert found[0].dtype == values.dtype
    assert (found[0].tolist(), found[1].tolist()) == (expected.tolist(), numbers.tolist())
    assert repeated[0].tolist() == expected.tolist()
    assert repeated[1].tolist() == np.bincount(numbers).tolist()
    assert in_order.tolist() == np.sort(values).tolist()


def test_nothing_has_an_order_of_no_rows() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert ordered(Control(), [nothing]).tolist() == []
    assert [part.tolist() for part in numbered(Control(), nothing)] == [[], []]
    assert [part.tolist() for part in value_counts(Control(), nothing)] == [[], []]


CALLS: dict[str, Any] = {
    "ordered": lambda control: ordered(control, [some("times"), some("wide")]),
    "numbered": lambda control: numbered(control, some("wide")),
    "counted": lambda control: value_counts(control, some("times")),
    "counted below": lambda control: value_counts_below(
        control, some("codes").astype(np.int64), 900
    ),
    "merged runs": lambda control: merged_runs(control, np.tile(some("times"), 2)),
    "order of runs": lambda control: order_of_runs(control, np.tile(some("times"), 2)),
}


@pytest.mark.parametrize("name", CALLS)
def test_limits_are_looked_at(name: str) -> None:
    tuning = Tuning(rows_sorted_at_once=50)
    with pytest.raises(TimeLimit):
        CALLS[name](Control(deadline=0.0, tuning=tuning))
    with pytest.raises(MemoryLimit, match="of an order"):
        CALLS[name](Control(budget=Budget(SIZE * 40), tuning=tuning))
    control = Control(budget=Budget(SIZE * 200), tuning=tuning)
    CALLS[name](control)
    assert control.used == 0  # what is worked on is given back


@pytest.mark.parametrize("count", [1, 2, 5])
def test_ascending_texts_are_merged_in_any_number_of_pieces(count: int) -> None:
    parts = [["a", "b", "ä"], [], ["b", "c"], ["", "a", "c", "zz"]]
    arrays = [pa.array(own, pa.string()) for own in parts]
    texts, numbers = merged_texts(Control(), arrays, count)
    assert texts.to_pylist() == sorted({text for own in parts for text in own})
    assert [[texts[int(n)].as_py() for n in own] for own in numbers] == parts


@pytest.mark.parametrize("most", [9, 1000])
@pytest.mark.parametrize("values", [[], [3, 8, 3, 0], list(range(9)), [2, 1, 0]])
def test_numbers_below_a_bound_are_numbered_as_any_are(values: list[int], most: int) -> None:
    given = np.array(values, dtype=np.int64)
    found, wanted = numbered_below(Control(), given, most), numbered(Control(), given)
    assert [own.tolist() for own in found] == [own.tolist() for own in wanted]


@pytest.mark.parametrize("piece", [2, 1 << 19])
@pytest.mark.parametrize("most", [9, 1000, 1 << 40])
@pytest.mark.parametrize("values", [[], [3, 8, 3, 0], list(range(9)), [2, 1, 0]])
def test_numbers_below_a_bound_are_counted_as_any_are(
    values: list[int], most: int, piece: int
) -> None:
    given = np.array(values, dtype=np.int64)
    control = Control(tuning=Tuning(rows_sorted_at_once=piece, always_counted_pairs=0))
    found, wanted = value_counts_below(control, given, most), value_counts(control, given)
    assert [own.tolist() for own in found] == [own.tolist() for own in wanted]
    assert control.used == 0


@pytest.mark.parametrize("piece", [3, 1 << 19])
def test_runs_are_put_in_order(piece: int) -> None:
    runs = [np.sort(RANDOM.integers(-(2**60), 2**60, size)) for size in (40, 0, 1, 70)]
    given = np.concatenate([*runs, runs[0]])
    control = Control(tuning=Tuning(rows_sorted_at_once=piece))
    assert order_of_runs(control, given).tolist() == np.argsort(given, kind="stable").tolist()
    assert merged_runs(control, given.copy()).tolist() == np.sort(given).tolist()
