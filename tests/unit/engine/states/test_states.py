"""States of parts: in whatever order and in however many steps they merge, and whether or not they
travel in between, the answer is that of the whole data."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from tests.compare import equal
from tests.places import SESSIONS
from tests.unit.distributed.memory import cut
from tests.unit.engine import pieces as small
from usql.engine import Engine
from usql.engine.arrays.vectors import to_arrow
from usql.engine.run import Answer, run_plan
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.engine.states import groups as group_states
from usql.engine.states import rows as row_states
from usql.engine.states.finish import evaluator_of
from usql.engine.states.funnels import FunnelStates, finished
from usql.engine.states.groups import Collected, GroupStates, collected
from usql.engine.states.partial import group_of, in_one_round
from usql.engine.states.question import (
    Question,
    States,
    merged,
    packed,
    states_of,
    unpacked,
)
from usql.engine.states.rows import RowStates
from usql.errors import SumOverflow
from usql.planner import Prepared
from usql.planner.plan import Group
from usql.planner.rewrite import walk
from usql.store import Store, load
from usql.store.views import take_values

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in SESSIONS.read_text(encoding="utf-8").splitlines()
]

QUERIES = [
    "SELECT COUNT(*), SUM(duration), AVG(useraction.duration), MIN(startTime) FROM usersession",
    "SELECT city, browserFamily, COUNT(*), MAX(duration) FROM usersession GROUP BY city, browserFamily",
    "SELECT ip, MEDIAN(duration), PERCENTILE(duration, 90), COUNT(DISTINCT city) FROM usersession GROUP BY ip",
    "SELECT country, useraction.name, COUNT(*) FROM usersession GROUP BY country, useraction.name",
    "SELECT TOP(country, 3), KEYS(useraction.stringProperties) AS k, COUNT(*) FROM usersession GROUP BY country, k",
    "SELECT country, TOP(useraction.name, 2), city FROM usersession GROUP BY country ORDER BY city DESC",
    "SELECT DATETIME(startTime, 'HH:mm'), useraction.type, COUNT(*) FROM usersession",
    "SELECT bounce, userActionCount, COUNT(*) FROM usersession GROUP BY bounce, userActionCount",
    "SELECT city, duration FROM usersession ORDER BY city, duration DESC LIMIT 7",
    "SELECT useraction.name, JSON FROM usersession WHERE country IS NOT NULL LIMIT 5",
    "SELECT name, usersession.country FROM useraction ORDER BY duration DESC",
    "SELECT FUNNEL(useraction.name IS NOT NULL, country = 'Austria') FROM usersession",
]  # fmt: skip


@functools.cache
def all_rows() -> Store:
    return load(ROWS)


@functools.cache
def parts_of_rows(count: int) -> list[Store]:
    return [load(rows, catalog=all_rows().catalog) for rows in cut(ROWS, count)]


class Asked:
    """A query to the sessions of some rows, and to parts of them."""

    def __init__(self, text: str, rows: Any = None) -> None:
        self.whole = small.engine_of(all_rows() if rows is None else rows, index_memory=0)
        self.prepared: Prepared = small.prepared_of(self.whole.store, text).prepared
        is_grouped = any(isinstance(node, Group) for node in walk(self.prepared.plan))
        partial = in_one_round(self.prepared.plan) if is_grouped else None
        self.question = Question(self.prepared, partial)
        self.control = Control()

    def part(self, rows: Any, number: int) -> States:
        is_loaded = isinstance(rows, Store)
        store = rows if is_loaded else load(rows, catalog=self.whole.store.catalog)
        with Engine(store, index_memory=0).accessing(self.prepared) as access:
            return states_of(access, self.question, number)

    def merged(self, states: Sequence[States]) -> States:
        return merged(self.control, self.question, states)

    def sent(self, states: States) -> States:
        """The states as they arrive."""
        return unpacked(self.question, packed(self.question, states))

    def finished(self, states: States) -> Answer:
        if isinstance(states, FunnelStates):
            return finished(states)
        if isinstance(states, RowStates):
            return row_states.finished(self.prepared, states, is_whole=True)
        with Engine(load([]), index_memory=0).accessing(self.prepared) as access:
            group, partial = group_of(self.prepared.plan), self.question.groups
            gathered = collected(access.control, partial, [states])
            evaluator = evaluator_of(access, group, partial, gathered, nothing_more)
            return run_plan(access, self.prepared, None, evaluator)

    def check(self, states: States) -> None:
        found, wanted = self.finished(states), self.whole.run(self.prepared)
        shown = [[column.to_pylist() for column in own.columns] for own in (found, wanted)]
        assert equal(*shown), shown
        assert (found.rows, found.total) == (wanted.rows, wanted.total)


def nothing_more(keys: Any) -> Collected:
    raise AssertionError("all value pairs are there")


def in_a_row(asked: Asked, states: list[States], random: Random) -> States:
    found = states[0]
    for own in states[1:]:
        found = asked.merged([found, own])
    return found


def in_a_tree(asked: Asked, states: list[States], random: Random) -> States:
    while len(states) > 1:
        size = random.randint(2, 3)
        states = [asked.merged(states[i : i + size]) for i in range(0, len(states), size)]
    return states[0]


def in_any_order(asked: Asked, states: list[States], random: Random) -> States:
    return asked.merged(random.sample(states, len(states)))


def any_two(asked: Asked, states: list[States], random: Random) -> States:
    """Two that happen to be there, again and again; each step travels."""
    while len(states) > 1:
        random.shuffle(states)
        states = [*states[2:], asked.sent(asked.merged([asked.sent(own) for own in states[:2]]))]
    return states[0]


STEPS: list[Callable[[Asked, list[States], Random], States]] = [
    in_a_row, in_a_tree, in_any_order, any_two,
]  # fmt: skip


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("text", QUERIES)
def test_neither_order_nor_steps_of_merging_count(
    text: str, steps: Callable[[Asked, list[States], Random], States]
) -> None:
    asked, random = Asked(text), Random(text)
    for count in (1, 2, 5, 9):
        parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(count))]
        asked.check(steps(asked, parts, random))


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("text", QUERIES)
def test_states_are_merged_in_pieces(text: str, size: int) -> None:
    asked = Asked(text)
    asked.control = Control(tuning=Tuning(rows_sorted_at_once=size))
    asked.check(asked.merged([asked.part(store, i) for i, store in enumerate(parts_of_rows(4))]))


@pytest.mark.parametrize("text", QUERIES[:-4])
def test_any_partition_of_the_sessions_gives_the_same_groups(text: str) -> None:
    """Also one that does not follow their order."""
    asked, random = Asked(text), Random(7)
    for count in (2, 4):
        parts: list[list[dict[str, Any]]] = [[] for _ in range(count)]
        for row in ROWS:
            random.choice(parts).append(row)
        asked.check(asked.merged([asked.part(rows, 0) for rows in parts]))


@pytest.mark.parametrize("text", QUERIES)
def test_merged_states_do_not_grow_with_the_parts(text: str) -> None:
    asked = Asked(text)
    sizes = []
    for count in (1, 3, 12):
        parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(count))]
        sizes.append(packed(asked.question, asked.merged(parts)).size)
    assert max(sizes) <= sizes[0] + 64, sizes  # numbers may be wider than the narrowest


_OF_KEYS = """
    SELECT TOP(country, 1), KEYS(stringProperties), COUNT(*) FROM usersession
    GROUP BY TOP(country, 1), KEYS(stringProperties)
