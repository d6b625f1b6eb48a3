"""Members of cells, morsel by morsel, against the distinct values of each row."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import pieces as small
from tests.unit.engine.rows.test_conditions import source_of
from usql.analysis.bound import FieldRef
from usql.catalog.model import FieldType
from usql.engine import Engine
from usql.engine.arrays.vectors import decode, to_arrow
from usql.engine.groups.key_codes import key_codes
from usql.engine.groups.row_group_pairs import Chunk, Slots, _join, at_places
from usql.engine.groups.slot_indexes import every_chunk, every_pair
from usql.engine.groups.slot_numbers import slot_numbers
from usql.engine.rows.scan import Source
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import MemoryLimit

START = 1_000


def field(table: str, name: str, kind: FieldType = FieldType.STRING, is_list: bool = False) -> Any:
    return FieldRef(table, name, None, kind, is_list, multi=is_list)


CITY = field("usersession", "city")
BOUNCE = field("usersession", "bounce", FieldType.BOOLEAN)
COUNTED = field("usersession", "userActionCount", FieldType.LONG)
GOALS = field("usersession", "matchingConversionGoals", is_list=True)
NAME = field("useraction", "name")
DURATION = field("useraction", "duration", FieldType.LONG)
ERROR = field("usererror", "type")

ROWS: list[dict[str, Any]] = [
    {
        "startTime": START + number,
        "city": ["a", None, "b", "a", "c"][number % 5],
        "bounce": [True, False, None][number % 3],
        "userActionCount": number % 7 - 3,
        "matchingConversionGoals": ["y", None, "x", "y"][: number % 5],
        "userActions": [
            {"name": ["m", "n", None][i % 3], "duration": None if i == 2 else i % 2 + number % 3}
            for i in range(number * 7 % 5)
        ],
        "errors": [{"type": f"e{i % 2}"} for i in range(number % 4)],
    }
    for number in range(40)
]
CHILDREN = {"useraction": "userActions", "usererror": "errors"}


@pytest.fixture(scope="module")
def data() -> Engine:
    return small.engine_of(ROWS, index_memory=0)


def own_values(table: str, row: dict[str, Any], key: FieldRef) -> set[Any]:
    """The distinct values of a row; of none, the missing one."""
    if key.table == table:
        found = row[key.name] if key.is_list else [row[key.name]]
    elif table == "usersession":
        found = [child[key.name] for child in row[CHILDREN[key.table]]]
    else:
        found = [row["session"][key.name]]
    return {v for v in found if v is not None} or {None}


def table_rows(table: str) -> list[dict[str, Any]]:
    if table == "usersession":
        return ROWS
    return [{**child, "session": row} for row in ROWS for child in row[CHILDREN[table]]]


def slots_of(found: Source, keys: list[FieldRef]) -> Slots:
    coded = [key_codes(found.access, key) for key in keys]
    return Slots(found, slot_numbers([one for one in coded if one is not None]))


def names_of(slots: Slots) -> list[tuple[Any, ...]]:
    """The values of each cell."""
    names = []
    for key in slots.keys:
        domain = key.coder.values()
        assert domain is not None
        column = decode(domain, np.arange(key.coder.size))
        names.append(to_arrow(column).to_pylist())
    return list(itertools.product(*names))


def pairs(slots: Slots, chunk: Chunk) -> Iterator[tuple[int, int]]:
    """Rows and cells of the members that count."""
    rows = at_places(chunk.rows, chunk.places)
    numbers = range(rows.start, rows.stop) if isinstance(rows, slice) else rows.tolist()
    assert len(chunk) == len(chunk.ids)
    assert chunk.ids.dtype.kind == "u"
    for row, slot in zip(numbers, chunk.ids.tolist(), strict=True):
        assert slot < slots.capacity
        if slot < slots.space:
            yield row, slot


CASES: list[tuple[str, list[FieldRef]]] = [
    ("usersession", []),
    ("usersession", [CITY]),
    ("usersession", [CITY, BOUNCE]),
    ("usersession", [BOUNCE, COUNTED, CITY]),
    ("usersession", [NAME]),
    ("usersession", [GOALS]),
    ("usersession", [NAME, CITY]),
    ("usersession", [CITY, NAME]),
    ("usersession", [NAME, DURATION]),
    ("usersession", [CITY, NAME, BOUNCE, GOALS]),
    ("usersession", [ERROR, COUNTED, NAME]),
    ("useraction", [CITY]),
    ("useraction", [NAME]),
    ("useraction", [NAME, CITY]),
    ("useraction", [BOUNCE, NAME, CITY, DURATION]),
    ("useraction", [BOUNCE, CITY]),
]
CONDITIONS = [
    ("", lambda row: True),
    ("usersession.userActionCount > 2", lambda row: row["userActionCount"] > 2),
    ("usersession.userActionCount > -3", lambda row: row["userActionCount"] > -3),
    ("usersession.userActionCount > -3 AND {table}.{field} IS NOT NULL", None),
    ("usersession.city = 'c'", lambda row: row["city"] == "c"),
    ("usersession.city = 'Nowhere'", lambda row: False),
]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(("condition", "fits"), CONDITIONS)
@pytest.mark.parametrize(("table", "keys"), CASES)
def test_the_pairs_of_slots(
    table: str, keys: list[FieldRef], condition: str, fits: Any, indexed: bool,
    data: Engine,
) -> None:  # fmt: skip
    own = "bounce" if table == "usersession" else "name"
    text = condition.format(table=table, field=own)
    rows = table_rows(table)

    def chosen(row: dict[str, Any]) -> bool:
        session = row.get("session", row)
        if fits is not None:
            return bool(fits(session))
        return session["userActionCount"] > -3 and row[own] is not None

    sizes = {**small.INDEXED, "most_uncut_rows": 0, "morsel_rows": 17}
    held = small.engine_of(ROWS, sizes) if indexed else replace(data, tuning=Tuning(**sizes))
    found = source_of(held, table, text)
    slots = slots_of(found, keys)
    names = names_of(slots)
    assert slots.space == len(names) == math.prod(slots.sizes)
    if indexed and len(keys) == 1 and slots.keys[0].offsets is not None:
        slots.pairs = every_pair(every_chunk(found, slots))
    made: Counter[tuple[int, tuple[Any, ...]]] = Counter()
    levels: list[Counter[tuple[Any, ...]]] = [Counter() for _ in keys]
    for part, every in found.morsels():
        chunks = slots.chunk(part, every)
        if chunks is None:
            continue
        chunk, counted = chunks
        assert chunk.nbytes >= chunk.ids.nbytes
        made.update((row, names[slot]) for row, slot in pairs(slots, chunk))
        assert [level for level, _ in counted] == [
            level for level in range(len(keys)) if slots.levels[level]
        ]
        for level, numbers in counted:
            stride = slots.strides[level]
            levels[level].update(names[n * stride][: level + 1] for n in numbers.tolist())
    expected = {
        (number, combined)
        for number, row in enumerate(rows)
        if chosen(row)
        for combined in itertools.product(*(own_values(table, row, key) for key in keys))
    }
    assert made == Counter(expected)
    for level, tally in enumerate(levels):
        several = any(
            key.multi or key.table not in (table, "usersession") for key in keys[level + 1 :]
        )
        assert slots.levels[level] == several
        if several:
            assert tally == Counter(
                combined
                for row in rows
                if chosen(row)
                for combined in itertools.product(
                    *(own_values(table, row, key) for key in keys[: level + 1])
                )
            )


def test_a_chunk_costs_its_numbers() -> None:
    ids = np.zeros(5, np.uint16)
    assert Chunk(slice(0, 5), None, ids).nbytes == 10
    assert Chunk(slice(0, 3), np.zeros(5, np.int64), ids).nbytes == 50


def test_each_pair_meets_each_value_of_its_row() -> None:
    owners, codes = np.array([0, 2, 2, 2, 3]), np.array([1, 7, 8, 9, 5], np.uint8)
    found, joined = _join(Control(), None, owners, codes, 5)
    assert list(zip(found.tolist(), joined.tolist(), strict=True)) == [
        (0, 1), (2, 7), (2, 8), (2, 9), (3, 5),
    ]  # fmt: skip
    found, joined = _join(Control(), np.array([3, 2, 1, 3]), owners, codes, 5)
    assert list(zip(found.tolist(), joined.tolist(), strict=True)) == [
        (0, 5), (1, 7), (1, 8), (1, 9), (3, 5),
    ]  # fmt: skip


def test_pairs_are_announced_before_they_are_multiplied() -> None:
    owners, codes = np.zeros(1000, np.int64), np.arange(1000, dtype=np.uint16)
    with pytest.raises(MemoryLimit, match="of group members"):
        _join(Control(budget=Budget(10**9)), np.zeros(10**6, np.int64), owners, codes, 1)


@pytest.mark.parametrize("most", [1, 4, 30])
def test_morsels_are_cut_by_the_pairs_of_their_rows(data: Engine, most: int) -> None:
    small_ones = replace(data, tuning=Tuning(most_multiplied_pairs=most))
    found = source_of(small_ones, "usersession", "startTime > 0")
    one, two = slots_of(found, [NAME]), slots_of(found, [NAME, ERROR, CITY])
    whole = [(slice(0, len(ROWS)), True)]
    assert one.cut(whole) == whole
    made = two.cut(whole)
    assert [part.start for part, _ in made[1:]] == [part.stop for part, _ in made[:-1]]
    assert (made[0][0].start, made[-1][0].stop) == (0, len(ROWS))
    assert len(made) > 1 or two.capacity > len(ROWS)
    for part, every in made:
        chunk = two.chunk(part, every)
        assert chunk is not None
        size = len(chunk[0])
        assert part.stop - part.start == 1 or size <= 2 * max(most, two.capacity)


def test_the_table_rows_of_pairs() -> None:
    rows, numbers = slice(10, 14), np.array([3, 8, 9])
    places = np.array([1, 1, 2])
    assert at_places(rows, None) is rows
    assert at_places(numbers, None) is numbers
    for given, wanted in ((rows, [11, 11, 12]), (numbers, [8, 8, 9])):
        found = at_places(given, places)
        assert isinstance(found, np.ndarray)
        assert found.tolist() == wanted
    far = at_places(slice(2**31 - 2, 2**31 + 2), places.astype(np.int32))
    assert isinstance(far, np.ndarray)
    assert far.tolist() == [2**31 - 1, 2**31 - 1, 2**31]


def test_slots_of_sessions_leave_room_for_those_that_do_not_fit(data: Engine) -> None:
    """A session that does not fit has a number past all cells, whatever its rows add to it."""
    found = source_of(data, "useraction", "usersession.city = 'a'")
    of_session, own = slots_of(found, [CITY, NAME]), slots_of(found, [NAME])
    assert (of_session.space, of_session.capacity) == (4 * 3, 2 * 4 * 3)
    assert (own.space, own.capacity) == (3, 4)
    mixed = source_of(data, "useraction", "usersession.city = 'a' AND duration > 1")
    assert slots_of(mixed, [CITY, NAME]).capacity == 4 * 3 + 1


# --- runs -----------------------------------------------------------------------------------------


def slots_by(data: Engine, table: str, keys: str) -> Slots:
    """The cells of a query's keys."""
    prepared = small.prepared_of(
        data.store, f"SELECT {keys}, COUNT(*) FROM {table} GROUP BY {keys}", now=START
    )
    found = source_of(data, table, "")
    bound: Any = prepared.bound
    coded = [key_codes(found.access, key.expression) for key in bound.keys]
    assert all(coded)
    return Slots(found, slot_numbers([one for one in coded if one is not None]))


