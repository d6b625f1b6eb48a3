"""Several sources as one store: what is read of them when, and that it is what a load of all gives."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usql
from benchmarks.memory import status
from tests.oracle.strategies import sessions as generated
from tests.sampling import examples
from tests.unit.engine.pieces import shared_budget
from tests.unit.store import both
from tests.unit.store.same import assert_same
from usql.engine.runtime import limits as control
from usql.engine.runtime.limits import Budget
from usql.errors import Cancelled, DataError
from usql.samples import generate
from usql.store import Duplicates, Store, load, save
from usql.store.joined import merge
from usql.store.lazy import Lazy
from usql.store.saved.arrowfile import SavedBatch
from usql.store.tuning import StoreTuning

Row = dict[str, Any]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns of saved stores that are read, as they are."""
    found: list[str] = []
    original = SavedBatch.column

    def column(self: SavedBatch, position: int) -> pa.Array:
        found.append(f"{self.path.stem}.{self.batch.schema.names[position]}")
        return original(self, position)

    monkeypatch.setattr(SavedBatch, "column", column)
    return found


@pytest.fixture
def tables() -> list[pa.Table]:
    return [generate(300, 1), generate(200, 2), generate(100, 3)]


@pytest.fixture
def stores(tables: list[pa.Table], tmp_path: Path) -> list[Path]:
    for number, table in enumerate(tables):
        save(load(table), tmp_path / f"{number}.usqlstore")
    return [tmp_path / f"{number}.usqlstore" for number in range(len(tables))]


def made(store: Store) -> dict[str, set[str]]:
    """What is joined of each table."""
    found: dict[str, set[str]] = {}
    for name, table in store.tables.items():
        for values in (table.columns, table.derived, table.links):
            assert isinstance(values, Lazy) or not values
            found[name] = found.get(name, set()) | getattr(values, "computed", set())
    return {name: names for name, names in found.items() if names}


# --- what is read ---------------------------------------------------------------------------------


def test_opening_stores_together_reads_no_column(stores: list[Path], used: list[str]) -> None:
    sessions = usql.open(stores)
    assert len(sessions) == 600
    assert sessions.notes == ()
    assert "shop" not in repr(sessions)
    assert used == ["keys.key"] * 3
    assert made(sessions._store) == {}


def test_a_query_joins_the_fields_that_it_reads(stores: list[Path], used: list[str]) -> None:
    sessions = usql.open(stores)
    used.clear()
    sessions.query("SELECT country, SUM(duration) FROM usersession GROUP BY country LIMIT 2")
    assert made(sessions._store) == {"usersession": {"country", "duration"}}
    assert sorted(used) == ["usersession.country"] * 3 + ["usersession.duration"] * 3
    sessions.query(
        "SELECT country, COUNT(useraction.name) FROM usersession GROUP BY country LIMIT 1"
    )
    assert made(sessions._store) == {
        "usersession": {"country", "duration"},
        "useraction": {"name", "offsets"},
    }
    assert len(used) == len(set(used)) * 3 == 12  # each column once


def test_what_is_joined_is_not_kept_twice(stores: list[Path], tables: list[pa.Table]) -> None:
    """Neither are columns of stores kept there, nor those of parts in memory."""
    sources = [load(stores[0]), load(tables[1])]
    first, second = (source.tables["usersession"].columns for source in sources)
    assert isinstance(first, Lazy)
    joined = load(sources).tables["usersession"].columns
    city = second["city"]
    assert sum(held is city for held in gc.get_referrers(city)) == 0
    holders = len(gc.get_referrers(city))
    assert len(joined["city"]) == 500
    assert first.computed == frozenset()
    assert len(gc.get_referrers(city)) == holders - 1


def test_some_fields_of_stores_and_exports(
    stores: list[Path], tables: list[pa.Table], used: list[str]
) -> None:
    fields = ["country", "useraction.duration"]
    some = load([stores[0], tables[1], stores[2]], fields=fields)
    assert "keys.key" in used
    assert made(some) == {}
    both.check(load(tables), some, fields)
    assert {name.split(".")[-1] for name in used if name.startswith("useraction")} == {
        "duration",
        "sessionRow",
    }


