"""Summaries one by one: grids, what conditions leave of them, and metrics, against plain sums."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.groups.aggregates.finished import column_of
from tests.unit.engine.pieces import INDEXED, access_to, retuned
from usql.analysis.bound import AllOf, AnyOf, Condition, FieldRef, Metric, Timeframe
from usql.engine.groups.cube import Cube, Grid
from usql.engine.groups.cube_totals import CubeTotals, is_in_cube, sizes_with, totals_from_cube
from usql.engine.groups.key_codes import KeyCodes, key_codes
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.store.views import to_arrow

RANDOM = np.random.default_rng(8)
START = 1_772_409_600_000
COUNT = 60

Row = dict[str, Any]


def _row(number: int) -> Row:
    pick = RANDOM.integers
    row: Row = {
        "userSessionId": f"{number:03}",
        "startTime": START + number * 1000,
        "city": "abcd"[pick(4)],
        "bounce": bool(pick(2)),
        "level": int(pick(-2, 4)),
        "value": int(pick(-100, 100)),
        "wide": int(pick(-(2**40), 2**40)),
        "score": float(pick(-9, 9)) / 4,
        "marks": [None if pick(4) == 0 else int(pick(9)) for _ in range(pick(3))],
        "userActions": [
            {"name": "xyz"[pick(3)], "duration": int(pick(0, 50))} for _ in range(pick(4))
        ],
    }
    for name in ("city", "bounce", "level", "value", "score"):
        if pick(5) == 0:
            del row[name]
    for action in row["userActions"]:
        if pick(4) == 0:
            del action["duration"]
    return row


ROWS = [_row(number) for number in range(COUNT)]
BLOCK = 8

ALWAYS = {
    "worth_cube_one_in": 1 << 30,
    "always_cube_slots": 1 << 20,
    "zone_rows": BLOCK,
    **INDEXED,
}


def opened(threads: int = 1, rows: list[Row] = ROWS, **sizes: int) -> Access:
    return access_to(rows, sizes=ALWAYS | sizes, threads=threads)


def sized(access: Access, **sizes: int) -> Access:
    """The same access with other sizes."""
    return retuned(access, ALWAYS | sizes)


def keys_of(access: Access, names: Sequence[str]) -> list[KeyCodes]:
    found = [key_codes(access, few.field(access, name)) for name in names]
    assert all(found)
    return [key for key in found if key is not None]


VALUES: dict[str, list[Any]] = {
    "city": ["a", "b", "c", "d", None],
    "bounce": [False, True, None],
    "level": [-2, -1, 0, 1, 2, 3, None],
    "useraction.name": ["x", "y", "z", None],
}
"""The values of the dimensions in the order of their codes."""


def values_of(row: Row, name: str) -> list[Any]:
    if name.startswith("useraction."):
        return [a.get(name.partition(".")[2]) for a in row["userActions"]]
    return row["marks"] if name == "marks" else [row.get(name)]


def pairs(rows: list[Row], names: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of each combination of values; a row is once in each that it has."""
    found: dict[tuple[Any, ...], list[Row]] = {
        slot: [] for slot in itertools.product(*(VALUES[name] for name in names))
    }
    for row in rows:
        own = [{v for v in values_of(row, n) if v is not None} or {None} for n in names]
        for slot in itertools.product(*own):
            found[slot].append(row)
    return found


FIELDS = [
    "city", "value", "wide", "score", "userSessionId", "useraction.name", "useraction.duration",
    "marks",
]  # fmt: skip


def numbers_in(rows: list[Row], name: str) -> list[Any]:
    return [v for row in rows for v in values_of(row, name) if v is not None]


def check(grid: Grid, rows: list[Row], names: Sequence[str], fields: dict[str, FieldRef]) -> None:
    slots = list(pairs(rows, names).values())
    assert grid.rows.tolist() == [len(own) for own in slots]
    for name, field in fields.items():
        having = [[row for row in own if numbers_in([row], name)] for own in slots]
        assert grid.having[field].tolist() == [len(own) for own in having]
        if name in ("city", "userSessionId", "useraction.name"):
            assert field not in grid.sums
            assert field not in grid.values
            continue
        assert grid.values[field].tolist() == [len(numbers_in(own, name)) for own in slots]
        assert grid.sums[field].tolist() == [sum(numbers_in(own, name)) for own in slots]