DAYS = 'DATETIME(startTime, "d", "1d")'


def test_times_in_order_are_runs() -> None:
    """A day, then another, then none, then one, of forty rows each."""
    times = [day * 86_400_000 + row for day in (0, 1, 3) for row in range(40)]
    ordered = small.engine_of(
        [{"startTime": t, "city": "a", "userActions": [{"startTime": t}]} for t in times]
    )
    mixed = small.engine_of([{"startTime": t} for t in reversed(times)])
    for table in ("usersession", "useraction"):
        for constants, known in (({}, False), (small.INDEXED, True)):
            slots = slots_by(replace(ordered, tuning=Tuning(**constants)), table, DAYS)
            assert slots.has_runs
            assert slots.knows_runs == known
            runs = slots.runs(slice(30, 120), True)
            assert runs is not None
            assert [one.tolist() for one in runs] == [[0, 1, 3], [0, 10, 50]]
            assert slots.runs(slice(30, 120), False) is None
    for data, table, keys in (
        (ordered, "usersession", f"{DAYS}, city"),
        (ordered, "usersession", "city"),
        (ordered, "useraction", DAYS.replace("start", "usersession.start")),
        (ordered, "usersession", "HOUR(useraction.startTime)"),
        (mixed, "usersession", DAYS),
    ):
        slots = slots_by(data, table, keys)
        assert not slots.has_runs
        assert slots.runs(slice(30, 120), True) is None


@pytest.mark.parametrize("count", [127, 254, 255, 256])
def test_the_number_of_no_slot_fits_beside_the_slots(count: int) -> None:
    """Of as many cells as a byte has numbers, it takes two."""
    rows: list[dict[str, Any]] = [
        {
            "userActionCount": number % count,
            "bounce": number % 3 > 0,
            "matchingConversionGoals": [f"{number % count:03}"],
        }
        for number in range(300)
    ]
    data = small.engine_of(rows, index_memory=0)
    for keys in ([COUNTED], [GOALS]):
        for known in (False, True):
            found = source_of(data, "usersession", "bounce = TRUE")
            slots = slots_of(found, keys)
            assert slots.space == count + 1
            if known and keys == [GOALS]:
                slots.pairs = every_pair(every_chunk(found, slots))
            made = slots.chunk(slice(0, 300), False)
            assert made is not None
            assert sorted(pairs(slots, made[0])) == [
                (number, number % count) for number in range(300) if number % 3
            ]
