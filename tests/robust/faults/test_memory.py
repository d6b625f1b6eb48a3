"""The memory limit of loads; that of queries is tested in tests/robust/test_limits.py."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pyarrow as pa
import pytest

import usql
from tests.robust.faults.command import usql as command
from usql.samples import batches
from usql.store.export.write import write_batches

COUNT = "SELECT COUNT(*) FROM usersession"
TOLD = (
    r"{what} would take more than the memory limit of [\d.]+ (?:bytes|kB|MB); load less at once, or "
    "give a larger memory_limit$"
)


def told(what: str) -> re.Pattern[str]:
    return re.compile(TOLD.format(what=what))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", ["s.ndjson", "s.ndjson.zst", "s.parquet"])
def test_a_load_keeps_its_limit(tmp_path: Path, name: str, threads: int) -> None:
    path = tmp_path / name
    write_batches(path, batches(150, 1))
    limit, said = 8000, set()
    while True:
        try:
            sessions = usql.open(path, memory_limit=limit, threads=threads)
            break
        except usql.DataError as error:
            said.add(str(error))
            limit *= 2
    assert all(told("(?:the sessions|a row group)").search(text) for text in said)
    assert 10_000 < limit < 4_000_000
    assert usql.open(path).query(COUNT).rows() == [[len(sessions)]]


def test_values_in_memory_too() -> None:
    rows = [{"city": "x" * 100, "duration": i} for i in range(10_000)]
    for source in (rows, pa.Table.from_pylist(rows)):
        with pytest.raises(usql.DataError, match=told("the sessions")):
            usql.open(source, memory_limit=1000)
        assert len(usql.open(source, memory_limit=10_000_000)) == 10_000


def test_one_line_and_one_array_are_limited(tmp_path: Path) -> None:
    """They have to be in memory whole; an archive makes them of a few bytes."""
    line = b'{"city": "' + b"a" * 60_000_000 + b'"}'
    for text, what in ((line, "a line of the text"), (b"[" + line + b"]", "the text")):
        path = tmp_path / "bomb.json.gz"
        path.write_bytes(gzip.compress(text, 1))
        with pytest.raises(usql.DataError, match=told(what)) as raised:
            usql.open(path, memory_limit=20_000_000)
        assert raised.value.source == str(path)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_a_number_of_bytes(limit: int) -> None:
    with pytest.raises(ValueError, match="memory_limit must be a whole number of at least 1"):
        usql.open([{"city": "x"}], memory_limit=limit)


@pytest.mark.long
def test_the_command_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_batches(path, batches(3000, 1))
    for arguments in (
        ("query", "SELECT JSON FROM usersession ORDER BY startTime", str(path)),
        ("convert", str(path), str(tmp_path / "t.ndjson")),
    ):
        done = command(*arguments, "--memory-limit", "1")
        assert done.returncode == 3
        assert b"memory limit of 1 MB" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["s.parquet"]
    done = command("query", COUNT, str(path), "--memory-limit", "500")
    assert (done.returncode, b"3000" in done.stdout) == (0, True)
