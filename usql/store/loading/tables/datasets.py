"""Datasets of pyarrow, which are read fragment by fragment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from usql.store.inputs.origin import Origin

if TYPE_CHECKING:
    from usql.store.loading.sink import Sink


def read_dataset(dataset: Any, sink: Sink) -> None:
    """Read all rows of a dataset, in its order."""
    from usql.store.loading.tables.scans import Columns, Scan, read_scan
    from usql.store.loading.tables.tables import ROWS_PER_PORTION

    def batches(columns: Columns) -> Iterator[pa.RecordBatch]:
        for fragment in dataset.get_fragments():
            yield from fragment.to_batches(
                schema=dataset.schema,
                columns=None if columns is None else list(columns),
                batch_size=ROWS_PER_PORTION,
                batch_readahead=1,
                fragment_readahead=1,
            )

    read_scan(Scan(dataset.schema, batches, "the dataset"), Origin(), sink)
