"""The type of fields that only the data has, over the pieces of all sources."""

from __future__ import annotations

import datetime
import decimal
import itertools
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import usql
from tests.unit.store.loading.tables.test_frames import column, refusal
from usql.catalog import Field, FieldType
from usql.store import load

TIME = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
MILLISECONDS = 1_772_366_400_000
NO_DOUBLE = (
    "future: besides fractions the field has 9007199254740993, which no double can represent exactly; "
    "write its numbers as text, or the whole ones to a separate field"
)


def field(source: Any, name: str = "future") -> Field:
    found = load(source).catalog.table("usersession").get(name)
    assert found is not None
    return found


def typed(*values: Any, kind: pa.DataType | None = None) -> pa.Table:
    return pa.table({"userSessionId": ["a"] * len(values), "future": pa.array(values, kind)})


def rows(*values: Any) -> list[dict[str, Any]]:
    return [{"userSessionId": "a", "future": value} for value in values]


# --- times ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_typed_sources_stay_times(unit: str, tmp_path: Path) -> None:
    table = typed(TIME, None, kind=pa.timestamp(unit, "UTC"))
    sessions = usql.open(table)
    assert sessions.query("SELECT YEAR(future), HOUR(future) FROM usersession").rows()[0] == [
        2026,
        12,
    ]
    for text in ("future > '2026-01-01'", f"future = {MILLISECONDS}"):
        assert sessions.query(f"SELECT COUNT(*) FROM usersession WHERE {text}").rows() == [[1]]
    result = sessions.query("SELECT future FROM usersession").to_arrow()
    assert result.schema.field(0).type == pa.timestamp("ms", "UTC")
    for name in ("a.parquet", "a.usqlstore"):
        sessions.write(tmp_path / name) if name == "a.parquet" else sessions.save(tmp_path / name)
        assert field(tmp_path / name).type is FieldType.TIMESTAMP
        assert field([str(tmp_path / name), table]).type is FieldType.TIMESTAMP
        assert column(tmp_path / name, "future") == [MILLISECONDS, None]


@pytest.mark.parametrize(
    "source",
    [
        typed(TIME.date(), kind=pa.date32()),
        rows(TIME.date()),
        rows(TIME.replace(hour=0)),
        typed(TIME.replace(hour=0)).append_column("duration", [["1"]]),
    ],
)
def test_days_and_times_row_by_row(source: Any) -> None:
    assert column(source, "future") == [MILLISECONDS - 43_200_000]
    assert field(source).type is FieldType.TIMESTAMP


def test_lists_of_times() -> None:
    for source in (typed([TIME, None]), rows([TIME, None])):
        assert column(source, "future") == [[MILLISECONDS, None]]
        assert (field(source).type, field(source).is_list) == (FieldType.TIMESTAMP, True)
        text = usql.open(source).query("SELECT JSON FROM usersession").rows()[0][0]
        assert f'"future": [{MILLISECONDS}, null]' in text


def test_times_in_json_are_milliseconds() -> None:
    text = usql.open(typed(TIME)).query("SELECT JSON FROM usersession").rows()[0][0]
    assert f'"future": {MILLISECONDS}' in text


def test_times_beside_other_values(tmp_path: Path) -> None:
    lines = tmp_path / "a.ndjson"
    for other, kind, kept in (
        ("5", FieldType.TIMESTAMP, [MILLISECONDS, 5]),
        ('"x"', FieldType.STRING, [str(MILLISECONDS), "x"]),
        ("0.5", FieldType.STRING, [str(MILLISECONDS), "0.5"]),
    ):
        lines.write_text(f'{{"userSessionId": "a", "future": {other}}}\n')
        assert column([typed(TIME), str(lines)], "future") == kept
        assert field([str(lines), typed(TIME)]).type is kind


@pytest.mark.parametrize("name", ["duration", "city", "bounce"])
def test_a_time_is_no_value_of_another_field(name: str) -> None:
    for source in ([{name: TIME}], pa.table({name: [TIME]})):
        assert refusal(source).endswith(", found a time")


# --- numbers ----------------------------------------------------------------------------------------


def test_whole_numbers_that_no_double_holds_are_refused_beside_fractions(tmp_path: Path) -> None:
    wholes, halves = 2**53 + 1, 0.5
    lines = tmp_path / "a.ndjson"
    for first, second in ((wholes, halves), (halves, wholes)):
        assert refusal([typed(first), typed(second)]) == NO_DOUBLE
        assert refusal([typed([first]), typed([second])]) == NO_DOUBLE
        assert refusal(rows(first, second)) == NO_DOUBLE
        assert refusal(rows([first], [second])) == NO_DOUBLE
        lines.write_text(
            "".join(f'{{"userSessionId": "a", "future": {n}}}\n' for n in (first, second))
        )
        assert refusal(lines) == NO_DOUBLE
    action = [{"userActions": [{"future": wholes}, {"future": halves}]}]
    assert refusal(action).startswith("userActions.future: ")
    assert column(rows(2**53 + 2, 0.5), "future") == [2.0**53 + 2, 0.5]
    assert column(rows(wholes, 2**60), "future") == [wholes, 2**60]


def test_pieces_of_lists_have_one_type() -> None:
    sources = {
        "a": typed(["x"]),
        "b": typed([], kind=pa.list_(pa.null())),
        "c": typed([None], kind=pa.list_(pa.null())),
    }
    for order in itertools.permutations(sources):
        found = column([sources[name] for name in order], "future")
        assert found == [{"a": ["x"], "b": [], "c": [None]}[name] for name in order]


DECIMALS = [decimal.Decimal(n).scaleb(-2) for n in (*range(1, 400), 123_456_789_012_345)]


