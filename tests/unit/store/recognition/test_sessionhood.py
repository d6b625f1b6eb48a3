"""What makes a row a session, in every kind of source (LANGUAGE.md §10a)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc

import usql
from tests.reading import fast_path
from tests.sampling import examples
from usql.errors import DataError
from usql.store.loading.json import ndjson
from usql.store.recognition.sessionhood import are_sessions, why_no_session

Write = Callable[[str, bytes | str], Path]
Row = dict[str, Any]

CONNECTION = duckdb.connect()
"""Relations of older versions do not keep theirs open."""

SESSIONS: list[Row] = [
    {"userSessionId": "a"},
    {"startTime": 5, "future": 1},
    {"userActions": [{"name": "x"}]},
    {"errors": [{"x": 1}], "future": None},
]
BARE: list[Row] = [
    {"city": "Linz"},
    {"COUNTRY": "Spain", "future": 1},
    {"userActions": []},
    {"geolocationCountryName": "Spain"},
    {"duration": 0, "userSessionId": None},
]
"""Sessions where they are named; in a folder they may be rows of results."""

NONE: list[Row] = [
    {},
    {"foo": 1},
    {"city": None, "foo": "x"},
    {"name": "app", "version": "1.0.0", "scripts": {"test": "x"}},
    {"tenantId": "t", "clientType": "c"},
    {"columns": ["city"], "rows": [["Linz"]]},
    {"stringproperties.tier": "x"},
]


def lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def sources(rows: list[Row], folder: Path) -> dict[str, Any]:
    """The rows in every form that holds them."""
    (folder / "a.ndjson").write_text(lines(rows))
    (folder / "a.json").write_text(json.dumps(rows, indent=1))
    return {
        "lines": folder / "a.ndjson",
        "document": folder / "a.json",
        "dicts": rows,
        "iterator": iter(rows),
        **tables(rows, folder),
    }


def tables(rows: list[Row], folder: Path) -> dict[str, Any]:
    table = pa.Table.from_pylist([{k: v for k, v in row.items() if v != {}} for row in rows])
    pq.write_table(table, folder / "a.parquet")
    with ipc.new_file(folder / "a.arrow", table.schema) as file:
        file.write_table(table)
    return {
        "parquet": folder / "a.parquet",
        "arrow": folder / "a.arrow",
        "table": table,
        "pandas": pd.DataFrame(rows),
        "polars": pl.from_arrow(table),
        "duckdb": CONNECTION.from_arrow(table),
    }


# --- rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [*SESSIONS, *BARE], ids=str)
def test_a_row_with_a_documented_field_is_a_session(row: Row, tmp_path: Path) -> None:
    for name, source in sources([row], tmp_path).items():
        assert len(usql.open(source)) == 1, name


@pytest.mark.parametrize("row", NONE, ids=str)
def test_any_other_row_is_bad_data(row: Row, tmp_path: Path) -> None:
    """Beside sessions it stops the load with its place, or is left out and counted."""
    rows = [{"city": "Linz"}, row, {"city": "Wien"}]
    for name, source in sources(rows, tmp_path).items():
        if name == "iterator":
            continue
        with pytest.raises(DataError, match="this is not a session: ") as caught:
            usql.open(source)
        place = f"{caught.value}"
        assert {"lines": ", line 2: ", "document": ", line "}.get(name, "row 1: ") in place, name
        kept = usql.open(source, on_error="skip")
        assert len(kept) == 2, name
        assert kept.notes[0].startswith("1 row was left out: "), name


def test_what_was_found_instead_is_told() -> None:
    row = dict.fromkeys(("name", "version", "main", "scripts", "author", "license", "x" * 60), 1)
    with pytest.raises(DataError) as caught:
        usql.open([row])
    assert str(caught.value) == (
        "row 0: this is not a session: none of its members (name, version, main, scripts, author and 2 "
        "more) is a field of usersession with a value"
    )
    with pytest.raises(DataError, match=r"row 0: this is not a session: it has no members"):
        usql.open([{}])
    with pytest.raises(DataError, match=r"x{39}…"):
        usql.open([{"x" * 60: 1}])


@pytest.mark.parametrize("row", [5, None, [1]])
def test_what_is_no_object_is_no_session(row: Any) -> None:
    with pytest.raises(DataError, match="expected an object"):
        usql.open([row])


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                [
                    "city",
                    "City",
                    "geolocationCityName",
                    "userSessionId",
                    "startTime",
                    "userActions",
                    "events",
                    "x",
                    "tenantId",
                ]
            ),
            st.one_of(
                st.none(), st.just("5"), st.just([]), st.just([{}]), st.just([{"name": "a"}])
            ),
            max_size=3,
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_the_fast_and_the_precise_way_judge_alike(rows: list[Row], is_found: bool) -> None:
    """The rows that are left out, and the reasons."""
    from tests.unit.store.loading.json.test_hard_lines import columns, read

    text = lines(rows).encode()
    slow = read(text, "skip", is_slow=True, is_found=is_found)
    fast = read(text, "skip", is_found=is_found)
    assert not isinstance(fast, str)
    assert not isinstance(slow, str)
    assert columns(fast) == columns(slow)
    assert fast.notes == slow.notes


VALUES: dict[str, list[Any]] = {
    "city": ["Linz"],
    "COUNTRY": ["Spain"],
    "geolocationCityName": ["Wien"],
    "userSessionId": ["a"],
    "startTime": [0],
    "userActions": [[], [{"name": "x"}]],
    "events": [[]],
    "x": [1],
    "tenantId": ["t"],
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional={n: st.sampled_from([None, *values]) for n, values in VALUES.items()}
    ),
    min_size=1,
    max_size=5,
)


def is_session(row: Row, is_found: bool) -> bool:
    """The rule as it is written."""
    held = {name: value for name, value in row.items() if value is not None}
    if is_found:
        return bool("userSessionId" in held or "startTime" in held or held.get("userActions"))
    return bool(held.keys() - {"x", "tenantId"})


@settings(deadline=None, max_examples=examples(60))
@given(ROWS)
def test_every_kind_of_source_judges_by_the_rule(rows: list[Row]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        named = sum(is_session(row, False) for row in rows)
        found = sum(is_session(row, True) for row in rows)
        (folder / "a.ndjson").write_text(lines(rows))
        (folder / "a.json").write_text(json.dumps(rows, indent=1))
        for file in ("a.ndjson", "a.json"):
            assert len(usql.open(folder / file, on_error="skip")) == named
            assert len(usql.open(str(folder / f"{file[:-1]}?"), on_error="skip")) == found
        table = pa.Table.from_pylist([{n: row.get(n) for n in VALUES} for row in rows])
        for source in (rows, table, table.to_pandas()):
            assert len(usql.open(source, on_error="skip")) == named


def test_sessions_are_judged_by_columns() -> None:
    """Where all rows are sessions no row is looked at."""
    rows = lines([{"city": "a", "x": 1}, {"duration": 1}, {"userActions": []}] * 50)
    with fast_path():
        import io

        from usql.store.inputs.origin import Origin
        from usql.store.loading.sink import Sink

        with Sink("stop", None, None) as sink:
            ndjson.read_json(io.BytesIO(rows.encode()), Origin("x"), sink)
            sink.flush()
    assert sink.sessions == 150


def test_columns_and_rows() -> None:
    some = pa.array([1, None])
    none = pa.nulls(2, pa.int64())
    entries = pa.array([[], [{"name": "a"}]])
    for columns, named, found in (
        ({"x": some}, False, False),
        ({"city": some}, False, False),
        ({"city": some, "duration": pa.array([None, 2])}, True, False),
        ({"city": some, "startTime": pa.array([1, 2])}, True, True),
        ({"userSessionId": some, "userActions": entries}, True, True),
        ({"userSessionId": none, "userActions": entries}, True, False),
        ({"userActions": pa.nulls(2), "city": some}, False, False),
    ):
        assert are_sessions(columns, False) is named
        assert are_sessions(columns, True) is found
    assert why_no_session({"city": "a"}, False, ["city"]) is None
    assert "row of a result" in (why_no_session({"city": "a"}, True, ["city"]) or "")


# --- files that were found --------------------------------------------------------------------------


@pytest.mark.parametrize("row", SESSIONS, ids=str)
def test_a_session_in_a_folder(row: Row, tmp_path: Path) -> None:
    sources([row], tmp_path)
    assert len(usql.open(tmp_path)) == 4


@pytest.mark.parametrize("row", BARE, ids=str)
@pytest.mark.parametrize("name", ["a.ndjson", "a.json", "a.parquet", "a.arrow"])
def test_a_row_in_a_folder_that_may_be_of_a_result(row: Row, name: str, tmp_path: Path) -> None:
    """Named, its file holds a session; found by a folder or a pattern it is bad data."""
    every, folder = tmp_path / "every", tmp_path / "folder"
    every.mkdir()
    folder.mkdir()
    sources([row], every)
    (every / name).rename(folder / name)
    assert len(usql.open(folder / name)) == 1
    for source in (folder, str(folder / "a.*")):
        with pytest.raises(DataError, match="may be a row of a result") as caught:
            usql.open(source)
        assert caught.value.source.startswith(str(folder / name))
        kept = usql.open(source, on_error="skip")
        assert len(kept) == 0
        assert kept.notes[0].startswith("1 source without any session was left out: ")


def test_results_that_lie_in_the_folder_are_no_sessions(tmp_path: Path) -> None:
    sessions = usql.sample(sessions=30, seed=1)
    sessions.write(tmp_path / "a.ndjson")
    result = sessions.query(
        "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city"
    )
    from usql.result.writing import write_result

    for form, name in (
        ("json", "b.json"), ("ndjson", "b.ndjson"), ("parquet", "b.parquet"), ("arrow", "b.arrow"),
        ("tree", "c.json"), ("response", "d.json"),
    ):  # fmt: skip
        with (tmp_path / name).open("wb") as file:
            write_result(result, file, form)
        with pytest.raises(DataError) as caught:
            usql.open(tmp_path)
        assert caught.value.source.startswith(str(tmp_path / name)), name
        kept = usql.open(tmp_path, on_error="skip")
        assert len(kept) == 30
        assert kept.notes[0].startswith(
            f"1 source without any session was left out: {tmp_path / name}"
        )
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT userSessionId, COUNT(*) FROM usersession GROUP BY userSessionId",
        "SELECT userSessionId, startTime, useraction.name FROM usersession",
        "SELECT startTime, DATETIME(startTime) FROM usersession",
        "SELECT usersession.userSessionId, startTime FROM useraction",
    ],
)
def test_results_with_keys_are_known_by_the_names_that_queries_give(
    query: str, tmp_path: Path
) -> None:
    from usql.result.writing import write_result

    sessions = usql.sample(sessions=30, seed=1)
    result = sessions.query(query, profile="offline")
    for form, name in (("ndjson", "b.ndjson"), ("parquet", "b.parquet")):
        folder = tmp_path / form
        folder.mkdir()
        sessions.write(folder / "a.ndjson")
        with (folder / name).open("wb") as file:
            write_result(result, file, form)
        with pytest.raises(DataError, match=r"a row of a result") as caught:
            usql.open(folder)
        assert caught.value.source.startswith(str(folder / name))
        assert len(usql.open(folder, on_error="skip")) == 30


# --- whole files ------------------------------------------------------------------------------------


def test_a_file_without_any_session_is_one_bad_file(write: Write, tmp_path: Path) -> None:
    write("x/a.ndjson", lines(SESSIONS))
    package = write("x/package.json", json.dumps({"name": "app", "version": "1"}, indent=2))
    other = write("x/rows.ndjson", lines([{"foo": n} for n in range(100)]))
    with pytest.raises(
        DataError, match=r"package.json, line 1: this is not a session: .*name, version"
    ):
        usql.open(tmp_path / "x")
    kept = usql.open(tmp_path / "x", on_error="skip", rejects=tmp_path / "bad")
    assert len(kept) == 4
    assert kept.notes == (
        f"2 sources without any session were left out: {package}, line 1: this is not a session: none of "
        "its members (name, version) is a field of usersession with a value; "
        f"{other}, line 1: this is not a session: none of its members (foo) is a field of usersession "
        "with a value.",
    )
    assert len((tmp_path / "bad").read_bytes().splitlines()) == 101


def test_bad_sessions_are_rows_not_a_bad_file(write: Write) -> None:
    """A row with a bad value is a session all the same."""
    kept = usql.open(
        write("a.ndjson", '{"city": "a", "duration": "x"}\n{"foo": 1}'), on_error="skip"
    )
    assert len(kept) == 0
    assert kept.notes[0].startswith("2 rows were left out: ")


def test_tables_without_any_known_column_are_refused_with_their_columns(tmp_path: Path) -> None:
    rows = [{"foo": 1, "bar": "x"}]
    for name, source in tables(rows, tmp_path).items():
        with pytest.raises(DataError, match=r"no session in the table: .*\(foo, bar\)") as caught:
            usql.open(source)
        assert caught.value.source == (str(source) if isinstance(source, Path) else ""), name
        kept = usql.open([source], on_error="skip")
        assert kept.notes[0].startswith("1 source without any session was left out: "), name
    mixed = pd.DataFrame({"foo": [1, "x"], "bar": [object(), 2]})
    with pytest.raises(DataError, match=r"no session in the table: .*\(foo, bar\)"):
        usql.open(mixed)


@pytest.mark.parametrize("text", ["", " \n\t\n", "[]", " [ ] \n", "\ufeff"])
def test_an_empty_file_is_a_note(write: Write, text: str) -> None:
    file = write("a.json", text)
    sessions = usql.open(file)
    assert len(sessions) == 0
    assert sessions.notes == (f"1 file is empty: {file}.",)


def test_empty_archives_and_tables_are_a_note(write: Write, tmp_path: Path) -> None:
    import gzip

    write("a.json.gz", gzip.compress(b""))
    empty = pa.table({"foo": pa.array([], pa.int64())})
    pq.write_table(empty, tmp_path / "b.parquet")
    with ipc.new_file(tmp_path / "c.arrow", empty.schema) as file:
        file.write_table(empty)
    with ipc.new_stream(tmp_path / "d.arrows", empty.schema):
        pass
    assert usql.open(tmp_path).notes == (
        f"4 files are empty: {tmp_path}/a.json.gz, {tmp_path}/b.parquet, {tmp_path}/c.arrow, "
        f"{tmp_path}/d.arrows.",
    )
    assert usql.open(empty).notes == ()
    assert usql.open([]).notes == ()


def test_a_session_without_any_value_can_be_written_and_saved(tmp_path: Path) -> None:
    rows: list[Row] = [{"userActions": []}, {"events": []}]
    for source in (rows, [{"userSessionId": "a"}, *rows]):
        sessions = usql.open(source)
        for name in ("a.ndjson", "a.parquet"):
            sessions.write(tmp_path / name)
            assert len(usql.open(tmp_path / name)) == len(source)
        sessions.save(tmp_path / "store")
        assert len(usql.open(tmp_path / "store")) == len(source)
        both = usql.open([tmp_path / "store", tmp_path / "a.ndjson"])
        assert len(both) == 2 * len(source)


def test_the_precise_way_is_taken_where_a_row_may_be_none(write: Write) -> None:
    with fast_path(), pytest.raises(AssertionError, match="read by line"):
        usql.open(write("a.ndjson", '{"city": "a"}\n{"x": 1}\n'))
