"""An Arrow IPC stream."""

from __future__ import annotations

from collections.abc import Iterator

from pyarrow import ipc

from usql.files.pieces import PieceFile
from usql.formats.format import Format
from usql.result.data import ResultData
from usql.result.options import Options

FORMAT = Format("arrow", "an IPC stream", ("arrow",), is_text=False)

_ROWS = 65_536


def pieces(result: ResultData, options: Options) -> Iterator[bytes]:
    """One batch of at most 65,536 rows per piece, and the end."""
    table = result.to_arrow()
    file = PieceFile()
    with ipc.new_stream(file, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=_ROWS):
            writer.write_batch(batch)
            yield file.take()
    yield file.take()
