"""Frames of Spark: their rows are judged and read as those of other sources, one part per partition,
and no more columns than a query reads."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
import usql.spark
from tests.language.usqltest import Case
from tests.sampling import IS_LONG
from tests.unit.distributed.agreement import same
from tests.unit.distributed.test_conformance import ANSWERED, FURTHER, OTHER, ROWS
from tests.unit.spark.conftest import OVER_CONNECT
from usql.engine.runtime.limits import Control
from usql.errors import WorkerError
from usql.spark.columns import Columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = [
    pytest.mark.spark,
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore"),  # of pyspark itself, of pandas and of sockets
]


@pytest.fixture(scope="module")
def frame(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> DataFrame:
    """The sessions in two files, which are a partition each."""
    folder = tmp_path_factory.mktemp("frames")
    usql.open([*ROWS, OTHER]).write(folder / "all.parquet")
    table = pq.read_table(folder / "all.parquet")
    half = len(table) // 2
    (folder / "two").mkdir()
    for number, rows in enumerate((table[:half], table[half:])):
        pq.write_table(rows, folder / "two" / f"part-{number}.parquet")
    return spark.read.parquet(str(folder / "two"))


@pytest.fixture(scope="module")
def whole(frame: DataFrame) -> usql.Sessions:
    """The same rows in the order of the frame, which is for Spark to choose."""
    return usql.open(frame.toArrow())


@pytest.fixture(scope="module")
def sessions(frame: DataFrame) -> usql.spark.SparkSessions:
    return usql.spark.open(frame)


WRONG: Any = 3
CHOSEN = ANSWERED if IS_LONG else ANSWERED[:: 25 if OVER_CONNECT else 5]


@pytest.mark.parametrize(
    ("path", "case"), CHOSEN, ids=[f"{p.stem}:{c.line} {c.name}"[:80] for p, c in CHOSEN]
)
def test_a_frame_answers_as_the_rows_do(
    sessions: usql.spark.SparkSessions, whole: usql.Sessions, path: Path, case: Case
) -> None:
    same(sessions.query(case.query, **case.options), whole.query(case.query, **case.options))


@pytest.mark.parametrize("text", FURTHER)
def test_a_further_field_is_one_of_the_schema(
    sessions: usql.spark.SparkSessions, whole: usql.Sessions, text: str
) -> None:
    same(sessions.query(text), whole.query(text))


def test_a_frame_has_the_surface_of_sessions(
    sessions: usql.spark.SparkSessions, whole: usql.Sessions
) -> None:
    assert len(sessions) == len(whole)
    assert {f.name for t in sessions.catalog for f in t.fields} == {
        f.name for t in whole.catalog for f in t.fields
    }
    assert dict(sessions.catalog.property_keys) == dict(whole.catalog.property_keys)
    assert sessions.notes == ("Repeated sessions are not detected among the rows of a frame.",)
    assert sessions.check("SELECT cty FROM usersession") == whole.check(
        "SELECT cty FROM usersession"
    )
    plan = sessions.explain("SELECT COUNT(*) FROM usersession", analyze=True)
    assert "states" in plan


def read(frame: DataFrame, fields: list[str]) -> str:
    """What Spark reads of the files of a frame for a query of these fields."""
    chosen = Columns(frame).chosen(usql.store.projection(fields), Control())
    with contextlib.redirect_stdout(io.StringIO()) as plan:
        chosen.frame.explain("formatted")
    return plan.getvalue().partition("ReadSchema: ")[2].splitlines()[0]


def test_spark_reads_the_columns_of_the_query_alone(frame: DataFrame) -> None:
    keys = "userSessionId:string,startTime:bigint,endTime:bigint"
    schema = read(frame, ["country", "useraction.name"])
    assert "country:string" in schema
    assert "userActions:array<struct<name:string>>" in schema
    assert all(part in schema for part in keys.split(","))
    assert schema.count(":") == 6
    assert read(frame, ["country"]).count(":") == 4


def arrow(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows)


def test_rows_that_are_no_sessions_are_left_out_and_counted(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [
        {"userSessionId": "a", "country": "Spain", "colour": "red"},
        {"userSessionId": None, "country": "Austria", "colour": "red"},
        {"userSessionId": None, "country": None, "colour": "blue"},
    ]
    sessions = usql.spark.open(spark.createDataFrame(arrow(rows)))
    assert len(sessions) == 2
    assert sessions.notes[-1] == "1 row is no session or cannot be read: left out."
    found = sessions.query("SELECT country FROM usersession ORDER BY country").rows()
    assert found == [["Austria"], ["Spain"]]


def test_sessions_without_a_start_may_end_last(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [
        {"userSessionId": "a", "startTime": 1000, "endTime": 2000},
        {"userSessionId": "b", "startTime": None, "endTime": 9000},
    ]
    frame = spark.createDataFrame(arrow(rows)).repartition(2, "userSessionId")
    assert usql.spark.open(frame).span == usql.open(rows).span == (1000, 9001)


def test_a_null_among_children_is_no_child(spark: SparkSession) -> None:
    rows: list[dict[str, Any]] = [
        {"userSessionId": "a", "userActions": [{"name": "x", "duration": 1}, None]},
        {"userSessionId": "b", "userActions": [None]},
        {"userSessionId": "c", "userActions": None},
        {"userSessionId": "d", "userActions": [{"name": None, "duration": 4}]},
    ]
    sessions = usql.spark.open(spark.createDataFrame(arrow(rows)))
    assert sessions.query("SELECT COUNT(*) FROM useraction").rows() == [[2]]
    text = "SELECT name, COUNT(*) FROM useraction GROUP BY name"
    assert sessions.query(text).rows() == [["x", 1], [None, 1]]


def test_names_may_hold_dots_and_backticks(spark: SparkSession) -> None:
    rows = [{"userSessionId": "a", "a.b": 1, "c`d": 2}]
    sessions = usql.spark.open(spark.createDataFrame(arrow(rows)))
    found = sessions.query('SELECT usersession."a.b", usersession."c`d" FROM usersession').rows()
    assert found == [[1, 2]]


def test_a_text_without_the_look_of_a_path_is_a_table(spark: SparkSession) -> None:
    spark.createDataFrame(arrow([{"userSessionId": "a"}])).createOrReplaceTempView("some_sessions")
    sessions = usql.spark.open("some_sessions", spark)
    assert sessions.query("SELECT COUNT(*) FROM usersession").rows() == [[1]]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no_such_sessions", "cannot be found"), ("sessions.ndjson", "cannot be found"), ("a b", "PARSE"), ("", "PARSE")],
)  # fmt: skip
def test_a_table_that_is_not_there_is_told(spark: SparkSession, name: str, reason: str) -> None:
    with pytest.raises(usql.DataError, match=r"Spark has no such table: .+ ") as raised:
        usql.spark.open(name, spark)
    assert reason in str(raised.value)
    assert str(raised.value).endswith(
        "(a path has a separator, or ends in .usqlshards or .parquet)"
    )


def test_columns_of_one_name_are_told(spark: SparkSession) -> None:
    frame = spark.sql("SELECT 'a' AS userSessionId, 1 AS x, 2 AS X")
    with pytest.raises(usql.DataError, match="several columns named X; rename all but one"):
        usql.spark.open(frame)


def test_what_spark_cannot_compute_is_told(spark: SparkSession, tmp_path: Path) -> None:
    from pyspark.sql import functions

    fails = functions.raise_error(functions.lit("this is odd"))
    for frame in (
        spark.range(2).select(functions.col("id").alias("startTime"), fails.alias("city")),
        spark.range(2).select(fails.cast("bigint").alias("startTime")),
    ):
        with pytest.raises(WorkerError, match=r"Spark could not run the query: .*this is odd"):
            usql.spark.open(frame).query("SELECT city FROM usersession")
        with pytest.raises(WorkerError, match=r"Spark could not run the query: .*this is odd"):
            usql.spark.shard(frame, tmp_path / "x.usqlshards")
        assert not list(tmp_path.iterdir())


def test_a_session_that_was_stopped_is_told(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    frame = spark.createDataFrame(arrow([{"userSessionId": "a"}]))
    usql.shard([{"startTime": 1}], tmp_path / "x.usqlshards")
    opened = [usql.spark.open(frame), usql.spark.open(tmp_path / "x.usqlshards", spark)]
    if OVER_CONNECT:
        monkeypatch.setattr(type(spark), "is_stopped", True)
    else:
        monkeypatch.setattr(spark.sparkContext, "_jsc", None)
    for sessions in opened:
        with pytest.raises(WorkerError, match="the Spark session was stopped: open the data again"):
            sessions.query("SELECT COUNT(*) FROM usersession")
    with pytest.raises(WorkerError, match="the Spark session was stopped"):
        len(opened[0])
    for source in (frame, tmp_path / "x.usqlshards", "sessions"):
        with pytest.raises(WorkerError, match="the Spark session was stopped"):
            usql.spark.open(source, spark)


def test_other_things_are_refused(spark: SparkSession) -> None:
    with pytest.raises(
        TypeError, match="expected a Spark DataFrame, a path or the name of a table, not list"
    ):
        usql.spark.open([], spark)
    with pytest.raises(TypeError, match="spark must be a SparkSession of Spark 4, not int"):
        usql.spark.open("x", WRONG)
