"""The values of row–group pairs, morsel by morsel, for metrics that are not sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef
from usql.engine.arrays.gather import gather
from usql.engine.arrays.native.runs import expand
from usql.engine.arrays.types import Array, Ints
from usql.engine.arrays.vectors import flat
from usql.engine.groups.row_group_pairs import Chunk, at_places
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node
from usql.store.columns import Column, ListColumn
from usql.store.views import expand_runs, take_values


def fitting(chunk: Chunk, node: Node | None) -> Chunk:
    """The pairs whose row meets a condition."""
    if node is None:
        return chunk
    mask = node.mask(chunk.rows)
    if chunk.places is not None:
        mask = gather(mask, chunk.places)
    matching = np.flatnonzero(mask)
    places = matching if chunk.places is None else chunk.places[matching]
    return Chunk(chunk.rows, places, chunk.ids[matching])


def grouped_values(access: Access, chunk: Chunk, field: FieldRef) -> tuple[Array, Column]:
    """All values of a field in the pairs, including nulls, and the group of each."""
    vector = flat(access.values(field, chunk.rows))
    places, ids = chunk.places, chunk.ids
    if isinstance(vector, ListColumn):
        if places is None:
            return expand(ids, vector.offsets), vector.entries
        entries, offsets = expand_runs(vector.offsets, places)
        return expand(ids, offsets), take_values(vector.entries, entries)
    assert isinstance(vector, Column)
    return ids, vector if places is None else take_values(vector, places)


def all_pairs(chunks: Sequence[Chunk], count: int) -> tuple[Ints, Ints]:
    """The table rows and the groups of all pairs that belong to a group: ``(rows, ids)``."""
    rows, ids = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for chunk in chunks:
        in_groups = np.flatnonzero(chunk.ids < count)
        numbers = at_places(
            chunk.rows, in_groups if chunk.places is None else chunk.places[in_groups]
        )
        assert not isinstance(numbers, slice)
        rows.append(numbers)
        ids.append(chunk.ids[in_groups].astype(np.int64))
    return np.concatenate(rows), np.concatenate(ids)
