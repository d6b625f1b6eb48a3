"""Arrow tables in the export's layout, some thousands of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from usql.catalog import Catalog
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.bad_data import BadValue, unreadable
from usql.store.batches.flat import FlatBatch, from_arrow
from usql.store.inputs.origin import Origin
from usql.store.loading.sink import Sink
from usql.store.loading.tables.described import describe
from usql.store.loading.tables.readable import bare, check_fields, leaves, readable
from usql.store.tuning import StoreTuning


def read_tables(
    tables: Iterable[pa.Table],
    origin: Origin,
    sink: Sink,
    first: int = 0,
    at_once: int | None = None,
) -> None:
    """Read consecutive tables of one source, whose rows are numbered from ``first`` on, ``at_once``
    rows at a time, by default ``table_rows_at_once``."""
    step = sink.tuning.table_rows_at_once if at_once is None else at_once
    for table in tables:
        check_schema(table.schema, origin)
        if table.num_rows and not sink.admits(table.column_names, origin):
            return
        describe(table.schema, origin, sink)
        for begin in range(0, table.num_rows, step):
            if sink.is_full():
                return
            part = table.slice(begin, step)
            sink.take(TablePortion(part, origin, first + begin))
        first += table.num_rows


def rows_at_once(schema: pa.Schema, tuning: StoreTuning) -> int:
    """How many rows of a table that is not in memory yet are converted at a time."""
    columns = max(1, sum(map(leaves, schema)))
    few = max(tuning.fewest_table_rows, tuning.table_cells_at_once // columns)
    return min(tuning.table_rows_at_once, few)


@dataclass(frozen=True)
class TablePortion:
    """A table whose first row is number ``first`` of its source."""

    table: pa.Table
    origin: Origin
    first: int

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """Column by column; not where a column is not plainly of its type."""
        return [from_arrow(catalog, sound(self.table, self.origin), self.origin)]

    def add_rows(self, sink: Sink) -> None:
        """Row by row."""
        table = sound(self.table, self.origin)
        step = max(1, sink.tuning.values_at_once // max(1, sum(map(leaves, table.schema))))
        convert = bare(pa.struct(list(table.schema)))
        for begin in range(0, table.num_rows, step):
            for number, row in enumerate(self._rows(table.slice(begin, step)), begin):
                sink.add_object(convert(row), self.origin, row=self.first + number)

    def _rows(self, table: pa.Table) -> list[dict[str, Any]]:
        try:
            return table.to_pylist()
        except OverflowError as error:  # raised by datetime
            reason = "a time lies beyond the years 1 to 9999, beside values to be read one by one"
            raise DataError(reason, source=self.origin.name) from error
        except (ValueError, pa.ArrowException) as error:
            raise _refused(error, self.origin) from error


def sound(table: pa.Table, origin: Origin) -> pa.Table:
    """The table in a plain layout, if its offsets and texts are valid, which tables from damaged
    files or other programs need not be."""
    check_schema(table.schema, origin)
    try:
        table.validate(full=True)
        return readable(table)
    except BadValue as bad:
        raise DataError(bad.reason, source=origin.name, path=bad.path) from None
    except pa.ArrowException as error:
        raise _refused(error, origin) from error


def check_schema(schema: pa.Schema, origin: Origin) -> None:
    """``DataError`` for a column whose name or type no field can have."""
    try:
        check_fields(schema, "")
    except BadValue as bad:
        raise DataError(bad.reason, source=origin.name, path=bad.path) from None


def _refused(error: Exception, origin: Origin) -> DataError:
    if origin.name:
        return unreadable(error, origin.name)
    return DataError(f"the table cannot be read: {error}")
