"""What is derived from the data and kept between queries, within one budget of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Things by key, the least recently used ones leaving first; safe for any number of threads. A
    ``budget`` of 0 bytes means that nothing is kept."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.nbytes = 0
        self._known: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Any | None:
        """What is kept under the key."""
        with self._lock:
            known = self._known.get(key)
            if known is None:
                return None
            self._known.move_to_end(key)
            return known[0]

    def keep(self, key: Hashable, made: T, size: int) -> T:
        """Keep what was made, which has so many bytes; gives what another thread has kept first."""
        with self._lock:
            if key in self._known:
                first: T = self._known[key][0]
                return first
            if size <= self.budget:
                self._known[key] = (made, size)
                self.nbytes += size
            while self.nbytes > self.budget:
                _, (_, dropped) = self._known.popitem(last=False)
                self.nbytes -= dropped
        return made

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What is kept under the key, made now if there is nothing."""
        known: T | None = self.find(key)
        if known is not None:
            return known
        made = make()
        return self.keep(key, made, size(made))

    def all(self, kind: type[T]) -> dict[T, Any]:
        """All that is kept under keys of this type."""
        with self._lock:
            return {key: made for key, (made, _) in self._known.items() if isinstance(key, kind)}
