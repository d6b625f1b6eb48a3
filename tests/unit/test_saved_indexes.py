"""Indexes over their life: built by queries, told by EXPLAIN, saved, found again, kept in a budget."""

from __future__ import annotations

from pathlib import Path

import pytest

import usql
from tests.unit.engine.pieces import INDEXED, kept_indexes, opened, tuned
from usql.engine.runtime.index_cache import bytes_of
from usql.engine.runtime.tuning import Tuning

QUERIES = [
    'SELECT COUNT(*) FROM usersession WHERE useraction.name LIKE "*search*"',
    'SELECT userSessionId FROM usersession WHERE country = "Spain" ORDER BY duration LIMIT 5',
    "SELECT country, city, COUNT(*) FROM usersession GROUP BY country, city",
    "SELECT name, AVG(duration), MEDIAN(duration), MAX(duration) FROM useraction GROUP BY name",
    "SELECT country, COUNT(DISTINCT userId) FROM usersession GROUP BY country",
    "SELECT useraction.type, COUNT(*), MAX(duration) FROM usersession GROUP BY useraction.type",
    "SELECT bounce, AVG(duration) FROM usersession WHERE newUser = TRUE GROUP BY bounce",
    'SELECT DATETIME(startTime, "HH:mm", "15m") AS t, AVG(duration) FROM usersession GROUP BY t',
]
NAMES = {
    "sessions with useraction.name in",
    "rows with usersession.country in",
    "sizes of usersession by usersession.country, usersession.city",
    "sorted values of useraction by useraction.name with useraction.duration",
    "distinct values of usersession by usersession.country with usersession.userId",
    "members of usersession by useraction.type",
    "totals of usersession by usersession.newUser, usersession.bounce with usersession.duration",
    "minutes of usersession.startTime",
    "running sums of usersession.duration",
}


def rows(sessions: usql.Sessions) -> list[list[list[object]]]:
    return [sessions.query(q, profile="offline").rows() for q in QUERIES]


def names(sessions: usql.Sessions) -> set[str]:
    kept = kept_indexes(sessions)
    return {prefix for prefix in NAMES for name in kept if name.startswith(prefix)}


def size_of(sessions: usql.Sessions) -> int:
    return sum(map(bytes_of, kept_indexes(sessions).values()))


def test_indexes_are_saved_found_again_and_change_no_answer(tmp_path: Path) -> None:
    tuning = Tuning(**INDEXED)
    plain = usql.Sessions(usql.sample(400, seed=3)._store, index_memory=0, tuning=tuning)
    expected = rows(plain)
    assert names(plain) == set()
    indexed = usql.Sessions(plain._store, tuning=tuning)
    assert rows(indexed) == expected
    assert names(indexed) == NAMES
    assert rows(indexed) == expected

    indexed.save(tmp_path / "with", indexes=True)
    indexed.save(tmp_path / "without")
    again = opened(tmp_path / "with", INDEXED)
    assert set(again._store.indexes) == set(kept_indexes(indexed))
    assert names(again) == set()  # none is read before it is used
    assert rows(again) == expected
    assert names(again) == NAMES
    assert not opened(tmp_path / "without", INDEXED)._store.indexes
    assert rows(opened(tmp_path / "with", INDEXED, index_memory=0)) == expected


def test_a_budget_is_kept(tmp_path: Path) -> None:
    tuning = Tuning(**INDEXED)
    store = usql.sample(400, seed=3)._store
    whole = usql.Sessions(store, tuning=tuning)
    expected = rows(whole)
    most = size_of(whole)
    for budget in (1, most // 10, most // 2):
        small = usql.Sessions(store, index_memory=budget, tuning=tuning)
        assert rows(small) == expected
        assert size_of(small) <= budget
        assert rows(small) == expected


def test_explain_names_the_indexes_that_serve() -> None:
    sessions = tuned(usql.sample(400, seed=3), INDEXED)
    assert "indexes" not in sessions.explain(QUERIES[0])
    assert not kept_indexes(sessions)  # explaining builds nothing
    sessions.query(QUERIES[0])
    assert "indexes: sessions with useraction.name in" in sessions.explain(QUERIES[0])
    shown = sessions.explain(QUERIES[2], analyze=True)
    assert "indexes: sizes of usersession by usersession.country" in shown


def test_reading_the_first_rows_builds_no_index() -> None:
    sessions = tuned(usql.sample(400, seed=3), INDEXED)
    sessions.query('SELECT city FROM usersession WHERE country = "Spain" LIMIT 2')
    assert not kept_indexes(sessions)


@pytest.mark.parametrize("wrong", [{"index_memory": -1}, {"threads": 0}, {"memory_limit": 0}])
def test_wrong_options(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must be a whole number of at least [01], not"):
        usql.open([{"city": "Linz"}], **wrong)  # type: ignore[arg-type]
