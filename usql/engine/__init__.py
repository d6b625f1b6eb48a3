"""Plan and store to Arrow table. The engine decides nothing about the language."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from usql.engine.access import Access
from usql.engine.accumulate import SumOverflow
from usql.engine.control import (
    Control,
    MemoryLimit,
    QueryStopped,
    TimeLimit,
    default_memory,
    default_threads,
)
from usql.engine.derived import Derived
from usql.engine.run import Answer, run
from usql.planner import Plan
from usql.store import Store

__all__ = ["Answer", "Engine", "MemoryLimit", "QueryStopped", "SumOverflow", "TimeLimit"]


@dataclass(eq=False)
class Engine:
    """Runs plans over one store, from any number of threads.

    ``threads``: how many work on one query; ``memory_limit``: bytes of groups and cells that one
    may build.
    """

    store: Store
    threads: int = field(default_factory=default_threads)
    memory_limit: int = field(default_factory=default_memory)

    def __post_init__(self) -> None:
        self._derived = Derived(self.store)

    def run(self, plan: Plan, table: str, utc_offset: int, timeout: float | None = None) -> Answer:
        """Run a plan. ``utc_offset`` in minutes moves the local clock, ``timeout`` is in seconds.

        Raises :class:`SumOverflow` when a SUM leaves 64 bits, :class:`TimeLimit` and
        :class:`MemoryLimit` when a limit ends the run.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        control = Control(self.threads, deadline, self.memory_limit)
        return run(Access(self._derived, table, utc_offset, control), plan)
