"""Everything that sessions can be loaded from gives the same sessions."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather, ipc

import usql
from tests.compare import equal
from tests.places import SESSIONS
from usql.store.export.nested import nested_batches
from usql.store.forms.json_text import with_plain_text

Write = Callable[[str, bytes | str], Path]
Rows = list[dict[str, Any]]

QUESTIONS = (
    "SELECT *, JSON FROM usersession",
    "SELECT *, usersession.userSessionId FROM useraction",
    "SELECT * FROM userevent",
    "SELECT * FROM usererror",
    "SELECT * FROM usersyntheticevent",
    "SELECT isEntryAction, isExitAction FROM useraction",
)


def answers(source: Any) -> list[Any]:
    sessions = source if isinstance(source, usql.Sessions) else usql.open(source)
    return [sessions.query(q).rows() for q in QUESTIONS]


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    return answers(SESSIONS)


@pytest.fixture(scope="module")
def of_tables() -> list[Any]:
    """What tables answer: a column of times does not tell in which form each of them came."""
    text = SESSIONS.read_text(encoding="utf-8")
    zoned = r'("key": "signup", "value": "[0-9-]+T)10:00:00\+01:00"'
    made, count = re.subn(zoned, r'\g<1>09:00:00.000Z"', text)
    assert count == 7
    return answers([json.loads(line) for line in made.splitlines()])


def table() -> pa.Table:
    whole = pa.Table.from_batches(list(nested_batches(usql.open(SESSIONS)._store)))
    plain = [field.with_type(with_plain_text(field.type)) for field in whole.schema]
    return whole.cast(pa.schema(plain))


def test_the_file_has_what_it_has(expected: list[Any]) -> None:
    assert [len(rows) for rows in expected] == [16, 27, 29, 4, 3, 27]


@pytest.mark.parametrize("suffix", [".ndjson", ".jsonl", ".json", ".txt"])
def test_lines(write: Write, expected: list[Any], suffix: str) -> None:
    assert equal(answers(write("a" + suffix, SESSIONS.read_bytes())), expected)


def test_without_a_newline_at_the_end_and_with_crlf_bom_and_blank_lines(
    write: Write, expected: list[Any]
) -> None:
    text = SESSIONS.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n\r\n  \r\n")
    assert equal(answers(write("a.ndjson", b"\xef\xbb\xbf" + text)), expected)


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array(write: Write, rows: Rows, expected: list[Any], indent: int | None) -> None:
    assert equal(answers(write("a.json", json.dumps(rows, indent=indent))), expected)


def test_one_pretty_object(write: Write, rows: Rows) -> None:
    assert len(usql.open(write("a.json", json.dumps(rows[0], indent=4)))) == 1


@pytest.mark.parametrize("text", ["[]", " [ ] \n", "", "\n\n"])
def test_nothing_is_no_sessions(write: Write, text: str) -> None:
    sessions = usql.open(write("a.json", text))
    assert len(sessions) == 0
    assert sessions.query("SELECT COUNT(*), MAX(useraction.duration) FROM usersession").rows() == [
        [0, None]
    ]
    assert sessions.query("SELECT *, useraction.* FROM usersession").rows() == []


def test_gzip_of_one_and_of_several_members(write: Write, expected: list[Any]) -> None:
    lines = SESSIONS.read_bytes().splitlines(keepends=True)
    assert equal(answers(write("a.ndjson.gz", gzip.compress(b"".join(lines)))), expected)
    members = gzip.compress(b"".join(lines[:5])) + gzip.compress(b"".join(lines[5:]))
    assert equal(answers(write("b.ndjson.gz", members)), expected)


def test_zstandard(write: Write, expected: list[Any]) -> None:
    data = pa.compress(SESSIONS.read_bytes(), "zstd", asbytes=True)
    assert equal(answers(write("a.ndjson.zst", data)), expected)


def test_the_content_decides_not_the_name(write: Write, expected: list[Any]) -> None:
    assert equal(answers(write("a.json", gzip.compress(SESSIONS.read_bytes()))), expected)


def test_arrow_files(tmp_path: Path, of_tables: list[Any]) -> None:
    whole = table()
    pq.write_table(whole, tmp_path / "a.parquet", row_group_size=5)
    feather.write_feather(whole, tmp_path / "a.feather")
    with ipc.new_stream(tmp_path / "a.arrows", whole.schema) as stream:
        stream.write_table(whole, max_chunksize=3)
    for name in ("a.parquet", "a.feather", "a.arrows"):
        assert equal(answers(tmp_path / name), of_tables), name


def test_a_folder_a_pattern_and_a_list(
    write: Write, tmp_path: Path, rows: Rows, expected: list[Any]
) -> None:
    write("x/1.ndjson", "".join(json.dumps(r) + "\n" for r in rows[:7]))
    write("x/sub/2.json", json.dumps(rows[7:]))
    write("x/.hidden.ndjson", "not json")
    write("x/notes.txt", "not json")
    assert equal(answers(tmp_path / "x"), expected)
    assert equal(answers(str(tmp_path / "x" / "**" / "*.*json")), expected)
    assert equal(
        answers([tmp_path / "x" / "1.ndjson", str(tmp_path / "x" / "sub" / "2.json")]), expected
    )


def test_dicts_and_arrow_values(rows: Rows, expected: list[Any], of_tables: list[Any]) -> None:
    whole = table()
    assert equal(answers(rows), expected)
    assert equal(answers(iter(rows)), expected)
    assert equal(answers(whole), of_tables)
    assert equal(answers(whole.to_reader(max_chunksize=4)), of_tables)
    assert equal(answers([whole.slice(0, 6), whole.slice(6)]), of_tables)


def test_data_frames(rows: Rows, expected: list[Any], of_tables: list[Any]) -> None:
    whole = table()
    assert equal(answers(pl.from_arrow(whole)), of_tables)
    assert equal(answers(whole.to_pandas()), of_tables)
    assert equal(answers(pd.DataFrame(rows)), expected)
    connection = duckdb.connect()  # before DuckDB 2 a relation does not keep it
    relation = connection.from_arrow(whole)
    assert equal(answers(relation), of_tables)


def test_what_is_written_is_read_again(
    tmp_path: Path, expected: list[Any], of_tables: list[Any]
) -> None:
    for name in ("a.ndjson", "a.jsonl.gz", "a.ndjson.zst", "a.parquet"):
        usql.open(SESSIONS).write(tmp_path / name)
        wanted = of_tables if name == "a.parquet" else expected
        assert equal(answers(tmp_path / name), wanted), name
    with pytest.raises(ValueError, match="ends in one of"):
        usql.open(SESSIONS).write(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.parquet"])
def test_no_sessions_are_written_and_read_again(tmp_path: Path, name: str) -> None:
    usql.open([]).write(tmp_path / name)
    assert len(usql.open(tmp_path / name)) == 0


def test_other_values_are_refused() -> None:
    for wrong in (5, None, {"city": "Linz"}, b"bytes"):
        with pytest.raises(TypeError, match="sessions come from"):
            usql.open(wrong)


def test_missing_files_and_empty_folders(tmp_path: Path) -> None:
    for source, words in (
        (tmp_path / "none.json", "no such file"),
        (tmp_path, "no files that end in"),
        (str(tmp_path / "*.json"), "no file matches"),
    ):
        with pytest.raises(usql.DataError, match=words) as caught:
            usql.open(source)
        assert caught.value.source == str(source)


def test_an_archive_of_another_kind_is_no_data(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.json", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(usql.DataError):
        usql.open(tmp_path / "a.json")


def test_progress_counts_bytes_and_sessions(write: Write) -> None:
    path = write("a.ndjson", SESSIONS.read_bytes() * 10)
    seen: list[usql.store.Progress] = []
    usql.open(path, progress=seen.append)
    assert seen[-1].bytes_done == seen[-1].bytes_total == path.stat().st_size
