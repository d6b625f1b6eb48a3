"""The process keeps within the memory limit while it shards much more than that."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.places import ROOT
from tests.robust.faults.command import environment
from tests.sampling import IS_LONG
from usql.errors import DataError
from usql.store.sharding.shard import shard

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="measures as Linux does"),
]

LIMIT = 128_000_000

PAGE = {"data_page_size": 1 << 17, "dictionary_pagesize_limit": 1 << 17}
"""The size of pages that such a limit needs where row groups are larger than it."""

PLAIN = {"compression": "none", "use_dictionary": False}
"""As large as Parquet can be."""

PARQUET: dict[str, dict[str, Any]] = {
    "plain": PLAIN | PAGE,
    "zstd": PAGE | {"compression": "zstd", "use_dictionary": False},
    "zstd, dictionaries": PAGE | {"compression": "zstd"},
    "version 2": PLAIN | PAGE | {"data_page_version": "2.0"},
    "zstd, dictionaries, version 2": PAGE | {"compression": "zstd", "data_page_version": "2.0"},
    "pages of 1 MB": PLAIN,  # which is what pyarrow makes of its own accord
}

LINES = "ndjson"

FORMS = [*PARQUET, LINES] if IS_LONG else ["plain"]

FEW = 20_000
"""Sessions of which there are copies."""

SESSION = 3000
"""Bytes of a session in plain Parquet at least."""

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


def put_row_groups(few: Path, many: Path, options: dict[str, Any]) -> int:
    """The same in Parquet: as many as are ten times the limit where they are plain. Half of them are
    one row group, too large to be decoded at once; the others are just small enough for that."""
    table = pq.read_table(few)
    place = table.schema.get_field_index("userSessionId")
    field = table.schema.field(place)

    def copy(number: int) -> pa.Table:
        ids = pa.array([f"{number}-{row}" for row in range(len(table))], field.type)
        return table.set_column(place, field, ids)

    copies = -(-10 * LIMIT // (SESSION * len(table)))
    half = copies // 2
    with pq.ParquetWriter(many, table.schema, **options) as writer:
        large = pa.concat_tables(map(copy, range(half)))
        writer.write_table(large, row_group_size=len(large))
        del large
        for number in range(half, copies):
            writer.write_table(copy(number), row_group_size=4000)
    least = 4 * LIMIT if options.get("use_dictionary") is False else LIMIT // 2
    assert pq.read_metadata(many).row_group(0).total_byte_size > least
    return copies


@pytest.mark.parametrize("form", FORMS)
def test_the_peak_is_below_the_limit(tmp_path: Path, form: str) -> None:
    suffix = "ndjson" if form == LINES else "parquet"
    few, many = tmp_path / f"few.{suffix}", tmp_path / f"many.{suffix}"
    usql.sample(sessions=FEW, seed=1).write(few)
    copies = put_lines(few, many) if form == LINES else put_row_groups(few, many, PARQUET[form])
    if form in (LINES, "plain"):
        assert many.stat().st_size >= 10 * LIMIT
    limit = named_limit(many) if form == "pages of 1 MB" else LIMIT
    tiny = tmp_path / f"tiny.{suffix}"
    usql.sample(sessions=100, seed=1).write(tiny)
    given = [str(tiny), str(many), str(tmp_path / "x.usqlshards"), str(limit)]
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
    assert sessions == FEW * copies
    assert shards > 1
    print(f"{form}: peak {peak / 1e6:.0f} MB of {limit / 1e6:.0f}")
    assert peak <= limit


def named_limit(many: Path) -> int:
    """The limit that is enough, by the error that refuses a file."""
    with pytest.raises(DataError, match="while it is read page by page") as refused:
        shard(many, many.with_name("refused.usqlshards"), memory_limit=LIMIT)
    named = re.search(r"give a larger memory_limit, at least ([\d,]+) MB", str(refused.value))
    assert named is not None
    limit = int(named[1].replace(",", "")) * 1_000_000
    assert LIMIT < limit < many.stat().st_size / 4
    return limit
