"""Results as files and streams."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

import usql
from tests.unit.result.made import result
from usql.formats import BINARY, FORMATS
from usql.result import ColumnRole, Result, ResultColumn
from usql.result.columns import unique_names
from usql.result.writing import write_result


def written(found: Result, form: str) -> bytes:
    out = io.BytesIO()
    write_result(found, out, form)
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


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {*BINARY}))
def test_a_text_stream_gets_the_same_text(odd: Result, form: str) -> None:
    out = io.StringIO(newline="")
    write_result(odd, out, form)
    assert out.getvalue().encode() == written(odd, form)


@pytest.mark.parametrize("form", BINARY)
def test_a_text_stream_refuses_binary_formats(odd: Result, form: str) -> None:
    out = io.StringIO()
    with pytest.raises(TypeError, match="binary mode"):
        write_result(odd, out, form)
    assert out.getvalue() == ""


@pytest.mark.parametrize("form", FORMATS)
def test_the_file_stays_open(odd: Result, form: str) -> None:
    out = io.BytesIO()
    write_result(odd, out, form)
    before = len(out.getvalue())
    assert before
    out.write(b"after")
    assert out.getvalue()[before:] == b"after"


def test_empty_results_keep_their_columns(sessions: usql.Sessions) -> None:
    empty = sessions.query("SELECT city, startTime FROM usersession LIMIT 0")
    assert written(empty, "csv") == b"city,startTime\r\n"
    assert written(empty, "ndjson") == b""
    assert json.loads(written(empty, "json")) == {"columns": ["city", "startTime"], "rows": []}
    for form in ("arrow", "parquet"):
        data = io.BytesIO(written(empty, form))
        table = pq.read_table(data) if form == "parquet" else ipc.open_stream(data).read_all()
        assert table.schema.types == [pa.string(), pa.timestamp("ms", tz="UTC")]


def test_texts_have_milliseconds_and_pairs(sessions: usql.Sessions) -> None:
    found = sessions.query("SELECT startTime, stringProperties FROM usersession LIMIT 2")
    assert (
        written(found, "csv").decode().splitlines()[2]
        == '3000,"[{""key"": ""k"", ""value"": ""v""}]"'
    )
    line = written(found, "ndjson").splitlines()[1]
    assert json.loads(line) == {"startTime": 3000, "stringProperties": [{"key": "k", "value": "v"}]}


def test_rfc_4180() -> None:
    rows = written(result({"a,b": ["東京\r\n", 'say "hi"', None]}), "csv")
    assert rows == '"a,b"\r\n"東京\r\n"\r\n"say ""hi"""\r\n""\r\n'.encode()


def test_many_batches() -> None:
    many = result({"n": list(range(20_000))})
    lines = written(many, "ndjson").splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(20_000))
    assert written(many, "csv").count(b"\r\n") == 20_001


@pytest.mark.parametrize(
    ("form", "suffix"), [(f.name, s) for f in FORMATS.values() for s in f.suffixes]
)
def test_a_file_is_written_in_the_format_of_its_name(
    odd: Result, form: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"result.{suffix.upper()}"
    odd.write(path)
    assert path.read_bytes() == written(odd, form)
    odd.write(str(path))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_for_spreadsheets(sessions: usql.Sessions, tmp_path: Path) -> None:
    found = sessions.query("SELECT city AS '=1' FROM usersession LIMIT 1")
    found.write(tmp_path / "a.csv", csv_safe=True)
    assert (tmp_path / "a.csv").read_text().startswith('"\'=1"')


@pytest.mark.parametrize("name", ["result", "result.xlsx", "csv", "result.csv.gz"])
def test_a_name_without_a_format_is_refused(odd: Result, name: str, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"does not end in one of \.arrow, \.csv, \.html, \.htm, \.json"
    ):
        odd.write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_whole_or_not_there(
    odd: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "result.csv"
    path.write_text("before")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("usql.result.writing._write", full)
    with pytest.raises(OSError, match=r"No space.*result\.csv"):
        odd.write(path)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["result.csv"]
