"""Parquet files in the export's layout, read row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.catalog import Catalog
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.bad_data import NeedsSlowPath, unreadable
from usql.store.batches.flat import FlatBatch, from_arrow
from usql.store.inputs.origin import Origin
from usql.store.loading.bounds import GroupBounds
from usql.store.loading.sink import Sink
from usql.store.loading.tables.described import describe
from usql.store.loading.tables.leaves import wanted_leaves
from usql.store.loading.tables.pages import decoded_size
from usql.store.loading.tables.readable import INTERVALS
from usql.store.loading.tables.tables import (
    TablePortion,
    check_schema,
    read_tables,
    sound,
)
from usql.store.memory import release_unused_memory
from usql.store.recognition.wrappings import may_wrap
from usql.store.sources.hive import fields_of
from usql.store.tuning import StoreTuning

if TYPE_CHECKING:
    import pyarrow.parquet as pq


_BUFFER = 1 << 16
"""Bytes of each column's part of the file that are read at once where a row group is streamed."""


def read_parquet(origin: Origin, sink: Sink) -> None:
    """Read all sessions of a file, in its order.

    A row group that is larger than what the sink takes at once is streamed if the sink lets it be:
    then one page of each column is in memory, and a few rows, however large the row group is.
    """
    first = 0
    with opened(origin) as file:
        check_schema(file.schema_arrow, origin)
        _refuse_intervals(file.schema, origin)
        if file.metadata.num_rows and not sink.admits(file.schema_arrow.names, origin):
            return
        describe(file.schema_arrow, origin, sink)
        columns = _columns(file, sink.catalog)
        group_bounds = GroupBounds(file.metadata, file.schema_arrow, fields_of(origin))
        for group in range(file.num_row_groups):  # Arrow cannot read lists across row groups
            if sink.is_full():
                break
            described = file.metadata.row_group(group)
            if origin.groups is not None and group not in origin.groups:
                first += described.num_rows
                continue
            chosen = columns
            if (
                columns is not None
                and (reduced := sink.reduced_projection(group_bounds.of(group))) is not None
            ):
                chosen = _columns(file, replace(sink.catalog, loaded=reduced))
            rows = described.num_rows
            if _size(described, chosen) > sink.most_at_once:
                _check_pages(described, origin, sink)
                with opened(origin, file.metadata, _BUFFER) as streamed:
                    read_tables(_streamed(streamed, group, sink.tuning), origin, sink, first)
                release_unused_memory()
            elif chosen is not None and rows * len(chosen) <= sink.tuning.most_decoded_cells:
                sink.take(_RowGroup(origin, file.metadata, group, first, chosen, sink.tuning))
            else:  # a reader of many columns takes much memory, so there is only one
                read_tables(_decoded(file, group, None, sink.tuning), origin, sink, first)
            first += rows
    sink.advance(origin.place.state().size or 0)


@contextmanager
def opened(
    origin: Origin, metadata: pq.FileMetaData | None = None, buffer: int = 0
) -> Iterator[pq.ParquetFile]:
    """A Parquet file, opened with its UUIDs typed as such. With a ``buffer`` of so many bytes for each
    column its pages are read when they are decoded, otherwise all those of a row group at once."""
    import pyarrow.parquet as pq

    with origin.place.native(in_order=False) as data:
        try:
            file = pq.ParquetFile(
                data,
                metadata=metadata,
                buffer_size=buffer,
                pre_buffer=not buffer,
                arrow_extensions_enabled=True,
            )
        except UnicodeDecodeError:
            raise DataError("the name of a column is not UTF-8", source=origin.name) from None
        yield file


def _refuse_intervals(schema: pq.ParquetSchema, origin: Origin) -> None:
    """Raise if the file has intervals: Arrow turns them into plain bytes, which could pass as
    texts."""
    for column in schema:
        if column.converted_type == "INTERVAL":
            raise DataError(INTERVALS, source=origin.name, path=column.path)


