"""Tables that other libraries scan batch by batch, with chosen columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from usql.catalog import Catalog
from usql.errors import DataError
from usql.frozen import dataclass
from usql.store.batches.flat import FlatBatch, from_arrow
from usql.store.inputs.origin import Origin
from usql.store.loading.bounds import BoundsOf
from usql.store.loading.sink import Sink
from usql.store.loading.tables.described import describe
from usql.store.loading.tables.leaves import wanted_leaves
from usql.store.loading.tables.readable import leaves
from usql.store.loading.tables.tables import TablePortion, check_schema, rows_at_once, sound
from usql.store.recognition.wrappings import may_wrap

Columns = Sequence[str] | None
"""The names of columns, at least one; ``None`` for all."""

Choice = Callable[[BoundsOf | None], Columns]
"""The columns to read of some rows, by their statistics, if there are any."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A table. ``batches`` gives all rows, always in the same order, each part with the columns
    chosen for it; any exception from it means that the table cannot be read, and is reported for
    ``source``."""

    schema: pa.Schema
    batches: Callable[[Choice], Iterable[pa.RecordBatch]]
    source: str


def read_scan(scan: Scan, origin: Origin, sink: Sink) -> None:
    """Read all sessions of a table, asking only for the wanted columns. If these do not show that a
    row is a session, whole rows are read."""
    check_schema(scan.schema, origin)
    names = scan.schema.names
    describe(scan.schema, origin, sink)
    columns = _chosen_columns(sink.catalog, scan.schema)
    whole = None if columns is None else _Whole(scan)

    def chosen(bounds_of: BoundsOf | None) -> Columns:
        reduced = (
            None if columns is None or bounds_of is None else sink.reduced_projection(bounds_of)
        )
        if reduced is None:
            return columns
        return _chosen_columns(replace(sink.catalog, loaded=reduced), scan.schema)

    first = 0
    for batch in _batches(scan, chosen):
        if sink.is_full():
            break
        if batch.num_rows and not sink.admits(names, origin):
            return
        step = rows_at_once(batch.schema, sink.tuning)
        for begin in range(0, batch.num_rows, step):
            part = pa.Table.from_batches([batch.slice(begin, step)])
            sink.take(_Portion(part, origin, first + begin, whole))
        first += batch.num_rows
    sink.settle()  # a second scan needs the table to be open


def _chosen_columns(catalog: Catalog, schema: pa.Schema) -> list[str] | None:
    if catalog.loaded is None or may_wrap(schema.names):
        return None
    flags = wanted_leaves(catalog, schema)
    names = [f.name for f in schema if any([*islice(flags, leaves(f))])]
    return names or schema.names[:1] or None


def _batches(scan: Scan, choice: Choice) -> Iterator[pa.RecordBatch]:
    try:
        for batch in scan.batches(choice):
            pa.default_memory_pool().release_unused()
            yield batch
    except DataError:
        raise
    except Exception as error:  # of the library's classes, and those of its dependencies
        raise refused(error, scan.source) from error


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def refused(error: Exception, source: str) -> DataError:
    """An error of a library about a table."""
    lines = filter(None, (_COLOUR.sub("", line).strip() for line in str(error).splitlines()))
    reason = next(lines, type(error).__name__)
    return DataError(f"the table cannot be read: {reason}", source=source)


class _Whole:
    """A second scan, of all columns, from which some rows are taken in order."""

    def __init__(self, scan: Scan) -> None:
        self._batches = _batches(scan, lambda _: None)
        self._begin = 0
        self._held: pa.Table = scan.schema.empty_table()

    def rows(self, first: int, count: int) -> pa.Table:
        """``count`` rows from row ``first`` on, which must come after all rows taken so far."""
        while self._begin + self._held.num_rows < first + count:
            self._let_go(first)
            batch = pa.Table.from_batches([next(self._batches)])
            self._held = pa.concat_tables([self._held, batch]) if self._held.num_rows else batch
        self._let_go(first)
        return self._held.slice(0, count)

    def _let_go(self, first: int) -> None:
        gone = min(first - self._begin, self._held.num_rows)
        self._held = self._held.slice(gone)
        self._begin += gone


@dataclass(frozen=True)
class _Portion:
    """Rows with the wanted columns, the first of them number ``first``."""

    table: pa.Table
    origin: Origin
    first: int
    whole: _Whole | None

    def flat(self, catalog: Catalog) -> list[FlatBatch]:
        """Column by column; not where a column is not plainly of its type."""
        return [from_arrow(catalog, sound(self.table, self.origin), self.origin)]

    def add_rows(self, sink: Sink) -> None:
        """Convert row by row, with all columns."""
        table = self.table
        if self.whole is not None:
            table = self.whole.rows(self.first, table.num_rows)
        TablePortion(table, self.origin, self.first).add_rows(sink)
