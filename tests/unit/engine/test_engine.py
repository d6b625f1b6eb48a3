"""The engine's settings: what it is given, what it takes from the machine, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import usql
from tests.unit.engine import pieces as small
from tests.unit.engine.made import stored
from usql.engine import Engine
from usql.engine.runtime.limits import Budget, process_budget
from usql.store import Store, load

QUERY = 'SELECT COUNT(*) FROM usersession WHERE country = "Austria"'


@pytest.fixture(scope="module")
def store() -> Store:
    return load([{"city": "Linz"}])


@pytest.fixture
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usql.engine.available", lambda: 7)
    monkeypatch.setattr("usql.engine.machine_memory", lambda: 8001)


@pytest.fixture
def _machine_of_its_own(_machine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The budget of the process is made anew for the machine, and again after the test."""
    monkeypatch.setattr("usql.engine.runtime.limits.machine_memory", lambda: 8001)
    process_budget.cache_clear()
    yield
    process_budget.cache_clear()


def budget_of(engine: Engine) -> Budget | None:
    with engine.accessing(small.prepared_of(engine.store, QUERY).prepared) as access:
        return access.control.budget


def settings(engine: Engine) -> tuple[int, int, int]:
    """The threads of a run, its budget, and that of the indexes that it keeps."""
    with engine.accessing(small.prepared_of(engine.store, QUERY).prepared) as access:
        budget = access.control.budget
        assert budget is not None
        return access.control.threads, budget.limit, access.cache.indexes.budget


@pytest.mark.usefixtures("_machine_of_its_own")
def test_engines_without_a_limit_share_half_of_the_machine(store: Store) -> None:
    assert budget_of(Engine(store)) is budget_of(Engine(store)) is process_budget()
    assert budget_of(Engine(store, memory_limit=5)) is not budget_of(Engine(store, memory_limit=5))


@pytest.mark.usefixtures("_machine")
def test_indexes_have_a_quarter_of_a_memory_limit(store: Store) -> None:
    assert settings(Engine(store, memory_limit=400)) == (7, 400, 100)
    assert settings(Engine(store, memory_limit=9000)) == (7, 9000, 1000)
    assert settings(Engine(store, memory_limit=9000, index_memory=4500)) == (7, 9000, 4500)


@pytest.mark.usefixtures("_machine_of_its_own")
def test_what_is_not_given_comes_from_the_machine(store: Store) -> None:
    found = settings(Engine(store))
    assert found == (7, 4000, 1000)
    assert all(type(number) is int for number in found)
    assert settings(Engine(store, 3, 5, 0)) == (3, 5, 0)
    assert settings(Engine(store, 1, 1, 0)) == (1, 1, 0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ((0, 5, 5), "^threads must be a whole number of at least 1, not 0$"),
        ((3, 0, 5), "^memory_limit must be a whole number of at least 1, not 0$"),
        ((3, 5, -1), "^index_memory must be a whole number of at least 0, not -1$"),
        ((0, 0, 5), "^threads "),
        ((3, 0, -1), "^memory_limit "),
    ],
)
def test_wrong_settings_are_refused(store: Store, wrong: tuple[int, int, int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Engine(store, *wrong)


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan")])
def test_a_timeout_is_not_negative(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be a number of seconds"):
        usql.open([{"city": "Linz"}]).query(QUERY, timeout=timeout)


def test_what_a_timeout_stops() -> None:
    sessions = usql.Sessions(stored(200, 4))
    expected = sessions.query(QUERY).rows()
    for timeout in (0.9, 60, float("inf")):
        assert sessions.query(QUERY, timeout=timeout).rows() == expected
    with pytest.raises(usql.UsqlError, match="USQL802"):
        sessions.query(QUERY, timeout=0)


@pytest.fixture
def indexed() -> usql.Sessions:
    return small.opened(stored(200, 4), small.in_pieces(500) | small.INDEXED)


def test_explain_alone_builds_nothing(indexed: usql.Sessions) -> None:
    def kept() -> dict[str, Any]:
        return small.kept_indexes(indexed)

    assert "time:" not in indexed.explain(QUERY)
    assert not kept()
    assert "time:" in indexed.explain(QUERY, analyze=True)
    assert kept()


def test_explain_tells_what_is_left_out_once() -> None:
    """At the filter, which decides it, and not at the scan below."""
    rows = [{"startTime": number, "userActions": [{}] * 3} for number in range(20_000)]
    shown = usql.open(rows).explain("SELECT COUNT(*) FROM usersession WHERE startTime < 100")
    assert shown.count("morsels: 1 of 3, the others lie outside") == 1
    assert shown.index("morsels") < shown.index("Scan")
