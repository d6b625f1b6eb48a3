"""What queries give and raise goes to other processes and back, and can be copied."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import usql
from usql.catalog import default_catalog
from usql.samples import generate
from usql.store.lazy import Lazy

TRIPS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "old pickle": lambda value: pickle.loads(pickle.dumps(value, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
REFUSED = "SELECT cty FROM usersession WHERE city = Linz"
GOOD = "SELECT COUNT(*) FROM usersession"


@pytest.fixture(params=list(TRIPS.values()), ids=list(TRIPS))
def trip(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return request.param


@pytest.fixture(scope="module")
def sessions() -> usql.Sessions:
    return usql.sample(sessions=20)


def refused(sessions: usql.Sessions, text: str = REFUSED) -> usql.UsqlError:
    with pytest.raises(usql.UsqlError) as caught:
        sessions.query(text)
    return caught.value


def bad_data(data: Any) -> usql.DataError:
    with pytest.raises(usql.DataError) as caught:
        usql.open(data)
    return caught.value


def test_a_refused_query(sessions: usql.Sessions, trip: Callable[[Any], Any]) -> None:
    error = refused(sessions)
    error.add_note("asked by the dashboard")
    made = trip(error)
    assert type(made) is usql.UsqlError
    assert (made.text, made.diagnostics, str(made)) == (REFUSED, error.diagnostics, str(error))
    assert len(made.diagnostics) == 2
    assert made.diagnostics[0].fixes[0].edits[0].span == usql.Span(7, 10)
    assert made.__notes__ == ["asked by the dashboard"]


def test_bad_data(tmp_path: Path, trip: Callable[[Any], Any]) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_text('{"userSessionId": "a"}\n{"userSessionId": "b", "duration": "long"}\n')
    error = bad_data(path)
    made = trip(error)
    assert type(made) is usql.DataError
    assert (made.source, made.line, made.path) == (str(path), 2, "duration")
    assert vars(made) == vars(error)
    assert str(made) == str(error)


def test_tracebacks_and_warnings_name_what_can_be_imported() -> None:
    for name in ("UsqlError", "DataError", "LimitWarning"):
        assert repr(getattr(usql, name)) == f"<class 'usql.{name}'>"


ASKED = [
    "SELECT userSessionId, city, startTime, useraction.name, stringProperties FROM usersession LIMIT 3",
    "SELECT userType, COUNT(*), AVG(duration) FROM usersession GROUP BY userType LIMIT 1",
    "SELECT FUNNEL(bounce = true, duration > 5) FROM usersession",
    "SELECT city FROM usersession WHERE userType = 'REAL_USR'",
    "SELECT JSON FROM useraction LIMIT 2",
]


@pytest.mark.parametrize("text", ASKED)
def test_results(sessions: usql.Sessions, trip: Callable[[Any], Any], text: str) -> None:
    found = sessions.query(text)
    made = trip(sessions.query(text))
    assert type(made) is usql.Result
    assert made.rows() == found.rows()
    assert made.schema == found.schema
    assert made.to_arrow() == found.to_arrow()
    assert made.funnel == found.funnel
    assert (made.text, made.total_rows, made.limit_note) == (text, found.total_rows, None)
    assert made.explanations == found.explanations
    assert made.diagnostics == found.diagnostics
    response = found.to_table_response(explain=True, deep_links=True)
    assert made.to_table_response(explain=True, deep_links=True) == response
    assert ("additionalValues" in response) == ("FUNNEL" not in text and "COUNT" not in text)
    assert str(made) == str(found)


def test_the_sessions_are_let_go_when_a_result_has_all_it_needs(sessions: usql.Sessions) -> None:
    size = len(pickle.dumps(sessions.query("SELECT city FROM usersession LIMIT 1")))
    assert size < 5000


def test_problems(trip: Callable[[Any], Any]) -> None:
    found = usql.check(REFUSED)
    assert trip(found) == found
    assert trip(found[0].severity) is usql.Severity.ERROR


def test_catalogs(sessions: usql.Sessions, tmp_path: Path, trip: Callable[[Any], Any]) -> None:
    sessions.save(tmp_path / "s.usqlstore")
    for catalog in (
        default_catalog(), sessions.catalog, usql.open(tmp_path / "s.usqlstore").catalog,
    ):  # fmt: skip
        made = trip(catalog)
        assert made.tables == catalog.tables
        assert dict(made.property_keys) == dict(catalog.property_keys)
        assert made.table("useraction").get("NAME") == catalog.table("useraction").get("name")
        assert made.table("usersession").refusal("tenantId") is not None


def test_what_is_made_when_it_is_asked_for_is_made_before_it_travels(
    trip: Callable[[Any], Any],
) -> None:
    made = trip(Lazy({"a": lambda: 1, "b": lambda: 2}))
    assert made == {"a": 1, "b": 2}


# --- pools ----------------------------------------------------------------------------------------


def ask(text: str) -> list[list[Any]]:
    """What a worker does: it has sessions of its own."""
    return usql.sample(sessions=20).query(text).rows()


def result_of(text: str) -> usql.Result:
    return usql.sample(sessions=20).query(text)


def load(data: Any) -> int:
    return len(usql.open(data))


METHODS = [m for m in ("spawn", "fork") if m in multiprocessing.get_all_start_methods()]


@pytest.mark.parametrize("method", METHODS)
def test_an_executor_goes_on_after_a_refused_query(method: str) -> None:
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        with pytest.raises(usql.UsqlError, match="USQL202") as caught:
            pool.submit(ask, REFUSED).result(60)
        assert caught.value.text == REFUSED
        with pytest.raises(usql.DataError, match="duration"):
            pool.submit(load, [{"userSessionId": "a", "duration": "long"}]).result(60)
        assert pool.submit(ask, GOOD).result(60) == [[20]]
        found = pool.submit(result_of, ASKED[0]).result(60)
    assert found.rows() == ask(ASKED[0])
    assert found.to_table_response(deep_links=True)["additionalValues"]


@pytest.mark.parametrize("method", METHODS)
def test_a_pool_goes_on_after_a_refused_query(method: str) -> None:
    with multiprocessing.get_context(method).Pool(1) as pool:
        with pytest.raises(usql.UsqlError, match="USQL202"):
            pool.map_async(ask, [REFUSED]).get(60)
        with pytest.raises(usql.DataError, match="duration"):
            pool.map_async(load, [[{"userSessionId": "a", "duration": "long"}]]).get(60)
        assert pool.map_async(ask, [GOOD]).get(60) == [[[20]]]
        assert pool.map_async(result_of, [ASKED[1]]).get(60)[0].rows() == ask(ASKED[1])


# --- sessions -------------------------------------------------------------------------------------


@pytest.fixture
def saved(sessions: usql.Sessions, tmp_path: Path) -> Path:
    sessions.save(tmp_path / "s.usqlstore")
    return tmp_path / "s.usqlstore"


def names(sessions: usql.Sessions) -> list[list[Any]]:
    return sessions.query("SELECT userSessionId, city FROM usersession").rows()


def limits(sessions: usql.Sessions) -> object:
    return sessions._limits


def test_sessions_of_a_saved_store(
    saved: Path, monkeypatch: pytest.MonkeyPatch, trip: Callable[[Any], Any]
) -> None:
    """By the absolute path, and with the options of opening."""
    monkeypatch.chdir(saved.parent)
    opened = usql.open(saved.name, threads=1, memory_limit=10**8, index_memory=0)
    monkeypatch.chdir(saved)
    made = trip(opened)
    assert names(made) == names(opened)
    assert limits(made) == {"threads": 1, "memory_limit": 10**8, "index_memory": 0}
    assert len(pickle.dumps(opened)) < 1000


def test_spawned_processes_ask_one_store(saved: Path) -> None:
    opened = usql.open(saved)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(names, [opened] * 3)) == [names(opened)] * 3
    with context.Pool(1) as workers:
        assert workers.apply(names, (opened,)) == names(opened)


def test_notes_go_along(saved: Path) -> None:
    (saved.parent / "list.bz2").write_bytes(b"")
    opened = usql.open(saved.parent)
    assert opened.notes
    assert pickle.loads(pickle.dumps(opened)).notes == opened.notes


def test_a_store_that_was_saved_anew_is_not_taken_for_the_old(
    saved: Path, sessions: usql.Sessions
) -> None:
    text = pickle.dumps(usql.open(saved))
    sessions.save(saved)
    with pytest.raises(
        usql.DataError, match="saved again since these sessions were opened"
    ) as caught:
        pickle.loads(text)
    assert caught.value.source == str(saved)
    shutil.rmtree(saved)
    with pytest.raises(usql.DataError, match="there is no saved store"):
        pickle.loads(text)


def test_other_sessions_say_what_to_do(sessions: usql.Sessions, saved: Path) -> None:
    for given in (sessions, usql.open([saved, generate(3, 2)])):
        with pytest.raises(pickle.PicklingError, match=r"save them with sessions\.save\('NAME"):
            pickle.dumps(given)
        assert copy.copy(given) is given
        assert copy.deepcopy([given]) == [given]
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as pool,
        pytest.raises(pickle.PicklingError, match="cannot be pickled"),
    ):
        pool.submit(names, sessions).result()
