"""Metrics added up morsel by morsel, against plain Python per cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import usql
from tests.rows import sessions
from tests.unit.engine import pieces as small
from tests.unit.engine.columns import row_numbers
from tests.unit.engine.groups.aggregates.finished import column_of
from usql.analysis import bound
from usql.analysis.bound import FieldRef, Metric, OneOf
from usql.catalog.model import FieldType
from usql.engine.arrays.types import Array
from usql.engine.groups.aggregates import passes, state
from usql.engine.groups.aggregates.passes import (
    Accumulator,
    accumulators,
    layout,
    shares_count_pass,
)
from usql.engine.groups.aggregates.registry import columns_of
from usql.engine.groups.aggregates.slot_states import Accumulated
from usql.engine.groups.aggregates.state import StateColumn
from usql.engine.rows.access import Access
from usql.engine.rows.cache import Cache
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit

RANDOM = np.random.default_rng(5)
COUNT = 90
SLOTS = 4
CAPACITY = SLOTS + 1
"""The last cell is that of rows that are not to count."""


def field(name: str, kind: FieldType = FieldType.LONG, table: str = "usersession") -> FieldRef:
    return FieldRef(table, name, None, kind, is_list=False, multi=table != "usersession")


def maybe(values: Any, every: int) -> list[Any]:
    return [None if i % every == 0 else v for i, v in enumerate(values.tolist())]


OWN: dict[str, list[Any]] = {
    "tiny": RANDOM.integers(-128, 127, COUNT, endpoint=True).tolist(),
    "gaps": maybe(RANDOM.integers(-900, 30_000, COUNT), 3),
    "wide": maybe(RANDOM.integers(-(2**55), 2**55, COUNT), 7),
    "below": RANDOM.integers(-9, -3, COUNT).tolist(),
    "real": maybe(RANDOM.normal(size=COUNT) * 100, 4),
    "endless": [math.inf if i % 11 == 0 else -1.5 * i for i in range(COUNT)],
    "city": [("a", "b", None)[i % 3] for i in range(COUNT)],
}
LISTS: dict[str, list[list[Any]]] = {
    "few": [[None, -i, 3][: i % 4] for i in range(COUNT)],
    "high": [[2**54 - 1 - i, None, -(2**53) - 7][: i % 4] for i in range(COUNT)],
    "real": [[0.5 * i, None, -1.25][: i % 3] for i in range(COUNT)],
}


def rows() -> list[dict[str, Any]]:
    made = []
    for i in range(COUNT):
        row = {name: values[i] for name, values in OWN.items()}
        sizes = {name: own[i] for name, own in LISTS.items()}
        longest = max(map(len, sizes.values()))
        row["userActions"] = [
            {name: own[n] for name, own in sizes.items() if n < len(own)} for n in range(longest)
        ]
        made.append(row)
    return made


@pytest.fixture(scope="module")
def data() -> Cache:
    return small.cache_of(rows(), index_memory=0)


FITS = bound.Test(field("city", FieldType.STRING), OneOf(("a",)))
NUMBERS = [field(name) for name in ("tiny", "gaps", "wide", "below")]
REALS = [field("real", FieldType.DOUBLE), field("endless", FieldType.DOUBLE)]
CHILDREN = [
    field("few", table="useraction"), field("high", table="useraction"),
    field("real", FieldType.DOUBLE, "useraction"),
]  # fmt: skip
PLAIN = [Metric(function, f) for f in (*NUMBERS, *REALS, *CHILDREN) for function in ("COUNT", "SUM", "AVG", "MIN", "MAX")]  # fmt: skip
CONDITIONAL = [Metric("ROWS", where=FITS)] + [
    Metric(m.function, m.field, where=FITS) for m in PLAIN
]
CITY = Metric("COUNT", field("city", FieldType.STRING))


def values_of(metric: Metric, row: int) -> list[Any]:
    """The values of a row that a metric takes."""
    if metric.where is not None and OWN["city"][row] != "a":
        return []
    if metric.field is None:
        return [1]
    found = LISTS[metric.field.name][row] if metric.field.multi else [OWN[metric.field.name][row]]
    return [v for v in found if v is not None]


def expected(metric: Metric, pairs: Sequence[int]) -> Any:
    """A metric of the rows of a cell; of a row that counts twice, twice."""
    own = [values_of(metric, row) for row in pairs]
    values = [v for found in own for v in found]
    if metric.function in ("ROWS", "COUNT"):
        return sum(map(bool, own))
    if metric.function == "SUM":
        return sum(values)
    if not values:
        return None
    if metric.function == "AVG":
        return sum(values) / len(values)  # of whole numbers exactly
    return (min if metric.function == "MIN" else max)(values)


Morsel = tuple[slice | Array, Array | None, Array]


def morsels() -> Iterator[Morsel]:
    """Rows with their cells: a range, a range of which rows are in several cells, row numbers."""
    for number, first in enumerate(range(0, COUNT, 15)):
        rows: slice | Array = slice(first, first + 15)
        places = None
        if number % 3 == 2:
            rows = np.array([2, 3, 40, 77, 89], dtype=np.int64)
        size = len(row_numbers(rows))
        if number % 3 == 1:
            places = np.sort(RANDOM.integers(0, size, 25))
        pairs = size if places is None else len(places)
        yield rows, places, RANDOM.integers(0, CAPACITY, pairs).astype(np.uint8)


def slots_of(parts: Sequence[Morsel]) -> list[list[int]]:
    """The rows of each cell."""
    found: list[list[int]] = [[] for _ in range(SLOTS)]
    for rows, places, ids in parts:
        own = row_numbers(rows)
        pairs = own if places is None else [own[place] for place in places.tolist()]
        for row, slot in zip(pairs, ids.tolist(), strict=True):
            if slot < SLOTS:
                found[slot].append(row)
    return found


def accumulator_of(access: Access, columns: Sequence[StateColumn], capacity: int) -> Accumulator:
    """What adds up columns that share a count."""
    return Accumulator(access, layout(access, columns), capacity)


def check(made: Accumulated, metric: Metric, pairs: Sequence[Sequence[int]]) -> None:
    column = column_of(made, metric, np.arange(SLOTS), np.arange(SLOTS), SLOTS)
    for slot, own in enumerate(pairs):
        wanted = expected(metric, own)
        if column.valid is not None and not column.valid[slot]:
            assert wanted is None
            continue
        found = column.values[slot].item()
        if isinstance(wanted, float):
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-9), metric
        else:
            assert found == wanted, metric


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("metrics", [PLAIN, CONDITIONAL, [*PLAIN, *CONDITIONAL[:5], CITY]])
def test_metrics_of_slots(data: Cache, metrics: list[Metric], threads: int) -> None:
    """One field at a time and a few together, by one thread and by some that are joined."""
    parts = list(morsels())
    pairs = slots_of(parts)
    together = [metrics[i : i + 5] for i in range(0, len(metrics), 5)] + [metrics[::6], []]
    for asked in together:
        access = Access(data, "usersession", 0, Control(threads))
        accumulator = accumulator_of(access, columns_of(asked), CAPACITY)
        for number, (rows, places, ids) in enumerate(parts):
            accumulator.add(number % threads, rows, places, ids)
        made = accumulator.finish()
        assert made.counts[:SLOTS].tolist() == [len(own) for own in pairs]
        for metric in asked:
            check(made, metric, pairs)


@pytest.mark.parametrize("name", ["tiny", "gaps", "below"])
@pytest.mark.parametrize("threads", [1, 2])
def test_sums_and_counts_of_many_rows(name: str, threads: int) -> None:
    """One pass does both."""
    size = 5000
    values = [OWN[name][i % COUNT] for i in range(size)]
    data = small.cache_of(sessions({name: v} for v in values), index_memory=0)
    ids = RANDOM.integers(0, CAPACITY, size).astype(np.uint8)
    access = Access(data, "usersession", 0, Control(threads))
    accumulator = accumulator_of(access, columns_of([Metric("SUM", field(name))]), CAPACITY)
    accumulator.add(0, slice(0, size), None, ids)
    accumulator.add(threads - 1, slice(0, 7), None, ids[:7])
    made = accumulator.finish()
    pairs = [[*np.flatnonzero(ids == c), *np.flatnonzero(ids[:7] == c)] for c in range(SLOTS)]
    assert made.counts[:SLOTS].tolist() == [len(own) for own in pairs]
    sums = column_of(made, Metric("SUM", field(name)), np.arange(SLOTS), np.arange(SLOTS), SLOTS)
    assert sums.values.tolist() == [sum(values[i] or 0 for i in own) for own in pairs]


@pytest.mark.parametrize("name", ["broad", "large", "above"])
@pytest.mark.parametrize("alone", [False, True])
def test_sums_of_blocks_do_not_meet_their_counts(name: str, alone: bool) -> None:
    """However wide the values, and though all rows of a block are of one cell."""
    size = 5000
    values: list[Any] = {
        "broad": RANDOM.integers(-(2**30), 2**30, size).tolist(),
        "large": [2**31 - 1] * size,
        "above": [None if i % 3 == 0 else 3 + i % 7 for i in range(size)],
    }[name]
    more = [i % 100 for i in range(size)]
    rows = sessions({name: v, "more": m} for v, m in zip(values, more, strict=True))
    ids = np.zeros(size, np.uint8) if alone else RANDOM.integers(0, CAPACITY, size).astype(np.uint8)
    if name == "above" and not alone:
        ids[::3] = 0  # nothing else than missing values is there
        ids[1::3] = ids[2::3] = 1
    pairs = [np.flatnonzero(ids == slot) for slot in range(SLOTS)]
    access = small.access_to(rows, index_memory=0)
    metrics = [Metric("SUM", field("more")), Metric("SUM", field(name))]
    for asked in (metrics, metrics[::-1]):
        accumulator = accumulator_of(access, columns_of(asked), CAPACITY)
        accumulator.add(0, slice(0, size), None, ids)
        made = accumulator.finish()
        assert made.counts[:SLOTS].tolist() == [len(own) for own in pairs]
        for metric, held in zip(metrics, (more, values), strict=True):
            sums = column_of(made, metric, np.arange(SLOTS), np.arange(SLOTS), SLOTS)
            assert sums.values.tolist() == [sum(held[i] or 0 for i in own) for own in pairs]
            assert sums.values.dtype == made.counts.dtype == np.int64


def test_slots_with_flags_need_wider_numbers(data: Cache) -> None:
    """Two hundred cells have numbers of a byte, with flags they do not."""
    capacity = 200
    ids = np.arange(COUNT, dtype=np.uint8) + 100
    metrics = [CITY, Metric("COUNT", NUMBERS[1]), Metric("COUNT", NUMBERS[2])]
    accumulator = accumulator_of(
        Access(data, "usersession", 0, Control()), columns_of(metrics), capacity
    )
    accumulator.add(0, slice(0, COUNT), None, ids)
    made = accumulator.finish()
    for metric in metrics:
        column = column_of(made, metric, np.arange(capacity), np.arange(capacity), capacity)
        assert column.values[100 : 100 + COUNT].tolist() == [
            expected(metric, [row]) for row in range(COUNT)
        ]
        assert not column.values[:100].any()


def test_threads_without_a_morsel_are_left_out(data: Cache) -> None:
    metric = Metric("SUM", NUMBERS[0])
    accumulator = accumulator_of(
        Access(data, "usersession", 0, Control(4)), columns_of([metric]), CAPACITY
    )
    for worker in (1, 3):
        accumulator.add(worker, slice(0, 9), None, np.zeros(9, np.uint8))
    made = accumulator.finish()
    assert made.counts[:SLOTS].tolist() == [18, 0, 0, 0]
    check(made, metric, [[*range(9), *range(9)], [], [], []])


# --- runs -----------------------------------------------------------------------------------------


def test_several_sums_of_runs() -> None:
    """Of which running sums know some."""
    data = small.cache_of(rows())
    metrics = [Metric("SUM", f) for f in (NUMBERS[0], NUMBERS[2], NUMBERS[3])]
    tuning = Tuning(fewest_indexed_rows=1)
    access = Access(data, "usersession", 0, Control(tuning=tuning))
    accumulator = accumulator_of(access, columns_of(metrics), CAPACITY)
    accumulator.use_running_sums()
    assert not accumulator.knows_runs
    accumulator.add_runs(0, slice(5, 25), np.array([1, 2]), np.array([0, 8]))
    made = accumulator.finish()
    assert made.counts[:SLOTS].tolist() == [0, 8, 12, 0]
    for metric in metrics:
        check(made, metric, [[], range(5, 13), range(13, 25), []])
        sums = column_of(made, metric, np.arange(SLOTS), np.arange(SLOTS), SLOTS)
        assert sums.values.dtype == np.int64


@pytest.mark.parametrize("indexed", [False, True])
def test_rows_that_are_runs_of_slots(indexed: bool) -> None:
    """Each a cell of its own; what running sums know is not read."""
    data = small.cache_of(rows())
    metrics = [Metric("ROWS"), *(Metric("SUM", f) for f in (*NUMBERS, field("endless", FieldType.DOUBLE)))]  # fmt: skip
    tuning = Tuning(fewest_indexed_rows=1 if indexed else 1 << 20)
    access = Access(data, "usersession", 0, Control(tuning=tuning))
    for metric in metrics:
        accumulator = accumulator_of(access, columns_of([metric]), CAPACITY)
        assert accumulator.takes_runs
        accumulator.use_running_sums()
        narrow = metric.field is None or metric.field.name not in ("wide", "endless")
        assert accumulator.knows_runs == (metric.field is None or (indexed and narrow))
        pairs: list[list[int]] = [[] for _ in range(SLOTS)]
        for first, slots, starts in ((10, [0, 1, 3], [0, 4, 9]), (40, [1, 2], [0, 1])):
            ends = [*starts[1:], 20]
            accumulator.add_runs(0, slice(first, first + 20), np.array(slots), np.array(starts))
            for slot, start, end in zip(slots, starts, ends, strict=True):
                pairs[slot] += range(first + start, first + end)
        made = accumulator.finish()
        assert made.counts[:SLOTS].tolist() == [len(own) for own in pairs]
        check(made, metric, pairs)


@pytest.mark.parametrize(
    ("metric", "takes"),
    [
        (Metric("ROWS"), True),
        (Metric("SUM", NUMBERS[0]), True),
        (Metric("AVG", NUMBERS[0]), True),
        (Metric("AVG", NUMBERS[1]), False),  # the rows with a value are to be counted
        (Metric("SUM", CHILDREN[0]), False),
        (Metric("MAX", NUMBERS[0]), False),
        (Metric("ROWS", where=FITS), False),
    ],
)
def test_what_runs_can_add_up(data: Cache, metric: Metric, takes: bool) -> None:
    access = Access(data, "usersession", 0, Control(1))
    assert accumulator_of(access, columns_of([metric]), CAPACITY).takes_runs == takes


def test_fields_of_the_session_are_not_added_up_in_runs(data: Cache) -> None:
    access = Access(data, "useraction", 0, Control(1))
    assert not accumulator_of(access, columns_of([Metric("SUM", NUMBERS[0])]), CAPACITY).takes_runs


# --- how metrics share a pass ---------------------------------------------------------------------


def test_what_shares_the_pass_with_the_count() -> None:
    """Narrow whole numbers of the rows themselves, where there are enough for each slot."""
    size = 320
    columns: dict[str, list[Any]] = {
        "narrow": [i % 9 for i in range(size)],
        "gaps": maybe(RANDOM.integers(-3, 3, size), 3),
        "broad": [-(2**31), 2**31 - 1] * (size // 2),
        "wide": [2**40] * size,
        "real": [0.5] * size,
        "none": [None] * size,
    }
    rows: list[dict[str, Any]] = [
        {name: own[i] for name, own in columns.items()} | {"userActions": [{"narrow": 1}]}
        for i in range(size)
    ]
    data = small.cache_of(rows, index_memory=0)
    access = Access(data, "usersession", 0, Control(1))

    def most(metric: Metric) -> int:
        """The largest number of cells with which a metric rides."""
        return max(
            capacity
            for capacity in range(100)
            if not capacity or shares_count_pass(access, metric, capacity)
        )

    for function, name, capacity in (
        ("SUM", "narrow", 20), ("AVG", "narrow", 20), ("SUM", "gaps", 20),
        ("AVG", "gaps", 10),  # twice the cells, for the rows with a value
        ("MAX", "narrow", 0), ("COUNT", "narrow", 0), ("DISTINCT", "narrow", 0),
        ("SUM", "wide", 0), ("SUM", "none", 20),
    ):  # fmt: skip
        assert most(Metric(function, field(name))) == capacity
    assert most(Metric("SUM", field("real", FieldType.DOUBLE))) == 0
    assert most(Metric("SUM", field("narrow"), where=FITS)) == 0
    assert most(Metric("SUM", field("narrow", table="useraction"))) == 0
    assert most(Metric("ROWS")) == 0
    actions = Access(data, "useraction", 0, Control(1))
    assert (
        shares_count_pass(actions, Metric("SUM", field("narrow", table="useraction")), 20) is False
    )
    own = FieldRef("useraction", "narrow", None, FieldType.LONG, is_list=False, multi=False)
    assert shares_count_pass(actions, Metric("SUM", own), 20)
    assert not shares_count_pass(actions, Metric("SUM", field("narrow")), 20)


def test_metrics_with_other_flags_are_counted_apart(data: Cache) -> None:
    """As long as the cells with flags are few they share a count."""
    access = Access(data, "usersession", 0, Control(1))
    metrics = [
        Metric("ROWS"), Metric("COUNT", NUMBERS[1]), Metric("AVG", NUMBERS[1]),
        Metric("COUNT", NUMBERS[2]), Metric("ROWS", where=FITS),
    ]  # fmt: skip
    columns = columns_of(metrics)
    assert len(columns) == 7
    for most, sizes in (
        (CAPACITY * 8, [7]), (CAPACITY * 8 - 1, [6, 1]), (CAPACITY * 4, [6, 1]), (CAPACITY * 4 - 1, [5, 1, 1]),
        (CAPACITY * 2, [5, 1, 1]), (CAPACITY * 2 - 1, [1, 4, 1, 1]), (1, [1, 4, 1, 1]),
    ):  # fmt: skip
        small_ones = small.retuned(access, {"most_flagged_slots": most})
        found = accumulators(small_ones, columns, CAPACITY)
        assert [len(part.layout.columns) for part in found] == sizes
        assert tuple(c for part in found for c in part.layout.columns) == columns
    assert [part.layout.columns for part in accumulators(access, [], CAPACITY)] == [()]


def test_only_what_can_differ_takes_a_flag(data: Cache) -> None:
    access = Access(data, "usersession", 0, Control())
    for metric, bits in (
        (Metric("ROWS"), 0),
        (Metric("COUNT", NUMBERS[0]), 0),  # every row has a value
        (Metric("COUNT", NUMBERS[1]), 1),
        (CITY, 1),
        (Metric("COUNT", CHILDREN[0]), 1),
        (Metric("COUNT", NUMBERS[0], where=FITS), 1),
        (Metric("AVG", NUMBERS[1], where=FITS), 2),
    ):
        assert (
            accumulator_of(access, columns_of([metric, metric]), CAPACITY).size == CAPACITY << bits
        )
        twice = [*columns_of([metric]), *columns_of([metric])]
        assert accumulator_of(access, twice, CAPACITY).layout.columns == columns_of([metric])


def test_the_totals_of_each_thread_are_announced(data: Cache) -> None:
    """Members and what adds them up, sums in two halves and extremes with their flags."""
    for metrics, arrays in (
        ([], 2),
        ([Metric("SUM", NUMBERS[0]), Metric("AVG", NUMBERS[0])], 4),
        ([Metric("SUM", NUMBERS[0]), Metric("MIN", NUMBERS[0]), Metric("MAX", NUMBERS[0])], 8),
    ):
        for threads in (1, 3):
            control = Control(threads)
            access = Access(data, "usersession", 0, control)
            accumulator_of(access, columns_of(metrics), CAPACITY)
            assert control.used == 8 * CAPACITY * arrays * threads
    with pytest.raises(MemoryLimit, match="of group totals"):
        accumulator_of(Access(data, "usersession", 0, Control(1, budget=Budget(1))), [], CAPACITY)


def test_a_question_that_is_asked_again_finds_nothing_out_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What its columns are, and what they ask for, is the same for all its runs: in a small answer
    this takes as long as the data."""
    data = usql.sample(sessions=50)
    text = (
        "SELECT city, COUNT(*), AVG(duration), SUM(userActionCount), MAX(duration), "
        "CONDITION(COUNT(userId), WHERE bounce = false), AVG(useraction.duration) "
        "FROM usersession GROUP BY city"
    )
    first = data.query(text).rows()
    made: list[str] = []
    for module, name in ((passes, "flags_of"), (state.StateColumn, "__init__")):
        own = getattr(module, name)

        def noted(*given: Any, own: Any = own, name: str = name, **named: Any) -> Any:
            made.append(name)
            return own(*given, **named)

        monkeypatch.setattr(module, name, noted)
    assert data.query(text).rows() == first
    assert made == []
    data.query("SELECT CONDITION(SUM(duration), WHERE duration > 1712345) FROM usersession")
    assert {*made} == {"flags_of", "__init__"}
