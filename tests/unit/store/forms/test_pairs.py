"""What a property has beside its key and value, and the form in which its date came."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import usql
from tests.unit.store.forms.test_json_text import lines, session, written
from tests.unit.store.same import assert_same
from usql.catalog import default_catalog
from usql.store import load
from usql.store.bad_data import NeedsSlowPath
from usql.store.batches.encode import encode
from usql.store.batches.flat import from_arrow
from usql.store.columns import PropertiesColumn, Store
from usql.store.forms.pairs import MORE, cast_pairs, merged_pair, text_of_more
from usql.store.inputs.origin import Origin
from usql.store.loading.json.fast import read_piece
from usql.store.loading.json.layout import Layout
from usql.store.loading.json.slow_path import read_lines
from usql.store.loading.sink import Sink
from usql.store.saved.folder import open_folder

Write = Callable[[str, bytes | str], Path]

MILLISECONDS = 1_772_323_200_000
PLAIN = "2026-03-01T00:00:00.000Z"
FORMS = [
    PLAIN,
    "2026-03-01T01:00:00.000+01:00",
    "2026-03-01T00:00:00Z",
    "2026-03-01",
    "1969-12-31T23:59:59.999Z",
]


def dates(*values: Any) -> dict[str, Any]:
    return {"dateProperties": [{"key": f"k{i}", "value": v} for i, v in enumerate(values)]}


ROWS = [
    session(
        "a",
        stringProperties=[
            {"key": "tier", "value": "gold", "applicationId": "APP-1"},
            {"key": "tier", "value": "gold"},
            {"key": "no value", "applicationId": "APP-2", "rank": 3, "isSeen": True},
        ],
        **dates(*FORMS),
    ),
    session(
        "b",
        userActions=[
            {"name": "n", "longProperties": [{"key": "n", "value": 1, "applicationId": "APP-1"}]},
            {"name": "m"},
        ],
    ),
    session("c", doubleProperties=[{"key": "d", "value": 0.5}]),
]
ODD = [
    session("d", **dates(MILLISECONDS, str(MILLISECONDS), PLAIN)),
    session("e", longProperties=[{"key": "n", "value": 1, "x": {"a": [None]}, "y": 0.5}]),
    session("f", stringProperties=[{"key": "n", "value": "1", "more": {"value": True}}]),
]


def more_of(store: Store, name: str, table: str = "usersession") -> Any:
    column = store.tables[table].columns[name]
    assert isinstance(column, PropertiesColumn)
    return column.more


def fast(rows: list[dict[str, Any]]) -> Store:
    """The rows by columns alone; raises what leads to the slow path."""
    text = lines(*rows).encode()
    catalog = default_catalog()
    return encode(catalog, [read_piece(catalog, text, Layout(), Origin("a.ndjson"))])


def slow(rows: list[dict[str, Any]]) -> Store:
    with Sink("stop", None, None) as sink:
        read_lines(lines(*rows).encode(), 1, Origin("a.ndjson"), sink)
        sink.flush()
        return encode(sink.catalog, sink.batches)


def test_properties_come_out_as_they_came_in(write: Write, tmp_path: Path) -> None:
    rows = [*ROWS, *ODD]
    assert written(usql.open(write("a.ndjson", lines(*rows))), tmp_path) == rows
    assert written(usql.open(tmp_path / "out.ndjson"), tmp_path) == rows
    assert written(usql.open(rows), tmp_path) == rows
    assert written(usql.open(write("a.json", json.dumps(rows, indent=1))), tmp_path) == rows
    [action, _] = usql.open(rows).query("SELECT JSON FROM useraction").rows()
    assert json.loads(action[0]) == ROWS[1]["userActions"][0]


def test_both_ways_of_reading_give_the_same() -> None:
    assert_same(fast(ROWS), slow(ROWS))


@pytest.mark.parametrize("row", ODD, ids=lambda row: row["userSessionId"])
def test_what_columns_do_not_tell_is_read_precisely(row: dict[str, Any]) -> None:
    with pytest.raises((NeedsSlowPath, pa.ArrowInvalid)):
        fast([*ROWS, row])


def test_queries_see_key_and_value_alone() -> None:
    sessions = usql.open([*ROWS, *ODD])
    [[found], *_] = sessions.query("SELECT stringProperties FROM usersession").rows()
    assert found[0] == {"key": "tier", "value": "gold"}
    text = "SELECT dateProperties FROM usersession WHERE userSessionId = 'd'"
    assert [pair["value"] for pair in sessions.query(text).rows()[0][0]] == [MILLISECONDS] * 3
    table = sessions.query("SELECT stringProperties FROM usersession").to_arrow()
    assert [f.name for f in table.schema.field(0).type.value_type] == ["key", "value"]


def test_nothing_is_kept_where_there_is_nothing() -> None:
    plain = [session("a", stringProperties=[{"key": "a", "value": "b"}], **dates(PLAIN))]
    for store in (fast(plain), slow(plain)):
        assert more_of(store, "stringProperties") is None
        assert more_of(store, "dateProperties") is None


def test_a_saved_store_keeps_them(tmp_path: Path) -> None:
    rows = [*ROWS, *ODD]
    usql.open(rows).save(tmp_path / "a.usqlstore")
    assert_same(open_folder(tmp_path / "a.usqlstore"), load(rows))
    assert written(usql.open(tmp_path / "a.usqlstore"), tmp_path) == rows


@pytest.mark.parametrize("odd", [{}, {"City": "Wels"}], ids=["by columns", "row by row"])
def test_a_store_joined_with_an_export(tmp_path: Path, write: Write, odd: dict[str, str]) -> None:
    rows = [{**row, "city": "Linz", **odd} for row in (*ROWS, *ODD)]
    usql.open(rows).save(tmp_path / "a.usqlstore")
    more = [session("g", **dates("2026-03-02"), stringProperties=[{"key": "k", "z": "Z"}])]
    sources = [str(tmp_path / "a.usqlstore"), str(write("b.ndjson", lines(*more)))]
    assert written(usql.open(sources), tmp_path) == [*rows, *more]


def test_they_are_part_of_the_content(tmp_path: Path, write: Write) -> None:
    def note(*rows: dict[str, Any]) -> str:
        usql.open([*ROWS, *ODD]).save(tmp_path / "a.usqlstore")
        sources = [str(tmp_path / "a.usqlstore"), str(write("b.ndjson", lines(*rows)))]
        return " ".join(usql.open(sources, duplicates="drop").notes)

    assert "none of these had other content" in note(*ROWS, *ODD)
    assert "1 of these had other content" in note(session("d", **dates(*[PLAIN] * 3)))
    changed = [{"key": "n", "value": "1", "more": {"value": False}}]
    assert "1 of these had other content" in note(session("f", stringProperties=changed))


def test_tables_hold_times_and_no_further_members(tmp_path: Path) -> None:
    usql.open(ROWS).write(tmp_path / "a.parquet")
    found = written(usql.open(tmp_path / "a.parquet"), tmp_path)
    assert found[0]["stringProperties"][0] == {"key": "tier", "value": "gold"}
    values = [pair["value"] for pair in found[0]["dateProperties"]]
    assert values == [PLAIN, PLAIN, PLAIN, PLAIN, FORMS[4]]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (pa.timestamp("us", "UTC"), MILLISECONDS * 1000, PLAIN),
        (pa.date32(), 20_513, PLAIN),
        (pa.int64(), MILLISECONDS, MILLISECONDS),
        (pa.float64(), float(MILLISECONDS), MILLISECONDS),
        (pa.string(), "2026-03-01", "2026-03-01"),
        (pa.large_string(), str(MILLISECONDS), str(MILLISECONDS)),
    ],
)
def test_dates_of_tables(kind: pa.DataType, value: Any, expected: Any, tmp_path: Path) -> None:
    """Times have no form; numbers and texts keep theirs, however the table is read."""
    entries = pa.struct([("key", pa.string()), ("value", kind)])
    pairs = [[("k", value), ("none", None)]]
    one = pa.table({"userSessionId": ["a"], "dateProperties": pa.array(pairs, pa.list_(entries))})
    slow = one.append_column("UserSessionId", pa.array(["a"]))
    for table in (one, slow):
        found = written(usql.open(table), tmp_path)[0]["dateProperties"]
        assert found == [{"key": "k", "value": expected}, {"key": "none"}]
    kind = pa.map_(pa.string(), kind)
    mapped = one.set_column(1, "dateProperties", pa.array(pairs, kind))
    found = written(usql.open(mapped), tmp_path)[0]["dateProperties"]
    assert found == [{"key": "k", "value": expected}, {"key": "none"}]


def test_dates_of_python() -> None:
    moment = datetime.datetime(2026, 3, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
    sessions = usql.open([session("a", **dates(moment, pd.Timestamp(PLAIN), float("nan")))])
    [[text]] = sessions.query("SELECT JSON FROM usersession").rows()
    values = [pair.get("value") for pair in json.loads(text)["dateProperties"]]
    assert values == [PLAIN, PLAIN, None]


def test_further_members_of_tables(tmp_path: Path) -> None:
    pairs = [{"key": "k", "value": "v", "app": "A", "n": 1}, {"key": "k", "value": "v", "n": None}]
    table = pa.table({"userSessionId": ["a"], "stringProperties": [pairs]})
    batch = from_arrow(default_catalog(), table, Origin("a.parquet"))
    column = batch["usersession"].columns["stringProperties"]
    assert column.flatten().field(MORE).to_pylist() == ['{"app": "A", "n": 1}', None]
    found = written(usql.open(table), tmp_path)[0]["stringProperties"]
    assert found == [pairs[0], {"key": "k", "value": "v"}]


def test_a_pair_and_its_further_members() -> None:
    assert text_of_more({}) is None
    assert text_of_more({"b": 1, "a": "ü"}) == '{"a": "ü", "b": 1}'
    assert merged_pair({"key": "k", "value": 5, MORE: None}) == {"key": "k", "value": 5}
    assert merged_pair({"key": "k", "value": 5, MORE: {"value": True}}) == {"key": "k", "value": 5}
    pair = merged_pair({"key": "k", "value": 5, MORE: {"value": "x", "a": 1}})
    assert pair == {"key": "k", "value": "x", "a": 1}


def test_bad_further_members_are_told() -> None:
    row = session("a", stringProperties=[{"key": "k", "value": "v", "n": 2**70}])
    with pytest.raises(usql.DataError, match=r"stringProperties\[0\]\.n: .* does not fit"):
        usql.open([row])


def test_pairs_without_keys_are_not_columns() -> None:
    field = default_catalog().table("usersession").get("stringProperties")
    assert field is not None
    with pytest.raises(NeedsSlowPath):
        cast_pairs(field, pa.array([[{"value": "x"}]]))
