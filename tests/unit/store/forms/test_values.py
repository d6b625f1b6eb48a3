"""Values of numpy, pandas and Arrow inside rows, and where bad ones are."""

from __future__ import annotations

import datetime
import decimal
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.rows import session_table, sessions
from usql.catalog import Field, FieldType
from usql.errors import DataError
from usql.store import load
from usql.store.views import to_arrow


def column(rows: Any, name: str) -> list[Any]:
    return to_arrow(load(rows).tables["usersession"].columns[name]).to_pylist()


def field(rows: Any, name: str) -> Field:
    found = load(rows).catalog.table("usersession").get(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "kept", "kind"),
    [
        (np.int64(5), 5, FieldType.LONG),
        (np.float64(2.5), 2.5, FieldType.DOUBLE),
        (np.str_("a"), "a", FieldType.STRING),
        (np.bool_(True), True, FieldType.BOOLEAN),
        (np.array([1, 2]), [1, 2], FieldType.LONG),
        (pa.scalar("a"), "a", FieldType.STRING),
        (decimal.Decimal("1.5"), 1.5, FieldType.DOUBLE),
        (np.datetime64("2026-01-01T00:00:00.001", "ns"), 1_767_225_600_001, FieldType.TIMESTAMP),
        (datetime.time(12, 30), "12:30:00", FieldType.STRING),
        ({1: np.int8(2)}, '{"1": 2}', FieldType.STRING),
    ],
)
def test_further_values_have_the_type_that_they_show(
    value: Any, kept: Any, kind: FieldType
) -> None:
    rows = sessions([{"future": value}, {}])
    assert column(rows, "future") == [kept, [] if isinstance(kept, list) else None]
    assert field(rows, "future").type is kind


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
def test_numpy_dates_of_any_unit(unit: str) -> None:
    date = np.array(["2026-01-01"], dtype=f"datetime64[{unit}]")[0]
    assert column([{"startTime": date}], "startTime") == [1_767_225_600_000]


@pytest.mark.parametrize(
    "value", [pd.NaT, pd.NA, np.datetime64("NaT"), decimal.Decimal("NaN"), float("nan"), None]
)
def test_missing_values_of_all_kinds(value: Any) -> None:
    assert column(sessions([{"startTime": value}, {"startTime": 5}]), "startTime") == [None, 5]


def test_missing_values_inside_lists() -> None:
    assert column([{"matchingConversionGoals": ["a", pd.NA]}], "matchingConversionGoals") == [
        ["a", None]
    ]
    rows = [{"longProperties": [{"key": "a", "value": pd.NA}]}]
    assert column(rows, "longProperties") == [[{"key": "a", "value": None}]]


NAN = float("nan")


@pytest.mark.parametrize(
    "nan", [NAN, np.float32("nan"), np.array(NAN), pd.NA, decimal.Decimal("NaN")]
)
def test_what_is_not_a_number_is_missing_in_every_place(nan: Any) -> None:
    row: dict[str, Any] = {
        "userSessionId": "a",
        "city": nan,
        "bounce": nan,
        "matchingConversionGoals": ["a", nan],
        "future": {"a": nan, "b": [nan, 1]},
        "userActions": [nan, {"name": nan, "duration": 5}],
        "stringProperties": [{"key": "k", "value": nan}],
        "events": nan,
    }
    assert usql.open([row]).query("SELECT JSON FROM usersession").rows() == [
        [
            json.dumps(
                {
                    "userSessionId": "a",
                    "matchingConversionGoals": ["a", None],
                    "stringProperties": [{"key": "k"}],
                    "future": {"a": None, "b": [None, 1]},
                    "userActions": [{"duration": 5}],
                }
            )
        ]
    ]


