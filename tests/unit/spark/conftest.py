"""One Spark for all of these tests: the real one, on this machine. It is reached through Spark Connect
where ``USQL_SPARK_CONNECT`` is set: a process can only have sessions of one kind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.places import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
    "spark.sql.session.timeZone": "UTC",
    "spark.log.level": "FATAL",
}


OVER_CONNECT = "USQL_SPARK_CONNECT" in os.environ


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Two workers of this Python, and each task is tried twice."""
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),  # the parts of some tests are classes of theirs
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    if not os.environ.get("CI"):
        pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession

    master = "local[2,2]"
    builder = SparkSession.builder
    builder = builder.remote(master) if OVER_CONNECT else builder.master(master)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
