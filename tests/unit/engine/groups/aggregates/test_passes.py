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
from usql.engine.arrays.kernels import Array
from usql.engine.groups.aggregates.passes import Accumulator, accumulators, rides
from usql.engine.groups.aggregates.registry import columns_of
from usql.engine.groups.aggregates.totals import Accumulated
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit

RANDOM = np.random.default_rng(5)
COUNT = 90
CELLS = 4
SLOTS = CELLS + 1
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
def data() -> usql.Sessions:
    return usql.open(rows(), index_memory=0)


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


def expected(metric: Metric, members: Sequence[int]) -> Any:
    """A metric of the rows of a cell; of a row that counts twice, twice."""
    own = [values_of(metric, row) for row in members]
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
        members = size if places is None else len(places)
        yield rows, places, RANDOM.integers(0, SLOTS, members).astype(np.uint8)


def cells_of(parts: Sequence[Morsel]) -> list[list[int]]:
    """The rows of each cell."""
    found: list[list[int]] = [[] for _ in range(CELLS)]
    for rows, places, ids in parts:
        own = row_numbers(rows)
        members = own if places is None else [own[place] for place in places.tolist()]
        for row, cell in zip(members, ids.tolist(), strict=True):
            if cell < CELLS:
                found[cell].append(row)
    return found


def check(made: Accumulated, metric: Metric, members: Sequence[Sequence[int]]) -> None:
    column = column_of(made, metric, np.arange(CELLS), np.arange(CELLS), CELLS)
    for cell, own in enumerate(members):
        wanted = expected(metric, own)
        if column.valid is not None and not column.valid[cell]:
            assert wanted is None
            continue
        found = column.values[cell].item()
        if isinstance(wanted, float):
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-9), metric
        else:
            assert found == wanted, metric