# --- that it is the same --------------------------------------------------------------------------


def test_stores_and_exports_are_as_one_load(stores: list[Path], tables: list[pa.Table]) -> None:
    whole = load(tables)
    assert_same(load(stores), whole)
    assert_same(load([stores[0], tables[1], tables[2]]), whole)
    assert_same(load([tables[0], stores[1], tables[2]]), whole)
    assert_same(load([tables[0], tables[1], stores[2]]), whole)
    assert_same(load([load(stores[:2]), stores[2]]), whole)  # a joined one is a part like others


def test_a_joined_store_is_saved_and_written_without_keeping_it(
    stores: list[Path], tables: list[pa.Table], tmp_path: Path
) -> None:
    joined = usql.open(stores)
    joined.query("SELECT city FROM usersession LIMIT 1")
    joined.save(tmp_path / "all.usqlstore")
    joined.write(tmp_path / "all.ndjson")
    assert made(joined._store) == {"usersession": {"city"}}
    assert_same(load(tmp_path / "all.usqlstore"), load(tables))
    saved = load(tmp_path / "all.usqlstore").saved
    alone = load(stores[0]).saved
    assert saved is not None
    assert alone is not None
    for name in ("key", "content"):
        np.testing.assert_array_equal(saved.keys[name][:300], alone.keys[name])
    assert len((tmp_path / "all.ndjson").read_text().splitlines()) == 600


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    parts=st.lists(generated(), min_size=1, max_size=4),
    saved=st.integers(1, 15),
    drop=st.booleans(),
)
def test_generated_parts(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[Row]], saved: int, drop: bool
) -> None:
    """As a load of batches that are cut alike; sessions may come again."""
    folder = tmp_path_factory.mktemp("parts")
    parts = [*parts, parts[0]] if drop else parts
    sources: list[Any] = []
    exports: list[Path] = []
    for number, rows in enumerate(parts):
        place = folder / f"{number}.ndjson"
        place.write_text("".join(json.dumps(row) + "\n" for row in rows))
        exports.append(place)
        is_saved = saved >> (number % 4) & 1 or not number
        if is_saved:
            save(load(rows), folder / f"{number}.usqlstore")
        sources.append(folder / f"{number}.usqlstore" if is_saved else place)
    kept: Duplicates = "drop" if drop else "keep"
    found, whole = (load(s, duplicates=kept) for s in (sources, exports))
    found_notes, notes = (
        [n for n in store.notes if "empty" not in n and "older" not in n]
        for store in (found, whole)
    )
    assert sorted(found_notes) == sorted(notes)
    assert found.sessions == whole.sessions
    assert found.span == whole.span
    one, other = (usql.Sessions(store) for store in (found, whole))
    for table in ("usersession", "useraction", "userevent", "usererror"):
        text = f"SELECT JSON FROM {table}"
        a, b = (s.query(text, profile="offline").rows() for s in (one, other))
        assert [json.loads(row[0]) for row in a] == [json.loads(row[0]) for row in b]


# --- fields ---------------------------------------------------------------------------------------


def start(number: int, **others: Any) -> Row:
    return {"userSessionId": f"s{number}", "startTime": number, **others}


@pytest.fixture
def saving(tmp_path: Path) -> Callable[[Any], Path]:
    count = 0

    def save_rows(rows: Any) -> Path:
        nonlocal count
        count += 1
        save(load(rows), tmp_path / f"p{count}.usqlstore")
        return tmp_path / f"p{count}.usqlstore"

    return save_rows


PARTS: list[list[Row]] = [
    [start(1, shop="north", city="Linz"), start(2, userActions=[{"name": "a", "step": 1}])],
    [],
    [start(3, shop="south", rank=1), start(4, userActions=[{"name": "b", "startTime": 9}])],
    [start(5, rank=2, stringProperties=[{"key": "k", "value": "v"}])],
    [start(6, stringProperties=[{"key": "a", "value": "w"}, {"key": "k", "value": "x"}])],
]


