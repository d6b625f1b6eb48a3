"""Merged dictionaries that are kept between queries.

Processes that answer queries over the same parts send the same dictionaries again and again. To merge
two dictionaries of many texts means to sort them; to see that they are those of the last time means to
compare their bytes, once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from usql.catalog.model import FieldType
from usql.engine.runtime.budgeted_cache import BudgetedCache

Merged = tuple[pa.Array, Sequence[npt.NDArray[Any]]]
"""A dictionary, and for each that was merged the new code of each of its codes."""

_FEWEST = 1 << 10
"""Fewer texts are merged as fast as they are compared."""


class MergedTexts:
    """Merged dictionaries, within a ``budget`` of bytes; safe for any number of threads."""

    def __init__(self, budget: int) -> None:
        self._cache = BudgetedCache(budget)

    @property
    def nbytes(self) -> int:
        """The bytes that are kept."""
        return self._cache.nbytes

    def get(
        self, kind: FieldType, dictionaries: Sequence[pa.Array], make: Callable[[], Merged]
    ) -> Merged:
        """The merged dictionaries of a type, by ``make`` if they are not known."""
        if sum(map(len, dictionaries)) < _FEWEST:
            return make()
        key = (kind, *map(_label, dictionaries))
        known: tuple[Sequence[pa.Array], Merged] | None = self._cache.find(key)
        if known is not None and all(map(pa.Array.equals, known[0], dictionaries)):
            return known[1]
        merged = make()
        size = sum(one.nbytes for one in (*dictionaries, merged[0], *merged[1]))
        if size <= self._cache.budget:  # of more it would be a pity to make copies
            self._cache.keep(key, ([_copy(one) for one in dictionaries], merged), size)
        return merged


def _label(dictionary: pa.Array) -> tuple[Any, ...]:
    """What tells most dictionaries apart."""
    count = len(dictionary)
    some = (dictionary[place].as_py() for place in (0, count // 2, -1) if count)
    return (count, dictionary.nbytes, *some)


def _copy(dictionary: pa.Array) -> pa.Array:
    """The same texts in memory of their own, so that no larger buffer stays for them."""
    buffers = [b if b is None else pa.py_buffer(b.to_pybytes()) for b in dictionary.buffers()]
    return pa.Array.from_buffers(
        dictionary.type, len(dictionary), buffers, offset=dictionary.offset
    )
