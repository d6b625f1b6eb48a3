"""Finding the Spark session to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def session_of(source: Any, spark: SparkSession | None) -> SparkSession:
    """The given session, that of a DataFrame, the active one, or a new one.

    Raises ``ImportError`` if pyspark is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ImportError("usql.spark needs pyspark: pip install 'usql-engine[spark]'") from error
    if spark is None and hasattr(source, "sparkSession"):
        session: SparkSession = source.sparkSession
        return session
    if spark is None:
        return SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    if not hasattr(spark, "range") or not hasattr(spark, "interruptTag"):
        raise TypeError(f"spark must be a SparkSession of Spark 4, not {type(spark).__name__}")
    return spark


def slots(spark: SparkSession) -> int:
    """The number of tasks that run at the same time."""
    if is_connect(spark):
        from pyspark.sql import functions

        parts = spark.range(1 << 20).select(functions.spark_partition_id().alias("part"))
        return int(parts.distinct().count())
    return int(spark.sparkContext.defaultParallelism)


def is_connect(spark: SparkSession) -> bool:
    """Whether Spark is reached through Connect."""
    return type(spark).__module__.startswith("pyspark.sql.connect")
