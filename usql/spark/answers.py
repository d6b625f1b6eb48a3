"""The results of workers: sent to this program directly or, from many tasks, merged by a shuffle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.distributed.task import unpacked_task
from usql.spark.worker import PARTITION, answer_type, partitions_counted, partitions_merged

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Work = Callable[[bytes, int, Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""Processes the batches of a partition of a frame, for a packed task, into at most so many hash
partitions."""

MOST_SENT = 32
"""The most tasks whose states this program merges itself. With more, groups are partitioned by a hash of
their keys, Spark shuffles the partitions, and workers merge them: this program gets each group once."""


def answers(
    frame: DataFrame, work: Work, task: bytes, tasks: int | None, partitions: int
) -> DataFrame:
    """What workers return (:func:`usql.spark.worker.answer_type`) for the partitions of a frame, of which
    there are so many ``tasks``, ``None`` if that is not known. ``partitions``: how many hash partitions groups are
    dealt into if they are shuffled."""
    question = unpacked_task(task).question
    if question.partial is None or partitions == 1 or (tasks is not None and tasks <= MOST_SENT):
        return frame.mapInArrow(partial(work, task, 1), answer_type())
    sent = frame.mapInArrow(partial(work, task, partitions), answer_type()).repartition(
        partitions, PARTITION
    )
    if question.counts_pairs:
        counted = sent.mapInArrow(partial(partitions_counted, task, partitions), answer_type())
        sent = counted.repartition(partitions, PARTITION)
    return sent.mapInArrow(partial(partitions_merged, task), answer_type())
