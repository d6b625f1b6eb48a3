"""What is said of errors that come from Spark."""

from __future__ import annotations

import pytest

from usql.errors import WorkerError
from usql.spark.jobs import meaning

CRASH = """An error occurred while calling o60.getResult.
: org.apache.spark.SparkException: Exception thrown in awaitResult:
\tat org.apache.spark.util.SparkThreadUtils$.awaitResult(SparkThreadUtils.scala:53)
Caused by: org.apache.spark.SparkException: Job aborted due to stage failure: Python worker exited
\tat org.apache.spark.api.python.BasePythonRunner
Caused by: java.io.EOFException
"""

NO_MODULE = """An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "worker.py", line 1, in <module>
ModuleNotFoundError: No module named 'usql'
"""

SAID = {
    CRASH: "Spark could not run the query: Job aborted due to stage failure: Python worker exited",
    NO_MODULE: "the Python of Spark's workers has no module usql: install usql-engine there, in the "
    "version of this program, and set PYSPARK_PYTHON to that Python",
    "[PYTHON_VERSION_MISMATCH] 3.11 is not 3.12": "Spark's workers run a different Python from "
    "this program: [PYTHON_VERSION_MISMATCH] 3.11 is not 3.12",
    "size is bigger than spark.driver.maxResultSize (1 MiB)": "the workers' results exceed "
    "spark.driver.maxResultSize: size is bigger than spark.driver.maxResultSize (1 MiB)",
    "": "Spark could not run the query: no reason is given",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_an_error_of_spark_says_what_to_do(text: str, said: str) -> None:
    found = meaning(RuntimeError(text))
    assert isinstance(found, WorkerError)
    assert str(found) == said


def test_an_interrupt_stays_one() -> None:
    error = KeyboardInterrupt()
    assert meaning(error) is error
