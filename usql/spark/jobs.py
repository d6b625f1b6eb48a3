"""Spark jobs that can be cancelled, and the meaning of their errors."""

from __future__ import annotations

import re
import threading
import time
import uuid
from typing import TYPE_CHECKING

import pyarrow as pa

from usql.engine import Event
from usql.engine.runtime.limits import Control
from usql.errors import WorkerError
from usql.spark.connection import is_connect

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LOOK = 0.02
"""Seconds between two looks at who may want to end a job."""

_RAISED = re.compile(r"(?:: |Caused by: )?[\w.$]+(?:Error|Exception): (.+)")
_PASSED_ON = "Exception thrown in awaitResult"

_PATIENCE = 10.0
"""Seconds after which a job that does not end is left to Spark."""


def limits(timeout: float | None, cancelled: Event | None) -> Control:
    """What ends the jobs of a query: ``timeout`` seconds from now, and ``cancelled`` when it is set."""
    deadline = None if timeout is None else time.monotonic() + timeout
    return Control(deadline=deadline, cancelled=cancelled)


def collected(answers: DataFrame, control: Control) -> pa.Table:
    """The rows of a frame, such as one of results (:func:`usql.spark.worker.answer_type`). The job is
    cancelled where ``control`` ends it, and when the calling thread is interrupted.

    Raises :class:`usql.errors.TimeLimit`, :class:`usql.errors.Cancelled`, and
    :class:`usql.errors.WorkerError` for errors of Spark.
    """
    job = _Job(answers)
    try:
        while not job.is_done(_LOOK):
            control.check()
    except BaseException:
        job.stop()
        raise
    return job.result()


class _Job:
    """A job in a thread of its own, since no call of Spark waits for a limited time."""

    def __init__(self, answers: DataFrame) -> None:
        self._spark = answers.sparkSession
        self._name = f"usql-{uuid.uuid4().hex}"
        self._rows: pa.Table | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(answers,), daemon=True)
        self._thread.start()

    def _run(self, answers: DataFrame) -> None:
        try:
            if is_connect(self._spark):
                self._spark.addTag(self._name)
            else:  # where tags can be interrupted only by the thread that has them
                self._spark.sparkContext.setJobGroup(self._name, "usql", interruptOnCancel=True)
            self._rows = answers.toArrow()
        except BaseException as error:  # it belongs to the thread that waits
            self._error = error

    def is_done(self, seconds: float) -> bool:
        """Wait for at most ``seconds``."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Cancel the job. A job that has not begun cannot be cancelled, so this is tried until it
        has."""
        end = time.monotonic() + _PATIENCE
        while not self.is_done(_LOOK) and time.monotonic() < end:
            if is_connect(self._spark):
                self._spark.interruptTag(self._name)
            else:
                self._spark.sparkContext.cancelJobGroup(self._name)

    def result(self) -> pa.Table:
        """The rows of a finished job."""
        if self._error is not None:
            raise meaning(self._error) from self._error
        assert self._rows is not None
        return self._rows


def meaning(error: BaseException) -> BaseException:
    """The error to raise for an error of Spark."""
    text = str(error)
    if lacking := re.search(r"ModuleNotFoundError: No module named '(\w+)", text):
        return WorkerError(
            f"the Python of Spark's workers has no module {lacking[1]}: install usql-engine there, in "
            "the version of this program, and set PYSPARK_PYTHON to that Python"
        )
    if "PYTHON_VERSION_MISMATCH" in text:
        return WorkerError(
            "Spark's workers run a different Python from this program: " + first_line(text)
        )
    if "maxResultSize" in text:
        return WorkerError(
            "the workers' results exceed spark.driver.maxResultSize: " + first_line(text)
        )
    if isinstance(error, Exception):
        return WorkerError(f"Spark could not run the query: {first_line(text)}")
    return error


def first_line(text: str) -> str:
    """The message of an error of Spark, without stack traces and wrapping messages."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    raised = [m[1] for line in lines if (m := _RAISED.match(line)) and _PASSED_ON not in m[1]]
    return (raised or lines or ["no reason is given"])[0][:500]
