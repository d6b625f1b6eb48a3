"""Files whose bytes are taken while they are written."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq

from usql.files.pieces import PieceFile


def test_nothing_is_kept_twice() -> None:
    file = PieceFile()
    assert file.writable()
    file.write(b"abc")
    file.write(memoryview(b"de"))
    assert file.take() == b"abcde"
    assert (file.take(), file.tell()) == (b"", 5)
    file.write(b"f")
    assert (file.take(), file.tell()) == (b"f", 6)


def test_a_writer_that_notes_offsets() -> None:
    table = pa.table({"n": list(range(10))})
    file = PieceFile()
    parts = []
    with pq.ParquetWriter(file, table.schema) as writer:
        for start in range(0, 10, 2):
            writer.write_table(table.slice(start, 2))
            parts.append(file.take())
    parts.append(file.take())
    assert all(parts)
    assert pq.read_table(io.BytesIO(b"".join(parts))) == table
    assert pq.ParquetFile(io.BytesIO(b"".join(parts))).num_row_groups == 5
