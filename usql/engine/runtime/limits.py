"""The limits of one run: threads, time, memory, and cancellation."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from types import TracebackType
from typing import Protocol

from usql.engine.runtime.merged_texts import MergedTexts
from usql.engine.runtime.tuning import DEFAULT, Tuning
from usql.errors import Cancelled, MemoryLimit, TimeLimit
from usql.frozen import dataclass
from usql.sizes import readable_bytes
from usql.store.joined.merge import JOINED
from usql.store.memory import machine_memory

Check = Callable[[], None]
"""Called between pieces of work; raises an exception to end it."""


class Event(Protocol):
    """An object that may be set while a query runs, such as a ``threading.Event``."""

    def is_set(self) -> bool:
        """Whether it has been set."""


class Budget:
    """The bytes that queries running at the same time may build together: those of one
    ``Sessions``, or, if it ``is_shared``, of all in the process without a limit of their own. Of
    the bytes that are ``held``, those that are ``kept`` stay when queries end: joined columns of
    several sources. ``lock`` guards these, and what each run has used."""

    def __init__(self, limit: int, is_shared: bool = False) -> None:
        self.limit = limit
        self.is_shared = is_shared
        self.held = 0
        self.kept = 0
        self.lock = threading.Lock()

    def count(self, size: int) -> None:
        """Hold and keep ``size`` more bytes, whether or not there is room for them."""
        with self.lock:
            self.held += size
            self.kept += size

    def keep(self, size: int) -> bool:
        """Hold and keep ``size`` more bytes; returns whether there was room for them."""
        with self.lock:
            if self.held + size > self.limit:
                return False
            self.held += size
            self.kept += size
            return True

    def let_go(self, size: int) -> None:
        """Stop holding ``size`` bytes that were kept."""
        with self.lock:
            self.kept -= size
            self.held -= size


@functools.cache
def process_budget() -> Budget:
    """Half of the machine's memory, shared by all sessions that were opened without a limit."""
    return Budget(machine_memory() // 2, is_shared=True)


@dataclass(eq=False)
class Control:
    """The limits of one run, shared by its threads; a context manager that returns at its end what
    the run has reserved.

    ``threads``: the number of threads. ``deadline``: an instant of ``time.monotonic()`` or
    ``None``. ``budget``: the budget from which memory is reserved, without one endless; what the run
    holds of it is ``used``. ``cancelled``: ends the run when it is set. ``tuning``: the sizes and
    thresholds of the engine. ``texts``: keeps merged dictionaries for the next run.
    """

    threads: int = 1
    deadline: float | None = None
    budget: Budget = field(default_factory=lambda: Budget(sys.maxsize))
    cancelled: Event | None = None
    tuning: Tuning = DEFAULT
    texts: MergedTexts | None = None
    used: int = 0

    def check(self) -> None:
        """Called between pieces of work: raises :class:`Cancelled` or :class:`TimeLimit` if the run
        is to end."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise Cancelled("The query was cancelled")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeLimit("The query took longer than its timeout allows")

    def reserve(self, size: int, what: str) -> None:
        """Reserve ``size`` bytes before they are built, until the run ends or :meth:`release`
        returns them; raises :class:`MemoryLimit` if they are not available."""
        self.check()
        budget = self.budget
        with budget.lock:
            if budget.held + size <= budget.limit:
                budget.held += size
                self.used += size
                return
            reserved = self.used
        raise MemoryLimit(_refusal(budget, reserved, size, what))

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Reserve ``size`` bytes that stay when the run ends; the returned function gives back some
        of them. Raises :class:`MemoryLimit` if they are not available."""
        self.check()
        budget = self.budget
        if not budget.keep(size):
            raise MemoryLimit(_refusal(budget, self.used, size, what))
        return budget.let_go

    def release(self, size: int) -> None:
        """Return reserved bytes that are no longer needed."""
        with self.budget.lock:
            self.used -= size
            self.budget.held -= size

    @contextmanager
    def working(self, size: int, what: str) -> Iterator[None]:
        """Reserve bytes that are needed only within the block."""
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
    """Limits for work outside of queries: a ``Watch`` that never ends or refuses anything, and only
    counts what is kept."""

    budget: Budget

    def check(self) -> None:
        """Never ends the work."""

    def hold(self, size: int, what: str) -> Callable[[int], None]:
        """Count ``size`` bytes; the returned function takes back some of them."""
        self.budget.count(size)
        return self.budget.let_go

    @contextmanager
    def working(self, size: int, what: str) -> Iterator[None]:
        """Not counted."""
        yield


def _refusal(budget: Budget, reserved: int, size: int, what: str) -> str:
    others = budget.held - budget.kept - reserved
    limit = readable_bytes(budget.limit)
    if budget.kept and reserved + size <= budget.limit < reserved + size + budget.kept:
        return (
            f"The query would build {readable_bytes(reserved + size)} of {what}, but columns of several sources "
            f"that were joined hold {readable_bytes(budget.kept)} of the memory limit of {limit}; save the "
            "sessions as one store and open that, ask shards by usql.processes.open, or give a larger "
            "memory_limit"
        )
    if what == JOINED and size > budget.limit:
        return (
            f"The query would build {readable_bytes(reserved + size)} of {what}, more than the memory limit "
            f"of {limit}; ask shards, which need not be joined, by usql.processes.open, or give a larger "
            "memory_limit"
        )
    if others <= 0 or reserved + size > budget.limit:
        return (
            f"The query would build {readable_bytes(reserved + size)} of {what}, more than the memory limit "
            f"of {limit}; group by fewer values, narrow the condition, or give a larger "
            "memory_limit"
        )
    whose = "this process" if budget.is_shared else "these sessions"
    return (
        f"The query would build {readable_bytes(reserved + size)} of {what}, but other queries of {whose} "
        f"hold {readable_bytes(others)} of the memory limit of {limit}; ask again when they have "
        "ended, or give a larger memory_limit"
    )
