"""Metrics over more rows than one thread sorts at once, against plain Python per group."""

from __future__ import annotations

import collections
import functools
import itertools
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import usql
from tests.rows import session_table, sessions
from tests.unit.engine import pieces as small

ROWS = 33_000
"""More than are sorted at once."""
SHARES = ["0", "12.5", "50", "99.9", "100"]
RANDOM = np.random.default_rng(11)


def some_missing(values: Any, every: int) -> pa.Array:
    mask = np.zeros(len(values), dtype=np.bool_)
    mask[::every] = True
    return pa.array(values, mask=mask)


def between(low: int, high: int) -> Any:
    return RANDOM.integers(low, high, ROWS, endpoint=True)


SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324, 1e308, -1e308, 1e-3, 7.25])
NUMBERS: dict[str, Any] = {
    "tiny": between(-128, 127),
    "small": between(-(2**15), 2**15 - 1),
    "middle": some_missing(between(0, 2**31 - 1), 7),
    "wide": between(-(2**62), 2**62),
    "limits": RANDOM.choice(np.array([-(2**63), 2**63 - 1, 0, -1, 1]), ROWS),
    "skewed": np.floor(RANDOM.lognormal(7, 2, ROWS)).astype(np.int64),
    "equal": np.full(ROWS, -3),
    "rare": pa.array([10**12 if number % 4999 == 0 else None for number in range(ROWS)]),
    "normal": some_missing(RANDOM.normal(size=ROWS) * 1e6, 3),
    "special": RANDOM.choice(SPECIAL, ROWS),
    "zeros": np.where(np.arange(ROWS) % 3 == 1, -0.0, np.where(np.arange(ROWS) % 7, 0.0, 2.5)),
    "near": 1e15 + RANDOM.integers(0, 5, ROWS) / 8,
}
KEYS: dict[str, Any] = {
    "one": pa.array(["x"] * ROWS),
    "few": some_missing(RANDOM.choice(np.array(["a", "b", "c"]), ROWS), 11),
    "many": pa.array([f"{number:03}" for number in RANDOM.integers(0, 300, ROWS)]),
}
LONELY = pa.array([f"{number}" for number in range(ROWS)])
"""A key of which every row is a group."""

TABLE = pa.table({**NUMBERS, **KEYS, "lonely": LONELY})
PLAIN: dict[str, list[Any]] = {name: TABLE[name].to_pylist() for name in TABLE.column_names}


@pytest.fixture(scope="module", params=[(1, 0), (3, 0), (2, None)], ids=["one", "three", "indexed"])
def data(request: pytest.FixtureRequest) -> usql.Sessions:
    """The table, read by one thread, by three, and by two that keep indexes."""
    threads, index_memory = request.param
    return usql.open(session_table(TABLE), threads=threads, index_memory=index_memory)


@functools.cache
def grouped(key: str, field: str) -> dict[Any, list[Any]]:
    """The values of a field, without missing ones, by the key."""
    found: dict[Any, list[Any]] = {value: [] for value in PLAIN[key]}
    for value, number in zip(PLAIN[key], PLAIN[field], strict=True):
        if number is not None:
            found[value].append(number)
    return found


def asked(
    data: usql.Sessions, key: str, metrics: Iterable[str], where: str = ""
) -> dict[Any, list[Any]]:
    text = f"SELECT {key}, {', '.join(metrics)} FROM usersession {where} GROUP BY {key}"
    return {row[0]: row[1:] for row in data.query(text, profile="offline").rows()}


def quantile(values: list[Any], percent: str) -> float | None:
    """Linear between neighbours; equal ones need no step between them, and between infinities of
    both signs there is nothing."""
    if not values:
        return None
    place = float(percent) / 100 * (len(values) - 1)
    ordered = sorted(values)
    first = ordered[math.floor(place)]
    second = ordered[min(math.floor(place) + 1, len(values) - 1)]
    weight = place - math.floor(place)
    if weight == 0 or first == second:
        return float(first)
    if math.isinf(first) or math.isinf(second):
        return None if first == -second else float(first + second)
    return float(Fraction(first) + (Fraction(second) - Fraction(first)) * Fraction(weight))


def agree(found: dict[Any, list[Any]], wanted: dict[Any, list[Any]]) -> None:
    assert found.keys() == wanted.keys()
    for key, slots in wanted.items():
        for slot, other in zip(found[key], slots, strict=True):
            assert type(slot) is type(other)
            assert slot == other or slot == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True)


@functools.cache
def quantiles(key: str, field: str) -> dict[Any, list[Any]]:
    values = grouped(key, field)
    return {k: [quantile(own, share) for share in SHARES] for k, own in values.items()}


@pytest.mark.parametrize("field", NUMBERS)
def test_quantiles(data: usql.Sessions, field: str) -> None:
    for key in KEYS:
        found = asked(data, key, [f"PERCENTILE({field}, {share})" for share in SHARES])
        agree(found, quantiles(key, field))


