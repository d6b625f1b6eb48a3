"""Datasets of pyarrow, read fragment by fragment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.store.inputs.origin import Origin

if TYPE_CHECKING:
    from usql.store.loading.sink import Sink
    from usql.store.loading.tables.scans import Choice, Columns


def read_dataset(dataset: Any, sink: Sink) -> None:
    """Read all rows of a dataset, in its order."""
    from usql.store.loading.tables.scans import Scan, read_scan
    from usql.store.loading.tables.tables import rows_at_once

    def batches(choice: Choice) -> Iterator[pa.RecordBatch]:
        for fragment in dataset.get_fragments():
            for part, columns in _parts(fragment, dataset.schema, choice):
                yield from part.to_batches(
                    schema=dataset.schema,
                    columns=None if columns is None else list(columns),
                    batch_size=rows_at_once(dataset.schema, sink.tuning),
                    batch_readahead=1,
                    fragment_readahead=1,
                )

    read_scan(Scan(dataset.schema, batches, "the dataset"), Origin(), sink)


def _parts(fragment: Any, schema: pa.Schema, choice: Choice) -> Iterator[tuple[Any, Columns]]:
    """A fragment, or consecutive parts of it, each with the columns to read."""
    import pyarrow.dataset as ds

    if not isinstance(fragment, ds.ParquetFileFragment):
        yield fragment, choice(None)
        return
    from usql.store.loading.bounds import GroupBounds

    keys = ds.get_partition_keys(fragment.partition_expression)
    bounds = GroupBounds(fragment.metadata, fragment.physical_schema, keys, schema)
    chosen = [(group.id, choice(bounds.of(group.id))) for group in fragment.row_groups]
    for columns, groups in groupby(chosen, key=lambda one: one[1]):
        yield fragment.subset(row_group_ids=[number for number, _ in groups]), columns
