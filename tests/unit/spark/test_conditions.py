"""What Spark leaves out of a frame's rows before workers get them: never a row that a query asks for."""

from __future__ import annotations

import pyarrow as pa
import pytest

import usql
from usql.asking.question import QueryOptions
from usql.spark.conditions import necessary, quoted

SCHEMA = pa.schema(
    [
        ("startTime", pa.int64()),
        ("endTime", pa.int64()),
        ("country", pa.string()),
        ("city", pa.int64()),
        ("duration", pa.float64()),
        ("userActionCount", pa.int32()),
        ("bounce", pa.bool_()),
    ]
)
SPAIN = "`country` IN (CAST(X'537061696e' AS STRING))"


def of(where: str, schema: pa.Schema = SCHEMA, table: str = "usersession") -> str | None:
    text = f"SELECT COUNT(*) FROM {table} WHERE {where}"
    bound = usql.open([])._prepare(text, QueryOptions()).prepared.bound
    return necessary(bound.timeframe, bound.where, schema)


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ('country = "Spain"', SPAIN),
        ('country = "Spain" AND NOT duration = 3', f"({SPAIN})"),
        ('(country = "Spain" OR country = "it\'s") AND bounce = true', f"(({SPAIN} OR `country` IN (CAST(X'69742773' AS STRING))))"),
        ("startTime BETWEEN 5 AND 9", "`startTime` >= 5L AND `startTime` <= 9L"),
        ("userActionCount > 3", "`userActionCount` >= 4L"),
    ],
)  # fmt: skip
def test_conditions_on_columns_as_they_are(where: str, sql: str) -> None:
    assert of(where) == sql


@pytest.mark.parametrize(
    "where",
    [
        'NOT country = "Spain"',
        'country = "Spain" OR bounce = true',  # the other part may be true
        'country LIKE "S*"',
        "country IS NULL",
        'city = "5"',  # a number in the data
        "duration = 3",
        "bounce = true",
        'useraction.name = "x"',
    ],
)
def test_other_conditions_leave_nothing_out(where: str) -> None:
    assert of(where) is None


def test_a_condition_on_the_session_of_a_child() -> None:
    where = 'usersession.country = "Spain" AND name = "x"'
    assert of(where, table="useraction") == f"({SPAIN})"


def test_a_field_in_two_columns_decides_nothing() -> None:
    twice = SCHEMA.append(pa.field("COUNTRY", pa.string()))
    assert of('country = "Spain"', twice) is None


def test_sessions_that_overlap_a_timeframe() -> None:
    bound = (
        usql.open([])
        ._prepare("SELECT COUNT(*) FROM usersession", QueryOptions(start=5, end=9))
        .prepared.bound
    )
    starts, ends = "coalesce(`startTime` < 9L, TRUE)", "coalesce(`endTime`, `startTime`, 5L) >= 5L"
    assert necessary(bound.timeframe, None, SCHEMA) == f"{starts} AND {ends}"
    assert necessary(bound.timeframe, None, pa.schema([SCHEMA.field(0)])) == starts
    times = pa.schema([("startTime", pa.timestamp("us")), SCHEMA.field(1)])
    assert necessary(bound.timeframe, None, times) is None


def test_names_are_quoted() -> None:
    assert quoted("a.`b") == "`a.``b`"
