"""Arrow tables of other programs: what lies otherwise is read, what has no meaning is refused by its place."""

from __future__ import annotations

import ctypes
import json
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from tests.unit.store.loading.tables.test_frames import column, refusal
from usql.store import load
from usql.store.views import to_arrow

IDS = ["a", "b"]
IDENTIFIER = uuid.UUID(int=0x0123456789ABCDEF0123456789ABCDEF)


def files(table: pa.Table, folder: Path) -> list[Any]:
    """The table itself, and as files of both kinds."""
    pq.write_table(table, folder / "a.parquet")
    with ipc.new_file(folder / "a.arrow", table.schema) as file:
        file.write_table(table)
    return [table, folder / "a.parquet", folder / "a.arrow"]


def both_ways(column: pa.Array) -> list[pa.Table]:
    """A table with the column as it is, and beside one that must be looked at row by row."""
    plain = {"userSessionId": IDS, "future": column}
    return [pa.table(plain), pa.table({**plain, "duration": ["1", "2"]})]


def test_identifiers_are_texts(tmp_path: Path) -> None:
    values = pa.array([IDENTIFIER.bytes, None], pa.uuid())
    for table in both_ways(values):
        for source in files(table, tmp_path):
            assert column(source, "future") == [str(IDENTIFIER), None]
    assert column([{"city": IDENTIFIER, "future": IDENTIFIER}], "city") == [str(IDENTIFIER)]
    select = f"SELECT 'a' AS userSessionId, UUID '{IDENTIFIER}' AS future"
    duckdb.execute(f"COPY ({select}) TO '{tmp_path / 'b.parquet'}'")
    assert column(tmp_path / "b.parquet", "future") == [str(IDENTIFIER)]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(2)])
def test_bytes_that_are_utf8_are_texts(kind: pa.DataType, tmp_path: Path) -> None:
    for table in both_ways(pa.array([b"ab", "é".encode()], kind)):
        assert column(table, "future") == ["ab", "é"]
    for name in ("city", "future"):
        table = pa.table({"userSessionId": IDS, name: pa.array([b"ab", None], kind)})
        pq.write_table(table, tmp_path / "a.parquet", store_schema=False)
        assert column(tmp_path / "a.parquet", name) == ["ab", None]


def test_other_bytes_are_refused_row_by_row() -> None:
    table = pa.table({"userSessionId": IDS, "future": [b"ab", b"\xff"]})
    assert refusal(table) == "row 1, future: expected a value that JSON has, found bytes"
    kept = load(table, on_error="skip")
    assert kept.sessions == 1
    table = pa.table({"userSessionId": IDS, "future": pa.array([b"\3\0", b"ab"], pa.binary(2))})
    assert refusal(table) == "row 0, future: expected a value that JSON has, found bytes"


def test_values_in_children(tmp_path: Path) -> None:
    parts = [
        pa.array([b"x", None], pa.binary()),
        pa.array([IDENTIFIER.bytes, None], pa.uuid()),
        pa.array([[-1, None], None], pa.list_(pa.timestamp("ns"))),
    ]
    entries = pa.StructArray.from_arrays(parts, ["name", "id", "dates"])
    table = pa.table(
        {"userSessionId": IDS, "userActions": pa.ListArray.from_arrays([0, 2, 2], entries)}
    )
    for source in files(table, tmp_path):
        actions = load(source).tables["useraction"].columns
        found = {name: to_arrow(actions[name]).to_pylist() for name in actions}
        assert found == {
            "name": ["x", None],
            "id": [str(IDENTIFIER), None],
            "dates": [[-1, None], []],
        }


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1, 2], [3]], pa.list_view(pa.int64())),
        pa.array([[1, 2], [3]], pa.large_list(pa.int64())),
        pa.array([[b"1", b"2"], [b"3"]]),
    ],
)
def test_lists_of_any_layout(values: pa.Array) -> None:
    is_text = pa.types.is_binary(values.type.value_type)
    expected: list[Any] = [["1", "2"], ["3"]] if is_text else [[1, 2], [3]]
    for table in both_ways(values):
        assert column(table, "future") == expected


def test_values_that_stand_once_for_a_run() -> None:
    runs = pa.RunEndEncodedArray.from_arrays([1, 2], ["x", "y"])
    for table in both_ways(runs):
        assert column(table, "future") == ["x", "y"]


def test_names_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    table = pa.table({"userSessionId": ["a"], "qqqqqqqq": ["b"]})
    pq.write_table(table, tmp_path / "a.parquet", store_schema=False)
    broken = (tmp_path / "a.parquet").read_bytes().replace(b"qqqqqqqq", b"qqqq\x8aqqq")
    (tmp_path / "a.parquet").write_bytes(broken)
    assert (
        refusal(tmp_path / "a.parquet")
        == f"{tmp_path / 'a.parquet'}: the name of a column is not UTF-8"
    )


