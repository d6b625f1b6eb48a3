"""Tables of Delta Lake, read by the library ``deltalake``: the rows that the log lists, in its order.

The library answers a query, in which it applies deletion vectors, renamed columns and values of
partitions. It follows any path in a log, so the paths are checked first.

No files are skipped by the statistics in the log: the library could do so only through a query with
a condition; the sessions that do not meet it would have to come from a second scan, out of order,
and rows would get other numbers than in a full load.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from usql.errors import DataError
from usql.store.loading.tables.delta_log import check_vectors
from usql.store.loading.tables.scans import Choice, Columns, Scan, refused
from usql.store.loading.tables.tables import rows_at_once
from usql.store.sources.opened import Lake
from usql.store.tuning import StoreTuning

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSEEN = re.compile(r"[\x00-\x1f]|^ ")
"""Characters that parsers of URLs drop, which can hide ``..``."""


def open_delta(lake: Lake) -> DeltaTable:
    """The table in its newest version."""
    source = lake.origin.name
    address = lake.tree.address(lake.path)
    if address is None:
        raise DataError(
            "tables of Delta Lake are read from folders and from URLs of s3, gs and abfs without "
            "settings behind ? or before @; open the table by deltalake.DeltaTable, and pass that",
            source=source,
        )
    try:
        check_vectors(lake.tree, lake.path, source)
        return DeltaTable(address)
    except DataError:
        raise
    except Exception as error:  # of many classes, some of them built in
        raise refused(error, source) from error


def scan_delta(table: DeltaTable, source: str, tuning: StoreTuning) -> Scan:
    """A scan of all rows of a table, in the version that was opened. ``DataError`` for a table that
    the library cannot read, and for one whose log names files elsewhere."""

    def reader(columns: Columns, rows: int) -> pa.RecordBatchReader:
        chosen = "*" if columns is None else ", ".join(map(_quoted, columns))
        builder = QueryBuilder().register("t", table)
        for setting in (
            "datafusion.execution.target_partitions = 1",  # several would give rows in any order
            f"datafusion.execution.batch_size = {rows}",
        ):
            builder.execute(f"SET {setting}").read_all()
        return pa.RecordBatchReader.from_stream(builder.execute(f"SELECT {chosen} FROM t"))

    def batches(choice: Choice) -> pa.RecordBatchReader:
        return reader(choice(None), rows_at_once(schema, tuning))

    try:
        _check_paths(table, source)
        schema = reader(None, tuning.table_rows_at_once).schema
        return Scan(schema, batches, source)
    except DataError:
        raise
    except Exception as error:
        raise refused(error, source) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _check_paths(table: DeltaTable, source: str) -> None:
    actions = pa.table(table.get_add_actions(flatten=True))
    for path in actions.column("path").to_pylist():
        if _leads_elsewhere(path):
            raise DataError(
                f"the log of this table names a file elsewhere, {path}, which is not read",
                source=source,
            )


def _leads_elsewhere(path: str) -> bool:
    """Whether a path of a log, which is a relative URL, may lead out of the table's folder."""
    plain = unquote(path).replace("\\", "/")
    is_absolute = any(_SCHEME.match(p) or p.startswith(("/", "\\")) for p in (path, plain))
    return is_absolute or bool(_UNSEEN.search(path)) or ".." in plain.split("/")
