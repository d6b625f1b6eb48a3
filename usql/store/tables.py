"""Arrow tables in the export's layout, some thousands of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from usql.catalog import Catalog
from usql.store.errors import DataError
from usql.store.flat import FlatBatch, from_arrow
from usql.store.origin import Origin
from usql.store.sink import Sink

ROWS_PER_PORTION = 16_384


def read_tables(tables: Iterable[pa.Table], origin: Origin, sink: Sink, first: int = 0) -> None:
    """Tables that follow each other in one source; their rows are counted through from ``first``."""
    for table in tables:
        for begin in range(0, table.num_rows, ROWS_PER_PORTION):
            part = table.slice(begin, ROWS_PER_PORTION)
            sink.take(TablePortion(part, origin, first + begin))
        first += table.num_rows


@dataclass(frozen=True)
class TablePortion:
    """A table whose first row is number ``first`` of its source."""

    table: pa.Table
    origin: Origin
    first: int

    def flat(self, catalog: Catalog) -> FlatBatch:
        """Column by column; not where a column is not plainly of its type."""
        return from_arrow(catalog, sound(self.table, self.origin))

    def add_rows(self, sink: Sink) -> None:
        """Row by row."""
        try:
            rows = self.table.to_pylist()
        except OverflowError as error:  # of datetime
            reason = "a time lies beyond the years 1 to 9999, beside values to be read one by one"
            raise DataError(reason, source=self.origin.name) from error
        for number, row in enumerate(rows, self.first):
            sink.add_object(row, self.origin, row=number)


def sound(table: pa.Table, origin: Origin) -> pa.Table:
    """The table, if its offsets and texts are such that it can be read without harm: what readers
    make of a damaged file, or other programs hand over, need not be."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        if not origin.name:
            raise DataError(f"the table can not be read: {error}") from error
        raise unreadable(error, origin.name) from error
    return table


def unreadable(error: Exception, source: str) -> DataError:
    """What a failure of a reader or of the system means to the user."""
    reason = str(error).split("\n", maxsplit=1)[0]
    return DataError(f"the file can not be read: {reason}", source=source)