DIMENSIONS = [[], ["city"], ["bounce", "level"], ["level", "bounce", "city"], ["useraction.name"], ["level", "useraction.name"]]  # fmt: skip


@pytest.mark.parametrize("names", DIMENSIONS)
def test_the_grid_of_all_rows(names: list[str]) -> None:
    access = opened(1 + len(names) % 2)
    fields = {name: few.field(access, name) for name in FIELDS}
    cube = Cube(Source(access), None, [], keys_of(access, names))
    for some in (FIELDS[:2], FIELDS[1:4], FIELDS, FIELDS[::-2], []):
        asked = {name: fields[name] for name in some}
        for _ in range(2):
            grid = cube.grid(list(asked.values()))
            assert grid is not None
            check(grid, ROWS, names, asked)
    of = ", ".join(f"usersession.{n}" if "." not in n else n for n in names) or "all"
    labels = [f"usersession.{n}" if "." not in n else n for n in FIELDS]
    wanted = {f"sizes of usersession by {of}"}
    wanted |= {f"totals of usersession by {of} with {name}" for name in labels}
    assert set(access.used) == wanted
    reader = dataclasses.replace(access, builds=False, used={})
    again = Cube(Source(reader), None, [], keys_of(reader, names)).grid(list(fields.values()))
    assert again is not None
    check(again, ROWS, names, fields)
    fresh = dataclasses.replace(opened(), builds=False)
    assert Cube(Source(fresh), None, [], keys_of(fresh, names)).grid([]) is None


ENDS = [0, 1, 8, 9, 17, 48, 55, 57, 60]


@pytest.mark.parametrize("names", DIMENSIONS)
def test_the_grid_of_a_range_of_time(names: list[str]) -> None:
    """Blocks inside of it and rows at its edges."""
    access = opened()
    fields = {name: few.field(access, name) for name in FIELDS}
    for number, (first, last) in enumerate(itertools.combinations(ENDS, 2)):
        between = f"startTime BETWEEN {START + first * 1000} AND {START + last * 1000 - 1}"
        condition = few.condition(access, between)
        asked = {name: fields[name] for name in FIELDS[number % 3 :: 2]}
        zone = Source(access, condition)
        cube = Cube(Source(access, condition), zone, [], keys_of(access, names))
        grid = cube.grid(list(asked.values()))
        assert grid is not None
        check(grid, ROWS[first:last], names, asked)
    assert all(f"blocks of {BLOCK}" in name for name in access.used)


def test_the_grid_of_a_timeframe() -> None:
    """Sessions overlap it; none of its rows is known to fit before it is read."""
    rows = [{**row, "endTime": row["startTime"] + 2500} for row in ROWS]
    access = opened(rows=rows)
    field = few.field(access, "value")
    for first, last in ((0, 60_000), (9_000, 41_500), (30_000, 30_001)):
        zone = Source(access, None, Timeframe(START + first, START + last))
        grid = Cube(Source(access), zone, [], keys_of(access, ["city"])).grid([field])
        assert grid is not None
        kept = [r for n, r in enumerate(ROWS) if n * 1000 < last and n * 1000 + 2500 >= first]
        check(grid, kept, ["city"], {"value": field})


Fits = Callable[[Row], bool]


def _level(low: int, high: int) -> Fits:
    return lambda row: row.get("level") is not None and low <= row["level"] <= high


CONDITIONS: list[tuple[str, Fits]] = [
    ("city = 'b'", lambda row: row.get("city") == "b"),
    ("city IN ('a', 'c')", lambda row: row.get("city") in ("a", "c")),
    ("city != 'a'", lambda row: row.get("city") != "a"),
    ("city IS NULL", lambda row: row.get("city") is None),
    ("level BETWEEN 0 AND 2", _level(0, 2)),
    ("level >= -2", _level(-2, 9)),
    ("level = -2", _level(-2, -2)),
    ("level IN (-2, 3, 77)", lambda row: row.get("level") in (-2, 3)),
    ("level = 77", lambda row: False),
    ("NOT level > 0", lambda row: not _level(1, 9)(row)),
    ("bounce = TRUE OR city = 'd'", lambda row: row.get("bounce") is True or row.get("city") == "d"),
    ("bounce = TRUE AND level < 1", lambda row: row.get("bounce") is True and _level(-9, 0)(row)),
    ("country = 'nowhere'", lambda row: False),
]  # fmt: skip
NONE_OF_THEM: list[tuple[Condition, Fits]] = [
    (AnyOf(()), lambda row: False),
    (AllOf(()), lambda row: True),
]


