"""The process keeps within the memory limit while it shards much more than that."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.places import ROOT
from tests.robust.faults.command import environment
from tests.sampling import IS_LONG

LIMIT = 128_000_000

FORMS = ["parquet", "ndjson"] if IS_LONG else ["parquet"]

SESSION = 3000
"""Bytes of a session in Parquet at least, neither packed nor in dictionaries."""

MEASURED = """
import json, sys
from benchmarks.memory import status
from usql.store.memory import release_unused_memory
from usql.store.sharding.shard import shard

tiny, many, folder, limit = *sys.argv[1:4], int(sys.argv[4])
shard(tiny, folder)  # imports what it takes, and hardly more, so that the peak begins low
release_unused_memory()
open("/proc/self/clear_refs", "w").write("5")  # the peak is counted anew
before = status("VmRSS")
found = shard(many, folder, memory_limit=limit)
print(json.dumps([status("VmHWM") - before, found.sessions, len(found.shards)]))
"""


def put_lines(few: Path, many: Path) -> int:
    """The sessions of a file again and again, under other ids and with other texts, until they are ten
    times the limit."""
    lines = few.read_bytes()
    copies = -(-10 * LIMIT // len(lines))
    with many.open("wb") as file:
        for copy in range(copies):
            text = lines.replace(b'"userSessionId": "0', b'"userSessionId": "%d' % copy)
            file.write(text.replace(b'"user000', b'"user%d' % copy))
    return copies


def put_row_groups(few: Path, many: Path) -> int:
    """The same in Parquet, as large as Parquet can be: without dictionaries and not packed. Half of it
    is one row group, five times as large as the limit; the others are just small enough to be decoded
    at once."""
    table = pq.read_table(few)
    place = table.schema.get_field_index("userSessionId")
    field = table.schema.field(place)

    def copy(number: int) -> pa.Table:
        ids = pa.array([f"{number}-{row}" for row in range(len(table))], field.type)
        return table.set_column(place, field, ids)

    copies = -(-10 * LIMIT // (SESSION * len(table)))
    half = copies // 2
    plain = {"compression": "none", "use_dictionary": False, "data_page_size": 1 << 17}
    with pq.ParquetWriter(many, table.schema, **plain) as writer:
        large = pa.concat_tables(map(copy, range(half)))
        writer.write_table(large, row_group_size=len(large))
        del large
        for number in range(half, copies):
            writer.write_table(copy(number), row_group_size=4000)
    assert pq.read_metadata(many).row_group(0).total_byte_size > 4 * LIMIT
    return copies


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does")
@pytest.mark.parametrize("suffix", FORMS)
def test_the_peak_is_below_the_limit(tmp_path: Path, suffix: str) -> None:
    few, many = tmp_path / f"few.{suffix}", tmp_path / f"many.{suffix}"
    usql.sample(sessions=20_000, seed=1).write(few)
    copies = (put_lines if suffix == "ndjson" else put_row_groups)(few, many)
    assert many.stat().st_size >= 10 * LIMIT
    tiny = tmp_path / f"tiny.{suffix}"
    usql.sample(sessions=100, seed=1).write(tiny)
    given = [str(tiny), str(many), str(tmp_path / "x.usqlshards"), str(LIMIT)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *given],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak, sessions, shards = json.loads(done.stdout)
    assert sessions == 20_000 * copies
    assert shards > 1
    print(f"{suffix}: peak {peak / 1e6:.0f} MB")
    assert peak <= LIMIT
