"""Expressions over columns made by hand, value by value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.unit.engine import few
from tests.unit.engine.columns import lists, numbers, row_numbers, texts
from tests.unit.engine.pieces import cache_of
from usql.analysis.bound import (
    Calculation,
    Constant,
    DatePart,
    DateText,
    Expression,
    KeyRef,
    Rounded,
)
from usql.catalog.model import FieldType
from usql.engine.arrays.vectors import Nested, Vector, to_arrow
from usql.engine.rows.access import Access
from usql.engine.rows.evaluate import Evaluator, RowEvaluator
from usql.engine.runtime.limits import Control
from usql.language.literals import parse_date_format, parse_interval
from usql.store.columns import NumberColumn

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A, B = KeyRef(0), KeyRef(1)


class Given(Evaluator):
    """Expressions over columns, by number."""

    def __init__(self, columns: Sequence[Vector], offset: int = 0) -> None:
        access = Access(cache_of([{"city": "x"}]), "usersession", offset, Control())
        super().__init__(access, len(columns[0]) if columns else 3)
        self.columns = columns

    def leaf(self, node: Expression) -> Vector:
        assert isinstance(node, KeyRef)
        return self.columns[node.index]


def value(node: Expression, *columns: Vector, offset: int = 0) -> list[Any]:
    found: list[Any] = to_arrow(Given(columns, offset).evaluate(node)).to_pylist()
    return found


@pytest.mark.parametrize(
    ("number", "expected", "kind"),
    [
        (5, 5, FieldType.LONG),
        (0.5, 0.5, FieldType.DOUBLE),
        (-(2**63), -(2**63), FieldType.LONG),
        (2**63 - 1, 2**63 - 1, FieldType.LONG),
        (2**63, None, FieldType.LONG),
        (-(2**63) - 1, None, FieldType.LONG),
    ],
)
def test_constants(number: Any, expected: Any, kind: FieldType) -> None:
    found = Given(()).evaluate(Constant(number))
    assert isinstance(found, NumberColumn)
    assert found.type is kind
    assert to_arrow(found).to_pylist() == [expected] * 3


def calculated(op: str, double: bool) -> Calculation:
    return Calculation(op, A, B, double)


WHOLE: list[int | None] = [7, None, 2**40, -7, 0, 5, None, 2**62]
OTHER: list[int | None] = [2, 3, None, 2, 5, 0, None, 2**62]


def _plain(op: str, a: int | None, b: int | None, double: bool) -> float | int | None:
    if a is None or b is None or (op in "/%" and b == 0):
        return None
    found = {
        "+": a + b,
        "-": a - b,
        "*": a * b,
        "/": a / b if b else 0,
        "%": int(math.fmod(a, b)) if b else 0,
    }[op]
    if double:
        return float(found)
    return found if -(2**63) <= found < 2**63 else None


OPERATIONS = [*((op, False) for op in "+-*%"), *((op, True) for op in "+-*/%")]


@pytest.mark.parametrize(("op", "double"), OPERATIONS)
def test_calculations(op: str, double: bool) -> None:
    left, right = numbers(WHOLE, np.int64), numbers(OTHER, np.int64)
    expected = [_plain(op, a, b, double) for a, b in zip(WHOLE, OTHER, strict=True)]
    found = Given((left, right)).evaluate(calculated(op, double))
    assert isinstance(found, NumberColumn)
    assert found.type is (FieldType.DOUBLE if double else FieldType.LONG)
    assert to_arrow(found).to_pylist() == expected
    narrow = numbers([100, -100], np.int8), numbers([100, 100], np.int8)
    assert value(calculated(op, double), *narrow) == [
        _plain(op, 100, 100, double),
        _plain(op, -100, 100, double),
    ]


def test_calculations_with_lists() -> None:
    """A single value goes with every entry."""
    entries = numbers([1, None, 3, 4, 5, 6], np.int8)
    several = lists(entries, [2, 0, 3, 1])
    single = numbers([10, 20, None, 40], np.int16)
    minus = calculated("-", double=False)
    assert value(minus, several, single) == [[-9, None], [], [None] * 3, [-34]]
    assert value(minus, single, several) == [[9, None], [], [None] * 3, [34]]
    assert value(minus, several, several) == [[0, None], [], [0, 0, 0], [0]]
    assert value(calculated("/", double=True), several, single) == [
        [0.1, None], [], [None] * 3, [0.15],
    ]  # fmt: skip


def test_rounding() -> None:
    column = numbers([0.5, 1.4999, -0.5, None, 1e30, -2.5, 7], np.float64)
    expected = [1, 1, 0, None, None, -2, 7]
    found = Given((column,)).evaluate(Rounded(A))
    assert isinstance(found, NumberColumn)
    assert found.type is FieldType.LONG
    assert to_arrow(found).to_pylist() == expected
    assert value(Rounded(A), lists(column, [3, 0, 4])) == [expected[:3], [], expected[3:]]
    assert value(Rounded(A), numbers([3, None], np.int8)) == [3, None]


MOMENTS: list[int | None] = [0, -1, 1_772_409_612_345, None, 86_399_999, -2_208_988_800_000, 7]


def local(ms: float, offset: int) -> datetime:
    return EPOCH + timedelta(milliseconds=math.floor(ms), minutes=offset)


@pytest.mark.parametrize("offset", [0, 60, -330, 765])
@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_dates_on_the_local_clock(offset: int, kind: Any) -> None:
    """Averages of dates are doubles; those between two milliseconds belong to the earlier one."""
    moments = [None if m is None else m + (0.75 if kind is np.float64 else 0) for m in MOMENTS]
    column = numbers(moments, kind)
    shapes: list[tuple[Any, Any]] = [
        (column, lambda own: own),
        (lists(column, [3, 0, 4]), lambda own: [own[:3], [], own[3:]]),
    ]

    def of_each(function: Any) -> list[Any]:
        return [None if m is None else function(local(m, offset)) for m in moments]

    form = "%Y-%m-%d %H:%M:%S"
    plain = parse_date_format("yyyy-MM-dd HH:mm:ss")
    hour = timedelta(hours=1)
    for shaped, shape in shapes:
        for part in ("year", "month", "day", "hour", "minute"):
            expected = of_each(lambda t, part=part: getattr(t, part))
            assert value(DatePart(part.upper(), A), shaped, offset=offset) == shape(expected)
        expected = of_each(lambda t: t.strftime(form))
        assert value(DateText(A, plain, None), shaped, offset=offset) == shape(expected)
        expected = of_each(lambda t: (EPOCH + (t - EPOCH) // hour * hour).strftime(form))
        hourly = DateText(A, plain, parse_interval("1h"))
        assert value(hourly, shaped, offset=offset) == shape(expected)
        expected = of_each(lambda t: (t - EPOCH) // hour * 3_600_000)
        evaluator = Given((shaped,), offset)
        for found in (evaluator.times(hourly), evaluator.order_column(hourly)):
            assert to_arrow(found).to_pylist() == shape(expected)
        assert evaluator.order_column(A) is shaped
    found = Given((column,), offset).evaluate(DatePart("HOUR", A))
    assert isinstance(found, NumberColumn)
    assert found.type is FieldType.INTEGER


@pytest.mark.parametrize("offset", [720, -720])
def test_dates_far_away_do_not_wrap(offset: int) -> None:
    """At the ends of 64 bits they are at the ends of what the clock holds, which tell no lie nearby:
    such dates are before, or after, all others, and one local clock is as late as another."""
    ends = numbers([-(2**63), -(2**62) - 5, 2**63 - 1, 2**62 + 5], np.int64)
    years = value(DatePart("YEAR", A), ends, offset=offset)
    assert years[0] < years[1] < -(10**7)
    assert years[2] > years[3] > 10**7
    infinite = numbers([-math.inf, math.inf, -1e300, 1e300, 2.0**62, -(2.0**62)], np.float64)
    years = value(DatePart("YEAR", A), infinite, offset=offset)
    assert years[0] == years[2] < -(10**7)
    assert years[1] == years[3] > 10**7
    assert years[4:] == value(DatePart("YEAR", A), numbers([2**62, -(2**62)], np.int64))


def test_dates_of_no_row() -> None:
    text = DateText(A, parse_date_format("yyyy"), None)
    assert value(text, numbers([], np.int64)) == []
    assert value(text, numbers([None, None], np.int64)) == [None, None]


@pytest.mark.parametrize("rows", [slice(0, 7), slice(0, 0), slice(3, 6), np.array([6, 0, 4, 0])])
def test_keys_of_property_lists(rows: Any) -> None:
    """In the order of their first pairs, each once; of children for each."""
    access = few.access("usersession")
    evaluator = RowEvaluator(access, rows)

    def keys(text: str) -> list[Any]:
        found: list[Any] = to_arrow(evaluator.evaluate(few.expression(access, text))).to_pylist()
        return found

    def own(home: Any) -> list[str]:
        return list(dict.fromkeys(pair["key"] for pair in home.get("stringProperties", [])))

    sessions = [few.SESSIONS[row] for row in row_numbers(rows)]
    assert keys("KEYS(stringProperties)") == [own(session) for session in sessions]
    assert keys("KEYS(useraction.stringProperties)") == [
        [own(action) for action in session.get("userActions", [])] for session in sessions
    ]


def test_lists_of_lists_keep_their_shape() -> None:
    entries = numbers([-1, None, 86_400_000, 5], np.int64)
    nested = Nested(np.array([0, 2, 2, 4]), lists(entries, [2, 0, 1, 1]))
    own = numbers([10, None, 1000], np.int64)
    assert value(calculated("+", double=False), nested, own) == [
        [[9, None], []],
        [],
        [[86_401_000], [1005]],
    ]
    assert value(calculated("-", double=False), own, nested)[2] == [[-86_399_000], [995]]
    assert value(calculated("-", double=False), nested, nested)[0] == [[0, None], []]
    assert value(Rounded(Calculation("/", A, Constant(2), double=True)), nested)[2] == [[43_200_000], [3]]  # fmt: skip
    assert value(DatePart("DAY", A), nested) == [[[31, None], []], [], [[2], [1]]]
    day = DateText(A, parse_date_format("yyyy-MM-dd"), None)
    assert value(day, nested) == [[["1969-12-31", None], []], [], [["1970-01-02"], ["1970-01-01"]]]


def test_fields_and_calculations_of_rows() -> None:
    access = few.access("usersession")
    for rows in (slice(1, 6), np.array([5, 2])):
        evaluator = RowEvaluator(access, rows)
        assert evaluator.size == len(row_numbers(rows))
        for text, more in (("duration", 0), ("duration + 1", 1)):
            own = [few.SESSIONS[row].get("duration") for row in row_numbers(rows)]
            found = to_arrow(evaluator.evaluate(few.expression(access, text))).to_pylist()
            assert found == [None if v is None else v + more for v in own]


def test_texts_are_numbered_narrowly() -> None:
    found: Any = Given((numbers([0, None], np.int64),)).evaluate(
        DateText(A, parse_date_format("yyyy"), None)
    )
    assert found.codes.dtype == texts(["1970", None]).codes.dtype
    assert found.dictionary.to_pylist() == ["1970"]
    assert found.type is FieldType.STRING
