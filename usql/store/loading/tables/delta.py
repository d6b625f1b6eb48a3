"""Tables of Delta Lake, read by the library ``deltalake``: the rows that the log says they have, in
its order.

The library answers by a query, which applies deletion vectors, names of columns that differ from
those in the files, and values of partitions. It follows any path in a log, so the paths are looked
at first.

Nothing is left out by what the log notes of the values in its files: a query with a condition, which
is all that the library takes, would give the sessions that do not fit in a second scan, out of their
order; rows would be told by other numbers than in a load of everything.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder

from usql.errors import DataError
from usql.store.loading.tables.delta_log import check_vectors
from usql.store.loading.tables.scans import Choice, Columns, Scan, refused
from usql.store.loading.tables.tables import ROWS_PER_PORTION, rows_at_once
from usql.store.sources.opened import Lake

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSEEN = re.compile(r"[\x00-\x1f]|^ ")
"""What those who read URLs leave out, so that ``..`` may be hidden by it."""


def open_delta(lake: Lake) -> DeltaTable:
    """The newest version of a table."""
    source = lake.origin.name
    address = lake.tree.address(lake.path)
    if address is None:
        raise DataError(
            "tables of Delta Lake are read from folders and from URLs of s3, gs and abfs without "
            "settings behind ? or before @; open it by deltalake.DeltaTable, and hand that over",
            source=source,
        )
    try:
        check_vectors(lake.tree, lake.path, source)
        return DeltaTable(address)
    except DataError:
        raise
    except Exception as error:  # of several kinds, some of them Python's own
        raise refused(error, source) from error


def scan_delta(table: DeltaTable, source: str) -> Scan:
    """The rows of a table as it was opened. ``DataError`` for a table that the library does not
    read, and for one whose log names what lies elsewhere."""

    def asked(columns: Columns, rows: int) -> pa.RecordBatchReader:
        chosen = "*" if columns is None else ", ".join(map(_quoted, columns))
        builder = QueryBuilder().register("t", table)
        for setting in (
            "datafusion.execution.target_partitions = 1",  # several give rows in any order
            f"datafusion.execution.batch_size = {rows}",
        ):
            builder.execute(f"SET {setting}").read_all()
        return pa.RecordBatchReader.from_stream(builder.execute(f"SELECT {chosen} FROM t"))

    def batches(choice: Choice) -> pa.RecordBatchReader:
        return asked(choice(None), rows_at_once(schema))

    try:
        _check_paths(table, source)
        schema = asked(None, ROWS_PER_PORTION).schema
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
