"""Finding the Spark session to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usql.errors import WorkerError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def session_of(source: Any, spark: SparkSession | None) -> SparkSession:
    """The given session, that of a DataFrame, the active one, or a new one.

    Raises ``ImportError`` if pyspark is not installed, :class:`usql.errors.WorkerError` if the session was
    stopped, or a new one does not start.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ImportError("usql.spark needs pyspark: pip install 'usql-engine[spark]'") from error
    if spark is None and hasattr(source, "sparkSession"):
        spark = source.sparkSession
    if spark is None:
        return SparkSession.getActiveSession() or _started(SparkSession.builder)
    if not hasattr(spark, "range") or not hasattr(spark, "interruptTag"):
        raise TypeError(f"spark must be a SparkSession of Spark 4, not {type(spark).__name__}")
    check_running(spark)
    return spark


def _started(builder: SparkSession.Builder) -> SparkSession:
    from pyspark.errors import PySparkRuntimeError

    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        raise WorkerError(
            "Spark did not start, because it needs Java 17 or newer: install it, and set JAVA_HOME to its "
            "folder"
        ) from error


def check_running(spark: SparkSession) -> None:
    """Raise :class:`usql.errors.WorkerError` if the session was stopped. PySpark fails with an error about
    its own attributes then."""
    known: Any = spark  # only a session of Connect says it of itself
    is_stopped = known.is_stopped if is_connect(spark) else known.sparkContext._jsc is None
    if is_stopped:
        raise WorkerError("the Spark session was stopped: open the data again with another one")


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
