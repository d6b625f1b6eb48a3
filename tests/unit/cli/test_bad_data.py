"""Data that no field can hold ends the command with an error that names file and place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import ipc

from tests.unit.cli.test_cli import COUNT, usql
from tests.unit.store.loading.tables.test_readable import retyped

INTERVALS = "the column holds intervals, which no field can hold"
SURROGATE = "the text holds an unpaired surrogate, which is not a character"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('{"userSessionId": "a", "future": "\\ud800"}', "future"),
        ('{"userSessionId": "a", "city": "\\udc00x"}', "city"),
        ('{"userSessionId": "a", "\\ud800": 1}', "\\ud800"),
    ],
)
def test_half_of_a_surrogate_pair_is_bad_data(line: str, place: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.ndjson"
    bad.write_text(f'{{"userSessionId": "b"}}\n{line}\n')
    done = usql("query", "SELECT JSON FROM usersession", str(bad))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"error: {bad}, line 2, {place}: {SURROGATE}\n"
    # Fields that are not read are not checked.
    assert usql("query", COUNT, str(bad)).returncode == 0


def _of_one_name() -> pa.Table:
    future = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"])
    return pa.table({"userSessionId": ["a"], "future": future})


@pytest.mark.parametrize(
    ("table", "place", "reason"),
    [
        (retyped(b"tiM", pa.array([0], pa.int32())), "future", INTERVALS),
        (retyped(b"tiD", pa.array([0], pa.int64())), "future", INTERVALS),
        (retyped(b"tin", pa.array([(1, 2, 3)])), "future", INTERVALS),
        (_of_one_name(), "future.x", "there are two columns of this name"),
    ],
)
def test_columns_that_can_not_be_read_are_bad_data(
    table: pa.Table, place: str, reason: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.arrow"
    with ipc.new_file(bad, table.schema) as file:
        file.write_table(table)
    done = usql("query", COUNT, str(bad))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: {bad}, {place}: {reason}")
    assert done.stderr.count("\n") == 1


def test_intervals_of_parquet_are_bad_data(tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    select = "SELECT 'a' AS userSessionId, INTERVAL 3 MONTH AS future"
    duckdb.execute(f"COPY ({select}) TO '{bad}'")
    done = usql("query", COUNT, str(bad))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"error: {bad}, future: {INTERVALS}")
