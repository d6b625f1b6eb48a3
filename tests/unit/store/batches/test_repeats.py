"""Sessions that are there again are counted, or left out (LANGUAGE.md §10a)."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import usql
import usql.store
from tests.oracle.strategies import sessions
from usql.errors import DataError
from usql.samples import generate
from usql.store import Store, load, save
from usql.store.batches import parts
from usql.store.batches.parts import Part, hashes_of
from usql.store.batches.repeats import count_repeats, find_repeats
from usql.store.batches.rowhash import KEY
from usql.store.export.nested import nested
from usql.store.loading.sink import Sink
from usql.store.loading.source import read
from usql.store.saved.arrowfile import SavedBatch
from usql.store.saved.folder import open_folder

Write = Callable[[str, bytes | str], Path]
Row = dict[str, Any]


def row(name: str, start: int | None = 1, part: int | None = None, **others: Any) -> Row:
    key = {"userSessionId": name, "startTime": start, "partNumber": part}
    return {k: v for k, v in (key | others).items() if v is not None}


def lines(rows: list[Row]) -> str:
    return "".join(json.dumps(r) + "\n" for r in rows)


def told(store: Store) -> list[str]:
    return [note for note in store.notes if "appeared before" in note]


def cities(store: Store) -> list[Any]:
    return nested(store, "usersession", np.arange(store.sessions)).column("city").to_pylist()


THREE = [row("a", city="Linz"), row("b", city="Wien"), row("a", city="Graz")]

KEPT = (
    "1 of 3 sessions appeared before, with the same userSessionId, startTime and partNumber: it is "
    'counted again; duplicates="drop" (--duplicates drop) leaves them out.'
)
LEFT = (
    "1 of 3 sessions appeared before, with the same userSessionId, startTime and partNumber: left out; "
    "1 of these had other content."
)


# --- what is one session --------------------------------------------------------------------------


def test_repeats_are_kept_and_told() -> None:
    store = load(THREE)
    assert cities(store) == ["Linz", "Wien", "Graz"]
    assert told(store) == [KEPT]
    assert told(load(THREE[:2])) == []
    assert told(load(THREE * 2))[0].startswith("4 of 6 sessions appeared before")
    assert "they are counted again" in told(load(THREE * 2))[0]


def test_the_first_that_came_stays() -> None:
    store = load(THREE, duplicates="drop")
    assert cities(store) == ["Linz", "Wien"]
    assert told(store) == [LEFT]
    same = load([*THREE[:2], dict(reversed(THREE[0].items()))], duplicates="drop")
    assert told(same) == [LEFT.replace("1 of these", "none of these")]
    assert told(load(THREE[:2], duplicates="drop")) == []


@pytest.mark.parametrize(
    ("one", "other", "is_repeat"),
    [
        (row("a"), row("a"), True),
        (row("a"), row("A"), False),
        (row("a"), row("a", 2), False),
        (row("a", None), row("a", None), True),
        (row("a", None), row("a", 0), False),
        (row("a", 1, 0), row("a", 1, 1), False),
        (row("a", 1, 0), row("a", 1, None), False),
        (row("a", 1, 1), row("a", 1, 1), True),
        (row("a", 1, 300), row("a", 1, 300), True),
        (row("a", 2, 1), row("a", 1, 2), False),
        ({"startTime": 1, "city": "x"}, {"startTime": 1, "city": "x"}, False),
        ({"city": "x"}, {"city": "x"}, False),
        (row("", 1), row("", 1), True),
    ],
)
def test_the_key_is_id_start_and_part(one: Row, other: Row, is_repeat: bool) -> None:
    for rows in ([one, other], [one, row("z", 10**12, 100_000), other]):
        assert bool(told(load(rows))) == is_repeat
        assert load(rows, duplicates="drop").sessions == len(rows) - is_repeat


def test_more_than_two_of_one_key() -> None:
    rows = [row("a", city=c) for c in ("x", "x", "y", "x")]
    (note,) = told(load(rows, duplicates="drop"))
    assert note.startswith("3 of 4 sessions")
    assert note.endswith("left out; 1 of these had other content.")


@settings(deadline=None)
@given(rows=sessions(), chance=st.randoms(use_true_random=False))
def test_generated_sessions(rows: list[Row], chance: Any) -> None:
    """As the rows without those whose key a slow look finds again."""
    rows = [copy.deepcopy(r) for r in rows for _ in range(chance.choice((1, 1, 2)))]
    chance.shuffle(rows)
    whole = load(rows)
    seen: set[Any] = set()
    first = []
    for place, loaded in enumerate(nested(whole, "usersession", np.arange(len(rows))).to_pylist()):
        key = tuple(loaded.get(name) for name in KEY)
        if key[0] is None or key not in seen:
            first.append(place)
        seen.add(key)
    again = len(rows) - len(first)
    assert [int(n.split(" of ")[0]) for n in told(whole)] == [again] * bool(again)
    dropped = load(rows, duplicates="drop")
    assert [int(n.split(" of ")[0]) for n in told(dropped)] == [again] * bool(again)
    assert _texts(dropped) == _texts(whole, first)


def _texts(store: Store, rows: list[int] | None = None) -> list[str]:
    """The sessions as JSON, without what is missing."""
    places = np.arange(store.sessions) if rows is None else np.array(rows, dtype=np.int64)
    found = nested(store, "usersession", places).to_pylist()
    return [json.dumps(_present(r), sort_keys=True, default=str) for r in found]


def _present(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _present(v) for k, v in value.items() if v is not None and v != []}
    return [_present(v) for v in value] if isinstance(value, list) else value


def test_what_only_dropped_sessions_had_is_gone() -> None:
    extra: Row = {"city": "Rom", "mood": "good", "userActions": [{"name": "x"}]}
    store = load([row("a"), row("a", **extra)], duplicates="drop")
    plain = load([row("a")])
    assert store.catalog == plain.catalog
    assert list(store.tables["usersession"].columns) == list(plain.tables["usersession"].columns)
    assert store.tables["useraction"].rows == 0


# --- across sources -------------------------------------------------------------------------------


@pytest.fixture
def sources(write: Write, tmp_path: Path) -> list[Path]:
    """The same three sessions in a file of each kind and in a store."""
    table = pa.Table.from_pylist(THREE[:2])
    pq.write_table(table, tmp_path / "s.parquet")
    save(load(THREE[:2]), tmp_path / "s.usqlstore")
    array = write("s.json", json.dumps(THREE[:2]))
    return [
        write("s.ndjson", lines(THREE[:2])),
        array,
        tmp_path / "s.parquet",
        tmp_path / "s.usqlstore",
    ]


def test_across_sources(sources: list[Path]) -> None:
    for one in sources:
        for other in sources:
            if one == other:
                continue
            assert told(load([one, other]))[0].startswith("2 of 4 sessions appeared before")
            dropped = load([one, other], duplicates="drop")
            assert cities(dropped) == ["Linz", "Wien"]
            assert told(dropped)[0].startswith("2 of 4 sessions appeared before")
            assert told(dropped)[0].endswith("left out; none of these had other content.")
    assert told(load(sources))[0].startswith("6 of 8 sessions")
    assert cities(load(sources, duplicates="drop")) == ["Linz", "Wien"]


def test_the_order_of_sources_decides(write: Write, tmp_path: Path) -> None:
    new = write("new.ndjson", lines([row("a", city="Rom"), row("c", city="Ulm")]))
    save(load(THREE[:2]), tmp_path / "old")
    for given_, expected in (
        ([tmp_path / "old", new], ["Linz", "Wien", "Ulm"]),
        ([new, tmp_path / "old"], ["Rom", "Ulm", "Wien"]),
    ):
        store = load(given_, duplicates="drop")
        assert cities(store) == expected
        assert told(store)[0].startswith("1 of 4 sessions")
        assert told(store)[0].endswith("1 of these had other content.")


def test_many_batches_and_threads() -> None:
    table = generate(40_000, 1)
    both = pa.concat_tables([table, table.slice(5_000, 30_000)])
    store = load(both, threads=2, duplicates="drop")
    assert store.sessions == 40_000
    assert told(store)[0].startswith("30,000 of 70,000 sessions")
    assert told(store)[0].endswith("none of these had other content.")
    assert _texts(store, [0, 39_999]) == _texts(load(table, threads=1), [0, 39_999])


# --- saved stores ---------------------------------------------------------------------------------


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns of saved stores that are read, as they are."""
    found: list[str] = []
    monkeypatch.setattr(
        sys.modules[__name__], "load", usql.store.load
    )  # once, not twice to compare
    original = SavedBatch.column

    def column(self: SavedBatch, position: int) -> pa.Array:
        found.append(f"{self.path.stem}.{self.batch.schema.names[position]}")
        return original(self, position)

    monkeypatch.setattr(SavedBatch, "column", column)
    return found


