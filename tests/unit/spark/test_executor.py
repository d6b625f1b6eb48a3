"""Workers of Spark: what they answer, and how a query ends when they, or who asks, do not go on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import usql
import usql.spark.answers
from tests.unit.distributed.memory import MemoryDataset, RowsPart, cut
from tests.unit.distributed.test_conformance import ROWS
from usql.catalog import Catalog
from usql.catalog.model import Projection
from usql.distributed import task
from usql.distributed.dataset import Part
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import Shards
from usql.distributed.task import NumberedPart
from usql.engine import Event
from usql.errors import DataError, VersionError, WorkerError
from usql.frozen import dataclass
from usql.spark.connection import is_connect
from usql.spark.executor import SparkExecutor
from usql.spark.worker import outcome, partitions_merged
from usql.store import Store

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore"),  # of pyspark itself, of pandas and of sockets
]

COUNT = "SELECT COUNT(*) FROM usersession"


@dataclass(frozen=True, eq=False)
class Odd(RowsPart):
    """A part that does something else before it is opened, if ``marker`` is not there; the marker is
    made first."""

    does: Callable[[], object] = time.time
    marker: Path | None = None

    def open(
        self, catalog: Catalog, projection: Projection | None, memory_limit: int | None
    ) -> Store:
        if self.marker is None or not self.marker.exists():
            if self.marker is not None:
                self.marker.touch()
            self.does()
        return super().open(catalog, projection, memory_limit)


def die() -> None:
    os._exit(1)


def sleep() -> None:
    time.sleep(60)


def refuse() -> None:
    raise DataError("this part is broken", source="part 3")


class OfParts(MemoryDataset):
    """A data set of these parts and the rest of the rows."""

    def __init__(self, odd: Sequence[Part]) -> None:
        super().__init__(cut(ROWS, 3))
        self.parts = [*self.parts[:-1], *odd]  # type: ignore[list-item]


def sessions(spark: SparkSession, *odd: Part, limit: int | None = None) -> DistributedSessions:
    return DistributedSessions(OfParts(odd), SparkExecutor(spark, limit), memory_limit=limit)


LAST = cut(ROWS, 3)[-1]


def test_parts_are_answered_by_tasks(spark: SparkSession) -> None:
    found = sessions(spark, RowsPart(LAST))
    whole = usql.open(ROWS)
    for text in (
        COUNT,
        "SELECT country, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY country",
        "SELECT userSessionId FROM usersession ORDER BY duration DESC LIMIT 3",
        "SELECT userSessionId FROM usersession LIMIT 3",
    ):
        assert found.query(text).rows() == whole.query(text).rows()


def test_more_parts_than_tasks_are_answered_together(spark: SparkSession) -> None:
    parts = MemoryDataset(cut(ROWS, 40))
    found = DistributedSessions(parts, SparkExecutor(spark, None))
    assert found.query(COUNT).rows() == [[len(ROWS)]]


@pytest.mark.parametrize(
    "text",
    [
        COUNT,
        "SELECT country, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY country",
        "SELECT city, COUNT(DISTINCT userId), TOP(browserFamily, 2) FROM usersession GROUP BY city",
        "SELECT COUNT(DISTINCT userId), COUNT(DISTINCT city), MEDIAN(duration) FROM usersession",
        "SELECT country, useraction.name, COUNT(*) FROM usersession GROUP BY country, useraction.name",
        "SELECT userSessionId FROM usersession ORDER BY duration DESC LIMIT 3",
    ],
)
def test_the_states_of_many_tasks_are_merged_by_workers(
    spark: SparkSession, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = DistributedSessions(MemoryDataset(cut(ROWS, 6)), SparkExecutor(spark, None))
    monkeypatch.setattr(usql.spark.answers, "MOST_SENT", 0)
    assert found.query(text).rows() == usql.open(ROWS).query(text).rows()


class Counting(SparkExecutor):
    """Counts the bytes of states that reach this program."""

    arrived = 0

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        for states in super().run(task, parts, timeout, cancelled):
            self.arrived += len(states)
            yield states


@pytest.mark.parametrize("keys", ["", "country, "])
def test_of_values_that_only_count_the_counts_alone_arrive(
    spark: SparkSession, keys: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [f"user {number} of very many" for number in range(5_000)]
    rows = [{"userSessionId": user, "userId": user, "country": "Austria"} for user in users * 2]
    text = f"SELECT {keys}COUNT(DISTINCT userId), COUNT(*) FROM usersession"
    arrived = []
    for most in (32, 0):
        monkeypatch.setattr(usql.spark.answers, "MOST_SENT", most)
        executor = Counting(spark, None)
        found = DistributedSessions(MemoryDataset(cut(rows, 6)), executor, rounds=1)
        (row,) = found.query(text).rows()
        assert row[-2:] == [len(users), len(rows)]
        arrived.append(executor.arrived)
    assert arrived[0] > 8 * len(users)
    assert arrived[1] < 10_000


def seen_merging(task: bytes, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """In place of what workers do with the partitions that reach them."""
    partitions = {
        partition for batch in batches for partition in batch.column("partition").to_pylist()
    }
    yield from outcome(partial(refuse_partitions, partitions))


def refuse_partitions(partitions: set[int]) -> list[tuple[int, bytes]]:
    raise DataError(f"{len(partitions)} partitions came")


@pytest.mark.parametrize(("most", "is_shuffled"), [(0, True), (32, False)])
def test_groups_of_many_tasks_alone_are_shuffled(
    spark: SparkSession, most: int, is_shuffled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = DistributedSessions(MemoryDataset(cut(ROWS, 6)), SparkExecutor(spark, None))
    monkeypatch.setattr(usql.spark.answers, "MOST_SENT", most)
    monkeypatch.setattr(usql.spark.answers, "partitions_merged", seen_merging)
    with pytest.raises(DataError, match="partitions came") if is_shuffled else nullcontext():
        found.query("SELECT city, COUNT(*) FROM usersession GROUP BY city")
    assert found.query("SELECT city FROM usersession LIMIT 1").rows() == [[ROWS[0]["city"]]]


def test_an_error_of_one_of_many_tasks_is_that_of_the_query(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usql.spark.answers, "MOST_SENT", 0)
    text = "SELECT country, COUNT(*) FROM usersession GROUP BY country"
    with pytest.raises(DataError, match="part 3: this part is broken"):
        sessions(spark, Odd(LAST, refuse)).query(text)


def test_what_a_dead_worker_should_have_read_is_read_again_and_counted_once(
    spark: SparkSession, tmp_path: Path
) -> None:
    found = sessions(spark, Odd(LAST, die, tmp_path / "died"))
    assert found.query(COUNT).rows() == [[len(ROWS)]]
    assert (tmp_path / "died").exists()


def merged_at_last(
    marker: Path, task: bytes, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """What workers do with the partitions that reach them, by one that dies the first time."""
    if not marker.exists():
        marker.touch()
        die()
    yield from partitions_merged(task, batches)


def test_what_a_dead_worker_should_have_merged_is_merged_again_and_counted_once(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = DistributedSessions(MemoryDataset(cut(ROWS, 6)), SparkExecutor(spark, None))
    monkeypatch.setattr(usql.spark.answers, "MOST_SENT", 0)
    monkeypatch.setattr(
        usql.spark.answers, "partitions_merged", partial(merged_at_last, tmp_path / "died")
    )
    text = "SELECT country, COUNT(*), COUNT(DISTINCT city) FROM usersession GROUP BY country"
    assert found.query(text).rows() == usql.open(ROWS).query(text).rows()
    assert (tmp_path / "died").exists()


def test_workers_that_always_die_end_the_query(spark: SparkSession) -> None:
    with pytest.raises(WorkerError, match=r"Spark could not run the query: .*exited unexpectedly"):
        sessions(spark, Odd(LAST, die)).query(COUNT)


def test_a_broken_part_is_reported_once_as_at_home(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="part 3: this part is broken"):
        sessions(spark, Odd(LAST, refuse, tmp_path / "tried")).query(COUNT)


def is_at_work(spark: SparkSession) -> bool:
    """Whether some job still runs."""
    if is_connect(spark):
        return bool(spark.interruptAll())
    return bool(spark.sparkContext.statusTracker().getActiveJobsIds())


def test_a_timeout_ends_the_tasks(spark: SparkSession) -> None:
    began = time.monotonic()
    with pytest.raises(usql.UsqlError, match="longer than its timeout"):
        sessions(spark, Odd(LAST, sleep)).query(COUNT, timeout=2)
    assert time.monotonic() - began < 50
    assert not is_at_work(spark)


def test_who_cancels_waits_for_no_task(spark: SparkSession) -> None:
    cancelled = threading.Event()
    threading.Timer(1, cancelled.set).start()
    with pytest.raises(usql.UsqlError, match="cancelled"):
        sessions(spark, Odd(LAST, sleep)).query(COUNT, cancelled=cancelled)
    assert not is_at_work(spark)


def test_a_worker_of_another_version_refuses(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sessions(spark, RowsPart(LAST))
    monkeypatch.setattr(task, "__version__", "0.0.9")
    with pytest.raises(VersionError, match=r"the query comes from usql 0\.0\.9"):
        found.query(COUNT)


def test_a_worker_keeps_to_its_memory_limit(spark: SparkSession) -> None:
    with pytest.raises(DataError, match="more than the memory limit of 100 bytes"):
        sessions(spark, RowsPart(LAST), limit=100).query(COUNT)


def test_a_query_in_a_worker_keeps_to_its_memory_limit(spark: SparkSession, tmp_path: Path) -> None:
    """Of what workers open nothing is loaded, and this program has no limit."""
    usql.shard(ROWS, tmp_path / "x.usqlshards", sessions=8)
    shards = Shards(tmp_path / "x.usqlshards")
    found = DistributedSessions(shards, SparkExecutor(spark, 100), memory_limit=1 << 30)
    with pytest.raises(usql.UsqlError) as refused:
        found.query("SELECT userId, MEDIAN(duration) FROM usersession GROUP BY userId")
    assert [d.name for d in refused.value.diagnostics] == ["memory-limit"]
