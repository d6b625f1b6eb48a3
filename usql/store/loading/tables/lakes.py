"""Tables of Delta Lake and Iceberg, read through their logs by their own libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usql.errors import DataError
from usql.store.inputs.origin import Origin
from usql.store.sources.opened import Lake, kind_of_lake

if TYPE_CHECKING:
    from usql.store.loading.sink import Sink


def read_lake(lake: Lake, sink: Sink) -> None:
    """Read all rows of the table at a place. ``DataError`` if its library is not installed, cannot
    read such a table, or if its log names files elsewhere."""
    from usql.store.loading.tables.scans import read_scan

    try:
        if lake.kind == "Delta Lake":
            from usql.store.loading.tables.delta import open_delta, scan_delta

            scan = scan_delta(open_delta(lake), lake.origin.name, sink.tuning)
        else:
            from usql.store.loading.tables.iceberg import open_iceberg, scan_iceberg

            scan = scan_iceberg(open_iceberg(lake), lake.origin.name)
    except ModuleNotFoundError as error:
        library = "deltalake" if lake.kind == "Delta Lake" else "pyiceberg"
        if (error.name or "").partition(".")[0] != library:
            raise
        raise DataError(
            f"this is a table of {lake.kind}; to read it, pip install 'usql-engine[lakes]'",
            source=lake.origin.name,
        ) from None
    read_scan(scan, lake.origin, sink)


def read_open_lake(table: Any, sink: Sink) -> None:
    """Read all rows of a table that the program opened."""
    from usql.store.loading.tables.scans import read_scan

    if kind_of_lake(table) == "Delta Lake":
        from usql.store.loading.tables.delta import scan_delta

        scan = scan_delta(table, str(table.table_uri), sink.tuning)
    else:
        from usql.store.loading.tables.iceberg import scan_iceberg

        scan = scan_iceberg(table, str(table.location()))
    read_scan(scan, Origin(), sink)
