"""Indexes are built, used, kept within their budget and saved, and change no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import usql
from tests.compare import equal
from tests.engine import pieces as small
from tests.engine.asked import QUERIES
from tests.engine.made import mixed
from tests.engine.test_pieces import answer, wrong_answers
from usql.engine.indexes import Indexes, size_of


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    data = usql.open(mixed(200, 4), threads=1, index_memory=0)
    return [answer(data, text, number) for number, text in enumerate(QUERIES)]


@pytest.fixture(autouse=True)
def _few_rows() -> Iterator[None]:
    with small.pieces(500, small.INDEXED):
        yield


def indexes_of(data: usql.Sessions) -> Indexes:
    return data._engine._derived.indexes


def test_queries_leave_indexes_of_each_kind(expected: list[Any]) -> None:
    data = usql.open(mixed(200, 4))
    assert not wrong_answers(data, expected, 1)
    built = indexes_of(data).all()
    kinds = {name.split(" of ")[0] for name in built if " of " in name}
    assert {"sizes", "sorted values", "distinct values", "members"} <= kinds
    assert any(" in " in name for name in built)
    assert indexes_of(data).nbytes == sum(map(size_of, built.values()))


def test_saved_indexes_answer_after_opening(tmp_path: Path, expected: list[Any]) -> None:
    data = usql.open(mixed(200, 4))
    wrong_answers(data, expected, 1)
    names = set(indexes_of(data).all())
    data.save(tmp_path / "with", indexes=True)
    data.save(tmp_path / "without")
    opened = usql.open(tmp_path / "with")
    assert not wrong_answers(opened, expected, 2)
    assert set(indexes_of(opened).all()) == names
    for folder in ("with", "without"):
        plain = usql.open(tmp_path / folder, index_memory=0)
        assert not wrong_answers(plain, expected, 1)
        assert not indexes_of(plain).all()


@pytest.mark.parametrize("budget", [1, 3000])
def test_the_budget_holds(budget: int, expected: list[Any]) -> None:
    data = usql.open(mixed(200, 4), index_memory=budget)
    for number, text in enumerate(QUERIES):
        assert equal(answer(data, text, number), expected[number])
        assert indexes_of(data).nbytes <= budget


def test_the_least_recently_used_index_leaves() -> None:
    kept = Indexes(100, {})
    for name in "abc":
        kept.get(name, lambda: {"x": np.zeros(30, np.uint8)})
    assert kept.find("a") is not None
    kept.get("d", lambda: {"x": np.zeros(30, np.uint8)})
    assert set(kept.all()) == {"a", "c", "d"}
    kept.get("large", lambda: {"x": np.zeros(101, np.uint8)})
    assert set(kept.all()) == {"a", "c", "d"}
    assert kept.nbytes == 90


_ORDERED = 'SELECT userSessionId, DATETIME(startTime, "HH") AS hour FROM usersession WHERE country = "Austria" ORDER BY '


def orders_of(data: usql.Sessions) -> list[str]:
    return [name for name in indexes_of(data).all() if " in the order of " in name]


@pytest.mark.parametrize(
    "order", ["duration", "duration DESC", "browserFamily DESC, duration", "longProperties.items"]
)
def test_an_order_is_kept_and_found_by_a_limit(order: str) -> None:
    data, plain = usql.open(mixed(200, 4)), usql.open(mixed(200, 4), index_memory=0)
    for limit in ("", " LIMIT 1000", " LIMIT 3", " LIMIT 1"):
        for _ in range(2):
            text = f"{_ORDERED}{order}{limit}"
            found, expected = (d.query(text, profile="offline").rows() for d in (data, plain))
            assert found == expected
    (name,) = orders_of(data)
    assert name.count("cending") == 1 + order.count(",")
    assert name in data.explain(f"{_ORDERED}{order} LIMIT 2", analyze=True)


def test_only_an_order_of_all_rows_is_kept() -> None:
    data = usql.open(mixed(200, 4))
    data.query(f"{_ORDERED}duration LIMIT 3")
    assert not orders_of(data)
    data.query(f"{_ORDERED}duration LIMIT 1000")
    assert orders_of(data)


@pytest.mark.parametrize("order", ["hour", "useraction.duration", "duration + 1"])
def test_an_order_by_more_than_fields_is_not_kept(order: str) -> None:
    data, plain = usql.open(mixed(200, 4)), usql.open(mixed(200, 4), index_memory=0)
    for _ in range(2):
        found, expected = (
            d.query(f"{_ORDERED}{order}", profile="offline").rows() for d in (data, plain)
        )
        assert found == expected
    assert not orders_of(data)


def test_an_index_that_is_not_worth_it_is_none() -> None:
    kept = Indexes(100, {})
    assert kept.get("a", lambda: None) is None
    assert Indexes(0, {"a": {"x": np.zeros(3)}}).get("a", lambda: {"x": np.zeros(3)}) is None


def test_a_field_without_any_value_has_no_least_value() -> None:
    rows = [{"startTime": number, "country": "AB"[number % 2]} for number in range(10)]
    text = (
        "SELECT country, MIN(duration), MAX(duration), MEDIAN(duration), AVG(duration) "
        "FROM usersession GROUP BY country ORDER BY country"
    )
    data = usql.open(rows)
    for _ in range(2):
        assert data.query(text).rows() == [[key, None, None, None, None] for key in "AB"]
    assert any(name.startswith("sorted values") for name in indexes_of(data).all())