@pytest.mark.parametrize("kind", [pa.decimal128(20, 2), pa.decimal256(60, 2), pa.decimal64(18, 2)])
def test_decimals_are_the_nearest_doubles_in_every_place(kind: pa.DataType) -> None:
    expected = [float(d) for d in DECIMALS]
    for table in (
        typed(*DECIMALS, kind=kind),
        typed(*DECIMALS, kind=kind).append_column("duration", [["1"] * 400]),
    ):
        assert column(table, "future") == expected
    assert column(typed(DECIMALS, kind=pa.list_(kind)), "future") == [expected]
    pair = pa.struct([("key", pa.string()), ("value", kind)])
    properties = [[{"key": "k", "value": d}] for d in DECIMALS]
    table = pa.table({"doubleProperties": pa.array(properties, pa.list_(pair))})
    assert [p[0]["value"] for p in column(table, "doubleProperties")] == expected
    assert column(rows(*DECIMALS), "future") == expected


def test_whole_decimals_stay_whole_or_are_refused() -> None:
    big = decimal.Decimal(2**53 + 1)
    assert column(typed(big, None, kind=pa.decimal128(20, 0)), "future") == [2**53 + 1, None]
    assert column(rows(big), "future") == [2**53 + 1]
    assert field(rows(big)).type is field(typed(big)).type is FieldType.LONG
    for source in (
        typed(big, kind=pa.decimal128(30, 2)),
        rows(decimal.Decimal("9007199254740993.00")),
    ):
        assert refusal(source) == "row 0, future: no double holds 9007199254740993 exactly"
    assert refusal(typed(decimal.Decimal(2**63))).endswith("does not fit into 64 bits")


# --- columns without values -------------------------------------------------------------------------


KINDS = {
    pa.int32(): pa.int64(),
    pa.decimal128(20, 2): pa.float64(),
    pa.timestamp("ns", "UTC"): pa.timestamp("ms", "UTC"),
    pa.bool_(): pa.bool_(),
    pa.dictionary(pa.int8(), pa.string()): pa.string(),
    pa.uuid(): pa.string(),
    pa.struct([("a", pa.int8())]): pa.string(),
    pa.list_(pa.int8()): pa.list_(pa.int64()),
}


def shown(source: Any, table: str = "usersession") -> pa.DataType:
    result = usql.open(source).query(f"SELECT future FROM {table} LIMIT 5")
    return result.to_arrow().schema.field(0).type


@pytest.mark.parametrize(("kind", "expected"), KINDS.items())
@pytest.mark.parametrize("count", [0, 2])
def test_a_typed_column_without_values_is_a_field(
    kind: pa.DataType, expected: pa.DataType, count: int, tmp_path: Path
) -> None:
    table = typed(*[None] * count, kind=kind)
    assert shown(table) == expected
    sessions = usql.open(table)
    sessions.save(tmp_path / "a.usqlstore")
    sessions.write(tmp_path / "a.parquet")
    lines = tmp_path / "a.ndjson"
    lines.write_text('{"userSessionId": "b"}\n')
    for name in ("a.usqlstore", "a.parquet"):
        assert shown(tmp_path / name) == expected
        for duplicates in ("keep", "drop"):
            sources = [str(tmp_path / name), str(lines), str(lines)]
            joined = usql.open(sources, duplicates=duplicates).query(
                "SELECT future FROM usersession LIMIT 5"
            )
            assert joined.to_arrow().schema.field(0).type == expected


@pytest.mark.parametrize("count", [0, 1])
def test_a_typed_column_of_children_without_values_is_a_field(count: int, tmp_path: Path) -> None:
    names = pa.array(["x"] * count, pa.string())
    columns = [names, pa.nulls(count, pa.float32()), pa.nulls(count, pa.uuid())]
    entries = pa.StructArray.from_arrays(columns, ["name", "future", "id"])
    table = pa.table(
        {"userSessionId": ["a"], "events": pa.ListArray.from_arrays([0, count], entries)}
    )
    assert shown(table, "userevent") == pa.float64()
    usql.open(table).save(tmp_path / "a.usqlstore")
    for source in (tmp_path / "a.usqlstore", [str(tmp_path / "a.usqlstore"), table]):
        assert shown(source, "userevent") == pa.float64()


def test_values_have_the_say_over_typed_columns_without_any() -> None:
    for kind in KINDS:
        assert column([typed(None, kind=kind), typed("x")], "future") == [None, "x"]


def test_frames_have_the_fields_that_their_types_tell() -> None:
    pandas = pd.DataFrame({"userSessionId": ["a"]})
    assert shown(pandas.assign(future=[float("nan")])) == pa.float64()
    assert shown(pandas.assign(future=pd.Series([None], dtype="string"))) == pa.string()
    polars = pl.DataFrame({"userSessionId": ["a"]})
    assert shown(polars.with_columns(future=pl.lit(None, pl.Int8))) == pa.int64()
    for source in (
        typed(None),
        pandas.assign(future=pd.Series([None], dtype=object)),
        polars.with_columns(future=pl.lit(None)),
        rows(None),
    ):
        with pytest.raises(usql.UsqlError, match="has no field"):
            shown(source)


def test_columns_that_are_no_fields_of_sessions_are_none_without_values_either() -> None:
    names = ("clientType", "CITY", "osFamilyName", "useractions")
    table = pa.table({"userSessionId": ["a"], **{name: pa.nulls(1, pa.string()) for name in names}})
    found = load(table).catalog.table("usersession").fields
    assert {f.name for f in found}.isdisjoint(names)
    foreign = pa.table({"future": pa.array([], pa.int64())})
    assert load(foreign).catalog.table("usersession").get("future") is None
