"""Parquet, repeated names told apart."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow.parquet as pq

from usql.formats.format import Format
from usql.result.columns import unique_names
from usql.result.data import ResultData

FORMAT = Format("parquet", "repeated names with _2 …", ("parquet",), is_text=False)

_GROUP = 131_072
"""Rows of a row group: what a writer holds at once, and what a reader can leave out."""


def write(result: ResultData, file: BinaryIO) -> None:
    """Write it by row groups, which take in several batches."""
    table = result.to_arrow().rename_columns(unique_names(result.columns))
    with pq.ParquetWriter(file, table.schema) as writer:
        for start in range(0, max(len(table), 1), _GROUP):
            writer.write_table(table.slice(start, _GROUP))
