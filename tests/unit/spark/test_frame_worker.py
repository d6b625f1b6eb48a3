"""The columns that a frame sends to workers, put together again."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from usql.spark.columns import Name
from usql.spark.frame_worker import in_chunks, named

ACTIONS: list[list[dict[str, Any]] | None] = [
    [{"name": "a", "duration": 1}, {"name": None, "duration": 2}],
    None,
    [],
    [{"name": "b", "duration": None}],
]
NAMES: list[Name] = [
    ("userActions", "name"),
    ("a.b", None),
    ("userActions", "duration"),
    ("userErrors", "name"),
]


def sent() -> pa.Table:
    """As Spark sends it: a column for each member, by numbers."""
    columns = [
        [a if a is None else [one["name"] for one in a] for a in ACTIONS],
        [1, 2, None, 4],
        [a if a is None else [one["duration"] for one in a] for a in ACTIONS],
        [["x"], [], None, ["y", "z"]],
    ]
    return pa.table({f"c{number}": column for number, column in enumerate(columns)})


@pytest.mark.parametrize("rows", [1, 3, 9])
def test_members_become_structures_again(rows: int) -> None:
    batches = sent().to_batches(max_chunksize=rows)
    (found,) = in_chunks(NAMES, batches)
    assert found.column_names == ["userActions", "a.b", "userErrors"]
    assert found["userActions"].to_pylist() == ACTIONS
    assert found["a.b"].to_pylist() == [1, 2, None, 4]
    errors = [[{"name": "x"}], [], None, [{"name": "y"}, {"name": "z"}]]
    assert found["userErrors"].to_pylist() == errors


def test_slices_are_put_together_too() -> None:
    assert named(sent().slice(2), NAMES)["userActions"].to_pylist() == ACTIONS[2:]
