"""An Arrow IPC stream."""

from __future__ import annotations

from typing import BinaryIO

from pyarrow import ipc

from usql.formats.format import Format
from usql.result.data import ResultData

FORMAT = Format("arrow", "an IPC stream", ("arrow",), is_text=False)

_ROWS = 65_536


def write(result: ResultData, file: BinaryIO) -> None:
    """Write it in batches of at most 65,536 rows."""
    table = result.to_arrow()
    with ipc.new_stream(file, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=_ROWS):
            writer.write_batch(batch)