def test_fields_are_those_of_all_parts(saving: Callable[[Any], Path]) -> None:
    joined = load([saving(rows) for rows in PARTS])
    assert_same(joined, load([row for rows in PARTS for row in rows]))
    assert [f.name for f in joined.catalog.table("usersession").fields][-2:] == ["rank", "shop"]
    assert joined.catalog.property_keys["usersession", "stringProperties"] == ("a", "k")


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (1, 1.5, "double"),
        ("x", 2, "string"),
        ([1], [2.5], "double"),
        ([1], "x", "string"),
        ({"a": 1}, "x", "string"),
        ({"a": 1}, {"b": [2]}, "string"),
        (True, 1, "string"),
        ([], [1], "long"),
    ],
)
def test_fields_of_several_types_become_one(
    saving: Callable[[Any], Path], used: list[str], first: Any, second: Any, kind: str
) -> None:
    """What it becomes depends on the values: these are read at once, and no others."""
    one, other = [start(1, rank=first)], [start(2, rank=second), start(3)]
    whole = load([*one, *other])
    paths = [saving(one), saving(other)]
    used.clear()
    joined = load(paths)
    same_type = first.__class__ is dict and second.__class__ is dict
    assert used == ["keys.key"] * 2 + ["usersession.rank"] * (0 if same_type else 2)
    field = joined.catalog.table("usersession").get("rank")
    assert field is not None
    assert field.type.value == kind
    assert_same(joined, whole)
    assert_same(load([paths[0], pa_batches(other)]), whole)
    assert_same(load([pa_batches(one), paths[1]]), whole)


def pa_batches(rows: list[Row]) -> Any:
    """The rows as a store in memory of their own types."""
    return load(rows)


def test_values_that_no_type_holds_are_refused_when_stores_are_opened(
    saving: Callable[[Any], Path],
) -> None:
    whole = start(1, rank=2**53 + 1, userActions=[{"step": 2**53 + 1}])
    fraction = start(2, rank=0.5)
    with pytest.raises(DataError, match=rf"besides fractions the field has {2**53 + 1}") as caught:
        load([saving([whole]), saving([fraction])])
    assert caught.value.path == "rank"
    step = start(3, userActions=[{"step": 0.5}])
    with pytest.raises(DataError) as caught:
        load([saving([whole]), saving([step])])
    assert caught.value.path == "userActions.step"


def test_a_typed_field_without_values_takes_the_type_of_others(
    saving: Callable[[Any], Path],
) -> None:
    empty = pa.table({"userSessionId": ["a"], "rank": pa.array([None], pa.int64())})
    for other, kind in ((start(1, rank="x"), "string"), (start(1), "long")):
        field = load([saving(empty), saving([other])]).catalog.table("usersession").get("rank")
        assert field is not None
        assert field.type.value == kind


def test_times_of_sessions_without_a_start(saving: Callable[[Any], Path]) -> None:
    ends = {"userSessionId": "a", "endTime": 50}
    assert load([saving([ends]), saving([start(3)])]).span == (3, 51)
    assert load([saving([ends]), saving([{"city": "Linz"}])]).span == (0, 0)
    assert load([saving([start(7)]), saving([start(3)])]).span == (3, 8)


def test_rows_with_a_key_twice_are_counted_together(saving: Callable[[Any], Path]) -> None:
    def doubled(number: int, key: str = "k") -> Row:
        pairs = [{"key": "k", "value": "a"}, {"key": key, "value": "b"}]
        return start(number, stringProperties=pairs)

    one, other = saving([doubled(1), doubled(2)]), saving([doubled(3), doubled(4, "l")])
    told = "3 rows of usersession have a key of stringProperties more than once; the first value answers."
    assert load([one, other]).notes == (told,)
    assert load([one, pa_batches([doubled(3), doubled(4, "l")])]).notes == (told,)
    *others, last = load([one, saving([doubled(2), doubled(5)])], duplicates="drop").notes
    assert len(others) == 1
    assert last == told
    assert len(load([saving([doubled(1)]), saving([doubled(1)])], duplicates="drop").notes) == 2


