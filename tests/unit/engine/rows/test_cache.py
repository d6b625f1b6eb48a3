"""What is derived from the data is made once, kept while there is room, and is what it says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import usql
from tests.unit.engine import pieces as small
from tests.unit.engine.columns import lists, numbers, texts
from usql.analysis import bound
from usql.analysis.bound import FieldRef, OneOf, Present, Range
from usql.catalog.model import FieldType
from usql.engine.rows.cache import Derived, _flags
from usql.engine.rows.predicates import CodeSet, Decided, SomeEntry, compile_predicate
from usql.engine.runtime.limits import Budget, Control
from usql.errors import MemoryLimit, TimeLimit
from usql.language.literals import parse_date_format
from usql.store.columns import NumberColumn, PropertiesColumn

FIELD = FieldRef("usersession", "city", None, FieldType.STRING, is_list=False, multi=False)


@pytest.fixture
def derived() -> Derived:
    return usql.open([{"city": "Wien"}], index_memory=0)._engine._derived


def some_tests(count: int) -> list[bound.Test]:
    """Equal ones, which are told apart all the same."""
    return [bound.Test(FIELD, Present()) for _ in range(count)]


def fails() -> Any:
    pytest.fail("made again")


def test_a_compiled_test_is_found_again(derived: Derived) -> None:
    one, two = some_tests(2)
    first = derived.compiled(one, lambda: Decided(True))
    assert derived.compiled(one, fails) is first
    second = Decided(False)
    assert derived.compiled(two, lambda: second) is second
    assert derived.compiled(one, fails) is first


def test_the_least_recently_used_tests_leave(derived: Derived) -> None:
    a, b, c, d = some_tests(4)
    with small.constants({"cache._MOST_TESTS": 3}):
        for one in (a, b, c):
            derived.compiled(one, lambda: Decided(True))
        derived.compiled(a, fails)
        derived.compiled(d, lambda: Decided(True))
        for one in (a, c, d):
            derived.compiled(one, fails)
        made = Decided(False)
        assert derived.compiled(b, lambda: made) is made
        assert len(derived._tests) == 3


def flags(size: int) -> CodeSet:
    return CodeSet(texts(["a"]).codes, np.ones(size, dtype=np.bool_))


def test_tests_with_many_flags_leave(derived: Derived) -> None:
    a, b, c, d = some_tests(4)
    with small.constants({"cache._MOST_FLAGS": 100}):
        derived.compiled(a, lambda: flags(60))
        derived.compiled(b, lambda: flags(40))
        assert (derived._flags, len(derived._tests)) == (100, 2)
        derived.compiled(c, lambda: flags(1))
        assert (derived._flags, len(derived._tests)) == (41, 2)
        derived.compiled(b, fails)
        derived.compiled(d, lambda: flags(101))
        assert (derived._flags, len(derived._tests)) == (0, 0)
        derived.compiled(a, lambda: flags(7))
        assert derived._flags == 7


def test_flags_are_those_of_entries_too() -> None:
    inner = flags(9)
    assert _flags(inner) == 9
    assert _flags(Decided(True)) == 0
    column = lists(texts(["a", "b", "c"]), [2, 1])
    some = compile_predicate(column, OneOf(("a", "c")))
    assert isinstance(some, SomeEntry)
    assert isinstance(some.entries, CodeSet)
    assert _flags(some) == some.entries.fits.nbytes > 0
    assert _flags(compile_predicate(numbers([1], np.int8), Range(0, 1))) == 0


def test_what_is_known_of_a_condition_is_found_again(derived: Derived) -> None:
    a, b, c = some_tests(3)
    with small.constants({"cache._MOST_TESTS": 2}):
        assert derived.of_condition(a, lambda: "a") == "a"
        assert derived.of_condition(b, lambda: "b") == "b"
        assert derived.of_condition(a, fails) == "a"
        assert derived.of_condition(c, lambda: "c") == "c"
        assert derived.of_condition(a, fails) == "a"
        assert derived.of_condition(c, fails) == "c"
        assert derived.of_condition(b, lambda: "again") == "again"
        assert len(derived._conditions) == 2


def test_two_threads_keep_one_compiled_test(derived: Derived) -> None:
    [one] = some_tests(1)
    meeting = threading.Barrier(2, timeout=20)

    def make() -> CodeSet:
        meeting.wait()
        return flags(8)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: derived.compiled(one, make), range(2)))
    assert derived.compiled(one, fails) in made
    assert derived._flags == 8


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "span"),
    [
        (numbers([3, -7, 5], np.int8), (-7, 5)),
        (numbers([3, None, 5], np.int16), (3, 5)),
        (numbers([None, -3], np.int16), (-3, -3)),
        (numbers([None, None], np.int64), (0, 0)),
        (numbers([], np.int8), (0, 0)),
        (numbers([0.5, -2.5], np.float64), (-2.5, 0.5)),
        (numbers([None], np.float64), (0.0, 0.0)),
    ],
)
def test_the_span_of_a_column(derived: Derived, column: Any, span: tuple[Any, Any]) -> None:
    found = derived.span(column)
    assert found == span
    assert [type(limit) for limit in found] == [type(limit) for limit in span]
    assert derived.span(column) is found
    if column.values.dtype.kind == "i":
        assert derived.whole_span(column) == span


@pytest.mark.parametrize(
    ("values", "ascends"),
    [
        ([1, 2, 2, 9], True),
        ([2, 1], False),
        ([1, 2, 3, 2], False),
        ([5], True),
        ([], True),
        ([1, None, 3], False),
        ([1, 2, None], False),
    ],
)
def test_whether_a_column_ascends(
    derived: Derived, values: list[int | None], ascends: bool
) -> None:
    column = numbers(values, np.int16)
    for _ in range(2):
        assert derived.ascends(column) is ascends


@pytest.mark.parametrize(
    ("dictionary", "widths"),
    [
        (["ab", "cd", "é"], (2, 2)),
        (["abc"], (3, 3)),
        (["ab", "c"], (1, 2)),
        (["a", "bc", "d"], (1, 2)),
        (["", ""], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_the_widths_of_texts(
    derived: Derived, dictionary: list[str], widths: tuple[int, int]
) -> None:
    held = pa.array(dictionary, pa.string())
    assert derived.text_widths(held) == widths
    assert derived.text_widths(held) == widths


def test_only_texts_have_a_width(derived: Derived) -> None:
    assert derived.text_widths(pa.array([False, True])) == (0, 0)


def test_the_widths_of_texts_of_a_result_are_not_kept(derived: Derived) -> None:
    """A result's texts would be held with them for ever."""
    known = len(derived._widths)
    held = pa.array(["ab", "cd"])
    assert derived.text_widths(held) == (2, 2)
    assert len(derived._widths) == known + 1
    del held
    assert len(derived._widths) == known


