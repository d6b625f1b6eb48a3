"""Shards: sorted and cut as they should be, and the same sessions as a load of all."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usql
from tests.oracle.strategies import sessions as generated
from tests.sampling import examples
from tests.unit.store.same import assert_columns
from usql.errors import DataError, PlaceTaken
from usql.samples import generate
from usql.store import Duplicates, Store, load, save
from usql.store.export.nested import json_lines, nested
from usql.store.saved.shards import read_shards
from usql.store.sharding.runs import starts_of
from usql.store.sharding.shard import shard
from usql.store.stores import open_saved
from usql.store.tuning import StoreTuning

Row = dict[str, Any]


IN_PIECES = StoreTuning(fewest_block_sessions=3, run_memory_one_in=40, memory_per_thread=1)
"""Runs of a few sessions, in blocks of fewer."""


def rows_of(store: Store) -> list[str]:
    whole = nested(store, "usersession", np.arange(store.sessions))
    return list(json_lines(whole))


def sorted_rows(store: Store) -> list[str]:
    """The sessions of a load in the order of shards."""
    rows = rows_of(store)
    return [rows[i] for i in np.argsort(starts_of(store), kind="stable")]


def lines(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def at(start: int, **others: Any) -> Row:
    return {"userSessionId": f"s{start}", "startTime": start, "endTime": start + 10, **others}


# --- the same sessions ----------------------------------------------------------------------------


def test_shards_are_sorted_over_all_sessions_and_cut(tmp_path: Path) -> None:
    table = generate(2000, 3)
    mixed = table.take(pa.array(np.random.default_rng(1).permutation(2000)))
    source = [mixed.slice(0, 900), mixed.slice(900, 500), mixed.slice(1400)]
    found = shard(
        source, tmp_path / "x.usqlshards", sessions=300, memory_limit=20_000_000, tuning=IN_PIECES
    )
    assert all(one.sessions <= 300 for one in found.shards)
    assert found.sessions == 2000
    stores = [load(tmp_path / "x.usqlshards" / one.name) for one in found.shards]
    assert [store.sessions for store in stores] == [one.sessions for one in found.shards]
    together = [row for store in stores for row in rows_of(store)]
    assert together == sorted_rows(load(mixed)) == rows_of(open_saved(tmp_path / "x.usqlshards"))
    for one, before in zip(found.shards[1:], found.shards, strict=False):
        assert before.starts.high is not None
        assert one.starts.low is not None
        assert before.starts.high <= one.starts.low


def test_a_shard_is_what_a_load_of_its_sessions_gives(tmp_path: Path) -> None:
    rows = [at(n % 7, country="AB"[n % 2], x=[n], y={"a": n} if n % 3 else "t") for n in range(40)]
    source = lines(tmp_path / "s.ndjson", rows)
    found = shard(source, tmp_path / "x.usqlshards", sessions=25)
    ordered = sorted(rows, key=lambda row: row["startTime"])
    catalog = load(source).catalog
    for one, some in zip(found.shards, (ordered[:25], ordered[25:]), strict=True):
        saved, expected = load(tmp_path / "x.usqlshards" / one.name), load(some, catalog=catalog)
        for name, table in expected.tables.items():
            other = saved.tables[name]
            assert list(other.columns) == list(table.columns)
            for field, column in table.columns.items():
                assert_columns(other.columns[field], column)
    assert load(tmp_path / "x.usqlshards").catalog == catalog


@pytest.mark.parametrize("limit", [2, 20_000, None])
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=generated(), count=st.integers(1, 5))
def test_generated_sessions(
    tmp_path_factory: pytest.TempPathFactory, limit: int | None, rows: list[Row], count: int
) -> None:
    if limit == 2 and rows:
        limit = max(len(json.dumps(row)) for row in rows) * 50
    folder = tmp_path_factory.mktemp("shards")
    whole = load(rows)
    found = shard(rows, folder / "x", sessions=count, memory_limit=limit, tuning=IN_PIECES)
    again = open_saved(folder / "x")
    assert rows_of(again) == sorted_rows(whole)
    assert again.catalog == whole.catalog
    assert again.span == whole.span
    assert sorted(again.notes) == sorted(whole.notes)
    assert found.sessions == whole.sessions


def test_types_are_those_of_all_sessions(tmp_path: Path) -> None:
    """A whole number in the first shards, a fraction in the last one, text beside them."""
    rows = [at(n, x=n, y=n, z=n) for n in range(20)]
    rows[19] |= {"x": 19.5, "y": "nineteen", "z": {"a": 1}}
    found = shard(rows, tmp_path / "x.usqlshards", sessions=5)
    assert found.sessions == 20
    for source in (tmp_path / "x.usqlshards", tmp_path / "x.usqlshards" / found.shards[0].name):
        own = usql.open(source)
        types = {f.name: f.type.value for f in own.catalog.table("usersession").fields}
        assert (types["x"], types["y"], types["z"]) == ("double", "string", "string")
    sessions = usql.open(tmp_path / "x.usqlshards")
    count = "SELECT COUNT(*) FROM usersession WHERE x > 1.5"
    assert sessions.query(count).rows() == usql.open(rows).query(count).rows() == [[18]]


def test_fields_of_typed_sources_without_values(tmp_path: Path) -> None:
    table = pa.table({"startTime": [1, 2], "x": pa.nulls(2, pa.int64()), "y": ["a", "b"]})
    shard(table, tmp_path / "x.usqlshards", sessions=1)
    assert load(tmp_path / "x.usqlshards").catalog == load(table).catalog


def test_no_sessions_are_one_empty_shard(tmp_path: Path) -> None:
    table = pa.table({"startTime": pa.array([], pa.int64()), "x": pa.array([], pa.int64())})
    found = shard(table, tmp_path / "x.usqlshards")
    assert [one.sessions for one in found.shards] == [0]
    sessions = usql.open(tmp_path / "x.usqlshards")
    assert sessions.query("SELECT COUNT(x) FROM usersession").rows() == [[0]]


# --- sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["store", "shards", "both"])
def test_stores_and_shards_are_sources(tmp_path: Path, kind: str) -> None:
    first, second = generate(60, 1), generate(50, 2)
    save(load(first), tmp_path / "a.usqlstore")
    shard(second, tmp_path / "b.usqlshards", sessions=7)
    named = {"store": ["a.usqlstore"], "shards": ["b.usqlshards"]}.get(kind)
    source = [tmp_path / name for name in named or ["a.usqlstore", "b.usqlshards"]]
    shard(
        [*source, generate(10, 3)],
        tmp_path / "x",
        sessions=20,
        memory_limit=500_000,
        tuning=IN_PIECES,
    )
    assert rows_of(open_saved(tmp_path / "x")) == sorted_rows(load([*source, generate(10, 3)]))


def test_bad_rows_are_left_out_and_told(tmp_path: Path) -> None:
    source = lines(tmp_path / "s.ndjson", [at(2), {"startTime": "never"}, at(1)])
    with pytest.raises(DataError, match="line 2"):
        shard(source, tmp_path / "x.usqlshards")
    assert [p.name for p in tmp_path.iterdir()] == ["s.ndjson"]
    shard(source, tmp_path / "x.usqlshards", on_error="skip", rejects=tmp_path / "bad")
    assert (tmp_path / "bad").read_text() == '{"startTime": "never"}\n'
    assert usql.open(tmp_path / "x.usqlshards").notes == load(source, on_error="skip").notes


# --- repeats --------------------------------------------------------------------------------------


@pytest.mark.parametrize("duplicates", ["keep", "drop"])
@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_repeats_are_those_of_all_sessions(
    tmp_path: Path, duplicates: Duplicates, count: int
) -> None:
    """Of one start and of none, in one shard and in several, alike and with other content."""
    chance = random.Random(count)
    rows: list[Row] = [
        {"userSessionId": chance.choice("abc"), "city": chance.choice("xyz")}
        | ({"startTime": start} if (start := chance.choice([1, 2, 3, None])) else {})
        for _ in range(60)
    ]
    whole = load(rows, duplicates=duplicates)
    shard(
        rows,
        tmp_path / "x",
        sessions=count,
        duplicates=duplicates,
        memory_limit=4000,
        tuning=IN_PIECES,
    )
    again = open_saved(tmp_path / "x")
    assert rows_of(again) == sorted_rows(whole)
    assert again.notes == whole.notes
    assert (
        load(tmp_path / "x", duplicates="drop").sessions == load(rows, duplicates="drop").sessions
    )


def test_an_export_of_what_is_in_shards_is_found_again(tmp_path: Path) -> None:
    table = generate(50, 1)
    shard(table, tmp_path / "x", sessions=20)
    assert load([tmp_path / "x", table], duplicates="drop").sessions == 50


# --- limits ---------------------------------------------------------------------------------------


def test_children_cut_a_shard(tmp_path: Path) -> None:
    sizes = [4, 6, 1, 3, 30, 2, 2]
    rows = [at(n, userActions=[{"name": "a"}] * size) for n, size in enumerate(sizes)]
    found = shard(rows, tmp_path / "x", tuning=StoreTuning(most_shard_children=10))
    assert [one.rows["useraction"] for one in found.shards] == [10, 4, 30, 4]


def test_the_memory_limit_cuts_a_shard(tmp_path: Path) -> None:
    rows = [at(n, x="y" * 1000 + str(n)) for n in range(400)]
    found = shard(
        rows,
        tmp_path / "x",
        memory_limit=400_000,
        tuning=StoreTuning(objects_at_once=50, memory_per_thread=1),
    )
    assert len(found.shards) > 3
    assert found.sessions == 400


@pytest.mark.parametrize("wrong", [{"sessions": 0}, {"duplicates": "none"}, {"memory_limit": 0}])
def test_wrong_options(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        shard([at(1)], tmp_path / "x", **wrong)
    assert not list(tmp_path.iterdir())


def test_a_memory_limit_that_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"memory_limit is at least 128 MB .* not 127 MB"):
        shard([at(1)], tmp_path / "x", memory_limit=127_000_000)
    assert not list(tmp_path.iterdir())


def test_a_piece_that_is_too_large(tmp_path: Path) -> None:
    source = lines(tmp_path / "s.ndjson", [at(1, x="y" * 30_000_000)])
    said = "a line of the text would take more than 16 MB of the memory limit of 128 MB"
    with pytest.raises(DataError, match=said):
        shard(source, tmp_path / "x", memory_limit=128_000_000)


def test_what_stands_there_is_replaced_only_if_it_is_shards(tmp_path: Path) -> None:
    for count in (3, 2):
        shard([at(n) for n in range(count)], tmp_path / "x", sessions=1)
        assert len(read_shards(tmp_path / "x")[1].shards) == count
    save(load([at(1)]), tmp_path / "s.usqlstore")
    with pytest.raises(PlaceTaken, match="something other than a set of shards"):
        shard([at(1)], tmp_path / "s.usqlstore")
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        shard([at(1)], tmp_path / "none" / "x")
    for inside in (tmp_path / "x" / "y", tmp_path / "x" / "part-00000.usqlstore" / "y"):
        with pytest.raises(PlaceTaken, match="the folder would be inside a set of shards"):
            shard([at(1)], inside)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.usqlstore", "x"]
