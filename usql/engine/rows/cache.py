"""Derived data that is kept between queries: tests, zone maps, properties, indexes."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Test
from usql.engine.arrays.dates import texts
from usql.engine.arrays.gather import text_offsets
from usql.engine.arrays.types import Ints
from usql.engine.arrays.vectors import nbytes, property_column
from usql.engine.rows.addresses import plain_addresses
from usql.engine.rows.predicates import CodeSet, Compiled, SomeEntry
from usql.engine.rows.zones import Zones, zones_of
from usql.engine.runtime.budgeted_cache import BudgetedCache
from usql.engine.runtime.index_cache import Indexes
from usql.engine.runtime.limits import Control
from usql.engine.runtime.tuning import Tuning
from usql.language.literals import DateFormat
from usql.store.columns import (
    AnyColumn,
    Column,
    DictionaryColumn,
    NumberColumn,
    PropertiesColumn,
    Store,
)

T = TypeVar("T")
Of = TypeVar("Of")

_PROPERTY = 24
"""Bytes per row that building the column of a property takes."""


class _OfLiving(Generic[Of, T]):
    """Facts about columns and dictionaries, kept as long as these objects are alive."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], T]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, of: Of, make: Callable[[Of], T]) -> T:
        """The fact about an object, computed now if it is missing."""
        key = id(of)
        entry = self._known.get(key)
        if entry is None:
            living = weakref.ref(of, lambda _: self._known.pop(key, None))
            entry = self._known.setdefault(key, (living, make(of)))
        return entry[1]


class Cache:
    """The cache of one store; safe for any number of threads. If two threads need the same entry at
    once, both compute it and the first result is kept. ``columns``: those that have been read, which
    the store keeps, by table and name."""

    def __init__(self, store: Store, index_memory: int, tuning: Tuning) -> None:
        self.store = store
        self.budgeted = BudgetedCache(index_memory or tuning.cached_bytes_without_indexes)
        self.indexes = Indexes(self.budgeted if index_memory else BudgetedCache(0), store.indexes)
        self.columns: dict[tuple[str, str], AnyColumn] = {}
        self._tuning = tuning
        self._lock = threading.Lock()
        self._tests: OrderedDict[int, tuple[Test, Compiled]] = OrderedDict()
        self._flags = 0
        self._parts: OrderedDict[tuple[int, str], tuple[object, Any]] = OrderedDict()
        self._zones: _OfLiving[NumberColumn, Zones] = _OfLiving()
        self._spans: _OfLiving[NumberColumn, tuple[int | float, int | float]] = _OfLiving()
        self._widths: _OfLiving[pa.Array, tuple[int, int]] = _OfLiving()
        self._ascends: _OfLiving[NumberColumn, bool] = _OfLiving()
        self._addresses: _OfLiving[DictionaryColumn, DictionaryColumn] = _OfLiving()

    def compiled(self, test: Test, make: Callable[[], Compiled]) -> Compiled:
        """The compiled form of a test. Tests of cached plans are found again, by identity, which is
        cheaper than comparing them."""
        key = id(test)
        with self._lock:
            known = self._tests.get(key)
            if known is not None:
                self._tests.move_to_end(key)
                return known[1]
        compiled = make()
        most, flags = self._tuning.most_cached_tests, self._tuning.most_cached_flags
        with self._lock:
            if key not in self._tests:
                self._flags += _flags(compiled)
                self._tests[key] = (test, compiled)
            while len(self._tests) > most or self._flags > flags:
                _, (_, dropped) = self._tests.popitem(last=False)
                self._flags -= _flags(dropped)
        return compiled

    def of_part(self, part: object, table: str, make: Callable[[], T]) -> T:
        """What runs need to know about a part of a plan over a table, computed once for each cached
        plan. Each kind of part has one kind of facts."""
        key = (id(part), table)
        with self._lock:
            known = self._parts.get(key)
            if known is not None:
                self._parts.move_to_end(key)
                return known[1]
        facts = make()
        with self._lock:
            self._parts[key] = (part, facts)
            if len(self._parts) > self._tuning.most_cached_tests:
                self._parts.popitem(last=False)
        return facts

    def zones(self, column: NumberColumn) -> Zones:
        """The zone map of a column."""
        return self._zones.get(column, lambda of: zones_of(of, self._tuning.zone_rows))

    def span(self, column: NumberColumn) -> tuple[int | float, int | float]:
        """The smallest and largest value of a column; zeros where it has none."""
        return self._spans.get(column, _span)

    def whole_span(self, column: NumberColumn) -> tuple[int, int]:
        """The span of a column of whole numbers."""
        low, high = self.span(column)
        return int(low), int(high)

    def text_widths(self, dictionary: pa.Array) -> tuple[int, int]:
        """The bytes of the shortest and of the longest text of a dictionary; zeros if it is empty
        or has other values."""
        return self._widths.get(dictionary, _text_widths)

    def ascends(self, column: NumberColumn) -> bool:
        """Whether a column has a value in every row, in ascending order."""
        return column.valid is None and self._ascends.get(column, _ascends)

    def by_address(self, column: DictionaryColumn, control: Control) -> DictionaryColumn:
        """A column of addresses with every mapped one replaced by its IPv4 address."""
        return self._addresses.get(column, lambda of: plain_addresses(of, control))

    def property(self, column: PropertiesColumn, key: str, control: Control) -> Column:
        """One property as a column."""

        def make() -> Column:
            control.reserve(_PROPERTY * len(column), "properties")
            return property_column(column, key, control)

        return self.budgeted.get(("property", id(column), key), make, nbytes)

    def even_texts(
        self, form: DateFormat, first: int, step: int, count: int, control: Control
    ) -> tuple[pa.Array, Ints]:
        """The texts of ``count`` instants from ``first`` on, ``step`` apart
        (``usql.engine.arrays.dates.texts``). Read-only."""

        def make() -> tuple[pa.Array, Ints]:
            return texts(control, form, first + step * np.arange(count, dtype=np.int64))

        def size(arrays: tuple[pa.Array, Ints]) -> int:
            return int(arrays[0].nbytes + arrays[1].nbytes)

        return self.budgeted.get(("texts", form, first, step, count), make, size)


def _ascends(column: NumberColumn) -> bool:
    return bool((column.values[1:] >= column.values[:-1]).all())


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