"""


def test_rows_without_keys_count_for_the_keys_before() -> None:
    """A prefix is counted before any group is cut: of three rows of a country one has a key."""
    key = [{"key": "k", "value": "v"}]
    rows: list[dict[str, Any]] = [
        {"country": "A"}, {"country": "A"}, {"country": "A", "stringProperties": key},
        {"country": "B", "stringProperties": key}, {"country": "B", "stringProperties": key},
    ]  # fmt: skip
    asked = Asked(_OF_KEYS, rows)
    parts = [asked.part(own, number) for number, own in enumerate(cut(rows, 3))]
    states = asked.merged(parts)
    asked.check(states)
    assert [c.to_pylist() for c in asked.finished(states).columns] == [["A"], ["k"], [1]]


OVERFLOW = [
    ([[2**62, 2**62], [-(2**62)]], 2**62),
    ([[2**62], [2**62]], None),
    ([[2**63 - 1, 1], [-1]], 2**63 - 1),
    ([[-(2**63)], [], [-1]], None),
]


@pytest.mark.parametrize(("parts", "total"), OVERFLOW)
def test_only_the_sum_of_all_parts_has_to_fit(parts: list[list[int]], total: int | None) -> None:
    rows = [[{"duration": value} for value in own] for own in parts]
    every = [row for own in rows for row in own]
    asked = Asked("SELECT SUM(duration), AVG(duration) FROM usersession", every)
    states = asked.merged([asked.sent(asked.part(own, i)) for i, own in enumerate(rows)])
    if total is None:
        with pytest.raises(SumOverflow, match=r"SUM\(usersession.duration\) is too large"):
            asked.finished(states)
        return
    sums, averages = (column.to_pylist() for column in asked.finished(states).columns)
    assert sums == [total]
    assert averages == [pytest.approx(sum(r["duration"] for r in every) / len(every))]


def test_a_sum_that_overflows_is_refused_whatever_groups_are_shown() -> None:
    rows = [{"city": "a", "duration": 2**62}, {"city": "a", "duration": 2**62}]
    rows += [{"city": "b", "duration": 1}] * 3
    asked = Asked("SELECT city, SUM(duration) FROM usersession GROUP BY city LIMIT 1", rows)
    states = asked.merged([asked.part(own, i) for i, own in enumerate(cut(rows, 5))])
    with pytest.raises(SumOverflow):
        asked.finished(states)


def test_addresses_keep_their_order_on_the_way() -> None:
    rows = [{"ip": ip} for ip in ("10.0.0.9", "9.1.1.1", "2a01::1", "masked", "9.1.1.1")]
    asked = Asked("SELECT ip, COUNT(*) FROM usersession GROUP BY ip", rows)
    states = asked.merged([asked.sent(asked.part(own, i)) for i, own in enumerate(cut(rows, 3))])
    assert isinstance(states, GroupStates)
    assert to_arrow(states.keys[0]).to_pylist() == ["9.1.1.1", "10.0.0.9", "2a01::1", "masked"]
    asked.check(states)


def test_value_pairs_of_the_same_values_are_sent_once() -> None:
    asked = Asked(QUERIES[2])
    names = [node.function for node in asked.question.groups.collected]  # type: ignore[union-attr]
    assert sorted(names) == ["DISTINCT", "PERCENTILE"]


def test_an_extreme_value_is_one_a_group_however_many_parts_have_one() -> None:
    asked = Asked("SELECT country, COUNT(*) FROM usersession GROUP BY country ORDER BY city DESC")
    parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(9))]
    states = asked.merged(parts)
    assert isinstance(states, GroupStates)
    (pairs,) = states.pairs.values()
    owners, _ = pairs.pairs
    assert len(owners) == len(set(owners.tolist()))
    asked.check(states)


def test_only_the_groups_that_are_asked_for_have_value_pairs() -> None:
    asked = Asked("SELECT country, TOP(city, 2) FROM usersession GROUP BY country")
    partial = asked.question.groups
    with asked.whole.accessing(asked.prepared) as access:
        every = group_states.states_of(access, asked.prepared, partial)
        wanted = [take_values(key, np.array([3, 1])) for key in every.keys]
        table = group_states.keys_table(wanted)
        sent = group_states.keys_in(partial, table)
        few = group_states.states_of(access, asked.prepared, partial, sent)
    names = to_arrow(every.keys[0]).to_pylist()
    assert to_arrow(few.keys[0]).to_pylist() == [names[1], names[3]]
    (pairs,) = few.pairs.values()
    owners, _ = pairs.pairs
    assert set(owners.tolist()) == {0, 1}
