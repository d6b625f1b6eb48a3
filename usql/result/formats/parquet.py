"""Parquet, with repeated names made unique."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.parquet as pq

from usql.files.pieces import PieceFile
from usql.formats.format import Format
from usql.result.columns import unique_names
from usql.result.data import ResultData
from usql.result.options import Options

FORMAT = Format("parquet", "repeated names with _2 …", ("parquet",), is_text=False)

_GROUP = 131_072
"""Rows of a row group: what a writer holds at once, and what a reader can leave out."""


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One row group, of several batches, per piece, and the footer."""
    table = result.to_arrow().rename_columns(unique_names(result.columns))
    file = PieceFile()
    with pq.ParquetWriter(file, table.schema) as writer:
        for start in range(0, max(len(table), 1), _GROUP):
            writer.write_table(table.slice(start, _GROUP))
            yield file.take()
    yield file.take()