@pytest.mark.parametrize("nested", [False, True])
def test_two_fields_of_one_name_are_refused(nested: bool, tmp_path: Path) -> None:
    parts, names = [pa.array(["x"]), pa.array(["y"])], ["name", "name"]
    if nested:
        entries = pa.StructArray.from_arrays(parts, names)
        table = pa.table({"userActions": pa.ListArray.from_arrays([0, 1], entries)})
    else:
        table = pa.table(parts, names=names)
    path = "userActions.name" if nested else "name"
    reason = f"{path}: there are two columns of this name; give one of them another"
    assert refusal(table) == reason
    with ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table)
    assert refusal(tmp_path / "a.arrow") == f"{tmp_path / 'a.arrow'}, {reason}"


class _Schema(ctypes.Structure):
    """The head of the C structure of a type or table."""

    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("count", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 3),
    )


def retyped(format_: bytes, values: pa.Array) -> pa.Table:
    """The values as those of a type that pyarrow can read and not make."""
    batch = pa.RecordBatch.from_pydict({"userSessionId": ["a"], "future": values})
    array, schema = (ctypes.create_string_buffer(80), _Schema())
    batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
    described = _child(schema, 1)
    while described.count:
        described = _child(described, 0)
    described.format = format_
    batch = pa.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))
    return pa.Table.from_batches([batch])


def _child(schema: _Schema, place: int) -> _Schema:
    children = ctypes.cast(schema.children, ctypes.POINTER(ctypes.POINTER(_Schema)))
    return children[place].contents


@pytest.mark.parametrize("format_", [b"tiM", b"tiD", b"tin"])
@pytest.mark.parametrize("nested", [False, True])
def test_intervals_are_refused(format_: bytes, nested: bool, tmp_path: Path) -> None:
    kind = {b"tiM": pa.int32(), b"tiD": pa.int64(), b"tin": pa.month_day_nano_interval()}[format_]
    value: Any = (0, 0, 0) if format_ == b"tin" else 0
    table = retyped(
        format_, pa.array([[value]] if nested else [value], pa.list_(kind) if nested else kind)
    )
    reason = (
        "future: the column holds intervals, which no field can hold; leave it out, or give numbers"
    )
    assert refusal(table) == reason
    with ipc.new_file(tmp_path / "a.arrow", table.schema) as file:
        file.write_table(table)
    assert refusal(tmp_path / "a.arrow") == f"{tmp_path / 'a.arrow'}, {reason}"


def test_intervals_in_parquet_are_no_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    select = "SELECT 'a' AS userSessionId, INTERVAL 3 MONTH AS future"
    duckdb.execute(f"COPY ({select}) TO '{path}'")
    assert refusal(path).startswith(f"{path}, future: the column holds intervals")


def test_members_that_a_row_has_not_are_not_its_members() -> None:
    for rows in ([{"a": 1}, {"b": {"c": [2]}}], [{"a": None}, {"b": {"c": [None], "d": "x"}}]):
        table = pa.Table.from_pylist([{"city": "x", "future": row} for row in rows])
        texts = [None if row == {"a": None} else json.dumps(row) for row in rows]
        assert column(table, "future") == [text or "{}" for text in texts]


def test_maps_are_objects() -> None:
    kind = pa.map_(pa.string(), pa.int64())
    table = pa.table(
        {"userSessionId": IDS, "future": pa.array([[("a", 1), ("b", None)], []], kind)}
    )
    assert column(table, "future") == ['{"a": 1, "b": null}', "{}"]


def test_maps_without_entries_are_objects_at_any_depth() -> None:
    kind = pa.map_(pa.string(), pa.int64())
    for outer, value, text in (
        (kind, [], "{}"),
        (pa.list_(kind), [[], None, [("a", 1)]], '[{}, null, {"a": 1}]'),
        (pa.struct([("m", kind)]), {"m": []}, '{"m": {}}'),
        (pa.map_(pa.string(), kind), [("x", [])], '{"x": {}}'),
    ):
        table = pa.table({"userSessionId": ["a"], "future": pa.array([value], outer)})
        assert column(table, "future") == [text]
    properties = pa.array([[]], pa.map_(pa.string(), pa.string()))
    table = pa.table({"stringProperties": properties, "future": pa.array([[]], kind)})
    assert (column(table, "stringProperties"), column(table, "future")) == ([[]], ["{}"])
    doubled = pa.table({"city": ["x"], "future": pa.array([[("a", 1), ("a", 2)]], kind)})
    assert column(doubled, "future") == ['[["a", 1], ["a", 2]]']