WAYS: list[dict[str, Any]] = [
    {},
    small.LANES,
    {"passes.lane_bits": lambda cells, rows: 0},
    {"passes.lane_bits": lambda cells, rows: 8},
    {"kernels.EXACT": 1 << 9, "passes._FEW_CALLS": 0},
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("metrics", [PLAIN, CONDITIONAL, [*PLAIN, *CONDITIONAL[:5], CITY]])
def test_metrics_of_cells(
    data: usql.Sessions, metrics: list[Metric], threads: int, way: dict[str, Any]
) -> None:
    """One field at a time and a few together, by one thread and by some that are joined."""
    parts = list(morsels())
    members = cells_of(parts)
    together = [metrics[i : i + 5] for i in range(0, len(metrics), 5)] + [metrics[::6], []]
    with small.constants(way):
        for asked in together:
            access = data._engine._access("usersession", 0, Control(threads))
            accumulator = Accumulator(access, columns_of(asked), SLOTS)
            for number, (rows, places, ids) in enumerate(parts):
                accumulator.add(number % threads, rows, places, ids)
            made = accumulator.finish()
            assert made.counts[:CELLS].tolist() == [len(own) for own in members]
            for metric in asked:
                check(made, metric, members)


@pytest.mark.parametrize("name", ["tiny", "gaps", "below"])
@pytest.mark.parametrize("threads", [1, 2])
def test_sums_and_counts_of_many_rows(name: str, threads: int) -> None:
    """A scatter does both, in blocks that a double holds exactly."""
    size = 5000
    values = [OWN[name][i % COUNT] for i in range(size)]
    data = usql.open(sessions({name: v} for v in values), index_memory=0)
    for constants in ({}, {"passes._FEW_CALLS": 0}, {"passes._FEW_CALLS": 1 << 40}):
        ids = RANDOM.integers(0, SLOTS, size).astype(np.uint8)
        with small.constants(constants):
            access = data._engine._access("usersession", 0, Control(threads))
            accumulator = Accumulator(access, columns_of([Metric("SUM", field(name))]), SLOTS)
            accumulator.add(0, slice(0, size), None, ids)
            accumulator.add(threads - 1, slice(0, 7), None, ids[:7])
        made = accumulator.finish()
        members = [[*np.flatnonzero(ids == c), *np.flatnonzero(ids[:7] == c)] for c in range(CELLS)]
        assert made.counts[:CELLS].tolist() == [len(own) for own in members]
        sums = column_of(
            made, Metric("SUM", field(name)), np.arange(CELLS), np.arange(CELLS), CELLS
        )
        assert sums.values.tolist() == [sum(values[i] or 0 for i in own) for own in members]


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
    data = usql.open(
        sessions({name: v, "more": m} for v, m in zip(values, more, strict=True)), index_memory=0
    )
    ids = np.zeros(size, np.uint8) if alone else RANDOM.integers(0, SLOTS, size).astype(np.uint8)
    if name == "above" and not alone:
        ids[::3] = 0  # nothing else than missing values is there
        ids[1::3] = ids[2::3] = 1
    members = [np.flatnonzero(ids == cell) for cell in range(CELLS)]
    access = data._engine._access("usersession", 0, Control(1))
    metrics = [Metric("SUM", field("more")), Metric("SUM", field(name))]
    for asked in (metrics, metrics[::-1]):
        with small.constants({"passes.lane_bits": lambda cells, rows: 0}):
            accumulator = Accumulator(access, columns_of(asked), SLOTS)
        accumulator.add(0, slice(0, size), None, ids)
        made = accumulator.finish()
        assert made.counts[:CELLS].tolist() == [len(own) for own in members]
        for metric, held in zip(metrics, (more, values), strict=True):
            sums = column_of(made, metric, np.arange(CELLS), np.arange(CELLS), CELLS)
            assert sums.values.tolist() == [sum(held[i] or 0 for i in own) for own in members]
            assert sums.values.dtype == made.counts.dtype == np.int64


@pytest.mark.parametrize("values", [[2**53, 1, 1], [-(2**53), -1, -1], [2**52, 2**52, 1]])
def test_sums_beyond_what_doubles_hold_are_exact(data: usql.Sessions, values: list[int]) -> None:
    accumulator = Accumulator(data._engine._access("usersession", 0, Control(1)), [], 1)
    into = np.zeros(1, dtype=np.int64)
    for _ in range(2):
        accumulator._add(into, np.array(values), np.zeros(3, np.int64))
    assert into[0] == 2 * sum(values)


def test_cells_with_flags_need_wider_numbers(data: usql.Sessions) -> None:
    """Two hundred cells have numbers of a byte, with flags they do not."""
    slots = 200
    ids = np.arange(COUNT, dtype=np.uint8) + 100
    metrics = [CITY, Metric("COUNT", NUMBERS[1]), Metric("COUNT", NUMBERS[2])]
    for lanes in (0, 3):
        with small.constants({"passes.lane_bits": lambda cells, rows, lanes=lanes: lanes}):
            access = data._engine._access("usersession", 0, Control(1))
            accumulator = Accumulator(access, columns_of(metrics), slots)
        accumulator.add(0, slice(0, COUNT), None, ids)
        made = accumulator.finish()
        for metric in metrics:
            column = column_of(made, metric, np.arange(slots), np.arange(slots), slots)
            assert column.values[100 : 100 + COUNT].tolist() == [
                expected(metric, [row]) for row in range(COUNT)
            ]
            assert not column.values[:100].any()


def test_threads_without_a_morsel_are_left_out(data: usql.Sessions) -> None:
    metric = Metric("SUM", NUMBERS[0])
    accumulator = Accumulator(
        data._engine._access("usersession", 0, Control(4)), columns_of([metric]), SLOTS
    )
    for worker in (1, 3):
        accumulator.add(worker, slice(0, 9), None, np.zeros(9, np.uint8))
    made = accumulator.finish()
    assert made.counts[:CELLS].tolist() == [18, 0, 0, 0]
    check(made, metric, [[*range(9), *range(9)], [], [], []])


# --- runs -----------------------------------------------------------------------------------------


def test_several_sums_of_runs() -> None:
    """Of which running sums know some; in several places for each cell."""
    data = usql.open(rows())
    metrics = [Metric("SUM", f) for f in (NUMBERS[0], NUMBERS[2], NUMBERS[3])]
    with small.constants({**small.LANES, "index_cache.FEWEST_ROWS": 1}):
        access = data._engine._access("usersession", 0, Control(1))
        accumulator = Accumulator(access, columns_of(metrics), SLOTS)
        accumulator.use_running_sums()
        assert not accumulator.knows_runs
        accumulator.add_runs(0, slice(5, 25), np.array([1, 2]), np.array([0, 8]))
        made = accumulator.finish()
    assert made.counts[:CELLS].tolist() == [0, 8, 12, 0]
    for metric in metrics:
        check(made, metric, [[], range(5, 13), range(13, 25), []])
        sums = column_of(made, metric, np.arange(CELLS), np.arange(CELLS), CELLS)
        assert sums.values.dtype == np.int64


@pytest.mark.parametrize("indexed", [False, True])
def test_rows_that_are_runs_of_cells(indexed: bool) -> None:
    """Each a cell of its own; what running sums know is not read."""
    data = usql.open(rows())
    metrics = [Metric("ROWS"), *(Metric("SUM", f) for f in (*NUMBERS, field("endless", FieldType.DOUBLE)))]  # fmt: skip
    with small.constants({"index_cache.FEWEST_ROWS": 1 if indexed else 1 << 20}):
        access = data._engine._access("usersession", 0, Control(1))
        for metric in metrics:
            accumulator = Accumulator(access, columns_of([metric]), SLOTS)
            assert accumulator.takes_runs
            accumulator.use_running_sums()
            narrow = metric.field is None or metric.field.name not in ("wide", "endless")
            assert accumulator.knows_runs == (metric.field is None or (indexed and narrow))
            members: list[list[int]] = [[] for _ in range(CELLS)]
            for first, cells, starts in ((10, [0, 1, 3], [0, 4, 9]), (40, [1, 2], [0, 1])):
                ends = [*starts[1:], 20]
                accumulator.add_runs(0, slice(first, first + 20), np.array(cells), np.array(starts))
                for cell, start, end in zip(cells, starts, ends, strict=True):
                    members[cell] += range(first + start, first + end)
            made = accumulator.finish()
            assert made.counts[:CELLS].tolist() == [len(own) for own in members]
            check(made, metric, members)


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
def test_what_runs_can_add_up(data: usql.Sessions, metric: Metric, takes: bool) -> None:
    access = data._engine._access("usersession", 0, Control(1))
    assert Accumulator(access, columns_of([metric]), SLOTS).takes_runs == takes


def test_fields_of_the_session_are_not_added_up_in_runs(data: usql.Sessions) -> None:
    access = data._engine._access("useraction", 0, Control(1))
    assert not Accumulator(access, columns_of([Metric("SUM", NUMBERS[0])]), SLOTS).takes_runs


# --- how metrics share a pass ---------------------------------------------------------------------


def test_what_rides_along_with_the_count() -> None:
    """Narrow whole numbers of the rows themselves, of which enough are packed together."""
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
    data = usql.open(rows, index_memory=0)
    access = data._engine._access("usersession", 0, Control(1))

    def most(metric: Metric) -> int:
        """The largest number of cells with which a metric rides."""
        return max(slots for slots in range(100) if not slots or rides(access, metric, slots))

    for function, name, slots in (
        ("SUM", "narrow", 20), ("AVG", "narrow", 20), ("SUM", "gaps", 20),
        ("AVG", "gaps", 10),  # twice the cells, for the rows with a value
        ("MAX", "narrow", 0), ("COUNT", "narrow", 0), ("DISTINCT", "narrow", 0),
        ("SUM", "wide", 0), ("SUM", "none", 20),
    ):  # fmt: skip
        assert most(Metric(function, field(name))) == slots
    assert most(Metric("SUM", field("real", FieldType.DOUBLE))) == 0
    assert most(Metric("SUM", field("narrow"), where=FITS)) == 0
    assert most(Metric("SUM", field("narrow", table="useraction"))) == 0
    assert most(Metric("ROWS")) == 0
    actions = data._engine._access("useraction", 0, Control(1))
    assert rides(actions, Metric("SUM", field("narrow", table="useraction")), 20) is False
    own = FieldRef("useraction", "narrow", None, FieldType.LONG, is_list=False, multi=False)
    assert rides(actions, Metric("SUM", own), 20)
    assert not rides(actions, Metric("SUM", field("narrow")), 20)
    with small.constants({"passes._ROWS_PER_CELL": 0}):
        assert rides(access, Metric("SUM", field("broad")), 256)  # 32 bits each, 10 for the rows
        assert not rides(access, Metric("SUM", field("broad")), 257)


def test_metrics_with_other_flags_are_counted_apart(data: usql.Sessions) -> None:
    """As long as the cells with flags are few they share a count."""
    access = data._engine._access("usersession", 0, Control(1))
    metrics = [
        Metric("ROWS"), Metric("COUNT", NUMBERS[1]), Metric("AVG", NUMBERS[1]),
        Metric("COUNT", NUMBERS[2]), Metric("ROWS", where=FITS),
    ]  # fmt: skip
    columns = columns_of(metrics)
    assert len(columns) == 7
    for most, sizes in (
        (SLOTS * 8, [7]), (SLOTS * 8 - 1, [6, 1]), (SLOTS * 4, [6, 1]), (SLOTS * 4 - 1, [5, 1, 1]),
        (SLOTS * 2, [5, 1, 1]), (SLOTS * 2 - 1, [1, 4, 1, 1]), (1, [1, 4, 1, 1]),
    ):  # fmt: skip
        with small.constants({"passes._MOST_FLAGGED": most}):
            found = accumulators(access, columns, SLOTS)
        assert [len(part.columns) for part in found] == sizes
        assert tuple(c for part in found for c in part.columns) == columns
    assert [part.columns for part in accumulators(access, [], SLOTS)] == [()]


def test_only_what_can_differ_takes_a_flag(data: usql.Sessions) -> None:
    access = data._engine._access("usersession", 0, Control(1))
    with small.constants({"passes.lane_bits": lambda cells, rows: 0}):
        for metric, bits in (
            (Metric("ROWS"), 0),
            (Metric("COUNT", NUMBERS[0]), 0),  # every row has a value
            (Metric("COUNT", NUMBERS[1]), 1),
            (CITY, 1),
            (Metric("COUNT", CHILDREN[0]), 1),
            (Metric("COUNT", NUMBERS[0], where=FITS), 1),
            (Metric("AVG", NUMBERS[1], where=FITS), 2),
        ):
            assert Accumulator(access, columns_of([metric, metric]), SLOTS).size == SLOTS << bits
            twice = [*columns_of([metric]), *columns_of([metric])]
            assert Accumulator(access, twice, SLOTS).columns == columns_of([metric])


def test_the_totals_of_each_thread_are_announced(data: usql.Sessions) -> None:
    """Members and what adds them up, sums in two halves and extremes with their flags."""
    with small.constants({"passes.lane_bits": lambda cells, rows: 1}):
        for metrics, arrays in (
            ([], 2),
            ([Metric("SUM", NUMBERS[0]), Metric("AVG", NUMBERS[0])], 4),
            ([Metric("SUM", NUMBERS[0]), Metric("MIN", NUMBERS[0]), Metric("MAX", NUMBERS[0])], 8),
        ):
            for threads in (1, 3):
                control = Control(threads)
                access = data._engine._access("usersession", 0, control)
                Accumulator(access, columns_of(metrics), SLOTS)
                assert control.used == 8 * (2 * SLOTS) * arrays * threads
    with pytest.raises(MemoryLimit, match="of group totals"):
        Accumulator(data._engine._access("usersession", 0, Control(1, budget=Budget(1))), [], SLOTS)
