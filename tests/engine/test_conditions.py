"""Compiled conditions: masks over ranges and over row numbers, what minima and maxima say of whole
ranges, and the morsels that are read, all against the reference."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import usql
from tests.engine.columns import row_numbers, some_rows
from tests.engine.made import mixed
from tests.engine.pieces import CASES, INDEXED, constants
from tests.reference import evaluate
from tests.strategies import BASE, Draw, Queries, session, strategy
from usql.catalog.model import FieldType
from usql.engine.control import Control
from usql.engine.scan import (
    Source,
    count_selected,
    first_selected,
    narrowed,
    selected,
    source,
)
from usql.engine.statistics import BLOCK, zones_of
from usql.language.parser import parse
from usql.planner.plan import Filter, Scan
from usql.planner.rewrite import walk
from usql.store.columns import NumberColumn

Frame = tuple[int | None, int | None]
SECONDARY = ["useraction", "userevent", "usererror"]


def source_of(
    data: usql.Sessions, table: str, condition: str, frame: Frame = (None, None), threads: int = 1
) -> Source:
    """The rows of a table that fit a condition in a timeframe, as a plan reads them."""
    prepared = data._prepare(
        f"SELECT COUNT(*) FROM {table}" + (f" WHERE {condition}" if condition else ""),
        start=frame[0],
        end=frame[1],
        now=BASE,
        utc_offset=0,
        profile="offline",
        parameters=None,
    )
    rows = next(n for n in walk(prepared.plan) if isinstance(n, Filter | Scan))
    return source(data._engine._access(table, 0, Control(threads)), rows)


def fitting(data: list[dict[str, Any]], table: str, condition: str, frame: Frame) -> list[bool]:
    """Per row of a table, whether the reference takes it."""
    marked = [{**s, "futureNumber": number} for number, s in enumerate(data)]
    children = {"useraction": "userActions", "userevent": "events", "usererror": "errors"}
    if table == "usersession":
        rows = range(len(marked))
        name = "futureNumber"
    else:
        number = itertools.count()
        field = children[table]
        marked = [
            {**s, field: [{**c, "mark": next(number)} for c in s.get(field) or []]} for s in marked
        ]
        rows = range(next(number))
        name = "mark"
    query = parse(f"SELECT {name} FROM {table} WHERE {condition}").query
    assert query is not None
    start, end = frame
    found = evaluate(query, marked, start=start, end=end, now=BASE, profile="offline").rows
    kept = {row[0] for row in found}
    return [row in kept for row in rows]


def condition(draw: Draw) -> tuple[str, str]:
    """A table and a condition on its rows."""
    parts = Queries(draw)
    if parts.table not in ("usersession", *SECONDARY):
        parts.table = "useraction"
        parts.reach = ["useraction", "usersession"]
    return parts.table, parts.condition()


def check_nodes(found: Source, wanted: list[bool], data: Any) -> None:
    """What a source's node says of some rows is what is wanted of them."""
    node = found.node
    if node is None:  # the planner knows that all fit
        assert all(wanted)
        return
    rows = data.draw(some_rows(len(wanted)))
    expected = [wanted[i] for i in row_numbers(rows)]
    assert node.mask(rows).tolist() == expected
    if not isinstance(rows, slice):
        return
    hits = node.hits(rows)
    if hits is not None:
        assert hits.tolist() == [i for i in row_numbers(rows) if wanted[i]]
    if expected:
        verdict = node.verdict(rows)
        assert verdict is None or expected == [verdict] * len(expected)


def check_morsels(found: Source, wanted: list[bool], size: int) -> None:
    """Morsels ascend and leave out no row that fits; of those that say so, every row fits."""
    inside = np.zeros(len(wanted), dtype=np.bool_)
    last = 0
    for rows, every in found.morsels(size=size):
        assert last <= rows.start < rows.stop
        last = rows.stop
        inside[rows] = True
        assert not every or all(wanted[rows])
    assert not [i for i, fits in enumerate(wanted) if fits and not inside[i]]
    assert found.left == np.count_nonzero(inside)


