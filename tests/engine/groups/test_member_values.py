"""The values that members of groups have, against plain lists."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest

import usql
from tests.engine import few
from tests.engine.columns import row_numbers
from tests.engine.pieces import SELECTED, SORTED, constants
from usql.analysis.bound import FieldRef
from usql.engine.groups.aggregates.distinct import count_distinct
from usql.engine.groups.member_values import all_members, fitting, member_values
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import compile_condition
from usql.engine.runtime.limits import Budget, Control, MemoryLimit
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


def members_of(chunk: Chunk) -> list[tuple[int, int]]:
    """The row and the group of each member."""
    rows = row_numbers(chunk.rows)
    places = range(len(rows)) if chunk.places is None else chunk.places.tolist()
    return list(zip([rows[p] for p in places], chunk.ids.tolist(), strict=True))


CASES = [(table, field) for table, fields in few.FIELDS.items() for field in fields]


@pytest.mark.parametrize(("table", "name"), CASES)
def test_all_values_of_members(table: str, name: str) -> None:
    access = few.access(table)
    field = few.field(access, name)
    values = few.values_of(table, name)
    for chunk in chunks_of(len(values)):
        wanted = [(group, v) for row, group in members_of(chunk) for v in values[row]]
        ids, column = member_values(access, chunk, field)
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
def test_members_whose_rows_fit(table: str) -> None:
    access = few.access(table)
    rows = len(few.rows_of(table))
    for chunk in chunks_of(rows):
        assert fitting(chunk, None) is chunk
        for condition in CONDITIONS[table]:
            node, kept = fit(access, condition, rows)
            assert 0 < len(kept) < rows
            found = members_of(fitting(chunk, node))
            assert found == [(row, group) for row, group in members_of(chunk) if row in kept]


def test_the_rows_and_groups_of_all_members() -> None:
    chunks = chunks_of(7)
    rows, ids = all_members(chunks, GROUPS)
    assert list(zip(rows.tolist(), ids.tolist(), strict=True)) == [
        member for chunk in chunks for member in members_of(chunk) if member[1] < GROUPS
    ]
    assert rows.dtype == ids.dtype == np.int64
    rows, ids = all_members((), GROUPS)
    assert len(rows) == len(ids) == 0
    assert rows.dtype == ids.dtype == np.int64


def distinct(values: list[list[Any]], chunks: list[Chunk], kept: set[int] | None) -> list[int]:
    found: dict[int, set[Any]] = collections.defaultdict(set)
    for chunk in chunks:
        for row, group in members_of(chunk):
            if kept is None or row in kept:
                found[group] |= {v for v in values[row] if v is not None}
    return [len(found[group]) for group in range(GROUPS)]


@pytest.mark.parametrize(
    ("way", "threads"),
    [(SELECTED, 2), (SORTED, 2), ({}, 1), ({"distinct._ROWS_OF_FLAGS": 64}, 1)],
)
@pytest.mark.parametrize(("table", "name"), CASES)
def test_distinct_values(table: str, name: str, way: dict[str, int], threads: int) -> None:
    access = few.access(table, Control(threads))
    field, values = few.field(access, name), few.values_of(table, name)
    with constants(way):
        for kind in (np.uint8, np.uint32):
            chunks = chunks_of(len(values), kind)
            found = count_distinct(access, chunks, field, None, GROUPS)
            assert found.tolist() == distinct(values, chunks, None)
            for condition in CONDITIONS[table][:2]:
                node, kept = fit(access, condition, len(values))
                found = count_distinct(access, chunks, field, node, GROUPS)
                assert found.tolist() == distinct(values, chunks, kept)
        for count in (GROUPS, 0):
            none = count_distinct(access, [], field, None, count)
            assert none.tolist() == [0] * count
            assert none.dtype == np.int64


@pytest.mark.parametrize("values", [62, 63, 64, 65, 127, 128, 129])
def test_distinct_values_of_many_groups_and_of_dictionaries_of_many_widths(values: int) -> None:
    """Each group has all values but one; the value of no row beside them."""
    groups = 40
    rows = [{"city": f"{n % values:04}"} for n in range(values)] + [{"duration": 1}]
    access = usql.open(rows)._engine._access("usersession", 0, Control())
    own = np.array([r for g in range(groups) for r in range(values + 1) if r != g])
    ids = np.repeat(np.arange(groups, dtype=np.uint8), values)
    assert len(own) == len(ids)
    chunks = [Chunk(slice(0, values + 1), own, ids)]
    field = few.field(access, "city")
    assert count_distinct(access, chunks, field, None, groups).tolist() == [values - 1] * groups
    assert access.control.used == (groups + 1) * (64 if values < 64 else 128 if values < 128 else 192)  # fmt: skip


def test_of_many_groups_with_few_members_values_are_sorted() -> None:
    access = few.access("usersession")
    found = count_distinct(access, chunks_of(7), few.field(access, "city"), None, 1 << 20)
    assert found[:GROUPS].tolist() == distinct(few.values_of("usersession", "city"), chunks_of(7), None)  # fmt: skip
    assert access.control.used < 1 << 12


def distinct_of(access: Access, field: FieldRef) -> Any:
    return count_distinct(access, chunks_of(7), field, None, GROUPS)


def test_distinct_values_are_announced() -> None:
    """A byte a flag, of rows of whole words; 50 bytes a value that is sorted."""
    values = few.values_of("usersession", "duration")
    members = [member for chunk in chunks_of(7) for member in members_of(chunk)]
    sorted_ones = sum(group < GROUPS and values[row] != [None] for row, group in members)
    for name, size in (("city", (GROUPS + 1) * 64), ("duration", 50 * sorted_ones)):
        access = few.access("usersession")
        distinct_of(access, few.field(access, name))
        assert access.control.used == size
        access = few.access("usersession", Control(budget=Budget(1)))
        with pytest.raises(MemoryLimit, match="of distinct values"):
            distinct_of(access, few.field(access, name))
