"""Spark runs the SQL of cases that have rows, of both layouts, and finds the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import usql
from tests.language.test_translation import ANSWERED, compare
from tests.language.translate import cases
from tests.language.translated import SOURCES, SparkWitness
from tests.places import SESSIONS
from tests.sampling import IS_LONG

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EVERY = 1 if IS_LONG else 8
"""Of the cases of a file the first, and each so many later, are asked."""

pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    # of pyspark itself, on pandas that it does not know and on sockets that it leaves open
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """One session of a local Spark, which needs Java."""
    if not os.environ.get("CI"):
        pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession as Builder

    made = (
        Builder.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.memory", "1g")
        # thousands of small queries, each of which would be compiled for longer than it runs
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.session.timeZone", "Pacific/Auckland")  # no date may depend on it
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("FATAL")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def witness(
    request: pytest.FixtureRequest, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SparkWitness]:
    source: Path = request.param
    made = SparkWitness(usql.open(source), tmp_path_factory.mktemp(source.stem), spark)
    yield made
    made.close()


@pytest.mark.parametrize("layout", SOURCES)
@pytest.mark.parametrize("witness", ANSWERED, indirect=True, ids=lambda source: source.stem)
def test_spark_finds_the_same(
    witness: SparkWitness, request: pytest.FixtureRequest, layout: str
) -> None:
    source = request.node.callspec.params["witness"]
    wrong = []
    for case in ANSWERED[source][::EVERY]:
        try:
            compare(witness, case, layout)
        except Exception as error:
            wrong.append(f"{case.line} {case.name}: {str(error)[:2000]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("witness", [SESSIONS], indirect=True, ids=["sessions"])
def test_spark_takes_the_sql_that_people_read(witness: SparkWitness) -> None:
    for case in cases():
        layout = "flat" if case.name.endswith("(flat)") else "nested"
        witness.rows(case.query, layout, **case.options)
