"""What is refused before there is a Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import usql
import usql.spark
import usql.spark.sources
from usql.errors import DataError

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


def test_no_spark_starts_for_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("{}")
    for name in ("none.parquet", "none.usqlshards", "none/*", "x.parquet"):
        with pytest.raises(DataError):
            usql.spark.open(str(tmp_path / name))
