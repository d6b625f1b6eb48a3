"""A mapping whose values are made when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lazy(Mapping[K, V]):
    """``loaders`` gives a function without arguments per key; its value is kept.

    Asking for keys, their number and whether there is one loads nothing. Any number of threads
    may read; each value is made once. Pickled or copied it is a plain ``dict`` of all values.

    >>> made = Lazy({"a": lambda: 1})
    >>> "a" in made, len(made), made["a"]
    (True, 1, 1)
    """

    def __init__(self, loaders: Mapping[K, Callable[[], V]]) -> None:
        self._loaders = dict(loaders)
        self._made: dict[K, V] = {}
        self._lock = threading.Lock()

    def __getitem__(self, key: K) -> V:
        if key in self._made:
            return self._made[key]
        load = self._loaders[key]
        with self._lock:
            if key not in self._made:
                self._made[key] = load()
            return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._loaders

    def __iter__(self) -> Iterator[K]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __repr__(self) -> str:
        return f"<Lazy: {', '.join(map(str, self._loaders))}>"