def test_fields_of_old_exports_go_with_their_last_session(saving: Callable[[Any], Path]) -> None:
    def origin(store: Store) -> str:
        field = store.catalog.table("useraction").get("failedImages")
        assert field is not None
        return field.origin.value

    one = saving([start(1)])
    old = start(1, userActions=[{"name": "a", "failedImages": 1}])
    new = start(2, userActions=[{"name": "b"}])
    other = saving([old, new])
    assert origin(load([one, other])) == "data"
    dropped = load([one, other], duplicates="drop")
    assert origin(dropped) == "legacy"
    assert [*dropped.tables["useraction"].columns] == ["name"]
    assert_same(replace(dropped, notes=()), load([start(1), new]))
    kept = load([one, saving([old, start(2, userActions=old["userActions"])])], duplicates="drop")
    assert origin(kept) == "data"


# --- limits ---------------------------------------------------------------------------------------


@pytest.fixture
def budget(request: pytest.FixtureRequest) -> Iterator[Budget]:
    """Of so many bytes, for all sessions that are opened without a limit."""
    with shared_budget(request.param) as found:
        yield found


@pytest.mark.parametrize("budget", [10_000_000], indirect=True)
def test_joined_columns_count_until_the_sessions_are_gone(
    stores: list[Path], budget: Budget
) -> None:
    sessions = usql.open(stores)
    sessions.query("SELECT city, duration FROM usersession LIMIT 3")
    columns = sessions._store.tables["usersession"].columns
    assert (
        budget.held
        == budget.kept
        == merge.column_bytes(columns["city"]) + merge.column_bytes(columns["duration"])
    )
    held = budget.held
    # Values of enums are looked at for warnings, beside the query.
    assert not sessions.query('SELECT COUNT(*) FROM usersession WHERE city = "Linz"').diagnostics
    assert budget.kept == budget.held > held
    del sessions, columns
    assert (budget.held, budget.kept) == (0, 0)


@pytest.mark.parametrize("budget", [12_000], indirect=True)
def test_a_column_beyond_the_limit_is_refused(stores: list[Path], budget: Budget) -> None:
    sessions = usql.Sessions(load(stores))
    with pytest.raises(usql.UsqlError, match="of columns of several sources, more than the memory"):
        sessions.query("SELECT COUNT(name) FROM useraction")
    assert made(sessions._store) == {}
    assert budget.held == 0
    assert sessions.query("SELECT COUNT(*) FROM useraction").rows()[0][0] > 5000
    sessions = usql.Sessions(load(stores), memory_limit=60_000)
    told = []
    for name in ("duration", "type", "startTime", "application"):
        try:
            sessions.query(f"SELECT COUNT({name}) FROM useraction")
        except usql.UsqlError as error:
            told.append(str(error))
    assert told
    assert all("save the sessions as one store and open that" in text for text in told)


@pytest.mark.parametrize("budget", [10_000_000], indirect=True)
@pytest.mark.parametrize("reason", ["timeout", "cancelled"])
def test_joining_ends_with_its_query(
    stores: list[Path], monkeypatch: pytest.MonkeyPatch, budget: Budget, reason: str
) -> None:
    store = load(stores, tuning=StoreTuning(rows_merged_at_once=10))
    sessions = usql.Sessions(store, threads=1)
    sessions.query("SELECT COUNT(*) FROM usersession")
    steps = 0
    event = threading.Event()
    original = control.Control.check

    def check(self: control.Control) -> None:
        nonlocal steps
        steps += any("merge.py" in f.filename for f in _frames())
        if steps == 3:
            event.set()
            self.deadline = time.monotonic() - 1 if reason == "timeout" else None
        original(self)

    monkeypatch.setattr(control.Control, "check", check)
    options = {"timeout": 60} if reason == "timeout" else {"cancelled": event}
    with pytest.raises(usql.UsqlError) as caught:
        sessions.query("SELECT COUNT(city) FROM usersession", **options)
    assert caught.value.diagnostics[0].name == reason
    assert steps == 3
    assert made(sessions._store) == {}
    assert budget.kept == 0
    monkeypatch.undo()
    assert sessions.query("SELECT COUNT(city) FROM usersession").rows() == [[563]]


