"""The values that members of groups have, against plain lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import row_numbers
from usql.engine.groups.grouped_values import all_pairs, fitting, grouped_values
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import compile_condition
from usql.store.views import to_arrow

GROUPS = 3
"""A member of the number past them is in no group."""


def chunks_of(rows: int, kind: Any = np.uint8) -> list[Chunk]:
    """Members of so many rows, as ranges and as numbers, with places and without."""
    middle = rows // 2
    late = np.array([r for r in (middle, rows - 2, rows - 1) if r >= middle], dtype=np.int64)
    places = np.array([0, 1, 1, middle - 1])
    ids = np.random.default_rng(rows).integers(0, GROUPS + 1, 20).astype(kind)
    return [
        Chunk(slice(0, middle), None, ids[:middle]),
        Chunk(slice(1, 1 + middle), places, ids[3:7]),
        Chunk(slice(middle, rows), None, ids[5 : 5 + rows - middle]),
        Chunk(late, None, ids[2 : 2 + len(late)]),
        Chunk(late, np.array([2, 0, 0, 1]), ids[8:12]),
        Chunk(slice(2, 2), None, ids[:0]),
    ]


def pairs_of(chunk: Chunk) -> list[tuple[int, int]]:
    """The row and the group of each member."""
    rows = row_numbers(chunk.rows)
    places = range(len(rows)) if chunk.places is None else chunk.places.tolist()
    return list(zip([rows[p] for p in places], chunk.ids.tolist(), strict=True))


CASES = [(table, field) for table, fields in few.FIELDS.items() for field in fields]


@pytest.mark.parametrize(("table", "name"), CASES)
def test_all_values_of_pairs(table: str, name: str) -> None:
    access = few.access(table)
    field = few.field(access, name)
    values = few.values_of(table, name)
    for chunk in chunks_of(len(values)):
        wanted = [(group, v) for row, group in pairs_of(chunk) for v in values[row]]
        ids, column = grouped_values(access, chunk, field)
        found = zip(ids.tolist(), to_arrow(column).to_pylist(), strict=True)
        assert list(found) == wanted


CONDITIONS = {
    "usersession": ["duration > 0", "useraction.name = 'a'", "city IS NULL"],
    "useraction": ["duration > 0", "usersession.city = 'Linz'", "name IS NULL"],
}


def fit(access: Access, condition: str, rows: int) -> tuple[Any, set[int]]:
    """The condition compiled, and the rows that it leaves one by one."""
    node = compile_condition(access, few.condition(access, condition))
    return node, {r for r in range(rows) if node.mask(np.array([r]))[0]}


@pytest.mark.parametrize("table", CONDITIONS)
def test_pairs_whose_rows_fit(table: str) -> None:
    access = few.access(table)
    rows = len(few.rows_of(table))
    for chunk in chunks_of(rows):
        assert fitting(chunk, None) is chunk
        for condition in CONDITIONS[table]:
            node, kept = fit(access, condition, rows)
            assert 0 < len(kept) < rows
            found = pairs_of(fitting(chunk, node))
            assert found == [(row, group) for row, group in pairs_of(chunk) if row in kept]


def test_the_rows_and_groups_of_all_pairs() -> None:
    chunks = chunks_of(7)
    rows, ids = all_pairs(chunks, GROUPS)
    assert list(zip(rows.tolist(), ids.tolist(), strict=True)) == [
        pair for chunk in chunks for pair in pairs_of(chunk) if pair[1] < GROUPS
    ]
    assert rows.dtype == ids.dtype == np.int64
    rows, ids = all_pairs((), GROUPS)
    assert len(rows) == len(ids) == 0
    assert rows.dtype == ids.dtype == np.int64
