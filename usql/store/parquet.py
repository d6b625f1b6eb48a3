"""Parquet files in the export's layout, read row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from usql.catalog import Catalog
from usql.store.described import describe
from usql.store.errors import DataError
from usql.store.flat import FlatBatch, from_arrow
from usql.store.origin import Origin
from usql.store.readable import INTERVALS
from usql.store.sink import Sink
from usql.store.tables import (
    ROWS_PER_PORTION,
    TablePortion,
    check_schema,
    read_tables,
    sound,
    unreadable,
)

_WHOLE = 2
"""Portions of the largest row group that is decoded whole, beside others; a few larger ones at once
would take too much memory."""

_MOST_CELLS = 1 << 24
"""Of a portion: a missing value takes no place in the file, and some in memory."""


def read_parquet(origin: Origin, sink: Sink) -> None:
    """Read all sessions of a file, in its order."""
    first = 0
    with _opened(origin) as file:
        check_schema(file.schema_arrow, origin)
        _refuse_intervals(file.schema, origin)
        if file.metadata.num_rows and not sink.admits(file.schema_arrow.names, origin):
            return
        describe(file.schema_arrow, origin, sink)
        step = max(1, min(ROWS_PER_PORTION, _MOST_CELLS // max(1, file.metadata.num_columns)))
        for group in range(file.num_row_groups):  # Arrow reads no lists across their borders
            described = file.metadata.row_group(group)
            if described.total_byte_size > sink.limit:
                raise sink.too_large("a row group", origin.name)
            rows = described.num_rows
            if rows <= _WHOLE * step:
                sink.take(_RowGroup(origin, file.metadata, group, first))
            else:
                batches = file.iter_batches(step, [group], use_threads=False)
                tables = (pa.Table.from_batches([batch]) for batch in batches)
                read_tables(tables, origin, sink, first)
            first += rows
    sink.advance(origin.place.state().size or 0)


@contextmanager
def _opened(origin: Origin, metadata: pq.FileMetaData | None = None) -> Iterator[pq.ParquetFile]:
    """The file, identifiers in it typed as such."""
    with origin.place.native(in_order=False) as data:
        try:
            file = pq.ParquetFile(data, metadata=metadata, arrow_extensions_enabled=True)
        except UnicodeDecodeError:
            raise DataError("the name of a column is not UTF-8", source=origin.name) from None
        yield file


def _refuse_intervals(schema: pq.ParquetSchema, origin: Origin) -> None:
    """Arrow makes plain bytes of them, which could be taken for texts."""
    for column in schema:
        if column.converted_type == "INTERVAL":
            raise DataError(INTERVALS, source=origin.name, path=column.path)


@dataclass(frozen=True)
class _RowGroup:
    """A row group, whose first row is number ``first`` of the file."""

    origin: Origin
    metadata: pq.FileMetaData
    group: int
    first: int

    def flat(self, catalog: Catalog) -> FlatBatch:
        """Column by column; not where a column is not plainly of its type."""
        return from_arrow(catalog, self._table(), self.origin)

    def add_rows(self, sink: Sink) -> None:
        """Row by row."""
        TablePortion(self._table(), self.origin, self.first).add_rows(sink)

    def _table(self) -> pa.Table:
        try:
            with _opened(self.origin, self.metadata) as file:
                table = file.read_row_group(self.group, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise unreadable(error, self.origin.name) from error
        return sound(table, self.origin)