def _frames() -> list[Any]:
    import traceback

    return traceback.extract_stack(limit=4)


def test_who_waits_for_a_column_can_be_cancelled() -> None:
    """And whoever makes it goes on."""
    began, go_on, cancelled = threading.Event(), threading.Event(), threading.Event()

    def load_slowly() -> int:
        began.set()
        assert go_on.wait(30)
        return 1

    lazy = Lazy({"a": load_slowly})
    found: list[int] = []
    maker = threading.Thread(target=lambda: found.append(lazy["a"]))
    maker.start()
    assert began.wait(30)
    cancelled.set()
    with pytest.raises(Cancelled):
        lazy.load_for("a", control.Control(cancelled=cancelled))
    go_on.set()
    maker.join()
    assert found == [1]
    assert lazy.load_for("a", control.Control(cancelled=cancelled)) == 1


def test_several_queries_at_once(stores: list[Path], used: list[str]) -> None:
    """Each column is joined once, and every query has it."""
    sessions = usql.open(stores, threads=2)
    used.clear()
    text = "SELECT country, COUNT(useraction.name), MAX(duration) FROM usersession GROUP BY country LIMIT 5"
    expected = usql.open(stores).query(text).rows()
    used.clear()
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(sessions.query(text).rows()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 8
    assert len(used) == len(set(used)) * 3


def test_damaged_values_are_told_when_they_are_first_used(stores: list[Path]) -> None:
    file = stores[1] / "usersession.arrow"
    content = bytearray(file.read_bytes())
    batch = pa.ipc.open_file(pa.py_buffer(bytes(content))).get_batch(0)
    buffer = batch.column("duration").buffers()[1]
    place = bytes(content).index(buffer.to_pybytes())
    content[place] ^= 1
    file.write_bytes(content)
    sessions = usql.open(stores)
    assert sessions.query("SELECT COUNT(city) FROM usersession").rows() == [[563]]
    with pytest.raises(DataError, match="the file is damaged"):
        sessions.query("SELECT SUM(duration) FROM usersession")


# --- memory ---------------------------------------------------------------------------------------


def grown(paths: list[str], few: list[str]) -> tuple[int, int, int]:
    """By how many bytes joining some columns of stores makes this process grow, at most; the bytes
    of these columns, and of all that the stores have."""

    def joined(paths: list[str]) -> int:
        store = load(paths, threads=2)
        actions, sessions = (store.tables[name] for name in ("useraction", "usersession"))
        names = ("startTime", "endTime", "duration", "name", "type", "stringProperties")
        columns = [actions.columns[name] for name in names]
        columns += [sessions.columns[name] for name in ("userSessionId", "ip", "startTime")]
        assert actions.offsets is not None
        return sum(map(merge.column_bytes, columns)) + actions.offsets.nbytes

    joined(few)
    before = status("VmRSS")
    size = joined(paths)
    stored = sum(file.stat().st_size for path in paths for file in Path(path).iterdir())
    return status("VmHWM") - before, size, stored


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_joining_takes_memory_for_the_columns_that_are_used(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in ("a", "b", "few", "fewer")]
    for number, (path, count) in enumerate(zip(paths, (60_000, 60_000, 50, 50), strict=True)):
        save(load(generate(count, number)), path)
    code = f"from tests.unit.store.joined.test_stores import grown; print(*grown({paths[:2]!r}, {paths[2:]!r}))"
    root = str(Path(usql.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    most, joined, stored = map(int, done.stdout.split())
    assert joined < stored / 2
    assert most < 4 * joined


def test_joining_imports_no_pandas(stores: list[Path]) -> None:
    code = (
        "import sys, usql; "
        f"sessions = usql.open({[*map(str, stores)]!r}); "
        "sessions.query('SELECT COUNT(city), MAX(startTime) FROM usersession'); "
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
