"""Compact columns share no numbers with what they were made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import ipc

from usql.store.compact import compact

LARGE = 2**40


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.int64(), [1, 2, 3]),
        (pa.int64(), [1, None, 3]),
        (pa.int64(), [1, LARGE, 3]),
        (pa.int64(), [1, None, LARGE]),
        (pa.float64(), [1.5, None, 2.5]),
        (pa.float64(), [1.5, 2.5]),
        (pa.bool_(), [True, None, False]),
        (pa.timestamp("ms", "UTC"), [1, None, LARGE]),
        (pa.string(), ["a", None, "b"]),
        (pa.list_(pa.float64()), [[1.5], [], [2.5, 3.5]]),
        (pa.list_(pa.struct({"key": pa.string(), "value": pa.int64()})),
         [[{"key": "a", "value": LARGE}], []]),
    ],
)  # fmt: skip
def test_nothing_of_a_file_is_kept(kind: pa.DataType, values: list[Any]) -> None:
    out = pa.BufferOutputStream()
    batch = pa.record_batch({"x": pa.array(values * 50, kind)})
    with ipc.new_stream(out, batch.schema) as stream:
        stream.write_batch(batch)
    file = out.getvalue()
    read = ipc.open_stream(file).read_next_batch().column("x").slice(3, 100)
    made = compact(read)
    assert _plain(made).to_pylist() == read.to_pylist()
    ends = range(file.address, file.address + file.size)
    assert [b for b in _buffers(made) if b.size and b.address in ends] == []


def _plain(made: pa.Array) -> pa.Array:
    if pa.types.is_list(made.type) and pa.types.is_struct(made.type.value_type):
        return pa.array(made.to_pylist())
    return made.dictionary_decode() if pa.types.is_dictionary(made.type) else made


def _buffers(array: pa.Array) -> Iterator[pa.Buffer]:
    yield from (b for b in array.buffers() if b is not None)
    if pa.types.is_dictionary(array.type):
        yield from _buffers(array.dictionary)
    elif pa.types.is_list(array.type):
        yield from _buffers(array.values)
    elif pa.types.is_struct(array.type):
        for place in range(array.type.num_fields):
            yield from _buffers(array.field(place))
