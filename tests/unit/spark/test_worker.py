"""What runs inside workers, as far as it needs no Spark around it, only the package."""

from __future__ import annotations

import pytest

import usql
import usql.spark.worker
from usql.asking.question import QueryOptions
from usql.distributed.task import task_of, unpacked_task
from usql.engine.states.question import Question
from usql.spark.worker import with_share
from usql.store.memory import machine_memory

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
