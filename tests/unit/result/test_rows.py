"""Rows, slices and columns of a result, and what data frames make of it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import usql
from tests.unit.result.made import funnel, repeated, result
from usql.result import Row

QUERY = "SELECT userSessionId, duration, startTime, useraction.name FROM usersession"


@pytest.fixture(scope="module")
def found(sessions: usql.Sessions) -> usql.Result:
    return sessions.query(QUERY)


def test_a_row_is_a_tuple_with_names(found: usql.Result) -> None:
    row = found[1]
    assert row == ("b", 5, 3000, ["x", None])
    assert isinstance(row, usql.Row)
    assert (row["duration"], row[1], row[-1], row[:2]) == (5, 5, ["x", None], ("b", 5))
    assert row.to_dict() == {
        "userSessionId": "b", "duration": 5, "startTime": 3000, "useraction.name": ["x", None],
    }  # fmt: skip
    assert repr(row).startswith("Row(userSessionId='b', duration=5, ")
    name, duration, *_ = row
    assert (name, duration) == ("b", 5)
    with pytest.raises(KeyError, match="no column 'city'; the columns are userSessionId, dur"):
        row["city"]


def test_rows_are_counted_from_both_ends(found: usql.Result) -> None:
    assert [found[i]["userSessionId"] for i in (0, 2, -1, -3)] == ["a", "c", "c", "a"]
    for outside in (3, -4):
        with pytest.raises(IndexError, match=f"no row {outside}; the result has 3"):
            found[outside]
    with pytest.raises(TypeError):
        found[1.5]  # type: ignore[call-overload]


def test_iterating_gives_the_same_rows(found: usql.Result) -> None:
    assert list(found) == [found[i] for i in range(len(found))]
    assert {type(row) for row in found} == {type(found[0])}
    assert [list(row) for row in found] == found.rows()
    assert [row.to_dict() for row in found] == found.to_dicts()


def test_a_column_is_a_list_of_values(found: usql.Result) -> None:
    assert found["duration"] == [1000, 5, 7]
    assert found["startTime"] == [1000, 3000, 5000]
    with pytest.raises(KeyError, match="no column 'city'"):
        found["city"]


def test_later_columns_of_one_name_are_numbered() -> None:
    twice = repeated(1, "x")
    assert (twice["a"], twice["a_2"]) == ([1], ["x"])
    assert twice[0].to_dict() == twice.to_dicts()[0] == {"a": 1, "a_2": "x"}


@pytest.mark.parametrize(
    "part", [slice(0, 2), slice(1, None), slice(-1, None), slice(2, 1), slice(None, None, 2),
             slice(None, None, -1), slice(5, 9)]
)  # fmt: skip
def test_a_slice_is_a_result(found: usql.Result, part: slice) -> None:
    taken = found[part]
    assert isinstance(taken, usql.Result)
    assert taken.rows() == found.rows()[part]
    assert taken.columns == found.columns
    answered, whole = (r.to_table_response(deep_links=True) for r in (taken, found))
    assert answered["additionalValues"] == whole["additionalValues"][part]


def test_a_slice_tells_nothing_of_the_other_rows() -> None:
    many = usql.open([{"city": f"c{i}"} for i in range(60)])
    with pytest.warns(usql.LimitWarning):
        cut = many.query("SELECT city FROM usersession")
    assert cut[:3].explanations == ()
    assert cut[:3].limit_note is None
    assert "because" not in str(cut[:3])
    assert (cut[:3].text, cut[:3].total_rows) == (cut.text, 60)
    assert cut[:3].diagnostics == cut.diagnostics


def test_rows_that_run_backwards_are_no_course_over_time(sessions: usql.Sessions) -> None:
    found = sessions.query(
        "SELECT HOUR(startTime), COUNT(*) FROM usersession GROUP BY HOUR(startTime)"
    )
    assert found.schema[0].time_order == found[:1].schema[0].time_order == "ascending"
    assert found[::-1].schema[0].time_order is None


def test_the_slice_of_a_funnel() -> None:
    steps = funnel({"a": 4, "b": 2})
    assert steps[:1].funnel == steps.funnel
    assert steps[:0].funnel is None


def test_rows_go_to_other_processes(found: usql.Result) -> None:
    row = pickle.loads(pickle.dumps(found[0]))
    assert row == found[0]
    assert row["userSessionId"] == "a"
    assert isinstance(row, Row)


def test_pandas_keeps_names(found: usql.Result) -> None:
    frame = pd.DataFrame(found)
    assert list(frame.columns) == found.columns
    assert frame["duration"].tolist() == [1000, 5, 7]
    assert list(pd.DataFrame(repeated(1, "x")).columns) == ["a", "a_2"]
    assert list(pd.DataFrame(found[:1]).columns) == found.columns


def test_polars_keeps_names_and_types(found: usql.Result) -> None:
    frame = pl.DataFrame(found)
    assert frame.equals(found.to_polars())
    assert frame.columns == found.columns
    assert frame["startTime"].dtype == pl.Datetime("ms", "UTC")
    assert pl.DataFrame(repeated(1, "x")).columns == ["a", "a_2"]
    assert pl.DataFrame(found[:0]).columns == found.columns


def test_rows_come_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    long = result({"n": list(range(20_000))})
    made = 0

    def counted(table: pa.Table, **options: int) -> Iterator[pa.RecordBatch]:
        nonlocal made
        for batch in table.to_batches(**options):
            made += batch.num_rows
            yield batch

    class Counting:
        """A table that counts the rows which are taken from it."""

        def to_batches(self, **options: int) -> Iterator[pa.RecordBatch]:
            return counted(table, **options)

    table = long.to_arrow()
    monkeypatch.setattr(long, "_table", Counting())
    assert next(iter(long)) == (0,)
    assert made < 10_000
