"""A mapping whose values are computed when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_LOOK = 0.05
"""Seconds between two checks of a thread that waits for a value which another thread computes."""


class Watch(Protocol):
    """The party on whose behalf a value is computed, which may end the work or refuse its
    memory."""

    def check(self) -> None:
        """Called between pieces of work; raises to end it."""

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Reserve bytes that remain in use after the work; the function returned releases some of
        them."""

    def working(self, size: int, what: str) -> AbstractContextManager[None]:
        """Reserve bytes that are needed only inside the block."""


class Lazy(Mapping[K, V]):
    """``loaders`` has a function without arguments for each key; its value is kept. Keys, their
    number, and whether a key exists are known without loading anything. Any number of threads may
    read; each value is computed once, and its loader is then dropped. Pickled or copied, it becomes
    a plain ``dict`` of all values.

    >>> made = Lazy({"a": lambda: 1})
    >>> "a" in made, len(made), made["a"]
    (True, 1, 1)
    """

    def __init__(self, loaders: Mapping[K, Callable[[], V]]) -> None:
        self._loaders: dict[K, Callable[..., V] | None] = dict(loaders)
        self._computed: dict[K, V] = {}
        self._locks = {key: threading.Lock() for key in self._loaders}

    def __getitem__(self, key: K) -> V:
        return self.load_for(key, None)

    def load_for(self, key: K, watch: Watch | None) -> V:
        """The value of a key, computed now if it is missing, on behalf of ``watch``."""
        if key in self._computed:
            return self._computed[key]
        with _locked(self._locks[key], watch):
            load = self._loaders[key]
            if load is not None:
                self._computed[key] = self._make(load, watch)
                self._loaders[key] = None
            return self._computed[key]

    def uncached(self, key: K, watch: Watch | None) -> V:
        """The value of a key; it is not kept if it was computed for this call."""
        load = self._loaders[key]
        return self._computed[key] if load is None else self._make(load, watch)

    def _make(self, load: Callable[..., V], watch: Watch | None) -> V:
        return load()

    @property
    def computed(self) -> frozenset[K]:
        """The keys whose values have been computed."""
        return frozenset(self._computed)

    def __contains__(self, key: object) -> bool:
        return key in self._loaders

    def __iter__(self) -> Iterator[K]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(map(str, self._loaders))}>"


class Watched(Lazy[K, V]):
    """A :class:`Lazy` whose ``loaders`` take the :class:`Watch` on whose behalf they work, or
    ``None``. A loader that raises is called again the next time."""

    def __init__(self, loaders: Mapping[K, Callable[[Watch | None], V]]) -> None:
        super().__init__(loaders)  # type: ignore[arg-type]  # _make gives them their argument

    def _make(self, load: Callable[..., V], watch: Watch | None) -> V:
        return load(watch)


def watched(values: Mapping[K, V], key: K, watch: Watch | None) -> V | None:
    """The value of a key, if the mapping has the key, computed on behalf of ``watch`` if it is
    missing."""
    return load_for(values, key, watch) if key in values else None


def load_for(values: Mapping[K, V], key: K, watch: Watch | None) -> V:
    """The value of a key that the mapping has, computed on behalf of ``watch`` if it is missing."""
    if type(values) is dict:  # as most are, and asking an abstract class takes longer
        return values[key]
    return values.load_for(key, watch) if isinstance(values, Lazy) else values[key]


def uncached(values: Mapping[K, V], key: K, watch: Watch | None) -> V:
    """The value of a key that the mapping has; it is not kept if it was computed for this call."""
    return values.uncached(key, watch) if isinstance(values, Lazy) else values[key]


def with_own_cache(values: Mapping[K, V]) -> Mapping[K, V]:
    """The same mapping with a cache of its own."""
    if not isinstance(values, Lazy):
        return values
    return Lazy({key: partial(values.uncached, key, None) for key in values})


@contextmanager
def _locked(lock: threading.Lock, watch: Watch | None) -> Iterator[None]:
    if watch is None:
        lock.acquire()
    else:
        while not lock.acquire(timeout=_LOOK):
            watch.check()
    try:
        yield
    finally:
        lock.release()
