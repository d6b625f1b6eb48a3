"""What is derived from the data and kept between queries: tests, zones, properties, indexes."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

import pyarrow as pa

from usql.analysis.bound import Condition, Test
from usql.engine.addresses import plain_addresses
from usql.engine.indexes import Indexes
from usql.engine.kernels import text_offsets
from usql.engine.predicates import CodeSet, Compiled, SomeEntry
from usql.engine.statistics import Zones, zones_of
from usql.engine.vectors import property_column
from usql.planner import Plan
from usql.store.columns import Column, DictionaryColumn, NumberColumn, PropertiesColumn, Store

T = TypeVar("T")

_MOST_TESTS = 1024
_MOST_FLAGS = 64 << 20
"""Bytes of flags per code that compiled tests may hold together."""


class Derived:
    """Belongs to one store; safe for any number of threads. What two threads want at once is made
    by each, and the first one's is kept."""

    def __init__(self, store: Store, index_memory: int) -> None:
        self.store = store
        self.indexes = Indexes(index_memory, store.indexes)
        self._lock = threading.Lock()
        self._tests: OrderedDict[int, tuple[Test, Compiled]] = OrderedDict()
        self._flags = 0
        self._plans: OrderedDict[int, tuple[Plan | Condition, object]] = OrderedDict()
        self._zones: dict[int, tuple[NumberColumn, Zones]] = {}
        self._spans: dict[int, tuple[NumberColumn, tuple[int | float, int | float]]] = {}
        self._widths: dict[int, tuple[weakref.ref[pa.Array], tuple[int, int]]] = {}
        self._ascends: dict[int, tuple[NumberColumn, bool]] = {}
        self._addresses: dict[int, tuple[DictionaryColumn, DictionaryColumn]] = {}
        self._properties: dict[tuple[int, str], tuple[PropertiesColumn, Column]] = {}

    def compiled(self, test: Test, make: Callable[[], Compiled]) -> Compiled:
        """The compiled form of a test; those of the plans that are kept are found again. Tests go
        by identity, which costs less than comparing them."""
        with self._lock:
            known = self._tests.get(id(test))
            if known is not None:
                self._tests.move_to_end(id(test))
                return known[1]
        made = make()
        with self._lock:
            if id(test) not in self._tests:
                self._flags += _flags(made)
                self._tests[id(test)] = (test, made)
            while len(self._tests) > _MOST_TESTS or self._flags > _MOST_FLAGS:
                _, (_, dropped) = self._tests.popitem(last=False)
                self._flags -= _flags(dropped)
        return made

    def of_plan(self, part: Plan | Condition, make: Callable[[], T]) -> T:
        """What a run needs to know of a plan or of a condition in it, found out once for each plan
        that is kept."""
        with self._lock:
            known = self._plans.get(id(part))
            if known is not None:
                self._plans.move_to_end(id(part))
                return cast(T, known[1])
        made = make()
        with self._lock:
            self._plans[id(part)] = (part, made)
            if len(self._plans) > _MOST_TESTS:
                self._plans.popitem(last=False)
        return made

    def zones(self, column: NumberColumn) -> Zones:
        """The minima and maxima of a column."""
        found = self._zones.get(id(column))
        if found is None:
            found = self._zones.setdefault(id(column), (column, zones_of(column)))
        return found[1]

    def span(self, column: NumberColumn) -> tuple[int | float, int | float]:
        """The smallest and largest value of a column; zeros where it has none."""
        found = self._spans.get(id(column))
        if found is None:
            found = self._spans.setdefault(id(column), (column, _span(column)))
        return found[1]

    def whole_span(self, column: NumberColumn) -> tuple[int, int]:
        """The span of a column of whole numbers."""
        low, high = self.span(column)
        return int(low), int(high)

    def text_widths(self, dictionary: pa.Array) -> tuple[int, int]:
        """The bytes of the shortest and of the longest text of a dictionary; zeros of other values
        and of none. Known as long as the dictionary is in use."""
        key = id(dictionary)
        found = self._widths.get(key)
        if found is None:
            gone = weakref.ref(dictionary, lambda _: self._widths.pop(key, None))
            found = self._widths.setdefault(key, (gone, _text_widths(dictionary)))
        return found[1]

    def ascends(self, column: NumberColumn) -> bool:
        """Whether a column has a value in every row, in ascending order."""
        if column.valid is not None:
            return False
        found = self._ascends.get(id(column))
        if found is None:
            made = bool((column.values[1:] >= column.values[:-1]).all())
            found = self._ascends.setdefault(id(column), (column, made))
        return found[1]

    def by_address(self, column: DictionaryColumn) -> DictionaryColumn:
        """A column of addresses with IPv4-mapped ones in their plain form."""
        found = self._addresses.get(id(column))
        if found is None:
            found = self._addresses.setdefault(id(column), (column, plain_addresses(column)))
        return found[1]

    def property(self, column: PropertiesColumn, key: str) -> Column:
        """One property as a column."""
        found = self._properties.get((id(column), key))
        if found is None:
            made = (column, property_column(column, key))
            found = self._properties.setdefault((id(column), key), made)
        return found[1]


def _flags(test: Compiled) -> int:
    """Bytes that a compiled test holds beside the column."""
    inner = test.entries if isinstance(test, SomeEntry) else test
    return inner.fits.nbytes if isinstance(inner, CodeSet) else 0


def _text_widths(dictionary: pa.Array) -> tuple[int, int]:
    if not pa.types.is_string(dictionary.type) or not len(dictionary):
        return 0, 0
    offsets = text_offsets(dictionary)
    widths = offsets[1:] - offsets[:-1]
    return int(widths.min()), int(widths.max())


def _span(column: NumberColumn) -> tuple[int | float, int | float]:
    values = column.values if column.valid is None else column.values[column.valid]
    if not len(values):
        return (0.0, 0.0) if values.dtype.kind == "f" else (0, 0)
    return values.min().item(), values.max().item()
