"""Relations on the sample, with queries of every kind: sessions that fill morsels, blocks and indexes."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import usql
from tests.oracle.metamorphic.asking import OPTIONS, Asker
from tests.oracle.metamorphic.of_ways import Ways
from tests.oracle.metamorphic.trying import KINDS, attempt, questions
from tests.oracle.metamorphic.worlds import World
from tests.sampling import IS_LONG
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.made import mixed, stored
from usql.engine.runtime.tuning import Tuning
from usql.store import load

pytestmark = pytest.mark.usefixtures("checked")

SESSIONS = int(os.environ.get("USQL_SESSIONS") or (40_000 if IS_LONG else 10_000))
"""Enough actions for two threads, several morsels and every kind of index."""

ASKED = [
    *QUERIES,
    "SELECT name FROM useraction WHERE name NOT LIKE '*search*' AND type NOT IN ('Load', 'Xhr')",
    "SELECT city FROM usersession WHERE NOT country NOT STARTSWITH 'S' AND duration NOT BETWEEN 10 AND 90000",
    "SELECT MAX(duration), AVG(networkTime) FROM useraction WHERE name LIKE 'click?on*' OR application STARTSWITH 'S'",
]
FEW = 150
EVERY = 20
"""The fast tests try each so many questions of a kind."""


def try_all(kind: str, subject: Any, every: int = 1) -> set[str]:
    """Try the relations of a kind on all queries, and tell which of them said something."""
    said: Counter[str] = Counter()
    for question in questions(kind, ASKED)[::every]:
        attempt(kind, subject, question, said)
    return set(said)


SIZES = small.in_pieces(300) | small.INDEXED | small.ZONES


@pytest.mark.parametrize("kind", ["conditions", "tests", "queries"])
def test_relations_of_few(kind: str) -> None:
    data = small.opened(stored(FEW, 8), SIZES, threads=2)
    assert try_all(kind, Asker(data, OPTIONS), EVERY)


def test_ways_of_few() -> None:
    ways = Ways(load(mixed(FEW, 8)), OPTIONS, Tuning(**SIZES))
    assert try_all("ways", ways, 2) == set(KINDS["ways"])


def test_data_of_few(tmp_path: Path) -> None:
    assert try_all("data", World(mixed(FEW, 8), OPTIONS, tmp_path, mixed(15, 9)), EVERY)


@pytest.fixture(scope="module")
def many() -> usql.Sessions:
    return usql.sample(SESSIONS, seed=8)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["conditions", "tests"])
def test_relations_of_many(kind: str, many: usql.Sessions) -> None:
    assert try_all(kind, Asker(many, OPTIONS, most=300)) == set(KINDS[kind])


@pytest.mark.long
def test_queries_of_many() -> None:
    """Fewer, since every row of every answer is compared."""
    data = small.tuned(usql.sample(SESSIONS // 20, seed=8), small.in_pieces(5000) | small.INDEXED)
    asker = Asker(data, OPTIONS)
    assert try_all("queries", asker) == set(KINDS["queries"])


@pytest.mark.long
def test_ways_of_many(many: usql.Sessions) -> None:
    assert try_all("ways", Ways(many._store, OPTIONS)) == set(KINDS["ways"])


@pytest.mark.long
def test_data_of_many(tmp_path: Path) -> None:
    objects = mixed(SESSIONS // 50, 8)
    assert try_all("data", World(objects, OPTIONS, tmp_path, mixed(15, 9))) == set(KINDS["data"])