FRAMES = st.sampled_from([(None, None), (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1)])


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(session(), min_size=1, max_size=12), strategy(condition), FRAMES,
    st.booleans(), st.sampled_from([0, 1 << 62]), st.integers(1, 3), st.data(),
)  # fmt: skip
def test_conditions_on_any_rows(
    objects: list[dict[str, Any]],
    asked: tuple[str, str],
    frame: Frame,
    indexed: bool,
    few: int,
    size: int,
    data: Any,
) -> None:
    objects.sort(key=lambda s: s.get("startTime") or 0)  # so that ranges of time tell blocks apart
    wanted = fitting(objects, *asked, frame)
    index = INDEXED if indexed else {}
    small = {"statistics.BLOCK": 1, "conditions.FEW": few, "scan._SMALL": 0, **index}
    with constants(small):
        found = source_of(usql.open(objects), *asked, frame, threads=2)
        check_nodes(found, wanted, data)
        check_morsels(found, wanted, size)
        numbers = [i for i, fits in enumerate(wanted) if fits]
        assert selected(found).tolist() == numbers
        most = data.draw(st.integers(0, len(wanted) + 1))
        assert first_selected(found, most).tolist() == numbers[:most]
        found.fitted.clear()
        assert count_selected(found) == len(numbers)


STARTS = sorted(s["startTime"] for s in mixed(60, 9) if "startTime" in s)
LIMITS = st.one_of(st.sampled_from([0, -1, BASE, 2 * BASE]), st.sampled_from(STARTS))
"""Beside and between the times that there are, and each of them: a block may end with it."""


FORMS = [
    "{field} < {low}",
    "{field} >= {low}",
    "{field} BETWEEN {low} AND {high}",
    "NOT {field} > {low}",
    "{field} > {low} AND bounce = FALSE",
    "{field} < {low} OR {field} > {high}",
]


@pytest.fixture(scope="module")
def ordered() -> Iterator[usql.Sessions]:
    """Sessions in order of their start but for a few, with zones of seven rows."""
    with constants({"statistics.BLOCK": 7}):
        yield usql.open(mixed(60, 9), index_memory=0)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    form=st.sampled_from(FORMS),
    field=st.sampled_from(["startTime", "endTime", "useraction.startTime"]),
    low=LIMITS,
    high=LIMITS,
    size=st.sampled_from([10, 64, 1000]),
)
def test_ranges_of_time_agree_with_their_zones(
    ordered: usql.Sessions, form: str, field: str, low: int, high: int, size: int
) -> None:
    condition = form.format(field=field, low=low, high=high)
    wanted = fitting(mixed(60, 9), "usersession", condition, (None, None))
    found = source_of(ordered, "usersession", condition)
    assert found.node is not None
    for first in range(0, len(wanted), 7):
        rows = slice(first, min(first + 7, len(wanted)))
        verdict = found.node.verdict(rows)
        assert verdict is None or wanted[rows] == [verdict] * len(wanted[rows])
    check_morsels(found, wanted, size)


def test_zones_leave_out_what_lies_outside(ordered: usql.Sessions) -> None:
    found = source_of(ordered, "usersession", "startTime > 1773500000000")
    rows = len(ordered)
    found.morsels()
    assert 0 < found.left < rows
    assert found.share == found.left / rows
    units = (-(-found.left // 14), -(-rows // 14))
    assert found.notes()["morsels"] == f"{units[0]} of {units[1]}, the others lie outside"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_zones_hold_every_value(size: int) -> None:
    values = np.random.default_rng(1).integers(-(2**62), 2**62, size)
    zones = zones_of(NumberColumn(FieldType.TIMESTAMP, values, None))
    for first, last in ((0, size), (size // 3, size // 2), (size - 1, size), (0, 1)):
        if 0 <= first < last <= size:
            low, high = zones.span(slice(first, last))
            assert low <= values[first:last].min()
            assert high >= values[first:last].max()
            assert low in values
            assert high in values


@pytest.mark.parametrize("rows", [slice(10, 40), np.arange(10, 40) * 2])
@pytest.mark.parametrize("step", [1, 2, 29])
def test_rows_are_narrowed_to_those_that_are_left(rows: Any, step: int) -> None:
    mask = np.zeros(30, dtype=np.bool_)
    mask[::step] = True
    wanted = np.array(row_numbers(rows))[mask].tolist()
    found, left = narrowed(rows, mask)
    numbers = np.array(row_numbers(found))
    assert (numbers if left is None else numbers[left]).tolist() == wanted


def test_all_rows_are_left_without_a_mask() -> None:
    assert narrowed(slice(3, 9), None) == (slice(3, 9), None)
