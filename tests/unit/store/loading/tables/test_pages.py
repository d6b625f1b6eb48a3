"""What decoding a row group holds, by the headers of its pages."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from usql.store.loading.tables.pages import decoded_size

ROWS = 10_000
TABLE = pa.table({"x": pa.array(range(ROWS), pa.int64())})
PLAIN = {"use_dictionary": False, "data_page_size": 1000, "write_batch_size": 100}


def written(**options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(TABLE, file, **options)
    return file.getvalue()


def size(data: bytes, buffer: int = 0, metadata: Any = None) -> int:
    group = (metadata or pq.read_metadata(pa.BufferReader(data))).row_group(0)
    return decoded_size(pa.BufferReader(data), [group.column(0)], buffer) - 150_000


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "none"},
        {"data_page_version": "2.0"},
        {"write_page_index": True, "write_page_checksum": True},
    ],
    ids=str,
)
def test_only_the_largest_page_counts(options: Mapping[str, Any]) -> None:
    """Pages of 200 numbers of 8 bytes each, give or take a batch, and their levels. A page counts
    twice."""
    found = size(written(**PLAIN, **options))
    assert 2 * 800 <= found <= 2 * 2000
    whole = size(written(use_dictionary=False, data_page_size=1 << 20, **options))
    assert 2 * ROWS * 8 <= whole <= 2 * (ROWS * 8 + 1000)


def test_a_dictionary_is_held_beside_the_page() -> None:
    found = size(written(dictionary_pagesize_limit=1 << 20))
    codes = ROWS * 14 // 8  # of 14 bits
    assert codes < ROWS * 8  # so the largest page is the dictionary's own
    assert found == ROWS * (2 * 8 + 8 + 16)


def test_the_buffer_is_no_larger_than_the_chunk() -> None:
    data = written(**PLAIN)
    packed = pq.read_metadata(pa.BufferReader(data)).row_group(0).column(0).total_compressed_size
    assert size(data, 500) == size(data) + 2 * 500
    assert size(data, 1 << 30) == size(data) + 2 * packed


@pytest.mark.parametrize("damage", [b"\x00", b"\xff", b"\x19", b"\x1c"])
def test_a_damaged_chunk_counts_as_a_whole(damage: bytes) -> None:
    """Ends, unknown types, lists and structs without end, where a header should be."""
    data = written(**PLAIN)
    metadata = pq.read_metadata(pa.BufferReader(data))
    column = metadata.row_group(0).column(0)
    at = column.data_page_offset
    broken = data[:at] + damage * 200 + data[at + 200 :]
    assert size(broken, metadata=metadata) == 2 * column.total_uncompressed_size