KEYS_READ = [f"usersession.{name}" for name in KEY]


def test_a_store_is_compared_without_its_sessions(tmp_path: Path, used: list[str]) -> None:
    """Only the numbers of the keys are read, and the keys where numbers are equal."""
    table = generate(3_000, 1)
    save(load(table.slice(0, 2_000)), tmp_path / "s")
    with Sink("stop", None, None) as sink:
        read([table.slice(2_000)], sink)
        (new,) = sink.batches
        sink.batches = []
        read([table.slice(1_500)], sink)
        (overlapping,) = sink.batches
    store = open_folder(tmp_path / "s")
    others: list[Part] = [store, new]
    keys = np.concatenate([hashes_of(part) for part in others])
    assert count_repeats(keys) == 0
    assert [len(rows) for rows in find_repeats(others, keys).rows] == [0, 0]
    assert used == ["keys.key"]
    used.clear()
    others = [open_folder(tmp_path / "s"), overlapping]
    keys = np.concatenate([hashes_of(part) for part in others])
    assert count_repeats(keys) == 500
    assert used == ["keys.key"]
    found = find_repeats(others, keys)
    assert [rows.tolist() for rows in found.rows] == [[], list(range(500))]
    assert [len(rows) for rows in found.differing] == [0, 0]
    assert used == ["keys.key", *KEYS_READ, "keys.content"]


