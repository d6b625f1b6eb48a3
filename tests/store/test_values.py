"""Values of numpy, pandas and Arrow inside rows, and where bad ones are."""

from __future__ import annotations

import datetime
import decimal
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from usql.catalog import Field, FieldType
from usql.store import DataError, load
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
        (np.datetime64("2026-01-01T00:00:00.001", "ns"), 1_767_225_600_001, FieldType.LONG),
        (datetime.time(12, 30), "12:30:00", FieldType.STRING),
        ({1: np.int8(2)}, '{"1": 2}', FieldType.STRING),
    ],
)
def test_further_values_have_the_type_that_they_show(
    value: Any, kept: Any, kind: FieldType
) -> None:
    rows = [{"future": value}, {}]
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
    assert column([{"startTime": value}, {"startTime": 5}], "startTime") == [None, 5]


def test_missing_values_inside_lists() -> None:
    assert column([{"matchingConversionGoals": ["a", pd.NA]}], "matchingConversionGoals") == [
        ["a", None]
    ]
    rows = [{"longProperties": [{"key": "a", "value": pd.NA}]}]
    assert column(rows, "longProperties") == [[{"key": "a", "value": None}]]


@pytest.mark.parametrize("value", [b"a", object()])
def test_values_that_json_has_not_are_refused(value: Any) -> None:
    with pytest.raises(DataError, match=r"^row 0, future: expected a value that JSON has, found "):
        load([{"future": value}])


def test_a_decimal_column_is_the_same_beside_a_column_read_row_by_row() -> None:
    plain = {"future": pa.array([decimal.Decimal("1.50")])}
    assert column(pa.table(plain), "future") == [1.5]
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
    pq.write_table(pa.table({"duration": [1, 2, 3]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"duration": ["1", "x"]}), tmp_path / "b.parquet")
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert caught.value.source == f"{tmp_path / 'b.parquet'}, row 1"


def test_an_empty_name_is_no_folder() -> None:
    with pytest.raises(DataError, match="name of the file is empty"):
        load("")


def test_suffixes_ignore_case(tmp_path: Path) -> None:
    (tmp_path / "A.NDJSON").write_text('{"city": "a"}')
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
