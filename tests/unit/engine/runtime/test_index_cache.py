"""Indexes are built, used, kept within their budget and saved, and change no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import usql
from tests.compare import equal
from tests.unit.engine import pieces as small
from tests.unit.engine.asked import QUERIES
from tests.unit.engine.columns import numbers, row_numbers, texts
from tests.unit.engine.made import stored
from tests.unit.engine.test_pieces import answer, wrong_answers
from usql.analysis.bound import Constant, FieldRef, OneOf, OrderBy, Range
from usql.catalog.model import FieldType
from usql.engine.rows.conditions import Node
from usql.engine.rows.predicates import Rows, compile_predicate
from usql.engine.rows.row_indexes import RowIds, digest, in_order, node_of, rows_of, rows_that_fit
from usql.engine.runtime.budgeted_cache import BudgetedCache
from usql.engine.runtime.index_cache import Indexes, bytes_of, label, name_of
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    data = usql.Sessions(stored(200, 4), threads=1, index_memory=0)
    return [answer(data, text, number) for number, text in enumerate(QUERIES)]


SIZES = small.in_pieces(500) | small.INDEXED


def size_of(indexes: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(map(bytes_of, indexes.values()))


def test_queries_leave_indexes_of_each_kind(expected: list[Any]) -> None:
    data = small.opened(stored(200, 4), SIZES)
    assert not wrong_answers(data, expected, 1)
    built = small.kept_indexes(data)
    kinds = {name.split(" of ")[0] for name in built if " of " in name}
    assert {"sizes", "sorted values", "distinct values", "members"} <= kinds
    assert any(" in " in name for name in built)


def test_saved_indexes_answer_after_opening(tmp_path: Path, expected: list[Any]) -> None:
    data = small.opened(stored(200, 4), SIZES)
    wrong_answers(data, expected, 1)
    names = set(small.kept_indexes(data))
    data.save(tmp_path / "with", indexes=True)
    data.save(tmp_path / "without")
    opened = small.opened(tmp_path / "with", SIZES)
    assert not wrong_answers(opened, expected, 2)
    assert set(small.kept_indexes(opened)) == names
    for folder in ("with", "without"):
        plain = small.opened(tmp_path / folder, SIZES, index_memory=0)
        assert not wrong_answers(plain, expected, 1)
        assert not small.kept_indexes(plain)


@pytest.mark.parametrize("budget", [1, 3000])
def test_the_budget_holds(budget: int, expected: list[Any]) -> None:
    data = small.opened(stored(200, 4), SIZES, index_memory=budget)
    for number, text in enumerate(QUERIES):
        assert equal(answer(data, text, number), expected[number])
        assert size_of(data._engine.saved_indexes()) <= budget


def test_the_least_recently_used_index_leaves() -> None:
    kept = Indexes(BudgetedCache(100), {})
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
    return [name for name in small.kept_indexes(data) if " in the order of " in name]


@pytest.mark.parametrize(
    "order", ["duration", "duration DESC", "browserFamily DESC, duration", "longProperties.items"]
)
def test_an_order_is_kept_and_found_by_a_limit(order: str) -> None:
    data, plain = (
        small.opened(stored(200, 4), SIZES),
        small.opened(stored(200, 4), SIZES, index_memory=0),
    )
    for limit in ("", " LIMIT 1000", " LIMIT 3", " LIMIT 1"):
        for _ in range(2):
            text = f"{_ORDERED}{order}{limit}"
            found, expected = (d.query(text, profile="offline").rows() for d in (data, plain))
            assert found == expected
    (name,) = orders_of(data)
    assert name.count("cending") == 1 + order.count(",")
    assert name in data.explain(f"{_ORDERED}{order} LIMIT 2", analyze=True)


def test_only_an_order_of_all_rows_is_kept() -> None:
    data = small.opened(stored(200, 4), SIZES)
    data.query(f"{_ORDERED}duration LIMIT 3")
    assert not orders_of(data)
    data.query(f"{_ORDERED}duration LIMIT 1000")
    assert orders_of(data)


@pytest.mark.parametrize("order", ["hour", "useraction.duration", "duration + 1"])
def test_an_order_by_more_than_fields_is_not_kept(order: str) -> None:
    data, plain = (
        small.opened(stored(200, 4), SIZES),
        small.opened(stored(200, 4), SIZES, index_memory=0),
    )
    for _ in range(2):
        found, expected = (
            d.query(f"{_ORDERED}{order}", profile="offline").rows() for d in (data, plain)
        )
        assert found == expected
    assert not orders_of(data)


def test_an_index_that_is_not_worth_it_is_none() -> None:
    kept = Indexes(BudgetedCache(100), {})
    assert kept.get("a", lambda: None) is None
    assert (
        Indexes(BudgetedCache(0), {"a": {"x": np.zeros(3)}}).get("a", lambda: {"x": np.zeros(3)})
        is None
    )


def test_a_field_without_any_value_has_no_least_value() -> None:
    rows = [{"startTime": number, "country": "AB"[number % 2]} for number in range(10)]
    text = (
        "SELECT country, MIN(duration), MAX(duration), MEDIAN(duration), AVG(duration) "
        "FROM usersession GROUP BY country ORDER BY country"
    )
    data = small.opened(rows, SIZES)
    for _ in range(2):
        assert data.query(text).rows() == [[key, None, None, None, None] for key in "AB"]
    assert any(name.startswith("sorted values") for name in small.kept_indexes(data))


# --- names and budget -----------------------------------------------------------------------------


def named(name: str, key: str | None = None) -> FieldRef:
    return FieldRef("usersession", name, key, FieldType.LONG, is_list=False, multi=False)


CITY, BOUNCE = named("city"), named("bounce")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (((CITY,),), "sizes of usersession by usersession.city"),
        (((CITY, BOUNCE),), "sizes of usersession by usersession.city, usersession.bounce"),
        (((),), "sizes of usersession by all"),
        (((), CITY), "sizes of usersession by all with usersession.city"),
        (
            ((CITY,), BOUNCE, 64),
            "sizes of usersession by usersession.city and blocks of 64 with usersession.bounce",
        ),
        (((CITY,), None, 0), "sizes of usersession by usersession.city and blocks of 0"),
    ],
)
def test_the_name_tells_what_an_index_is_of(arguments: Any, name: str) -> None:
    assert name_of("sizes", "usersession", *arguments) == name


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (None, "usersession.p"),
        ("tier", "usersession.p.tier"),
        ("a.b", 'usersession.p."a.b"'),
        ('a"b', 'usersession.p."a\\"b"'),
        ("東 京", 'usersession.p."東 京"'),
        ("", 'usersession.p.""'),
    ],
)
def test_a_key_of_any_characters_stands_in_quotes(key: str | None, text: str) -> None:
    assert label(named("p", key)) == text


def arrays(size: int) -> dict[str, Any]:
    return {"x": np.zeros(size // 2, np.uint8), "y": np.zeros(size - size // 2, np.uint8)}


def test_the_bytes_of_an_index_are_those_of_its_arrays() -> None:
    assert bytes_of(arrays(31)) == 31
    assert bytes_of({"x": np.zeros(3, np.int32)}) == 12
    assert bytes_of({}) == 0


def test_an_index_is_made_once() -> None:
    kept = Indexes(BudgetedCache(100), {})
    assert kept.find("a") is None
    first = kept.get("a", lambda: arrays(10))
    assert first is not None
    assert kept.get("a", lambda: pytest.fail("made again")) is first
    assert kept.find("a") is first
    assert kept.nbytes == 10


def test_an_index_that_fills_the_budget_is_kept() -> None:
    kept = Indexes(BudgetedCache(100), {})
    kept.get("a", lambda: arrays(60))
    kept.get("b", lambda: arrays(40))
    assert (set(kept.all()), kept.nbytes) == ({"a", "b"}, 100)
    kept.get("c", lambda: arrays(1))
    assert (set(kept.all()), kept.nbytes) == ({"b", "c"}, 41)
    kept.get("d", lambda: arrays(100))
    assert (set(kept.all()), kept.nbytes) == ({"d"}, 100)
    made = kept.get("e", lambda: arrays(101))
    assert made is not None
    assert bytes_of(made) == 101  # it serves, though it is not kept
    assert (set(kept.all()), kept.nbytes) == ({"d"}, 100)


def test_of_two_that_are_made_at_once_the_first_is_kept() -> None:
    kept = Indexes(BudgetedCache(100), {})
    inner = arrays(20)

    def make() -> Any:
        kept.get("a", lambda: inner)
        return arrays(30)

    assert kept.get("a", make) is inner
    assert (kept.find("a"), kept.nbytes) == (inner, 20)


def test_saved_indexes_count_when_they_are_used() -> None:
    saved = {"a": arrays(60), "b": arrays(60)}
    kept = Indexes(BudgetedCache(100), saved)
    assert (kept.nbytes, kept.all()) == (0, {})
    found = kept.get("a", lambda: pytest.fail("made again"))
    assert found == saved["a"]
    assert kept.find("a") is found
    assert kept.nbytes == 60
    kept.find("b")
    assert set(kept.all()) == {"b"}
    assert kept.find("a") == saved["a"]
    assert (set(kept.all()), kept.nbytes) == ({"a"}, 60)
    assert Indexes(BudgetedCache(0), saved).find("a") is None


# --- rows that fit --------------------------------------------------------------------------------

HITS: list[list[int]] = [[], [0], [2, 5, 39], [7], [39], [0, 1, 2, 3]]


@dataclass(frozen=True, eq=False)
class Given(Node):
    """A node of rows that are known."""

    chosen: list[int]
    zoned: bool = False

    def mask(self, rows: Rows) -> Any:
        assert isinstance(rows, slice)
        return np.array([row in self.chosen for row in row_numbers(rows)], dtype=np.bool_)

    def row_ids(self, rows: slice) -> None:
        return None

    def verdict(self, rows: slice) -> None:
        return None


@pytest.mark.parametrize("few", [1, 8, 1000])
@pytest.mark.parametrize("step", [1, 7, 40, 64])
@pytest.mark.parametrize("chosen", HITS)
def test_the_rows_that_fit(chosen: list[int], step: int, few: int) -> None:
    """As a list while they are few, else as flags; both say the same of any rows."""
    built = rows_that_fit(
        Given(chosen),
        40,
        Control(2, tuning=Tuning(indexed_rows_at_once=step, few_listed_one_in=few)),
    )
    assert set(built) == ({"flags"} if len(chosen) * few > 40 else {"rows"})
    node = node_of("a name", built)
    assert node.name == "a name"
    assert not node.zoned
    for rows in (slice(0, 40), slice(2, 6), slice(39, 40), slice(5, 5), slice(3, 39)):
        expected = [row for row in row_numbers(rows) if row in chosen]
        assert node.mask(rows).tolist() == [row in chosen for row in row_numbers(rows)]
        assert node.verdict(rows) is None
        matches = node.row_ids(rows)
        if "rows" in built:
            assert matches is not None
            assert matches.tolist() == expected
            assert matches.dtype == np.int64
        else:
            assert matches is None
    for some in ([], [0], [39, 2], [5, 6, 7], list(range(40))):
        numbered = node.mask(np.array(some, dtype=np.int64))
        assert numbered.tolist() == [row in chosen for row in some]
        assert numbered.dtype == np.bool_


def test_the_list_of_rows_is_narrow() -> None:
    """The limits of a range are of its type, too."""
    for rows, kind in ((255, "u1"), (256, "u2"), (70_000, "u4")):
        built = rows_that_fit(Given([3, rows - 1]), rows, Control(1))
        assert built["rows"].tolist() == [3, rows - 1]
        assert built["rows"].dtype == np.dtype(kind)
        node = node_of("a name", built)
        assert isinstance(node, RowIds)
        assert node.row_ids(slice(0, rows)).tolist() == [3, rows - 1]
        assert node.row_ids(slice(4, rows)).tolist() == [rows - 1]


def test_masks_are_the_callers_own() -> None:
    """A conjunction writes into the first mask."""
    for few in (0, 8):
        node = node_of(
            "a name",
            rows_that_fit(
                Given([1, 2]), 4, Control(1, tuning=Tuning(few_listed_one_in=few or 1 << 62))
            ),
        )
        for rows in (slice(0, 4), np.arange(4)):
            node.mask(rows)[:] = True
            assert node.mask(rows).tolist() == [False, True, True, False]


def test_tests_of_one_column_are_told_apart() -> None:
    column = texts([f"{number:02}" for number in range(70)])
    names = [digest(compile_predicate(column, p, Control())) for p in (
        OneOf(("03",)), OneOf(("04",)), Range("03", "05"), Range("03", "06"), Range(None, None),
        OneOf(("03", "09")), OneOf(("03", "10")), OneOf(("03", "11", "40")), OneOf(("03", "69")),
    )]  # fmt: skip
    assert len({*names}) == len(names)
    assert names[:4] == ["3-3", "4-4", "3-5", "3-6"]
    assert all(name is not None for name in names)
    assert [len(name or "") for name in names[5:]] == [24] * 4
    assert digest(compile_predicate(numbers([1, 2], np.int8), Range(1, None), Control())) is None


def test_what_names_the_rows_of_a_condition() -> None:
    assert rows_of(None, "usersession") == "rows of usersession"
    for few in (1, 1 << 62):
        built = rows_that_fit(Given([1]), 4, Control(1, tuning=Tuning(few_listed_one_in=few)))
        assert rows_of(node_of("a name", built), "usersession") == "a name"
    assert rows_of(Given([1]), "usersession") is None


def test_the_name_of_an_order_tells_fields_and_directions() -> None:
    name = in_order("rows of usersession", "usersession", [OrderBy(CITY, False)])
    assert name == "rows of usersession in the order of usersession.city ascending"
    orders = [OrderBy(named("p", "a b"), True), OrderBy(BOUNCE, False)]
    assert in_order("some", "usersession", orders) == (
        'some in the order of usersession.p."a b" descending, usersession.bounce ascending'
    )
    own = OrderBy(CITY, False)
    for other in (
        replace(CITY, table="useraction"), replace(CITY, multi=True), Constant(1),
    ):  # fmt: skip
        for order in ([OrderBy(other, False)], [own, OrderBy(other, False)]):
            assert in_order("some", "usersession", order) is None
