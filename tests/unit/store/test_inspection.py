"""Every bad place is found, in order, by each way of reading, and nothing else is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import usql
from tests.unit.cli.test_cli import EXPORT
from usql.errors import DataError
from usql.store import load, save
from usql.store.inspection import Inspected, Problem, inspect

BAD = [
    {"userSessionId": "a", "duration": "x", "city": {"a": 1}, "startTime": "soon"},
    {"userSessionId": "good", "duration": "12", "bounce": "true"},
    {
        "userSessionId": "b",
        "userActions": [{"duration": "y", "name": "ok"}, {"startTime": []}, 5, None, {"type": "Load"}],
        "errors": {},
    },
    {
        "userSessionId": "c",
        "stringProperties": [{"key": 1}, {"key": "k", "value": "v"}, 7, {"key": "m", "value": {}, "meta": [1]}],
        "longProperties": {"a": "x", "b": "1", "c": "z"},
    },
    {"foo": 1},
    {"userSessionId": "d", "further": {"deep": [10**30]}, "ip": True},
]  # fmt: skip
PLACES = [
    (0, "duration"), (0, "city"), (0, "startTime"),
    (2, "userActions[0].duration"), (2, "userActions[1].startTime"), (2, "userActions[2]"), (2, "errors"),
    (3, "stringProperties[0]"), (3, "stringProperties[2]"), (3, "stringProperties[3].value"), (3, "longProperties.a.value"), (3, "longProperties.c.value"),
    (4, ""), (5, "further.deep[0]"), (5, "ip"),
]  # fmt: skip


def found(source: Any, threads: int = 2) -> tuple[list[Problem], Inspected]:
    problems: list[Problem] = []
    inspected = inspect(source, problems.append, threads=threads)
    assert inspected.problems == len(problems)
    return problems, inspected


def written(folder: Path, form: str) -> Path:
    lines = [json.dumps(row) for row in BAD]
    path = folder / f"bad.{form}"
    if form == "ndjson":
        path.write_text("\n".join(lines))
    elif form == "ndjson.gz":
        path.write_bytes(gzip.compress("\n".join(lines).encode()))
    else:
        path.write_text("[\n" + ",\n".join(lines) + "\n]")
    return path


@pytest.mark.parametrize(("form", "first"), [("ndjson", 1), ("ndjson.gz", 1), ("json", 2)])
@pytest.mark.parametrize("threads", [1, 2])
def test_every_bad_place_of_a_text(tmp_path: Path, form: str, first: int, threads: int) -> None:
    path = written(tmp_path, form)
    problems, inspected = found(path, threads)
    assert [((p.line or 0) - first, p.path) for p in problems] == PLACES
    assert {(p.source, p.row) for p in problems} == {(str(path), None)}
    assert inspected == Inspected(1, len(PLACES), [])
    with pytest.raises(DataError) as stopped:
        load(path)
    assert str(stopped.value) == problems[0].text
    kept = load(path, on_error="skip")
    assert kept.sessions == inspected.sessions
    assert kept.notes[0].startswith(f"{len({p.line for p in problems})} rows were left out")


def test_values_in_memory() -> None:
    problems, inspected = found(BAD)
    assert [(p.row, p.path) for p in problems] == PLACES
    assert problems[0].text.startswith("row 0, duration: expected a whole number")
    assert inspected.sessions == 1


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    rows = 40_000
    durations = ["1"] * rows
    durations[20_000] = "x"
    actions: list[Any] = [None] * rows
    actions[39_999] = [{"duration": "1"}, {"duration": "y"}]
    table = pa.table(
        {
            "userSessionId": [str(n) for n in range(rows)],
            "duration": durations,
            "userActions": actions,
        }
    )
    pq.write_table(table, path, row_group_size=15_000)
    problems, inspected = found(path)
    assert [(p.source, p.line, p.row, p.path) for p in problems] == [
        (str(path), None, 20_000, "duration"), (str(path), None, 39_999, "userActions[1].duration"),
    ]  # fmt: skip
    assert (
        problems[0].text
        == f'{path}, row 20000, duration: expected a whole number, found the string "x"'
    )
    assert inspected.sessions == rows - 2


def test_what_ends_a_load_ends_one_source_only(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and no more PAR1")
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(b'{"userSessionId": "b"}\n' * 3)[:-12])
    (tmp_path / "c.ndjson").write_bytes(b'{"userSessionId": "c"}\n\xff\nnot json\n')
    (tmp_path / "d.json").write_bytes(b'[{"userSessionId": "d"},\n{"userSessionId": "e"')
    (tmp_path / "e.ndjson").touch()
    (tmp_path / "f.parquet").write_bytes(b"\x89PNG")
    pq.write_table(pa.table({"nothing": [1]}), tmp_path / "g.parquet")
    problems, inspected = found(tmp_path)
    assert [(Path(p.source).name, p.line) for p in problems] == [
        ("a.parquet", None), ("b.ndjson.gz", None), ("c.ndjson", 2), ("c.ndjson", 3), ("d.json", 2), ("f.parquet", 1), ("g.parquet", None),
    ]  # fmt: skip
    assert inspected.notes == [f"1 file is empty: {tmp_path / 'e.ndjson'}."]
    assert inspected.sessions == 2


def test_what_is_good_and_its_notes(tmp_path: Path) -> None:
    twice = tmp_path / "old.ndjson"
    twice.write_text('{"userSessionId": "a", "geolocationCountryName": "Spain"}\n' * 2)
    for source in (
        EXPORT,
        [EXPORT, twice],
        {"hits": {"hits": [{"_source": {"userSessionId": "x"}}]}},
    ):
        problems, inspected = found(source)
        loaded = load(source)
        assert problems == []
        assert (inspected.sessions, [*inspected.notes]) == (loaded.sessions, [*loaded.notes])
    assert len(inspect([EXPORT, twice], print).notes) == 2


def test_saved_stores(tmp_path: Path) -> None:
    folder = tmp_path / "s.usqlstore"
    save(load(EXPORT), folder)
    problems, inspected = found([folder, EXPORT])
    assert problems == []
    assert inspected.sessions == 32
    assert "16 of 32 sessions appeared before" in inspected.notes[0]
    (folder / "useraction.arrow").write_bytes(b"")
    problems, inspected = found([folder, EXPORT])
    assert [p.source for p in problems] == [str(folder / "useraction.arrow")]
    assert inspected.sessions == 16


def test_nothing_is_kept_of_the_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []
    monkeypatch.setattr("usql.store.loading.sink.Sink.hold", lambda self, size: kept.append(size))
    assert found(EXPORT)[1].sessions == 16
    assert kept == []
    load(EXPORT)
    assert kept


def test_where_there_is_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(usql.DataError, match="there is no such file or folder"):
        inspect(tmp_path / "none", print)
