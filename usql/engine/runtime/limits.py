"""What one run may use, and what ends it early: threads, time, memory, and whoever asked for it."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from types import TracebackType
from typing import Protocol

from usql.errors import Cancelled, MemoryLimit, TimeLimit
from usql.frozen import dataclass
from usql.store.memory import machine_memory, megabytes

Check = Callable[[], None]
"""Called between pieces of work; raises what is to end it."""


def unlimited() -> None:
    """A :data:`Check` of work outside of a run, which nothing ends."""


class Event(Protocol):
    """Something that may be set while a query runs, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Whether it was set."""


class Budget:
    """Bytes that queries which run at once may build together: those of one ``Sessions``, or of
    all in the process that have no limit of their own, if it ``is_shared``. Of what is ``held``
    some is ``kept`` when they end: columns of several sources that were joined."""

    def __init__(self, limit: int, is_shared: bool = False) -> None:
        self.limit = limit
        self.is_shared = is_shared
        self.held = 0
        self.kept = 0
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Hold ``size`` bytes more; says whether there was room for them."""
        with self._lock:
            if self.held + size > self.limit:
                return False
            self.held += size
            return True

    def count(self, size: int) -> None:
        """Hold and keep ``size`` bytes more, whether or not there is room for them."""
        with self._lock:
            self.held += size
            self.kept += size

    def give(self, size: int) -> None:
        """Hold ``size`` bytes less."""
        with self._lock:
            self.held -= size

    def keep(self, size: int) -> None:
        """``size`` of the bytes held are kept for longer than a query."""
        with self._lock:
            self.kept += size

    def let_go(self, size: int) -> None:
        """``size`` bytes that were kept are not held any more."""
        with self._lock:
            self.kept -= size
            self.held -= size


@functools.cache
def process_budget() -> Budget:
    """Half of the machine's memory, for all sessions that were opened without a limit."""
    return Budget(machine_memory() // 2, is_shared=True)


@dataclass(eq=False)
class Control:
    """The limits of one run, shared by its threads; as a context manager it gives back at its end
    what the run has reserved.

    ``threads``: how many work at once. ``deadline``: an instant of ``time.monotonic()`` or
    ``None``. ``budget``: where memory is taken from; without one it is only counted, as ``used``.
    ``cancelled``: ends the run when it is set.
    """

    threads: int = 1
    deadline: float | None = None
    budget: Budget | None = None
    cancelled: Event | None = None
    used: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Called between pieces of work: raises :class:`Cancelled` or :class:`TimeLimit` when the
        run is to end."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise Cancelled("The query was cancelled")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeLimit("The query took longer than its timeout allows")

    def reserve(self, size: int, what: str) -> None:
        """Announce ``size`` bytes before they are built, until the run ends or :meth:`release`
        gives them back; raises :class:`MemoryLimit` where they are not left."""
        self.check()
        with self._lock:
            if self.budget is None or self.budget.take(size):
                self.used += size
                return
            own = self.used
        raise MemoryLimit(_refusal(self.budget, own, size, what))

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Announce ``size`` bytes that stay when the run ends; what it gives takes some of them back.
        Raises :class:`MemoryLimit` where they are not left."""
        self.check()
        budget = self.budget
        if budget is None:
            return _nothing
        if not budget.take(size):
            raise MemoryLimit(_refusal(budget, self.used, size, what))
        budget.keep(size)
        return budget.let_go

    def release(self, size: int) -> None:
        """Give back bytes that were reserved and are needed no more."""
        with self._lock:
            self.used -= size
            if self.budget is not None:
                self.budget.give(size)

    @contextmanager
    def working(self, size: int, what: str) -> Iterator[None]:
        """Bytes that are needed only inside of the block."""
        self.reserve(size, what)
        try:
            yield
        finally:
            self.release(size)

    def __enter__(self) -> Control:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.release(self.used)


@dataclass(frozen=True, eq=False)
class Counting:
    """For what is looked at beside queries, within no limits of one: a ``Watch`` that ends nothing
    and refuses nothing, and counts what is kept."""

    budget: Budget

    def check(self) -> None:
        """Never ends the work."""

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Count ``size`` bytes; what it gives takes some of them back."""
        self.budget.count(size)
        return self.budget.let_go

    @contextmanager
    def working(self, size: int, what: str) -> Iterator[None]:
        """Not counted."""
        yield


def _nothing(_: int) -> None:
    """Takes back bytes that no budget counts."""


def _refusal(budget: Budget, own: int, size: int, what: str) -> str:
    others = budget.held - budget.kept - own
    limit = megabytes(budget.limit)
    if budget.kept and own + size <= budget.limit < own + size + budget.kept:
        return (
            f"The query would build {megabytes(own + size)} of {what}, but columns of several sources "
            f"that were joined hold {megabytes(budget.kept)} of the memory limit of {limit}; save the "
            "sessions as one store and open that, or give a larger memory_limit"
        )
    if others <= 0 or own + size > budget.limit:
        return (
            f"The query would build {megabytes(own + size)} of {what}, more than the memory limit "
            f"of {limit}; group by fewer values, narrow the condition, or give a larger "
            "memory_limit"
        )
    whose = "this process" if budget.is_shared else "these sessions"
    return (
        f"The query would build {megabytes(own + size)} of {what}, but other queries of {whose} "
        f"hold {megabytes(others)} of the memory limit of {limit}; ask again when they have "
        "ended, or give a larger memory_limit"
    )
