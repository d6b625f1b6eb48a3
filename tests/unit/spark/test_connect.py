"""Spark Connect: all that these tests ask of a session in this process holds of one that reaches Spark
through a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.unit.spark.conftest import OVER_CONNECT

pytestmark = [pytest.mark.spark, pytest.mark.long]


@pytest.mark.skipif(OVER_CONNECT, reason="it is what runs these tests")
def test_the_tests_of_this_folder_hold_through_connect() -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("pyspark")
        pytest.importorskip("grpc")
    command = [sys.executable, "-m", "pytest", "-n0", "-m", "spark", str(Path(__file__).parent)]
    environment = os.environ | {"USQL_SPARK_CONNECT": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
    assert "failed" not in done.stdout
