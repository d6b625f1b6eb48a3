"""What one run may use, and what ends it early: threads, time and memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from usql.store.memory import megabytes


class QueryStopped(Exception):
    """A run was ended before its answer; the message says why and what to do."""


class TimeLimit(QueryStopped):
    """The time given to the query is over."""


class MemoryLimit(QueryStopped):
    """The query would build more than the memory given to it."""


@dataclass(eq=False)
class Control:
    """The limits of one run, shared by its threads.

    ``threads``: how many work at once. ``deadline``: an instant of ``time.monotonic()`` or
    ``None``. ``memory``: bytes of groups, members and cells that the run may build, or ``None``.
    """

    threads: int = 1
    deadline: float | None = None
    memory: int | None = None
    used: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        """Called between morsels: raises :class:`TimeLimit` when the time is over."""
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeLimit("The query took longer than its timeout allows")

    def reserve(self, size: int, what: str) -> None:
        """Announce ``size`` bytes before they are built; raises :class:`MemoryLimit` instead of
        passing the limit. What a run has reserved is free again when it ends."""
        with self._lock:
            self.used += size
            if self.memory is None or self.used <= self.memory:
                return
        raise MemoryLimit(
            f"The query would build {megabytes(self.used)} of {what}, more than the memory limit "
            f"of {megabytes(self.memory)}; group by fewer values, narrow the condition, or give "
            "a larger memory_limit"
        )
