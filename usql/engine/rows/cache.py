"""What is derived from the data and kept between queries: tests, zones, properties, indexes."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

import numpy as np
import pyarrow as pa

from usql.analysis.bound import Condition, Test
from usql.engine.arrays.dates import texts
from usql.engine.arrays.kernels import Ints, text_offsets
from usql.engine.arrays.vectors import nbytes, property_column
from usql.engine.rows.addresses import plain_addresses
from usql.engine.rows.predicates import CodeSet, Compiled, SomeEntry
from usql.engine.rows.zones import Zones, zones_of
from usql.engine.runtime.index_cache import Indexes
from usql.engine.runtime.kept import Kept
from usql.engine.runtime.limits import Control
from usql.language.literals import DateFormat
from usql.store.columns import Column, DictionaryColumn, NumberColumn, PropertiesColumn, Store

T = TypeVar("T")
Of = TypeVar("Of")

_MOST_TESTS = 1024
_WITHOUT_INDEXES = 64 << 20
"""Bytes of columns of properties and of texts of dates that are kept where no indexes are."""

_PROPERTY = 24
"""Bytes a row that making the column of a property takes."""

_MOST_FLAGS = 64 << 20
"""Bytes of flags per code that compiled tests may hold together."""


class _OfLiving(Generic[Of, T]):
    """What is known of columns and dictionaries, as long as these are in use."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], T]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def get(self, of: Of, make: Callable[[Of], T]) -> T:
        """What is known of an object, found out now if nothing is."""
        key = id(of)
        found = self._known.get(key)
        if found is None:
            living = weakref.ref(of, lambda _: self._known.pop(key, None))
            found = self._known.setdefault(key, (living, make(of)))
        return found[1]


class Derived:
    """Belongs to one store; safe for any number of threads. What two threads want at once is made
    by each, and the first one's is kept."""

    def __init__(self, store: Store, index_memory: int) -> None:
        self.store = store
        self.kept = Kept(index_memory or _WITHOUT_INDEXES)
        self.indexes = Indexes(self.kept if index_memory else Kept(0), store.indexes)
        self._lock = threading.Lock()
        self._tests: OrderedDict[int, tuple[Test, Compiled]] = OrderedDict()
        self._flags = 0
        self._conditions: OrderedDict[int, tuple[Condition, object]] = OrderedDict()
        self._zones: _OfLiving[NumberColumn, Zones] = _OfLiving()
        self._spans: _OfLiving[NumberColumn, tuple[int | float, int | float]] = _OfLiving()
        self._widths: _OfLiving[pa.Array, tuple[int, int]] = _OfLiving()
        self._ascends: _OfLiving[NumberColumn, bool] = _OfLiving()
        self._addresses: _OfLiving[DictionaryColumn, DictionaryColumn] = _OfLiving()

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

    def of_condition(self, part: Condition, make: Callable[[], T]) -> T:
        """What a run needs to know of a condition, found out once for each plan that is kept."""
        with self._lock:
            known = self._conditions.get(id(part))
            if known is not None:
                self._conditions.move_to_end(id(part))
                return cast(T, known[1])
        made = make()
        with self._lock:
            self._conditions[id(part)] = (part, made)
            if len(self._conditions) > _MOST_TESTS:
                self._conditions.popitem(last=False)
        return made

    def zones(self, column: NumberColumn) -> Zones:
        """The minima and maxima of a column."""
        return self._zones.get(column, zones_of)

    def span(self, column: NumberColumn) -> tuple[int | float, int | float]:
        """The smallest and largest value of a column; zeros where it has none."""
        return self._spans.get(column, _span)

    def whole_span(self, column: NumberColumn) -> tuple[int, int]:
        """The span of a column of whole numbers."""
        low, high = self.span(column)
        return int(low), int(high)

    def text_widths(self, dictionary: pa.Array) -> tuple[int, int]:
        """The bytes of the shortest and of the longest text of a dictionary; zeros of other values
        and of none."""
        return self._widths.get(dictionary, _text_widths)

    def ascends(self, column: NumberColumn) -> bool:
        """Whether a column has a value in every row, in ascending order."""
        return column.valid is None and self._ascends.get(column, _ascends)

    def by_address(self, column: DictionaryColumn, control: Control) -> DictionaryColumn:
        """A column of addresses with every mapped one as its plain form."""
        return self._addresses.get(column, lambda of: plain_addresses(of, control))

    def property(self, column: PropertiesColumn, key: str, control: Control) -> Column:
        """One property as a column."""

        def make() -> Column:
            control.reserve(_PROPERTY * len(column), "properties")
            return property_column(column, key, control.check)

        return self.kept.get(("property", id(column), key), make, nbytes)

    def even_texts(
        self, form: DateFormat, first: int, step: int, count: int, control: Control
    ) -> tuple[pa.Array, Ints]:
        """The texts of ``count`` instants from ``first`` on, ``step`` apart
        (``usql.engine.arrays.dates.texts``). Not to be written."""

        def make() -> tuple[pa.Array, Ints]:
            return texts(control, form, first + step * np.arange(count, dtype=np.int64))

        def size(made: tuple[pa.Array, Ints]) -> int:
            return int(made[0].nbytes + made[1].nbytes)

        return self.kept.get(("texts", form, first, step, count), make, size)


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
