"""Rows, Arrow, data frames, explanations and funnels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import usql
from tests.unit.result.made import funnel, repeated, result
from usql.result.options import Options
from usql.result.writing import write_result


def test_rows_are_plain_values(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT city, startTime, bounce, useraction.name, stringProperties FROM usersession"
    )
    assert found.rows()[1] == [None, 3000, False, ["x", None], [{"key": "k", "value": "v"}]]
    assert [list(row) for row in found] == found.rows()
    assert len(found) == 3


def test_dates_of_properties_are_times(tmp_path: Path) -> None:
    day = {"key": "signup", "value": "2025-07-20T12:00:00.000Z"}
    action = {"name": "x", "dateProperties": [day]}
    found = usql.open([{"userSessionId": "a", "dateProperties": [day], "userActions": [action]}])
    own = found.query("SELECT dateProperties, country FROM usersession")
    assert own.rows() == [[[{"key": "signup", "value": 1753012800000}], None]]
    pair = pa.struct([("key", pa.string()), ("value", pa.timestamp("ms", tz="UTC"))])
    assert own.to_arrow().schema.types[0] == pa.list_(pair)
    assert "[signup: 2025-07-20 12:00:00.000]" in str(own)
    write_result(own, tmp_path / "own.csv", options=Options(time="iso", utc_offset=60))
    cell = '"[{""key"": ""signup"", ""value"": ""2025-07-20 13:00:00.000+01:00""}]"'
    assert (tmp_path / "own.csv").read_text().splitlines()[1] == f"{cell},"
    of_actions = found.query("SELECT useraction.dateProperties FROM usersession")
    assert of_actions.to_arrow().schema.types == [pa.list_(pa.list_(pair))]
    assert "[[signup: 2025-07-20 12:00:00.000]]" in str(of_actions)


def test_arrow_has_timestamps(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT startTime, startTime, MAX(endTime) FROM usersession GROUP BY startTime"
    )
    table = found.to_arrow()
    assert table.schema.types == [pa.timestamp("ms", tz="UTC")] * 3
    assert table.column_names == ["startTime", "startTime", "max(endTime)"]
    lists = sessions.query("SELECT useraction.startTime FROM usersession").to_arrow()
    assert lists.schema.types == [pa.list_(pa.timestamp("ms", tz="UTC"))]


def test_data_frames_and_streams(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT city, city, duration FROM usersession")
    assert list(found.to_pandas().columns) == ["city", "city_2", "duration"]
    assert found.to_polars().columns == ["city", "city_2", "duration"]
    other = sessions.query("SELECT city, duration FROM usersession")
    assert duckdb.connect().from_arrow(other.to_arrow()).sum("duration").fetchall() == [(1012,)]
    assert pa.table(other).num_rows == 3


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    empty = result({"a": [1]})
    with pytest.raises(ImportError, match=r"usql-engine\[pandas\]"):
        empty.to_pandas()
    with pytest.raises(ImportError, match=r"usql-engine\[polars\]"):
        empty.to_polars()


def test_explanations(sessions: usql.Sessions) -> None:
    text = "SELECT TOP(city, 1), COUNT(*) FROM usersession WHERE apdexCategory IS NULL GROUP BY city LIMIT 9"
    notes = " ".join(sessions.query(text).explanations)
    assert "apdexCategory was read as useraction.apdexCategory" in notes
    assert "TOP kept the 1 most frequent" in notes
    many = usql.open([{"city": f"c{i}"} for i in range(60)])
    cut = "The first 50 of 60 rows are shown, because the query has no LIMIT."
    with pytest.warns(usql.LimitWarning, match=cut):
        assert many.query("SELECT city FROM usersession").explanations == (cut,)
    null = sessions.query("SELECT city, COUNT(*) FROM usersession GROUP BY city").explanations
    assert null == ("Rows without a value of usersession.city form a group of their own.",)


def test_funnel_steps(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT FUNNEL(city = 'Linz' AS l, bounce = true, duration > 9 AS d, bounce = false) FROM usersession"
    )
    steps = found.funnel
    assert steps is not None
    assert [(s.name, s.count, s.from_first, s.from_previous) for s in steps] == [
        ("l", 2, 1.0, None), ("bounce=true", 2, 1.0, 1.0), ("d", 1, 0.5, 0.5), ("bounce=false", 0, 0.0, 0.0),
    ]  # fmt: skip
    assert "50.0 %" in str(found)
    nothing = sessions.query("SELECT FUNNEL(city = 'x', bounce = true) FROM usersession").funnel
    assert nothing is not None
    assert [(s.from_first, s.from_previous) for s in nothing] == [(None, None), (None, None)]
    assert sessions.query("SELECT COUNT(*) FROM usersession").funnel is None


def test_importing_stays_light() -> None:
    code = (
        "import sys, usql.result.writing; print(*{'rich', 'pandas', 'polars'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_names_may_repeat() -> None:
    twice = repeated(1, "x")
    assert twice.columns == ["a", "a"]
    assert twice.rows() == [[1, "x"]]
    assert twice.to_arrow().column_names == ["a", "a"]
    assert twice.to_table_response()["columnNames"] == ["a", "a"]
    assert pa.table(twice).column_names == [
        "a",
        "a_2",
    ]  # those who take streams tell columns by name


def test_pandas_keeps_every_digit() -> None:
    frame = result({"n": [2**53 + 1, None], "whole": [2**53 + 1, 2], "x": [0.5, None]}).to_pandas()
    assert [str(kind) for kind in frame.dtypes] == ["Int64", "int64", "float64"]
    assert frame["n"][0] == 2**53 + 1
    assert frame["n"].isna().tolist() == [False, True]


def test_polars_keeps_types() -> None:
    frame = result({"t": [0, None], "l": [[1, None], []]}, times=["t"]).to_polars()
    assert [str(kind) for kind in frame.dtypes] == [
        "Datetime(time_unit='ms', time_zone='UTC')", "List(Int64)",
    ]  # fmt: skip
    assert frame["l"].to_list() == [[1, None], []]


def test_an_empty_result_in_every_form() -> None:
    columns = {"a": pa.array([], pa.string()), "t": pa.array([], pa.list_(pa.int64()))}
    empty = result(columns, times=["t"])
    assert (len(empty), empty.rows(), empty.columns) == (0, [], ["a", "t"])
    assert empty.to_arrow().schema.types[1] == pa.list_(pa.timestamp("ms", tz="UTC"))
    assert list(empty.to_pandas().columns) == empty.to_polars().columns == ["a", "t"]


def test_a_column_of_nothing() -> None:
    nothing = result({"a": [None, None], "t": [None, None]}, times=["t"])
    assert nothing.rows() == [[None, None]] * 2
    assert nothing.to_arrow().schema.types[1] == pa.timestamp("ms", tz="UTC")


def test_a_step_after_an_empty_one() -> None:
    steps = funnel({"a": 4, "b": 0, "c": 0}).funnel
    assert steps is not None
    assert [(s.from_first, s.from_previous) for s in steps] == [
        (1.0, None),
        (0.0, 0.0),
        (0.0, None),
    ]
