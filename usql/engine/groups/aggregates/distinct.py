"""Distinct values per group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef
from usql.engine.arrays.kernels import Array, Ints, flags_in_rows, scratch
from usql.engine.arrays.sorting import ordered
from usql.engine.arrays.vectors import present
from usql.engine.groups.member_values import fitting, member_values
from usql.engine.groups.members import Chunk
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node
from usql.engine.runtime.workers import map_morsels
from usql.store.columns import DictionaryColumn

_MOST_FLAGS = 1 << 27
"""Bytes of a table of one flag per group and value."""


_SORTED = 50
"""Bytes a value that all values take which are sorted."""

_ROWS_OF_FLAGS = 1 << 20
"""Flags that one thread counts at once."""


def count_distinct(
    access: Access, chunks: Sequence[Chunk], field: FieldRef, node: Node | None, count: int
) -> Ints:
    """The number of distinct values per group. With a table of flags, a byte per group and value,
    where that is not too sparse; else by sorting pairs."""
    members = sum(map(len, chunks))
    column = access.column(field)
    if isinstance(column, DictionaryColumn) and not field.multi:
        span = -(-(column.null_code + 1) // 64) * 64
        if (count + 1) * span <= min(_MOST_FLAGS, max(1 << 16, 32 * members)):
            return _by_flags(access, chunks, field, node, count, span)
    return _by_sorting(access, chunks, field, node, count)


def _by_flags(
    access: Access,
    chunks: Sequence[Chunk],
    field: FieldRef,
    node: Node | None,
    count: int,
    span: int,
) -> Ints:
    access.control.reserve((count + 1) * span, "distinct values")
    seen = np.zeros((count + 1) * span, dtype=np.bool_)

    def work(_: int, chunk: Chunk) -> None:
        ids, column = member_values(access, fitting(chunk, node), field)
        assert isinstance(column, DictionaryColumn)
        places = scratch("wide", np.intp, len(ids))
        np.multiply(ids, span, out=places, dtype=np.intp, casting="unsafe")
        np.add(places, column.codes, out=places, casting="unsafe")
        seen[places] = True  # threads may set the same flag; all set it alike

    map_morsels(work, chunks, access.control)
    column = access.column(field)
    assert isinstance(column, DictionaryColumn)
    table = seen.reshape(count + 1, span)
    table[:, column.null_code] = False
    step = max(_ROWS_OF_FLAGS // span, 1)
    parts = [slice(i, min(i + step, count)) for i in range(0, count, step)]
    counts = map_morsels(lambda _, part: flags_in_rows(table[part]), parts, access.control)
    return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)


def _by_sorting(
    access: Access, chunks: Sequence[Chunk], field: FieldRef, node: Node | None, count: int
) -> Ints:
    def work(_: int, chunk: Chunk) -> tuple[Array, Array]:
        ids, column = member_values(access, fitting(chunk, node), field)
        kept = np.flatnonzero(present(column) & (ids < count))
        access.control.reserve(_SORTED * len(kept), "distinct values")
        values = column.codes if isinstance(column, DictionaryColumn) else column.values
        return ids[kept].astype(np.int64), values[kept]

    found = map_morsels(work, chunks, access.control)
    if not found:
        return np.zeros(count, dtype=np.int64)
    ids = np.concatenate([ids for ids, _ in found])
    values = np.concatenate([values for _, values in found])
    order = ordered(access.control, [ids, values])
    ids, values = ids[order], values[order]
    fresh = np.ones(len(ids), dtype=np.bool_)
    fresh[1:] = (ids[1:] != ids[:-1]) | (values[1:] != values[:-1])
    return np.bincount(ids[fresh], minlength=count)
