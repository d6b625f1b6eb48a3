"""Plan and store to Arrow table. The engine decides nothing about the language."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from usql.engine.access import Access
from usql.engine.control import (
    Control,
    MemoryLimit,
    QueryStopped,
    TimeLimit,
)
from usql.engine.derived import Derived
from usql.engine.kernels import Array
from usql.engine.run import Answer, run, weight_of
from usql.engine.scan import source
from usql.engine.totals import SumOverflow
from usql.engine.trace import Trace
from usql.planner import Plan, explain
from usql.planner.plan import Filter, Scan
from usql.planner.rewrite import walk
from usql.store import Store
from usql.store.memory import keep, machine_memory
from usql.store.threads import available

__all__ = ["Answer", "Engine", "MemoryLimit", "QueryStopped", "SumOverflow", "TimeLimit"]


@dataclass(eq=False)
class Engine:
    """Runs plans over one store, from any number of threads.

    ``threads``: how many work on one query, by default ``USQL_THREADS`` or the processors;
    ``memory_limit``: bytes of groups and cells that one query may build, by default half of the
    machine's memory; ``index_memory``: bytes of indexes that are kept between queries, by default
    an eighth of it, 0 for none. ``ValueError`` for a wrong one.
    """

    store: Store
    threads: int | None = None
    memory_limit: int | None = None
    index_memory: int | None = None

    def __post_init__(self) -> None:
        self._threads = available() if self.threads is None else self.threads
        self._memory = machine_memory() // 2 if self.memory_limit is None else self.memory_limit
        indexes = machine_memory() // 8 if self.index_memory is None else self.index_memory
        if self._threads < 1 or self._memory < 1 or indexes < 0:
            raise ValueError(
                "threads and memory_limit are at least 1, index_memory is not negative"
            )
        self._derived = Derived(self.store, indexes)
        keep()

    def run(
        self,
        plan: Plan,
        table: str,
        utc_offset: int,
        timeout: float | None = None,
        trace: Trace | None = None,
    ) -> Answer:
        """Run a plan. ``utc_offset`` in minutes moves the local clock, ``timeout`` is in seconds;
        ``trace`` is told what the nodes did.

        Raises :class:`SumOverflow` when a SUM leaves 64 bits, :class:`TimeLimit` and
        :class:`MemoryLimit` when a limit ends the run.
        """
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"timeout is a number of seconds, not {timeout!r}")
        deadline = None if timeout is None else time.monotonic() + timeout
        access = self._access(table, utc_offset, Control(self._threads, deadline, self._memory))
        return run(access, plan, trace or Trace())

    def explain(
        self,
        plan: Plan,
        table: str,
        utc_offset: int,
        analyze: bool = False,
        timeout: float | None = None,
    ) -> str:
        """The plan as text, with what minima and maxima leave out. With ``analyze`` the plan runs,
        and its nodes tell what they did; limits and errors are those of :meth:`run`."""
        if analyze:
            trace = Trace(detailed=True)
            self.run(plan, table, utc_offset, timeout, trace)
            return explain(plan, trace.details)
        access = replace(self._access(table, utc_offset, Control(self._threads)), builds=False)

        def details(node: Plan) -> dict[str, str]:
            over_filter = any(isinstance(p, Filter) and p.input is node for p in walk(plan))
            if not isinstance(node, Scan | Filter) or over_filter:
                return {}
            found = source(access, node, weight_of(access, plan))
            found.morsels()
            return found.notes()

        return explain(plan, details)

    def saved_indexes(self) -> Mapping[str, Mapping[str, Array]]:
        """The indexes that are kept now, to be saved with the store."""
        return self._derived.indexes.all()

    def _access(self, table: str, utc_offset: int, control: Control) -> Access:
        return Access(self._derived, table, utc_offset, control)
