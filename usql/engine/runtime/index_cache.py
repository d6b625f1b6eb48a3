"""Indexes: data that is derived from columns on first use and kept between queries, within a
budget.

An index is a few named arrays under a name that says what it describes, so that it can be saved
with the store and found again. It holds which rows have which values, how rows are distributed over
slots, and the order and sums of values in them. It depends on the data, not on a query: other
queries with the same fields use it, too, and every answer is still computed.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

from usql.analysis.bound import FieldRef
from usql.engine.runtime.budgeted_cache import BudgetedCache

Arrays = Mapping[str, npt.NDArray[Any]]


@functools.lru_cache(1024)
def name_of(
    kind: str,
    table: str,
    by: tuple[FieldRef, ...],
    field: FieldRef | None = None,
    blocks: int | None = None,
) -> str:
    """The name of an index of a table's slots, by fields and, if given, blocks of that many
    rows."""
    of = ", ".join(label(one) for one in by) or "all"
    of += "" if blocks is None else f" and blocks of {blocks}"
    return f"{kind} of {table} by {of}" + ("" if field is None else f" with {label(field)}")


def label(field: FieldRef) -> str:
    """The field in the name of an index; property keys with special characters are quoted, so that
    names are unique."""
    if field.by_address:
        return f"{field.text} by address"
    if field.key is None or field.key.isidentifier():
        return field.text
    return f"{field.table}.{field.name}.{json.dumps(field.key, ensure_ascii=False)}"


class Indexes:
    """The indexes of one store, in the cache of its derived data. ``saved`` indexes came with the
    store; they are mapped files, and count against the budget once they are used."""

    def __init__(self, cache: BudgetedCache, saved: Mapping[str, Arrays]) -> None:
        self._cache = cache
        self._saved = saved if cache.budget else {}

    @property
    def budget(self) -> int:
        """The bytes that may be kept; 0 means that there are no indexes."""
        return self._cache.budget

    def find(self, name: str) -> Arrays | None:
        """An index if it already exists."""
        known: Arrays | None = self._cache.find(name)
        if known is not None:
            return known
        saved = self._saved.get(name)
        return None if saved is None else self._keep(name, dict(saved))

    def get(self, name: str, make: Callable[[], Arrays | None]) -> Arrays | None:
        """An index, built now if there is none. ``make`` returns ``None`` if it is not
        worthwhile."""
        if not self.budget:
            return None
        known = self.find(name)
        if known is not None:
            return known
        arrays = make()
        return None if arrays is None else self._keep(name, arrays)

    def _keep(self, name: str, arrays: Arrays) -> Arrays:
        return self._cache.keep(name, arrays, bytes_of(arrays))

    @property
    def nbytes(self) -> int:
        """The bytes that the indexes occupy now."""
        return sum(map(bytes_of, self.all().values()))

    def all(self) -> Mapping[str, Arrays]:
        """All indexes that are kept now, by name."""
        return self._cache.all(str)


def bytes_of(arrays: Arrays) -> int:
    """The bytes of an index."""
    return sum(int(array.nbytes) for array in arrays.values())
