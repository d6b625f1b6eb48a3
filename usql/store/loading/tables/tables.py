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

ROWS_PER_PORTION = 16_384

_CELLS_AT_ONCE = 1 << 19
"""Of a table that is read bit by bit: what is made of them takes memory beside what is kept."""

_FEWEST_ROWS = 1 << 10
_VALUES_AT_ONCE = 1 << 20
"""Values of a wide table that are Python's at once, most of which may be missing."""


def read_tables(
    tables: Iterable[pa.Table],
    origin: Origin,
    sink: Sink,
    first: int = 0,
    at_once: int = ROWS_PER_PORTION,
) -> None:
    """Tables that follow each other in one source; their rows are counted through from ``first``, and
    ``at_once`` of them worked on."""
    for table in tables:
        check_schema(table.schema, origin)
        if table.num_rows and not sink.admits(table.column_names, origin):
            return
        describe(table.schema, origin, sink)
        for begin in range(0, table.num_rows, at_once):
            if sink.is_full():
                return
            part = table.slice(begin, at_once)
            sink.take(TablePortion(part, origin, first + begin))
        first += table.num_rows


def rows_at_once(schema: pa.Schema) -> int:
    """How many rows of a table that is not in memory yet are worked on at once."""
    columns = max(1, sum(map(leaves, schema)))
    return min(ROWS_PER_PORTION, max(_FEWEST_ROWS, _CELLS_AT_ONCE // columns))


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
        step = max(1, _VALUES_AT_ONCE // max(1, sum(map(leaves, table.schema))))
        made = bare(pa.struct(list(table.schema)))
        for begin in range(0, table.num_rows, step):
            for number, row in enumerate(self._rows(table.slice(begin, step)), begin):
                sink.add_object(made(row), self.origin, row=self.first + number)

    def _rows(self, table: pa.Table) -> list[dict[str, Any]]:
        try:
            return table.to_pylist()
        except OverflowError as error:  # of datetime
            reason = "a time lies beyond the years 1 to 9999, beside values to be read one by one"
            raise DataError(reason, source=self.origin.name) from error
        except (ValueError, pa.ArrowException) as error:
            raise _refused(error, self.origin) from error


def sound(table: pa.Table, origin: Origin) -> pa.Table:
    """The table in a plain layout, if its offsets and texts are such that it can be read without
    harm: what readers make of a damaged file, or other programs hand over, need not be."""
    check_schema(table.schema, origin)
    try:
        table.validate(full=True)
        return readable(table)
    except BadValue as bad:
        raise DataError(bad.reason, source=origin.name, path=bad.path) from None
    except pa.ArrowException as error:
        raise _refused(error, origin) from error


def check_schema(schema: pa.Schema, origin: Origin) -> None:
    """``DataError`` with the column that has no readable name, or whose name or type no field can
    have."""
    try:
        check_fields(schema, "")
    except BadValue as bad:
        raise DataError(bad.reason, source=origin.name, path=bad.path) from None


def _refused(error: Exception, origin: Origin) -> DataError:
    if origin.name:
        return unreadable(error, origin.name)
    return DataError(f"the table cannot be read: {error}")
