"""States of parts of the data, merged and finished, give what the whole data gives: for any parts,
empty ones too, in any order and in several steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.compare import equal
from tests.rows import sessions
from tests.unit.engine import few
from tests.unit.engine import pieces as small
from tests.unit.engine.columns import numbers, texts
from tests.unit.engine.groups.test_factorized import key_of
from tests.unit.engine.pieces import CASES
from usql.analysis.bound import (
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    Keys,
    Metric,
    TopList,
)
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import to_arrow
from usql.engine.groups.aggregates.aggregate import Aggregate, Node, OfValues
from usql.engine.groups.aggregates.registry import aggregate_of, aggregates
from usql.engine.groups.aggregates.state import (
    Kind,
    State,
    StateColumn,
    fold,
)
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.grouping import group
from usql.engine.groups.parts import held, merge, numbered_keys, numbered_together
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.limits import Control
from usql.errors import SumOverflow
from usql.planner.keys import GroupKey
from usql.planner.plan import GroupNeeds
from usql.store.columns import Column

NUMBERS = [
    "duration", "userActionCount", "startTime", "doubleProperties.price", "useraction.duration",
    "useraction.cumulativeLayoutShift", "longProperties.wide",
]  # fmt: skip
TEXTS = ["city", "ip", "bounce", "matchingConversionGoals", "useraction.name"]
EXPRESSIONS = ["DATETIME(startTime, 'HH')", "DATETIME(useraction.startTime, 'mm')", "duration % 3"]
KEYS = [[], ["city"], ["bounce", "ip"], ["useraction.name"], ["userActionCount", "city"]]
WHERE = "duration >= 0"


def nodes_of(access: Access) -> list[Node]:
    """Every aggregate of every kind of values."""
    made: list[Node] = []
    for where in (None, few.condition(access, WHERE)):
        made.append(Metric("ROWS", where=where))
        for name in NUMBERS:
            field = few.field(access, name)
            functions = ["COUNT", "SUM", "AVG", "MIN", "MAX", "DISTINCT"]
            if field.type is FieldType.TIMESTAMP:
                functions.remove("SUM")
            made += [Metric(function, field, None, where) for function in functions]
            made += [
                Metric("PERCENTILE", field, share, where) for share in (0.0, 35.0, 50.0, 100.0)
            ]
        for name in TEXTS:
            field = few.field(access, name)
            made += [Metric(function, field, None, where) for function in ("COUNT", "DISTINCT")]
    keys = few.expression(access, "KEYS(stringProperties)")
    assert isinstance(keys, Keys)
    fields = [few.field(access, name) for name in (*NUMBERS, *TEXTS)]
    operands: list[FieldRef | Keys] = [*fields, keys]
    made += [TopList(operand, count) for operand in operands for count in (1, 2, 9)]
    row_ids: list[Expression] = [*fields, keys, *(few.expression(access, e) for e in EXPRESSIONS)]
    made += [DistinctList(operand) for operand in row_ids]
    row_ids.remove(keys)
    made += [Extreme(operand, largest) for operand in row_ids for largest in (False, True)]
    return made


def test_every_aggregate_is_tried() -> None:
    found = nodes_of(access_to([session()]))
    asked = {n.function if isinstance(n, Metric) else type(n) for n in found}
    assert asked == set(aggregates())


def access_to(rows: Sequence[dict[str, Any]]) -> Access:
    return small.access_to(sessions(rows), index_memory=0)


def evaluator_of(access: Access, keys: Sequence[GroupKey], nodes: Sequence[Node]) -> GroupEvaluator:
    metrics = tuple(n for n in nodes if isinstance(n, Metric))
    groups = group(
        Source(access), tuple(keys), GroupNeeds((), metrics[: len(metrics) // 2], True, None)
    )
    return GroupEvaluator(access, groups, metrics)


def keys_of(evaluator: GroupEvaluator) -> list[Column]:
    return [evaluator.groups.key(level) for level in range(len(evaluator.groups.codes))]


def by_key(keys: Sequence[Column], column: Any, count: int) -> dict[tuple[Any, ...], Any]:
    """The values of groups by their keys."""
    rows = zip(*(to_arrow(key).to_pylist() for key in keys), strict=True) if keys else [()] * count
    return dict(zip(rows, to_arrow(column).to_pylist(), strict=True))


PRICES = st.sampled_from([None, 0.0, -0.0, 1.5, -2.25, 1e300, math.inf, -math.inf, 5e-324])
WIDE = st.sampled_from([None, 2**62, -(2**62), 2**63 - 1, -(2**63), 7, 2**32, -1])
TIMES = st.integers(0, 200).map(lambda minutes: 1_772_500_000_000 + 60_000 * minutes)


def pairs(key: str, value: Any) -> list[dict[str, Any]]:
    return [] if value is None else [{"key": key, "value": value}]


@st.composite
def sessions_drawn(draw: st.DrawFn) -> dict[str, Any]:
    return session(
        city=draw(st.sampled_from([None, "Linz", "Graz", "Wels"])),
        ip=draw(st.sampled_from([None, "10.0.0.9", "9.1.1.1", "2a01::1", "masked", "100.0.0.1"])),
        bounce=draw(st.sampled_from([None, True, False])),
        duration=draw(st.one_of(st.none(), st.integers(-300, 300))),
        userActionCount=draw(st.sampled_from([None, 1, 2])),
        startTime=draw(TIMES),
        doubleProperties=pairs("price", draw(PRICES)),
        longProperties=pairs("wide", draw(WIDE)),
        stringProperties=pairs(draw(st.sampled_from("abc")), "v"),
        matchingConversionGoals=draw(st.lists(st.sampled_from("xyz"), max_size=3)),
        userActions=draw(st.lists(ACTIONS, max_size=3)),
    )


def session(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


ACTIONS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["click", "load", "", "ärger"]),
        "duration": st.sampled_from([0, 1, 2**40, -5, 70_000]),
        "startTime": TIMES,
        "cumulativeLayoutShift": st.sampled_from([0.0, 0.25, 1.0]),
    },
)


def columns_of(node: Node) -> tuple[StateColumn, ...]:
    aggregate: Aggregate[Any] = aggregate_of(node)
    return aggregate.columns(node)


def finished(node: Node, state: State) -> Any:
    """What an aggregate makes of a state; a sum that has no number says so."""
    aggregate: Aggregate[Any] = aggregate_of(node)
    try:
        return aggregate.finish(node, state, Control())
    except SumOverflow as overflow:
        return f"{overflow}"


def state_of(evaluator: GroupEvaluator, node: Node) -> State:
    """The state of an aggregate in a form in which it can be merged with that of other data."""
    aggregate = aggregate_of(node)
    if isinstance(aggregate, OfValues):
        return held(aggregate.columns(node), aggregate.state(node, evaluator.pairs()))
    assert isinstance(node, Metric)
    found = evaluator.groups.known if evaluator.is_early(node) else evaluator.late([node])
    return held(aggregate.columns(node), found)


def answered(evaluator: GroupEvaluator, node: Node) -> Any:
    """What a query gives that asks for a node alone: another sum might have no number."""
    metrics = [node] if isinstance(node, Metric) else []
    try:
        return GroupEvaluator(evaluator.access, evaluator.groups, metrics).leaf(node)
    except SumOverflow as overflow:
        return f"{overflow}"


def check(wholly: GroupEvaluator, parts: Sequence[GroupEvaluator], node: Node, first: int) -> None:
    """The states of parts merged at once, and those of the first ones before the others."""
    columns = columns_of(node)
    found = [(keys_of(part), state_of(part, node)) for part in parts]
    for states in (found, [merged(columns, found[:first]), *found[first:]]):
        keys, state = merged(columns, states)
        column = finished(node, state)
        wanted = answered(wholly, node)
        if isinstance(wanted, str):
            assert column == wanted
            continue
        assert not isinstance(column, str)
        made = by_key(keys, column, state.count)
        expected = by_key(keys_of(wholly), wanted, wholly.size)
        assert made.keys() == expected.keys()
        for key, value in expected.items():
            assert equal(made[key], value), (node, key, made[key], value)


def merged(
    columns: tuple[StateColumn, ...], parts: Sequence[tuple[list[Column], State]]
) -> tuple[list[Column], State]:
    control = Control()
    keys, numbers = numbered_keys(control, [own for own, _ in parts])
    count = len(keys[0]) if keys else 1
    states = [state for _, state in parts]
    return keys, merge(control, columns, list(zip(numbers, states, strict=True)), count)


@settings(max_examples=CASES // 20, deadline=None, phases=[Phase.generate])  # no shrinking: slow
@given(st.data())
def test_parts_give_what_the_whole_gives(data: st.DataObject) -> None:
    rows = data.draw(st.lists(sessions_drawn(), max_size=14))
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    texts = data.draw(st.sampled_from(KEYS))
    first = data.draw(st.integers(1, 4))
    whole = access_to(rows)
    nodes = nodes_of(whole)
    keys = [key_of(whole, text) for text in texts]
    parts = [
        evaluator_of(
            access_to([r for r, o in zip(rows, owners, strict=True) if o == part]), keys, nodes
        )
        for part in range(4)
    ]
    wholly = evaluator_of(whole, keys, nodes)
    for node in nodes:
        check(wholly, parts, node, first)


# --- sums -----------------------------------------------------------------------------------------

SUMS: list[tuple[list[list[int]], int]] = [
    ([[2**62, 2**62], [-(2**62)]], 2**62),
    ([[-(2**63), -(2**63)], [2**63 - 1], [], [2**63 - 1]], -2),
    ([[2**63 - 1], [1]], 2**63),
    ([[-(2**63)], [], [-1]], -(2**63) - 1),
    ([[1, 2], [2**62], [2**62]], 2**63 + 3),
    ([[1], [2], [3]], 6),  # narrow in each part
    ([[2**40], [1], [-5]], 2**40 - 4),  # wide in one
    ([[], []], 0),
]


@pytest.mark.parametrize(("parts", "total"), SUMS)
def test_only_the_total_of_a_sum_has_to_fit(parts: list[list[int]], total: int) -> None:
    """A part may leave 64 bits, an average always may."""
    every = [value for own in parts for value in own]
    whole = access_to([session(duration=value) for value in every])
    field = few.field(whole, "duration")
    made = [
        evaluator_of(access_to([session(duration=v) for v in own]), [], [Metric("SUM", field)])
        for own in parts
    ]
    node = Metric("SUM", field)
    _, state = merged(columns_of(node), [([], state_of(e, node)) for e in made])
    column = finished(node, state)
    if -(2**63) <= total < 2**63:
        assert to_arrow(column).to_pylist() == [total]
    else:
        assert column == "SUM(usersession.duration) is too large for 64 bits"
    node = Metric("AVG", field)
    _, state = merged(columns_of(node), [([], state_of(e, node)) for e in made])
    found = to_arrow(finished(node, state)).to_pylist()
    assert found == [pytest.approx(total / len(every)) if every else None]


# --- columns --------------------------------------------------------------------------------------

WHOLE = FieldRef("usersession", "whole", None, FieldType.LONG, False, False)
REAL = FieldRef("usersession", "real", None, FieldType.DOUBLE, False, False)
LOW, HIGH = StateColumn(Kind.SUM, WHOLE), StateColumn(Kind.HIGH, WHOLE)


@pytest.mark.parametrize("total", [0, 1, -1, 2**32, -(2**32) - 1, 2**63 - 1, -(2**63)])
def test_a_sum_is_held_in_two_halves(total: int) -> None:
    arrays = {LOW: np.array([total]), HIGH: np.array([5])}
    state = held((LOW, HIGH), State(1, arrays.__getitem__))
    low, high = state.read(LOW)[0].item(), state.read(HIGH)[0].item()
    assert 0 <= low < 2**32
    assert (high << 32) + low == total + 5 * 2**32
    assert arrays[LOW].tolist() == [total]  # what was read is left as it is
    assert arrays[HIGH].tolist() == [5]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("field", [WHOLE, REAL])
def test_a_state_of_no_rows_changes_nothing(kind: Kind, field: FieldRef) -> None:
    column = StateColumn(kind, field)
    if kind is Kind.HAS:
        values = np.array([True, False])
    elif column.type is np.float64:
        values = np.array([-1e308, math.inf, -math.inf, 0.5])
    else:
        values = np.array([-(2**63), 2**63 - 1, 0])
    assert values.dtype == column.type
    nothing = column.empty(len(values))
    places = np.arange(len(values))
    for parts in ([nothing, values], [values, nothing]):
        for at in (slice(None), places):
            reads = [(at, {column: part}.__getitem__) for part in parts]
            found = fold([column], reads, len(values))
            assert found[column].tolist() == values.tolist()
            assert found[column].dtype == column.type


def test_columns_merge_by_their_own_rules() -> None:
    def read(column: StateColumn) -> Any:
        return {Kind.LEAST: first, Kind.GREATEST: first, Kind.ROWS: first}[column.kind]

    first = np.array([3, -4, 5])
    columns = [StateColumn(kind, WHOLE) for kind in (Kind.LEAST, Kind.GREATEST, Kind.ROWS)]
    places = np.array([1, 1, 0])
    found = fold(columns, [(places, read), (slice(1, 4), read)], 4)
    limits = np.iinfo(np.int64)
    assert found[columns[0]].tolist() == [5, -4, -4, 5]
    assert found[columns[1]].tolist() == [5, 3, -4, 5]
    assert found[columns[2]].tolist() == [5, 2, -4, 5]
    assert fold(columns[:1], [], 2)[columns[0]].tolist() == [limits.max] * 2


# --- keys and values ------------------------------------------------------------------------------


def column_of(access: Access, name: str) -> Column:
    found = access.column(few.field(access, name))
    assert isinstance(found, Column)
    return found


@pytest.mark.parametrize("empty", [0, 1, 2])
def test_keys_of_parts_are_numbered_together(empty: int) -> None:
    parts: list[list[Column]] = [
        [texts(["b", None, "a"]), numbers([7, 300, None], np.int16)],
        [texts(["c", "b", "a", "a"]), numbers([7, 7, -1, None], np.int8)],
    ]
    parts.insert(empty, [texts([]), numbers([], np.int8)])
    keys, found = numbered_keys(Control(), parts)
    assert list(zip(*(to_arrow(key).to_pylist() for key in keys), strict=True)) == [
        ("a", -1), ("a", None), ("b", 7), ("c", 7), (None, 300),
    ]  # fmt: skip
    found.pop(empty)
    assert [own.tolist() for own in found] == [[2, 4, 1], [3, 2, 0, 1]]


def test_without_keys_there_is_one_group() -> None:
    keys, found = numbered_keys(Control(), [[], [], []])
    assert keys == []
    assert [own.tolist() for own in found] == [[0], [0], [0]]


def test_values_of_several_dictionaries_have_one_order() -> None:
    """Addresses that of addresses; booleans the same two values."""
    ips: list[list[str | None]] = [
        ["10.0.0.9", "9.1.1.1", None],
        ["masked", "2a01::1", "9.1.1.1"],
        [],
    ]
    columns = [texts(own, FieldType.IP) for own in ips]
    factors, codes = numbered_together(Control(), columns)
    ordered = ["9.1.1.1", "10.0.0.9", "2a01::1", "masked", None]
    assert to_arrow(factors.values).to_pylist() == ordered[:-1]
    assert [[ordered[code] for code in own] for own in codes] == ips
    flags = [access_to([{"bounce": flag}]) for flag in (True, False)]
    held_flags = [a.column(few.field(a, "bounce")) for a in flags]
    factors, codes = numbered_together(Control(), held_flags)  # type: ignore[arg-type]
    assert [own.tolist() for own in codes] == [[1], [0]]
    assert to_arrow(factors.values).to_pylist() == [False, True]
