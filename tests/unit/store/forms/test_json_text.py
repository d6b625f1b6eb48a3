"""Values of further fields that no type of a column holds: objects, and values of mixed kinds."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.unit.store.same import assert_same
from usql.catalog import Field
from usql.store import load
from usql.store.forms.json_text import JSON, TEXT, as_json, with_plain_text
from usql.store.saved.folder import open_folder

Write = Callable[[str, bytes | str], Path]


def session(name: str, **more: Any) -> dict[str, Any]:
    return {"userSessionId": name, "startTime": 1, **more}


ROWS = [
    session("a", future={"a": [1, None, []], "b": {}, "c": None}),
    session("b", future=[{"x": 1}, 2, "two"], userActions=[{"name": "n", "inner": {"q": "ü"}}]),
    session("c", future=3, userActions=[{"name": "n", "inner": [[1], [2, 3]]}, {"name": "m"}]),
    session("d", future=True),
    session("e", future=[]),
    session("f"),
]


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def written(sessions: usql.Sessions, folder: Path) -> list[dict[str, Any]]:
    """The sessions as they come out; each way gives the same."""
    sessions.write(folder / "out.ndjson")
    found = [json.loads(line) for line in (folder / "out.ndjson").read_text().splitlines()]
    texts = sessions.query(f"SELECT JSON FROM usersession LIMIT {len(found)}").rows()
    assert [json.loads(text) for (text,) in texts] == found
    return found


def field(sessions: usql.Sessions, name: str = "future") -> Field:
    found = sessions.catalog.table("usersession").get(name)
    assert found is not None
    return found


def test_objects_come_out_as_they_came_in(write: Write, tmp_path: Path) -> None:
    sessions = usql.open(write("a.ndjson", lines(*ROWS)))
    assert written(sessions, tmp_path) == ROWS
    assert written(usql.open(tmp_path / "out.ndjson"), tmp_path) == ROWS
    assert field(sessions).is_json
    actions = sessions.query("SELECT JSON FROM useraction").rows()
    assert [json.loads(text) for (text,) in actions] == [
        action for row in ROWS for action in row.get("userActions", ())
    ]


def test_queries_see_their_text() -> None:
    sessions = usql.open(ROWS)
    assert sessions.query("SELECT future FROM usersession").rows() == [
        ['{"a": [1, null, []], "b": {}, "c": null}'],
        ['[{"x": 1}, 2, "two"]'],
        ["3"],
        ["true"],
        ["[]"],
        [None],
    ]
    assert sessions.query("SELECT COUNT(*) FROM usersession WHERE future = '3'").rows() == [[1]]


def test_a_saved_store_keeps_them(tmp_path: Path) -> None:
    load_of_rows = usql.open(ROWS)
    load_of_rows.save(tmp_path / "a.usqlstore")
    saved = usql.open(tmp_path / "a.usqlstore")
    assert field(saved) == field(load_of_rows)
    assert written(saved, tmp_path) == ROWS
    assert_same(open_folder(tmp_path / "a.usqlstore"), load(ROWS))


def test_a_store_joined_with_an_export(tmp_path: Path, write: Write) -> None:
    usql.open(ROWS).save(tmp_path / "a.usqlstore")
    more = [session("g", future={"late": {}}), session("h", future=0.5)]
    sources = [str(tmp_path / "a.usqlstore"), str(write("b.ndjson", lines(*more)))]
    assert written(usql.open(sources), tmp_path) == [*ROWS, *more]


def test_a_store_that_is_read_row_by_row(tmp_path: Path, write: Write) -> None:
    """Of two spellings of one name the store has a further field, so that columns do not do."""
    rows = [session("a", city="Linz", City="Wels", future={"a": None, "b": []})]
    usql.open(rows).save(tmp_path / "a.usqlstore")
    sources = [str(tmp_path / "a.usqlstore"), str(write("b.ndjson", lines(session("b"))))]
    assert written(usql.open(sources), tmp_path) == [*rows, session("b")]


def test_the_same_session_has_the_same_content_in_a_store(tmp_path: Path, write: Write) -> None:
    usql.open(ROWS).save(tmp_path / "a.usqlstore")
    sources = [str(tmp_path / "a.usqlstore"), str(write("b.ndjson", lines(*ROWS)))]
    note = usql.open(sources, duplicates="drop").notes[0]
    assert "none of these had other content" in note


def test_kinds_that_meet_in_several_sources(tmp_path: Path, write: Write) -> None:
    """Whole columns of one type each have none in common; a missing list is no empty one."""
    rows = [
        [session("a", future=[1]), session("b")],
        [session("c", future=2.5), session("d", future=True)],
        [session("e", future=["x"])],
    ]
    files = [str(write(f"{i}.ndjson", lines(*part))) for i, part in enumerate(rows)]
    assert written(usql.open(files), tmp_path) == [row for part in rows for row in part]


@pytest.mark.parametrize("place", [0, 1])
def test_beside_plain_strings_all_is_text(place: int, write: Write, tmp_path: Path) -> None:
    """No text tells whether it came as the string or as the object."""
    rows = [session("a", future={"a": 1}), session("b", future='{"a": 1}')]
    files = [str(write(f"{i}.ndjson", lines(row))) for i, row in enumerate(rows)]
    if place:
        files.reverse()
    for source in (rows, files):
        sessions = usql.open(source)
        assert not field(sessions).is_json
        assert [row["future"] for row in written(sessions, tmp_path)] == ['{"a": 1}', '{"a": 1}']


def test_parquet_holds_their_text(tmp_path: Path) -> None:
    usql.open(ROWS).write(tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.field("future").type == pa.string()
    inner = table.schema.field("userActions").type.value_type.field("inner")
    assert inner.type == pa.string()
    assert not field(usql.open(tmp_path / "a.parquet")).is_json


def test_texts_of_other_sources_are_plain(tmp_path: Path) -> None:
    """Whatever way a source keeps its texts."""
    for kind in (pa.string(), pa.large_string(), pa.json_()):
        texts = pa.array(['{"a": 1}'], kind) if kind != pa.json_() else None
        column = texts or pa.ExtensionArray.from_storage(kind, pa.array(['{"a": 1}']))
        sessions = usql.open(pa.table({"userSessionId": ["a"], "future": column}))
        assert not field(sessions).is_json
        assert written(sessions, tmp_path)[0]["future"] == '{"a": 1}'


def test_what_is_not_a_number_inside_objects_is_missing(tmp_path: Path) -> None:
    rows = [session("a", future={"a": math.nan, "b": [math.nan, 1]})]
    assert written(usql.open(rows), tmp_path)[0]["future"] == {"a": None, "b": [None, 1]}


def test_the_type_of_json() -> None:
    column = as_json(pa.array(['{"a": [null]}', None, "1"], TEXT))
    assert column.to_pylist() == [{"a": [None]}, None, 1]
    kind = pa.list_(pa.struct([("a", JSON), ("b", pa.large_list(JSON))]))
    plain = pa.list_(pa.struct([("a", pa.string()), ("b", pa.large_list(pa.string()))]))
    assert with_plain_text(kind) == plain
    again = JSON.__arrow_ext_deserialize__(pa.string(), JSON.__arrow_ext_serialize__())
    assert again == JSON