@pytest.mark.parametrize("field", ["limits", "middle", "special"])
def test_metrics_of_groups_of_one_row(data: usql.Sessions, field: str) -> None:
    metrics = [f"MEDIAN({field})", f"MAX({field})", f"COUNT(DISTINCT {field})"]
    assert asked(data, "lonely", metrics) == {
        key: [None if v is None else float(v), v, int(v is not None)]
        for key, v in zip(PLAIN["lonely"], PLAIN[field], strict=True)
    }


@pytest.mark.parametrize("field", ["middle", "normal", "limits"])
def test_quantiles_of_the_rows_that_fit(data: usql.Sessions, field: str) -> None:
    condition = "WHERE tiny < 0"
    inner = [f"CONDITION(MEDIAN({field}), {condition})", f"MEDIAN({field})"]
    own = [v for v, t in zip(PLAIN[field], PLAIN["tiny"], strict=True) if t < 0 and v is not None]
    every = [v for v in PLAIN[field] if v is not None]
    agree(asked(data, "one", inner), {"x": [quantile(own, "50"), quantile(every, "50")]})
    agree(asked(data, "one", [f"MEDIAN({field})"], condition), {"x": [quantile(own, "50")]})


@functools.cache
def counts(key: str, field: str) -> dict[Any, list[int]]:
    rows = collections.Counter(PLAIN[key])
    return {k: [len(set(own)), len(own), rows[k]] for k, own in grouped(key, field).items()}


@pytest.mark.parametrize("field", [*NUMBERS, *KEYS, "lonely"])
def test_distinct_values(data: usql.Sessions, field: str) -> None:
    for key in KEYS:
        found = asked(data, key, [f"COUNT(DISTINCT {field})", f"COUNT({field})", "COUNT(*)"])
        assert found == counts(key, field)


@functools.cache
def slot_states(key: str, field: str) -> dict[Any, list[Any]]:
    add: Any = math.fsum if any(isinstance(v, float) for v in PLAIN[field]) else sum
    return {
        k: [add(own), math.fsum(own) / len(own), min(own), max(own)]
        for k, own in grouped(key, field).items()
    }


@pytest.mark.parametrize("field", ["tiny", "small", "middle", "skewed", "equal", "normal", "near"])
def test_sums_and_averages(data: usql.Sessions, field: str) -> None:
    """Alone, and with flags for other metrics beside them."""
    for key in KEYS:
        wanted = slot_states(key, field)
        metrics = [f"{name}({field})" for name in ("SUM", "AVG", "MIN", "MAX")]
        agree(asked(data, key, metrics), wanted)
        flagged = [*metrics[:1], "COUNT(middle)", "CONDITION(COUNT(*), WHERE small > 0)"]
        found = asked(data, key, flagged)
        agree({k: row[:1] for k, row in found.items()}, {k: row[:1] for k, row in wanted.items()})


@pytest.mark.parametrize("field", ["limits", "wide", "special", "rare"])
def test_extremes_at_the_limits(data: usql.Sessions, field: str) -> None:
    for key in ("few", "many"):
        values = grouped(key, field)
        assert asked(data, key, [f"MIN({field})", f"MAX({field})"]) == {
            k: [min(own, default=None), max(own, default=None)] for k, own in values.items()
        }


@pytest.mark.parametrize("top", range(1, 6))
def test_the_most_frequent_values(data: usql.Sessions, top: int) -> None:
    """Of four, missing ones among them: some, all but one, all."""
    counted = collections.Counter(PLAIN["few"]).most_common(top)
    text = f"SELECT TOP(few, {top}), COUNT(*) FROM usersession GROUP BY few"
    assert data.query(text).rows() == [list(pair) for pair in counted]
    text = f"SELECT one, TOP(few, {top}), COUNT(*) FROM usersession GROUP BY one, few"
    assert data.query(text).rows() == [["x", *pair] for pair in counted]


