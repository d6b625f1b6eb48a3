"""Whether a source has a name, told without reading its sessions."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from usql.store.loading import source
from usql.store.names import lacks
from usql.store.tuning import StoreTuning

ROWS: list[dict[str, Any]] = [
    {"userSessionId": "a", "city": "Linz", "userActions": [{"name": "x", "inner": 1}]},
    {"userSessionId": "b", "city": "Wien", "Tier": "gold", "deep": {"below": {"bottom": 2}}},
]
TEXT = "".join(json.dumps(row) + "\n" for row in ROWS)
HAS = ["tier", "TIER", "inner", "Inner", "deep", "below", "bottom", "city", "name"]
LACKS = ["ier", "Tie", "cty", "bott", "a.b", "x-y"]


@pytest.fixture(autouse=True)
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> None:
        raise AssertionError("the sessions were read")

    monkeypatch.setattr(source, "read", read)


def written(folder: Path, form: str) -> Any:
    """The rows as a source of a form."""
    tables = [pa.Table.from_pylist([row]) for row in ROWS]
    table = pa.concat_tables(tables, promote_options="default")
    path = folder / f"s.{form}"
    match form:
        case "ndjson":
            path.write_text(TEXT)
        case "json":
            path.write_text(json.dumps(ROWS, indent=1))
        case "ndjson.gz":
            path.write_bytes(gzip.compress(TEXT.encode()))
        case "ndjson.zst":
            path.write_bytes(pa.compress(TEXT.encode(), "zstd", asbytes=True))
        case "utf16.ndjson":
            path.write_bytes(TEXT.encode("utf-16"))
        case "parquet":
            pq.write_table(table, path)
        case "arrow":
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        case "arrows":
            with pa.ipc.new_stream(path, table.schema) as writer:
                writer.write_table(table)
        case "folder":
            path.mkdir()
            (path / "1.ndjson").write_text('{"city": "Graz"}\n')
            pq.write_table(table, path / "2.parquet")
        case "list":
            path.write_text(TEXT)
            (folder / "other.ndjson").write_text('{"city": "Graz"}\n')
            return [folder / "other.ndjson", path]
        case "table":
            return table
    return path


FORMS = [
    *("ndjson", "json", "ndjson.gz", "ndjson.zst", "utf16.ndjson", "parquet", "arrow", "arrows"),
    *("folder", "list", "table"),
]


@pytest.mark.parametrize("form", FORMS)
def test_names_are_told_of_every_form(tmp_path: Path, form: str) -> None:
    made = written(tmp_path, form)
    assert [name for name in HAS if lacks(made, [name])] == []
    assert [name for name in LACKS if not lacks(made, [name])] == []
    assert lacks(made, LACKS)
    assert not lacks(made, [*LACKS[:3], "inner"])


@pytest.mark.parametrize(
    "text",
    [
        '{"city": "a", "\\u0063ty": 1}',
        '{"city": "a", "c\\u0074y": 1}',
        '{"city": "a", "x": {"CtY" : 1}}',
        '{"_source": {"city": "a", "cty": 1}}',
        '{"columnNames": ["userSessionId", " cty"], "values": [["a", 1]]}',
        '{"columnNames": ["userSessionId", "useraction.cty "], "values": [["a", [1]]]}',
        '{"city": "a", "äcty": 1}',
    ],
)
def test_odd_spellings_are_left_to_the_load(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.ndjson"
    file.write_text(f'{{"city": "b"}}\n{text}\n')
    assert not lacks(file, ["cty"])


def test_the_sign_of_kelvin_is_a_k_in_lower_case(tmp_path: Path) -> None:
    file = tmp_path / "s.ndjson"
    for text in ("\u212aey", "\\u212aey"):
        file.write_text(f'{{"city": "a", "{text}": 1}}\n')
        assert not lacks(file, ["key"])
        assert lacks(file, ["ty"]) == ("\\" not in text)


@pytest.mark.parametrize("name", ["", "ü", 'a"b', "a\\b", "a/b", "a b"])
def test_names_that_json_writes_in_several_ways_are_left_to_the_load(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / "s.ndjson"
    file.write_text('{"city": "a"}\n')
    assert not lacks(file, [name])
    assert not lacks(file, [])
    assert lacks(file, map(str, range(8)))
    assert not lacks(file, map(str, range(9)))


@pytest.mark.parametrize("edge", ["text_bytes_at_once", "bytes_searched_at_once"])
@pytest.mark.parametrize("at", range(-8, 9))
def test_names_over_the_edge_of_a_piece_are_found(tmp_path: Path, at: int, edge: str) -> None:
    tuning = StoreTuning(**{edge: 64})
    file = tmp_path / "s.ndjson"
    filler = " " * (64 + at)
    file.write_text(f'{{{filler}"cty": 1, "city": "a"}}\n')
    assert not lacks(file, ["cty"], tuning)
    file.write_text(f'{{{filler}"xcty": 1, "city": "a"}}\n')
    assert lacks(file, ["cty"], tuning)
    file.write_text(f'{{{filler}"c\\u0074y": 1, "city": "a"}}\n')
    assert not lacks(file, ["cty"], tuning)


def test_folders_give_names_too(tmp_path: Path) -> None:
    (tmp_path / "Tier=gold").mkdir()
    (tmp_path / "Tier=gold" / "s.ndjson").write_text('{"city": "a"}\n')
    assert not lacks(tmp_path, ["tier"])
    assert lacks(tmp_path, ["gold"])


def test_pipes_objects_and_values_are_not_touched() -> None:
    file = io.BytesIO(TEXT.encode())
    assert not lacks(file, ["cty"])
    assert file.tell() == 0

    class Pipe(io.RawIOBase):
        def read(self, size: int = -1, /) -> bytes:
            assert size == 0, "the pipe was read"
            return b""

        def seekable(self) -> bool:
            return False

    assert not lacks(Pipe(), ["cty"])
    given = iter([{"city": "a"}])
    assert not lacks(given, ["cty"])
    assert next(given) == {"city": "a"}
    reader = pa.Table.from_pylist(ROWS).to_reader()
    assert lacks(reader, ["cty"])
    assert reader.read_all().num_rows == 2


def test_what_cannot_be_read_is_left_to_the_load(tmp_path: Path) -> None:
    (tmp_path / "cut.ndjson.gz").write_bytes(gzip.compress(TEXT.encode() * 100)[:-20])
    (tmp_path / "archive.ndjson").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "half.parquet").write_bytes(b"PAR1 and nothing else")
    for name in ("cut.ndjson.gz", "archive.ndjson", "half.parquet", "nothing.ndjson"):
        assert not lacks(tmp_path / name, ["cty"])
    assert not lacks(7, ["cty"])


def test_saved_stores_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    usql.open(ROWS).save(tmp_path / "s.usqlstore")
    assert not lacks(tmp_path / "s.usqlstore", ["cty"])
