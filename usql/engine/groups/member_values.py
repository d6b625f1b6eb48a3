"""The values that members have, morsel by morsel: for metrics that are more than sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usql.analysis.bound import FieldRef
from usql.catalog.model import PRIMARY
from usql.engine.arrays.kernels import Array, Ints, gather
from usql.engine.arrays.vectors import flat
from usql.engine.groups.members import Chunk, at_places
from usql.engine.rows.access import Access
from usql.engine.rows.conditions import Node
from usql.store.columns import Column, ListColumn
from usql.store.views import expand_runs, take_values


def fitting(chunk: Chunk, node: Node | None) -> Chunk:
    """The members whose row fits a condition."""
    if node is None:
        return chunk
    mask = node.mask(chunk.rows)
    if chunk.places is not None:
        mask = gather(mask, chunk.places)
    kept = np.flatnonzero(mask)
    places = kept if chunk.places is None else chunk.places[kept]
    return Chunk(chunk.rows, places, chunk.ids[kept])


def member_values(access: Access, chunk: Chunk, field: FieldRef) -> tuple[Array, Column]:
    """All values of a field that the members have, null ones too, and the group of each."""
    found = flat(access.values(field, chunk.rows))
    places, ids = chunk.places, chunk.ids
    if isinstance(found, ListColumn):
        if places is None:
            is_childs = field.table != PRIMARY
            if isinstance(chunk.rows, slice) and is_childs and not field.is_list:
                entries, _ = access.entries(field.table, chunk.rows)
                owners = access.owners(field.table)[entries]
                return gather(ids, owners - owners.dtype.type(chunk.rows.start)), found.entries
            return np.repeat(ids, np.diff(found.offsets)), found.entries
        entries, offsets = expand_runs(found.offsets, places)
        return np.repeat(ids, np.diff(offsets)), take_values(found.entries, entries)
    assert isinstance(found, Column)
    return ids, found if places is None else take_values(found, places)


def all_members(chunks: Sequence[Chunk], count: int) -> tuple[Ints, Ints]:
    """The table rows and the groups of all members that are in a group: ``(rows, ids)``."""
    rows, ids = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for chunk in chunks:
        kept = np.flatnonzero(chunk.ids < count)
        own = at_places(chunk.rows, kept if chunk.places is None else chunk.places[kept])
        assert not isinstance(own, slice)
        rows.append(own)
        ids.append(chunk.ids[kept].astype(np.int64))
    return np.concatenate(rows), np.concatenate(ids)
