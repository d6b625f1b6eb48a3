"""What counts as the same answer."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from benchmarks.compare import difference


def table(*columns: Any) -> pa.Table:
    return pa.table(
        [c if isinstance(c, pa.Array) else pa.array(c) for c in columns],
        names=list("abcd"[: len(columns)]),
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (table(["b", None, "a"], [2, 0, 1]), table(["a", "b", None], [1, 2, 0])),
        (table([1]), table([1.0])),
        (table([0.1 + 0.2]), table([0.3])),
        (table(["a", "b"]), table(pa.array(["b", "a"]).dictionary_encode())),
        (table(pa.array([5], pa.timestamp("ms"))), table([5])),
        (table([[["x", "y"]]][0]), table([["x", "y"]])),
        (table([0.1 + 0.2, 0.3], ["b", "a"]), table([0.3, 0.3], ["a", "b"])),
        (table(pa.array([], pa.int64())), table(pa.array([], pa.string()))),
    ],
)
def test_same(ours: pa.Table, theirs: pa.Table) -> None:
    assert difference(ours, theirs) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (table([1], [2]), table([1]), "2 columns against 1"),
        (table([1, 1]), table([1]), "2 rows against 1"),
        (table([1, 2]), table([1, 3]), "(2,) against (3,)"),
        (table([1.0]), table([1.0 + 1e-8]), "(1.0,) against"),
        (table([None], [1]), table([0], [1]), "(None, 1) against (0, 1)"),
        (table([["x", "y"]]), table([["y", "x"]]), "['x', 'y']"),
        (table([["x"]]), table([["x", "y"]]), "['x']"),
        (table(["1"]), table([1]), "('1',) against (1,)"),
    ],
)
def test_different(ours: pa.Table, theirs: pa.Table, said: str) -> None:
    found = difference(ours, theirs)
    assert found is not None
    assert said in found
