"""How a query of a frame ends when workers, or who asks, do not go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import usql
import usql.spark
from tests.unit.spark.test_executor import COUNT, die, is_at_work
from usql.distributed import task
from usql.errors import DataError, VersionError, WorkerError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore"),  # of pyspark itself, of pandas and of sockets
]

ROWS = [{"userSessionId": f"s{n}", "startTime": n, "city": "Linz"} for n in range(40)]
GROUPS = "SELECT city, COUNT(*), COUNT(DISTINCT userSessionId) FROM usersession GROUP BY city"


def passed(
    does: Callable[[], object], marker: Path | None, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The rows, after the deed where ``marker`` is not there; it is made first."""
    if marker is None or not marker.exists():
        if marker is not None:
            marker.touch()
        does()
    yield from batches


def odd(spark: SparkSession, does: Callable[[], object], marker: Path | None = None) -> DataFrame:
    """A frame of two partitions that cannot be read so simply."""
    frame = spark.createDataFrame(pa.Table.from_pylist(ROWS)).repartition(2, "userSessionId")
    return frame.mapInArrow(partial(passed, does, marker), frame.schema)


def asked_before(
    spark: SparkSession, does: Callable[[], object], marker: Path
) -> usql.spark.SparkSessions:
    """Sessions whose frame was looked at already, so that the deed is done in the query itself."""
    marker.touch()
    sessions = usql.spark.open(odd(spark, does, marker))
    assert sessions.query(COUNT).rows() == [[40]]
    marker.unlink()
    return sessions


def test_what_a_dead_worker_should_have_read_is_read_again_and_counted_once(
    spark: SparkSession, tmp_path: Path
) -> None:
    sessions = asked_before(spark, die, tmp_path / "died")
    assert sessions.query(GROUPS).rows() == [["Linz", 40, 40]]
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_end_the_query(spark: SparkSession) -> None:
    with pytest.raises(WorkerError, match="Spark could not run the query: "):
        usql.spark.open(odd(spark, die)).query(COUNT)


def diagnostic(refused: pytest.ExceptionInfo[usql.UsqlError]) -> str:
    (found,) = refused.value.diagnostics
    return found.name


def sleep_long(awake: Path) -> None:
    time.sleep(300)
    awake.touch()


def sleeping(spark: SparkSession, folder: Path) -> Iterator[usql.spark.SparkSessions]:
    """Sessions of frames whose workers sleep: while the first query looks at the rows, and in a later
    one."""
    does = partial(sleep_long, folder / "awake")
    yield usql.spark.open(odd(spark, does))
    yield asked_before(spark, does, folder / "slept")
    assert not (folder / "awake").exists()


def test_a_timeout_ends_the_tasks(spark: SparkSession, tmp_path: Path) -> None:
    for sessions in sleeping(spark, tmp_path):
        with pytest.raises(usql.UsqlError) as refused:
            sessions.query(GROUPS, timeout=2)
        assert diagnostic(refused) == "timeout"
        assert not is_at_work(spark)


def test_who_cancels_waits_for_no_task(spark: SparkSession, tmp_path: Path) -> None:
    for sessions in sleeping(spark, tmp_path):
        cancelled = threading.Event()
        threading.Timer(1, cancelled.set).start()
        with pytest.raises(usql.UsqlError) as refused:
            sessions.query(GROUPS, cancelled=cancelled)
        assert diagnostic(refused) == "cancelled"
        assert not is_at_work(spark)


def test_a_worker_of_another_version_refuses(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = usql.spark.open(spark.createDataFrame(pa.Table.from_pylist(ROWS)))
    monkeypatch.setattr(task, "__version__", "0.0.9")
    with pytest.raises(VersionError, match=r"the query comes from usql 0\.0\.9"):
        sessions.query(COUNT)


def test_a_worker_keeps_to_its_memory_limit(spark: SparkSession) -> None:
    frame = spark.createDataFrame(pa.Table.from_pylist(ROWS))
    with pytest.raises(DataError, match="more than the memory limit of 100 bytes"):
        usql.spark.open(frame, memory_limit=100).query(GROUPS)
