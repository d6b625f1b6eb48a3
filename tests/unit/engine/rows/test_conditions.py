"""Compiled conditions: masks over ranges and over row numbers, what minima and maxima say of whole
ranges, and the morsels that are read, all against the reference."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracle.reference import evaluate
from tests.oracle.reference.exports import LISTS, Export
from tests.oracle.strategies import BASE, Draw, Queries, session, strategy
from tests.sampling import examples
from tests.unit.engine.columns import row_numbers, some_rows
from tests.unit.engine.made import mixed
from tests.unit.engine.pieces import CASES, INDEXED, NEVER, engine_of, prepared_of
from usql.catalog.model import FieldType
from usql.engine import Engine
from usql.engine.rows.conditions import All, Never, Node, Not, OfSession, Some, conjunction
from usql.engine.rows.predicates import Rows
from usql.engine.rows.scan import (
    Source,
    count_selected,
    first_selected,
    narrowed,
    selected,
    source,
)
from usql.engine.rows.zones import zones_of
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.language.parser import parse
from usql.planner.plan import Filter, Scan
from usql.planner.rewrite import walk
from usql.store.columns import NumberColumn

Frame = tuple[int | None, int | None]
SECONDARY = ["useraction", "userevent", "usererror"]


def source_of(
    engine: Engine, table: str, condition: str, frame: Frame = (None, None), threads: int = 1
) -> Source:
    """The rows of a table that fit a condition in a timeframe, as a plan reads them."""
    prepared = prepared_of(
        engine.store,
        f"SELECT COUNT(*) FROM {table}" + (f" WHERE {condition}" if condition else ""),
        start=frame[0],
        end=frame[1],
        now=BASE,
    )
    rows = next(n for n in walk(prepared.prepared.plan) if isinstance(n, Filter | Scan))
    with engine.accessing(prepared.prepared) as access:
        control = Control(threads, tuning=engine.tuning)
        return source(replace(access, control=control), rows)


@dataclass(frozen=True)
class Numbered:
    """An export whose rows of a table have their number as a field."""

    export: Export
    table: str
    field: str
    rows: int

    def fitting(self, condition: str, frame: Frame) -> list[bool]:
        """Per row, whether the reference takes it."""
        query = parse(f"SELECT {self.field} FROM {self.table} WHERE {condition}").query
        assert query is not None
        start, end = frame
        found = evaluate(query, self.export, start=start, end=end, now=BASE, profile="offline")
        kept = {row[0] for row in found.rows}
        return [row in kept for row in range(self.rows)]


def numbered(data: list[dict[str, Any]], table: str) -> Numbered:
    marked = [{**s, "futureNumber": number} for number, s in enumerate(data)]
    if table == "usersession":
        return Numbered(Export(marked), table, "futureNumber", len(marked))
    numbers = itertools.count()
    field = LISTS[table]
    marked = [
        {**s, field: [{**c, "mark": next(numbers)} for c in s.get(field) or []]} for s in marked
    ]
    return Numbered(Export(marked), table, "mark", next(numbers))


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
    matches = node.row_ids(rows)
    if matches is not None:
        assert matches.tolist() == [i for i in row_numbers(rows) if wanted[i]]
    if expected:
        verdict = node.verdict(rows)
        assert verdict is None or expected == [verdict] * len(expected)


def check_morsels(found: Source, wanted: list[bool]) -> None:
    """Morsels ascend and leave out no row that fits; of those that say so, every row fits."""
    inside = np.zeros(len(wanted), dtype=np.bool_)
    last = 0
    for rows, every in found.morsels():
        assert last <= rows.start < rows.stop
        last = rows.stop
        inside[rows] = True
        assert not every or all(wanted[rows])
    assert not [i for i, fits in enumerate(wanted) if fits and not inside[i]]
    assert found.remaining == np.count_nonzero(inside)


FRAMES = st.sampled_from([(None, None), (BASE, BASE + 100_000), (BASE, None), (None, BASE + 1)])


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(session(), min_size=1, max_size=12), strategy(condition), FRAMES,
    st.booleans(), st.sampled_from([0, NEVER]), st.integers(1, 3), st.data(),
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
    table, where = asked
    wanted = numbered(objects, table).fitting(where, frame)
    small = {"zone_rows": 1, "few_remaining_one_in": few, "most_uncut_rows": 0, "morsel_rows": size}
    small |= INDEXED if indexed else {}
    found = source_of(engine_of(objects, small), *asked, frame, threads=2)
    check_nodes(found, wanted, data)
    check_morsels(found, wanted)
    numbers = [i for i, fits in enumerate(wanted) if fits]
    assert selected(found).tolist() == numbers
    most = data.draw(st.integers(0, len(wanted) + 1))
    assert first_selected(found, most)[0].tolist() == numbers[:most]
    found.matches.clear()
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
def ordered() -> Engine:
    """Sessions in order of their start but for a few, with zones of seven rows."""
    return engine_of(mixed(60, 9), {"zone_rows": 7}, index_memory=0)


@pytest.fixture(scope="module")
def ordered_rows() -> Numbered:
    """The same for the reference."""
    return numbered(mixed(60, 9), "usersession")


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    form=st.sampled_from(FORMS),
    field=st.sampled_from(["startTime", "endTime", "useraction.startTime"]),
    low=LIMITS,
    high=LIMITS,
    size=st.sampled_from([10, 64, 1000]),
)
def test_ranges_of_time_agree_with_their_zones(
    ordered: Engine, ordered_rows: Numbered, form: str, field: str, low: int, high: int, size: int
) -> None:
    condition = form.format(field=field, low=low, high=high)
    wanted = ordered_rows.fitting(condition, (None, None))
    small = replace(ordered, tuning=Tuning(zone_rows=7, morsel_rows=size))
    found = source_of(small, "usersession", condition)
    assert found.node is not None
    for first in range(0, len(wanted), 7):
        rows = slice(first, min(first + 7, len(wanted)))
        verdict = found.node.verdict(rows)
        assert verdict is None or wanted[rows] == [verdict] * len(wanted[rows])
    check_morsels(found, wanted)


def test_zones_leave_out_what_lies_outside(ordered: Engine) -> None:
    found = source_of(ordered, "usersession", "startTime > 1773500000000")
    rows = ordered.store.sessions
    found.morsels()
    assert 0 < found.remaining < rows
    assert found.share == found.remaining / rows
    units = (-(-found.remaining // 14), -(-rows // 14))
    assert found.notes()["morsels"] == f"{units[0]} of {units[1]}, the others lie outside"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 55])
def test_zones_hold_every_value(size: int) -> None:
    values = np.random.default_rng(1).integers(-(2**62), 2**62, size)
    zones = zones_of(NumberColumn(FieldType.TIMESTAMP, values, None), 16)
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
    found, left = narrowed(rows, mask, DEFAULT)
    numbers = np.array(row_numbers(found))
    assert (numbers if left is None else numbers[left]).tolist() == wanted


def test_all_rows_are_left_without_a_mask() -> None:
    assert narrowed(slice(3, 9), None, DEFAULT) == (slice(3, 9), None)


# --- nodes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Given(Node):
    """A node of eight rows that are known, which counts the rows that it is asked for."""

    chosen: str
    asked: list[int] = field(default_factory=list)
    zoned: bool = False

    def mask(self, rows: Rows) -> Any:
        own = row_numbers(rows)
        self.asked.append(len(own))
        return np.array([self.chosen[row] == "x" for row in own], dtype=np.bool_)

    def row_ids(self, rows: slice) -> None:
        return None

    def verdict(self, rows: slice) -> None:
        return None


PARTS = ["x.......", "....x...", ".......x", "xxxxxxxx", "........", "xxxx....", "x.x.x.xx"]


@pytest.mark.parametrize("few", [0, 2, 1 << 62])
def test_parts_one_after_the_other(few: int) -> None:
    """A part is asked only where the parts before it leave rows open."""
    some: list[Rows] = [slice(0, 8), slice(2, 7), slice(3, 3), np.array([0, 4, 5, 7])]
    control = Control(tuning=Tuning(few_remaining_one_in=few))
    for parts, rows in itertools.product(itertools.permutations(PARTS, 3), some):
        own = row_numbers(rows)
        for kind, every in ((All, all), (Some, any)):
            nodes = [Given(part) for part in parts]
            mask = kind(tuple(nodes), control).mask(rows)
            assert mask.tolist() == [every(part[row] == "x" for part in parts) for row in own]
            assert mask.dtype == np.bool_
            left = [row for row in own if (parts[0][row] == "x") == (kind is All)]
            asked = len(left) if few == 0 or not left else len(own)
            assert few == 2 or sum(nodes[1].asked) == asked


def test_of_no_parts() -> None:
    for rows in (slice(2, 5), np.array([1, 4, 6])):
        assert All(()).mask(rows).tolist() == [True] * 3
        assert Some(()).mask(rows).tolist() == [False] * 3


def test_masks_of_no_rows_are_flags() -> None:
    """Their opposite is, too."""
    offsets, owners = np.array([0, 2, 2, 3], dtype=np.int64), np.array([0, 0, 2], dtype=np.int32)
    for node in (OfSession(Given("x.x....."), owners, offsets), Never()):
        for rows in (slice(1, 1), np.zeros(0, dtype=np.int64)):
            assert node.mask(rows).dtype == Not(node).mask(rows).dtype == np.bool_
            assert node.mask(rows).tolist() == []
    assert Never().mask(slice(3, 5)).dtype == np.bool_
    assert Never().mask(slice(3, 5)).tolist() == [False, False]
    assert Never().verdict(slice(3, 5)) is False
    assert not Never().zoned


def test_tests_of_the_session_are_one_and_come_first() -> None:
    """Wherever they stand, nothing of a conjunction is lost."""
    offsets = np.array([0, 3, 5, 8], dtype=np.int64)
    owners = np.repeat(np.arange(3, dtype=np.int32), [3, 2, 3])
    own, other = Given("x.xx.xx."), Given("xxxxxx..")
    first, second = (OfSession(Given(part), owners, offsets) for part in ("x.x", "xx."))
    given: list[Node] = [own, first, other, second]
    for parts in itertools.permutations(given):
        node = conjunction([*parts], Control())
        assert isinstance(node, All)
        assert [isinstance(part, OfSession) for part in node.parts] == [True, False, False]
        assert node.mask(slice(0, 8)).tolist() == [c == "x" for c in "x.x....."]
    assert conjunction([own], Control()) is own
    alone = conjunction([own, first], Control())
    assert isinstance(alone, All)
    assert alone.parts == (own, first)
    nested = conjunction([All((own, other)), first], Control())
    assert isinstance(nested, All)
    assert nested.parts == (own, other, first)


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("usersession", "startTime > 1773000000000"),
        ("usersession", "useraction.startTime > 1773000000000"),
        ("useraction", "usersession.startTime > 1773000000000"),
        ("useraction", "startTime > 1773000000000"),
    ],
)
def test_dates_have_minima_and_maxima(ordered: Engine, table: str, condition: str) -> None:
    node = source_of(ordered, table, condition).node
    assert node is not None
    assert node.zoned
    assert node.verdict(slice(21, 28)) is False


@pytest.mark.parametrize("chosen", ["x.....", "..x.x.", "xxxxxx", "......", ".xxx.."])
def test_rows_of_few_sessions_are_listed_as_their_mask_says(chosen: str) -> None:
    """Also of a range that begins and ends within a session."""
    lengths = [2, 0, 3, 1, 4, 1]
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    owners = np.repeat(np.arange(6, dtype=np.int32), lengths)
    node = OfSession(Given(chosen + ".."), owners, offsets)
    for first, last in itertools.combinations(range(12), 2):
        mask = node.mask(slice(first, last))
        assert mask.tolist() == [chosen[owner] == "x" for owner in owners[first:last]]
        matches = node.row_ids(slice(first, last))
        sessions = chosen[owners[first] : owners[last - 1] + 1]
        assert (matches is None) == (5 * sessions.count("x") > 2 * len(sessions))
        if matches is not None:
            assert matches.tolist() == (np.flatnonzero(mask) + first).tolist()
            assert matches.dtype == np.int64
