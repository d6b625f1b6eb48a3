"""What runs inside workers, as far as it needs no Spark around it, only the package."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

import usql
import usql.spark.worker
from usql.asking.question import QueryOptions
from usql.distributed.task import task_of, unpacked_task
from usql.engine.states.question import Question
from usql.spark.worker import outcome, with_share
from usql.store.memory import machine_memory

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.long]


class Context:
    """What Spark tells of a task that has two processors."""

    def cpus(self) -> int:
        return 2


def packed(limit: int | None) -> bytes:
    sessions = usql.open([])
    prepared = sessions._prepare("SELECT city FROM usersession", QueryOptions()).prepared
    return task_of(Question(prepared), sessions.catalog, 1, limit).packed()


def test_a_task_without_a_limit_has_its_share_of_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usql.spark.worker, "available", lambda: 8)
    monkeypatch.setattr("pyspark.TaskContext.get", Context)
    assert unpacked_task(with_share(packed(None))).memory_limit == machine_memory() // 2 // 4
    assert unpacked_task(with_share(packed(100))).memory_limit == 100
    monkeypatch.setattr("pyspark.TaskContext.get", lambda: None)
    assert unpacked_task(with_share(packed(None))).memory_limit == machine_memory() // 2 // 8


def searched(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """In a worker that did a task: how many objects a search for garbage passes over."""
    for _ in batches:
        pass
    assert list(outcome(lambda: [(0, b"")]))
    yield pa.record_batch({"id": [gc.get_freeze_count()]})


@pytest.mark.filterwarnings("ignore")  # of pyspark itself, of pandas and of sockets
def test_a_worker_searches_no_modules_for_garbage(spark: SparkSession) -> None:
    """Spark has it search after each task, of tens of thousands of objects otherwise."""
    rows = spark.range(0, 2, 1, 2).mapInArrow(searched, "id long").collect()
    assert len(rows) == 2
    assert all(count > 10_000 for (count,) in rows)
