"""Data frames, and whatever else hands over Arrow tables: values, or an error with its place."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from usql.catalog import FieldType
from usql.errors import DataError
from usql.store import load
from usql.store.views import to_arrow

IDS = ["a", "b"]
JANUARY, FEBRUARY = 1_767_225_600_000, 1_769_904_000_000


def column(source: Any, name: str) -> list[Any]:
    return to_arrow(load(source).tables["usersession"].columns[name]).to_pylist()


def refusal(source: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(source)
    return str(caught.value)


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([["a", "x", "y"]], columns=["userSessionId", "city", "city"])
    assert refusal(frame) == "city: 2 columns have this name; give each its own"


@pytest.mark.parametrize("name", [5, ("a", "b"), None])
def test_names_of_columns_are_strings(name: Any) -> None:
    frame = pd.DataFrame({"userSessionId": ["a"]})
    frame[name] = 1
    assert refusal(frame).startswith("column names must be strings, found ")


@pytest.mark.parametrize(
    ("values", "fill", "kept"), [([0, 5], 0, [0, 5]), ([1.5, float("nan")], None, [1.5, None])]
)
def test_sparse_columns(values: list[Any], fill: Any, kept: list[Any]) -> None:
    sparse = pd.arrays.SparseArray(values, fill_value=fill)
    assert column(pd.DataFrame({"userSessionId": IDS, "future": sparse}), "future") == kept


def test_a_named_index_is_a_column() -> None:
    frame = pd.DataFrame({"userSessionId": IDS, "city": ["x", "y"]}).set_index("userSessionId")
    assert column(frame, "userSessionId") == IDS


def test_a_period_is_its_start_in_every_place() -> None:
    periods = pd.period_range("2026-01", "2026-02", freq="M")
    frame = pd.DataFrame({"userSessionId": IDS, "month": periods})
    rows = [{"userSessionId": i, "month": p} for i, p in zip(IDS, periods, strict=True)]
    mixed = frame.assign(future=pd.Series([1, "x"], dtype=object))
    for source in (frame, pa.Table.from_pandas(frame), rows, mixed):
        assert column(source, "month") == [JANUARY, FEBRUARY]
        found = load(source).catalog.table("usersession").get("month")
        assert found is not None
        assert found.type is FieldType.TIMESTAMP
    gap = frame.assign(month=periods.insert(0, pd.NaT)[:2])
    assert column(gap, "month") == [None, JANUARY]
    assert column(pa.Table.from_pandas(gap), "month") == [None, JANUARY]


@pytest.mark.parametrize("kind", [pl.Int128, pl.UInt64])
def test_wide_integers_of_polars_are_taken_within_64_bits(kind: Any) -> None:
    def frame(number: int) -> pl.DataFrame:
        numbers = pl.Series([5, number], dtype=kind)
        return pl.DataFrame({"userSessionId": IDS, "future": numbers})

    assert column(frame(2**63 - 1), "future") == [5, 2**63 - 1]
    assert refusal(frame(2**63)) == 'row 1, future: "9223372036854775808" does not fit into 64 bits'


@pytest.mark.parametrize("name", ["city", "future"])
def test_half_of_a_surrogate_pair_is_no_text(name: str) -> None:
    frame = pd.DataFrame({"userSessionId": ["a"], name: pd.Series(["\ud800"], dtype=object)})
    reason = "the text holds an unpaired surrogate, which is not a character"
    assert refusal(frame) == f"row 0, {name}: {reason}"


def test_errors_of_a_stream_are_errors_of_the_data() -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            raise RuntimeError("no more")

    assert refusal(Broken()) == "the table cannot be read: no more"

    def batches() -> Iterator[pa.RecordBatch]:
        raise pa.ArrowInvalid("cut off")
        yield

    reader = pa.RecordBatchReader.from_batches(pa.schema([("city", pa.string())]), batches())
    assert refusal(reader) == "the table cannot be read: cut off"


def test_values_without_an_arrow_type_are_looked_at_one_by_one() -> None:
    frame = pd.DataFrame({"userSessionId": IDS, "future": pd.Series([1, "x"], dtype=object)})
    assert column(frame, "future") == ["1", "x"]
    day = frame.assign(future=pd.Series([datetime.date(2026, 1, 1), 1.5j], dtype=object))
    assert refusal(day) == "row 1, future: expected a value that JSON has, found complex"
