"""Indexes of cells, against plain lists of what each cell holds."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tests.unit.engine.columns import access_to, lists, numbers, row_numbers, texts
from usql.analysis import bound
from usql.analysis.bound import FieldRef, Metric, Present
from usql.catalog import PRIMARY, FieldType
from usql.engine.groups.aggregates.registry import aggregate_of
from usql.engine.groups.key_codes import key_codes
from usql.engine.groups.row_group_pairs import Chunk, Slots
from usql.engine.groups.slot_indexes import (
    SlotIndexes,
    _edges,
    distinct_values,
    every_chunk,
    every_pair,
    sorted_values,
    state_of_sorted,
)
from usql.engine.groups.slot_numbers import slot_numbers
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit
from usql.store.columns import AnyColumn, DictionaryColumn, NumberColumn

ROWS, SLOTS = 150, 5
RANDOM = np.random.default_rng(31)


def field(name: str, kind: FieldType = FieldType.LONG, several: bool = False) -> FieldRef:
    return FieldRef(PRIMARY, name, None, kind, several, several)


DURATION, GOALS = field("duration"), field("matchingConversionGoals", FieldType.STRING, True)
CITY, COUNTRY = field("city", FieldType.STRING), field("country", FieldType.STRING)


def some(values: Sequence[Any]) -> list[Any]:
    """The values, some of them missing."""
    return [None if number % 4 == 1 else value for number, value in enumerate(values)]


def chunks_of(kind: Any = np.uint8) -> list[Chunk]:
    """Members as ranges and as numbers, with places and without; a number past the cells is of
    none. Cell 2 has no members."""
    ids = np.random.default_rng(32).choice([0, 1, 3, 4, SLOTS], ROWS).astype(kind)
    return [
        Chunk(slice(0, 60), None, ids[:60]),
        Chunk(slice(55, 90), np.array([5, 0, 0, 17, 3]), ids[30:35]),
        Chunk(np.arange(90, ROWS, 2), None, ids[90:120]),
        Chunk(slice(8, 8), None, ids[:0]),
    ]


def plain(column: AnyColumn) -> list[Any]:
    if isinstance(column, DictionaryColumn):
        known = [*column.dictionary.to_pylist(), None]
        return [known[code] for code in column.codes.tolist()]
    assert isinstance(column, NumberColumn)
    valid = [True] * len(column) if column.valid is None else column.valid.tolist()
    return [v if has else None for v, has in zip(column.values.tolist(), valid, strict=True)]


def in_slots(values: Sequence[Any], chunks: Sequence[Chunk]) -> list[list[Any]]:
    """The values in each cell, without missing ones."""
    found: list[list[Any]] = [[] for _ in range(SLOTS + 1)]
    for chunk in chunks:
        rows = row_numbers(chunk.rows)
        places = range(len(rows)) if chunk.places is None else chunk.places.tolist()
        for place, slot in zip(places, chunk.ids.tolist(), strict=True):
            value = values[rows[place]]
            found[slot] += [] if value is None else [value]
    return found


# --- sorted values --------------------------------------------------------------------------------


def wide(low: int, high: int) -> list[Any]:
    """Values between two limits, which are among them and in some cell each."""
    return [low, high, *RANDOM.integers(low, high, ROWS - 2, endpoint=True).tolist()]


SORTED: dict[str, NumberColumn] = {
    "bytes": numbers(wide(-128, 127), np.int8),
    "some": numbers(some(wide(-300, 7)), np.int16),
    "equal": numbers([-9] * ROWS, np.int16),
    "none": numbers([None] * ROWS, np.int8),
    "29 bits": numbers(wide(5, 5 + 2**29 - 1), np.int32),
    "30 bits": numbers(wide(-5, 2**29), np.int32),
    "31 bits": numbers(wide(-(2**30), 2**30 - 1), np.int32),
    "most": numbers(some(wide(-(2**40) + 1, 2**40 - 1)), np.int64),
}


@pytest.mark.parametrize("name", SORTED)
@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("kind", [np.uint8, np.uint32])
def test_values_are_sorted_in_each_slot(name: str, threads: int, kind: Any) -> None:
    column = SORTED[name]
    access = access_to({"duration": column}, control=Control(threads))
    chunks = chunks_of(kind)
    wanted = [sorted(own) for own in in_slots(plain(column), chunks)]
    found = sorted_values(access, chunks, DURATION, SLOTS)
    assert found["values"].dtype == column.values.dtype
    assert found["values"].tolist() == [v for own in wanted[:SLOTS] for v in own]
    assert found["ends"].tolist() == list(itertools.accumulate(len(own) for own in wanted[:SLOTS]))
    assert found["sums"].tolist() == [sum(own) for own in wanted[:SLOTS]]
    assert found["sums"].dtype == np.int64


@pytest.mark.parametrize("slots", [0, 3])
def test_no_pairs_have_no_values(slots: int) -> None:
    in_none = [Chunk(slice(0, 4), None, np.full(4, slots, dtype=np.uint8))]
    for chunks in ([], in_none):
        access = access_to({"duration": SORTED["some"], "city": texts(["x"] * ROWS)})
        found = sorted_values(access, chunks, DURATION, slots)
        assert found["values"].tolist() == []
        assert found["values"].dtype == np.int16
        assert found["ends"].tolist() == found["sums"].tolist() == [0] * slots
        assert found["ends"].dtype == found["sums"].dtype == np.int64
        found = distinct_values(access, chunks, CITY, slots)
        assert found["codes"].tolist() == []
        assert found["ends"].tolist() == [0] * slots


@pytest.mark.parametrize(
    ("values", "kind", "slots"),
    [
        ([1.0, 2.0], np.float64, SLOTS),
        ([0, 2**40], np.int64, SLOTS),
        ([0, -(2**40)], np.int64, SLOTS),
        ([-(2**40) + 1, 2**40 - 1], np.int64, 1 << 22),
    ],
)
def test_values_that_are_not_sorted(values: list[Any], kind: Any, slots: int) -> None:
    """Doubles, numbers whose sums may leave 64 bits, and cells too many for one number."""
    access = access_to({"duration": numbers(values, kind)})
    chunk = Chunk(slice(0, 2), None, np.zeros(2, dtype=np.uint8))
    assert sorted_values(access, [chunk], DURATION, slots) == {}


@pytest.mark.parametrize(("name", "width"), [("bytes", 4), ("29 bits", 4), ("31 bits", 8)])
def test_the_memory_of_sorted_values_is_announced(name: str, width: int) -> None:
    access = access_to({"duration": SORTED[name]})
    chunks = chunks_of()
    sorted_values(access, chunks, DURATION, SLOTS)
    assert access.control.used == 2 * width * sum(map(len, chunks))
    access = access_to(
        {"duration": SORTED[name]}, control=Control(budget=Budget(access.control.used - 1))
    )
    with pytest.raises(MemoryLimit, match=" of values of an index, "):
        sorted_values(access, chunks, DURATION, SLOTS)


@pytest.mark.parametrize(
    ("sizes", "parts", "edges"),
    [
        ([], 3, [0]),
        ([0, 0], 3, [0, 1, 2]),
        ([1] * 12, 1, [0, 12]),
        ([1] * 12, 3, [0, 4, 8, 12]),
        ([10, 1, 1], 3, [0, 1, 3]),
        ([1, 1, 10], 3, [0, 3]),
        ([2, 2, 2, 2], 2, [0, 2, 4]),
    ],
)
def test_slots_are_cut_into_parts(sizes: list[int], parts: int, edges: list[int]) -> None:
    assert _edges(np.cumsum(np.array(sizes, dtype=np.int64)), parts) == edges


IN_SLOTS: list[list[int]] = [[], [5], [-7, -7, 0, 100], [], [1, 2], [3, 4, 9], []]


def average(values: Sequence[int]) -> float | None:
    return sum(values) / len(values) if values else None


@pytest.mark.parametrize("slots", [IN_SLOTS, IN_SLOTS[1:3], [[], []], [[]], [[4]]])
def test_totals_of_sorted_values(slots: list[list[int]]) -> None:
    index = {
        "values": np.array([v for own in slots for v in own], dtype=np.int16),
        "ends": np.cumsum([len(own) for own in slots]),
        "sums": np.array([sum(own) for own in slots], dtype=np.int64),
    }
    when = field("startTime", FieldType.TIMESTAMP)
    asked: list[tuple[Metric, FieldType, Any]] = [
        (Metric("SUM", when), FieldType.LONG, sum),
        (Metric("AVG", when), FieldType.DOUBLE, average),
        (Metric("MIN", when), FieldType.TIMESTAMP, lambda own: min(own, default=None)),
        (Metric("MAX", when), FieldType.TIMESTAMP, lambda own: max(own, default=None)),
    ]
    for chosen in (range(len(slots)), range(len(slots) - 1, -1, -1), range(0), [0, 0]):
        state = state_of_sorted(index, np.array(chosen, dtype=np.int64))
        for metric, kind, exact in asked:
            found = aggregate_of(metric).finish(metric, state, Control())
            assert isinstance(found, NumberColumn)
            assert found.type is kind
            assert found.values.dtype.kind == ("f" if kind is FieldType.DOUBLE else "i")
            assert plain(found) == pytest.approx([exact(slots[slot]) for slot in chosen])
            if metric.function != "SUM":
                assert found.valid is not None
                assert not found.values[~found.valid].any()


# --- distinct values ------------------------------------------------------------------------------

CITIES = {
    "some": texts(some(RANDOM.choice(["a", "b", "c"], ROWS).tolist())),
    "none": texts([None] * ROWS),
    "all": texts([f"{number:03}" for number in range(ROWS)]),
}


@pytest.mark.parametrize("name", CITIES)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.uint32])
def test_distinct_values_of_each_slot(name: str, threads: int, kind: Any) -> None:
    column = CITIES[name]
    access = access_to({"city": column}, control=Control(threads))
    chunks = chunks_of(kind)
    wanted = [sorted(set(own)) for own in in_slots(plain(column), chunks)[:SLOTS]]
    found = distinct_values(access, chunks, CITY, SLOTS)
    known = column.dictionary.to_pylist()
    assert [known[code] for code in found["codes"]] == [v for own in wanted for v in own]
    assert found["ends"].tolist() == list(itertools.accumulate(len(own) for own in wanted))
    assert found["codes"].dtype == np.uint8
    assert access.control.used == (SLOTS + 1) * (len(known) + 1)


def test_distinct_values_of_many_slots_are_not_kept() -> None:
    flags = (SLOTS + 1) * 4
    for most, has in ((flags, True), (flags - 1, False)):
        control = Control(tuning=Tuning(most_indexed_flags=most))
        access = access_to({"city": CITIES["some"]}, control=control)
        found = distinct_values(access, chunks_of(), CITY, SLOTS)
        assert bool(found) is has
    access = access_to({"city": CITIES["some"]}, control=Control(budget=Budget(flags - 1)))
    with pytest.raises(MemoryLimit, match=" of values of an index, "):
        distinct_values(access, chunks_of(), CITY, SLOTS)


# --- members --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "width"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_all_pairs(rows: int, width: int) -> None:
    """The number of a row, and that behind the last one, have a place in the narrowest type."""
    middle = rows // 2
    chunks = []
    for part in (slice(0, middle), slice(middle, rows)):
        size = part.stop - part.start
        places = np.arange(size, dtype=np.int32)
        chunks.append(Chunk(part, places, (places % 7).astype(np.uint8)))
    found = every_pair(chunks)
    assert found["rows"].tolist() == list(range(rows))
    wanted = [row % 7 for size in (middle, rows - middle) for row in range(size)]
    assert found["ids"].tolist() == wanted
    assert found["rows"].dtype.itemsize == width
    assert found["ids"].dtype == np.uint8
    assert every_pair([])["rows"].tolist() == []


# --- indexes of a table ---------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "country": some(RANDOM.choice(["A", "B"], ROWS).tolist()),
    "city": some(RANDOM.choice(["a", "b", "c"], ROWS).tolist()[::-1]),
    "duration": some(wide(-50, 50)),
    "score": RANDOM.normal(size=ROWS).tolist(),
}
COLUMNS: dict[str, AnyColumn] = {
    "country": texts(VALUES["country"]),
    "city": texts(VALUES["city"]),
    "duration": numbers(VALUES["duration"], np.int8),
    "score": numbers(VALUES["score"], np.float64),
    "matchingConversionGoals": lists(texts(["x", "y", "x"] * (ROWS // 3)), [3, 0, 0] * (ROWS // 3)),
}
SCORE = field("score", FieldType.DOUBLE)


def indexes(
    by: FieldRef, threads: int = 1, builds: bool = True, condition: Any = None, **sizes: int
) -> tuple[SlotIndexes, Access]:
    tuning = Tuning(**{"fewest_indexed_rows": 1} | sizes)
    made = access_to(COLUMNS, index_memory=1 << 20, control=Control(threads, tuning=tuning))
    access = dataclasses.replace(made, builds=builds)
    key = key_codes(access, by)
    assert key is not None
    source = Source(access, condition)
    return SlotIndexes(source, Slots(source, slot_numbers([key])), (by,)), access


MEDIAN = Metric("PERCENTILE", DURATION, 50.0)
FITS = bound.Test(CITY, Present())


@pytest.mark.parametrize(
    ("metric", "others", "served"),
    [
        (Metric("ROWS"), [MEDIAN], False),
        (Metric("DISTINCT", CITY), [], True),
        (Metric("DISTINCT", CITY, where=FITS), [], False),
        (Metric("DISTINCT", DURATION), [MEDIAN], False),
        (MEDIAN, [], True),
        (Metric("PERCENTILE", DURATION, 50.0, FITS), [MEDIAN], False),
        (Metric("SUM", DURATION), [MEDIAN], True),
        (Metric("MIN", DURATION), [Metric("SUM", DURATION), MEDIAN], True),
        (Metric("COUNT", DURATION), [MEDIAN], False),
        (Metric("COUNT", CITY), [MEDIAN], False),
        (Metric("SUM", DURATION), [], False),
        (Metric("SUM", DURATION), [Metric("PERCENTILE", SCORE, 50.0)], False),
        (Metric("SUM", DURATION), [Metric("PERCENTILE", DURATION, 50.0, FITS)], False),
        (Metric("PERCENTILE", SCORE, 50.0), [], False),
    ],
)
def test_which_metrics_an_index_answers(metric: Metric, others: list[Metric], served: bool) -> None:
    found, access = indexes(COUNTRY)
    assert found.serves(metric, [metric, *others]) is served
    kind = "distinct" if metric.function == "DISTINCT" else "sorted"
    name = f"{kind} values of usersession by usersession.country with usersession."
    if served:
        assert metric.field is not None
        assert list(access.used) == [name + metric.field.name]
    found, _ = indexes(GOALS)
    assert found.serves(metric, [metric, *others]) is False
    found, _ = indexes(COUNTRY, builds=False)
    assert found.serves(metric, [metric, *others]) is False


def test_no_index_of_many_distinct_values() -> None:
    found, _ = indexes(COUNTRY, most_indexed_flags=1)
    assert found.serves(Metric("DISTINCT", CITY), []) is False


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("condition", [None, FITS])
def test_the_indexes_of_a_table(threads: int, condition: Any) -> None:
    """Of all rows, whatever the source's condition."""
    found, access = indexes(COUNTRY, threads, condition=condition)
    keys = ["A", "B", None]
    counted = collections.Counter(VALUES["country"])
    assert found.sizes().tolist() == [counted[key] for key in keys]
    assert list(access.used) == ["sizes of usersession by usersession.country"]
    assert access.control.used >= ROWS
    assert found.every() is found.every()
    values: dict[Any, list[int]] = {key: [] for key in keys}
    for key, value in zip(VALUES["country"], VALUES["duration"], strict=True):
        values[key] += [] if value is None else [value]
    assert found.sorted(DURATION)["values"].tolist() == [v for k in keys for v in sorted(values[k])]
    pairs = collections.Counter(zip(VALUES["city"], VALUES["country"], strict=True))
    by_value = found.frequencies(CITY)
    assert by_value is not None
    assert by_value.tolist() == [[pairs[city, key] for key in keys] for city in (*"abc", None)]


def test_the_indexes_of_a_key_with_several_values() -> None:
    found, access = indexes(GOALS)
    third = ROWS // 3
    assert found.frequencies(CITY) is None
    assert found.sizes().tolist() == [third, third, 2 * third]
    chunk = found.every()[0]
    assert access.control.used >= chunk.nbytes
    assert found.distinct(CITY)["ends"].tolist() == [3, 6, 9]


def test_the_memory_of_pairs_is_announced() -> None:
    for by, each in ((COUNTRY, 1), (GOALS, 5)):
        _, access = indexes(by)
        key = key_codes(access, by)
        assert key is not None
        source = Source(access)
        chunks = every_chunk(source, Slots(source, slot_numbers([key])))
        assert sum(map(len, chunks)) == (ROWS if by is COUNTRY else ROWS // 3 * 4)
        assert access.control.used == each * sum(map(len, chunks))
        limited = dataclasses.replace(
            access, control=Control(budget=Budget(access.control.used - 1))
        )
        source = Source(limited)
        with pytest.raises(MemoryLimit, match=" of group members, "):
            every_chunk(source, Slots(source, slot_numbers([key])))
