"""Shards and Parquet files are asked by Spark as by processes of one machine, and shards are written
by its workers."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import usql
import usql.spark
from tests.unit.distributed.agreement import same
from tests.unit.distributed.openings import ToldDataset
from tests.unit.distributed.test_conformance import ROWS
from usql.distributed.files import Files
from usql.distributed.sessions import DistributedSessions
from usql.distributed.shards import Shards
from usql.spark.executor import SparkExecutor

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore"),  # of pyspark itself, of pandas and of sockets
]

WRONG: Any = []
QUERIES = (
    "SELECT COUNT(*) FROM usersession",
    "SELECT country, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY country",
    "SELECT useraction.name, COUNT(*) FROM usersession GROUP BY useraction.name",
    "SELECT userSessionId FROM usersession ORDER BY duration DESC LIMIT 3",
    "SELECT stringProperties.tier, COUNT(*) FROM usersession GROUP BY stringProperties.tier",
    'SELECT FUNNEL(useraction.name LIKE "*cart*" AS a, bounce = false AS b) FROM usersession',
)


@pytest.fixture(scope="module")
def whole() -> usql.Sessions:
    return usql.open(ROWS)


@pytest.fixture(scope="module")
def folder(whole: usql.Sessions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sessions as shards and as a Parquet file."""
    made = tmp_path_factory.mktemp("parts")
    usql.shard(ROWS, made / "all.usqlshards", sessions=4)
    whole.write(made / "all.parquet")
    return made


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("name", ["all.usqlshards", "all.parquet"])
def test_files_answer_as_the_rows_do(
    spark: SparkSession, folder: Path, whole: usql.Sessions, name: str, text: str
) -> None:
    given = usql.open(folder / name)
    same(usql.spark.open(str(folder / name), spark).query(text), given.query(text))


def test_shards_that_a_timeframe_cannot_touch_are_left_out(
    spark: SparkSession, folder: Path
) -> None:
    sessions = usql.spark.open(str(folder / "all.usqlshards"), spark)
    last = usql.open(folder / "all.usqlshards").query(
        "SELECT startTime FROM usersession ORDER BY startTime DESC LIMIT 1"
    )
    plan = sessions.explain(
        "SELECT COUNT(*) FROM usersession", start=last.rows()[0][0], analyze=True
    )
    assert "parts: 1 of 4 read" in plan


@pytest.mark.parametrize("name", ["all.usqlshards", "all.parquet"])
def test_values_are_requested_of_the_groups_that_are_shown(
    spark: SparkSession, folder: Path, whole: usql.Sessions, name: str
) -> None:
    sessions = usql.spark.open(folder / name, spark)
    text = "SELECT country, MEDIAN(duration), COUNT(*) FROM usersession GROUP BY country LIMIT 2"
    assert "rounds: 2" in sessions.explain(text, analyze=True)
    same(sessions.query(text), whole.query(text))


@pytest.mark.parametrize(("kind", "reads"), [("shards", 1), ("files", 2)])
def test_what_workers_opened_stays_open(
    spark: SparkSession, folder: Path, tmp_path: Path, kind: str, reads: int
) -> None:
    """A worker opens a shard once, and reads a file once for each choice of columns; which worker gets
    which task is for Spark to choose."""
    name = "all.usqlshards" if kind == "shards" else "all.parquet"
    shutil.copytree(folder, tmp_path / "own")  # workers have opened the others in other tests
    given = Shards(tmp_path / "own" / name) if kind == "shards" else Files(tmp_path / "own" / name)
    dataset = ToldDataset(given, tmp_path / "log")
    sessions = DistributedSessions(dataset, SparkExecutor(spark, None))
    for _ in range(6):
        for text in QUERIES[1:3]:
            sessions.query(text)
    times = Counter(dataset.openings)
    assert len({name for _, name in times}) == len(dataset.parts)
    assert max(times.values()) <= reads
    assert (
        len({process for process, _ in times}) <= 4
    )  # so that one of them had three queries at least


def test_workers_write_shards(spark: SparkSession, folder: Path, whole: usql.Sessions) -> None:
    frame = spark.read.parquet(str(folder / "all.parquet"))
    usql.spark.shard(frame.union(frame), folder / "twice.usqlshards", sessions=4)
    found = usql.open(folder / "twice.usqlshards")
    assert len(found) == 2 * len(ROWS)
    assert any(f"{len(ROWS)} of {2 * len(ROWS)} sessions" in note for note in found.notes)
    times = [row[0] for row in found.query("SELECT startTime FROM usersession").rows()]
    assert times == sorted(times)
    for text in QUERIES[1:3]:
        once = whole.query(text, profile="offline").rows()
        assert [row[:1] + row[2:] for row in found.query(text, profile="offline").rows()] == [
            row[:1] + row[2:] for row in once
        ]
    assert not list(folder.glob("*tmp*"))


def test_a_frame_without_rows_is_a_set_without_sessions(
    spark: SparkSession, folder: Path, tmp_path: Path
) -> None:
    frame = spark.read.parquet(str(folder / "all.parquet")).where("country = 'nowhere'")
    usql.spark.shard(frame, tmp_path / "none.usqlshards")
    assert len(usql.open(tmp_path / "none.usqlshards")) == 0
    assert usql.spark.open(frame).query("SELECT COUNT(*) FROM usersession").rows() == [[0]]


def test_what_is_no_frame_and_no_place_for_shards_is_refused(
    spark: SparkSession, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(TypeError, match="expected a Spark DataFrame, not list"):
        usql.spark.shard(WRONG, tmp_path / "x.usqlshards")
    frame = spark.read.parquet(str(folder / "all.parquet"))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    with pytest.raises(FileExistsError):
        usql.spark.shard(frame, tmp_path / "taken")
