"""Tasks over parts that Spark's workers open by path."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from usql.distributed.task import NumberedPart
from usql.engine import Event
from usql.spark.answers import answers
from usql.spark.connection import check_running, slots
from usql.spark.jobs import collected, limits
from usql.spark.worker import joined, parts_answered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TOGETHER = 8
"""Parts of a task, where there are many: Spark takes its time for each task."""


class SparkExecutor:
    """An executor over parts (:class:`usql.distributed.executor.Executor`): each Spark task answers
    some of them with one thread, and merges the states."""

    threads = 1

    def __init__(self, spark: SparkSession, memory_limit: int | None) -> None:
        self._spark = spark
        self.memory_limit = memory_limit

    @cached_property
    def _slots(self) -> int:
        return slots(self._spark)

    def run(
        self,
        task: bytes,
        parts: Sequence[NumberedPart],
        timeout: float | None,
        cancelled: Event | None,
    ) -> Iterator[bytes]:
        """As :meth:`usql.distributed.executor.Executor.run`; also
        :class:`usql.errors.WorkerError` for what Spark refuses."""
        check_running(self._spark)
        packed_parts = [pickle.dumps(part) for part in parts]
        tasks = max(min(len(packed_parts), self._slots), -(-len(packed_parts) // _TOGETHER))
        numbers = self._spark.range(0, len(packed_parts), 1, tasks)
        work = partial(parts_answered, packed_parts)
        frame = answers(numbers, work, task, tasks, self._slots)
        return joined(collected(frame, limits(timeout, cancelled)))

    def close(self) -> None:
        """Does nothing: the Spark session belongs to the caller."""
