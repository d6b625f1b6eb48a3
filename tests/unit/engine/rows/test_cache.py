"""What is derived from the data is made once, kept while there is room, and is what it says."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.engine.columns import lists, numbers, texts
from usql.analysis import bound
from usql.analysis.bound import FieldRef, OneOf, Present, Range
from usql.catalog.model import FieldType
from usql.engine.rows.cache import Cache, _flags
from usql.engine.rows.predicates import CodeSet, Decided, SomeEntry, compile_predicate
from usql.engine.runtime.limits import Budget, Control
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.errors import MemoryLimit, TimeLimit
from usql.language.literals import parse_date_format
from usql.store import Store, load
from usql.store.columns import NumberColumn, PropertiesColumn

FIELD = FieldRef("usersession", "city", None, FieldType.STRING, is_list=False, multi=False)


@pytest.fixture
def store() -> Store:
    return load([{"city": "Wien"}])


@pytest.fixture
def cache(store: Store) -> Cache:
    return Cache(store, 0, DEFAULT)


def some_tests(count: int) -> list[bound.Test]:
    """Equal ones, which are told apart all the same."""
    return [bound.Test(FIELD, Present()) for _ in range(count)]


def fails() -> Any:
    pytest.fail("made again")


def test_a_compiled_test_is_found_again(cache: Cache) -> None:
    one, two = some_tests(2)
    first = cache.compiled(one, lambda: Decided(True))
    assert cache.compiled(one, fails) is first
    second = Decided(False)
    assert cache.compiled(two, lambda: second) is second
    assert cache.compiled(one, fails) is first


def test_the_least_recently_used_tests_leave(store: Store) -> None:
    a, b, c, d = some_tests(4)
    cache = Cache(store, 0, Tuning(most_cached_tests=3))
    for one in (a, b, c):
        cache.compiled(one, lambda: Decided(True))
    cache.compiled(a, fails)
    cache.compiled(d, lambda: Decided(True))
    for one in (a, c, d):
        cache.compiled(one, fails)
    made = Decided(False)
    assert cache.compiled(b, lambda: made) is made
    assert len(cache._tests) == 3


def flags(size: int) -> CodeSet:
    return CodeSet(texts(["a"]).codes, np.ones(size, dtype=np.bool_))


def test_tests_with_many_flags_leave(store: Store) -> None:
    a, b, c, d = some_tests(4)
    cache = Cache(store, 0, Tuning(most_cached_flags=100))
    cache.compiled(a, lambda: flags(60))
    cache.compiled(b, lambda: flags(40))
    assert (cache._flags, len(cache._tests)) == (100, 2)
    cache.compiled(c, lambda: flags(1))
    assert (cache._flags, len(cache._tests)) == (41, 2)
    cache.compiled(b, fails)
    cache.compiled(d, lambda: flags(101))
    assert (cache._flags, len(cache._tests)) == (0, 0)
    cache.compiled(a, lambda: flags(7))
    assert cache._flags == 7


def test_flags_are_those_of_entries_too() -> None:
    inner = flags(9)
    assert _flags(inner) == 9
    assert _flags(Decided(True)) == 0
    column = lists(texts(["a", "b", "c"]), [2, 1])
    some = compile_predicate(column, OneOf(("a", "c")), Control())
    assert isinstance(some, SomeEntry)
    assert isinstance(some.entries, CodeSet)
    assert _flags(some) == some.entries.fits.nbytes > 0
    assert _flags(compile_predicate(numbers([1], np.int8), Range(0, 1), Control())) == 0


def test_what_is_known_of_a_part_is_found_again(store: Store) -> None:
    a, b, c = some_tests(3)
    cache = Cache(store, 0, Tuning(most_cached_tests=2))
    assert cache.of_part(a, "usersession", lambda: "a") == "a"
    assert cache.of_part(b, "usersession", lambda: "b") == "b"
    assert cache.of_part(a, "usersession", fails) == "a"
    assert cache.of_part(c, "usersession", lambda: "c") == "c"
    assert cache.of_part(a, "usersession", fails) == "a"
    assert cache.of_part(c, "usersession", fails) == "c"
    assert cache.of_part(b, "usersession", lambda: "again") == "again"
    assert len(cache._parts) == 2


def test_two_threads_keep_one_compiled_test(cache: Cache) -> None:
    [one] = some_tests(1)
    meeting = threading.Barrier(2, timeout=20)

    def make() -> CodeSet:
        meeting.wait()
        return flags(8)

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: cache.compiled(one, make), range(2)))
    assert cache.compiled(one, fails) in made
    assert cache._flags == 8


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
def test_the_span_of_a_column(cache: Cache, column: Any, span: tuple[Any, Any]) -> None:
    found = cache.span(column)
    assert found == span
    assert [type(limit) for limit in found] == [type(limit) for limit in span]
    assert cache.span(column) is found
    if column.values.dtype.kind == "i":
        assert cache.whole_span(column) == span


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
def test_whether_a_column_ascends(cache: Cache, values: list[int | None], ascends: bool) -> None:
    column = numbers(values, np.int16)
    for _ in range(2):
        assert cache.ascends(column) is ascends


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
def test_the_widths_of_texts(cache: Cache, dictionary: list[str], widths: tuple[int, int]) -> None:
    held = pa.array(dictionary, pa.string())
    assert cache.text_widths(held) == widths
    assert cache.text_widths(held) == widths


def test_only_texts_have_a_width(cache: Cache) -> None:
    assert cache.text_widths(pa.array([False, True])) == (0, 0)


def test_the_widths_of_texts_of_a_result_are_not_kept(cache: Cache) -> None:
    """A result's texts would be held with them for ever."""
    known = len(cache._widths)
    held = pa.array(["ab", "cd"])
    assert cache.text_widths(held) == (2, 2)
    assert len(cache._widths) == known + 1
    del held
    assert len(cache._widths) == known


