"""Derived data that is kept between queries, within one budget of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class BudgetedCache:
    """Values by key, of which the least recently used are evicted first; safe for any number of
    threads. With a ``budget`` of 0 bytes nothing is kept."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.nbytes = 0
        self._known: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Any | None:
        """The value for a key, or ``None``."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                return None
            self._known.move_to_end(key)
            return known[0]

    def keep(self, key: Hashable, value: T, size: int) -> T:
        """Keep a value of ``size`` bytes; returns the value that another thread has kept before, if
        any."""
        with self._lock:
            if key in self._known:
                first: T = self._known[key][0]
                return first
            if size <= self.budget:
                self._known[key] = (value, size)
                self.nbytes += size
            while self.nbytes > self.budget:
                _, (_, dropped) = self._known.popitem(last=False)
                self.nbytes -= dropped
        return value

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value for a key, computed now if there is none."""
        known: T | None = self.find(key)
        if known is not None:
            return known
        value = make()
        return self.keep(key, value, size(value))

    def all(self, kind: type[T]) -> dict[T, Any]:
        """All values with keys of this type."""
        with self._lock:
            return {key: value for key, (value, _) in self._known.items() if isinstance(key, kind)}
