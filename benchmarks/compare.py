"""Whether two answers are the same: as bags of rows, doubles to a relative 1e-9."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

TOLERANCE = 1e-9


def difference(ours: pa.Table, theirs: pa.Table) -> str | None:
    """A sentence that tells the first difference, or None. Column names do not count, nor the order
    of rows, nor whether a whole number is an integer or a double; the order within a list does."""
    if ours.num_columns != theirs.num_columns:
        return f"{ours.num_columns} columns against {theirs.num_columns}"
    if ours.num_rows != theirs.num_rows:
        return f"{ours.num_rows} rows against {theirs.num_rows}"
    for our_row, their_row in zip(_sorted(ours), _sorted(theirs), strict=True):
        if not all(map(_same, our_row, their_row)):
            return f"{our_row} against {their_row}"
    return None


def _sorted(table: pa.Table) -> list[tuple[Any, ...]]:
    rows = list(zip(*map(_values, table.columns), strict=True))
    return sorted(rows, key=lambda row: tuple(map(_place, row)))


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values; a moment as its milliseconds, however an engine types it."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz)).cast(pa.int64())
    values: list[Any] = column.to_pylist()
    return values


def _place(value: Any) -> tuple[int, Any]:
    """Where a value sorts: nulls, then numbers, roundly so that equals come together, then texts."""
    if value is None:
        return (0, 0)
    if isinstance(value, list):
        return (3, tuple(map(_place, value)))
    if isinstance(value, str):
        return (2, value)
    return (1, float(f"{float(value):.6g}"))


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=0.0)
    return bool(ours == theirs)
