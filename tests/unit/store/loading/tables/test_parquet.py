"""Row groups that are larger than what a sink takes at once."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.store.same import assert_same
from usql.errors import DataError
from usql.samples import generate
from usql.store import load
from usql.store.sharding.shard import shard
from usql.store.tuning import StoreTuning


@pytest.mark.parametrize("dictionaries", [True, False])
def test_a_streamed_row_group_has_the_same_sessions(tmp_path: Path, dictionaries: bool) -> None:
    """Pieces and pages begin and end in the middle of each other, and of nested lists."""
    pq.write_table(
        generate(3000, 3),
        tmp_path / "s.parquet",
        data_page_size=2000,
        use_dictionary=dictionaries,
        row_group_size=2000,
    )
    whole = StoreTuning()
    few = StoreTuning(piece_memory_one_in=1 << 60, streamed_bytes_at_once=60_000)
    for name, tuning in (("whole", whole), ("few", few)):
        shard(tmp_path / "s.parquet", tmp_path / name, tuning=tuning)
    assert_same(load(tmp_path / "few"), load(tmp_path / "whole"))


def test_pages_must_fit(tmp_path: Path) -> None:
    """Twenty texts of a hundred kilobytes each: in pages of their own, and in one."""
    ids, texts = [*map(str, range(20))], [f"{n:0100000}" for n in range(20)]
    table = pa.table({"userSessionId": ids, "startTime": range(20), "city": texts})
    options = {"use_dictionary": False, "write_batch_size": 1}
    small = StoreTuning(memory_per_thread=1, piece_memory_one_in=1 << 20, decoded_memory_one_in=4)

    def sharded(limit: int) -> int:
        found = shard(tmp_path / "s.parquet", tmp_path / "x", memory_limit=limit, tuning=small)
        return found.sessions

    pq.write_table(table, tmp_path / "s.parquet", data_page_size=1, **options)
    assert sharded(8_000_000) == 20
    pq.write_table(table, tmp_path / "s.parquet", data_page_size=1 << 30, **options)
    said = r"and may take 2 MB of the memory limit of 8 MB; give a larger memory_limit, at least (\d+) MB"
    with pytest.raises(DataError, match=said) as refused:
        sharded(8_000_000)
    found = re.search(said, refused.value.reason)
    assert found
    enough = int(found[1])
    assert 4 * 2 * 2 < enough < 4 * 2 * 3
    with pytest.raises(DataError, match="page by page"):
        sharded((enough - 1) * 1_000_000)
    assert sharded(enough * 1_000_000) == 20
