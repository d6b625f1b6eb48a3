"""Quantiles by buckets, by sorting and from sorted values, against plain Python per group."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine.columns import access_to, lists, numbers
from tests.unit.engine.groups.aggregates.finished import quantiles
from tests.unit.engine.pieces import NEVER
from usql.analysis import bound
from usql.analysis.bound import Condition, FieldRef, Metric, Range
from usql.catalog import PRIMARY, FieldType
from usql.engine.groups.aggregates.quantile import Quantile, _Scale, _sorted_integers
from usql.engine.groups.row_group_pairs import Chunk
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit
from usql.store.columns import AnyColumn, ListColumn, NumberColumn

ROWS, GROUPS, BUCKETS = 240, 5, 64
SHARES = [0.0, 0.25, 0.5, 0.995, 1.0]
RANDOM = np.random.default_rng(21)
FIELD = FieldRef(PRIMARY, "duration", None, FieldType.LONG, False, False)


def some(values: Any, every: int = 5) -> list[Any]:
    """The values, some of them missing."""
    return [None if number % every == 0 else v for number, v in enumerate(values.tolist())]


def between(low: int, high: int, size: int = ROWS) -> Any:
    return RANDOM.integers(low, high, size, endpoint=True)


SPECIAL = np.array([0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 1e-3, 7.25, 3e38, 4e38])
COLUMNS: dict[str, NumberColumn] = {
    "bytes": numbers(between(-128, 127).tolist(), np.int8),
    "bytes, some missing": numbers(some(between(0, 127)), np.int8),
    "words": numbers(some(between(-(2**15), 2**15 - 1)), np.int16),
    "middle": numbers(some(between(-(2**31), 2**31 - 1)), np.int32),
    "wide": numbers(some(between(-(2**61), 2**61 - 1)), np.int64),
    "wider": numbers(between(-(2**62), 2**62).tolist(), np.int64),
    "limits": numbers(RANDOM.choice([-(2**63), 2**63 - 1, 0, -1, 1], ROWS).tolist(), np.int64),
    "apart": numbers(RANDOM.choice([-(2**63) + 1, 2**63 - 1, 0, 5], ROWS).tolist(), np.int64),
    "half": numbers(RANDOM.choice([0, 5, 2**63 - 1], ROWS).tolist(), np.int64),
    "least": numbers((-(2**63) + between(0, 9)).tolist(), np.int64),
    "octaves": numbers(RANDOM.choice([0, 1, 2, 3, 2**60], ROWS).tolist(), np.int64),
    "near": numbers((2**60 + between(0, 9)).tolist(), np.int64),
    "equal": numbers([-3] * ROWS, np.int16),
    "missing": numbers([None] * ROWS, np.int8),
    "skewed": numbers(np.floor(RANDOM.lognormal(7, 3, ROWS)).tolist(), np.int64),
    "doubles": numbers(some(RANDOM.normal(size=ROWS) * 1e6), np.float64),
    "special": numbers(RANDOM.choice(SPECIAL, ROWS).tolist(), np.float64),
    "infinite": numbers(some(RANDOM.choice([np.inf, 1.0, 2.0], ROWS)), np.float64),
    "far": numbers(RANDOM.choice([-1.5e308, 1.5e308], ROWS).tolist(), np.float64),
}
LISTS = lists(numbers(some(between(-50, 50, 2 * ROWS)), np.int16), [1, 3, 0, 4] * (ROWS // 4))


def chunks_of(kind: Any = np.uint8) -> list[Chunk]:
    """Members as ranges and as numbers, with places and without; a number past the groups is of
    none. Group 2 has no members, group 4 has one."""
    ids = np.random.default_rng(22).choice([0, 1, 3, GROUPS], ROWS).astype(kind)
    ids[:3] = 0, 3, 1
    places = np.array([5, 0, 0, 17, 3])
    return [
        Chunk(slice(0, 100), None, ids[:100]),
        Chunk(slice(90, 130), places, ids[30:35]),
        Chunk(np.arange(100, ROWS, 2), None, ids[100 : 100 + 70]),
        Chunk(np.arange(101, ROWS, 3), places, ids[50:55]),
        Chunk(slice(7, 8), None, np.array([4], dtype=kind)),
        Chunk(slice(8, 8), None, ids[:0]),
    ]


def rows_of(column: AnyColumn) -> list[list[Any]]:
    """The values of each row."""
    if isinstance(column, ListColumn):
        entries = [v for own in rows_of(column.entries) for v in own]
        return [entries[a:b] for a, b in itertools.pairwise(column.offsets)]
    assert isinstance(column, NumberColumn)
    valid = np.ones(len(column), np.bool_) if column.valid is None else column.valid
    pairs = zip(column.values.tolist(), valid.tolist(), strict=True)
    return [[value if has else None] for value, has in pairs]


def grouped(column: AnyColumn, chunks: Sequence[Chunk], least: int | None) -> list[list[Any]]:
    """The values of each group, without missing ones; of rows with that value at least."""
    found: list[list[Any]] = [[] for _ in range(GROUPS + 1)]
    values = rows_of(column)
    for chunk in chunks:
        rows = chunk.rows
        own = list(range(rows.start, rows.stop)) if isinstance(rows, slice) else rows.tolist()
        places = range(len(own)) if chunk.places is None else chunk.places.tolist()
        for place, group in zip(places, chunk.ids.tolist(), strict=True):
            known = [v for v in values[own[place]] if v is not None]
            found[group] += known if least is None else [v for v in known if v >= least]
    return found


def quantile(values: Sequence[Any], share: float) -> float | None:
    """Linear between neighbours."""
    if not values:
        return None
    place = share * (len(values) - 1)
    ordered = sorted(values)
    first = ordered[math.floor(place)]
    second = ordered[min(math.floor(place) + 1, len(values) - 1)]
    weight = Fraction(place - math.floor(place))
    if weight == 0 or first == second or math.isinf(first):
        return float(first)
    if math.isinf(second):
        return math.inf
    return float(Fraction(first) + (Fraction(second) - Fraction(first)) * weight)


def check(found: list[Any], groups: list[list[Any]]) -> None:
    finite = [abs(v) for own in groups for v in own if math.isfinite(v)]
    near = 1e-12 * max(finite, default=0)
    for share, (values, has) in zip(SHARES, found, strict=True):
        assert len(values) == len(has) == GROUPS
        for group, (value, is_there) in enumerate(zip(values.tolist(), has.tolist(), strict=True)):
            wanted = quantile(groups[group], share)
            assert is_there is (wanted is not None)
            if wanted is not None:
                assert value == pytest.approx(wanted, rel=1e-12, abs=near)


@pytest.fixture(params=[1, NEVER], ids=["buckets", "sorted"])
def tuning(request: pytest.FixtureRequest) -> Tuning:
    return Tuning(fewest_selected_values=request.param, most_buckets=BUCKETS)


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_quantiles(name: str, threads: int, tuning: Tuning) -> None:
    column = COLUMNS[name]
    wheres: list[tuple[Condition | None, int | None]] = [(None, None)]
    if column.values.dtype.kind == "i":
        wheres.append((bound.Test(FIELD, Range(2, None)), 2))
    for kind, (where, least) in itertools.product((np.uint8, np.uint32), wheres):
        access = access_to({"duration": column}, control=Control(threads, tuning=tuning))
        chunks = chunks_of(kind)
        found = quantiles(access, chunks, FIELD, where, GROUPS, SHARES)
        check(found, grouped(column, chunks, least))


def test_quantiles_of_lists(tuning: Tuning) -> None:
    access = access_to({"duration": LISTS}, control=Control(tuning=tuning))
    field = FieldRef(PRIMARY, "duration", None, FieldType.LONG, True, True)
    chunks = chunks_of()
    found = quantiles(access, chunks, field, None, GROUPS, SHARES)
    check(found, grouped(LISTS, chunks, None))


def test_quantiles_of_nothing(tuning: Tuning) -> None:
    access = access_to({"duration": COLUMNS["bytes"]}, control=Control(tuning=tuning))
    check(quantiles(access, [], FIELD, None, GROUPS, SHARES), [[]] * GROUPS)
    in_none = Chunk(slice(0, 9), None, np.zeros(9, dtype=np.uint8))
    values, has = quantiles(access, [in_none], FIELD, None, 0, [0.5])[0]
    assert len(values) == len(has) == 0


def test_a_value_in_each_of_the_first_buckets(tuning: Tuning) -> None:
    """A bucket is as wide as the numbers from one power of two to the next."""
    values = [0, 0, 0, 1, 1, 3, 3, 2**60]
    access = access_to({"duration": numbers(values, np.int64)}, control=Control(tuning=tuning))
    chunk = Chunk(slice(0, 8), None, np.zeros(8, dtype=np.uint8))
    shares = [place / 7 for place in range(8)]
    found = quantiles(access, [chunk], FIELD, None, 1, shares)
    assert [value[0] for value, _ in found] == pytest.approx(values)


@pytest.mark.parametrize("buckets", [16, 17, 100, 1 << 12])
def test_many_groups_have_fewer_buckets(buckets: int) -> None:
    """All groups together have a number of buckets; with fewer than 16 each, values are sorted."""
    column = COLUMNS["skewed"]
    for each in (buckets, 15):
        tuning = Tuning(fewest_selected_values=1, most_buckets_of_all=each * (GROUPS + 1))
        access = access_to({"duration": column}, control=Control(tuning=tuning))
        chunks = chunks_of()
        check(
            quantiles(access, chunks, FIELD, None, GROUPS, SHARES),
            grouped(column, chunks, None),
        )
        pairs = sum(map(len, chunks))
        width = 4 + column.values.itemsize
        by_buckets = width * pairs + 8 * each * (GROUPS + 1)
        known = sum(map(len, grouped(column, chunks, None)[:GROUPS]))
        expected = by_buckets if each > 15 else 50 * known
        assert access.control.used == expected


@pytest.mark.parametrize("threads", [1, 3])
def test_the_memory_of_quantiles_is_announced(threads: int, tuning: Tuning) -> None:
    column = COLUMNS["bytes, some missing"]
    chunks = chunks_of()
    access = access_to({"duration": column}, control=Control(threads, tuning=tuning))
    quantiles(access, chunks, FIELD, None, GROUPS, SHARES)
    values = grouped(column, chunks, None)
    known, in_groups = sum(map(len, values)), sum(map(len, values[:GROUPS]))
    by_buckets = (4 + column.values.itemsize) * known + 8 * (GROUPS + 1) * BUCKETS * threads
    assert access.control.used == (
        by_buckets if tuning.fewest_selected_values == 1 else 50 * in_groups
    )
    for memory in (10, access.control.used - 1):
        access = access_to(
            {"duration": column}, control=Control(threads, budget=Budget(memory), tuning=tuning)
        )
        with pytest.raises(MemoryLimit, match=" of values of quantiles, "):
            quantiles(access, chunks, FIELD, None, GROUPS, SHARES)


# --- buckets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("buckets", [16, 64, 100, 1 << 12])
def test_buckets_ascend_with_the_values(name: str, buckets: int) -> None:
    column = COLUMNS[name]
    held = column.values if column.valid is None else column.values[column.valid]
    values = np.sort(held)
    if not len(values):
        return
    low, high = values[0].item(), values[-1].item()
    scale = _Scale.of(low, high, buckets)
    keys = scale.keys(np.full(len(values), 3, dtype=np.uint8), values) - 3 * buckets
    assert keys[0] == 0
    assert keys[-1] < buckets
    assert (keys[1:] >= keys[:-1]).all()
    assert scale.shift == 0 or keys[-1] >= buckets // 2
    assert keys.tolist() == scale.keys(np.zeros(len(values), np.uint32), values).tolist()
    signed_zeros = np.array([-0.0, 0.0])
    if values.dtype.kind == "f" and low <= 0 <= high:
        first, second = scale.keys(np.zeros(2, np.uint8), signed_zeros).tolist()
        assert first <= second < buckets


@pytest.mark.parametrize("low", [-9, 0, 2**40])
def test_small_numbers_have_buckets_of_their_own(low: int) -> None:
    values = np.arange(low, low + 16)
    keys = _Scale.of(low, low + 1000, 1 << 12).keys(np.zeros(16, dtype=np.uint8), values)
    assert len(set(keys.tolist())) == 16


WHOLE = st.one_of(st.integers(-3, 3), st.integers(-(2**62), 2**62))


@given(st.lists(st.tuples(st.sampled_from([0, 1, 5, 2**20]), WHOLE), max_size=12))
def test_sorting_by_key_and_value(pairs: list[tuple[int, int]]) -> None:
    keys, values = (np.array([p[i] for p in pairs], dtype=np.int64) for i in (0, 1))
    assert _sorted_integers(Control(), keys, values).tolist() == [v for _, v in sorted(pairs)]


@pytest.mark.parametrize("key", [1, 3, 2**10 - 1])
@pytest.mark.parametrize("bits", [21, 22, 28, 29, 30, 31, 52, 53, 54, 60, 61, 62])
def test_sorting_at_the_limits_of_one_number(key: int, bits: int) -> None:
    pairs = [(key, 2**bits - 1 - 9), (0, 2**bits - 1 - 9), (key, -9), (key, 0), (0, -9)]
    keys, values = (np.array([p[i] for p in pairs], dtype=np.int64) for i in (0, 1))
    assert _sorted_integers(Control(), keys, values).tolist() == [v for _, v in sorted(pairs)]


# --- from sorted values ---------------------------------------------------------------------------

SLOTS: list[list[int]] = [[], [5], [-7, -7, 0, 100], [], [1, 2], [3, 4, 9], []]


def sorted_index(slots: Sequence[Sequence[int]]) -> dict[str, Any]:
    return {
        "values": np.array([v for own in slots for v in own], dtype=np.int16),
        "ends": np.cumsum([len(own) for own in slots]),
        "sums": np.array([sum(own) for own in slots], dtype=np.int64),
    }


@pytest.mark.parametrize("slots", [SLOTS, SLOTS[1:3], [[], []], [[]], [[4]]])
@pytest.mark.parametrize("percent", [0.0, 12.5, 50.0, 100.0])
def test_quantiles_of_sorted_values(slots: list[list[int]], percent: float) -> None:
    metric = Metric("PERCENTILE", FIELD, percent)
    for chosen in (range(len(slots)), range(len(slots) - 1, -1, -1), range(0), [0, 0]):
        found = Quantile().of_index(metric, sorted_index(slots), np.array(chosen, dtype=np.int64))
        assert found.type is FieldType.DOUBLE
        assert found.values.dtype == np.float64
        wanted = [quantile(slots[slot], percent / 100) for slot in chosen]
        assert [v for own in rows_of(found) for v in own] == pytest.approx(wanted)
        assert found.valid is not None
        assert not found.values[~found.valid].any()
