"""The parts of a load in row order: batches that were read, and saved stores among the sources."""

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
"""A run of sessions. A store that was opened from its folder reads only what is asked for."""


def session_count(part: Part) -> int:
    """The number of sessions."""
    return part.sessions if isinstance(part, Store) else part[PRIMARY].rows


def hashes_of(part: Part) -> U64:
    """``key_hashes`` of all sessions; a saved store has them on file."""
    if not isinstance(part, Store):
        return key_hashes(part)
    return part.saved.keys["key"] if part.saved else key_hashes(_flat(part))


def contents_of(part: Part, rows: Ints) -> U64:
    """``content_hashes`` of these rows, which ascend; a saved store has them on file."""
    if isinstance(part, Store):
        return all_contents_of(part)[rows]
    return content_hashes(chosen(part, rows))


def all_contents_of(store: Store) -> U64:
    """``content_hashes`` of all sessions of a store."""
    return store.saved.keys["content"] if store.saved else content_hashes(_flat(store))


def _flat(store: Store) -> FlatBatch:
    """The columns as one batch, sharing memory where the layouts agree."""
    return {
        name: FlatTable(
            data.rows,
            {c: to_disk(column) for c, column in data.columns.items()},
            None if data.offsets is None else np.diff(data.offsets),
        )
        for name, data in store.tables.items()
    }


def keys_of(part: Part, rows: Ints) -> pa.Table:
    """The keys of these rows, with a column per field of ``KEY``."""
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
    """The sessions of these rows, which ascend, with their children. A column that loses all of its
    values is dropped, as in a batch that never had it."""
    is_chosen = np.zeros(batch[PRIMARY].rows, dtype=np.bool_)
    is_chosen[rows] = True
    tables = {}
    for name, table in batch.items():
        lengths = table.lengths
        mask = is_chosen if lengths is None else np.repeat(is_chosen, lengths)
        count = int(np.count_nonzero(mask))
        if count or lengths is None:
            columns = _filtered(table.columns, pa.array(mask))
            tables[name] = FlatTable(
                count, columns, None if lengths is None else lengths[is_chosen]
            )
    return tables


def _filtered(columns: Mapping[str, pa.Array], mask: pa.Array) -> dict[str, pa.Array]:
    filtered = {}
    for name, column in columns.items():
        remaining = column.filter(mask)
        if remaining.null_count < len(remaining) or column.null_count == len(column):
            filtered[name] = compact(remaining)
    return filtered
