"""Distinct values per group, by flags and by sorting, against plain sets."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.groups.aggregates.finished import count_distinct
from tests.unit.engine.groups.test_grouped_values import (
    CASES,
    CONDITIONS,
    GROUPS,
    chunks_of,
    fit,
    pairs_of,
)
from tests.unit.engine.pieces import SELECTED, SORTED, access_to
from usql.analysis.bound import FieldRef
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.rows.access import Access
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit


def distinct(values: list[list[Any]], chunks: list[Chunk], kept: set[int] | None) -> list[int]:
    found: dict[int, set[Any]] = collections.defaultdict(set)
    for chunk in chunks:
        for row, group in pairs_of(chunk):
            if kept is None or row in kept:
                found[group] |= {v for v in values[row] if v is not None}
    return [len(found[group]) for group in range(GROUPS)]


@pytest.mark.parametrize(
    ("way", "threads"),
    [(SELECTED, 2), (SORTED, 2), ({}, 1), ({"distinct_flags_at_once": 64}, 1)],
)
@pytest.mark.parametrize(("table", "name"), CASES)
def test_distinct_values(table: str, name: str, way: dict[str, int], threads: int) -> None:
    access = few.access(table, Control(threads, tuning=Tuning(**way)))
    field, values = few.field(access, name), few.values_of(table, name)
    for kind in (np.uint8, np.uint32):
        chunks = chunks_of(len(values), kind)
        found = count_distinct(access, chunks, field, None, GROUPS)
        assert found.tolist() == distinct(values, chunks, None)
        for condition in CONDITIONS[table][:2]:
            _, kept = fit(access, condition, len(values))
            where = few.condition(access, condition)
            found = count_distinct(access, chunks, field, where, GROUPS)
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
    access = access_to(rows)
    own = np.array([r for g in range(groups) for r in range(values + 1) if r != g])
    ids = np.repeat(np.arange(groups, dtype=np.uint8), values)
    assert len(own) == len(ids)
    chunks = [Chunk(slice(0, values + 1), own, ids)]
    field = few.field(access, "city")
    assert count_distinct(access, chunks, field, None, groups).tolist() == [values - 1] * groups
    assert access.control.used == (groups + 1) * (8 if values < 64 else 16 if values < 128 else 24)


def test_of_many_groups_with_few_pairs_values_are_sorted() -> None:
    access = few.access("usersession")
    found = count_distinct(access, chunks_of(7), few.field(access, "city"), None, 1 << 20)
    assert found[:GROUPS].tolist() == distinct(few.values_of("usersession", "city"), chunks_of(7), None)  # fmt: skip
    assert access.control.used < 1 << 12


def distinct_of(access: Access, field: FieldRef) -> Any:
    return count_distinct(access, chunks_of(7), field, None, GROUPS)


def test_distinct_values_are_announced() -> None:
    """A bit a flag, of rows of whole words; 50 bytes a value that is sorted."""
    values = few.values_of("usersession", "duration")
    pairs = [pair for chunk in chunks_of(7) for pair in pairs_of(chunk)]
    sorted_ones = sum(group < GROUPS and values[row] != [None] for row, group in pairs)
    for name, size in (("city", (GROUPS + 1) * 8), ("duration", 50 * sorted_ones)):
        access = few.access("usersession")
        distinct_of(access, few.field(access, name))
        assert access.control.used == size
        access = few.access("usersession", Control(budget=Budget(1)))
        with pytest.raises(MemoryLimit, match="of distinct values"):
            distinct_of(access, few.field(access, name))