def test_frames_and_tables_have_nothing_where_they_have_no_number() -> None:
    frame = pd.DataFrame({"userSessionId": ["a", "b"], "city": ["x", NAN], "bounce": [True, NAN]})
    frame["future"] = pd.Series([["a", NAN], NAN], dtype=object)
    frame["userActions"] = pd.Series([NAN, [{"duration": NAN}]], dtype=object)
    frame["country"] = NAN
    sessions = usql.open(frame)
    fields = "city, bounce, future, useraction.duration, country"
    assert sessions.query(f"SELECT {fields} FROM usersession").rows() == [
        ["x", True, ["a", None], [], None],
        [None, None, [], [None], None],
    ]
    assert column(session_table(pa.table({"future": [[NAN, 1.5]]})), "future") == [[None, 1.5]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (131.0, "131"), (1e16, "10000000000000000"), (-0.0, "0"), (99.5, "99.5"), (1e300, "1e+300"),
        (np.float64(7), "7"), (decimal.Decimal("131.00"), "131"), (decimal.Decimal("1.90"), "1.9"),
        (decimal.Decimal("1E+3"), "1000"), (2**70, str(2**70)),
    ],
)  # fmt: skip
def test_a_number_in_a_text_has_the_text_of_its_value(value: Any, text: str) -> None:
    assert column([{"browserMajorVersion": value}], "browserMajorVersion") == [text]
    pairs = [{"key": "k", "value": value}]
    assert column([{"stringProperties": pairs}], "stringProperties") == [
        [{"key": "k", "value": text}]
    ]


def test_a_column_of_doubles_in_a_text_has_whole_numbers_as_such(tmp_path: Path) -> None:
    table = session_table(pa.table({"browserMajorVersion": [131.0, NAN, 99.5]}))
    assert column(table, "browserMajorVersion") == ["131", None, "99.5"]
    (tmp_path / "a.ndjson").write_text('{"browserMajorVersion": 131.0}\n')
    assert column(tmp_path / "a.ndjson", "browserMajorVersion") == ["131"]


def test_keys_that_read_alike_are_refused() -> None:
    with pytest.raises(DataError, match='future: two keys are written "1"'):
        load([{"city": "a", "future": {1: "a", "1": "b"}}])


def test_of_spellings_of_one_name_none_is_lost() -> None:
    row = {"City": "a", "CITY": "b", "Future": 1, "FUTURE": 2}
    for source in ([row], pa.Table.from_pylist([row])):
        rows = usql.open(source).query("SELECT city, CITY, Future, FUTURE FROM usersession").rows()
        assert rows == [["a", "b", 1, 2]]


@pytest.mark.parametrize("value", [b"a", object()])
def test_values_that_json_has_not_are_refused(value: Any) -> None:
    with pytest.raises(DataError, match=r"^row 0, future: expected a value that JSON has, found "):
        load(sessions([{"future": value}]))


def test_a_decimal_column_is_the_same_beside_a_column_read_row_by_row() -> None:
    plain = {"future": pa.array([decimal.Decimal("1.50")])}
    assert column(session_table(pa.table(plain)), "future") == [1.5]
    assert column(pa.table({**plain, "duration": ["12"]}), "future") == [1.5]


def test_rows_are_counted_over_the_parts_of_a_source(tmp_path: Path) -> None:
    table = pa.table({"duration": ["1"] * 5 + ["x"]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=2)
    for source in (tmp_path / "a.parquet", tmp_path / "a.arrow"):
        with pytest.raises(DataError) as caught:
            load(source)
        assert caught.value.source == f"{source}, row 5"
    with pytest.raises(DataError, match=r"^row 5, duration: "):
        load(table.to_reader(max_chunksize=2))


def test_rows_are_counted_from_the_beginning_of_each_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"startTime": [1, 2, 3]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"startTime": ["1", "x"]}), tmp_path / "b.parquet")
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert caught.value.source == f"{tmp_path / 'b.parquet'}, row 1"


def test_an_empty_name_is_no_folder() -> None:
    with pytest.raises(DataError, match="name of the file is empty"):
        load("")


def test_suffixes_ignore_case(tmp_path: Path) -> None:
    (tmp_path / "A.NDJSON").write_text('{"userSessionId": "a"}')
    assert load(tmp_path).sessions == 1


def test_rejects_never_overwrite_a_source_by_another_name(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text('{"duration": "x"}\n')
    os.link(file, tmp_path / "same")
    with pytest.raises(ValueError, match="overwrite"):
        load(file, on_error="skip", rejects=tmp_path / "same")
    with pytest.raises(ValueError, match="there is no folder"):
        load(file, on_error="skip", rejects=tmp_path / "none" / "bad")
    assert file.read_text() == '{"duration": "x"}\n'