@pytest.mark.parametrize("keys", [[], ["city"], ["level"], ["bounce", "city"], ["country"]])
def test_what_conditions_leave(keys: list[str]) -> None:
    """Of the cells; conditions may test keys, other dimensions and both."""
    values = VALUES | {"country": ["somewhere", None]}
    rows = [{**row, "country": "somewhere"} for row in ROWS]
    access = opened(rows=rows)
    field = few.field(access, "value")
    tested = [name for name in ("city", "bounce", "level", "country") if name not in keys]
    cube = Cube(Source(access), None, keys_of(access, tested), keys_of(access, keys))
    grid = cube.grid([field])
    assert grid is not None
    none: tuple[Condition | None, Fits] = (None, lambda row: True)
    bound = [(few.condition(access, text), fits) for text, fits in CONDITIONS]
    known: list[tuple[Condition | None, Fits]] = [*bound, *NONE_OF_THEM]
    for (one, fits), (other, also) in itertools.product([none, *known], [none, *known[::4]]):
        kept = [row for row in rows if fits(row) and also(row)]
        every = itertools.product(*(values[key] for key in keys))
        slots: dict[tuple[Any, ...], list[Row]] = {slot: [] for slot in every}
        for row in kept:
            slots[tuple(row.get(key) for key in keys)].append(row)
        for conditions in ((one, other), (other, one)):
            found = cube.reduced(grid.rows, conditions)
            assert found.tolist() == [len(own) for own in slots.values()]
            found = cube.reduced(grid.sums[field], conditions)
            assert found.tolist() == [sum(numbers_in(own, "value")) for own in slots.values()]


def test_a_dimension_of_two_values_that_nothing_asks_for() -> None:
    rows = [{"city": city, "country": "here"} for city in "aab"] + [{"city": "a"}] * 3
    access = opened(rows=rows)
    tested, keys = keys_of(access, ["country"]), keys_of(access, ["city"])
    cube = Cube(Source(access), None, tested, keys)
    grid = cube.grid([])
    assert grid is not None
    assert cube.reduced(grid.rows, (None, None)).tolist() == [5, 1, 0]


def test_a_grid_of_more_slots_than_a_morsel_has_rows() -> None:
    rows = [{"city": f"{number:03}", "country": f"{number:03}"} for number in range(400)]
    access = opened(rows=rows)
    grid = Cube(Source(access), None, [], keys_of(access, ["city", "country"])).grid([])
    assert grid is not None
    assert np.flatnonzero(grid.rows).tolist() == [number * 402 for number in range(400)]


def test_how_large_a_cube_may_be() -> None:
    access = opened()
    keys = keys_of(access, ["city", "bounce"])  # 15 cells, also the quarter of 60 rows
    condition = few.condition(access, f"startTime > {START}")
    zone = Source(access, condition)
    for few_slots, most, expected in ((15, 99, True), (14, 99, True), (99, 15, True), (99, 14, False), (0, 99, True)):  # fmt: skip
        found = sized(access, always_cube_slots=few_slots, most_cube_slots=most)
        assert Cube(Source(found), None, [], keys).is_small is expected
    for few_slots, expected in ((15, True), (14, False)):
        found = sized(access, always_cube_slots=few_slots, rows_per_cube_slot=5)
        assert Cube(Source(found), None, [], keys).is_small is expected
    for few_slots, expected in ((15 * 8, True), (15 * 8 - 1, False)):  # 8 blocks
        found = sized(access, always_cube_slots=few_slots, rows_per_cube_slot=5)
        assert Cube(Source(found), zone, [], keys).is_small is expected


