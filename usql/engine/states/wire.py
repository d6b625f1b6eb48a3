"""States as bytes: Arrow tables one after the other, each as a stream that marks its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa


def tables_to_bytes(tables: Sequence[pa.Table]) -> pa.Buffer:
    """The bytes of some tables."""
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
    return sink.getvalue()


def tables_from_bytes(states: pa.Buffer | bytes) -> list[pa.Table]:
    """The tables from bytes made by :func:`tables_to_bytes`, over the same memory."""
    source = pa.BufferReader(states)
    tables = []
    while source.tell() < source.size():
        tables.append(pa.ipc.open_stream(source).read_all())
    return tables


def table(arrays: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Table:
    """A table whose columns are identified by position."""
    return pa.table(list(arrays), names=[f"c{number}" for number in range(len(arrays))])


def columns(table: pa.Table) -> Iterator[pa.Array]:
    """The columns of a table, each in one piece."""
    for column in table.columns:
        if column.num_chunks == 1:  # to combine would copy it
            yield column.chunk(0)
            continue
        combined = column.combine_chunks()
        yield pa.array([], combined.type) if isinstance(combined, pa.ChunkedArray) else combined