def test_zones_and_properties_are_kept(cache: Cache) -> None:
    column = numbers([3, 1, 2], np.int8)
    zones = cache.zones(column)
    assert (zones.low.tolist(), zones.high.tolist()) == ([1], [3])
    assert cache.zones(column) is zones
    offsets = np.array([0, 2, 3], dtype=np.int64)
    pairs = PropertiesColumn(offsets, texts(["a", "b", "a"]), numbers([1, 2, 3], np.int8))
    control = Control()
    a, b = cache.property(pairs, "a", control), cache.property(pairs, "b", control)
    assert a is cache.property(pairs, "a", control)
    assert b is cache.property(pairs, "b", control)
    assert isinstance(a, NumberColumn)
    assert a.values.tolist() == [1, 3]


def test_what_is_kept_has_one_budget(cache: Cache) -> None:
    """Indexes, properties and texts of dates. Without indexes the others have a budget of their own."""
    pairs = PropertiesColumn(np.array([0, 1]), texts(["a"]), numbers([1], np.int8))
    form = parse_date_format("HH:mm")
    size = 0
    for budget in (1000, 0):
        own = Cache(cache.store, budget, Tuning(cached_bytes_without_indexes=400))
        found, places = own.even_texts(form, 3_600_000, 300_000, 4, Control())
        assert found.take(places).to_pylist() == ["01:00", "01:05", "01:10", "01:15"]
        again, _ = own.even_texts(form, 3_600_000, 300_000, 4, Control())
        assert again is found
        own.property(pairs, "a", Control())
        own.indexes.get("b", lambda: {"x": np.zeros(900, np.uint8)})
        size = max(size, own.budgeted.nbytes)
        assert own.budgeted.nbytes <= (budget or 300)
        assert list(own.indexes.all()) == ["b"] * (budget > 0)
    assert size > 900


def test_properties_are_announced(cache: Cache) -> None:
    pairs = PropertiesColumn(np.arange(101), texts(["a"] * 100), numbers([1] * 100, np.int8))
    with pytest.raises(MemoryLimit, match="of properties"):
        Cache(cache.store, 0, DEFAULT).property(pairs, "a", Control(budget=Budget(1000)))
    with pytest.raises(TimeLimit):
        Cache(cache.store, 0, DEFAULT).property(pairs, "a", Control(deadline=0.0))


def test_what_is_known_of_a_column_goes_with_it(cache: Cache) -> None:
    known = len(cache._zones), len(cache._spans)
    column = numbers([3, 1, 2], np.int8)
    cache.zones(column)
    cache.span(column)
    assert (len(cache._zones), len(cache._spans)) == (known[0] + 1, known[1] + 1)
    del column
    assert (len(cache._zones), len(cache._spans)) == known
