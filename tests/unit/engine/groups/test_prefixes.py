"""The steps that make groups of cells: numbers, cuts, orders, and some groups alone."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.compare import equal
from tests.oracle.reference import evaluate
from tests.oracle.strategies import BASE as START
from tests.unit.engine import pieces as small
from tests.unit.engine.columns import texts
from usql.analysis.bound import DatePart, DateText, FieldRef, Key, Metric
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import every_value, to_arrow
from usql.engine.groups.aggregates.slot_states import Accumulated
from usql.engine.groups.first_pass import early, keeps_pairs, may_overflow
from usql.engine.groups.groups import Groups
from usql.engine.groups.prefixes import (
    _group_of_slot,
    _most_frequent,
    _numbered,
    _order_columns,
)
from usql.engine.rows.access import Access
from usql.engine.runtime.limits import Control
from usql.errors import MemoryLimit
from usql.language.literals import DateFormat
from usql.language.parser import parse
from usql.planner.keys import GroupKey, group_key
from usql.planner.plan import GroupNeeds
from usql.store.columns import NumberColumn


def named(name: str, kind: FieldType = FieldType.LONG) -> FieldRef:
    return FieldRef("usersession", name, None, kind, is_list=False, multi=False)


@pytest.mark.parametrize(
    ("values", "first", "numbers"),
    [
        ([0, 1, 2], None, [0, 1, 2]),
        ([3, 5, 9], None, [0, 1, 2]),
        ([0, 2], None, [0, 1]),
        ([1, 2], None, [0, 1]),
        ([0, 0, 1], [0, 2], [0, 0, 1]),
        ([5, 3, 5, 3], [1, 0], [1, 0, 1, 0]),
        ([2, 1], [1, 0], [1, 0]),
        ([1, 3, 2], [0, 2, 1], [0, 2, 1]),
        ([1, 2, 2], [0, 1], [0, 1, 1]),
        ([], [], []),
    ],
)
def test_distinct_values_are_numbered(
    values: list[int], first: list[int] | None, numbers: list[int]
) -> None:
    """Every place is a first one where they ascend."""
    places, found = _numbered(Control(), np.array(values, dtype=np.int64))
    assert found.tolist() == numbers
    if first is None:
        assert places == slice(None)
    else:
        assert not isinstance(places, slice)
        assert places.tolist() == first


@pytest.mark.parametrize("top", [1, 2, 3, 9])
def test_the_most_frequent_of_each_parent(top: int) -> None:
    """Of those that are as frequent, the smaller values."""
    parents = [0, 0, 0, 0, 1, 1, 2]
    frequency = [3, 5, 3, 4, 1, 1, 7]
    codes = [2, 0, 1, 3, 8, 4, 0]
    columns = np.array(parents), np.array(frequency), np.array(codes)
    kept = _most_frequent(Control(), *columns, top)
    expected = [False] * 7
    for parent in range(3):
        own = [i for i in range(7) if parents[i] == parent]
        for chosen in sorted(own, key=lambda i: (-frequency[i], codes[i]))[:top]:
            expected[chosen] = True
    assert kept.tolist() == expected


def test_the_default_order_of_each_kind_of_key() -> None:
    frequency, codes, null = np.array([4, 9]), np.array([2, 3]), 3
    times = np.array([100, 0])
    plain, part = group_key(Key(named("a"))), group_key(Key(DatePart("HOUR", named("startTime"))))
    text = group_key(Key(DateText(named("startTime"), DateFormat(()), None)))

    def order(key: GroupKey, times: Any) -> list[Any]:
        return [c.tolist() for c in _order_columns(key, frequency, codes, times, null)]

    assert order(plain, None) == [[-4, -9], [2, 3]]
    assert order(part, None) == [[2, 3]]
    assert order(text, times) == [[False, True], [100, 0], [2, 3]]


def test_the_group_of_each_slot() -> None:
    def table(count: int, slots: list[int], groups: list[int], capacity: int) -> Any:
        return _group_of_slot(count, np.array(slots, int), np.array(groups, int), capacity)

    assert table(3, [0, 1, 2], [0, 1, 2], 4) is None
    assert table(3, [0, 1, 2], [0, 2, 1], 4).tolist() == [0, 2, 1, 3]
    assert table(2, [0, 1, 2], [0, 1, 1], 4).tolist() == [0, 1, 1, 2]
    assert table(3, [0, 1, 2], [0, 1, 2], 5).tolist() == [0, 1, 2, 3, 3]
    assert table(2, [1, 3], [0, 1], 4).tolist() == [2, 0, 2, 1]
    assert table(0, [], [], 3).tolist() == [0, 0, 0]
    wide = table(256, list(range(256)), list(range(256)), 300)
    assert wide[255:258].tolist() == [255, 256, 256]


WIDE_SUM, SUM = Metric("SUM", named("wide")), Metric("SUM", named("narrow"))
MEDIAN, COUNT = Metric("PERCENTILE", named("narrow"), 50.0), Metric("ROWS")


@pytest.fixture(scope="module")
def access() -> Access:
    rows = [{"wide": 2**40, "narrow": 3, "real": 0.5, "city": "a"}]
    return small.access_to(rows, index_memory=0)


def test_which_sums_may_leave_64_bits(access: Access) -> None:
    assert may_overflow(access, WIDE_SUM)
    for other in (
        SUM, COUNT, Metric("MAX", named("wide")), Metric("SUM", named("real", FieldType.DOUBLE)),
    ):  # fmt: skip
        assert not may_overflow(access, other)


@pytest.mark.parametrize(
    ("first", "rest", "most", "slots", "added"),
    [
        ((SUM,), (WIDE_SUM, MEDIAN, COUNT), None, 100, [SUM, WIDE_SUM, COUNT]),
        ((SUM,), (COUNT,), 25, 100, [SUM, COUNT]),
        ((SUM,), (COUNT,), 24, 100, [SUM]),
        ((MEDIAN,), (COUNT, WIDE_SUM, SUM), 24, 100, [WIDE_SUM]),
        ((COUNT,), (WIDE_SUM,), 1, 100, [COUNT, WIDE_SUM]),
    ],
)
def test_what_is_added_up_in_the_first_pass(
    access: Access, first: Any, rest: Any, most: int | None, slots: int, added: list[Metric]
) -> None:
    needs = GroupNeeds(first, rest, lists=False, most=most)
    assert early(needs, access, slots) == added
    left = any(m not in added and m != COUNT for m in (*first, *rest))
    assert keeps_pairs(needs, added) == left
    assert keeps_pairs(replace(needs, lists=True), [*first, *rest])
    assert not keeps_pairs(needs, [*first, *rest])


@pytest.fixture(scope="module")
def rows_of_many() -> Access:
    rows = [{"narrow": i % 7, "other": i, "wide": 2**40, "city": "a"} for i in range(64)]
    return small.access_to(rows, index_memory=0)


AVG, OTHER = Metric("AVG", named("narrow")), Metric("SUM", named("other"))


@pytest.mark.parametrize(
    ("first", "rest", "slots", "added"),
    [
        ((), (SUM,), 4, (SUM,)),
        ((), (COUNT, SUM, AVG), 4, (SUM, AVG)),
        ((COUNT,), (SUM,), 4, (SUM,)),
        ((SUM,), (AVG, COUNT), 4, (AVG,)),
        ((), (SUM,), 5, ()),  # too few rows per cell
        ((), (SUM, OTHER), 4, ()),  # one field alone shares the count
        ((OTHER,), (SUM,), 4, ()),
        ((), (SUM, MEDIAN), 4, ()),  # a second pass is needed anyway
        ((), (WIDE_SUM, SUM), 4, (WIDE_SUM,)),
    ],
)
def test_what_shares_the_pass_with_the_count(
    rows_of_many: Access, first: Any, rest: Any, slots: int, added: Any
) -> None:
    """Though few groups are shown, a second pass would cost more."""
    needs = GroupNeeds(first, rest, lists=False, most=0)
    assert early(needs, rows_of_many, slots) == [*first, *added]


def some_groups() -> Groups:
    """Four groups of six cells in eight."""
    city = texts(["a", "b", "c", "d"])
    counts = np.array([5, 4, 0, 3, 2, 1, 7, 0])
    slots, groups = np.array([0, 1, 3, 4, 5, 6]), np.array([2, 0, 1, 3, 0, 2])
    return Groups(
        count=4,
        codes=(np.array([3, 1, 0, 4]),),
        domains=(every_value(city),),
        times=(np.array([30, 10, 0, 40]),),
        order=(np.array([1, 2, 3, 4]),),
        cut=(6,),
        slots=slots,
        slot_groups=groups,
        chunks=(),
        table=_group_of_slot(4, slots, groups, 9),
        slot_states=(Accumulated.of_counts(counts),),
    )


def test_the_values_of_keys() -> None:
    found = some_groups()
    assert to_arrow(found.key(0)).to_pylist() == ["d", "b", "a", None]
    times = found.key_order(0)
    assert isinstance(times, NumberColumn)
    assert times.type is FieldType.TIMESTAMP
    assert to_arrow(times).cast("int64").to_pylist() == [30, 10, 0, None]
    assert replace(found, times=(None,)).key_order(0).type is FieldType.STRING


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [2, 0], [3], []])
def test_some_groups_alone(numbers: list[int]) -> None:
    whole = some_groups()
    found = whole.only(np.array(numbers, dtype=np.int64), Control().check)
    assert found.count == len(numbers)
    assert [c.tolist() for c in found.codes] == [[[3, 1, 0, 4][n] for n in numbers]]
    assert [t.tolist() for t in found.times if t is not None] == [
        [[30, 10, 0, 40][n] for n in numbers]
    ]
    assert [o.tolist() for o in found.order] == [[n + 1 for n in numbers]]
    assert found.cut == (6,)
    owned = dict(zip([0, 1, 3, 4, 5, 6], [2, 0, 1, 3, 0, 2], strict=True))
    kept = {slot: numbers.index(group) for slot, group in owned.items() if group in numbers}
    assert dict(zip(found.slots.tolist(), found.slot_groups.tolist(), strict=True)) == kept
    assert found.table is not None
    assert found.table.tolist() == [kept.get(slot, len(numbers)) for slot in range(9)]
    assert found.slot_groups.dtype == np.int64
    bare = replace(whole, table=None).only(np.array(numbers, dtype=np.int64), Control().check)
    assert bare.table is not None
    places = {n: i for i, n in enumerate(numbers)}
    assert bare.table.tolist() == [places.get(n, len(numbers)) for n in range(5)]


def test_the_slot_of_each_group() -> None:
    found = replace(some_groups(), slots=np.array([4, 1, 6, 0]), slot_groups=np.array([3, 0, 1, 2]))
    assert found.slot_of.tolist() == [1, 6, 0, 4]


# --- whole queries --------------------------------------------------------------------------------

DAY = 86_400_000
ROWS: list[dict[str, Any]] = [
    {
        "startTime": None if number == 5 else START + number * 5 * DAY,
        "country": "BACA"[number % 4],
        "city": [None, "x", "y", "x", "z"][number % 5],
        "bounce": number % 3 == 0,
        "browserFamily": "pqq"[number % 3],
        "duration": number * 7 % 10,
        "score": number % 3 / 2,
        "matchingConversionGoals": ["g", "h", "i"][: 3 if number % 4 == 3 else 1],
        "stringProperties": [{"key": k, "value": "v"} for k in ("", "k", "kl", "l")[number % 4]],
        "userActions": [
            {"name": name, "duration": 3 * number % 4} for name in ("", "a", "bab", "c")[number % 4]
        ],
    }
    for number in range(20)
]
QUERIES = [
    "COUNT(*) FROM usersession",
    "COUNT(*) FROM usersession WHERE duration > 4 AND city != 'y'",
    "SUM(duration), COUNT(*), MIN(duration) FROM usersession WHERE city = 'Nowhere'",
    "SUM(duration), COUNT(*), MIN(duration) FROM usersession WHERE duration > 70",
    "TOP(city, 2), COUNT(*) FROM usersession",
    "score, city, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY score, city",
    "duration % 3 AS rest, TOP(country, 1), MEDIAN(duration) FROM usersession GROUP BY rest, country",
    "TOP(useraction.name, 2), TOP(country, 1), MEDIAN(duration) FROM usersession GROUP BY useraction.name, country",
    "TOP(country, 2), TOP(useraction.name, 1), bounce, AVG(duration) FROM usersession GROUP BY country, useraction.name, bounce",
    "TOP(country, 2), TOP(city, 2), TOP(bounce, 1), COUNT(DISTINCT duration) FROM usersession GROUP BY country, city, bounce",
    "useraction.name, COUNT(*), SUM(duration) FROM usersession GROUP BY useraction.name",
    "useraction.duration, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY useraction.duration",
    "useraction.name, bounce, COUNT(*) FROM usersession GROUP BY useraction.name, bounce",
    "TOP(useraction.name, 2), matchingConversionGoals, COUNT(*) FROM usersession GROUP BY useraction.name, matchingConversionGoals",
    "useraction.name, matchingConversionGoals, bounce, COUNT(*) FROM usersession GROUP BY useraction.name, matchingConversionGoals, bounce",
    "country, COUNT(*) FROM usersession GROUP BY country",
    "TOP(country, 2), CONDITION(SUM(duration), WHERE bounce = TRUE) FROM usersession GROUP BY country",
    "TOP(country, 2), MAX(duration), CONDITION(MEDIAN(duration), WHERE bounce = TRUE) FROM usersession GROUP BY country",
    "country, COUNT(*), MAX(duration), SUM(useraction.duration) FROM usersession GROUP BY country",
    "country, MEDIAN(duration), COUNT(DISTINCT city), AVG(duration), TOP(city, 1) FROM usersession GROUP BY country",
    "country, COUNT(*), MEDIAN(duration) FROM usersession GROUP BY country ORDER BY MEDIAN(duration) DESC LIMIT 2",
    "country, COUNT(DISTINCT useraction.name), MEDIAN(useraction.duration) FROM usersession GROUP BY country",
    "country, CONDITION(SUM(duration), WHERE bounce = TRUE), MEDIAN(duration) FROM usersession GROUP BY country",
    "country, COUNT(*), SUM(duration) FROM usersession WHERE bounce = TRUE GROUP BY country",
    "DATETIME(startTime, 'E') AS t, city, COUNT(*) FROM usersession GROUP BY t, city",
    "DATETIME(startTime, 'E') AS t, COUNT(*) FROM usersession GROUP BY t ORDER BY t DESC",
    "DATETIME(startTime, 'd.M.') AS t, TOP(country, 1), COUNT(*) FROM usersession GROUP BY t, country ORDER BY t DESC, country",
    "DATETIME(startTime, 'd.M.', '10d') AS t, TOP(country, 1), COUNT(*) FROM usersession GROUP BY t, country ORDER BY t DESC, country",
    "TOP(browserFamily, 1), CONDITION(SUM(duration), WHERE bounce = FALSE) FROM usersession GROUP BY browserFamily",
    "TOP(browserFamily, 1), SUM(duration), MAX(score), COUNT(DISTINCT city) FROM usersession GROUP BY browserFamily",
    "TOP(city, 2), DATETIME(startTime, 'E') AS t, COUNT(*) FROM usersession GROUP BY city, t ORDER BY t, city",
    "DATETIME(startTime, 'M', 'month') AS t, COUNT(*), SUM(duration) FROM usersession GROUP BY t",
    "HOUR(startTime) AS h, MONTH(startTime) AS m, COUNT(*) FROM usersession GROUP BY h, m",
    "KEYS(stringProperties) AS k, COUNT(*) FROM usersession GROUP BY k",
    "city, KEYS(stringProperties) AS k, COUNT(*) FROM usersession GROUP BY city, k",
]  # fmt: skip
WAYS: dict[str, dict[str, Any]] = {
    "slots": {},
    "sorted": small.FACTORIZED,
    "indexes": small.INDEXED,
}


@pytest.mark.parametrize("way", WAYS)
def test_groups_of_whole_queries(way: str) -> None:
    """Asked one after the other, so that each might find the indexes of another, and again."""
    data = small.opened(
        ROWS,
        small.in_pieces(8) | WAYS[way],
        threads=2,
        index_memory=None if way == "indexes" else 0,
    )
    for text in (*QUERIES, *QUERIES[::-1]):
        asked = f"SELECT {text}"
        found = data.query(asked, profile="offline").rows()
        assert equal(found, wanted(asked)), asked


@functools.cache
def wanted(text: str) -> Any:
    """What the reference gives."""
    query = parse(text).query
    assert query is not None
    return evaluate(query, ROWS, profile="offline").rows


def test_pairs_that_are_kept_are_announced() -> None:
    engine = small.engine_of(ROWS, index_memory=0)
    text = "SELECT country, MEDIAN(duration) FROM usersession GROUP BY country"
    prepared = small.prepared_of(engine.store, text, now=START).prepared
    limit, seen = 1, set()
    for _ in range(20):
        try:
            replace(engine, memory_limit=limit).run(prepared)
            break
        except MemoryLimit as refused:
            [(size, unit, what)] = re.findall(
                r"would build ([\d.]+) (bytes|kB) of ([\w ]+), more", f"{refused}"
            )
            seen.add(what)
            limit = int(1.1 * float(size) * {"bytes": 1, "kB": 1000}[unit]) + 1
    assert {"group totals", "group members"} <= seen
