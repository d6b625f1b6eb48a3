"""Results in every form."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

import usql
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.cells import cell, harmless, timestamp
from usql.result.export import FORMATS, write
from usql.result.result import unique_names
from usql.result.terminal import bar, fit, plain_text


def result(columns: dict[str, list[Any]], **options: Any) -> Result:
    keys = options.pop("keys", ())
    times = options.pop("times", ())
    table = pa.table(columns)
    described = [
        ResultColumn(n, ColumnRole.KEY if n in keys else ColumnRole.LEAF, n in times)
        for n in columns
    ]
    return Result(table, described, **options)


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    rows = [
        {"userSessionId": "a", "city": "Linz", "startTime": 1000, "endTime": 2000, "duration": 1000, "bounce": True},
        {"userSessionId": "b", "city": None, "startTime": 3000, "duration": 5, "bounce": False,
         "userActions": [{"name": "x"}, {"name": None}], "stringProperties": [{"key": "k", "value": "v"}]},
        {"userSessionId": "c", "city": "Linz", "startTime": 5000, "duration": 7, "bounce": True},
    ]  # fmt: skip
    return usql.open(rows)


def test_rows_are_plain_values(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT city, startTime, bounce, useraction.name, stringProperties FROM usersession"
    )
    assert found.rows()[1] == [None, 3000, False, ["x", None], [{"key": "k", "value": "v"}]]
    assert list(found) == found.rows()
    assert len(found) == 3
    assert repr(found) == "<Result: 3 rows, 5 columns>"


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


def test_table_response(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT userSessionId, city FROM usersession LIMIT 2")
    assert found.to_table_response() == {
        "extrapolationLevel": 1, "columnNames": ["userSessionId", "city"], "values": [["a", "Linz"], ["b", None]],
    }  # fmt: skip
    full = found.to_table_response(explain=True, deep_links=True)
    assert full["additionalColumnNames"] == ["userSessionId", "startTime", "endTime"]
    assert full["additionalValues"] == [["a", 1000, 2000], ["b", 3000, None]]
    assert full["explanations"] == []


def test_a_missing_key_is_the_string_null(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT city, COUNT(*) FROM usersession GROUP BY city")
    assert found.to_table_response()["values"] == [["Linz", 2], ["null", 1]]
    assert found.rows() == [["Linz", 2], [None, 1]]
    assert found.to_tree_response()["values"] == {"Linz": [2], "null": [1]}
    assert "additionalValues" not in found.to_table_response(deep_links=True)


def test_tree_responses(sessions: usql.Sessions) -> None:
    nested = sessions.query(
        "SELECT city, bounce, COUNT(*), MAX(duration) FROM usersession GROUP BY city, bounce"
    )
    assert nested.to_tree_response() == {
        "extrapolationLevel": 1,
        "branchNames": ["city", "bounce"],
        "leafNames": ["count(*)", "max(duration)"],
        "values": {"Linz": {"true": [2, 1000]}, "null": {"false": [1, 5]}},
    }
    flat = sessions.query("SELECT COUNT(*), MIN(duration) FROM usersession").to_tree_response()
    assert (flat["branchNames"], flat["values"]) == ([], [[3], [5]])
    keyed = result({"k": [1, 2], "n": [5, 6]}, keys=["k"]).to_tree_response(explain=True)
    assert keyed["values"] == {"1": [5], "2": [6]}
    assert keyed["explanations"] == []


def test_explanations(sessions: usql.Sessions) -> None:
    text = "SELECT TOP(city, 1), COUNT(*) FROM usersession WHERE apdexCategory IS NULL GROUP BY city LIMIT 9"
    notes = " ".join(sessions.query(text).explanations)
    assert "apdexCategory was read as useraction.apdexCategory" in notes
    assert "TOP kept the 1 most frequent" in notes
    many = usql.open([{"city": f"c{i}"} for i in range(60)])
    assert many.query("SELECT city FROM usersession").explanations == (
        "The first 50 of 60 rows are shown, because the query has no LIMIT.",
    )
    null = sessions.query("SELECT city, COUNT(*) FROM usersession GROUP BY city").explanations
    assert null == ("Rows without a value of usersession.city are a group of their own.",)


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


# --- terminal and notebook ------------------------------------------------------------------------


def test_the_terminal_table() -> None:
    shown = result(
        {"city": ["東京", None, "null"], "n": [1, 22, 333], "t": [0, None, 1]},
        times=["t"],
        explanations=["Why."],
    )
    assert plain_text(shown, 80).splitlines() == [
        " city     n   t",
        " " + "─" * 36,
        " 東京     1   1970-01-01 00:00:00.000",
        " null    22   null",
        " null   333   1970-01-01 00:00:00.001",
        "",
        "3 rows",
        "Why.",
    ]


def test_long_and_wide_results_are_cut() -> None:
    long = result({"n": list(range(500))})
    text = str(long)
    assert "⋮" in text
    assert "499" in text
    assert "500 rows" in text
    assert len(text.splitlines()) < 80
    wide = result({f"column{i}": ["x" * 50] for i in range(40)})
    lines = plain_text(wide, 100).splitlines()
    assert max(len(line) for line in lines) <= 100
    assert "more columns do not fit" in lines[-1]
    assert plain_text(result({"a": ["y" * 500]}), 60).splitlines()[2].endswith("…")


def test_an_empty_result_keeps_its_header(sessions: usql.Sessions) -> None:
    empty = sessions.query("SELECT city, duration FROM usersession LIMIT 0")
    assert "city" in str(empty)
    assert "0 rows" in str(empty)
    assert empty.to_table_response()["columnNames"] == ["city", "duration"]


def test_data_sends_nothing_to_the_terminal() -> None:
    evil = result(
        {"\x1b[31mname": ["\x1b]0;title\x07", "a\nb\tc", "\u202eabc", "[bold]x[/bold]"]},
        explanations=["\x1b[2J"],
    )
    shown = str(evil)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "[bold]x[/bold]" in shown
    assert "a\\nb\\tc" in shown


def test_cells() -> None:
    assert [cell(v, False) for v in (True, None, 1.0, 0.1, 1e20, 1e-9, [1, None], [{"key": "k", "value": 1}])] == [
        "true", "null", "1.0", "0.1", "1e+20", "1e-09", "[1, null]", "[k: 1]",
    ]  # fmt: skip
    assert cell(list(range(30)), False).endswith("19, …]")
    assert timestamp(-1) == "1969-12-31 23:59:59.999"
    assert timestamp(2**62) == str(2**62)
    assert harmless("\U000e0001") == "\\U000e0001"


def test_widths() -> None:
    assert fit([3, 4], 80) == [3, 4]
    assert fit([200], 50) == [49]
    assert sum(fit([60, 60, 60], 100)) + 7 <= 100
    assert len(fit([20] * 50, 100)) < 50


def test_bars() -> None:
    assert (bar(0, 10), bar(1, 10), bar(0.55, 10)) == ("", "█" * 10, "█████▌")


def test_html_is_escaped(sessions: usql.Sessions) -> None:
    page = result({"<b>": ["<script>alert(1)</script>", None]}, explanations=["<i>"])._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page
    assert 'class="null"' in page
    funnel = sessions.query("SELECT FUNNEL(city = 'Linz' AS '<x>') FROM usersession")._repr_html_()
    assert "&lt;x&gt;" in funnel
    assert 'class="bar"' in funnel


# --- files ------------------------------------------------------------------------------------------


def written(found: Result, form: str) -> bytes:
    out = io.BytesIO()
    write(found, form, out)
    return out.getvalue()


@pytest.fixture
def odd() -> Result:
    return result(
        {"a": ['x,"y"\n', None], "b": [float("inf"), 1.5], "c": [[1, None], []], "d": [True, None]}
    )


def test_formats(odd: Result) -> None:
    assert json.loads(written(odd, "json")) == {
        "columns": ["a", "b", "c", "d"], "rows": [['x,"y"\n', None, [1, None], True], [None, 1.5, [], None]],
    }  # fmt: skip
    lines = [json.loads(x) for x in written(odd, "ndjson").splitlines()]
    assert lines[1] == {"a": None, "b": 1.5, "c": [], "d": None}
    table = list(csv.reader(io.StringIO(written(odd, "csv").decode(), newline="")))
    assert table == [
        ["a", "b", "c", "d"],
        ['x,"y"\n', "inf", "[1, null]", "true"],
        ["", "1.5", "[]", ""],
    ]
    assert ipc.open_stream(written(odd, "arrow")).read_all().equals(odd.to_arrow())
    assert pq.read_table(io.BytesIO(written(odd, "parquet"))).num_rows == 2
    assert json.loads(written(odd, "response"))["columnNames"] == ["a", "b", "c", "d"]
    assert json.loads(written(odd, "tree"))["leafNames"] == ["a", "b", "c", "d"]


def test_repeated_names_in_files() -> None:
    twice = Result(
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]),
        [ResultColumn("a", ColumnRole.LEAF, False)] * 2,
    )
    assert json.loads(written(twice, "ndjson")) == {"a": 1, "a_2": 2}
    assert pq.read_table(io.BytesIO(written(twice, "parquet"))).column_names == ["a", "a_2"]
    assert unique_names(["a", "a", "a_2", "a"]) == ["a", "a_3", "a_2", "a_4"]


def test_an_unknown_format(odd: Result) -> None:
    with pytest.raises(ValueError, match=", ".join(FORMATS)):
        written(odd, "xlsx")
