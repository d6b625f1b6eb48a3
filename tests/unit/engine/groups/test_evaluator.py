"""Metrics and lists of groups against plain Python, however the groups were made."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.rows import session_table
from tests.unit.engine import few
from tests.unit.engine.groups.test_factorized import KEYS, key_of, pairs_of
from tests.unit.engine.pieces import FACTORIZED, INDEX_MEMORY, INDEXED, Sizes, access_to, in_pieces
from usql.analysis.bound import (
    DateText,
    DistinctList,
    Expression,
    Extreme,
    FieldRef,
    KeyRef,
    Keys,
    Metric,
    RowJson,
    TopList,
)
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import to_arrow
from usql.engine.groups.aggregates.aggregate import RowGroupPairs
from usql.engine.groups.aggregates.quantile import Quantile
from usql.engine.groups.evaluator import GroupEvaluator
from usql.engine.groups.first_pass import may_overflow
from usql.engine.groups.grouping import group
from usql.engine.groups.groups import Groups
from usql.engine.groups.ordering import timed
from usql.engine.rows.access import Access
from usql.engine.rows.scan import Source
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.errors import InternalError
from usql.planner.plan import GroupNeeds
from usql.store.columns import NumberColumn

WAYS: dict[str, tuple[Sizes, int]] = {
    "plain": ({}, 0),
    "indexed": (INDEXED, INDEX_MEMORY),
    "factorized": (FACTORIZED, 0),
}
GROUPINGS: list[tuple[str, tuple[str, ...]]] = [
    ("usersession", ()),
    ("usersession", ("city",)),
    ("usersession", ("city", "score")),
    ("usersession", ("useraction.name",)),
    ("usersession", ("duration + 1",)),
    ("usersession", ("DATETIME(startTime, 'HH')",)),
    ("useraction", ("usersession.city",)),
    ("useraction", ("matchingConversionGoals",)),
]
NUMBERS = {
    "usersession": ["duration", "score", "startTime", "useraction.duration", "marks"],
    "useraction": ["duration", "startTime", "usersession.score", "marks"],
}
LISTED = {
    "usersession": [
        "city", "score", "useraction.name", "useraction.duration", "matchingConversionGoals",
        "DATETIME(startTime, 'HH')", "DATETIME(useraction.startTime, 'HH')",
        "KEYS(stringProperties)", "duration + 1",
    ],
    "useraction": [
        "name", "usersession.city", "matchingConversionGoals", "DATETIME(startTime, 'mm')",
    ],
}  # fmt: skip


def values_of(table: str, text: str) -> list[list[tuple[Any, int | None]]]:
    if text in KEYS[table]:
        found: list[list[tuple[Any, int | None]]] = KEYS[table][text](table)
        return found
    return [[(value, None) for value in row] for row in few.values_of(table, text)]


def quantile(values: list[Any], percent: float) -> Any:
    place = percent / 100 * (len(values) - 1)
    low, high = sorted(values)[math.floor(place)], sorted(values)[math.ceil(place)]
    return pytest.approx(low + (high - low) * (place - math.floor(place)))


def plain_metric(metric: Metric, table: str, rows: list[int]) -> Any:
    """A metric of the rows that are members of a group."""
    if metric.where is not None:
        durations = few.values_of(table, "duration")
        rows = [row for row in rows if durations[row][0] is not None and durations[row][0] >= 0]
    if metric.field is None:
        return len(rows)
    text = metric.field.text.removeprefix(f"{table}.")
    every = few.values_of(table, text)
    values = [v for row in rows for v in every[row] if v is not None]
    match metric.function:
        case "COUNT":
            return sum(any(v is not None for v in every[row]) for row in rows)
        case "DISTINCT":
            return len(set(values))
        case "SUM":
            return sum(values)
    if not values:
        return None
    match metric.function:
        case "AVG":
            return pytest.approx(sum(values) / len(values))
        case "MIN":
            return min(values)
        case "MAX":
            return max(values)
    assert metric.percent is not None
    return quantile(values, metric.percent)


def plain_list(node: Expression, text: str, table: str, rows: list[int]) -> Any:
    every = values_of(table, text)
    match node:
        case TopList(count=count):
            often = collections.Counter(
                v for row in rows for v in {value for value, _ in every[row] if value is not None}
            )
            return sorted(often, key=lambda v: (-often[v], v))[:count]
        case DistinctList(operand=DateText()):
            firsts: dict[Any, int] = {}
            for row in rows:
                for value, time in every[row]:
                    if value is not None and time is not None:
                        firsts[value] = min(firsts.get(value, time), time)
            return sorted(firsts, key=lambda v: firsts[v])
        case DistinctList():
            return sorted({v for row in rows for v, _ in every[row] if v is not None})
        case Extreme(operand=operand, largest=largest):
            timed = isinstance(operand, DateText)
            found: list[Any] = [
                time if timed else v for row in rows for v, time in every[row] if v is not None
            ]
            return (max if largest else min)(found, default=None)
    raise AssertionError(node)


def metrics_of(access: Access, table: str) -> list[Metric]:
    made = []
    for where in (None, few.condition(access, "duration >= 0")):
        made.append(Metric("ROWS", where=where))
        for name in NUMBERS[table]:
            field = few.field(access, name)
            kinds = ["COUNT", "DISTINCT", "AVG", "MIN", "MAX"]
            kinds += [] if field.type is FieldType.TIMESTAMP else ["SUM"]
            made += [Metric(kind, field, where=where) for kind in kinds]
            made += [
                Metric("PERCENTILE", field, share, where) for share in (0.0, 30.0, 50.0, 100.0)
            ]
        text = few.field(access, LISTED[table][0])
        made += [Metric(kind, text, where=where) for kind in ("COUNT", "DISTINCT")]
    return made


def lists_of(access: Access, table: str) -> list[tuple[Expression, str]]:
    made: list[tuple[Expression, str]] = []
    for text in LISTED[table]:
        node: Any = few.expression(access, text)
        if isinstance(node, FieldRef | Keys):
            made += [(TopList(node, count), text) for count in (1, 2, 9)]
        made.append((DistinctList(node), text))
        if not isinstance(node, Keys):
            made += [(Extreme(node, largest), text) for largest in (False, True)]
    return made


def told(evaluator: GroupEvaluator, node: Expression) -> list[Any]:
    found: list[Any] = to_arrow(evaluator.evaluate(node)).to_pylist()
    return found


def check(evaluator: GroupEvaluator, table: str, rows: list[list[int]], lists: Any) -> None:
    """All metrics and lists of groups with these rows."""
    for metric in evaluator.metrics:
        assert told(evaluator, metric) == [plain_metric(metric, table, own) for own in rows]
        wants_long = metric.function in ("ROWS", "COUNT", "DISTINCT")
        column = evaluator.evaluate(metric)
        assert isinstance(column, NumberColumn)
        assert not wants_long or column.type is FieldType.LONG
    for node, text in lists:
        expected = [plain_list(node, text, table, own) for own in rows]
        found = told(evaluator, node)
        assert found == expected


CUTS = [(None, 3), (0, 1), (0, 100)]
FITS: dict[str | None, Callable[[Any], bool]] = {
    None: lambda duration: True,
    "duration > -5": lambda duration: duration is not None and duration > -5,
    "duration IN (7, 0)": lambda duration: duration in (7, 0),
    "duration = 1": lambda duration: False,
}
CASES = [
    (*grouping, way, CUTS[(number + n) % 3], list(FITS)[(number + 2 * n) % 3])
    for number, grouping in enumerate(GROUPINGS)
    for n, way in enumerate(WAYS)
] + [(*GROUPINGS[number], "indexed", cut, None) for number in (1, 3, 6) for cut in CUTS]
CASES += [(*GROUPINGS[number], way, CUTS[2], "duration = 1") for number in (0, 1) for way in WAYS]


@pytest.mark.parametrize(("table", "texts", "way", "cut", "where"), CASES)
def test_metrics_and_lists(
    table: str, texts: tuple[str, ...], way: str, cut: tuple[int | None, int], where: str | None
) -> None:
    """Early and late, in one piece and several; of all groups, of some, and of these in turn."""
    sizes, memory = WAYS[way]
    most, size = cut
    tuning = Tuning(**(in_pieces(size) | sizes))
    access = few.access(table, Control(tuning=tuning), memory)
    metrics, lists = metrics_of(access, table), lists_of(access, table)
    keys = tuple(key_of(access, text) for text in texts)
    narrow = [m for m in metrics if not may_overflow(access, m)]
    rest = tuple(narrow if size == 100 else metrics)
    wanted = GroupNeeds((Metric("ROWS"),), rest, True, most)
    condition = None if where is None else few.condition(access, where)
    groups = group(Source(access, condition), keys, wanted)
    evaluator = GroupEvaluator(access, groups, metrics)
    durations = [v for (v,) in few.values_of(table, "duration")]
    fitting = [row for row, value in enumerate(durations) if FITS[where](value)]
    pairs: dict[tuple[Any, ...], list[int]] = collections.defaultdict(list)
    times: dict[tuple[Any, ...], list[Any]] = collections.defaultdict(list)
    for row, values, at in pairs_of(fitting, [KEYS[table][text](table) for text in texts]):
        pairs[values].append(row)
        times[values].append(at)
    if not texts:
        pairs.setdefault((), [])  # one group, also of no rows
    slots = list(zip(*(told(evaluator, KeyRef(i)) for i in range(len(keys))), strict=True))
    slots = slots if texts else [()]
    assert sorted(slots, key=str) == sorted(pairs, key=str)
    for number, text in enumerate(texts):
        order = to_arrow(evaluator.order_column(KeyRef(number))).to_pylist()
        if "DATETIME" in text:
            earliest = [min(at[number] or 0 for at in times[slot]) for slot in slots]
            wanted_times = zip(slots, earliest, strict=True)
            assert order == [None if c[number] is None else time for c, time in wanted_times]
        else:
            assert order == [slot[number] for slot in slots]
    rows = [pairs[slot] for slot in slots]
    check(evaluator, table, rows, lists)
    backwards = list(range(groups.count))[::-1]
    check(
        evaluator.only(np.array(backwards, dtype=np.int64)),
        table,
        [rows[n] for n in backwards],
        lists,
    )
    for numbers in (backwards[:1], list(range(1, groups.count, 2))):
        some = GroupEvaluator(access, groups, metrics).only(np.array(numbers, dtype=np.int64))
        check(some, table, [rows[n] for n in numbers], lists)


def one_group(access: Access) -> Groups:
    return group(Source(access), (), GroupNeeds((), (), True, None))


def test_sums_of_wide_numbers_are_computed_whatever_is_shown() -> None:
    access = few.access("usersession")
    metrics = [Metric("SUM", few.field(access, name)) for name in ("score", "duration", "marks")]
    metrics.append(Metric("AVG", few.field(access, "duration")))
    evaluator = GroupEvaluator(access, one_group(access), metrics[:1] + metrics[3:])
    evaluator.check_sums()
    assert not evaluator._known
    evaluator = GroupEvaluator(access, one_group(access), metrics)
    evaluator.check_sums()
    assert metrics[1] in evaluator._known


def test_other_expressions_are_none_of_groups() -> None:
    access = few.access("usersession")
    with pytest.raises(InternalError, match="RowJson is no expression of groups"):
        GroupEvaluator(access, one_group(access), ()).leaf(RowJson())


@pytest.mark.parametrize("index_memory", [0, INDEX_MEMORY])
def test_between_infinities_of_both_signs_there_is_no_number(index_memory: int) -> None:
    table = pa.table(
        {
            "k": ["a", "a", "b", "b", "c"],
            "v": [math.inf, -math.inf, math.inf, 1.0, None],
        }
    )
    sizes = in_pieces(10) | INDEXED
    access = access_to(session_table(table), sizes=sizes, index_memory=index_memory)
    field = few.field(access, "v")
    metrics = [Metric(name, field) for name in ("SUM", "AVG", "MAX")]
    metrics.append(Metric("PERCENTILE", field, 50.0))
    wanted = GroupNeeds((), tuple(metrics), False, None)
    groups = group(Source(access), (key_of(access, "k"),), wanted)
    evaluator = GroupEvaluator(access, groups, metrics)
    asked: list[Expression] = [KeyRef(0), *metrics]
    found = [told(evaluator, node) for node in asked]
    assert list(zip(*found, strict=True)) == [
        ("a", None, None, math.inf, None),
        ("b", math.inf, math.inf, math.inf, math.inf),
        ("c", 0.0, None, None, None),
    ]


def test_quantiles_of_the_same_values_are_found_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of other values, or of other rows, by themselves."""
    asked: list[list[float | None]] = []
    answers = Quantile.answers

    def noted(
        self: Quantile, nodes: Sequence[Metric], pairs: RowGroupPairs
    ) -> Sequence[NumberColumn]:
        asked.append([node.percent for node in nodes])
        return answers(self, nodes, pairs)

    monkeypatch.setattr(Quantile, "answers", noted)
    access = few.access("usersession")
    duration, score = (few.field(access, name) for name in ("duration", "score"))
    fits = few.condition(access, "duration > -5")
    metrics = [
        *(Metric("PERCENTILE", duration, percent) for percent in (50.0, 90.0, 10.0)),
        Metric("PERCENTILE", score, 20.0),
        Metric("PERCENTILE", duration, 30.0, fits),
        Metric("AVG", duration),
    ]
    evaluator = GroupEvaluator(access, one_group(access), metrics)
    for metric in metrics:
        told(evaluator, metric)
    assert asked == [[50.0, 90.0, 10.0], [20.0], [30.0]]


def test_groups_keep_their_times_where_none_are_asked_for() -> None:
    groups = one_group(few.access("usersession"))
    assert timed(Control(), groups, ()) is groups
