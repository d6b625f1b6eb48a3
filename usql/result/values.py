"""The columns of a result as Python values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from usql.result.responses import json_value
from usql.result.texts import functions as fn

BATCH = 8192
"""The number of rows that are written at a time."""


def batches(table: pa.Table, rows: int = BATCH) -> Iterator[pa.RecordBatch]:
    """The rows in pieces of at most ``rows``, which share the table's memory."""
    return (batch for batch in table.to_batches(max_chunksize=rows) if len(batch))


def strict_values(column: pa.Array | pa.ChunkedArray, missing: str | None = None) -> list[Any]:
    """The values of a column as strict JSON allows them, without NaN and infinities; ``missing``
    stands for a missing value."""
    values: list[Any] = column.to_pylist()
    if missing is not None:
        values = [missing if value is None else value for value in values]
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if all(_is_finite(chunk) for chunk in chunks):
        return values
    return [json_value(value) for value in values]


def _is_finite(array: pa.Array) -> bool:
    """Whether all numbers are finite, including those inside lists and pairs."""
    kind = array.type
    if pa.types.is_floating(kind):
        return bool(np.isfinite(fn.in_numpy(array)).all())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_finite(fn.entries(array))
    if pa.types.is_struct(kind):
        return all(_is_finite(member) for member in array.flatten())
    return True
