"""A mapping whose values are made when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_LOOK = 0.05
"""Seconds after which who waits for a value that another thread makes looks whether to go on."""


class Watch(Protocol):
    """On whose behalf a value is made: who may end the work, and refuse the memory for it."""

    def check(self) -> None:
        """Called between pieces of work; raises what is to end it."""

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Announce bytes that are kept when the work is done; what it gives takes some back."""

    def working(self, size: int, what: str) -> AbstractContextManager[None]:
        """Bytes that are needed only inside of the block."""


class Lazy(Mapping[K, V]):
    """``loaders`` gives a function without arguments per key; its value is kept.

    Asking for keys, their number and whether there is one loads nothing. Any number of threads
    may read; each value is made once, and what made it is let go. Pickled or copied it is a plain
    ``dict`` of all values.

    >>> made = Lazy({"a": lambda: 1})
    >>> "a" in made, len(made), made["a"]
    (True, 1, 1)
    """

    def __init__(self, loaders: Mapping[K, Callable[[], V]]) -> None:
        self._loaders: dict[K, Callable[..., V] | None] = dict(loaders)
        self._made: dict[K, V] = {}
        self._locks = {key: threading.Lock() for key in self._loaders}

    def __getitem__(self, key: K) -> V:
        return self.under(key, None)

    def under(self, key: K, watch: Watch | None) -> V:
        """The value of a key, made now if it is missing, on behalf of ``watch``."""
        if key in self._made:
            return self._made[key]
        with _locked(self._locks[key], watch):
            load = self._loaders[key]
            if load is not None:
                self._made[key] = self._make(load, watch)
                self._loaders[key] = None
            return self._made[key]

    def unkept(self, key: K, watch: Watch | None) -> V:
        """The value of a key; it is not kept if it was made for this call."""
        load = self._loaders[key]
        return self._made[key] if load is None else self._make(load, watch)

    def _make(self, load: Callable[..., V], watch: Watch | None) -> V:
        return load()

    @property
    def made(self) -> frozenset[K]:
        """The keys whose values are there."""
        return frozenset(self._made)

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
    ``None``. A loader that raises is asked again the next time."""

    def __init__(self, loaders: Mapping[K, Callable[[Watch | None], V]]) -> None:
        super().__init__(loaders)  # type: ignore[arg-type]  # _make gives them their argument

    def _make(self, load: Callable[..., V], watch: Watch | None) -> V:
        return load(watch)


def watched(values: Mapping[K, V], key: K, watch: Watch | None) -> V | None:
    """The value of a key, if the mapping has it, made on behalf of ``watch`` where it is missing."""
    return under(values, key, watch) if key in values else None


def under(values: Mapping[K, V], key: K, watch: Watch | None) -> V:
    """The value of a key that the mapping has, made on behalf of ``watch`` where it is missing."""
    return values.under(key, watch) if isinstance(values, Lazy) else values[key]


def unkept(values: Mapping[K, V], key: K, watch: Watch | None) -> V:
    """The value of a key that the mapping has; it is not kept if it was made for this call."""
    return values.unkept(key, watch) if isinstance(values, Lazy) else values[key]


def apart(values: Mapping[K, V]) -> Mapping[K, V]:
    """The same mapping, which keeps for itself what it makes."""
    if not isinstance(values, Lazy):
        return values
    return Lazy({key: partial(values.unkept, key, None) for key in values})


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
