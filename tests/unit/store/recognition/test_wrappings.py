"""Known wrappings of sessions are taken off, with a note (LANGUAGE.md §10a)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from usql.errors import DataError

Write = Callable[[str, bytes | str], Path]


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def session(name: str) -> dict[str, Any]:
    return {"userSessionId": name, "startTime": 5, "userActions": [{"name": "x"}]}


def ids(source: Any) -> list[str]:
    rows = usql.open(source).query("SELECT userSessionId FROM usersession").rows()
    return [row[0] for row in rows]


A, B = session("a"), session("b")
HIT = {"_index": "s", "_type": "_doc", "_id": "1", "_score": 1.0}

WRAPPED: list[tuple[list[Any], str]] = [
    ([{"index": {"_index": "s", "_id": "1"}}, A, {"index": {}}, B], "2 Elasticsearch action lines were skipped."),
    ([{"create": {"_id": "1", "routing": "x"}}, A, B], "1 Elasticsearch action line was skipped."),
    ([{**HIT, "_source": A}, {**HIT, "_source": B}], "2 sessions were taken out of their `_source`."),
    ([A, {"_source": B}], "1 session was taken out of its `_source`."),
    (
        [{"took": 3, "hits": {"total": 2, "hits": [{**HIT, "_source": A}, {**HIT, "_source": B}]}}],
        "2 sessions were taken out of their `_source`.",
    ),
    ([{"userSessions": [A, B]}], "1 object was read as the list of sessions that it holds."),
    ([{"sessions": [A], "startTime": 3, "totalCount": 1}, {"sessions": [B]}], "2 objects were read as the lists of sessions that they hold."),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "note"), WRAPPED, ids=lambda v: v if isinstance(v, str) else "")
def test_wrappings_are_taken_off(rows: list[Any], note: str, write: Write) -> None:
    for source in (
        write("a.ndjson", lines(*rows)),
        write("x/a.json", json.dumps(rows, indent=1)).parent,
        rows,
        iter(rows),
    ):
        data = usql.open(source)
        assert [r[0] for r in data.query("SELECT userSessionId FROM usersession").rows()] == [
            "a",
            "b",
        ]
        assert data.notes == (note,)


def test_one_pretty_object_that_holds_all(write: Write) -> None:
    assert ids(write("a.json", json.dumps({"userSessions": [A, B]}, indent=4))) == ["a", "b"]
    hits = {"hits": {"hits": [{"_source": A}]}}
    assert ids(write("b.json", json.dumps(hits, indent=4))) == ["a"]
    assert ids(hits) == ["a"]


def test_documents_in_tables(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{**HIT, "_source": A}, {**HIT, "_source": B}])
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (
        table,
        tmp_path / "a.parquet",
        pd.DataFrame([{**HIT, "_source": A}, {**HIT, "_source": B}]),
    ):
        assert ids(source) == ["a", "b"]


def test_wrappings_in_wrappings(write: Write) -> None:
    response = {"columnNames": ["userSessionId"], "values": [["c"]]}
    assert ids([{"sessions": [{"_source": A}, B, response]}]) == ["a", "b", "c"]
    deep: dict[str, Any] = {"city": "x"}
    for _ in range(40):
        deep = {"_source": deep}
    with pytest.raises(DataError, match="this is not a session"):
        usql.open([deep])


def test_a_session_is_none_whatever_else_it_has() -> None:
    """What looks like a wrapping in a session is a further field of it."""
    rows = [
        {**A, "_source": {"city": "x"}}, {**A, "sessions": [{"city": "x"}]}, {**A, "error": {"message": "m"}},
        {**A, "columnNames": ["city"], "values": [["x"]]}, {"city": "x", "sessions": 5},
    ]  # fmt: skip
    assert len(usql.open(rows)) == 5


@pytest.mark.parametrize("name", ["update", "delete"])
def test_actions_that_change_documents_are_refused(name: str, write: Write) -> None:
    file = write("a.ndjson", lines(A, {name: {"_id": "1"}}))
    with pytest.raises(
        DataError, match=f"line 2: an Elasticsearch line that would {name} a document"
    ):
        usql.open(file)


@pytest.mark.parametrize(
    "row",
    [
        {"index": 5}, {"index": {"foo": 1}}, {"_source": None}, {"hits": 3}, {"hits": {"hits": 3}}, {"sessions": 3},
        {"columnNames": ["city"]}, {"columnNames": "city", "values": []}, {"error": "x"}, {"branchNames": 1},
    ],
)  # fmt: skip
def test_what_only_looks_like_a_wrapping_is_no_session(row: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="this is not a session: none of its members"):
        usql.open([row])


def test_bad_data_in_wrappings_has_its_place(write: Write, tmp_path: Path) -> None:
    hit = {"_source": {"duration": "x"}}
    for rows, place in (
        ([{"hits": {"hits": [{"_source": A}, hit]}}], "line 1, hits.hits[1]._source.duration: "),
        ([{"userSessions": [A, {"foo": 1}]}], "line 1, userSessions[1]: this is not a session: "),
        ([{"sessions": [A, None]}], "line 1, sessions[1]: expected an object, found null"),
        ([A, {"_source": {}}], "line 2, _source: this is not a session: it has no members"),
    ):
        file = write("a.ndjson", lines(*rows))
        with pytest.raises(DataError) as caught:
            usql.open(file)
        assert f"{file}, {place}" in str(caught.value)
        kept = usql.open(file, on_error="skip", rejects=tmp_path / "bad")
        assert len(kept) == 1
        assert len((tmp_path / "bad").read_text().splitlines()) == 1


def test_an_empty_list_of_sessions_is_an_empty_file(write: Write) -> None:
    file = write("a.json", '{"userSessions": []}')
    assert usql.open(file).notes[0] == f"1 file is empty: {file}."
