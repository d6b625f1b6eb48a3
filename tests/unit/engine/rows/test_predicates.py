"""Compiled predicates against plain comparisons, value by value."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from tests.unit.engine.columns import INT_TYPES, lists, numbers, row_numbers, some_rows, texts
from usql.analysis.bound import Matches, OneOf, Predicate, Prefix, Present, Range
from usql.catalog.model import FieldType
from usql.engine.rows.predicates import CodeRange, CodeSet, Decided, compile_predicate, some_entry
from usql.engine.runtime.limits import Control
from usql.language.literals import parse_address
from usql.language.literals.like import parse_like
from usql.store.columns import PropertiesColumn

NAMES = ["", "a", "ab", "abc", "b", "B", "東", "東京", "é", "\U0001f600", "\n", "a\nb", "%", "~"]
LIMITS: dict[Any, list[int]] = {
    kind: [int(np.iinfo(kind).min), int(np.iinfo(kind).max)] for kind in INT_TYPES
}


def fits(predicate: Predicate, value: Any) -> bool:
    """The predicate on one plain value, as the language says."""
    if value is None:
        return False
    match predicate:
        case Present():
            return True
        case OneOf(values=wanted):
            return value in wanted
        case Range(low=low, high=high, low_closed=low_closed, high_closed=high_closed):
            above = low is None or value > low or (low_closed and value == low)
            return above and (high is None or value < high or (high_closed and value == high))
        case Prefix(prefix=prefix):
            return bool(value.startswith(prefix))
        case Matches(pattern=pattern):
            return pattern.matcher()(value)


def check(column: Any, predicate: Predicate, values: list[Any], rows: Any) -> None:
    """The mask over rows is what each of their values says, also into an array that is given."""
    compiled = compile_predicate(column, predicate, Control())
    wanted = [fits(predicate, values[i]) for i in row_numbers(rows)]
    out = np.ones(len(wanted), dtype=np.bool_)
    assert compiled.mask(rows).tolist() == wanted
    assert compiled.mask(rows, out).tolist() == wanted
    assert compiled.mask(rows).dtype == np.bool_


def ranges(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Range]:
    limit = st.one_of(st.none(), values)
    return st.builds(Range, limit, limit, st.booleans(), st.booleans())


def one_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[OneOf]:
    return st.lists(values, max_size=4).map(lambda found: OneOf(tuple(found)))


@settings(deadline=None)
@given(st.data())
def test_texts(data: Any) -> None:
    values = data.draw(st.lists(st.one_of(st.none(), st.sampled_from(NAMES)), max_size=20))
    known = st.one_of(st.sampled_from(NAMES), st.text(max_size=2))
    pattern = st.lists(st.sampled_from(["a", "*", "?", "東", "\n"]), max_size=4)
    predicate = data.draw(
        st.one_of(
            st.just(Present()),
            one_of(known),
            ranges(known),
            st.builds(Prefix, known),
            pattern.map(lambda parts: Matches(parse_like("".join(parts)))),
        )
    )
    check(texts(values), predicate, values, data.draw(some_rows(len(values))))


@settings(deadline=None)
@given(st.data(), st.sampled_from(INT_TYPES))
def test_integers_of_each_width(data: Any, kind: Any) -> None:
    low, high = LIMITS[kind]
    near = st.one_of(st.integers(-3, 3), st.sampled_from([low, low + 1, high - 1, high]))
    beyond = st.sampled_from([low - 1, high + 1, -(2**63), 2**63 - 1, 10**20, -(10**20)])
    values = data.draw(st.lists(st.one_of(st.none(), near), max_size=20))
    wanted = st.one_of(near, near, beyond)
    equal = st.one_of(wanted, st.sampled_from([0.5, -1.5, 1e300]))
    # Limits of integers are closed.
    closed = st.builds(Range, st.one_of(st.none(), wanted), st.one_of(st.none(), wanted))
    predicate = data.draw(st.one_of(st.just(Present()), one_of(equal), closed))
    check(numbers(values, kind), predicate, values, data.draw(some_rows(len(values))))


@pytest.mark.parametrize("kind", INT_TYPES)
def test_the_limits_of_each_width_can_be_equal(kind: Any) -> None:
    low, high = LIMITS[kind]
    values = [low, None, 0, high]
    rows = slice(0, 4)
    for wanted in (
        (low,), (high,), (low, high), (low, 0), (0, high), (low - 1, high + 1), (low, high + 1),
        (0, 0.5), (0.5,), (0,),
    ):  # fmt: skip
        check(numbers(values, kind), OneOf(wanted), values, rows)
        check(numbers(values, kind), OneOf(wanted), values, np.array([1, 3]))
    for low_limit, high_limit in itertools.product(
        [None, low, low + 1, 0, high - 1, high], repeat=2
    ):
        check(numbers(values, kind), Range(low_limit, high_limit), values, rows)


def test_what_is_missing_is_in_no_set() -> None:
    """A missing number is kept as 0."""
    for kind in (*INT_TYPES, np.float64):
        values = [None, 0, 7, 5, None]
        for wanted in ((0, 5), (5, 7), (0, 7)):
            check(numbers(values, kind), OneOf(wanted), values, slice(0, 5))
            check(numbers(values, kind), OneOf(wanted), values, np.array([0, 2, 4]))


DOUBLES = [0.0, -0.0, 0.5, -1.5, 2.0, np.inf, -np.inf, 5e-324, 1e300, 2.0**53]


@settings(deadline=None)
@given(st.data())
def test_doubles(data: Any) -> None:
    values = data.draw(st.lists(st.one_of(st.none(), st.sampled_from(DOUBLES)), max_size=20))
    limits = st.sampled_from([*DOUBLES, 2, 2**53, -7])
    predicate = data.draw(st.one_of(st.just(Present()), one_of(limits), ranges(limits)))
    check(numbers(values, np.float64), predicate, values, data.draw(some_rows(len(values))))


READABLE = ["0.0.0.0", "1.2.3.4", "::ffff:1.2.3.4", "9.9.9.9", "10.0.0.1", "255.255.255.255",
            "::", "::1", "2a01::1", "2A01:0::1", "ffff::"]  # fmt: skip
ADDRESSES = [*READABLE, "masked", "", "1.2.3", "zz"]


@settings(deadline=None)
@given(st.data())
def test_addresses(data: Any) -> None:
    """Ranges and equality go by address, prefixes by text; what is unreadable is in no range."""
    values = data.draw(st.lists(st.one_of(st.none(), st.sampled_from(ADDRESSES)), max_size=20))
    rows = data.draw(some_rows(len(values)))
    column = texts(values, FieldType.IP)
    known = st.sampled_from(READABLE).map(parse_address)
    by_address = data.draw(st.one_of(one_of(known), ranges(known)))
    read = [parse_address(v) if v in READABLE else None for v in values]
    check(column, by_address, read, rows)
    by_text = data.draw(
        st.sampled_from([Present(), Prefix("1"), Prefix(""), Prefix("::"), Prefix("2a")])
    )
    check(column, by_text, values, rows)


@settings(deadline=None)
@given(st.data())
def test_lists_ask_for_some_entry(data: Any) -> None:
    entries = data.draw(st.lists(st.one_of(st.none(), st.sampled_from("abc")), max_size=12))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(entries)), max_size=6)))
    edges = [0, *cuts, len(entries)]
    own = [entries[a:b] for a, b in itertools.pairwise(edges)]
    column = lists(texts(entries), [len(o) for o in own])
    predicate = data.draw(st.one_of(st.just(Present()), one_of(st.sampled_from("abcd"))))
    rows = data.draw(some_rows(len(own)))
    found = compile_predicate(column, predicate, Control()).mask(rows)
    assert found.tolist() == [any(fits(predicate, v) for v in own[i]) for i in row_numbers(rows)]


@settings(deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=8), st.data())
def test_property_lists_are_there_where_they_have_a_pair(lengths: list[int], data: Any) -> None:
    pairs = sum(lengths)
    keys, values = texts(["k"] * pairs), texts([None] * pairs)
    column = PropertiesColumn(lists(values, lengths).offsets, keys, values)
    rows = data.draw(some_rows(len(lengths)))
    found = compile_predicate(column, Present(), Control()).mask(rows)
    assert found.tolist() == [lengths[i] > 0 for i in row_numbers(rows)]


@pytest.mark.parametrize("count", [255, 256, 257, 65_535, 65_536, 65_537])
def test_codes_at_the_limits_of_their_width(count: int) -> None:
    names = [f"{number:05}" for number in range(count - 1)]
    column = texts([None, *names, None])
    last, rows = names[-1], slice(0, count + 1)
    for predicate, matches in (
        (OneOf((last,)), [count - 1]),
        (OneOf((names[0], last)), [1, count - 1]),
        (Range(last, None), [count - 1]),
        (Range(None, names[0]), [1]),
    ):
        found = compile_predicate(column, predicate, Control()).mask(rows)
        assert np.flatnonzero(found).tolist() == matches
    assert int(compile_predicate(column, Present(), Control()).mask(rows).sum()) == count - 1


# --- each way by hand -----------------------------------------------------------------------------

LETTERS = ["b", None, "a", "d", "c", "b", "cc", None]
TEXT_CASES: list[tuple[Predicate, Any]] = [
    (Present(), CodeRange),
    (OneOf(("b",)), CodeRange),
    (OneOf(("b", "c")), CodeRange),
    (OneOf(("a", "b")), CodeRange),
    (OneOf(("a", "c")), CodeSet),
    (OneOf(("x",)), Decided),
    (OneOf(()), Decided),
    (Range("b", "c"), CodeRange),
    (Range("b", "c", False, True), CodeRange),
    (Range("b", "d", True, False), CodeRange),
    (Range("b", "d", False, False), CodeRange),
    (Range("b", "b", False, False), Decided),
    (Range("d", "a"), Decided),
    (Range(None, "b"), CodeRange),
    (Range("c", None, False), CodeRange),
    (Range(None, None), CodeRange),
    (Prefix("c"), CodeRange),
    (Prefix("cc"), CodeRange),
    (Prefix(""), CodeRange),
    (Prefix("bb"), Decided),
    (Matches(parse_like("c*")), CodeRange),
    (Matches(parse_like("*")), CodeRange),
    (Matches(parse_like("?")), CodeSet),
    (Matches(parse_like("*b*")), CodeRange),
    (Matches(parse_like("*" + "?" * 1000)), Decided),
    (Matches(parse_like("?" + "*?" * 600)), Decided),
]
SOME_ROWS = [slice(0, 8), slice(1, 6), slice(3, 3), np.array([0, 1, 4, 7])]


@pytest.mark.parametrize(("predicate", "way"), TEXT_CASES)
def test_each_way_of_texts(predicate: Predicate, way: Any) -> None:
    column = texts(LETTERS)
    assert type(compile_predicate(column, predicate, Control())) is way
    for rows in SOME_ROWS:
        check(column, predicate, LETTERS, rows)


def test_prefixes_of_addresses_go_by_text() -> None:
    """Whose order is not that of the addresses."""
    values = ["10.0.0.1", "9.9.9.9", None, "1.2.3.4", "masked", "2a01::1", "1.2.3.4", "::1"]
    for prefix in ("1", "9", "m", "", "::", "3"):
        for rows in SOME_ROWS:
            check(texts(values, FieldType.IP), Prefix(prefix), values, rows)


ODD = [0.5, -0.0, math.inf, 2.0, -math.inf, -1.5, 2.0, 5.0]


@pytest.mark.parametrize("missing", [None, 2, 6])
@pytest.mark.parametrize(
    ("low", "high"), [(None, None), (0.5, 2.0), (None, 2.0), (2.0, None), (2.0, 2.0), (3, 1), (-1.5, 5)]
)  # fmt: skip
def test_each_limit_of_doubles(low: Any, high: Any, missing: int | None) -> None:
    values: list[Any] = [None if row == missing else value for row, value in enumerate(ODD)]
    column = numbers(values, np.float64)
    for rows, closed in itertools.product(SOME_ROWS, itertools.product([True, False], repeat=2)):
        check(column, Range(low, high, *closed), values, rows)


@pytest.mark.parametrize("kind", INT_TYPES)
def test_limits_beyond_the_width_are_none(kind: Any) -> None:
    for values in ([1, 2, -3, 4, 0, 5, 6, 7], [1, None, -3, 4, 0, 5, None, 7]):
        column = numbers(values, kind)
        for low, high in (
            (-(2**70), 2**70),
            (None, 2**70),
            (-(2**70), 3),
            (2**70, None),
            (None, -(2**70)),
        ):
            for rows in SOME_ROWS:
                check(column, Range(low, high), values, rows)


def test_some_entry_of_a_range_of_rows() -> None:
    """Wherever it begins."""
    own: list[list[str | None]] = [["a"], [], ["b", "a"], [None], ["b"], ["c", "b", "c"], []]
    lengths = [len(entries) for entries in own]
    column = lists(texts([v for entries in own for v in entries]), lengths)
    for wanted in ("a", "b", "c"):
        inner = compile_predicate(column.entries, OneOf((wanted,)), Control())
        for rows in (slice(0, 7), slice(2, 6), slice(1, 4), slice(6, 7), slice(4, 4)):
            found = some_entry(column.offsets, rows, inner.mask)
            assert found.tolist() == [wanted in own[row] for row in row_numbers(rows)]
        some = compile_predicate(column, OneOf((wanted,)), Control())
        assert some.mask(np.array([0, 2, 5])).tolist() == [wanted in own[row] for row in (0, 2, 5)]


def test_the_bytes_of_a_row() -> None:
    few, many = texts(["a", "b", "c"]), texts([f"{number}" for number in range(300)])
    whole, gaps = numbers([1, 2, 300], np.int16), numbers([1, None, 300], np.int16)
    own = lists(few, [2, 1])
    pairs = PropertiesColumn(own.offsets, few, few)
    cases: list[tuple[Any, Predicate, int]] = [
        (few, OneOf(("x",)), 0),
        (few, OneOf(("b",)), 1),
        (few, OneOf(("a", "c")), 1),
        (many, OneOf(("1",)), 2),
        (many, OneOf(("1", "3")), 2),
        (whole, Range(1, 5), 2),
        (gaps, Range(1, 5), 3),
        (whole, OneOf((1, 300)), 2),
        (gaps, OneOf((1, 300)), 3),
        (own, OneOf(("b",)), 8 + 1),
        (pairs, Present(), 8),
    ]
    for column, predicate, width in cases:
        assert compile_predicate(column, predicate, Control()).width == width


# --- LIKE in Arrow and RE2 ------------------------------------------------------------------------

ALPHABET = "ab_%*?\\.\n\r\0東é[](){}|^$+-#&~\U0001f600 "
PIECES = st.lists(
    st.sampled_from(
        ["*", "%", "?", "\\*", "\\?", "\\\\", "\\", *ALPHABET, "ab", "(?i)", "\\Q", "\\d"]
    ),
    max_size=7,
)


def matches(pattern: str, values: list[str]) -> list[bool]:
    column = texts(values)
    predicate = Matches(parse_like(pattern))
    return compile_predicate(column, predicate, Control()).mask(slice(0, len(values))).tolist()


@settings(max_examples=examples(400), deadline=None)
@given(PIECES, st.lists(st.text(alphabet=ALPHABET, max_size=6), min_size=1, max_size=12))
def test_patterns_mean_the_same_in_arrow(pieces: list[str], values: list[str]) -> None:
    pattern = "".join(pieces)
    wanted = [parse_like(pattern).matcher()(value) for value in values]
    assert matches(pattern, values) == wanted


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=5), st.text(max_size=3), st.text(max_size=3))
def test_any_text_finds_itself(infix: str, before: str, after: str) -> None:
    escaped = "".join("\\" + c if c in "*%?\\" else c for c in infix)
    whole = before + infix + after
    assert matches(escaped, [infix]) == [True]
    for pattern in (
        f"*{escaped}*",
        f"?*{escaped}*?",
        "?" * len(before) + escaped + "?" * len(after),
    ):
        assert matches(pattern, [whole]) == [parse_like(pattern).matcher()(whole)]


@pytest.mark.parametrize("times", [1, 200, 400, 3000])
def test_patterns_of_any_length(times: int) -> None:
    """RE2 takes the short ones."""
    pattern, text = "?*" + "ab?" * times, "x" + "abc" * times
    assert matches(pattern, [text, text + "d", "ab", "a\nb"]) == [True, False, False, False]


def test_texts_are_matched_as_a_whole() -> None:
    values = ["a\nb", "a", "b", "\n", "a\n", ""]
    assert matches("a?b", values) == [True, False, False, False, False, False]
    assert matches("a*", values) == [True, True, False, False, True, False]
    assert matches("?", values) == [False, True, True, True, False, False]
    assert matches("", values) == [False, False, False, False, False, True]