def test_of_a_store_that_repeats_all_no_session_is_read(tmp_path: Path, used: list[str]) -> None:
    table = generate(200, 1)
    save(load(table.slice(50, 100)), tmp_path / "s")
    store = load([table, tmp_path / "s"], duplicates="drop")
    assert store.sessions == 200
    assert used == ["keys.key", *KEYS_READ, "keys.content"]


def test_stores_joined_read_their_keys_first(tmp_path: Path, used: list[str]) -> None:
    table = generate(200, 1)
    save(load(table.slice(0, 120)), tmp_path / "a")
    save(load(table.slice(100)), tmp_path / "b")
    assert told(load([tmp_path / "a", tmp_path / "b"]))[0].startswith("20 of 220 sessions")
    assert used[:2] == ["keys.key", "keys.key"]
    assert not [name for name in used[2:] if name.startswith("keys")]


def test_a_store_with_repeats_is_read_anew_to_drop_them(tmp_path: Path) -> None:
    save(load(THREE), tmp_path / "s")
    save(load(THREE[:2]), tmp_path / "clean")
    assert told(load(tmp_path / "s")) == [KEPT]
    dropped = load(tmp_path / "s", duplicates="drop")
    assert cities(dropped) == ["Linz", "Wien"]
    assert dropped.notes == (LEFT,)
    saved = load(tmp_path / "s").saved
    assert saved is not None
    assert saved.repeated == 1
    clean = load(tmp_path / "clean", duplicates="drop")
    assert clean.saved is not None  # nothing to drop: it is opened as it is


def test_a_store_that_is_saved_again_keeps_its_keys(tmp_path: Path, used: list[str]) -> None:
    save(load(generate(100, 1)), tmp_path / "a")
    save(open_folder(tmp_path / "a"), tmp_path / "b")
    one, other = (open_folder(tmp_path / name).saved for name in "ab")
    assert one is not None
    assert other is not None
    for name in ("key", "content"):
        np.testing.assert_array_equal(one.keys[name], other.keys[name])
    assert one.seal != other.seal


def test_open_stores_among_the_sources(tmp_path: Path) -> None:
    """Those that were never saved have no numbers yet."""
    save(load(THREE[:2]), tmp_path / "s")
    for store in (load(THREE[:2]), open_folder(tmp_path / "s")):
        for sources in ([store, tmp_path / "s"], [store, load(THREE[:2])]):
            dropped = load(sources, duplicates="drop")
            assert cities(dropped) == ["Linz", "Wien"]
            assert told(dropped)[0].startswith("2 of 4 sessions")
            assert told(dropped)[0].endswith("none of these had other content.")
    assert told(load(load(THREE), duplicates="drop")) == [LEFT]
    assert load(load(THREE[:2]), duplicates="drop").sessions == 2


def test_repeats_of_a_store_are_told_once(tmp_path: Path) -> None:
    save(load(THREE), tmp_path / "s")
    assert told(load([tmp_path / "s", load([row("b"), row("c")])])) == [
        KEPT.replace("1 of 3", "2 of 5").replace("it is", "they are")
    ]


# --- numbers that are equal by chance -------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 2**64 - 1])
def test_equal_numbers_of_other_keys_drop_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def colliding(batch: Any) -> Any:
        return np.full(batch["usersession"].rows, number, dtype=np.uint64)

    monkeypatch.setattr(parts, "key_hashes", colliding)
    rows = [row(f"s{i}", i % 3, city=f"c{i}") for i in range(20)]
    assert cities(load(rows, duplicates="drop")) == [r["city"] for r in rows]
    again = [*rows, rows[3] | {"city": "x"}, rows[7]]
    store = load(again, duplicates="drop")
    assert cities(store) == [r["city"] for r in rows]
    assert told(store)[0].startswith("2 of 22 sessions")
    assert told(store)[0].endswith("1 of these had other content.")
    save(load(rows), tmp_path / "s")
    new = pa.Table.from_pylist([rows[0], row("new", city="n")])
    joined = load([tmp_path / "s", new], duplicates="drop")
    assert cities(joined) == [*(r["city"] for r in rows), "n"]


# --- options and limits ---------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["Drop", "", None, True, 1])
def test_another_value_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=f"^duplicates must be 'keep' or 'drop', not {value!r}$"):
        usql.open(THREE, duplicates=value)


def test_the_numbers_of_keys_count_as_memory(tmp_path: Path) -> None:
    for name in "st":
        save(load(generate(2_000, 1)), tmp_path / name)
    with pytest.raises(DataError, match="more than the memory limit"):
        load([tmp_path / "s", tmp_path / "t"], memory_limit=90_000)


def test_the_option_of_open() -> None:
    found = usql.open(THREE, duplicates="drop")
    assert len(found) == 2
    assert found.notes == (LEFT,)
