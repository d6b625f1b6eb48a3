"""A saved and reopened store is the store that was saved."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

import usql
from tests.compare import equal, parsed_json
from tests.language.test_conformance import CASES
from tests.language.usqltest import Case
from tests.oracle import strategies
from tests.places import DATA
from tests.rows import session_table, sessions
from tests.timing import grows_at_most
from tests.unit.store.same import assert_same
from usql.catalog import FieldType
from usql.errors import DataError
from usql.samples import generate
from usql.store import load, save
from usql.store.columns import DictionaryColumn, NumberColumn, Store
from usql.store.forms.disk import from_disk
from usql.store.saved.folder import is_store, open_folder, verify

EXAMPLES = json.loads((DATA / "examples.json").read_text())["queries"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "sessions.usqlstore"
    save(load(DATA / "sessions.ndjson"), folder)
    return folder


@pytest.fixture(scope="module")
def reopened(saved: Path) -> usql.Sessions:
    return usql.open(saved)


def test_the_example_export(saved: Path) -> None:
    assert is_store(saved)
    verify(saved)
    assert_same(open_folder(saved), load(DATA / "sessions.ndjson"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["query"][:60])
def test_examples_have_the_same_rows(reopened: usql.Sessions, example: dict[str, Any]) -> None:
    assert equal(reopened.query(example["query"]).rows(), example["rows"])


ANSWERED = [case for _, case in CASES if case.rows is not None]


@pytest.mark.parametrize("case", ANSWERED, ids=lambda c: c.name[:80])
def test_conformance_cases_have_the_same_rows(reopened: usql.Sessions, case: Case) -> None:
    result = reopened.query(case.query, **case.options)
    assert equal(parsed_json(result.rows(), result.columns), case.rows)


@settings(deadline=None)
@given(rows=strategies.sessions())
def test_generated_sessions(rows: list[dict[str, Any]]) -> None:
    store = load(rows)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "s.usqlstore"
        save(store, target)
        assert_same(open_folder(target), store)


@pytest.mark.parametrize("distinct", [0, 1, 254, 255, 256, 65_534, 65_535, 65_536])
@pytest.mark.parametrize("has_null", [False, True])
def test_codes_of_every_width(tmp_path: Path, distinct: int, has_null: bool) -> None:
    cities = [f"{i:06d}" for i in range(distinct)] + [None] * has_null
    table = session_table(pa.table({"city": pa.array(cities, pa.string())}))
    _assert_round_trip(load(table), tmp_path / "s")


@pytest.mark.parametrize("value", [1, -129, 2**15, 2**31, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("name", ["duration", "startTime"])
def test_numbers_of_every_width(tmp_path: Path, value: int, name: str) -> None:
    _assert_round_trip(load(sessions([{name: value}, {name: None}])), tmp_path / "s")


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"userActions": []}],
        [{"userActions": []}, {"errors": []}],
        [{"city": "(missing)"}, {"city": "(missing)_"}, {"events": []}],
        [{"userActions": [{"sessionRow": 7, "derived_isEntryAction": "x", "isEntryAction": True}]}],
        sessions(
            [{"custom": [1.5, None]}, {"other": {"a": 1}}, {"stringProperties": [{"key": "k"}]}]
        ),
        [{"stringProperties": [{"key": "a", "value": "x"}, {"key": "a", "value": "y"}]}],
    ],
    ids=repr,
)
def test_odd_sessions(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    _assert_round_trip(load(rows), tmp_path / "s")


def _assert_round_trip(store: Store, folder: Path) -> None:
    save(store, folder)
    verify(folder)
    assert_same(open_folder(folder), store)


def test_a_reopened_store_can_be_saved_again(tmp_path: Path, saved: Path) -> None:
    save(open_folder(saved), tmp_path / "copy", {"a": {"b": np.arange(3)}})
    again = open_folder(tmp_path / "copy")
    save(again, tmp_path / "copy")
    assert_same(again, open_folder(saved))  # still reads the files that were replaced
    found = open_folder(tmp_path / "copy")
    assert_same(found, open_folder(saved))
    assert found.indexes["a"]["b"].tolist() == [0, 1, 2]


def test_notes_are_kept(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"city": "Linz"}\n{"city": \n')
    store = load(bad, on_error="skip")
    assert store.notes
    _assert_round_trip(store, tmp_path / "s")
    both = load([tmp_path / "s", DATA / "sessions.ndjson"])
    assert both.notes[: len(store.notes)] == store.notes


def test_fields_and_keys_of_the_data_are_known(tmp_path: Path) -> None:
    rows = [{"shop": "north", "longProperties": [{"key": "Größe", "value": 3}]}]
    save(load(rows), tmp_path / "s")
    sessions = usql.open(tmp_path / "s")
    text = "SELECT shop, longProperties.größe FROM usersession"
    assert sessions.query(text).rows() == [["north", 3]]


# --- laziness -------------------------------------------------------------------------------------


def test_columns_are_mapped_at_first_use(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def noted(kind: FieldType, array: Any) -> Any:
        made.append(kind)
        return from_disk(kind, array)

    monkeypatch.setattr("usql.store.saved.folder.from_disk", noted)
    store = open_folder(saved)
    columns = store.tables["usersession"].columns
    assert "city" in columns
    assert "nothing" not in columns
    assert len(list(columns)) == len(columns) > 20
    assert columns.get("nothing") is None
    assert made == []
    assert columns["city"] is columns["city"]
    assert len(made) == 1


def test_threads_share_one_column(saved: Path) -> None:
    columns = open_folder(saved).tables["useraction"].columns
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: columns["name"], range(64)))
    assert all(column is found[0] for column in found)


def test_arrays_are_read_only_views_of_the_files(tmp_path: Path) -> None:
    save(load(generate(500, 1)), tmp_path / "s")
    for table in open_folder(tmp_path / "s").tables.values():
        for array in (table.offsets, table.parent):
            assert array is None or not array.flags.writeable
        for column in table.columns.values():
            if isinstance(column, DictionaryColumn) and column.type.is_text:
                assert not column.codes.flags.writeable
                assert column.codes.base is not None
                assert column.codes.flags.aligned
            elif isinstance(column, NumberColumn):
                assert not column.values.flags.writeable
                assert column.values.base is not None
                assert column.values.flags.aligned


@pytest.mark.skipif(sys.platform == "win32", reason="it lists no open files")
def test_an_open_store_keeps_no_file_open(saved: Path) -> None:
    """A set of many stores has more files than a process may have open."""
    before = os.listdir("/dev/fd")
    store = open_folder(saved)
    assert len(store.tables["usersession"].columns["city"]) > 0
    assert os.listdir("/dev/fd") == before


@pytest.mark.long
def test_opening_costs_the_same_at_any_size(tmp_path: Path) -> None:
    """Under 20 ms, and no more for a hundred times the rows than half as much again."""
    small, large = tmp_path / "500", tmp_path / "50000"
    save(load(generate(500, 1)), small)
    save(load(generate(50_000, 1)), large)
    times = []
    for _ in range(15):
        began = time.perf_counter()
        open_folder(large)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.02
    assert grows_at_most(1.5, lambda: open_folder(small), lambda: open_folder(large), no_matter=0)


# --- indexes --------------------------------------------------------------------------------------


def test_indexes_come_back_when_asked_for(tmp_path: Path) -> None:
    indexes = {
        "postings useraction.name ü": {
            "rows": np.arange(9, dtype=np.uint32),
            "": np.zeros(0, "i8"),
        },
        "bits": {"b": np.array([True, False]), "m": np.arange(6, dtype=np.float64).reshape(2, 3)},
        "nothing": {},
    }
    save(load([{"city": "Linz"}]), tmp_path / "s", indexes)
    verify(tmp_path / "s")
    found = open_folder(tmp_path / "s").indexes
    assert list(found) == list(indexes)
    for name, arrays in indexes.items():
        assert list(found[name]) == list(arrays)
        for key, array in arrays.items():
            assert found[name][key].dtype == array.dtype
            np.testing.assert_array_equal(found[name][key], array)
            assert not found[name][key].flags.writeable


def test_indexes_of_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="numbers"):
        save(load([{"city": "x"}]), tmp_path / "s", {"a": {"b": np.array(["x"], dtype=object)}})
    assert list(tmp_path.iterdir()) == []


# --- as a source ----------------------------------------------------------------------------------


def test_a_store_among_other_sources(saved: Path) -> None:
    lines = DATA / "sessions.ndjson"
    other, third = (shutil.copy(lines, saved.parent / name) for name in ("b.ndjson", "c.ndjson"))
    again = shutil.copytree(saved, saved.parent / "again")
    assert_same(load([saved, lines]), load([other, lines]))
    assert_same(load([str(saved)]), load(lines))
    assert_same(load([lines, saved, again]), load([lines, other, third]))


def test_a_piece_of_a_store_is_no_export(saved: Path) -> None:
    for source in (saved / "useraction.arrow", saved / "usql-store.json", saved / "*.arrow"):
        with pytest.raises(DataError, match="name its folder") as caught:
            load(str(source))
        assert caught.value.source == str(saved)


def test_what_is_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Path) -> None:
    monkeypatch.chdir(saved)
    for path in ("", "a\0b", tmp_path, tmp_path / "none", DATA / "sessions.ndjson"):
        assert not is_store(path)
    assert is_store(".")
    with pytest.raises(DataError, match="no saved store"):
        open_folder(tmp_path)


def test_links_lead_to_stores(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("links need a privilege")
    (tmp_path / "link").symlink_to(tmp_path / "s")
    save(load([{"city": "Linz"}]), tmp_path / "s")
    save(load([{"city": "Wien"}]), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert usql.open(tmp_path / "s").query("SELECT city FROM usersession").rows() == [["Wien"]]
