"""Queries over sessions on Spark: usql runs in Spark's workers, where the data is.

>>> import usql
>>> sessions = usql.spark.open("lake/sessions.usqlshards")      # doctest: +SKIP
>>> sessions.query("SELECT country, COUNT(*) FROM usersession GROUP BY country")  # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from usql.checks import optional_number
from usql.distributed.dataset import Dataset
from usql.distributed.executor import Executor
from usql.distributed.sessions import DistributedSessions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkSessions", "open", "shard"]


class SparkSessions(DistributedSessions):
    """User sessions that Spark's workers read, with the options, results, errors and warnings of
    :class:`usql.Sessions`. Made by :func:`usql.spark.open`."""

    __module__ = "usql.spark"


def open(  # as in usql.open
    source: str | os.PathLike[str] | DataFrame | Any,
    spark: SparkSession | None = None,
    *,
    memory_limit: int | None = None,
) -> SparkSessions:
    """Open sessions that Spark's workers can read.

    ``source``: a DataFrame with one row per session in the export's nested layout; the path of
    shards (``NAME.usqlshards``) or of Parquet files, which the workers must be able to read under
    the same name; or the name of a table. A string is a path if it has a separator, a scheme, a
    wildcard or the suffix of shards or Parquet files, and so is a ``Path``. ``spark``: the Spark session
    to use, classic or Connect; by default the active one, or else a new one from your configuration.

    ``memory_limit``: the bytes that a worker may build for one task, and that this process may
    build when it merges. By default half of the machine's memory: this process may use all of it,
    and a task an equal share of it if the machine runs one task per processor.

    Of files and shards only metadata is read now, of a frame its schema. The first query of a frame
    also looks at the keys and times of its rows. Repeated sessions are not detected among the rows of a frame.

    Raises ``ImportError`` if pyspark is not installed, :class:`usql.DataError` if there is no such
    data, :class:`usql.errors.WorkerError` if Spark does not start or was stopped, ``TypeError`` and
    ``ValueError`` for an invalid argument.
    """
    memory_limit = optional_number("memory_limit", memory_limit, 1)
    from usql.spark.sources import opened

    dataset: Dataset
    executor: Executor
    dataset, executor = opened(source, spark, memory_limit)
    return SparkSessions(dataset, executor, memory_limit=memory_limit)


def shard(
    frame: DataFrame,
    folder: str | os.PathLike[str],
    *,
    sessions: int = 1_000_000,
    memory_limit: int | None = None,
) -> None:
    """Write the rows of a frame as shards (:func:`usql.shard`): Spark sorts them by time, and its
    workers write the shards. This program and all workers must see ``folder`` under the same name:
    a folder of this machine with local Spark, otherwise one that all of them mount.

    ``sessions``: the most sessions in a shard. ``memory_limit``: the bytes of sessions on which a
    worker works at once, as in :func:`usql.shard`. Repeated sessions are counted across all rows.

    Errors are those of :func:`usql.shard`, and :class:`usql.errors.WorkerError`.
    """
    from usql.spark.sharding import write_shards

    write_shards(frame, folder, sessions, memory_limit)
