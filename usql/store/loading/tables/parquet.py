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
from usql.store.bad_data import NeedsPrecise, unreadable
from usql.store.batches.flat import FlatBatch, from_arrow
from usql.store.inputs.origin import Origin
from usql.store.loading.bounds import GroupBounds
from usql.store.loading.sink import Sink
from usql.store.loading.tables.described import describe
from usql.store.loading.tables.leaves import wanted_leaves
from usql.store.loading.tables.readable import INTERVALS
from usql.store.loading.tables.tables import (
    ROWS_PER_PORTION,
    TablePortion,
    check_schema,
    read_tables,
    sound,
)
from usql.store.recognition.wrappings import may_wrap
from usql.store.sources.hive import fields_of

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_CELLS_AT_ONCE = 1 << 18
"""That are decoded at once: they take many times what is kept of them."""

_FEWEST_ROWS = 1 << 10
"""That are decoded at once of tables with many columns, each of which costs by itself."""

_MOST_CELLS = 1 << 24
"""That are decoded at once, or read of a row group by one thread: a missing value takes no place in
the file, and some in memory."""


def read_parquet(origin: Origin, sink: Sink) -> None:
    """Read all sessions of a file, in its order."""
    first = 0
    with _opened(origin) as file:
        check_schema(file.schema_arrow, origin)
        _refuse_intervals(file.schema, origin)
        if file.metadata.num_rows and not sink.admits(file.schema_arrow.names, origin):
            return
        describe(file.schema_arrow, origin, sink)
        columns = _columns(file, sink.catalog)
        noted = GroupBounds(file.metadata, file.schema_arrow, fields_of(origin))
        for group in range(file.num_row_groups):  # Arrow reads no lists across their borders
            if sink.is_full():
                break
            described = file.metadata.row_group(group)
            wanted = columns
            if columns is not None and (left := sink.left(noted.of(group))) is not None:
                wanted = _columns(file, replace(sink.catalog, loaded=left))
            if _size(described, wanted) > sink.limit:
                raise sink.too_large("a row group", origin.name)
            rows = described.num_rows
            if wanted is not None and rows * len(wanted) <= _MOST_CELLS:
                sink.take(_RowGroup(origin, file.metadata, group, first, wanted))
            else:  # a reader of many columns takes much memory: there is one, beside the others
                read_tables(_decoded(file, group, None), origin, sink, first)
            first += rows
    sink.advance(origin.place.state().size or 0)


@contextmanager
def _opened(origin: Origin, metadata: pq.FileMetaData | None = None) -> Iterator[pq.ParquetFile]:
    """The file, identifiers in it typed as such."""
    import pyarrow.parquet as pq

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


def _columns(file: pq.ParquetFile, catalog: Catalog) -> list[str] | None:
    """The paths of the columns to read; ``None`` for all."""
    if catalog.loaded is None or may_wrap(file.schema_arrow.names):
        return None
    wanted = list(wanted_leaves(catalog, file.schema_arrow))
    paths = [file.schema.column(i).path for i in range(len(file.schema))]
    if len(wanted) != len(paths):  # the file has a type that Arrow reads as another one
        return None
    return [path for path, is_wanted in zip(paths, wanted, strict=True) if is_wanted]


def _size(group: pq.RowGroupMetaData, columns: list[str] | None) -> int:
    """Bytes of the columns, unpacked."""
    if columns is None:
        return int(group.total_byte_size)
    chunks = (group.column(i) for i in range(group.num_columns))
    names = set(columns)
    return sum(c.total_uncompressed_size for c in chunks if c.path_in_schema in names)


@dataclass(frozen=True)
class _RowGroup:
    """A row group, whose first row is number ``first`` of the file; ``columns`` are the paths of
    those that are read. Rows that do not show in them that they are sessions are read as a whole."""

    origin: Origin
    metadata: pq.FileMetaData
    group: int
    first: int
    columns: list[str]

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """Column by column; not where a column is not plainly of its type."""
        with suppress(NeedsPrecise):
            return self._flat(catalog, self.columns)
        return self._flat(catalog, None)

    def _flat(self, catalog: Catalog, columns: list[str] | None) -> list[FlatBatch]:
        return [
            from_arrow(catalog, sound(t, self.origin), self.origin) for t in self._tables(columns)
        ]

    def add_rows(self, sink: Sink) -> None:
        """Row by row."""
        first = self.first
        for table in self._tables():
            TablePortion(table, self.origin, first).add_rows(sink)
            first += table.num_rows

    def _tables(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        try:
            with _opened(self.origin, self.metadata) as file:
                yield from _decoded(file, self.group, columns)
        except (OSError, pa.ArrowException) as error:
            raise unreadable(error, self.origin.name) from error


def _decoded(file: pq.ParquetFile, group: int, columns: list[str] | None) -> Iterator[pa.Table]:
    """The rows of a row group in pieces, each decoded when it is asked for, with the columns of
    these paths or all."""
    count = max(1, file.metadata.num_columns if columns is None else len(columns))
    step = min(ROWS_PER_PORTION, max(_FEWEST_ROWS, _CELLS_AT_ONCE // count))
    step = max(1, min(step, _MOST_CELLS // count))
    for batch in file.iter_batches(step, [group], columns, use_threads=False):
        yield pa.Table.from_batches([batch])