def _columns(file: pq.ParquetFile, catalog: Catalog) -> list[str] | None:
    """The paths of the columns to read; ``None`` for all."""
    if catalog.loaded is None or may_wrap(file.schema_arrow.names):
        return None
    flags = list(wanted_leaves(catalog, file.schema_arrow))
    paths = [file.schema.column(i).path for i in range(len(file.schema))]
    if len(flags) != len(paths):  # Arrow changes the nesting of some type in the file
        return None
    return [path for path, is_wanted in zip(paths, flags, strict=True) if is_wanted]


def _chunks(
    group: pq.RowGroupMetaData, columns: list[str] | None
) -> Iterator[pq.ColumnChunkMetaData]:
    names = None if columns is None else set(columns)
    chunks = (group.column(i) for i in range(group.num_columns))
    return (chunk for chunk in chunks if names is None or chunk.path_in_schema in names)


def _size(group: pq.RowGroupMetaData, columns: list[str] | None) -> int:
    """The size of the columns in bytes, unpacked."""
    return sum(chunk.total_uncompressed_size for chunk in _chunks(group, columns))


def _check_pages(group: pq.RowGroupMetaData, origin: Origin, sink: Sink) -> None:
    """``DataError`` if the row group cannot be streamed in the room that the sink gives."""
    with origin.place.native(in_order=False) as data:
        sink.check_streamed(lambda: decoded_size(data, _chunks(group, None), _BUFFER), origin.name)


@dataclass(frozen=True)
class _RowGroup:
    """A row group whose first row is number ``first`` of the file; ``columns`` are the paths of
    those that are read. If these do not show that a row is a session, whole rows are read."""

    origin: Origin
    metadata: pq.FileMetaData
    group: int
    first: int
    columns: list[str]
    tuning: StoreTuning

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """Convert column by column, if each column is plainly of its type."""
        with suppress(NeedsSlowPath):
            return self._flat(catalog, self.columns)
        return self._flat(catalog, None)

    def _flat(self, catalog: Catalog, columns: list[str] | None) -> list[FlatBatch]:
        return [
            from_arrow(catalog, sound(t, self.origin), self.origin) for t in self._tables(columns)
        ]

    def add_rows(self, sink: Sink) -> None:
        """Convert row by row."""
        first = self.first
        for table in self._tables():
            TablePortion(table, self.origin, first).add_rows(sink)
            first += table.num_rows

    def _tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        try:
            with opened(self.origin, self.metadata) as file:
                yield from _decoded(file, self.group, columns, self.tuning)
        except (OSError, pa.ArrowException) as error:
            raise unreadable(error, self.origin.name) from error


def _decoded(
    file: pq.ParquetFile, group: int, columns: list[str] | None, tuning: StoreTuning
) -> Iterator[pa.Table]:
    """The rows of a row group in pieces, each decoded on demand, with the columns at these paths,
    or all."""
    count = max(1, file.metadata.num_columns if columns is None else len(columns))
    few = max(tuning.fewest_table_rows, tuning.decoded_cells_at_once // count)
    step = min(tuning.table_rows_at_once, few, tuning.most_decoded_cells // count)
    return _in_pieces(file, group, columns, step)


def _streamed(file: pq.ParquetFile, group: int, tuning: StoreTuning) -> Iterator[pa.Table]:
    """The same of a row group larger than memory: all columns, in smaller pieces."""
    described = file.metadata.row_group(group)
    count = max(1, described.num_columns)
    fit = described.num_rows * tuning.streamed_bytes_at_once // max(1, _size(described, None))
    step = min(tuning.fewest_table_rows, fit, tuning.most_decoded_cells // count)
    return _in_pieces(file, group, None, step)


def _in_pieces(
    file: pq.ParquetFile, group: int, columns: list[str] | None, rows: int
) -> Iterator[pa.Table]:
    for batch in file.iter_batches(max(rows, 1), [group], columns, use_threads=False):
        yield pa.Table.from_batches([batch])