def test_zones_and_properties_are_kept(derived: Derived) -> None:
    column = numbers([3, 1, 2], np.int8)
    zones = derived.zones(column)
    assert (zones.low.tolist(), zones.high.tolist()) == ([1], [3])
    assert derived.zones(column) is zones
    offsets = np.array([0, 2, 3], dtype=np.int64)
    pairs = PropertiesColumn(offsets, texts(["a", "b", "a"]), numbers([1, 2, 3], np.int8))
    control = Control()
    a, b = derived.property(pairs, "a", control), derived.property(pairs, "b", control)
    assert a is derived.property(pairs, "a", control)
    assert b is derived.property(pairs, "b", control)
    assert isinstance(a, NumberColumn)
    assert a.values.tolist() == [1, 3]


def test_what_is_kept_has_one_budget(derived: Derived) -> None:
    """Indexes, properties and texts of dates. Without indexes the others have a budget of their own."""
    store = derived.store
    pairs = PropertiesColumn(np.array([0, 1]), texts(["a"]), numbers([1], np.int8))
    form = parse_date_format("HH:mm")
    size = 0
    for budget in (1000, 0):
        own = Derived(store, budget)
        found, places = own.even_texts(form, 3_600_000, 300_000, 4, Control())
        assert found.take(places).to_pylist() == ["01:00", "01:05", "01:10", "01:15"]
        again, _ = own.even_texts(form, 3_600_000, 300_000, 4, Control())
        assert again is found
        own.property(pairs, "a", Control())
        own.indexes.get("b", lambda: {"x": np.zeros(900, np.uint8)})
        size = max(size, own.kept.nbytes)
        assert own.kept.nbytes <= (budget or 300)
        assert list(own.indexes.all()) == ["b"] * (budget > 0)
    assert size > 900


def test_properties_are_announced(derived: Derived) -> None:
    pairs = PropertiesColumn(np.arange(101), texts(["a"] * 100), numbers([1] * 100, np.int8))
    with pytest.raises(MemoryLimit, match="of properties"):
        Derived(derived.store, 0).property(pairs, "a", Control(budget=Budget(1000)))
    with pytest.raises(TimeLimit):
        Derived(derived.store, 0).property(pairs, "a", Control(deadline=0.0))


def test_what_is_known_of_a_column_goes_with_it(derived: Derived) -> None:
    known = len(derived._zones), len(derived._spans)
    column = numbers([3, 1, 2], np.int8)
    derived.zones(column)
    derived.span(column)
    assert (len(derived._zones), len(derived._spans)) == (known[0] + 1, known[1] + 1)
    del column
    assert (len(derived._zones), len(derived._spans)) == known
