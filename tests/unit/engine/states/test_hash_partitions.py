"""States of groups in hash partitions: merged one by one they are the whole together, and a group
is in the same partition whichever part it comes from."""

from __future__ import annotations

import pytest

from tests.unit.engine.states.test_states import QUERIES, ROWS, Asked, parts_of_rows
from usql.engine.arrays.vectors import to_arrow
from usql.engine.groups.aggregates.state import ROWS as ROWS_OF_GROUP
from usql.engine.states.groups import GroupStates
from usql.engine.states.merging import size_of
from usql.engine.states.partial import counts_pairs
from usql.engine.states.question import States, counted_pairs, in_partitions


@pytest.mark.parametrize("partitions", [1, 2, 5, 40])
@pytest.mark.parametrize("text", QUERIES)
def test_partitions_are_merged_apart(text: str, partitions: int) -> None:
    asked = Asked(text)
    parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(4))]
    dealt = [in_partitions(asked.sent(part), partitions) for part in parts]
    counts = {len(own) for own in dealt}
    assert len(counts) == 1
    whole = [asked.merged([own[partition] for own in dealt]) for partition in range(counts.pop())]
    asked.check(asked.merged([asked.sent(states) for states in whole]))


def test_a_group_is_in_one_partition() -> None:
    asked = Asked("SELECT city, MEDIAN(duration) FROM usersession GROUP BY city")
    partition_of: dict[object, int] = {}
    for number, store in enumerate(parts_of_rows(4)):
        for partition, states in enumerate(in_partitions(asked.part(store, number), 3)):
            assert isinstance(states, GroupStates)
            for city in to_arrow(states.keys[0]).to_pylist():
                assert partition_of.setdefault(city, partition) == partition
    assert len(set(partition_of.values())) == 3


def test_what_has_no_keys_stays_whole() -> None:
    for text in ("SELECT COUNT(*) FROM usersession", "SELECT city FROM usersession"):
        asked = Asked(text)
        states = asked.part(ROWS, 0)
        assert in_partitions(states, 4) == [states]


DISTINCT = [
    "SELECT COUNT(DISTINCT city), MEDIAN(duration), COUNT(*) FROM usersession",
    "SELECT country, COUNT(DISTINCT city), COUNT(DISTINCT duration), AVG(duration) FROM usersession "
    "GROUP BY country ORDER BY COUNT(DISTINCT city) DESC",
    "SELECT useraction.name, COUNT(DISTINCT ip), COUNT(DISTINCT userId), TOP(city, 2) FROM usersession "
    "GROUP BY useraction.name",
    "SELECT DATETIME(startTime, 'HH:mm'), COUNT(DISTINCT bounce), SUM(duration) FROM usersession",
]


@pytest.mark.parametrize("partitions", [1, 2, 5, 40])
@pytest.mark.parametrize("text", DISTINCT)
def test_partitions_are_counted_apart(text: str, partitions: int) -> None:
    asked = Asked(text)
    parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(4))]
    dealt = [in_partitions(asked.sent(part), partitions) for part in parts]
    counted = []
    for whole in zip(*dealt, strict=True):
        states = counted_pairs(asked.merged([asked.sent(own) for own in whole]))
        counted.append(in_partitions(asked.sent(states), partitions))
    again = [asked.merged([asked.sent(o) for o in own]) for own in zip(*counted, strict=True)]
    for states in again:
        assert isinstance(states, GroupStates)
        assert not any(map(counts_pairs, states.pairs))
    asked.check(asked.merged([asked.sent(states) for states in again]))


def test_the_pairs_of_one_group_are_in_all_partitions_and_its_counts_in_one() -> None:
    asked = Asked("SELECT COUNT(DISTINCT userSessionId), COUNT(*) FROM usersession")
    parts = [asked.part(store, number) for number, store in enumerate(parts_of_rows(2))]
    partitions = [
        asked.merged(own) for own in zip(*(in_partitions(p, 3) for p in parts), strict=True)
    ]
    sizes = [len(state.pairs[0]) for own in partitions for state in of_groups(own).pairs.values()]
    assert sum(sizes) == len(ROWS)
    assert min(sizes) > 0
    counted = [counted_pairs(own) for own in partitions]
    assert [size_of(own) for own in counted] == [1, 1, 1]
    assert [of_groups(own).totals.read(ROWS_OF_GROUP).tolist() for own in counted].count([0]) == 2


def of_groups(states: States) -> GroupStates:
    assert isinstance(states, GroupStates)
    return states