@pytest.mark.parametrize(("worth", "expected"), [(2, True), (1, False)])
def test_when_a_cube_is_made(worth: int, expected: bool) -> None:
    """Where a row in so many is asked for: 30 of 60 here."""
    rows = [{**row, "half": number % 2} for number, row in enumerate(ROWS)]
    access = opened(rows=rows, worth_cube_one_in=worth)
    keys = keys_of(access, ["city"])
    half = Source(access, few.condition(access, "half = 1"))
    assert (Cube(half, None, [], keys).grid([]) is not None) is expected
    access = opened(worth_cube_one_in=worth)
    for last in (24, 32):  # blocks of 8
        late = Source(access, few.condition(access, f"startTime < {START + last * 1000}"))
        made = Cube(Source(access), late, [], keys_of(access, ["city"])).grid([])
        assert (made is not None) is (expected and last == 32)
    access = opened(worth_cube_one_in=worth)
    latest = Source(access, few.condition(access, f"startTime > {START + 56_000}"))
    assert Cube(Source(access), latest, [], keys_of(access, ["city"])).grid([]) is None
    access = sized(access, worth_cube_one_in=1)
    assert Cube(Source(access), None, [], keys_of(access, ["city"])).grid([]) is not None
    access = opened(
        rows=[{**row, "tenth": number % 10} for number, row in enumerate(ROWS)],
        worth_cube_one_in=6,
        cube_sample_rows=6,
    )
    sampled = Source(access, few.condition(access, "tenth = 0"))
    assert Cube(sampled, None, [], keys_of(access, ["city"])).grid([]) is not None


@pytest.mark.parametrize("values", [[2**62], [2**61, -(2**61)], [2**62, 2**62, 2**62]])
def test_sums_that_may_leave_64_bits_have_no_cube(values: list[int]) -> None:
    access = opened(rows=[{"city": "a", "v": v} for v in values] + [{"city": "b", "v": 0}] * 3)
    keys = keys_of(access, ["city"])
    cube = Cube(Source(access), None, [], keys)
    found = cube.grid([few.field(access, "v")])
    if sum(values) == 0:  # in one cell they cancel
        assert found is not None
    else:
        assert found is None
        assert cube.grid([few.field(access, "v")]) is None
    assert Cube(Source(access), None, [], keys).grid([few.field(access, "city")]) is not None
    apart = opened(rows=[{"city": c, "v": v} for c, v in (("a", 2**61), ("b", -(2**61)))])
    field = few.field(apart, "v")
    assert Cube(Source(apart), None, [], keys_of(apart, ["city"])).grid([field]) is None
    near = opened(rows=[{"city": c, "v": v} for c, v in (("a", 2**61), ("b", -(2**60)))])
    field = few.field(near, "v")
    assert Cube(Source(near), None, [], keys_of(near, ["city"])).grid([field]) is not None


# --- metrics ----------------------------------------------------------------------------------


def metrics_of(access: Access) -> list[Metric]:
    where = [None, few.condition(access, "level > 0"), few.condition(access, "city IN ('a', 'c')")]
    of = [few.field(access, name) for name in ("value", "score", "useraction.duration", "marks")]
    made = [Metric("ROWS", where=w) for w in where]
    for field in of:
        made += [Metric(name, field, where=w) for name in ("COUNT", "SUM", "AVG") for w in where]
    return [*made, Metric("COUNT", few.field(access, "city"))]


FITS: dict[str | None, Fits] = {
    None: lambda row: True,
    "level": _level(1, 9),
    "city": lambda row: row.get("city") in ("a", "c"),
}


def plain_metric(metric: Metric, rows: list[Row]) -> Any:
    where: Any = metric.where
    kept = [row for row in rows if FITS[None if where is None else where.field.name](row)]
    if metric.field is None:
        return len(kept)
    name = metric.field.text.removeprefix("usersession.")
    own = numbers_in(kept, name)
    match metric.function:
        case "COUNT":
            return sum(bool(numbers_in([row], name)) for row in kept)
        case "SUM":
            return pytest.approx(sum(own))
    return pytest.approx(math.fsum(own) / len(own)) if own else None


TIMED = f"startTime BETWEEN {START + 5000} AND {START + 44_000}"


def _from(first: int, last: int) -> Fits:
    return lambda row: first <= int(row["userSessionId"]) <= last


def _true(row: Row) -> bool:
    return row.get("bounce") is True


WHERE: list[tuple[str, Fits]] = [
    ("", lambda row: True),
    ("bounce = TRUE", _true),
    ("bounce = TRUE AND level > -2", lambda row: _true(row) and _level(-1, 9)(row)),
    (TIMED, _from(5, 44)),
    (f"{TIMED} AND bounce = TRUE", lambda row: _from(5, 44)(row) and _true(row)),
    (
        f"{TIMED} AND startTime < {START + 20_000} AND bounce = TRUE AND level < 2",
        lambda row: _from(5, 19)(row) and _true(row) and _level(-9, 1)(row),
    ),
    (f"startTime < {START + 9000} OR bounce = TRUE", lambda row: _from(0, 8)(row) or _true(row)),
]


