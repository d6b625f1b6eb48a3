"""Tables of Delta Lake and Iceberg, which are read through their logs by the libraries for them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from usql.frozen import dataclass
from usql.store.errors import DataError
from usql.store.origin import Origin

if TYPE_CHECKING:
    from usql.store.sink import Sink
    from usql.store.trees import Tree


@dataclass(frozen=True, slots=True)
class Lake:
    """A table in a folder, or the description of one of Iceberg."""

    kind: str
    origin: Origin
    tree: Tree
    path: str


def is_lake(value: Any) -> bool:
    """Whether a value is a table that a program opened with one of the libraries."""
    return _kind(value) is not None


def _kind(value: Any) -> str | None:
    """No value is a table of a library that nobody imported."""
    for kind, module, name in (
        ("Delta Lake", "deltalake", "DeltaTable"),
        ("Iceberg", "pyiceberg.table", "Table"),
    ):
        made = getattr(sys.modules.get(module), name, None)
        if isinstance(made, type) and isinstance(value, made):
            return kind
    return None


def read_lake(lake: Lake, sink: Sink) -> None:
    """Read all rows of a table by its place. ``DataError`` where its library is not installed, the
    table is of a kind that the library does not read, or its log names what lies elsewhere."""
    from usql.store.scans import read_scan

    try:
        if lake.kind == "Delta Lake":
            from usql.store.delta import open_delta, scan_delta

            scan = scan_delta(open_delta(lake), lake.origin.name)
        else:
            from usql.store.iceberg import open_iceberg, scan_iceberg

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
    """Read all rows of a table that a program opened."""
    from usql.store.scans import read_scan

    if _kind(table) == "Delta Lake":
        from usql.store.delta import scan_delta

        scan = scan_delta(table, str(table.table_uri))
    else:
        from usql.store.iceberg import scan_iceberg

        scan = scan_iceberg(table, str(table.location()))
    read_scan(scan, Origin(), sink)
