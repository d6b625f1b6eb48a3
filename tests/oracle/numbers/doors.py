"""Every way into the engine: the same sessions as objects, text, Arrow, Parquet and a saved store."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc

import usql
from tests.rows import sessions

Rows = list[dict[str, Any]]


def _objects(rows: Rows, folder: Path) -> usql.Sessions:
    return usql.open(sessions(rows))


def _lines(rows: Rows, folder: Path) -> usql.Sessions:
    """As JSON text, which has neither NaN nor infinities."""
    path = folder / "sessions.ndjson"
    path.write_text("".join(json.dumps(row, allow_nan=False) + "\n" for row in sessions(rows)))
    return usql.open(path)


def _table(rows: Rows, folder: Path) -> usql.Sessions:
    return usql.open(pa.Table.from_pylist(sessions(rows)))


def _arrow(rows: Rows, folder: Path) -> usql.Sessions:
    table = pa.Table.from_pylist(sessions(rows))
    with ipc.new_file(folder / "sessions.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=3)
    return usql.open(folder / "sessions.arrow")


def _parquet(rows: Rows, folder: Path) -> usql.Sessions:
    pq.write_table(
        pa.Table.from_pylist(sessions(rows)), folder / "sessions.parquet", row_group_size=3
    )
    return usql.open(folder / "sessions.parquet")


def _store(rows: Rows, folder: Path) -> usql.Sessions:
    usql.open(sessions(rows)).save(folder / "store")
    return usql.open(folder / "store")


def _written(rows: Rows, folder: Path) -> usql.Sessions:
    """As usql itself writes them."""
    usql.open(sessions(rows)).write(folder / "written.parquet")
    return usql.open(folder / "written.parquet")


DOORS: dict[str, Callable[[Rows, Path], usql.Sessions]] = {
    "objects": _objects,
    "lines": _lines,
    "table": _table,
    "arrow": _arrow,
    "parquet": _parquet,
    "store": _store,
    "written": _written,
}
NOT_JSON = [name for name in DOORS if name != "lines"]
"""The ways by which NaN and infinities come."""


def cells(data: usql.Sessions, text: str, **options: Any) -> list[Any]:
    """The only row of an answer."""
    [row] = data.query(text, profile="offline", **options).rows()
    return row


def near(found: float, count: int, values: list[float]) -> bool:
    """Whether ``count`` times a double is the sum of the values but for the rounding of each
    addition."""
    exact = sum(map(Fraction, values))
    slack = Fraction(len(values), 2**52) * sum(abs(Fraction(v)) for v in values)
    return abs(Fraction(found) * count - exact) <= slack