SUMS: list[tuple[list[int], int]] = [
    ([2**53 - 1] * 3, 3),
    ([2**53 + 1, 1, -(2**53)], 5000),
    ([-(2**53) - 1], 900),
    ([2**62, -(2**62), 1], 40_000),
    ([2**63 - 1, -(2**63), 2**63 - 1, -(2**63) + 5], 10_001),
    ([2**40 + 1, -7, 2**31], 40_000),
    ([2**31 - 1, -(2**31)], 40_001),
    ([127, -128], 40_001),
    ([-1], 40_000),
]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("pattern", "rows"), SUMS)
def test_sums_are_exact(pattern: list[int], rows: int, threads: int) -> None:
    """In one group and in several, with and without gaps, where doubles would round."""
    values = list(itertools.islice(itertools.cycle(pattern), rows))
    gaps = [None if i % 5 == 4 else v for i, v in enumerate(values)]
    keys = [str(i // 7 % 3) for i in range(rows)]
    table = session_table(pa.table({"v": values, "g": gaps, "k": keys}))
    data = usql.open(table, threads=threads, index_memory=0)
    wanted = {
        key: [sum(v for v, k in zip(column, keys, strict=True) if k == key and v is not None) for column in (values, gaps)]
        for key in sorted(set(keys))
    }  # fmt: skip
    whole = [sum(column) for column in zip(*wanted.values(), strict=True)]
    query = "SELECT SUM(v), SUM(g) FROM usersession"
    if fits(whole):
        assert data.query(query).rows() == [whole]
    else:
        assert refused(data, query) == ["sum-overflow"]
    if all(map(fits, wanted.values())):
        found = data.query("SELECT k, SUM(v), SUM(g) FROM usersession GROUP BY k ORDER BY k").rows()
        assert found == [[key, *sums] for key, sums in wanted.items()]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("pattern", [[-1, -1, -1], [2**62, -(2**62), -1], [2**32 - 1] * 5, [5, -7]])
def test_sums_of_children_are_exact(pattern: list[int], threads: int) -> None:
    """Of each session, and of several sessions together; another one's value needs 64 bits."""
    lists: list[list[int | None]] = [
        [*pattern],
        [],
        [None, *pattern],
        [*pattern, *pattern],
        [2**60],
    ]
    sessions = [(str(i % 3 % 2), lists[i % 4]) for i in range(160)] + [("wide", lists[4])]
    rows = [{"city": c, "userActions": [{"duration": v} for v in own]} for c, own in sessions]
    wanted = []
    for city in ("0", "1", "wide"):
        owners = [[v for v in own if v is not None] for c, own in sessions if c == city]
        values = [v for own in owners for v in own]
        average = math.fsum(values) / len(values)
        wanted.append([city, sum(values), pytest.approx(average), sum(map(bool, owners))])
    text = (
        "SELECT city, SUM(useraction.duration), AVG(useraction.duration), COUNT(useraction.duration) "
        "FROM usersession GROUP BY city ORDER BY city"
    )
    data = small.opened(rows, small.in_pieces(30), threads=threads, index_memory=0)
    assert data.query(text).rows() == wanted


def fits(sums: list[int]) -> bool:
    return all(-(2**63) <= total < 2**63 for total in sums)


def refused(data: usql.Sessions, query: str) -> list[str]:
    with pytest.raises(usql.UsqlError) as raised:
        data.query(query)
    return [d.name for d in raised.value.diagnostics]


@pytest.mark.parametrize("values", [[2**62] * 2, [-(2**62)] * 3, [2**63 - 1, 1], [2**50] * 9000])
@pytest.mark.parametrize("threads", [1, 3])
def test_sums_that_leave_64_bits_are_refused(values: list[int], threads: int) -> None:
    table = pa.table({"v": values, "userActions": [[{"duration": v}] for v in values]})
    data = usql.open(table, threads=threads)
    assert refused(data, "SELECT SUM(v) FROM usersession") == ["sum-overflow"]
    assert refused(data, "SELECT SUM(useraction.duration) FROM usersession") == ["sum-overflow"]
    assert data.query(
        "SELECT SUM(v) - 1 FROM usersession WHERE v > 9223372036854775807", profile="offline"
    ).rows() == [[-1]]


@pytest.mark.parametrize("where", ["city = 'Nowhere'", "duration > 5"])
def test_of_no_values_a_sum_keeps_its_type(where: str) -> None:
    data = usql.open([{"city": "Linz", "score": 1.5, "duration": 1}])
    found = data.query(
        f"SELECT SUM(score), AVG(score), MIN(score), SUM(duration) FROM usersession WHERE {where}"
    )
    assert found.rows() == [[0.0, None, None, 0]]
    assert [str(t) for t in found.to_arrow().schema.types] == [
        "double",
        "double",
        "double",
        "int64",
    ]


@pytest.mark.parametrize("index_memory", [0, None])
@pytest.mark.parametrize("columns", ["city, SUM(v)", "SUM(v), city, COUNT(DISTINCT w)"])
def test_a_sum_that_leaves_64_bits_is_refused_in_a_group_that_is_not_shown(
    index_memory: int | None, columns: str
) -> None:
    """Whatever the limit shows, an answer that has no number is refused."""
    rows = [{"city": f"c{i}", "v": i, "w": i} for i in range(40) for _ in range(3)]
    rows += [{"city": "c99", "v": 2**62, "w": 0}] * 2
    data = small.opened(rows, small.INDEXED, index_memory=index_memory)
    query = f"SELECT {columns} FROM usersession GROUP BY city LIMIT 1"
    for _ in range(2):
        assert refused(data, query) == ["sum-overflow"]


@pytest.mark.parametrize("way", [small.SELECTED, small.SORTED])
def test_quantiles_of_lists_of_numbers(way: dict[str, int]) -> None:
    rows = sessions([{"scores": [3, 1]}, {"scores": [None, 2.5]}, {}, {"scores": []}])
    data = small.opened(rows, small.in_pieces(1) | way, threads=1)
    found = data.query("SELECT MEDIAN(scores), PERCENTILE(scores, 100) FROM usersession").rows()
    assert found == [[2.5, 3.0]]
