"""The parts of a load, by rows: batches that were read, and saved stores among the sources."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from usql.catalog import PRIMARY
from usql.store.batches.flat import FlatBatch, FlatTable
from usql.store.batches.rowhash import KEY, U64, content_hashes, key_hashes
from usql.store.columns import AnyColumn, Store
from usql.store.compact import compact
from usql.store.forms.disk import to_disk
from usql.store.forms.schema import export_schema
from usql.store.views import Ints, take, to_arrow

Part = FlatBatch | Store
"""Sessions that lie together. Of a store that was opened from its folder nothing is read but what is
asked for."""


def sessions_of(part: Part) -> int:
    """How many there are."""
    return part.sessions if isinstance(part, Store) else part[PRIMARY].rows


def hashes_of(part: Part) -> U64:
    """``key_hashes`` of all of them; a saved store has kept them."""
    if not isinstance(part, Store):
        return key_hashes(part)
    return part.saved.keys["key"] if part.saved else key_hashes(_flat(part))


def contents_of(part: Part, rows: Ints) -> U64:
    """``content_hashes`` of these rows, ascending; a saved store has kept them."""
    if isinstance(part, Store):
        return all_contents_of(part)[rows]
    return content_hashes(chosen(part, rows))


def all_contents_of(store: Store) -> U64:
    """``content_hashes`` of a store."""
    return store.saved.keys["content"] if store.saved else content_hashes(_flat(store))


def _flat(store: Store) -> FlatBatch:
    """The columns as one batch, over the same memory where they lie alike."""
    return {
        name: FlatTable(
            data.rows,
            {c: to_disk(column) for c, column in data.columns.items()},
            None if data.offsets is None else np.diff(data.offsets),
        )
        for name, data in store.tables.items()
    }


def keys_of(part: Part, rows: Ints) -> pa.Table:
    """The keys themselves of these rows, a column per field of ``KEY``."""
    columns: Mapping[str, AnyColumn | pa.Array]
    columns = part.tables[PRIMARY].columns if isinstance(part, Store) else part[PRIMARY].columns
    return pa.table(
        {name: _plain(columns.get(name), rows, export_schema().field(name).type) for name in KEY}
    )


def _plain(column: AnyColumn | pa.Array | None, rows: Ints, kind: pa.DataType) -> pa.Array:
    if column is None:
        return pa.nulls(len(rows), kind)
    if isinstance(column, pa.Array):
        return column.take(pa.array(rows)).cast(kind)
    return to_arrow(take(column, rows)).cast(kind)


def chosen(batch: FlatBatch, rows: Ints) -> FlatBatch:
    """The sessions of these rows, ascending, with their children. A column that loses all of its
    values is gone, as of a batch that never had one."""
    wanted = np.zeros(batch[PRIMARY].rows, dtype=np.bool_)
    wanted[rows] = True
    found = {}
    for name, table in batch.items():
        lengths = table.lengths
        mask = wanted if lengths is None else np.repeat(wanted, lengths)
        count = int(np.count_nonzero(mask))
        if count or lengths is None:
            columns = _filtered(table.columns, pa.array(mask))
            found[name] = FlatTable(count, columns, None if lengths is None else lengths[wanted])
    return found


def _filtered(columns: Mapping[str, pa.Array], mask: pa.Array) -> dict[str, pa.Array]:
    found = {}
    for name, column in columns.items():
        kept = column.filter(mask)
        if kept.null_count < len(kept) or column.null_count == len(column):
            found[name] = compact(kept)
    return found
