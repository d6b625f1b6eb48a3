"""What is refused before there is a Spark."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import usql
import usql.spark
import usql.spark.sources
from usql.errors import DataError
from usql.spark.connection import session_of

WRONG: Any = [{"userSessionId": "a"}]


@pytest.fixture(autouse=True)
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a Spark starts")

    monkeypatch.setattr(usql.spark.sources, "session_of", refuse)


def test_no_spark_starts_for_what_is_no_source() -> None:
    with pytest.raises(
        TypeError, match="expected a Spark DataFrame, a path or the name of a table"
    ):
        usql.spark.open(WRONG)
    with pytest.raises(ValueError, match="memory_limit"):
        usql.spark.open("sessions", memory_limit=0)


def test_no_spark_starts_to_write_within_too_little_memory(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="memory_limit is at least 128 MB where shards are written"
    ):
        usql.spark.shard(WRONG, tmp_path / "x.usqlshards", memory_limit=1000)
    assert not list(tmp_path.iterdir())


def test_no_spark_starts_for_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("{}")
    for name in ("none.parquet", "none.usqlshards", "none/*", "x.parquet"):
        with pytest.raises(DataError):
            usql.spark.open(str(tmp_path / name))
        with pytest.raises(DataError):
            usql.spark.open(tmp_path / name)


def test_without_pyspark_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(usql.spark.sources, "session_of", session_of)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    usql.shard([{"startTime": 1}], tmp_path / "x.usqlshards")
    for source in ("sessions", tmp_path / "x.usqlshards"):
        with pytest.raises(ImportError, match=r"pip install 'usql-engine\[spark\]'"):
            usql.spark.open(source)


@pytest.mark.spark
@pytest.mark.long
@pytest.mark.skipif("USQL_SPARK_CONNECT" in os.environ, reason="starts a Spark of its own")
def test_without_java_it_is_said_what_spark_needs(tmp_path: Path) -> None:
    usql.shard([{"startTime": 1}], tmp_path / "x.usqlshards")
    done = subprocess.run(
        [sys.executable, "-c", "import sys, usql; usql.spark.open(sys.argv[1])", "x.usqlshards"],
        cwd=tmp_path, env=os.environ | {"JAVA_HOME": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    said = "Spark did not start, because it needs Java 17 or newer: install it, and set JAVA_HOME"
    assert done.stderr.splitlines()[-1].startswith(f"usql.errors.WorkerError: {said}")
