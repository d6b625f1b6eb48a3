"""Folders called ``key=value`` give their sessions a field (LANGUAGE.md §10a)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

import usql
from tests.unit.store.sources.test_files import Write, line
from usql.errors import DataError

Save = Callable[[Path, list[dict[str, Any]]], None]


def rows_of(source: Any, fields: str) -> list[list[Any]]:
    return usql.open(source).query(f"SELECT {fields} FROM usersession").rows()


def session(name: str, **fields: Any) -> dict[str, Any]:
    return json.loads(line(name, **fields))


FORMATS: dict[str, Save] = {
    "a.ndjson": lambda path, rows: _text(path, "".join(json.dumps(row) + "\n" for row in rows)),
    "a.json": lambda path, rows: _text(path, json.dumps(rows, indent=2)),
    "a.parquet": lambda path, rows: pq.write_table(_table(rows), path),
    "a.arrow": lambda path, rows: feather.write_feather(_table(rows), path),
    "odd.ndjson": lambda path, rows: _text(
        path, "".join(json.dumps({**row, "odd": {"a": 1}}) + "\n" for row in rows)
    ),
}
"""Every way of reading; the last is read row by row."""


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def _text(path: Path, text: str) -> None:
    path.write_text(text)


@pytest.fixture(params=FORMATS)
def put(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[str, list[dict[str, Any]]], None]:
    def written(folder: str, rows: list[dict[str, Any]]) -> None:
        (tmp_path / "x" / folder).mkdir(parents=True)
        FORMATS[request.param](tmp_path / "x" / folder / request.param, rows)

    return written


Put = Callable[[str, list[dict[str, Any]]], None]


def test_every_row_has_the_field(put: Put, tmp_path: Path) -> None:
    put("country=Spain/city=Santa%20Cruz%2FLa Palma", [session("a"), session("b")])
    put("country=España/city=Madrid", [session("c")])
    put("country=__HIVE_DEFAULT_PARTITION__/city=Linz", [session("d")])
    put("other", [session("e", country="Peru")])
    expected: list[list[Any]] = [
        ["d", None, "Linz"],
        ["a", "Spain", "Santa Cruz/La Palma"],
        ["b", "Spain", "Santa Cruz/La Palma"],
        ["c", "España", "Madrid"],
        ["e", "Peru", None],
    ]
    for source in (tmp_path / "x", str(tmp_path / "x" / "*"), str(tmp_path / "x" / "**" / "*.*")):
        found = rows_of(source, "userSessionId, country, city")
        assert sorted(found, key=str) == sorted(expected, key=str)
    assert (
        rows_of(tmp_path / "x" / "country=Spain", "country, city")
        == [[None, "Santa Cruz/La Palma"]] * 2
    )
    assert rows_of(str(tmp_path / "x" / "country=Spain" / "*"), "city")[0] == [
        "Santa Cruz/La Palma"
    ]


def test_unless_the_row_has_it(put: Put, tmp_path: Path) -> None:
    put(
        "country=Spain",
        [session("a", country="Peru"), session("b", country=None), session("c", country="")],
    )
    assert rows_of(tmp_path / "x", "country") == [["Peru"], ["Spain"], [""]]


def test_documented_fields_have_their_type(put: Put, tmp_path: Path) -> None:
    put(
        "browserMajorVersion=131/bounce=true/duration=4800/startTime=2026-03-01",
        [{"userSessionId": "a"}],
    )
    asked = "browserMajorVersion, bounce, duration, startTime"
    assert rows_of(tmp_path / "x", asked) == [["131", True, 4800, 1772323200000]]
    assert rows_of(tmp_path / "x", "COUNT(*)") == [[1]]


def test_typed_values_fill_gaps(put: Put, tmp_path: Path) -> None:
    put(
        "duration=5/bounce=false",
        [session("a", duration=7), session("b", bounce=True), session("c")],
    )
    assert rows_of(tmp_path / "x", "duration, bounce") == [[7, False], [5, True], [5, False]]


def test_other_spellings_and_names_that_are_not_loaded(put: Put, tmp_path: Path) -> None:
    put("Country=Spain/tenantId=abc", [session("a"), session("b", country="Peru")])
    opened = usql.open(tmp_path / "x")
    assert opened.query("SELECT country FROM usersession").rows() == [["Spain"], ["Peru"]]
    assert [d.name for d in opened.check("SELECT tenantId FROM usersession")] != []


def test_unknown_names_are_text(put: Put, tmp_path: Path) -> None:
    put("year=2026/day=01", [session("a")])
    put("year=x/day=1", [session("b")])
    put("z", [session("c", year=2027, day=None)])
    assert rows_of(tmp_path / "x", "year, day") == [["2026", "01"], ["x", "1"], ["2027", None]]


def test_unknown_names_fill_gaps(put: Put, tmp_path: Path) -> None:
    put("year=2026", [session("a", year=2027), session("b")])
    assert rows_of(tmp_path / "x", "year") == [["2027"], ["2026"]]


def test_the_deeper_folder_wins(put: Put, tmp_path: Path) -> None:
    put("country=Spain/country=Peru", [session("a")])
    assert rows_of(tmp_path / "x", "country") == [["Peru"]]


@pytest.mark.parametrize(
    "folder", ["duration=long", "startTime=soon", "bounce=2", "userActions=a", "stringProperties=a"]
)
def test_a_value_that_the_field_cannot_hold(put: Put, tmp_path: Path, folder: str) -> None:
    put(folder, [session("a")])
    with pytest.raises(DataError, match="in the name of a folder") as caught:
        usql.open(tmp_path / "x")
    assert caught.value.path == folder.partition("=")[0]
    assert caught.value.source.startswith(str(tmp_path / "x" / folder))


def test_files_below_such_a_folder_are_left_out_on_request(put: Put, tmp_path: Path) -> None:
    put("duration=long", [session("a"), session("b")])
    put("duration=5", [session("c")])
    opened = usql.open(tmp_path / "x", on_error="skip")
    assert opened.query("SELECT userSessionId, duration FROM usersession").rows() == [["c", 5]]
    (note,) = opened.notes
    assert note.startswith("1 source without any session was left out: ")
    assert "in the name of a folder" in note


def test_names_that_are_not_utf8(write: Write, tmp_path: Path) -> None:
    write("x/country=Espa%F1a/a.ndjson", line("a"))
    with pytest.raises(DataError, match=r"country=Espa%F1a: the folder's name is not UTF-8"):
        usql.open(tmp_path / "x")


def test_what_is_no_field(write: Write, tmp_path: Path) -> None:
    for number, folder in enumerate(["=a", "a", "country%3DSpain"]):
        write(f"x/{folder}/{number}.ndjson", line("a"))
    write("x/country=Spain.ndjson", line("a"))
    assert rows_of(tmp_path / "x", "country") == [[None]] * 4
