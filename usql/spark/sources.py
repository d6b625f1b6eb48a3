"""What a source refers to: a frame, a path, or a table."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from usql.distributed.dataset import Dataset
from usql.distributed.executor import Executor
from usql.distributed.sources import dataset_of
from usql.errors import DataError
from usql.spark.connection import session_of
from usql.spark.executor import SparkExecutor
from usql.spark.frames import FrameDataset, FrameExecutor
from usql.spark.jobs import first_line

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATH = re.compile(r"[/\\*?\[]|\.(usqlshards|parquet)$")
"""What no name of a table has."""

_PATHS = "a path has a separator, or ends in .usqlshards or .parquet"


def opened(
    source: Any, spark: SparkSession | None, memory_limit: int | None
) -> tuple[Dataset, Executor]:
    """The data set and the executor for it. Spark is not started for an invalid source."""
    if is_path := isinstance(source, os.PathLike):
        source = os.fspath(source)
    if not isinstance(source, str) and not hasattr(source, "mapInArrow"):
        what = type(source).__name__
        raise TypeError(f"expected a Spark DataFrame, a path or the name of a table, not {what}")
    if is_path or (isinstance(source, str) and _PATH.search(source)):
        described = dataset_of(source)
        return described, SparkExecutor(session_of(source, spark), memory_limit)
    session = session_of(source, spark)
    dataset = _of_table(source, session) if isinstance(source, str) else FrameDataset(source)
    return dataset, FrameExecutor(dataset, memory_limit)


def _of_table(name: str, spark: SparkSession) -> FrameDataset:
    from pyspark.errors import AnalysisException, ParseException

    try:
        table = spark.table(name)
        _ = table.schema  # Spark Connect looks for the table only now
    except (AnalysisException, ParseException) as error:
        reason = f"Spark has no such table: {first_line(str(error))} ({_PATHS})"
        raise DataError(reason, source=name) from error
    return FrameDataset(table)