@pytest.mark.parametrize(("where", "fits"), WHERE)
@pytest.mark.parametrize("names", [[], ["city"], ["city", "bounce"], ["useraction.name"]])
def test_metrics_of_groups(names: list[str], where: str, fits: Fits) -> None:
    access = opened()
    found = Source(access, few.condition(access, where) if where else None)
    metrics = metrics_of(access)
    made = totals_from_cube(found, keys_of(access, names), metrics)
    assert isinstance(made, CubeTotals)
    slots = list(pairs([row for row in ROWS if fits(row)], names).values())
    assert made.counts.tolist() == [len(own) for own in slots]
    size = len(slots)
    every = np.arange(size)
    for metric in metrics:
        column = column_of(made, metric, every, every[::-1], size)
        wanted = [plain_metric(metric, own) for own in reversed(slots)]
        assert to_arrow(column).to_pylist() == wanted
        real = metric.function == "AVG" or (metric.function == "SUM" and "score" in str(metric))
        assert column.type.value == ("double" if real else "long")
        if size > 2:
            joined = column_of(made, metric, every, every % 2, 2)
            halves = [[r for own in slots[half::2] for r in own] for half in (0, 1)]
            assert to_arrow(joined).to_pylist() == [plain_metric(metric, own) for own in halves]
    matches = [] if "useraction.name" in names else [sum(map(len, slots))]
    assert found.matches == matches


@pytest.mark.parametrize(
    ("function", "expected"),
    [("ROWS", True), ("COUNT", True), ("SUM", True), ("AVG", True), ("MIN", False), ("DISTINCT", False)],
)  # fmt: skip
def test_which_metrics_it_serves(function: str, expected: bool) -> None:
    access = opened()
    field = None if function == "ROWS" else few.field(access, "value")
    metric = Metric(function, field)
    assert is_in_cube(metric) is expected
    for asked in ([metric], [Metric("ROWS"), metric]):
        made = totals_from_cube(Source(access), keys_of(access, ["city"]), asked)
        assert (made is not None) is expected


@pytest.mark.parametrize(
    "where",
    [
        "useraction.name = 'x'",
        "bounce = TRUE AND useraction.name = 'x'",
        "score > 1",
        "endTime > 5",
    ],
)
def test_conditions_that_it_does_not_serve(where: str) -> None:
    """Of several values a row, of fields with no codes, and ranges of no blocks."""
    access = opened()
    source = Source(access, few.condition(access, where))
    assert totals_from_cube(source, keys_of(access, ["city"]), [Metric("ROWS")]) is None
    where_of = Metric("ROWS", where=few.condition(access, "useraction.name = 'x'"))
    assert totals_from_cube(Source(access), keys_of(access, ["city"]), [where_of]) is None
    access = sized(access, always_cube_slots=1, most_cube_slots=1)
    assert totals_from_cube(Source(access), keys_of(access, ["city"]), [Metric("ROWS")]) is None


def test_a_timeframe_is_a_range_of_blocks() -> None:
    access = opened()
    ends = [START, START + 10_000, START + 30_000, None]
    for start, end in itertools.product([None, *ends[:3]], ends[1:]):
        found = totals_from_cube(
            Source(access, None, Timeframe(start, end)), keys_of(access, ["city"]), [Metric("ROWS")]
        )
        assert found is not None
        kept = [
            row
            for row in ROWS
            if (start is None or row["startTime"] >= start)
            and (end is None or row["startTime"] < end)
        ]
        assert found.counts.tolist() == [len(own) for own in pairs(kept, ["city"]).values()]


def test_sizes_by_a_further_field() -> None:
    access = opened()
    found = sizes_with(Source(access), keys_of(access, ["city"]), few.field(access, "level"))
    assert found is not None
    slots = pairs(ROWS, ["level", "city"])
    wanted = [[len(slots[level, city]) for city in VALUES["city"]] for level in VALUES["level"]]
    assert found.tolist() == wanted
    for name in ("useraction.name", "score"):
        field = few.field(access, name)
        assert sizes_with(Source(access), keys_of(access, ["city"]), field) is None
    access = sized(access, always_cube_slots=1, most_cube_slots=1)
    field = few.field(access, "level")
    assert sizes_with(Source(access), keys_of(access, ["city"]), field) is None
